package stompserver

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/wire/stomp/frame"
)

// subscription takes the messages of a queue to a connection.
type subscription struct {
	id          string
	conn        *conn
	queue       *queue
	mode        string // "auto", "client" or "client-individual"
	limit       int    // unsettled messages; 0 is no limit
	destination string // of the messages of a temporary queue; else "" for their own
	held        []*delivery
	settled     int // of those that are held
	ended       bool
}

// delivery is a message that a client has and has not settled.
type delivery struct {
	tag          uint64
	subscription *subscription
	entry        *entry
	done         bool
}

// Ready reports whether a message may be delivered now.
func (s *subscription) Ready() bool {
	if s.limit > 0 && len(s.held)-s.settled >= s.limit {
		return false
	}
	return s.conn.out.Room()
}

func (s *subscription) deliver(e *entry) {
	c, m := s.conn, e.Message
	destination := m.destination
	if s.destination != "" {
		destination = s.destination
	}
	f := frame.New("MESSAGE", "subscription", s.id, "destination", destination, "message-id", m.id)
	f.Body = m.body
	if s.mode == "auto" {
		c.server.release(e)
	} else {
		c.nextTag++
		d := &delivery{tag: c.nextTag, subscription: s, entry: e}
		c.unsettled[d.tag] = d
		s.held = append(s.held, d)
		if c.version == frame.V12 {
			f.Add("ack", strconv.FormatUint(d.tag, 10))
		}
	}
	if e.Redelivered {
		f.Add("redelivered", "true")
	}
	f.Headers = append(f.Headers, m.headers...)
	c.send(f)
}

// settle takes deliveries from those that are not settled.
func (c *conn) settle(list []*delivery) {
	for _, d := range list {
		d.done = true
		delete(c.unsettled, d.tag)
		d.subscription.settled++
	}
	for _, d := range list {
		d.subscription.compact()
	}
}

// compact forgets settled deliveries: those in front at once, those between
// when they are the greater part.
func (s *subscription) compact() {
	front := 0
	for front < len(s.held) && s.held[front].done {
		s.held[front] = nil
		front++
	}
	s.held = s.held[front:]
	s.settled -= front
	if s.settled > 64 && s.settled > len(s.held)/2 {
		s.held = slices.DeleteFunc(s.held, func(d *delivery) bool { return d.done })
		s.settled = 0
	}
}

// requeue puts deliveries back to where they were.
func (c *conn) requeue(list []*delivery) {
	c.settle(list)
	queues := make(map[*queue]struct{})
	for _, d := range slices.Backward(list) {
		q := d.subscription.queue
		if q.removed {
			c.server.release(d.entry)
			continue
		}
		d.entry.Redelivered = true
		q.ready.PutBack(d.entry)
		queues[q] = struct{}{}
	}
	for q := range queues {
		c.server.dispatch(q)
		c.server.expire(q)
	}
}

// open are the deliveries that are not settled, in order.
func (s *subscription) open() []*delivery {
	return slices.DeleteFunc(slices.Clone(s.held), func(d *delivery) bool { return d.done })
}

// end gives back what the subscription holds.
func (s *subscription) end() {
	s.ended = true
	server, q := s.conn.server, s.queue
	q.subscribers = slices.DeleteFunc(q.subscribers, func(other *subscription) bool { return other == s })
	if q.settings.autoDelete && len(q.subscribers) == 0 {
		server.remove(q)
	}
	s.conn.requeue(s.open())
	server.restUnused(q)
}

func (c *conn) subscribe(f *frame.Frame) *failure {
	destination, ok := f.Lookup("destination")
	if !ok {
		return fail("SUBSCRIBE needs a destination")
	}
	id, ok := f.Lookup("id")
	if !ok && c.version > frame.V10 {
		return fail("SUBSCRIBE needs an id")
	}
	if !ok {
		id = destination
	}
	switch {
	case c.subscriptions[id] != nil:
		return fail("there is a subscription with the id '%.80s' already", id)
	case len(c.subscriptions) >= maxSubscriptions:
		return fail("there are %d subscriptions already", len(c.subscriptions))
	case f.Get("selector") != "":
		return fail("selectors are not supported")
	}
	s := &subscription{id: id, conn: c, mode: "auto"}
	if problem := s.read(f); problem != nil {
		return problem
	}
	var problem *failure
	if s.queue, problem = c.source(f, destination, id); problem != nil {
		return problem
	}
	if s.queue.owner != nil {
		s.destination = destination
	}
	c.subscriptions[id] = s
	s.queue.subscribers = append(s.queue.subscribers, s)
	c.server.restUnused(s.queue)
	c.server.dispatch(s.queue)
	return nil
}

// read reads how messages are to be delivered.
func (s *subscription) read(f *frame.Frame) *failure {
	if mode, ok := f.Lookup("ack"); ok {
		s.mode = mode
	}
	switch s.mode {
	case "auto", "client":
	case "client-individual":
		if s.conn.version == frame.V10 {
			s.mode = "client" // what it knows
		}
	default:
		return fail("unknown ack mode '%.40s': there is auto, client, client-individual", s.mode)
	}
	if text, ok := f.Lookup("prefetch-count"); ok && s.mode != "auto" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fail("prefetch-count is '%.40s', and should be a number", text)
		}
		s.limit = n
	}
	return nil
}

// source is the queue that a subscription takes its messages from.
func (c *conn) source(f *frame.Frame, destination, id string) (*queue, *failure) {
	p, problem := placeOf(destination)
	if problem != nil {
		return nil, problem
	}
	switch p.kind {
	case toQueue:
		want, problem := settingsOf(f, true, false)
		if problem != nil {
			return nil, problem
		}
		return c.server.declare(p.name, "", want)
	case toExisting:
		q := c.server.queues[p.name]
		if q == nil {
			return nil, fail("NOT_FOUND: no queue '%.80s'", p.name)
		}
		return q, nil
	case toTopic:
		return c.topicSource(f, p.name, id)
	case toTemporary:
		return c.server.queues[c.temporary(p.name)], nil
	case toReply:
	}
	return nil, fail("only the connection that made it can subscribe to '%.80s'", destination)
}

// topicSource is a subscription's own queue, or one that lasts.
func (c *conn) topicSource(f *frame.Frame, pattern, id string) (*queue, *failure) {
	want, problem := settingsOf(f, false, true)
	if problem != nil {
		return nil, problem
	}
	name, named := f.Lookup("x-queue-name")
	switch {
	case named:
		return c.server.declare(name, pattern, want)
	case want.durable:
		_, hasID := f.Lookup("id")
		if !hasID {
			return nil, fail("a durable subscription needs an id")
		}
		return c.server.declare(durableName(id, pattern), pattern, want)
	}
	return c.server.declare("stomp-subscription-"+c.server.newName(), pattern, want)
}

// durableName is the same whenever the subscription comes back.
func durableName(id, pattern string) string {
	sum := sha256.Sum256([]byte(id + "\x00" + pattern))
	return "stomp-durable-" + hex.EncodeToString(sum[:16])
}

// temporary returns the name of the queue that a connection calls by its own.
func (c *conn) temporary(given string) string {
	name, known := c.replies[given]
	if !known {
		name = "stomp-temporary-" + c.server.newName()
		c.replies[given] = name
		c.server.add(&queue{name: name, owner: c, settings: settings{ttl: -1, expires: -1, length: -1}})
	}
	return name
}

func (c *conn) unsubscribe(f *frame.Frame) *failure {
	id, ok := f.Lookup("id")
	if !ok && c.version == frame.V10 {
		id = f.Get("destination")
	}
	s := c.subscriptions[id]
	if s == nil {
		return fail("there is no subscription '%.80s'", id)
	}
	delete(c.subscriptions, id)
	s.end()
	if f.Get("durable") == "true" && len(s.queue.topic) > 0 && len(s.queue.subscribers) == 0 {
		c.server.remove(s.queue)
	}
	return nil
}
