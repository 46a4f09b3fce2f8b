package stompserver

import (
	"strconv"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// ownHeaders are those of a SEND that are about the frame and not about the
// message, or that each delivery has anew.
var ownHeaders = lazy.Of[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"destination": true, "receipt": true, "transaction": true, "content-length": true, "message-id": true,
		"subscription": true, "ack": true, "redelivered": true,
		"durable": true, "auto-delete": true, "exclusive": true,
		"x-message-ttl": true, "x-expires": true, "x-max-length": true, "x-dead-letter-exchange": true, "x-dead-letter-routing-key": true,
	}
}}

// sendFrame does a SEND.
func (c *conn) sendFrame(f *frame.Frame) *failure {
	s := c.server
	destination, ok := f.Lookup("destination")
	if !ok {
		return fail("SEND needs a destination")
	}
	p, problem := placeOf(destination)
	if problem != nil {
		return problem
	}
	m, problem := c.message(f, destination)
	if problem != nil {
		return problem
	}
	if !s.hasRoom(m.size) {
		return fail("the server has no room for more messages")
	}
	switch p.kind {
	case toTopic:
		m.destination = "/topic/" + p.name
		s.publish(p.name, m)
		return nil
	case toQueue:
		return c.toQueue(f, p.name, m)
	case toExisting, toReply:
		if q := s.queues[p.name]; q != nil {
			s.enqueue(q, m)
		}
		return nil // as everywhere: what nobody takes is gone
	case toTemporary:
		s.enqueue(s.queues[c.temporary(p.name)], m)
	}
	return nil
}

func (c *conn) toQueue(f *frame.Frame, name string, m *message) *failure {
	want, problem := settingsOf(f, true, false)
	if problem != nil {
		return problem
	}
	q, problem := c.server.declare(name, "", want)
	if problem != nil {
		return problem
	}
	c.server.enqueue(q, m)
	return nil
}

// message is what is kept of a SEND.
func (c *conn) message(f *frame.Frame, destination string) (*message, *failure) {
	m := &message{
		id: c.server.newName(), destination: destination, body: f.Body,
		persistent: f.Get("persistent") == "true", ttl: -1, headers: make([]frame.Header, 0, len(f.Headers)),
	}
	for _, h := range f.Headers {
		if ownHeaders.Get()[h.Name] {
			continue
		}
		if h.Name == "reply-to" {
			h.Value = c.replyTo(h.Value)
		}
		m.headers = append(m.headers, h)
	}
	if text, ok := f.Lookup("expiration"); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > 1<<40 {
			return nil, fail("expiration is '%.40s', and should be a number of milliseconds", text)
		}
		m.ttl = time.Duration(n) * time.Millisecond
	}
	m.size = cost(m)
	return m, nil
}

// replyTo makes a temporary queue into something that others can send to.
func (c *conn) replyTo(given string) string {
	if p, problem := placeOf(given); problem == nil && p.kind == toTemporary {
		return "/reply-queue/" + c.temporary(p.name)
	}
	return given
}

// dead is the message as it is kept when it died in a queue, or nil where it
// has died too often.
func (m *message) dead(q *queue) *message {
	copied := *m
	copied.ttl = -1
	copied.headers = nil
	count := 0
	for _, h := range m.headers {
		switch h.Name {
		case headerDeaths:
			count, _ = strconv.Atoi(h.Value) // another's, if it is no number
		case "expiration":
		default:
			copied.headers = append(copied.headers, h)
		}
	}
	if count++; count > maxDeaths {
		return nil
	}
	copied.headers = append(copied.headers, frame.Header{Name: headerDeaths, Value: strconv.Itoa(count)})
	if !m.has("x-first-death-queue") {
		copied.headers = append(copied.headers, frame.Header{Name: "x-first-death-queue", Value: q.name})
	}
	return &copied
}

func (m *message) has(name string) bool {
	for _, h := range m.headers {
		if h.Name == name {
			return true
		}
	}
	return false
}

// cost is what keeping a message costs, in bytes.
func cost(m *message) int {
	const fixed = 256 // beside its bytes
	size := len(m.body) + fixed
	for _, h := range m.headers {
		size += len(h.Name) + len(h.Value)
	}
	return size
}
