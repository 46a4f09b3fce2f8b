package amqp

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

const encodingGzip = "gzip"

// propertiesRoom is what a content header may need beside the table of headers:
// ten names at most, and numbers.
const propertiesRoom = 10*(maxName+1) + 64

// publishing makes the library's form of a message.
func (s *sender) publishing(m *driver.Message) (amqp091.Publishing, error) {
	style, err := s.style.of(m)
	if err != nil {
		return amqp091.Publishing{}, invalidError{err}
	}
	p := amqp091.Publishing{
		DeliveryMode: style.mode, Priority: style.priority, Expiration: style.expiration,
		Type: style.kind, ContentEncoding: style.encoding, AppId: style.app, UserId: style.user, MessageId: style.id,
		CorrelationId: m.CorrelationID, ReplyTo: m.ReplyTo, Body: m.Body,
	}
	if p.ReplyTo == "" {
		p.ReplyTo = style.replyTo
	}
	if p.MessageId == "" {
		p.MessageId = s.ids.next()
	}
	if len(m.CorrelationID) > maxName || len(m.ReplyTo) > maxName {
		return p, invalidError{fmt.Errorf("correlation id and reply address have at most %d bytes in this protocol", maxName)}
	}
	if err := putHeaders(&p, m.Headers, style.headerTypes); err != nil {
		return p, invalidError{err}
	}
	for _, key := range style.cc {
		s.addKey(&p, headerCC, key)
	}
	for _, key := range style.bcc {
		s.addKey(&p, headerBCC, key)
	}
	s.date(&p, m.Timestamp, style.undated)
	if p.ContentEncoding == encodingGzip {
		p.Body = pack(m.Body)
	}
	return p, s.fits(m, &p)
}

func (s *sender) addKey(p *amqp091.Publishing, name, key string) {
	if p.Headers == nil {
		p.Headers = amqp091.Table{}
	}
	addHeader(p.Headers, name, key)
}

// date sets the timestamp. The protocol has whole seconds, so that a time that
// was given keeps its milliseconds beside it.
func (s *sender) date(p *amqp091.Publishing, given time.Time, undated bool) {
	switch {
	case !given.IsZero():
		p.Timestamp = given
		if given.Nanosecond() < int(time.Millisecond) {
			return
		}
		if p.Headers == nil {
			p.Headers = amqp091.Table{}
		}
		p.Headers[headerMillis] = given.UnixMilli()
	case !undated:
		p.Timestamp = time.Now()
	}
}

// fits refuses what would not go through: bodies above the limit, and headers
// above the one frame that they have to be in.
func (s *sender) fits(m *driver.Message, p *amqp091.Publishing) error {
	if size := max(m.Size(), len(p.Body)); size > s.limit {
		return tooLarge(fmt.Errorf("%d bytes, the limit is %d", size, s.limit))
	}
	const each = 16 // length, type and, in a list, the place of a value
	size := propertiesRoom
	for _, h := range m.Headers {
		size += len(h.Name) + len(h.Value) + each
	}
	if size > minFrame {
		if most := frameSize - each; size > most {
			return tooLarge(fmt.Errorf("its headers have about %d bytes, and must be in one frame of %d", size, frameSize))
		}
	}
	return nil
}

// minFrame is the least that any server's frames hold.
const minFrame = 4096

func tooLarge(err error) error {
	return &driver.Error{Kind: driver.ErrTooLarge, Err: err, Hint: "send less, or raise the limit here and on the server", NotSent: true}
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
	var random [9]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	return &ids{prefix: hex.EncodeToString(random[:]) + "-"}, nil
}

func (i *ids) next() string { return i.prefix + strconv.FormatUint(i.count.Add(1), 36) }
