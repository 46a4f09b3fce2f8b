package amqp1server

import "fmt"

// scope is what an error ends.
type scope int

const (
	ofConnection scope = iota
	ofSession
	ofLink
)

// fault is why a connection, a session or a link ends.
type fault struct {
	scope     scope
	condition symbol
	text      string
}

func (f *fault) Error() string { return string(f.condition) + ": " + f.text }

// value is the error as it is sent.
func (f *fault) value() any {
	if f == nil {
		return nil
	}
	return composite(codeError, f.condition, f.text)
}

func failure(of scope, condition symbol, format string, args ...any) *fault {
	return &fault{of, condition, fmt.Sprintf(format, args...)}
}
