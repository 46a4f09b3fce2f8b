package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
	case driver.IsTimeout(err):
		e.Kind, e.Retry, e.NotSent = driver.ErrTimeout, true, !errors.As(err, &broken)
	case driver.IsUnreachable(err):
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

// WithoutURL drops what a client of HTTP says of the URL: its query may hold
// what is nobody's business.
func WithoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}
