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
