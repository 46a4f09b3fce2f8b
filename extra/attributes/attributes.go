// Package attributes carries what a message has over protocols whose messages
// have a map of texts beside the body: attributes of Pub/Sub, properties of
// Pulsar. What such a map can say is said as others say it; the rest is JSON in
// attributes of our own, so that nothing is lost between two of us.
//
// It must not know any client library.
package attributes

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/driver"
)

// The attributes with a meaning of their own.
const (
	Correlation = "correlationId" // a message's CorrelationID
	ReplyTo     = "replyTo"       // a message's ReplyTo
	Packed      = "weft"          // what a map of texts cannot carry, as JSON
)

// Limits are what a protocol takes. A limit of 0 is none.
type Limits struct {
	Attributes int
	Name       int    // bytes
	Value      int    // bytes
	Reserved   string // what names must not begin with; "" is nothing
	Key        int    // bytes of a key
}

// maxParts bounds how many attributes the packed ones are cut into.
const maxParts = 100

// packed is what the map cannot carry.
type packed struct {
	// Headers are all headers in order, where the attributes do not say it all.
	Headers []packedHeader `json:"headers,omitempty"`
	Key     *[]byte        `json:"key,omitempty"`  // one that is not text
	Time    int64          `json:"time,omitempty"` // milliseconds since 1970
}

// packedHeader is a header whose value is in the attribute of its name, unless
// it has one here.
type packedHeader struct {
	Name  string  `json:"name"`
	Value *[]byte `json:"value,omitempty"`
}

// Form is a message as such a protocol carries it, beside its body.
type Form struct {
	Attributes map[string]string
	Key        string // "" is none
}

// Wrap makes the form of a message. The given attributes are there besides those
// of its headers. The timestamp is packed where the protocol has no place for it.
func (l Limits) Wrap(m *driver.Message, given map[string]string, packTime bool) (*Form, error) {
	form := &Form{}
	var p packed
	if packTime && !m.Timestamp.IsZero() {
		p.Time = m.Timestamp.UnixMilli()
	}
	form.Key = l.wrapKey(&p, m.Key)
	attrs, err := l.own(m, given)
	if err != nil {
		return nil, err
	}
	l.wrapHeaders(&p, attrs, m.Headers, len(given) == 0)
	if err := l.write(&p, attrs); err != nil {
		return nil, err
	}
	if l.Attributes > 0 && len(attrs) > l.Attributes {
		return nil, fmt.Errorf("it makes %d attributes, and a message has at most %d: send fewer or shorter headers", len(attrs), l.Attributes)
	}
	form.Attributes = attrs
	return form, nil
}

// wrapKey returns the key as text. One that is none still keeps the order of its
// messages, by a text that stands for it.
func (l Limits) wrapKey(p *packed, key []byte) string {
	switch {
	case key == nil:
		return ""
	case len(key) > 0 && (l.Key == 0 || len(key) <= l.Key) && utf8.Valid(key):
		return string(key)
	}
	p.Key = &key
	sum := sha256.Sum256(key)
	return "weft." + hex.EncodeToString(sum[:16])
}

// own are the attributes that no header makes.
func (l Limits) own(m *driver.Message, given map[string]string) (map[string]string, error) {
	attrs := make(map[string]string, len(m.Headers)+len(given)+2)
	for name, value := range given {
		if !l.fits(name, []byte(value)) {
			return nil, fmt.Errorf("%q: %q can be no attribute", name, value)
		}
		attrs[name] = value
	}
	for name, value := range map[string]string{Correlation: m.CorrelationID, ReplyTo: m.ReplyTo} {
		if value == "" {
			continue
		}
		if !l.fits(name, []byte(value)) {
			return nil, fmt.Errorf("the %s is too long, or no text", name)
		}
		if h, ok := m.Header(name); ok && string(h) != value {
			return nil, fmt.Errorf("the header %s is %q and the message's own is %q: there is one place for both", name, h, value)
		}
		attrs[name] = value
	}
	return attrs, nil
}

// fits reports whether the protocol takes an attribute, and we do not mean
// something else by it.
func (l Limits) fits(name string, value []byte) bool {
	switch {
	case name == "" || !utf8.ValidString(name) || !utf8.Valid(value) || isPacked(name):
		return false
	case l.Name > 0 && len(name) > l.Name || l.Value > 0 && len(value) > l.Value:
		return false
	}
	return l.Reserved == "" || !strings.HasPrefix(name, l.Reserved)
}

func isPacked(name string) bool { return name == Packed || strings.HasPrefix(name, Packed+".") }

// wrapHeaders makes attributes of headers, as many as there may be, and notes
// what they do not say. Alone they are where no others would be read as headers.
func (l Limits) wrapHeaders(p *packed, attrs map[string]string, headers []driver.Header, alone bool) {
	list := make([]packedHeader, len(headers))
	all := alone && slices.IsSortedFunc(headers, byName)
	for i, h := range headers {
		list[i].Name = h.Name
		value, taken := attrs[h.Name]
		switch {
		case taken && value == string(h.Value):
			all = false
		case !taken && l.fits(h.Name, h.Value) && (l.Attributes == 0 || len(attrs) < l.Attributes/2):
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

// write puts what is packed into as many attributes as it takes.
func (l Limits) write(p *packed, attrs map[string]string) error {
	if p.Headers == nil && p.Key == nil && p.Time == 0 {
		return nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	for part := 0; len(text) > 0; part++ {
		if part >= maxParts {
			return errors.New("its headers are too large for attributes: put them into the body")
		}
		n := len(text)
		if l.Value > 0 {
			n = min(n, l.Value)
		}
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		attrs[packedName(part)], text = string(text[:n]), text[n:]
	}
	return nil
}

func packedName(part int) string {
	if part == 0 {
		return Packed
	}
	return Packed + "." + strconv.Itoa(part)
}

// Unwrap fills in a message from a form that anybody may have made. What claims
// to be packed and is not stays what it is: attributes. A timestamp that is not
// there leaves the message's own.
func Unwrap(m *driver.Message, form Form) {
	m.CorrelationID, m.ReplyTo = form.Attributes[Correlation], form.Attributes[ReplyTo]
	if form.Key != "" {
		m.Key = []byte(form.Key)
	}
	p, ours := unpack(form.Attributes)
	if ours && p.Key != nil {
		m.Key = *p.Key
	}
	if ours && p.Time != 0 {
		m.Timestamp = time.UnixMilli(p.Time)
	}
	m.Headers = headersOf(form.Attributes, p, ours)
}

func unpack(attrs map[string]string) (*packed, bool) {
	if _, ok := attrs[Packed]; !ok {
		return nil, false
	}
	var text strings.Builder
	for part := range maxParts {
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
	said := map[string]bool{Correlation: true, ReplyTo: true}
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
		if said[name] || ours && isPacked(name) {
			continue
		}
		headers = append(headers, driver.Header{Name: name, Value: []byte(attrs[name])})
	}
	return headers
}
