package stomp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// errClosed is the end that the caller asked for.
var errClosed = errors.New("closed")

// invalidError marks a mistake in the options, unsupportedError what the server
// cannot do, loginError a server's refusal to let us in, and strangeError what
// no server of STOMP says.
type (
	invalidError     struct{ error }
	unsupportedError struct{ text string }
	loginError       struct{ answerError }
	strangeError     struct{ error }
)

func (e unsupportedError) Error() string { return e.text }
func (e strangeError) Unwrap() error     { return e.error }

// brokenError is a connection that ended while something was under way on it.
type brokenError struct {
	cause   error
	notSent bool
}

func (e brokenError) Error() string { return "the connection ended: " + e.cause.Error() }
func (e brokenError) Unwrap() error { return e.cause }

// answerError is what a server said in an ERROR, after which it hangs up.
type answerError struct{ text string }

func (e answerError) Error() string { return "the server says: " + e.text }

// longestAnswer is how much of what a server says is passed on, in bytes.
const longestAnswer = 300

// answerOf is an ERROR in one line: its header, and the first line of its body,
// which says more.
func answerOf(f *frame.Frame) answerError {
	text := strings.TrimSpace(f.Get("message"))
	body, _, _ := strings.Cut(strings.TrimSpace(string(f.Body)), "\n")
	if body = strings.TrimSpace(body); body != "" && body != text {
		text += ": " + body
	}
	if len(text) > longestAnswer {
		text = text[:longestAnswer] + "…"
	}
	return answerError{strings.ToValidUTF8(strings.Map(printable, text), "?")}
}

func printable(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// fail turns an error into one that says where it happened and what to do. A
// context that its owner cancelled stays what it is.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

const (
	strange = "check that a STOMP server listens there, and whether it expects TLS"
	running = "check that the broker runs"
)

// classify finds the kind of an error, and the hint that goes with it. The
// order matters: what is most telling comes first.
func classify(err error) *driver.Error {
	e := &driver.Error{Kind: driver.ErrProtocol, Err: err, Hint: strange}
	var invalid invalidError
	var unsupported unsupportedError
	var login loginError
	var answer answerError
	var broken brokenError
	var large *frame.TooLargeError
	switch {
	case errors.As(err, &invalid):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrInvalid, invalid.error, true, ""
	case errors.As(err, &unsupported):
		e.Kind, e.NotSent, e.Hint = driver.ErrUnsupported, true, ""
	case errors.Is(err, errClosed):
		e.Kind, e.Err, e.NotSent, e.Hint = driver.ErrClosed, nil, true, ""
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind, e.Err, e.Retry, e.Hint = driver.ErrTimeout, context.DeadlineExceeded, true, strange
	case driver.IsCertificate(err):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check the CA certificates, the name in the server's certificate, and our own certificate"
	case errors.As(err, &login):
		e.Kind, e.NotSent = driver.ErrAuth, true
		e.Hint = "check user and password, and the virtual host in the URL"
	case errors.As(err, &answer):
		classifyAnswer(e, answer)
	case errors.As(err, &large):
		e.Kind, e.Hint = driver.ErrTooLarge, "the server sent more than is taken here"
	case errors.As(err, &broken):
		e.Kind, e.Retry, e.NotSent, e.Hint = driver.ErrUnreachable, true, broken.notSent, running
	case driver.IsUnreachable(err):
		e.Kind, e.NotSent, e.Retry = driver.ErrUnreachable, true, true
		e.Hint = "check the host and the port, and that the broker runs"
	case driver.IsHangup(err):
		e.Retry = true // a broker that just starts does so too
	}
	return e
}

// classifyAnswer sorts what a server answered, which is text of its own: what
// RabbitMQ, ActiveMQ and the embedded server say is known.
func classifyAnswer(e *driver.Error, answer answerError) {
	e.Kind, e.Hint = driver.ErrServer, ""
	text := strings.ToLower(answer.text)
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(text, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("not_found", "not found", "no queue", "no exchange", "unknown destination", "invalid destination"):
		e.Kind = driver.ErrNoSuchAddress
		e.Hint = "create it, or correct the destination"
	case has("access_refused", "access refused", "not authorized", "access denied"):
		e.Kind = driver.ErrAuth
		e.Hint = "ask for the permission to be granted"
	case has("too large", "too big", "max_frame", "maximum frame", "maxdatalength", "message size"):
		e.Kind, e.Hint = driver.ErrTooLarge, "send less, or raise the limit on the server"
	case has("precondition_failed", "inequivalent arg"):
		e.Kind, e.Hint = driver.ErrInvalid, "give the arguments that the queue was made with, or delete it first"
	case has("resource_locked"):
		e.Hint = "another connection uses the queue exclusively"
	case has("connection_forced", "is closed", "shutdown", "shutting down", "has not been heard", "inactivity"):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "the server is going down or closed the connection; try again"
	case has("no room", "resource_error"):
		e.Retry, e.Hint = true, "let messages be consumed, or give the server more memory"
	case has("internal_error"):
		e.Retry, e.Hint = true, "the server's log says more"
	}
}

// ended says why reading ended, for people.
func ended(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errors.New("the server has not been heard of in time")
	case driver.IsHangup(err):
		return errors.New("the server hung up")
	}
	return fmt.Errorf("reading from the server: %w", err)
}
