package googlepubsub

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/weft-dev/weft/wire/driver"
)

// The parameters of messages.
const (
	ParamOrderingKey = "orderingKey"
	ParamAttribute   = "attribute:" // followed by the attribute's name
)

// What the service takes.
const (
	maxAttributes     = 100
	maxAttributeName  = 256
	maxAttributeValue = 1024
	maxOrderingKey    = 1024
)

// packed is what Pub/Sub cannot carry.
type packed struct {
	// Headers are all headers in order, where the attributes do not say it all.
	Headers []packedHeader `json:"headers,omitempty"`
	Key     *[]byte        `json:"key,omitempty"`  // one that is no ordering key
	Time    int64          `json:"time,omitempty"` // milliseconds since 1970
}

// packedHeader is a header whose value is in the attribute of its name, unless
// it has one here.
type packedHeader struct {
	Name  string  `json:"name"`
	Value *[]byte `json:"value,omitempty"`
}

// wrap makes a message ready for the service.
func wrap(m *driver.Message) (*pubsubpb.PubsubMessage, error) {
	out := &pubsubpb.PubsubMessage{Data: m.Body}
	var p packed
	if !m.Timestamp.IsZero() {
		p.Time = m.Timestamp.UnixMilli()
	}
	if err := wrapKey(out, &p, m); err != nil {
		return nil, err
	}
	attrs, err := ownAttributes(m)
	if err != nil {
		return nil, err
	}
	p.wrapHeaders(attrs, m.Headers)
	if err := p.write(attrs, len(m.Body) == 0); err != nil {
		return nil, err
	}
	if len(attrs) > maxAttributes {
		return nil, fmt.Errorf("it makes %d attributes, and a message has at most %d: send fewer or shorter headers", len(attrs), maxAttributes)
	}
	if len(attrs) > 0 {
		out.Attributes = attrs
	}
	return out, nil
}

// wrapKey makes the ordering key. A key that cannot be one still keeps the order
// of its messages, by an ordering key that stands for it.
func wrapKey(out *pubsubpb.PubsubMessage, p *packed, m *driver.Message) error {
	if m.Key == nil {
		out.OrderingKey = m.Params[ParamOrderingKey]
		if len(out.OrderingKey) > maxOrderingKey {
			return fmt.Errorf("the ordering key has %d bytes, the most is %d", len(out.OrderingKey), maxOrderingKey)
		}
		return nil
	}
	if len(m.Key) > 0 && len(m.Key) <= maxOrderingKey && utf8.Valid(m.Key) {
		out.OrderingKey = string(m.Key)
		return nil
	}
	p.Key = &m.Key
	out.OrderingKey = digest(m.Key)
	return nil
}

// ownAttributes are those that no header makes.
func ownAttributes(m *driver.Message) (map[string]string, error) {
	attrs := make(map[string]string, len(m.Headers)+3)
	for param, value := range m.Params {
		if param == ParamOrderingKey {
			continue
		}
		name, ok := strings.CutPrefix(param, ParamAttribute)
		if !ok {
			return nil, driver.CheckParams(map[string]string{param: value}, ParamOrderingKey, ParamAttribute+"NAME")
		}
		if !isAttribute(name, []byte(value)) {
			return nil, fmt.Errorf("%q: %q can be no attribute", name, value)
		}
		attrs[name] = value
	}
	for name, value := range map[string]string{CorrelationAttribute: m.CorrelationID, ReplyToAttribute: m.ReplyTo} {
		if value == "" {
			continue
		}
		if !isAttribute(name, []byte(value)) {
			return nil, fmt.Errorf("the %s is longer than %d bytes, or no text", name, maxAttributeValue)
		}
		if h, ok := m.Header(name); ok && string(h) != value {
			return nil, fmt.Errorf("the header %s is %q and the message's own is %q: there is one place for both", name, h, value)
		}
		attrs[name] = value
	}
	return attrs, nil
}

// isAttribute reports whether the service takes it, and we do not mean
// something else by it.
func isAttribute(name string, value []byte) bool {
	return name != "" && len(name) <= maxAttributeName && utf8.ValidString(name) && !strings.HasPrefix(name, "goog") &&
		name != PackedAttribute && !strings.HasPrefix(name, PackedAttribute+".") &&
		len(value) <= maxAttributeValue && utf8.Valid(value)
}

// wrapHeaders makes attributes of headers, as many as there may be, and notes
// what they do not say.
func (p *packed) wrapHeaders(attrs map[string]string, headers []driver.Header) {
	list := make([]packedHeader, len(headers))
	// Attributes that are there already and no headers would be read as such.
	all := len(attrs) == 0 && slices.IsSortedFunc(headers, byName)
	for i, h := range headers {
		list[i].Name = h.Name
		value, taken := attrs[h.Name]
		switch {
		case taken && value == string(h.Value):
			all = false
		case !taken && isAttribute(h.Name, h.Value) && len(attrs) < maxAttributes/2:
			attrs[h.Name] = string(h.Value)
		default:
			list[i].Value, all = &h.Value, false
		}
	}
	if !all && len(headers) > 0 {
		p.Headers = list
	}
}

func byName(a, b driver.Header) int { return strings.Compare(a.Name, b.Name) }

// write puts what is packed into as many attributes as it takes. A message
// without a body must have one.
func (p *packed) write(attrs map[string]string, empty bool) error {
	if p.Headers == nil && p.Key == nil && p.Time == 0 {
		if empty && len(attrs) == 0 {
			attrs[PackedAttribute] = "{}"
		}
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	for part := 0; len(text) > 0; part++ {
		if part >= maxAttributes {
			return errors.New("its headers are too large for Pub/Sub: put them into the body")
		}
		n := min(len(text), maxAttributeValue)
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		attrs[packedName(part)], text = string(text[:n]), text[n:]
	}
	return nil
}

func packedName(part int) string {
	if part == 0 {
		return PackedAttribute
	}
	return PackedAttribute + "." + strconv.Itoa(part)
}

// unwrap makes the message that users see of one that anybody may have sent.
// What claims to be packed and is not stays what it is: attributes.
func unwrap(in *pubsubpb.PubsubMessage) *driver.Message {
	attrs := in.GetAttributes()
	m := &driver.Message{
		Body: in.GetData(), ID: in.GetMessageId(), Timestamp: in.GetPublishTime().AsTime(),
		CorrelationID: attrs[CorrelationAttribute], ReplyTo: attrs[ReplyToAttribute],
	}
	if key := in.GetOrderingKey(); key != "" {
		m.Key = []byte(key)
	}
	p, ok := unpack(attrs)
	if ok && p.Key != nil {
		m.Key = *p.Key
	}
	if ok && p.Time != 0 {
		m.Timestamp = time.UnixMilli(p.Time)
	}
	m.Headers = headersOf(attrs, p, ok)
	return m
}

func unpack(attrs map[string]string) (*packed, bool) {
	if _, ok := attrs[PackedAttribute]; !ok {
		return nil, false
	}
	var text strings.Builder
	for part := range maxAttributes {
		piece, ok := attrs[packedName(part)]
		if !ok {
			break
		}
		text.WriteString(piece)
	}
	var p packed
	return &p, json.Unmarshal([]byte(text.String()), &p) == nil
}

// headersOf are the packed headers, then the attributes that are none of them.
func headersOf(attrs map[string]string, p *packed, ours bool) []driver.Header {
	var headers []driver.Header
	said := map[string]bool{CorrelationAttribute: true, ReplyToAttribute: true}
	if ours {
		for _, h := range p.Headers {
			value, ok := attrs[h.Name]
			said[h.Name] = true
			switch {
			case h.Value != nil:
				headers = append(headers, driver.Header{Name: h.Name, Value: *h.Value})
			case ok:
				headers = append(headers, driver.Header{Name: h.Name, Value: []byte(value)})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if packedPart := name == PackedAttribute || strings.HasPrefix(name, PackedAttribute+"."); said[name] || ours && packedPart {
			continue
		}
		headers = append(headers, driver.Header{Name: name, Value: []byte(attrs[name])})
	}
	return headers
}
