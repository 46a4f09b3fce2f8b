package driver

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// The kinds of failure that callers tell apart with errors.Is.
var (
	ErrUnreachable   = errors.New("server unreachable")
	ErrTimeout       = errors.New("no answer in time")
	ErrAuth          = errors.New("not let in")
	ErrNoSuchAddress = errors.New("no such address")
	ErrTooLarge      = errors.New("message too large")
	ErrUnsupported   = errors.New("not supported")
	ErrInvalid       = errors.New("invalid option")
	ErrProtocol      = errors.New("unexpected answer")
	ErrServer        = errors.New("server refused")
	ErrClosed        = errors.New("closed")
	ErrLost          = errors.New("no longer ours to settle")
)

// Error is a failure that says where it happened and what to do. It never
// carries a secret: Server has no user and no password.
type Error struct {
	Kind    error  // one of the kinds above
	Op      string // what was tried: "connect", "send", "receive", …
	Server  string // "kafka://127.0.0.1:9092"
	Address string // topic or queue, may be empty
	Hint    string // what to do, may be empty
	Err     error  // cause, may be nil

	// Retry says that the same call may succeed later. NotSent says that
	// certainly nothing of it reached the server, so that sending again cannot
	// make a duplicate.
	Retry   bool
	NotSent bool
}

// Error says what failed, where, why and what to do, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Address != "" {
		fmt.Fprintf(&b, " %q", e.Address)
	}
	if e.Server != "" {
		fmt.Fprintf(&b, " at %s", e.Server)
	}
	fmt.Fprintf(&b, ": %v", e.Kind)
	if e.Err != nil {
		// A library may tell several causes, each on a line of its own.
		fmt.Fprintf(&b, ": %s", strings.ReplaceAll(e.Err.Error(), "\n", ": "))
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Place is where an error happened.
type Place struct {
	Op      string // what was tried: "connect", "send", "receive", …
	Server  Server
	Address string // may be empty
}

// Fail turns an error into one that says where it happened and what to do, as
// classify finds. What is an Error already stays as it is, and so does the end
// of a context that its owner cancelled, without the words of libraries.
func Fail(err error, at Place, classify func(error) *Error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	e := classify(err)
	e.Op, e.Server, e.Address = at.Op, at.Server.String(), at.Address
	return e
}

// Retryable reports whether the call that failed with err may succeed later.
func Retryable(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Retry
}

// NotSent reports whether err says that nothing reached the server.
func NotSent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.NotSent
}

// BatchError is the error of a Send of which only some messages failed.
type BatchError struct {
	Errors []error // one for each message, in order; nil for those that were sent
}

// Error counts the failures and names the first.
func (e *BatchError) Error() string {
	failed, first := 0, error(nil)
	for _, err := range e.Errors {
		if err == nil {
			continue
		}
		if failed++; first == nil {
			first = err
		}
	}
	return fmt.Sprintf("%d of %d messages were not sent: %v", failed, len(e.Errors), first)
}

// Unwrap returns the failures.
func (e *BatchError) Unwrap() []error {
	var failures []error
	for _, err := range e.Errors {
		if err != nil {
			failures = append(failures, err)
		}
	}
	return failures
}

// JoinBatch makes the error of a Send from one error per message: nil when all
// are nil, the error itself when there is one message, else a *BatchError.
func JoinBatch(errs []error) error {
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
		}
	}
	switch {
	case failed == 0:
		return nil
	case len(errs) == 1:
		return errs[0]
	}
	return &BatchError{Errors: errs}
}

// SplitBatch is the reverse of JoinBatch: it gives each of n messages its own
// error.
func SplitBatch(err error, n int) []error {
	var batch *BatchError
	if errors.As(err, &batch) && len(batch.Errors) == n {
		return batch.Errors
	}
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
