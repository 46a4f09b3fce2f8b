package amqp1server

import (
	"errors"
	"time"
)

// message is a message as it is stored; queues share it.
type message struct {
	durable     bool
	priority    any           // as it came
	ttl         time.Duration // less than 0 is for ever
	annotations []byte        // the section, encoded; may be empty
	rest        []byte        // all behind it
}

// overhead is what a message costs beside its bytes, roughly.
const overhead = 256

// Size is what the message costs.
func (m *message) Size() int { return len(m.annotations) + len(m.rest) + overhead }

var errMessage = errors.New("the message is none: its sections cannot be read")

// readMessage takes a message apart as far as a server must. The memory stays
// the caller's gift.
func readMessage(data []byte) (*message, routing, error) {
	m, way := &message{ttl: -1}, routing{}
	r := &reader{data: data}
	for len(r.data) > 0 {
		before := r.data
		section, ok := r.value().(described)
		if !ok || r.err != nil {
			return nil, way, errMessage
		}
		encoded := before[:len(before)-len(r.data)]
		switch section.code() {
		case codeHeader:
			m.readHeader(section.fields())
		case codeDeliveryAnnotations: // were for us
		case codeMessageAnnotations:
			m.annotations = encoded
		case codeProperties:
			way = routing{to: section.fields().text(2), subject: section.fields().text(3)}
			m.rest = before
			return m, way, nil
		default:
			m.rest = before
			return m, way, nil
		}
	}
	return m, way, nil
}

// routing is what a message says of where it goes.
type routing struct{ to, subject string }

func (m *message) readHeader(f fields) {
	m.durable = f.flag(0)
	m.priority = f.at(1)
	if ttl, ok := f.number(2); ok {
		m.ttl = time.Duration(ttl) * time.Millisecond
	}
}

// payload is the message as it is delivered.
func (m *message) payload(first bool, failures uint32, left time.Duration) []byte {
	var ttl, count any
	if m.ttl >= 0 {
		ttl = uint32(max(left, 0).Milliseconds())
	}
	if failures > 0 {
		count = failures
	}
	b := appendValue(nil, composite(codeHeader, m.durable, m.priority, ttl, first, count))
	b = append(b, m.annotations...)
	return append(b, m.rest...)
}

// annotated is the message with annotations that somebody added.
func (m *message) annotated(more dict) *message {
	section, _ := (&reader{data: m.annotations}).value().(described)
	all, _ := section.value.(dict)
	for _, p := range more {
		all = all.set(p.key, p.value)
	}
	copied := *m
	copied.annotations = appendValue(nil, described{uint64(codeMessageAnnotations), all})
	return &copied
}
