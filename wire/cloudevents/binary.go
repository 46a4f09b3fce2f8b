package cloudevents

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
)

// Binding is how a protocol carries the attributes of an event in binary mode.
type Binding struct {
	// Prefix stands before the name of each attribute.
	Prefix string
	// Escaped says that values are percent-encoded.
	Escaped bool
}

// bindings are those of the specification, by protocol.
var bindings = lazy.Of[map[string]Binding]{Make: func() map[string]Binding {
	return map[string]Binding{
		"kafka": {Prefix: "ce_"},
		"amqp":  {Prefix: "cloudEvents:"}, "amqp1": {Prefix: "cloudEvents:"},
		"jms":  {Prefix: "cloudEvents_"},
		"mqtt": {}, "mqtt5": {},
		"http": {Prefix: "ce-", Escaped: true},
		"nats": {Prefix: "ce-", Escaped: true}, "jetstream": {Prefix: "ce-", Escaped: true},
	}
}}

// BindingOf returns the binding of a protocol, as servers of contracts name it;
// false where there is only structured mode.
func BindingOf(protocol string) (Binding, bool) {
	protocol = strings.ToLower(protocol)
	for _, secure := range []string{"-secure", "s"} {
		if _, known := bindings.Get()[protocol]; !known {
			protocol = strings.TrimSuffix(protocol, secure)
		}
	}
	b, ok := bindings.Get()[protocol]
	return b, ok
}

// Declared finds the binding by which names of headers are those of an event:
// one under which all that an event must have is there.
func Declared(has func(name string) bool) (Binding, bool) {
	for _, b := range []Binding{{Prefix: "ce_"}, {Prefix: "ce-", Escaped: true}, {Prefix: "cloudEvents:"}, {Prefix: "cloudEvents_"}, {}} {
		if b.declared(has) {
			return b, true
		}
	}
	return Binding{}, false
}

// declared reports whether headers are those of an event: by a prefix it is
// enough that the version or the id and the type are named; without one all
// that is required must be.
func (b Binding) declared(has func(name string) bool) bool {
	named := func(attribute string) bool { return has(b.Prefix + attribute) }
	if b.Prefix != "" && named(Spec) {
		return true
	}
	if b.Prefix != "" {
		return named(ID) && named(Type)
	}
	return !slices.ContainsFunc(Required(), func(name string) bool { return !named(name) })
}

// Encode writes attributes as headers. The content type of the data is left
// out: protocols have a field of their own for it.
func (b Binding) Encode(attributes map[string]any) (map[string]string, error) {
	headers := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if attributes[name] == nil || name == DataContentType {
			continue
		}
		value, err := text(attributes[name])
		if err != nil {
			return nil, fmt.Errorf("the attribute %s %w", name, err)
		}
		headers[b.Prefix+name] = b.Escape(value)
	}
	return headers, nil
}

// Decode takes the attributes out of headers. Without a prefix every header
// that may be an attribute by its name is one.
func (b Binding) Decode(headers map[string]string) map[string]any {
	attributes := map[string]any{}
	for name, value := range headers {
		if name, is := b.Attribute(name); is {
			attributes[name] = b.Unescape(value)
		}
	}
	return attributes
}

// Attribute returns the attribute that a header is.
func (b Binding) Attribute(header string) (name string, is bool) {
	if len(header) <= len(b.Prefix) || !strings.EqualFold(header[:len(b.Prefix)], b.Prefix) {
		return "", false
	}
	name = header[len(b.Prefix):]
	if b.Escaped {
		name = strings.ToLower(name) // headers of HTTP have no case
	}
	return name, b.Prefix != "" || isName(name)
}

// Escape writes a value as a header has it: space, quotes, percent signs and
// all beyond printable ASCII as percent and two digits of each byte (HTTP
// Protocol Binding, "HTTP Header Values").
func (b Binding) Escape(value string) string {
	if !b.Escaped {
		return value
	}
	var out strings.Builder
	for _, c := range []byte(value) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '%' {
			fmt.Fprintf(&out, "%%%02X", c)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// Unescape reads a value of a header. Quotes around it, and sequences that are
// none, are taken as the specification has readers take them.
func (b Binding) Unescape(value string) string {
	if !b.Escaped {
		return value
	}
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		value = unquote(value[1 : n-1])
	}
	var out []byte
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+2 < len(value) {
			if high, low := digit(value[i+1]), digit(value[i+2]); high >= 0 && low >= 0 {
				out = append(out, byte(high<<4|low))
				i += 2
				continue
			}
		}
		out = append(out, value[i])
	}
	if !utf8.Valid(out) {
		return strings.ToValidUTF8(string(out), "\uFFFD")
	}
	return string(out)
}

// unquote takes the backslashes of a quoted string away.
func unquote(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
