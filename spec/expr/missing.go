package expr

import (
	"errors"
	"strings"
)

// Missing is an expression that had no value.
type Missing struct {
	// Expr is the expression as written.
	Expr string
	Ref  Ref
	// Path is the JSON Pointer, within the value evaluated, of the place that
	// wanted it.
	Path string
}

// MissingError says which expressions had no value.
type MissingError struct {
	Missing []Missing
}

// Error names the expressions.
func (e *MissingError) Error() string {
	names := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		names[i] = m.Expr
	}
	return "no value for " + strings.Join(names, ", ")
}

// collect adds what an error misses, at a path, and reports whether it was of
// that kind.
func (e *MissingError) collect(err error, path string) bool {
	var other *MissingError
	if !errors.As(err, &other) {
		return false
	}
	for _, m := range other.Missing {
		m.Path = path + m.Path
		e.Missing = append(e.Missing, m)
	}
	return true
}

func (e *MissingError) orNil() error {
	if len(e.Missing) == 0 {
		return nil
	}
	return e
}
