package sqs

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/driver"
)

// attribute is a message attribute of either service: text, or bytes.
type attribute struct {
	text   string
	data   []byte
	binary bool
}

func (a attribute) value() []byte {
	if a.binary {
		return a.data
	}
	return []byte(a.text)
}

func (a attribute) kind() string {
	if a.binary {
		return "Binary"
	}
	return "String"
}

// maxAttributes is how many attributes a message has at most.
const maxAttributes = 10

// noKey is the message group of messages without a key.
const noKey = "weft.no-key"

// envelope is a message as the services carry it.
type envelope struct {
	body  string
	attrs map[string]attribute
	group string // message group id by the key, for FIFO
}

func (e *envelope) size() int {
	size := len(e.body)
	for name, a := range e.attrs {
		size += len(name) + len(a.kind()) + len(a.text) + len(a.data)
	}
	return size
}

// packed is what the services cannot carry, as the attribute "weft".
type packed struct {
	// Headers are all headers in order: a name whose value is in the attribute
	// of that name, or name and value, or name, value and "base64".
	Headers [][]string `json:"headers,omitempty"`
	Key     *string    `json:"key,omitempty"`
	Key64   []byte     `json:"key64,omitempty"`
	Time    int64      `json:"time,omitempty"` // milliseconds since 1970
	Body    string     `json:"body,omitempty"` // base64, or empty
}

func (p *packed) isZero() bool {
	return p.Headers == nil && p.Key == nil && p.Key64 == nil && p.Time == 0 && p.Body == ""
}

// wrap makes a message ready for a queue, which is FIFO or not.
func wrap(m *driver.Message, fifo bool) (*envelope, error) {
	e := &envelope{}
	var p packed
	e.body, p.Body = textOf(m.Body)
	if !m.Timestamp.IsZero() {
		p.Time = m.Timestamp.UnixMilli()
	}
	e.group = noKey
	if m.Key != nil {
		e.group = groupOf(m.Key)
		if !fifo || e.group != string(m.Key) {
			p.setKey(m.Key)
		}
	}
	if err := e.wrapHeaders(m, &p); err != nil {
		return nil, err
	}
	if p.isZero() {
		return e, nil
	}
	text, err := json.Marshal(&p)
	if err != nil {
		return nil, err
	}
	e.set(PackedAttribute, attribute{text: string(text)})
	return e, nil
}

func (e *envelope) set(name string, a attribute) {
	if e.attrs == nil {
		e.attrs = make(map[string]attribute, 4)
	}
	e.attrs[name] = a
}

// wrapHeaders makes attributes of headers, as many as there may be.
func (e *envelope) wrapHeaders(m *driver.Message, p *packed) error {
	for name, value := range map[string]string{CorrelationAttribute: m.CorrelationID, ReplyToAttribute: m.ReplyTo} {
		if value == "" {
			continue
		}
		if !isText(value) {
			return fmt.Errorf("the %s has characters that SQS does not carry", name)
		}
		if h, ok := m.Header(name); ok && string(h) != value {
			return fmt.Errorf("the header %s is %q and the message's own is %q: there is one place for both", name, h, value)
		}
		e.set(name, attribute{text: value})
	}
	if len(m.Headers) == 0 {
		return nil
	}
	counts := make(map[string]int, len(m.Headers))
	for _, h := range m.Headers {
		counts[h.Name]++
	}
	plain := func(h driver.Header) bool { return counts[h.Name] == 1 && len(h.Value) > 0 && isAttributeName(h.Name) }
	room := maxAttributes - len(e.attrs)
	if !p.isZero() || len(m.Headers) > room || !slices.IsSortedFunc(m.Headers, byName) || slices.ContainsFunc(m.Headers, func(h driver.Header) bool { return !plain(h) }) {
		room-- // for what is packed
		p.Headers = make([][]string, 0, len(m.Headers))
	}
	listed := p.Headers != nil
	for _, h := range m.Headers {
		_, set := e.attrs[h.Name]
		switch {
		case set && plain(h):
			p.list(listed, h.Name)
		case plain(h) && room > 0:
			room--
			e.set(h.Name, attributeOf(h.Value))
			p.list(listed, h.Name)
		case utf8.Valid(h.Value):
			p.list(listed, h.Name, string(h.Value))
		default:
			p.list(listed, h.Name, base64.StdEncoding.EncodeToString(h.Value), "base64")
		}
	}
	return nil
}

func (p *packed) list(listed bool, header ...string) {
	if listed {
		p.Headers = append(p.Headers, header)
	}
}

func byName(a, b driver.Header) int { return strings.Compare(a.Name, b.Name) }

func attributeOf(value []byte) attribute {
	if text := string(value); isText(text) {
		return attribute{text: text}
	}
	return attribute{data: value, binary: true}
}

func (p *packed) setKey(key []byte) {
	if utf8.Valid(key) {
		text := string(key)
		p.Key = &text
		return
	}
	p.Key64 = key
}

// textOf writes a body as text, and says how it was written when it was none.
func textOf(body []byte) (text, how string) {
	text = string(body)
	switch {
	case text == "":
		return " ", "empty"
	case isText(text):
		return text, ""
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}

// isText reports whether the services carry a text as it is: it has no
// characters that XML does not have.
func isText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return false
		}
	}
	return true
}

// isAttributeName reports whether a header's name can be an attribute's.
func isAttributeName(name string) bool {
	lower := strings.ToLower(name)
	switch {
	case name == "" || len(name) > 256 || name == PackedAttribute,
		strings.HasPrefix(lower, "aws."), strings.HasPrefix(lower, "amazon."),
		name[0] == '.', name[len(name)-1] == '.', strings.Contains(name, ".."):
		return false
	}
	return strings.IndexFunc(name, func(c rune) bool { return !isWord(c) && c != '-' && c != '.' }) < 0
}

// groupOf is the message group of a key: the key, where it can be one.
func groupOf(key []byte) string {
	text := string(key)
	if len(text) > 0 && len(text) <= 128 && text != noKey && strings.IndexFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) < 0 {
		return text
	}
	digest := sha256.Sum256(key)
	return "weft-" + hex.EncodeToString(digest[:16])
}

// unwrap is the reverse of wrap. What was not written by it is taken as it is.
func unwrap(body string, attrs map[string]attribute, group string) *driver.Message {
	m := &driver.Message{Body: []byte(body)}
	if group != "" && group != noKey {
		m.Key = []byte(group)
	}
	var p packed
	if a, ok := attrs[PackedAttribute]; ok && json.Unmarshal([]byte(a.text), &p) == nil && !p.isZero() {
		attrs = maps.Clone(attrs)
		delete(attrs, PackedAttribute)
		p.open(m)
	}
	m.Headers = p.headers(attrs)
	m.CorrelationID = string(attrs[CorrelationAttribute].value())
	m.ReplyTo = string(attrs[ReplyToAttribute].value())
	return m
}

func (p *packed) open(m *driver.Message) {
	switch p.Body {
	case "empty":
		m.Body = []byte{}
	case "base64":
		if data, err := base64.StdEncoding.DecodeString(string(m.Body)); err == nil {
			m.Body = data
		}
	}
	switch {
	case p.Key != nil:
		m.Key = []byte(*p.Key)
	case p.Key64 != nil:
		m.Key = p.Key64
	}
	if p.Time != 0 {
		m.Timestamp = time.UnixMilli(p.Time)
	}
}

// headers puts headers into the order they were sent in, and those that nobody
// listed after them in the order of their names.
func (p *packed) headers(attrs map[string]attribute) []driver.Header {
	if len(attrs) == 0 && p.Headers == nil {
		return nil
	}
	list := make([]driver.Header, 0, max(len(attrs), len(p.Headers)))
	listed := make(map[string]bool, len(p.Headers))
	for _, h := range p.Headers {
		switch len(h) {
		case 1:
			if a, ok := attrs[h[0]]; ok {
				list = append(list, driver.Header{Name: h[0], Value: a.value()})
			}
		case 2:
			list = append(list, driver.Header{Name: h[0], Value: []byte(h[1])})
		case 3:
			if data, err := base64.StdEncoding.DecodeString(h[1]); err == nil {
				list = append(list, driver.Header{Name: h[0], Value: data})
			}
		default:
			continue
		}
		listed[h[0]] = true
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if !listed[name] {
			list = append(list, driver.Header{Name: name, Value: attrs[name].value()})
		}
	}
	return list
}

// unfold takes a message out of the envelope that SNS puts around it without raw
// delivery. What is in none is taken as it is.
func unfold(body string, attrs map[string]attribute) (string, map[string]attribute) {
	var e struct {
		Type              string
		Message           string
		MessageAttributes map[string]struct{ Type, Value string }
	}
	if json.Unmarshal([]byte(body), &e) != nil || e.Type != "Notification" {
		return body, attrs
	}
	inner := make(map[string]attribute, len(e.MessageAttributes))
	for name, a := range e.MessageAttributes {
		data, err := base64.StdEncoding.DecodeString(a.Value)
		if strings.HasPrefix(a.Type, "Binary") && err == nil {
			inner[name] = attribute{data: data, binary: true}
			continue
		}
		inner[name] = attribute{text: a.Value}
	}
	return e.Message, inner
}
