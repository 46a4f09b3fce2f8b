package endpoint

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/trace"
)

// Encode makes the bytes of a message and the message as the contract sees it,
// with its correlation id in place. An *InvalidError says how it breaks the
// contract; then nothing may be sent.
func (c *Codec) Encode(out Outgoing) (*driver.Message, *Message, error) {
	if out.Message != "" {
		m, err := c.pick(out.Message)
		if err != nil {
			return nil, nil, err
		}
		return c.encode(m, out)
	}
	var nearest *InvalidError
	for _, m := range c.messages {
		raw, sent, err := c.encode(m, out)
		if err == nil {
			return raw, sent, nil
		}
		invalid, ok := errors.AsType[*InvalidError](err)
		if !ok {
			return nil, nil, err
		}
		if nearest == nil || len(invalid.Violations) < len(nearest.Violations) {
			nearest = invalid
		}
	}
	return nil, nil, nearest
}

func (c *Codec) encode(m *messageCodec, out Outgoing) (*driver.Message, *Message, error) {
	headers, payload, err := c.fill(m, out)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.target.Name(), err)
	}
	if headers, payload, err = m.fillEvent(headers, payload, out); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.target.Name(), err)
	}
	contentType, err := m.outgoingType(out)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.target.Name(), err)
	}
	headers, at := traced(headers, out)
	body, err := c.validBody(m, contentType, m.withTrace(headers, at), payload)
	if err != nil {
		return nil, nil, err
	}
	key, keyText, err := c.encodeKey(m, out.Key)
	if err != nil {
		return nil, nil, err
	}
	list, err := writeHeaders(m.escaped(headers))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.target.Name(), err)
	}
	raw := &driver.Message{Key: key, Body: body, Timestamp: out.Timestamp}
	if c.replyTo == nil {
		raw.ReplyTo = out.ReplyTo // only the protocol itself has a place for it
	}
	raw.Headers = c.addOurs(m, list, contentType, out, at)
	sent := &Message{
		Name: m.name(), Payload: payload, Headers: headers, Key: keyText, ContentType: contentType,
		Timestamp: out.Timestamp, ReplyTo: out.ReplyTo, IdempotencyID: out.IdempotencyID, TraceParent: at.Parent, TraceState: at.State, Raw: raw,
	}
	if err := m.correlate(sent, raw, out); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.target.Name(), err)
	}
	return raw, sent, nil
}

// fill puts the correlation id and the reply's address where the contract says.
func (c *Codec) fill(m *messageCodec, out Outgoing) (map[string]any, any, error) {
	headers, payload := withoutNil(out.Headers), out.Payload
	if id := out.correlation(); m.correlation != nil && id != nil {
		if old, there := m.correlation.get(headers, payload); !there || old == nil || out.Overwrite {
			var err error
			if headers, payload, err = m.correlation.put(headers, payload, m.asHeader(m.correlation, id)); err != nil {
				return nil, nil, fmt.Errorf("the correlation id: %w", err)
			}
		}
	}
	if c.replyTo != nil && out.ReplyTo != "" {
		if old, there := c.replyTo.get(headers, payload); !there || old == nil {
			var err error
			if headers, payload, err = c.replyTo.put(headers, payload, out.ReplyTo); err != nil {
				return nil, nil, fmt.Errorf("the reply address: %w", err)
			}
		}
	}
	return headers, payload, nil
}

func (out *Outgoing) correlation() any {
	if out.CorrelationID != nil {
		return out.CorrelationID
	}
	if out.GeneratedID != "" {
		return out.GeneratedID
	}
	return nil
}

// asHeader writes a number as text where the contract says that the header is
// text, as it will be on the wire anyway.
func (m *messageCodec) asHeader(l *location, id any) any {
	types := m.headerTypes[l.path[0]]
	if !l.header || len(l.path) > 1 || len(types) != 1 || types[0] != "string" {
		return id
	}
	if text, ok := scalarText(id); ok {
		return text
	}
	return id
}

// correlate notes the correlation id that the message ended up with. Without a
// place in the contract it goes into the protocol's own field.
func (m *messageCodec) correlate(sent *Message, raw *driver.Message, out Outgoing) error {
	if m.correlation != nil {
		sent.CorrelationID, _ = m.correlation.get(sent.Headers, sent.Payload)
		return nil
	}
	if out.CorrelationID == nil {
		return nil
	}
	text, ok := scalarText(out.CorrelationID)
	if !ok {
		return errors.New("the correlation id must be a string or a number: the contract declares no place for it, and the protocol's field is text")
	}
	sent.CorrelationID, raw.CorrelationID = out.CorrelationID, text
	return nil
}

func (m *messageCodec) outgoingType(out Outgoing) (string, error) {
	declared := m.contentType
	if declared == "" {
		declared = "application/json"
	}
	if out.ContentType == "" {
		return declared, nil
	}
	if m.contentType != "" && !sameMedia(m.contentType, out.ContentType) {
		return "", fmt.Errorf("content type %q is not the contract's, which is %q", out.ContentType, m.contentType)
	}
	return out.ContentType, m.checkForm(out.ContentType)
}

// usualBody is how much memory a body is given at first, in bytes.
const usualBody = 256

// validBody judges a message and writes its payload: JSON that fits in one walk,
// all else in two.
func (c *Codec) validBody(m *messageCodec, contentType string, headers map[string]any, payload any) ([]byte, error) {
	if m.writer != nil && m.form(contentType) == formJSON {
		if body, fits := m.writer.AppendJSON(make([]byte, 0, usualBody), payload); fits {
			return body, c.validateRest(m, headers, payload)
		}
	}
	if list := check(m.payload, payload); len(list) > 0 {
		return nil, c.invalid(m, "payload", list)
	}
	if err := c.validateRest(m, headers, payload); err != nil {
		return nil, err
	}
	body, err := m.encodeBody(contentType, payload)
	if err != nil {
		return nil, fmt.Errorf("%s: the payload: %w", c.target.Name(), err)
	}
	return body, nil
}

// validateRest judges all of a message but its payload by itself.
func (c *Codec) validateRest(m *messageCodec, headers map[string]any, payload any) error {
	if list := m.checkHeaders(headers); len(list) > 0 {
		return c.invalid(m, "headers", list)
	}
	if part, list := m.checkEvent(headers, payload); len(list) > 0 {
		return c.invalid(m, part, list)
	}
	return nil
}

func (c *Codec) invalid(m *messageCodec, part string, list []schema.Violation) error {
	return &InvalidError{Operation: c.target.Name(), Message: m.name(), Part: part, Violations: list}
}

// encodeBody writes a payload that fits its schema.
func (m *messageCodec) encodeBody(contentType string, payload any) ([]byte, error) {
	text, isText := payload.(string)
	switch m.form(contentType) {
	case formBinary:
		return m.encodeBinary(contentType, payload)
	case formText:
		if isText {
			return []byte(text), nil
		}
		return nil, fmt.Errorf("must be a string for the content type %q", contentType)
	case formBytes:
		data, err := base64.StdEncoding.DecodeString(text)
		if !isText || err != nil {
			return nil, fmt.Errorf("must be a string of base64 for the content type %q, which is bytes", contentType)
		}
		return data, nil
	}
	return schema.EncodeJSON(payload)
}

// encodeKey writes the key. Without one from the caller the contract's is
// taken, where that allows only one.
func (c *Codec) encodeKey(m *messageCodec, key any) ([]byte, string, error) {
	if fixed, ok := m.key.(interface{ Constant() (any, bool) }); ok && key == nil {
		key, _ = fixed.Constant()
	}
	if key == nil {
		return nil, "", nil
	}
	if list := check(m.key, key); len(list) > 0 {
		return nil, "", &InvalidError{Operation: c.target.Name(), Message: m.name(), Part: "key", Violations: list}
	}
	data, text, err := m.writeKey(key)
	if err != nil {
		return nil, "", fmt.Errorf("%s: the key: %w", c.target.Name(), err)
	}
	return data, text, nil
}

// addOurs adds the wire's headers, unless the application has set them.
func (c *Codec) addOurs(m *messageCodec, list []driver.Header, contentType string, out Outgoing, at trace.Context) []driver.Header {
	list = addOwn(list, HeaderContentType, contentType)
	list = addOwn(list, HeaderID, out.IdempotencyID)
	list = addOwn(list, HeaderTraceParent, at.Parent)
	list = addOwn(list, HeaderTraceState, at.State)
	if len(c.messages) > 1 {
		list = addOwn(list, HeaderMessage, m.name())
	}
	return list
}

func addOwn(list []driver.Header, name, value string) []driver.Header {
	if value == "" || hasHeader(list, name) {
		return list
	}
	return append(list, driver.Header{Name: name, Value: []byte(value)})
}

func hasHeader(list []driver.Header, name string) bool {
	for _, h := range list {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}
