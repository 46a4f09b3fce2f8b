package amqp1

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// errClosed is the end that the caller asked for.
var errClosed = errors.New("closed")

// invalidError marks a mistake in the options, for fail to put in its place.
type invalidError struct{ error }

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	var known *driver.Error
	if errors.As(err, &known) && known.Server == "" {
		copied := *known
		copied.Op, copied.Server, copied.Address = op, c.server.String(), address
		return &copied
	}
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

const hintBroke = "the connection broke; check that the broker runs"

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: "check that an AMQP 1.0 broker listens there, and whether it expects TLS"}
	var answer *amqp.Error
	var invalid invalidError
	var broken *amqp.ConnError
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
	case errors.As(err, &answer):
		classifyAnswer(e, answer)
	case errors.As(err, &broken):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, hintBroke
	case isLogin(err):
		e.Kind, e.NotSent, e.Hint = driver.ErrAuth, true, "check user, password and login mechanism"
	case driver.IsUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the broker runs"
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Kind, e.Retry = driver.ErrTimeout, true
	case isHangup(err):
		e.Retry = true // a broker that just starts does so too
	}
	return e
}

// classifyAnswer sorts what a server answered.
func classifyAnswer(e *driver.Error, answer *amqp.Error) {
	e.Kind, e.Hint = driver.ErrServer, ""
	e.Err = errors.New(said(answer))
	switch answer.Condition {
	case amqp.ErrCondNotFound, amqp.ErrCondResourceDeleted:
		e.Kind, e.NotSent = driver.ErrNoSuchAddress, true
		e.Hint = "create it on the server, or check how its addresses are written"
	case amqp.ErrCondUnauthorizedAccess:
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check user, password and virtual host, or ask for the permission to be granted"
	case amqp.ErrCondMessageSizeExceeded:
		e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, true, "send less, or raise the limit here and on the server"
	case amqp.ErrCondNotImplemented:
		e.Kind = driver.ErrUnsupported
	case amqp.ErrCondInvalidField:
		e.Hint = "check how the server writes its addresses"
	case amqp.ErrCondResourceLocked:
		e.Hint = "another connection uses it exclusively"
	case amqp.ErrCondTransferLimitExceeded:
		e.Kind, e.Retry, e.Hint = driver.ErrTimeout, true, "the server takes no more: see whether the queue is full, or the server out of memory or disk"
	case amqp.ErrCondResourceLimitExceeded:
		e.Retry, e.Hint = true, "see whether the queue is full, or the server out of memory or disk"
	case amqp.ErrCondConnectionForced, amqp.ErrCondDetachForced:
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "the server is going down or closed the connection; try again"
	}
}

// said is what a server says, in one line.
func said(answer *amqp.Error) string {
	if answer.Description == "" {
		return string(answer.Condition)
	}
	return string(answer.Condition) + ": " + answer.Description
}

// isLogin reports whether the server did not let us in, for which the library
// has no type.
func isLogin(err error) bool {
	text := err.Error()
	return strings.Contains(text, "SASL") && strings.Contains(text, "auth failed") ||
		strings.Contains(text, "no supported auth mechanism")
}

// isHangup reports whether the other side went without a word.
func isHangup(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
