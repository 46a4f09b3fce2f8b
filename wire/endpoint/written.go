package endpoint

import (
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/schema"
)

// ReadPayload reads a payload as a person writes it down: text and bytes as
// they are where that is the content type, everything else as JSON, whichever
// bytes it becomes on the wire. message names one of the target's; "" is
// whichever the data are first readable as.
func (c *Codec) ReadPayload(message string, data []byte) (any, error) {
	if message != "" {
		m, err := c.pick(message)
		if err != nil {
			return nil, err
		}
		return m.readPayload(data)
	}
	var first error
	for _, m := range c.messages {
		payload, err := m.readPayload(data)
		if err == nil {
			return payload, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func (m *messageCodec) readPayload(data []byte) (any, error) {
	switch m.form(m.contentType) {
	case formText:
		if !utf8.Valid(data) {
			return nil, fmt.Errorf("the data are not UTF-8, and the content type %q is text", m.contentType)
		}
		return string(data), nil
	case formBytes:
		return base64.StdEncoding.EncodeToString(data), nil
	}
	value, err := schema.DecodeJSON(data)
	if err != nil {
		return nil, fmt.Errorf("the payload %w", err)
	}
	return value, nil
}

// ReadHeader reads a header's value as a person writes it down: text, unless
// the contract says that it is something else and the text is that.
func (c *Codec) ReadHeader(message, name, text string) any {
	m, err := c.sampled(message)
	if err != nil {
		return text
	}
	return readHeader([]byte(text), m.headerTypes[name])
}

// ReadKey reads a key as a person writes it down: text where the contract
// allows that, else JSON.
func (c *Codec) ReadKey(message, text string) any {
	m, err := c.sampled(message)
	if err != nil || len(check(m.key, text)) == 0 {
		return text
	}
	value, err := schema.DecodeJSON([]byte(text))
	if err != nil || len(check(m.key, value)) > 0 {
		return text
	}
	return value
}
