package endpoint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
)

// What follows is asked by those who judge messages and do not merely take
// them: a receiver takes a message whatever its key and wherever it came from.

// CheckKey returns how the key of a message breaks the contract. A nil key is
// none; nothing is said against it where the contract declares none.
func (c *Codec) CheckKey(message string, key []byte) []schema.Violation {
	m, err := c.pick(message)
	if err != nil || m.key == nil {
		return nil
	}
	if key == nil {
		return []schema.Violation{{Message: "there is none"}}
	}
	if m.keys != nil && m.keys.form(m.keys.contentType) == formBinary {
		return nil // it was judged when it was read
	}
	if !utf8.Valid(key) {
		return []schema.Violation{{Message: "it is not UTF-8"}}
	}
	broken := m.key.Validate(string(key))
	if len(broken) == 0 {
		return nil
	}
	if value, err := schema.DecodeJSON(key); err == nil {
		if _, text := value.(string); !text {
			return m.key.Validate(value)
		}
	}
	return broken
}

// DeclaresCorrelation reports whether the contract says where a message has its
// correlation id.
func (c *Codec) DeclaresCorrelation(message string) bool {
	m, err := c.pick(message)
	return err == nil && m.correlation != nil
}

// CorrelationOf reads the correlation id of a message that was rejected, as far
// as it can be read; nil is none.
func (c *Codec) CorrelationOf(r *Rejected) any {
	m, err := c.sampled(r.Candidate)
	if err != nil || r.Raw.Size() > MaxBody {
		return nil
	}
	message := &Message{Headers: m.readHeaders(r.Raw.Headers), Raw: r.Raw}
	if m.correlation != nil && !m.correlation.header {
		message.Payload, _ = m.decodeBody(m.contentType, r.Raw.Body) // else it has none that can be read
	}
	m.readCorrelation(message)
	return message.CorrelationID
}

// ContentType returns what the contract declares for a message; "" is nothing.
func (c *Codec) ContentType(message string) string {
	m, err := c.sampled(message)
	if err != nil {
		return ""
	}
	return m.contentType
}

// IsBinary reports whether the schema of a message has bytes of its own, as
// those of Avro and Protobuf have.
func (c *Codec) IsBinary(message string) bool {
	m, err := c.sampled(message)
	if err != nil {
		return false
	}
	_, binary := m.payload.(schema.Binary)
	return binary
}

// Reads says what stands in the way of reading bytes of a content type as any
// of the target's messages; nil is nothing.
func (c *Codec) Reads(contentType string) error {
	var first error
	for _, m := range c.messages {
		err := m.checkForm(contentType)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// Violations returns how payload and headers of a message break the contract,
// each list by itself. Nothing is encoded.
func (c *Codec) Violations(message string, payload any, headers map[string]any) (ofPayload, ofHeaders []schema.Violation) {
	m, err := c.sampled(message)
	if err != nil {
		return nil, nil
	}
	return check(m.payload, payload), m.checkHeaders(headers)
}

// CheckAddress says how the address of a received message does not fit: a
// parameter that has none of its values, or another one than the message itself
// says. given are values that the caller asked for; protocol is the scheme of
// the server.
func (t *Target) CheckAddress(protocol string, given map[string]string, m *Message) []string {
	if t.Channel == nil {
		return nil
	}
	where, err := t.addressing(protocol, given, "")
	if err != nil {
		return nil
	}
	values, ok := taken(where.template, m.Address)
	if !ok {
		return []string{fmt.Sprintf("it came from %q, which is no address of the form %s", clip(m.Address, 200), where.template)}
	}
	var faults []string
	for _, p := range t.Channel.Parameters {
		if value, ok := values[p.Name]; ok {
			faults = append(faults, parameterFault(p, value, m)...)
		}
	}
	return faults
}

// parameterFault judges the value that a parameter has in an address.
func parameterFault(p *asyncapi.Parameter, value string, m *Message) []string {
	if len(p.Enum) > 0 && !slices.Contains(p.Enum, value) {
		return []string{fmt.Sprintf("the parameter %s of its address is %q, and must be one of %s", p.Name, clip(value, 80), listed(p.Enum))}
	}
	if p.Location == "" {
		return nil
	}
	l, err := parseLocation(p.Location)
	if err != nil {
		return nil
	}
	own, found := l.get(m.Headers, m.Payload)
	text, scalar := scalarText(own)
	switch {
	case !found || !scalar:
		return []string{fmt.Sprintf("the parameter %s of its address is %q, and the message has nothing at %s, where the contract says it stands", p.Name, clip(value, 80), p.Location)}
	case text != value:
		return []string{fmt.Sprintf("the parameter %s of its address is %q, and the message says %q at %s", p.Name, clip(value, 80), clip(text, 80), p.Location)}
	}
	return nil
}

// taken reads the values of a template's parameters out of an address. It goes
// from left to right and takes the shortest texts that fit; false is an address
// that the template cannot make.
func taken(template, address string) (map[string]string, bool) {
	values := map[string]string{}
	for {
		before, rest, more := strings.Cut(template, "{")
		if !more {
			return values, before == address
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !strings.HasPrefix(address, before) {
			return nil, false
		}
		address = address[len(before):]
		next, _, _ := strings.Cut(after, "{")
		end := len(address)
		if next != "" {
			end = strings.Index(address, next)
		}
		if end <= 0 || values[name] != "" && values[name] != address[:end] {
			return nil, false
		}
		values[name], address, template = address[:end], address[end:], after
	}
}
