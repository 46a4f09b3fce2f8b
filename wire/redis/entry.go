package redis

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/driver"
)

// The fields of an entry, as the package's documentation lists them.
const (
	bodyField        = "body"
	keyField         = "key"
	timestampField   = "timestamp"
	correlationField = "correlation-id"
	replyField       = "reply-to"
	headerPrefix     = "header."
)

// ownFields is how many of them an entry has at most, without headers.
const ownFields = 5

// form is how messages become entries, and entries messages.
type form struct {
	body string // the field of the body
	word any    // the same, as a word of a command
}

func newForm(params map[string]string) (form, error) {
	name, given := params["body.field"]
	if !given {
		return form{bodyField, bodyField}, nil
	}
	switch name {
	case "", keyField, timestampField, correlationField, replyField:
		return form{}, fmt.Errorf("body.field is %q: name a field that has no other meaning", name)
	}
	return form{name, name}, nil
}

// reserved reports whether a header of that name would be taken for a field.
func (f form) reserved(name string) bool {
	switch name {
	case f.body, keyField, timestampField, correlationField, replyField:
		return true
	}
	return strings.HasPrefix(name, headerPrefix)
}

// fields appends a message's fields to a command.
func (f form) fields(args []any, m *driver.Message) []any {
	args = append(args, f.word, (*body)(m))
	if m.Key != nil {
		args = append(args, keyField, m.Key)
	}
	if !m.Timestamp.IsZero() {
		args = append(args, timestampField, m.Timestamp.UnixMilli())
	}
	if m.CorrelationID != "" {
		args = append(args, correlationField, m.CorrelationID)
	}
	if m.ReplyTo != "" {
		args = append(args, replyField, m.ReplyTo)
	}
	for _, h := range m.Headers {
		name := h.Name
		if f.reserved(name) {
			name = headerPrefix + name
		}
		args = append(args, name, h.Value)
	}
	return args
}

// entry is one entry of a stream as the server gives it.
type entry struct {
	id     streamID
	fields [][]byte // names and values in turn; nil when it was deleted
}

// deliveries makes messages of entries.
func (f form) deliveries(stream string, entries []entry) []*delivery {
	m := f.maker(stream, len(entries))
	for _, e := range entries {
		m.add(e)
	}
	return m.list
}

// received makes messages of the entries of an answer, as it is read.
func (f form) received(stream string, a *answer) ([]*delivery, error) {
	n, err := a.stream()
	if err != nil {
		return nil, err
	}
	m := f.maker(stream, n)
	a.again = true
	for range n {
		e, there, err := a.next()
		if err != nil {
			return nil, err
		}
		if there {
			m.add(e)
		}
	}
	return m.list, nil
}

// maker makes deliveries, in a few pieces of memory.
type maker struct {
	form   form
	stream string
	list   []*delivery
	slab   []delivery
	at     places
}

// maker makes at most so many of a stream.
func (f form) maker(stream string, most int) *maker {
	return &maker{form: f, stream: stream, list: make([]*delivery, 0, most)}
}

func (m *maker) add(e entry) {
	if len(m.slab) == 0 {
		m.slab = make([]delivery, max(1, min(slabSize, cap(m.list)-len(m.list))))
		m.at = places{}
		m.at.text.Grow(2 * len(m.slab) * (len(m.stream) + len("1700000000000-0@") + 2))
	}
	d := &m.slab[0]
	m.slab = m.slab[1:]
	d.id, d.count = e.id, 1
	m.form.read(&d.message, m.stream, e, &m.at)
	m.list = append(m.list, d)
}

// read fills a message from an entry.
func (f form) read(m *driver.Message, stream string, e entry, at *places) {
	m.Address = stream
	m.Position, m.Next = at.of(stream, e.id)
	m.ID = string(m.Position)
	m.Timestamp = e.id.time()
	if !f.readFields(m, e.fields) {
		*m = driver.Message{
			Address: m.Address, Position: m.Position, Next: m.Next, ID: m.ID, Timestamp: e.id.time(),
			Body: object(e.fields),
		}
	}
}

// readFields reports whether there was a body.
func (f form) readFields(m *driver.Message, fields [][]byte) (hasBody bool) {
	for i := 0; i+1 < len(fields); i += 2 {
		name, value := string(fields[i]), fields[i+1]
		switch {
		case name == f.body && !hasBody:
			m.Body, hasBody = value, true
		case name == keyField && m.Key == nil:
			m.Key = value
		case name == timestampField:
			readTime(&m.Timestamp, string(value))
		case name == correlationField:
			m.CorrelationID = string(value)
		case name == replyField:
			m.ReplyTo = string(value)
		default:
			if rest, ok := strings.CutPrefix(name, headerPrefix); ok && f.reserved(rest) {
				name = rest
			}
			m.Headers = append(m.Headers, driver.Header{Name: name, Value: value})
		}
	}
	return hasBody
}

// time is when the server took an entry, if it made the id.
func (id streamID) time() time.Time {
	const end = 253402300800000 // the year 10000
	return time.UnixMilli(int64(min(id.ms, end))).UTC()
}

// readTime leaves the time as it is when the text is none: somebody else's
// timestamp may be in another form.
func readTime(t *time.Time, value string) {
	if ms, err := strconv.ParseUint(value, 10, 64); err == nil {
		*t = streamID{ms: ms}.time()
	}
}

// object is an entry without a body as a JSON object of its fields.
func object(fields [][]byte) []byte {
	values := make(map[string]any, len(fields)/2)
	for i := 0; i+1 < len(fields); i += 2 {
		name, value := valid(string(fields[i])), valid(string(fields[i+1]))
		switch known := values[name].(type) {
		case nil:
			values[name] = value
		case string:
			values[name] = []string{known, value}
		case []string:
			values[name] = append(known, value)
		}
	}
	body, err := json.Marshal(values)
	if err != nil { // strings can always be written
		return []byte("{}")
	}
	return body
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
