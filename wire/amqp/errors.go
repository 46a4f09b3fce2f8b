package amqp

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// errClosed is the end that the caller asked for.
var errClosed = errors.New("closed")

// invalidError marks a mistake in the options, for fail to put in its place.
type invalidError struct{ error }

// brokenError marks a connection that ended while something was under way on it.
type brokenError struct {
	error
	notSent bool
}

func (e brokenError) Unwrap() error { return e.error }

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: "check that an AMQP 0-9-1 broker listens there, and whether it expects TLS"}
	var answer *amqp091.Error
	var invalid invalidError
	var broken brokenError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.Is(err, errClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind, e.Err, e.Retry = driver.ErrTimeout, context.DeadlineExceeded, true
	case driver.IsCertificate(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and our own certificate"
	case errors.As(err, &answer) && answer.Server:
		classifyAnswer(e, answer)
	case errors.As(err, &broken):
		e.Kind, e.Retry, e.NotSent = driver.ErrUnreachable, true, broken.notSent
		e.Hint = "the connection broke; check that the broker runs"
	case errors.Is(err, amqp091.ErrClosed):
		e.Kind, e.Retry, e.NotSent, e.Hint = driver.ErrUnreachable, true, true, "the connection broke; check that the broker runs"
	case errors.Is(err, amqp091.ErrCredentials), errors.Is(err, amqp091.ErrSASL):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check user, password and login mechanism"
	case driver.IsUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the broker runs"
	case isHangup(err):
		e.Retry = true // a broker that just starts does so too
	}
	return e
}

// classifyAnswer sorts what a server answered.
func classifyAnswer(e *driver.Error, answer *amqp091.Error) {
	e.Kind, e.Hint = driver.ErrServer, ""
	switch answer.Code {
	case amqp091.NotFound:
		e.Kind, e.NotSent = driver.ErrNoSuchAddress, true
		e.Hint = "create the queue or the exchange, or allow it to be created"
	case amqp091.AccessRefused:
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check user and password, or ask for the permission to be granted"
	case amqp091.NotAllowed:
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the virtual host in the URL, and that the user may enter it"
	case amqp091.ResourceLocked:
		e.Hint = "another connection uses the queue exclusively"
	case amqp091.ContentTooLarge:
		e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit on the server"
	case amqp091.PreconditionFailed:
		e.Kind = driver.ErrInvalid
		e.Hint = "ask for what is there, or delete it first"
		if strings.Contains(answer.Reason, "message size") {
			e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit on the server"
		}
	case amqp091.NotImplemented, amqp091.CommandInvalid:
		e.Kind = driver.ErrUnsupported
	case amqp091.ConnectionForced:
		e.Kind, e.Retry = driver.ErrUnreachable, true
		e.Hint = "the server is going down or closed the connection; try again"
	case amqp091.ResourceError, amqp091.InternalError:
		e.Retry = true
	}
}

// isHangup reports whether the other side went without a word.
func isHangup(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return true
	}
	var ended *amqp091.Error
	return errors.As(err, &ended) && !ended.Server &&
		(strings.Contains(ended.Reason, "EOF") || strings.Contains(ended.Reason, "connection reset"))
}
