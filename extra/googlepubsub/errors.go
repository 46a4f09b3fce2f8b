package googlepubsub

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-dev/weft/wire/driver"
)

// invalidError marks a mistake in the options, and loginError credentials that
// cannot be had, for fail to put in their places.
type (
	invalidError struct{ error }
	loginError   struct{ error }
)

// errClosed is for what was closed on our side, and errReplay for starts that
// the protocol does not have.
var (
	errClosed = errors.New("closed here")
	errReplay = errors.New("a subscription begins when it is made")
)

// fail turns an error of the client library into one that says where it
// happened and what to do. A context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

// strange is the hint where something answered that is not the service.
const strange = "check that Pub/Sub, or an emulator of it, answers there, and whether it expects TLS"

// classify finds the kind of an error, and the hint that goes with it.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var invalid invalidError
	var login loginError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &login):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrAuth, login.error, true, "check what the reference to the credentials leads to"
	case errors.Is(err, errReplay):
		e.Kind, e.NotSent, e.Hint = driver.ErrUnsupported, true, "start now, in a group that goes on where it was"
	case errors.Is(err, errClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.Is(err, context.DeadlineExceeded):
		late(e)
	default:
		answer, ok := status.FromError(err)
		if ok {
			e.Err = errors.New(answer.Message())
			classifyAnswer(e, answer.Code(), answer.Message())
		}
	}
	return e
}

func late(e *driver.Error) {
	e.Kind, e.Retry = driver.ErrTimeout, true
	e.Hint = "check that the service, or an emulator of it, answers there"
}

// classifyAnswer sorts by the codes that gRPC has for all services.
func classifyAnswer(e *driver.Error, code codes.Code, message string) {
	e.Kind, e.Hint = driver.ErrServer, ""
	switch code {
	case codes.Canceled:
		e.Kind, e.Err, e.NotSent = driver.ErrClosed, nil, true
	case codes.DeadlineExceeded:
		late(e)
	case codes.NotFound:
		e.Kind, e.NotSent, e.Hint = driver.ErrNoSuchAddress, true, "create it, or allow it to be created"
	case codes.Unauthenticated:
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the key or the token, whether it has expired, and the clock"
	case codes.PermissionDenied:
		e.Kind, e.NotSent, e.Hint = driver.ErrAuth, true, "ask for the permission to be granted, and check the project"
	case codes.InvalidArgument, codes.OutOfRange:
		e.Kind = driver.ErrInvalid
		if strings.Contains(message, "too large") || strings.Contains(message, "exceeds") || strings.Contains(message, "larger than max") {
			e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, true, "send less"
		}
	case codes.ResourceExhausted:
		if strings.Contains(message, "larger than max") {
			e.Kind, e.NotSent, e.Hint = driver.ErrTooLarge, true, "send less"
			return
		}
		e.Retry, e.Hint = true, "wait, or ask for a larger quota"
	case codes.FailedPrecondition:
		if strings.Contains(message, "ack") {
			e.Kind = driver.ErrLost
		}
	case codes.Unimplemented:
		e.Kind, e.NotSent = driver.ErrUnsupported, true
	case codes.Aborted, codes.Internal, codes.Unknown:
		e.Retry = true
	case codes.Unavailable:
		unavailable(e, message)
	}
}

// unavailable is all that gRPC says of a connection that does not come about,
// or breaks. What it was is only in the text.
func unavailable(e *driver.Error, message string) {
	has := func(texts ...string) bool {
		for _, text := range texts {
			if strings.Contains(message, text) {
				return true
			}
		}
		return false
	}
	e.Retry = true
	switch {
	case has("x509:", "bad certificate", "certificate required", "unknown certificate", "remote error: tls"):
		e.Kind, e.NotSent, e.Retry = driver.ErrAuth, true, false
		e.Hint = "check the CA certificates, the name in the server's certificate and our own certificate"
	case has("could not fetch token", "cannot fetch token", "credentials:"):
		e.Kind, e.NotSent, e.Retry, e.Hint = driver.ErrAuth, true, false, "check the credentials"
	case has("handshake failed", "server preface", "frame too large", "malformed", "bogus greeting", "unexpected HTTP", "use of closed"):
		e.Kind, e.NotSent, e.Hint = driver.ErrProtocol, true, strange
	case has("broken pipe", "connection reset", "EOF", "is closing"):
		e.Kind, e.Hint = driver.ErrProtocol, strange
	case has("no such host", "connection refused", "name resolver", "while dialing", "no route", "unreachable"):
		e.Kind, e.NotSent = driver.ErrUnreachable, true
		e.Hint = "check the host and the port, and that the service runs there"
	default:
		e.Kind = driver.ErrUnreachable
		e.Hint = "check the host and the port, and that the service runs there"
	}
}

// admitted is no error where the service knows us, but we may not do what we
// tried only to see that.
func admitted(err error) error {
	if status.Code(err) == codes.PermissionDenied {
		return nil
	}
	return err
}
