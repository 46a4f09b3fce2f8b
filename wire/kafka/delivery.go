package kafka

import (
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

// messages makes the public form of deliveries. It works in a few large pieces
// of memory, not many small ones: this is the path of every message.
func (r *receiver) messages(deliveries []*delivery) []*driver.Message {
	headers := 0
	for _, d := range deliveries {
		headers += len(d.record.Headers)
	}
	list := make([]*driver.Message, len(deliveries))
	slab := make([]driver.Message, len(deliveries))
	headerSlab := make([]driver.Header, 0, headers)
	var places places
	for i, d := range deliveries {
		m, record := &slab[i], d.record
		m.Key, m.Body, m.Timestamp, m.Address = record.Key, record.Value, record.Timestamp, record.Topic
		m.Token, m.As = d, d.As
		m.Redelivered = d != d.origin
		first := len(headerSlab)
		for _, h := range record.Headers {
			headerSlab = append(headerSlab, driver.Header{Name: h.Key, Value: h.Value})
			if h.Key == CorrelationHeader && m.CorrelationID == "" {
				m.CorrelationID = string(h.Value)
			}
		}
		if end := len(headerSlab); end > first {
			m.Headers = headerSlab[first:end:end]
		}
		m.Position, m.Next = places.of(record)
		m.ID = string(m.Position)
		list[i] = m
	}
	return list
}

// places writes positions one after the other into shared memory. A message
// that is kept keeps at most one such piece.
type places struct{ text *strings.Builder }

const placesSize = 4096

func (p *places) of(record *kgo.Record) (here, next driver.Position) {
	most := 2 * (len(record.Topic) + 1 + 10 + 1 + 19)
	if p.text == nil || p.text.Cap()-p.text.Len() < most {
		p.text = new(strings.Builder) // what was written stays with its messages
		p.text.Grow(max(placesSize, most))
	}
	start := p.text.Len()
	p.write(record, record.Offset)
	middle := p.text.Len()
	p.write(record, record.Offset+1)
	text := p.text.String()
	return driver.Position(text[start:middle]), driver.Position(text[middle:])
}

func (p *places) write(record *kgo.Record, offset int64) {
	var digits [20]byte
	p.text.WriteString(record.Topic)
	p.text.WriteByte('/')
	p.text.Write(strconv.AppendInt(digits[:0], int64(record.Partition), 10))
	p.text.WriteByte('@')
	p.text.Write(strconv.AppendInt(digits[:0], offset, 10))
}
