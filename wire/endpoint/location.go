package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// location is an AsyncAPI runtime expression, taken apart: a pointer into the
// headers or the payload of a message (AsyncAPI 3.1, "Runtime Expression").
type location struct {
	header bool
	path   []string
	text   string
}

// parseLocation reads "$message.header#/name" or "$message.payload#/a/b".
func parseLocation(text string) (*location, error) {
	source, pointer, found := strings.Cut(text, "#")
	l := &location{text: text}
	switch source {
	case "$message.header", "$message.headers":
		l.header = true
	case "$message.payload":
	default:
		return nil, fmt.Errorf("%q is no place in a message: write $message.header#/name or $message.payload#/name", text)
	}
	if !found || pointer == "" || pointer[0] != '/' {
		return nil, fmt.Errorf("%q says no place: write a JSON Pointer after it, as %s#/name", text, source)
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		l.path = append(l.path, tree.UnescapePointer(token))
	}
	return l, nil
}

// get returns the value at the place.
func (l *location) get(headers map[string]any, payload any) (any, bool) {
	value := payload
	path := l.path
	if l.header {
		found := false
		if value, found = header(headers, path[0]); !found {
			return nil, false
		}
		path = path[1:]
	}
	for _, token := range path {
		next, ok := step(value, token)
		if !ok {
			return nil, false
		}
		value = next
	}
	return value, true
}

// header finds a header by its name, exactly if possible, else without regard
// to case: brokers keep case, gateways before them often do not.
func header(headers map[string]any, name string) (any, bool) {
	if v, ok := headers[name]; ok {
		return v, true
	}
	for _, k := range slices.Sorted(maps.Keys(headers)) {
		if strings.EqualFold(k, name) {
			return headers[k], true
		}
	}
	return nil, false
}

func step(value any, token string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		next, ok := v[token]
		return next, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// put returns headers and payload with a value at the place. What it was given
// stays as it was: only the way to the place is copied.
func (l *location) put(headers map[string]any, payload, value any) (map[string]any, any, error) {
	if l.header {
		out := maps.Clone(headers)
		if out == nil {
			out = map[string]any{}
		}
		placed, err := l.place(out, l.path, value)
		if err != nil {
			return nil, nil, err
		}
		object, ok := placed.(map[string]any)
		if !ok { // its path is never empty, so that place returns what it was given
			return nil, nil, fmt.Errorf("nothing can be put at %s", l.text)
		}
		return object, payload, nil
	}
	placed, err := l.place(payload, l.path, value)
	return headers, placed, err
}

func (l *location) place(in any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch v := in.(type) {
	case nil:
		return l.place(map[string]any{}, path, value)
	case map[string]any:
		below, err := l.place(v[path[0]], path[1:], value)
		if err != nil {
			return nil, err
		}
		out := maps.Clone(v)
		out[path[0]] = below
		return out, nil
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(v) {
			return nil, fmt.Errorf("nothing can be put at %s: the array there has %d items", l.text, len(v))
		}
		below, err := l.place(v[i], path[1:], value)
		if err != nil {
			return nil, err
		}
		out := slices.Clone(v)
		out[i] = below
		return out, nil
	}
	return nil, fmt.Errorf("nothing can be put at %s: there is no object on the way", l.text)
}
