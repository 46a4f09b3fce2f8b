package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// ErrClosed is what happens to work on what was closed.
var ErrClosed = errors.New("closed")

// InvalidError marks a mistake in the options.
type InvalidError struct{ Err error }

// BrokenError is a connection that ended when something was under way.
type BrokenError struct{ Err error }

func (e InvalidError) Error() string { return e.Err.Error() }

func (e BrokenError) Error() string { return e.Err.Error() }

// Unwrap returns what broke it.
func (e BrokenError) Unwrap() error { return e.Err }

// AnswerError is an answer that is none of those that were hoped for.
type AnswerError struct {
	Status int
	Text   string        // what the server says of it, may be empty
	Wait   time.Duration // how long it wants us to wait, 0 when it does not say
}

func (e AnswerError) Error() string {
	text := fmt.Sprintf("the server answers with %d %s", e.Status, http.StatusText(e.Status))
	if e.Text != "" {
		text += fmt.Sprintf(": %q", e.Text)
	}
	return text
}

// Passing reports whether the same request may have another answer later.
func (e AnswerError) Passing() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500 && e.Status != http.StatusNotImplemented && e.Status != http.StatusHTTPVersionNotSupported
}

// Place is where an error happened.
type Place struct{ Op, Server, Address string }

// Fail turns an error into one that says where it happened and what to do, as
// classify finds. A context that its owner cancelled stays what it is.
func Fail(err error, at Place, classify func(error) *driver.Error) error {
	if err == nil {
		return nil
	}
	var known *driver.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	e := classify(err)
	e.Op, e.Server, e.Address = at.Op, at.Server, at.Address
	return e
}

// Classify finds the kind of an error, and the hint that goes with it. What is
// most telling comes first. The hints are for a server that speaks something
// else, and for an answer that says no more than that it is not the right one.
func Classify(err error, otherProtocol, otherAnswer string) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, NotSent: true, Hint: otherProtocol}
	var invalid InvalidError
	var answer AnswerError
	var broken BrokenError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.Hint = driver.ErrInvalid, invalid.Err, ""
	case errors.Is(err, ErrClosed):
		e.Kind, e.Err, e.Hint = driver.ErrClosed, nil, ""
	case errors.As(err, &answer):
		classifyAnswer(e, answer, otherAnswer)
	case driver.IsCertificate(err):
		e.Kind, e.Hint = driver.ErrAuth, "check the CA certificates, the name in the server's certificate and our own certificate"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		e.Kind, e.Retry, e.NotSent = driver.ErrTimeout, true, !errors.As(err, &broken)
	case IsUnconnected(err):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "check the host and the port, and that the server runs"
	case errors.As(err, &broken):
		e.Kind, e.Retry, e.NotSent, e.Hint = driver.ErrUnreachable, true, false, "the connection broke: what was under way may be lost"
	}
	return e
}

func classifyAnswer(e *driver.Error, answer AnswerError, other string) {
	switch status := answer.Status; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		e.Kind, e.Hint = driver.ErrAuth, "check user and password, or the token"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind, e.Hint = driver.ErrNoSuchAddress, "check the path: the server has nothing there"
	case status == http.StatusRequestEntityTooLarge, status == http.StatusRequestHeaderFieldsTooLarge:
		e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit of the server"
	case answer.Passing():
		e.Kind, e.Retry, e.Hint = driver.ErrServer, true, "try again later"
	case status >= 300 && status < 400:
		e.Kind, e.Hint = driver.ErrProtocol, "give the URL that the server sends us to: credentials do not follow"
	default:
		e.Kind, e.Hint = driver.ErrProtocol, other
	}
}

// IsUnconnected reports whether no connection came about, so that nothing was sent.
func IsUnconnected(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	if errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	return errors.As(err, &op) && op.Op == "dial"
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// WithoutURL drops what a client of HTTP says of the URL: its query may hold
// what is nobody's business.
func WithoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}
