package plan

import (
	"github.com/weft-dev/weft/spec/expr"
)

// Place is where a message has a value: a header, or somewhere in its payload.
type Place struct {
	// Expr is the place as an expression, "$message.header#/id".
	Expr *expr.Expr
	// Header is the header's name, or "" for a place in the payload.
	Header string
	// Path leads to the value within the header's value or the payload.
	Path []expr.Access
}

// String returns the place as it is written.
func (p *Place) String() string { return p.Expr.String() }

// Get returns the value at the place, and false where there is none.
func (p *Place) Get(headers map[string]any, payload any) (any, bool) {
	return p.Expr.Eval(messageEnv{headers, payload})
}

// Set puts a value at the place and returns the headers and payload so made;
// those given are not changed. It fails where the way to the place leads
// through something that is no object.
func (p *Place) Set(headers map[string]any, payload any, value any) (map[string]any, any, bool) {
	if p.Header == "" {
		payload, ok := setPath(payload, p.Path, value)
		return headers, payload, ok
	}
	old, name := header(headers, p.Header)
	value, ok := setPath(old, p.Path, value)
	changed := make(map[string]any, len(headers)+1)
	for k, v := range headers {
		changed[k] = v
	}
	changed[name] = value
	return changed, payload, ok
}

// setPath returns a copy of an object with one value set, making the objects
// on the way.
func setPath(in any, path []expr.Access, value any) (any, bool) {
	if len(path) == 0 {
		return value, true
	}
	old, ok := in.(map[string]any)
	if !ok && in != nil || path[0].Index {
		return in, false
	}
	inner, ok := setPath(old[path[0].Name], path[1:], value)
	changed := make(map[string]any, len(old)+1)
	for k, v := range old {
		changed[k] = v
	}
	changed[path[0].Name] = inner
	return changed, ok
}

type messageEnv struct {
	headers map[string]any
	payload any
}

func (m messageEnv) Lookup(ref expr.Ref) (any, bool) {
	switch {
	case ref.Root != expr.Message:
		return nil, false
	case ref.Part == expr.Body:
		return m.payload, m.payload != nil
	case ref.Part == expr.Header && ref.Name == "":
		return m.headers, m.headers != nil
	case ref.Part == expr.Header:
		return HeaderValue(m.headers, ref.Name)
	}
	return nil, false
}

// HeaderValue returns the value of a header, whose name is looked up without
// regard to case.
func HeaderValue(headers map[string]any, name string) (any, bool) {
	_, key := header(headers, name)
	value, ok := headers[key]
	return value, ok
}

// header returns the value of a header and its name as it is spelled.
func header(headers map[string]any, name string) (any, string) {
	if value, ok := headers[name]; ok {
		return value, name
	}
	// Of several spellings the first by name is taken, so that every replay
	// takes the same.
	found := ""
	for key := range headers {
		if equalFold(key, name) && (found == "" || key < found) {
			found = key
		}
	}
	if found == "" {
		return nil, name
	}
	return headers[found], found
}

// equalFold compares header names: ASCII only, as RFC 9110 has them.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
