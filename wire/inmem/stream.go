package inmem

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// stream is the messages of one address, in order. All of it is guarded by its
// server's lock.
type stream struct {
	address string
	queue   bool
	first   int64 // offset of records[0]
	records []*record
	bytes   int
	groups  map[string]*reader
}

// record is one stored message.
type record struct {
	offset  int64
	message *driver.Message
	settled bool // of a queue: done with, goes when it is the oldest
}

// reader is how far a group is, or a receiver without one. A queue has a
// single reader that all its receivers share.
type reader struct {
	next  int64            // offset of the first message never delivered
	again []*record        // to deliver once more, by offset
	held  map[int64]*token // delivered and not settled
}

func (st *stream) end() int64 { return st.first + int64(len(st.records)) }

func (st *stream) append(m *driver.Message) {
	stored := clone(m)
	stored.Address = st.address
	if stored.Timestamp.IsZero() {
		stored.Timestamp = time.Now()
	}
	stored.Timestamp = stored.Timestamp.Truncate(time.Millisecond)
	st.records = append(st.records, &record{offset: st.end(), message: stored})
	st.bytes += stored.Size()
	for !st.queue && st.bytes > maxBytes {
		st.dropFirst()
	}
}

func (st *stream) dropFirst() {
	st.bytes -= st.records[0].message.Size()
	st.records[0] = nil // the slice below keeps the array
	st.records = st.records[1:]
	st.first++
}

// done forgets the settled messages at the front of a queue.
func (st *stream) done(r *record) {
	r.settled = true
	for st.queue && len(st.records) > 0 && st.records[0].settled {
		st.dropFirst()
	}
}

// at returns the record of an offset; nil when it is not stored.
func (st *stream) at(offset int64) *record {
	if offset < st.first || offset >= st.end() {
		return nil
	}
	return st.records[offset-st.first]
}

// offset turns a start into a place in the stream.
func (st *stream) offset(start driver.Start) (int64, error) {
	switch start.Kind {
	case driver.Beginning:
		return st.first, nil
	case driver.AtTime:
		i := sort.Search(len(st.records), func(i int) bool {
			return !st.records[i].message.Timestamp.Before(start.Time)
		})
		return st.first + int64(i), nil
	case driver.AtPositions:
		return st.offsetOf(start.Positions)
	case driver.Now:
	}
	return st.end(), nil
}

func (st *stream) offsetOf(positions []driver.Position) (int64, error) {
	for _, p := range positions {
		if p.Source() == st.address {
			return strconv.ParseInt(p.Offset(), 10, 64)
		}
	}
	return st.first, nil
}

func (st *stream) position(offset int64) driver.Position {
	return driver.NewPosition(st.address, strconv.FormatInt(offset, 10))
}

// reader returns the state of a group, new ones beginning at start.
func (st *stream) reader(group string, start driver.Start) (*reader, error) {
	if st.queue {
		group, start = "", driver.StartBeginning()
	}
	shared := st.queue || group != ""
	if rd, ok := st.groups[group]; ok && shared {
		return rd, nil
	}
	next, err := st.offset(start)
	if err != nil {
		return nil, err
	}
	rd := &reader{next: next, held: make(map[int64]*token)}
	if shared {
		st.groups[group] = rd
	}
	return rd, nil
}

// take hands the next message to a receiver; nil when there is none.
func (rd *reader) take(st *stream, to *receiver) *driver.Message {
	var r *record
	redelivered := false
	switch {
	case len(rd.again) > 0:
		r, redelivered = rd.again[0], true
		rd.again = rd.again[1:]
	default:
		rd.next = max(rd.next, st.first)
		if r = st.at(rd.next); r == nil {
			return nil
		}
		rd.next++
	}
	t := &token{receiver: to, record: r}
	rd.held[r.offset] = t
	return t.message(st, redelivered)
}

// putBack makes a message available again, in its old place.
func (rd *reader) putBack(r *record) {
	delete(rd.held, r.offset)
	at := sort.Search(len(rd.again), func(i int) bool { return rd.again[i].offset > r.offset })
	rd.again = slices.Insert(rd.again, at, r)
}

func clone(m *driver.Message) *driver.Message {
	c := &driver.Message{
		Key:           bytes.Clone(m.Key),
		Body:          bytes.Clone(m.Body),
		Timestamp:     m.Timestamp,
		Address:       m.Address,
		CorrelationID: m.CorrelationID,
		ReplyTo:       m.ReplyTo,
	}
	for _, h := range m.Headers {
		c.Headers = append(c.Headers, driver.Header{Name: h.Name, Value: bytes.Clone(h.Value)})
	}
	return c
}
