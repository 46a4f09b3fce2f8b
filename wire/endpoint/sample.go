package endpoint

import (
	"fmt"
	"iter"
	"maps"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// Sample makes a message of the target that fits the contract, from the
// message's examples or else from its schemas. An example is asked for by name;
// "" takes the first. Examples that break the contract are passed over. The
// same seed makes the same message. message names one of the target's; "" is the
// first.
func (c *Codec) Sample(message, example string, seed uint64) (Outgoing, error) {
	m, err := c.sampled(message)
	if err != nil {
		return Outgoing{}, err
	}
	return c.sample(m, m.example(example), seed)
}

// Invent is Sample without the examples: it makes a message from its schemas.
func (c *Codec) Invent(message string, seed uint64) (Outgoing, error) {
	m, err := c.sampled(message)
	if err != nil {
		return Outgoing{}, err
	}
	return c.sample(m, nil, seed)
}

// SampleAt is Sample with the example at an index, from 0, of those that fit the
// contract; ok is false where there are not so many.
func (c *Codec) SampleAt(message string, index, seed uint64) (out Outgoing, ok bool, err error) {
	m, err := c.sampled(message)
	if err != nil {
		return Outgoing{}, false, err
	}
	for e := range m.examples() {
		if index == 0 {
			out, err = c.sample(m, e, seed)
			return out, true, err
		}
		index--
	}
	return Outgoing{}, false, nil
}

func (c *Codec) sampled(message string) (*messageCodec, error) {
	if message == "" {
		return c.messages[0], nil
	}
	return c.pick(message)
}

func (c *Codec) sample(m *messageCodec, from *asyncapi.Example, seed uint64) (Outgoing, error) {
	out := Outgoing{Message: m.name()}
	if err := m.sampleHeaders(&out, from, seed); err != nil {
		return out, fmt.Errorf("%s, message %s: the headers: %w", c.target.Name(), m.name(), err)
	}
	if err := m.samplePayload(&out, from, seed); err != nil {
		return out, fmt.Errorf("%s, message %s: the payload: %w", c.target.Name(), m.name(), err)
	}
	m.mend(&out)
	return out, m.sampleKey(&out, seed)
}

// HasExample reports whether Sample has an example to take for a message.
func (c *Codec) HasExample(message, example string) bool {
	m, err := c.pick(message)
	return err == nil && m.example(example) != nil
}

// example returns the first example of a name whose payload fits.
func (m *messageCodec) example(name string) *asyncapi.Example {
	for e := range m.examples() {
		if name == "" || e.Name == name {
			return e
		}
	}
	return nil
}

// examples are those whose payload fits.
func (m *messageCodec) examples() iter.Seq[*asyncapi.Example] {
	return func(yield func(*asyncapi.Example) bool) {
		if m.message == nil {
			return
		}
		for i := range m.message.Examples {
			e := &m.message.Examples[i]
			if e.Payload != nil && len(check(m.payload, e.Payload.Value())) == 0 && !yield(e) {
				return
			}
		}
	}
}

func (m *messageCodec) sampleHeaders(out *Outgoing, from *asyncapi.Example, seed uint64) error {
	if from != nil && from.Headers.Is(tree.Mapping) {
		headers, _ := from.Headers.Value().(map[string]any)
		if m.fits(headers) {
			out.Headers = headers
			return nil
		}
	}
	if m.headers == nil {
		return nil
	}
	value, err := m.headers.Sample(seed)
	if err != nil {
		return err
	}
	out.Headers, _ = value.(map[string]any)
	return nil
}

// fits reports whether headers fit, where the place of the correlation id need
// not: it is filled later.
func (m *messageCodec) fits(headers map[string]any) bool {
	if m.correlation != nil && m.correlation.header {
		if _, there := m.correlation.get(headers, nil); !there {
			if filled, _, err := m.correlation.put(headers, nil, "x"); err == nil {
				headers = filled
			}
		}
	}
	return len(m.checkHeaders(headers)) == 0
}

func (m *messageCodec) samplePayload(out *Outgoing, from *asyncapi.Example, seed uint64) error {
	switch {
	case from != nil:
		out.Payload = from.Payload.Value()
		return nil
	case m.payload == nil && (formOf(m.contentType) == formText || formOf(m.contentType) == formBytes):
		out.Payload = ""
		return nil
	case m.payload == nil:
		out.Payload = map[string]any{}
		return nil
	}
	var err error
	out.Payload, err = m.payload.Sample(seed)
	return err
}

func (m *messageCodec) sampleKey(out *Outgoing, seed uint64) error {
	if m.key == nil {
		return nil
	}
	var err error
	out.Key, err = m.key.Sample(seed)
	return err
}

// Echo returns the payload of a sample with the values of another message in
// members of the same name, so that an answer fits what was asked. A value that
// would break the contract is not taken.
func (c *Codec) Echo(out Outgoing, from any) any {
	m, err := c.pick(out.Message)
	source, ok := from.(map[string]any)
	payload, isObject := out.Payload.(map[string]any)
	if err != nil || !ok || !isObject {
		return out.Payload
	}
	for _, name := range sortedKeys(source) {
		if _, there := payload[name]; !there {
			continue
		}
		changed := maps.Clone(payload)
		changed[name] = source[name]
		if len(check(m.payload, changed)) == 0 {
			payload = changed
		}
	}
	return payload
}
