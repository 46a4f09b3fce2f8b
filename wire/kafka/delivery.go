package kafka

import (
	"slices"
	"strconv"

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
const slabSize = 60

// parcel is what one handing over is made of, side by side.
type parcel struct {
	message  driver.Message
	delivery delivery
}

// hand adds the messages of a lane's records to a list; the caller holds r.mu.
// It works in a few pieces of memory, not many small ones: this is the path of
// every message.
func (r *receiver) hand(l *lane, records []*kgo.Record, list []*driver.Message) []*driver.Message {
	if r.opts.Group != "" {
		l.pending = slices.Grow(l.pending, len(records))
	}
	var places places
	for chunk := range slices.Chunk(records, slabSize) {
		slab, headers := make([]parcel, len(chunk)), newHeaders(chunk...)
		for i, record := range chunk {
			m, d := &slab[i].message, &slab[i].delivery
			d.receiver, d.lane, d.record, d.origin = r, l, record, d
			d.fill(m, &headers, &places)
			list = append(list, m)
			if r.opts.Group != "" {
				l.pending = append(l.pending, d)
			}
		}
	}
	return list
}

// again makes the messages of deliveries that were requeued, which are few.
func again(deliveries []*delivery) []*driver.Message {
	list := make([]*driver.Message, len(deliveries))
	for i, d := range deliveries {
		headers := newHeaders(d.record)
		list[i] = new(driver.Message)
		d.fill(list[i], &headers, new(places))
	}
	return list
}

// fill makes a delivery's public form.
func (d *delivery) fill(m *driver.Message, headers *headers, places *places) {
	record := d.record
	m.Key, m.Body, m.Timestamp, m.Address = record.Key, record.Value, record.Timestamp, record.Topic
	m.Token = d
	m.Redelivered = d != d.origin
	m.Headers, m.CorrelationID = headers.of(record)
	m.Position, m.Next = places.of(record)
	m.ID = string(m.Position)
}

// headers gives out the headers of some messages from one piece of memory.
type headers struct{ free []driver.Header }

func newHeaders(records ...*kgo.Record) headers {
	count := 0
	for _, record := range records {
		count += len(record.Headers)
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

// places knows the source of the record before, which usually is that of the
// next.
type places struct {
	driver.Places
	source string // "topic/partition"
	last   *kgo.Record
}

// of returns the place of a record and the one after it.
func (p *places) of(record *kgo.Record) (here, next driver.Position) {
	if p.last == nil || p.last.Partition != record.Partition || p.last.Topic != record.Topic {
		p.source = record.Topic + "/" + strconv.Itoa(int(record.Partition))
	}
	p.last = record
	return p.Of(p.source, uint64(record.Offset))
}
