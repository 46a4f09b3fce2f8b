package source

import (
	"errors"
	"fmt"
)

// The kinds of failure to open a text. Every error of an Opener wraps one of
// them, so that a caller can tell them apart without reading the message.
var (
	// ErrNotFound says that there is nothing at the address.
	ErrNotFound = errors.New("not found")
	// ErrNotAllowed says that the address may not be read: it lies outside of
	// the root, on a host that is not on the list, or is no regular file.
	ErrNotAllowed = errors.New("not allowed")
	// ErrTooLarge says that the text is larger than MaxSize.
	ErrTooLarge = errors.New("too large")
	// ErrNotText says that what is there is not text.
	ErrNotText = errors.New("not text")
	// ErrUnavailable says that it could not be read now: the disk or the
	// network failed, or it took too long.
	ErrUnavailable = errors.New("not available")
	// ErrNotSupported says that no opener here knows this form of address.
	ErrNotSupported = errors.New("not supported")
)

// OpenError is the failure to open a text. Its message is for people: what
// went wrong at which address, and what to do about it.
type OpenError struct {
	// URI is the address as it may be shown: without credentials.
	URI string
	// Kind is one of the errors of this package.
	Kind error
	// Reason says what is wrong, beyond the kind.
	Reason string
	// Help says what to do.
	Help string
}

// Error returns the whole message.
func (e *OpenError) Error() string {
	if e.Help == "" {
		return fmt.Sprintf("%s: %s", e.URI, e.Reason)
	}
	return fmt.Sprintf("%s: %s; %s", e.URI, e.Reason, e.Help)
}

// Unwrap returns the kind.
func (e *OpenError) Unwrap() error { return e.Kind }
