package endpoint

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
)

// Codec turns messages of a target into bytes and back, by the contract and
// without a server. It is safe for concurrent use.
type Codec struct {
	source   *Source
	target   *Target
	messages []*messageCodec
	replyTo  *location // where a request says the reply's address, or nil
}

// messageCodec is what the contract says of one message, compiled.
type messageCodec struct {
	message     *asyncapi.Message // nil where the channel says nothing of messages
	contentType string
	payload     schema.Schema // nil: anything
	writer      schema.Writer // of the payload's schema, where that is one
	headers     schema.Schema
	key         schema.Schema
	keys        *messageCodec // how keys are written that are no text; nil where they are
	isKey       bool          // this says what of keys is said, as if they were payloads
	headerTypes map[string][]string
	correlation *location
	events      *events // nil: messages are no CloudEvents
}

func (m *messageCodec) name() string {
	if m.message == nil {
		return ""
	}
	return m.message.Key
}

// is reports whether a name means this message.
func (m *messageCodec) is(name string) bool {
	return m.message != nil && (name == m.message.Key || name == m.message.Name)
}

// Codec compiles what the contract says of a target. It fails where the
// contract asks for something that is not supported yet, or is wrong itself.
func (s *Source) Codec(t *Target) (*Codec, error) {
	c := &Codec{source: s, target: t}
	for _, m := range t.Messages {
		compiled, err := s.message(m)
		if err != nil {
			return nil, fmt.Errorf("%s: %s, message %s: %w", s.Name, t.Name(), m.Key, err)
		}
		c.messages = append(c.messages, compiled)
	}
	if len(c.messages) == 0 {
		c.messages = []*messageCodec{{contentType: s.Doc.DefaultContentType}}
	}
	if reply := t.Operation.Reply; !t.Reply && reply != nil && reply.Address != nil && reply.Address.Location != "" {
		at, err := parseLocation(reply.Address.Location)
		if err != nil {
			return nil, fmt.Errorf("%s: the reply address of %s: %w", s.Name, t.Operation.ID, err)
		}
		c.replyTo = at
	}
	return c, nil
}

// Target returns what the codec is for.
func (c *Codec) Target() *Target { return c.target }

// Correlates reports whether every message of the target has a place for its
// correlation id in the contract. Where one has none, only the protocol's own
// field is left.
func (c *Codec) Correlates() bool {
	return !slices.ContainsFunc(c.messages, func(m *messageCodec) bool { return m.correlation == nil })
}

// message compiles one message, once.
func (s *Source) message(m *asyncapi.Message) (*messageCodec, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.messages[m]; ok {
		return c, nil
	}
	c, err := s.compileMessage(m)
	if err != nil {
		return nil, err
	}
	s.messages[m] = c
	return c, nil
}

func (s *Source) compileMessage(m *asyncapi.Message) (*messageCodec, error) {
	c := &messageCodec{message: m, contentType: m.ContentType}
	var err error
	if c.payload, err = s.compile(m.Payload); err != nil {
		return nil, fmt.Errorf("the payload: %w", err)
	}
	c.writer, _ = c.payload.(schema.Writer)
	if err := c.checkForm(m.ContentType); err != nil {
		return nil, err
	}
	if c.headers, err = s.compile(m.Headers); err != nil {
		return nil, fmt.Errorf("the headers: %w", err)
	}
	if known, ok := c.headers.(*jsonschema.Schema); ok {
		c.headerTypes = known.PropertyTypes()
	}
	c.events = c.eventsOf(s.Doc)
	if m.Correlation != nil {
		if c.correlation, err = parseLocation(m.Correlation.Location); err != nil {
			return nil, fmt.Errorf("the correlation id: %w", err)
		}
	}
	if key := keyOf(m); key != nil {
		if err = s.compileKey(c, m, key); err != nil {
			return nil, fmt.Errorf("the key: %w", err)
		}
	}
	return c, nil
}

// pick returns the message of a name.
func (c *Codec) pick(name string) (*messageCodec, error) {
	var names []string
	for _, m := range c.messages {
		if m.is(name) {
			return m, nil
		}
		names = append(names, m.name())
	}
	return nil, fmt.Errorf("%s has no message %q%s", c.target.Name(), name, meant(name, names))
}

// check returns how a value breaks a schema; a schema that is not there is
// never broken.
func check(s schema.Schema, value any) []schema.Violation {
	if s == nil {
		return nil
	}
	return s.Validate(value)
}

// meant proposes a name, or lists what there is.
func meant(name string, names []string) string {
	if near := diag.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
	if len(names) == 0 {
		return ""
	}
	return "; there is " + listed(names)
}

func listed(names []string) string {
	const shown = 8
	text := ""
	for i, n := range names {
		if i == shown {
			return fmt.Sprintf("%s and %d more", text, len(names)-shown)
		}
		if i > 0 {
			text += ", "
		}
		text += n
	}
	return text
}
