package endpoint

import (
	"fmt"
	"maps"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// Sample makes a message of the target that fits the contract, from the
// message's examples or else from its schemas. An example is asked for by name;
// "" takes the first that has a payload. The same seed makes the same message.
// message names one of the target's; "" is the first.
func (c *Codec) Sample(message, example string, seed uint64) (Outgoing, error) {
	m := c.messages[0]
	if message != "" {
		var err error
		if m, err = c.pick(message); err != nil {
			return Outgoing{}, err
		}
	}
	out := Outgoing{Message: m.name()}
	from := exampleOf(m.message, example)
	if err := m.sampleHeaders(&out, from, seed); err != nil {
		return out, fmt.Errorf("%s, message %s: the headers: %w", c.target.Name(), m.name(), err)
	}
	if err := m.samplePayload(&out, from, seed); err != nil {
		return out, fmt.Errorf("%s, message %s: the payload: %w", c.target.Name(), m.name(), err)
	}
	return out, m.sampleKey(&out, seed)
}

func exampleOf(m *asyncapi.Message, name string) *asyncapi.Example {
	if m == nil {
		return nil
	}
	for i := range m.Examples {
		e := &m.Examples[i]
		if e.Payload != nil && (name == "" || e.Name == name) {
			return e
		}
	}
	return nil
}

func (m *messageCodec) sampleHeaders(out *Outgoing, from *asyncapi.Example, seed uint64) error {
	if from != nil && from.Headers.Is(tree.Mapping) {
		out.Headers, _ = from.Headers.Value().(map[string]any)
		return nil
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

func (m *messageCodec) samplePayload(out *Outgoing, from *asyncapi.Example, seed uint64) error {
	switch {
	case from != nil:
		out.Payload = from.Payload.Value()
		return nil
	case m.payload == nil && formOf(m.contentType) == formText:
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
