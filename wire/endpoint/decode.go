package endpoint

import (
	"encoding/base64"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/driver"
)

// MaxBody is the largest body that is decoded, in bytes.
const MaxBody = 16 << 20

// Decode finds out which message of the contract a received one is: by the
// name it carries, its content type and its schemas, in this order. Where it
// fits several, it is the first of the contract and Also the others. Exactly one
// of the results is nil.
func (c *Codec) Decode(raw *driver.Message) (*Message, *Rejected) { return c.decode(raw, nil) }

// decode is Decode of messages whose payloads may be in a frame.
func (c *Codec) decode(raw *driver.Message, open opener) (*Message, *Rejected) {
	if raw.Size() > MaxBody {
		return nil, rejected(raw, TooLarge, fmt.Sprintf("it has %d bytes; at most %d are read", raw.Size(), MaxBody))
	}
	candidates, no := c.candidates(raw)
	if no != nil {
		return nil, no
	}
	var nearest *Rejected
	var first *Message
	for _, m := range candidates {
		message, no := m.decode(c, raw, open)
		if no == nil && first == nil {
			first = message
		} else if no == nil {
			first.Also = append(first.Also, Reading{message.Name, message.CorrelationID})
		}
		if no == nil {
			continue
		}
		if nearest == nil || nearer(no, nearest) {
			nearest = no
		}
	}
	if first != nil {
		return first, nil
	}
	return nil, nearest
}

// nearer reports whether a rejection tells more: against the same bytes, fewer
// violations.
func nearer(a, b *Rejected) bool {
	if a.untold != nil || b.untold != nil {
		return b.untold == nil
	}
	return a.Reason == Invalid && (b.Reason != Invalid || len(a.Violations) < len(b.Violations))
}

func (c *Codec) candidates(raw *driver.Message) ([]*messageCodec, *Rejected) {
	list := c.messages
	if name := rawHeader(raw.Headers, HeaderMessage); name != "" && c.messages[0].message != nil {
		m, err := c.pick(name)
		if err != nil {
			return nil, rejected(raw, OtherMessage, "by its header "+HeaderMessage+" it is "+fmt.Sprintf("%q", clip(name, 80)))
		}
		list = []*messageCodec{m}
	}
	got := rawHeader(raw.Headers, HeaderContentType)
	other := func(m *messageCodec) bool { return !sameMedia(m.contentType, got) }
	if !slices.ContainsFunc(list, other) {
		return list, nil
	}
	fitting := slices.DeleteFunc(slices.Clone(list), other)
	if len(fitting) == 0 {
		return nil, rejected(raw, WrongType, fmt.Sprintf("its content type is %q, and the contract's is %q", clip(got, 80), list[0].contentType))
	}
	return fitting, nil
}

// decode reads a message as one of the contract's.
func (m *messageCodec) decode(c *Codec, raw *driver.Message, open opener) (*Message, *Rejected) {
	contentType := rawHeader(raw.Headers, HeaderContentType)
	if contentType == "" {
		contentType = m.contentType
	}
	in := content{body: raw.Body}
	if open != nil {
		var no *Rejected
		if in, no = open(m, raw); no != nil {
			return nil, no
		}
	}
	payload, err := m.decodeContent(contentType, in)
	if err != nil {
		no := m.named(rejected(raw, NotDecodable, "its body "+err.Error()))
		if in.read != nil {
			no.Part = "frame" // it names another schema than the contract's
		}
		return nil, no
	}
	headers := m.readHeaders(raw.Headers)
	if list := check(m.payload, payload); len(list) > 0 {
		return nil, m.invalid(raw, "payload", list)
	}
	if list := m.checkHeaders(headers); len(list) > 0 {
		return nil, m.invalid(raw, "headers", list)
	}
	if part, list := m.checkEvent(headers, payload); len(list) > 0 {
		return nil, m.invalid(raw, part, list)
	}
	key, no := m.readKey(raw, open)
	if no != nil {
		return nil, no
	}
	at := readTrace(raw.Headers)
	message := &Message{
		Name: m.name(), Payload: payload, Headers: headers, Key: key, ContentType: contentType,
		Timestamp: raw.Timestamp, Address: raw.Address, ReplyTo: raw.ReplyTo,
		IdempotencyID: rawHeader(raw.Headers, HeaderID), TraceParent: at.Parent, TraceState: at.State,
		ID: raw.ID, Position: raw.Position, Next: raw.Next, Redelivered: raw.Redelivered, Raw: raw,
	}
	m.readCorrelation(message)
	if c.replyTo != nil {
		if address, ok := c.replyTo.get(headers, payload); ok {
			message.ReplyTo, _ = scalarText(address)
		}
	}
	return message, nil
}

func (m *messageCodec) readCorrelation(message *Message) {
	if m.correlation != nil {
		message.CorrelationID, _ = m.correlation.get(message.Headers, message.Payload)
		return
	}
	if message.Raw.CorrelationID != "" {
		message.CorrelationID = message.Raw.CorrelationID
	}
}

func (m *messageCodec) decodeContent(contentType string, in content) (any, error) {
	if in.read != nil && m.form(contentType) == formBinary {
		return in.read(in.body)
	}
	return m.decodeBody(contentType, in.body)
}

func (m *messageCodec) decodeBody(contentType string, body []byte) (any, error) {
	switch m.form(contentType) {
	case formBinary:
		if binary, ok := m.payload.(schema.Binary); ok {
			value, err := m.decodeBinary(binary, contentType, body)
			if err != nil {
				return nil, fmt.Errorf("cannot be read by its schema: %w", err)
			}
			return value, nil
		}
	case formBytes:
		return base64.StdEncoding.EncodeToString(body), nil
	case formText:
		if !utf8.Valid(body) {
			return nil, fmt.Errorf("is not UTF-8")
		}
		return string(body), nil
	case formJSON:
		return schema.DecodeJSON(body)
	}
	return nil, m.checkForm(contentType)
}

func (m *messageCodec) invalid(raw *driver.Message, part string, list []schema.Violation) *Rejected {
	r := m.named(rejected(raw, Invalid, "its "+part+fits(part)+": "+wordsOf(list)))
	r.Violations, r.Part = list, part
	return r
}

// fits is the verb for a part: headers are several.
func fits(part string) string {
	if part == "headers" {
		return " do not fit"
	}
	return " does not fit"
}

func (m *messageCodec) named(r *Rejected) *Rejected {
	r.Candidate = m.name()
	return r
}

func rejected(raw *driver.Message, reason Reason, explanation string) *Rejected {
	body := raw.Body
	if len(body) > MaxRejectedBody {
		body = body[:MaxRejectedBody]
	}
	return &Rejected{
		Reason: reason, Explanation: explanation, Body: append([]byte(nil), body...), Size: len(raw.Body),
		Address: raw.Address, ID: raw.ID, Position: raw.Position, Timestamp: raw.Timestamp, CorrelationID: raw.CorrelationID, Raw: raw,
	}
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
