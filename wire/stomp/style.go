package stomp

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// style is how messages are sent: what a sender's parameters say, and those of
// a message where it has some.
type style struct {
	persistent bool
	priority   string
	expiration time.Duration // less than 0 is none
	kind       string
	bare       bool
}

// messageParams are the parameters of a message.
var messageParams = []string{"persistent", "priority", "expiration", "type", "content-length"}

// queueParams are those that say how a queue is made.
var queueParams = []string{"durable", "auto-delete"}

// with is the style with what parameters change.
func (s style) with(params map[string]string) (style, error) {
	if err := readBool(params, "persistent", &s.persistent); err != nil {
		return s, err
	}
	if text, ok := params["priority"]; ok {
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > 255 {
			return s, fmt.Errorf("priority is %q: write a number from 0 to 255", text)
		}
		s.priority = text
	}
	if text, ok := params["expiration"]; ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > 1<<40 {
			return s, fmt.Errorf("expiration is %q: write a number of milliseconds", text)
		}
		s.expiration = time.Duration(n) * time.Millisecond
	}
	if kind, ok := params["type"]; ok {
		s.kind = kind
	}
	length := !s.bare
	err := readBool(params, "content-length", &length)
	s.bare = !length
	return s, err
}

// of is the style of one message.
func (s style) of(m *driver.Message) (style, error) {
	if len(m.Params) == 0 {
		return s, nil
	}
	if err := driver.CheckParams(m.Params, messageParams...); err != nil {
		return s, err
	}
	return s.with(m.Params)
}

func readBool(params map[string]string, name string, to *bool) error {
	switch text, ok := params[name]; {
	case !ok:
	case text == "true" || text == "false":
		*to = text == "true"
	default:
		return fmt.Errorf("%s is %q: write true or false", name, text)
	}
	return nil
}

// takePrefixed takes the parameters that begin in some way, as headers, and
// returns the others.
func takePrefixed(params map[string]string, prefix string, keep bool) (headers, rest map[string]string) {
	headers, rest = map[string]string{}, map[string]string{}
	for name, value := range params {
		short, ok := strings.CutPrefix(name, prefix)
		switch {
		case !ok:
			rest[name] = value
		case keep:
			headers[name] = value
		default:
			headers[short] = value
		}
	}
	return headers, rest
}

// queueHeaders are the headers that say how a queue is made, and the other
// parameters.
func queueHeaders(params map[string]string) (headers, rest map[string]string, err error) {
	headers, rest = takePrefixed(params, "x-", true)
	for _, name := range queueParams {
		value, ok := rest[name]
		if !ok {
			continue
		}
		delete(rest, name)
		headers[name] = value
		var is bool
		err = errors.Join(err, readBool(headers, name, &is))
	}
	return headers, rest, errors.Join(err, checkHeaders(headers))
}

func checkHeaders(headers map[string]string) error {
	for name, value := range headers {
		if !frame.V10.CanCarry(name, value) {
			return fmt.Errorf("the parameter %q has characters that no header has", name)
		}
	}
	return nil
}

// addAll adds headers in an order of their own.
func addAll(f *frame.Frame, headers map[string]string) {
	for _, name := range sorted(maps.Keys(headers)) {
		f.Add(name, headers[name])
	}
}
