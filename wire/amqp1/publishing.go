package amqp1

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// The headers that are not application properties.
const (
	headerContentType = "content-type" // the property
	annotationPrefix  = "x-opt-"       // message annotations
	annotationRepeats = "x-opt-repeated"
)

const (
	encodingGzip  = "gzip"
	usualPriority = 4 // what a message has that says none
)

// publishing makes the library's form of a message.
func (s *sender) publishing(m *driver.Message) (*amqp.Message, error) {
	style, err := s.style.of(m)
	if err != nil {
		return nil, invalidError{err}
	}
	p := amqp.NewMessage(m.Body)
	p.Header = &amqp.MessageHeader{Durable: style.durable, Priority: style.priority, TTL: style.ttl}
	if p.Properties, err = s.properties(m, style); err != nil {
		return nil, invalidError{err}
	}
	if err := putHeaders(p, m.Headers, style.headerTypes); err != nil {
		return nil, invalidError{err}
	}
	if encoding := p.Properties.ContentEncoding; encoding != nil && *encoding == encodingGzip {
		p.Data[0] = pack(m.Body)
	}
	if size := max(m.Size(), len(p.Data[0])); size > s.limit {
		return nil, tooLarge(fmt.Errorf("%d bytes, the limit is %d", size, s.limit))
	}
	return p, nil
}

func tooLarge(err error) error {
	return &driver.Error{Kind: driver.ErrTooLarge, Err: err, Hint: "send less, or raise the limit here and on the server", NotSent: true}
}

func (s *sender) properties(m *driver.Message, style style) (*amqp.MessageProperties, error) {
	text := func(name string) *string {
		if value, ok := style.text[name]; ok {
			return &value
		}
		return nil
	}
	p := &amqp.MessageProperties{
		To: text("to"), Subject: text("subject"), ReplyTo: text("reply-to"), ContentEncoding: text("content-encoding"),
		GroupID: text("group-id"), ReplyToGroupID: text("reply-to-group-id"), GroupSequence: style.groupSequence,
		UserID: []byte(style.text["user-id"]),
	}
	if m.ReplyTo != "" {
		p.ReplyTo = &m.ReplyTo
	}
	if p.To == nil {
		p.To = &s.target
	}
	if !style.expires.IsZero() {
		p.AbsoluteExpiryTime = &style.expires
	}
	s.date(p, m.Timestamp, style.undated)
	id := style.text["message-id"]
	if id == "" {
		id = s.ids.next()
	}
	var err error
	if p.MessageID, err = identifier("message-id", id, style.text["message-id-type"]); err != nil {
		return nil, err
	}
	if m.CorrelationID != "" {
		p.CorrelationID, err = identifier("correlation-id", m.CorrelationID, style.text["correlation-id-type"])
	}
	return p, err
}

func (s *sender) date(p *amqp.MessageProperties, given time.Time, undated bool) {
	switch {
	case !given.IsZero():
		p.CreationTime = &given
	case !undated:
		now := time.Now()
		p.CreationTime = &now
	}
}

// putHeaders writes headers into a message.
func putHeaders(p *amqp.Message, headers []driver.Header, types map[string]string) error {
	for _, h := range headers {
		if strings.EqualFold(h.Name, headerContentType) && p.Properties.ContentType == nil && isASCII(h.Value) {
			text := string(h.Value)
			p.Properties.ContentType = &text
			continue
		}
		value, err := typed(h.Name, h.Value, types[h.Name])
		if err != nil {
			return err
		}
		if err := putHeader(p, h.Name, value); err != nil {
			return err
		}
	}
	return nil
}

func putHeader(p *amqp.Message, name string, value any) error {
	switch value.(type) {
	case []any, map[string]any:
		if !strings.HasPrefix(name, annotationPrefix) {
			return fmt.Errorf("header %s cannot be a list or a map: application properties are plain values, only annotations (%s…) are not", name, annotationPrefix)
		}
	}
	if !utf8.ValidString(name) {
		return fmt.Errorf("the name of the header %q is not UTF-8", name)
	}
	if strings.HasPrefix(name, annotationPrefix) {
		if p.Annotations == nil {
			p.Annotations = amqp.Annotations{}
		}
		if _, there := p.Annotations[name]; !there {
			p.Annotations[name] = value
			return nil
		}
	} else {
		if p.ApplicationProperties == nil {
			p.ApplicationProperties = make(map[string]any)
		}
		if _, there := p.ApplicationProperties[name]; !there {
			p.ApplicationProperties[name] = value
			return nil
		}
	}
	repeat(p, name, value)
	return nil
}

// repeat notes a further value of a name.
func repeat(p *amqp.Message, name string, value any) {
	if p.Annotations == nil {
		p.Annotations = amqp.Annotations{}
	}
	all, ok := p.Annotations[annotationRepeats].(map[string]any)
	if !ok {
		all = make(map[string]any)
		p.Annotations[annotationRepeats] = all
	}
	list, _ := all[name].([]any)
	all[name] = append(list, value)
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// unpack unpacks a body up to a limit; one that cannot be is left as it is.
func unpack(body []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	if err != nil || len(plain) > maxMessage {
		return body
	}
	return plain
}

// ids makes message ids that nobody else makes.
type ids struct {
	prefix string
	count  atomic.Uint64
}

func newIDs() (*ids, error) {
	prefix, err := newName()
	return &ids{prefix: prefix + "-"}, err
}

func (i *ids) next() string { return i.prefix + strconv.FormatUint(i.count.Add(1), 36) }
