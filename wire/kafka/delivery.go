package kafka

import (
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// delivery is one handing over of one record, and the token of its message. A
// requeued record has another delivery, whose origin is the first.
type delivery struct {
	receiver *receiver
	lane     *lane
	record   *kgo.Record
	origin   *delivery
	over     bool // this delivery was settled
	done     bool // of an origin: the record needs no further delivery
}

// As gives the client library's own record to those who ask for it.
func (d *delivery) As(target any) bool {
	record, ok := target.(**kgo.Record)
	if ok {
		*record = d.record
	}
	return ok
}

// slabSize is how many messages share a piece of memory: few enough for the
// allocator's quick path, and for a message that is kept not to keep many.
const slabSize = 64

// messages makes the public form of deliveries. It works in a few pieces of
// memory, not many small ones: this is the path of every message.
func (r *receiver) messages(deliveries []*delivery) []*driver.Message {
	list := make([]*driver.Message, 0, len(deliveries))
	var places places
	for chunk := range slices.Chunk(deliveries, slabSize) {
		slab := make([]driver.Message, len(chunk))
		headers := newHeaders(chunk)
		for i, d := range chunk {
			m, record := &slab[i], d.record
			m.Key, m.Body, m.Timestamp, m.Address = record.Key, record.Value, record.Timestamp, record.Topic
			m.Token = d
			m.Redelivered = d != d.origin
			m.Headers, m.CorrelationID = headers.of(record)
			m.Position, m.Next = places.of(record)
			m.ID = string(m.Position)
			list = append(list, m)
		}
	}
	return list
}

// headers gives out the headers of some messages from one piece of memory.
type headers struct{ free []driver.Header }

func newHeaders(deliveries []*delivery) headers {
	count := 0
	for _, d := range deliveries {
		count += len(d.record.Headers)
	}
	return headers{free: make([]driver.Header, count)}
}

func (h *headers) of(record *kgo.Record) (list []driver.Header, correlation string) {
	n := len(record.Headers)
	if n == 0 {
		return nil, ""
	}
	list, h.free = h.free[:n:n], h.free[n:]
	for i, header := range record.Headers {
		list[i] = driver.Header{Name: header.Key, Value: header.Value}
		if header.Key == CorrelationHeader && correlation == "" {
			correlation = string(header.Value)
		}
	}
	return list, correlation
}

// places writes positions one after the other into shared memory. A message
// that is kept keeps at most one such piece.
type places struct {
	text   *strings.Builder
	prefix string // "topic/partition@" of the record before
	last   *kgo.Record
	next   driver.Position // the place after last, usually that of the next record
}

const placesSize = 4096

// of returns the place of a record and the one after it.
func (p *places) of(record *kgo.Record) (here, next driver.Position) {
	if p.last == nil || p.last.Partition != record.Partition || p.last.Topic != record.Topic {
		p.prefix = record.Topic + "/" + strconv.Itoa(int(record.Partition)) + "@"
		p.next = p.write(record.Offset)
	} else if p.last.Offset+1 != record.Offset {
		p.next = p.write(record.Offset)
	}
	here = p.next
	p.last, p.next = record, p.write(record.Offset+1)
	return here, p.next
}

func (p *places) write(offset int64) driver.Position {
	var digits [20]byte
	number := strconv.AppendInt(digits[:0], offset, 10)
	most := len(p.prefix) + len(number)
	if p.text == nil || p.text.Cap()-p.text.Len() < most {
		p.text = new(strings.Builder) // what was written stays with its messages
		p.text.Grow(max(placesSize, most))
	}
	start := p.text.Len()
	p.text.WriteString(p.prefix)
	p.text.Write(number)
	return driver.Position(p.text.String()[start:])
}
