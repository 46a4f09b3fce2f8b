package stompserver

import (
	"maps"
	"slices"
	"time"

	"github.com/weft-dev/weft/wire/embedded/backlog"
	"github.com/weft-dev/weft/wire/embedded/topic"
)

// queue keeps messages until a subscription has settled them. The messages of
// a topic go to a queue of each subscription, or of several that share one.
type queue struct {
	name     string
	topic    []string // the words of what it takes from topics, nil for none
	pattern  string   // the same, as it was written
	owner    *conn    // whom it goes with, or nil
	settings settings
	removed  bool

	ready       backlog.Backlog[*message]
	subscribers []*subscription
	turn        int // whose turn it is among the subscribers

	expiry *time.Timer // of the first message
	unused *time.Timer // of the queue
}

func (s *Server) add(q *queue) {
	s.queues[q.name] = q
	if q.pattern != "" {
		q.topic = topic.Words(q.pattern)
		s.bindings = append(s.bindings, q)
	}
	s.restUnused(q)
}

// declare returns the queue of a name, which is made where it is missing. One
// that is there must be what is asked for.
func (s *Server) declare(name, pattern string, want settings) (*queue, *failure) {
	q := s.queues[name]
	switch {
	case q == nil && len(s.queues) >= maxQueues:
		return nil, fail("the server has no room for more queues")
	case q == nil:
		q = &queue{name: name, pattern: pattern, settings: want}
		s.add(q)
	case q.owner != nil:
		return nil, fail("RESOURCE_LOCKED: queue '%s' belongs to another connection", name)
	case !q.settings.equal(want):
		return nil, fail("PRECONDITION_FAILED: queue '%s' is there with other arguments", name)
	case pattern != q.pattern:
		return nil, fail("PRECONDITION_FAILED: queue '%s' is there for the topic '%s'", name, q.pattern)
	}
	return q, nil
}

func (s settings) equal(other settings) bool {
	return s.durable == other.durable && s.autoDelete == other.autoDelete && maps.Equal(s.arguments, other.arguments)
}

// remove removes a queue with what is in it.
func (s *Server) remove(q *queue) {
	if q.removed {
		return
	}
	q.removed = true
	delete(s.queues, q.name)
	s.bindings = slices.DeleteFunc(s.bindings, func(other *queue) bool { return other == q })
	q.stopTimers()
	for q.ready.Len() > 0 {
		s.release(q.ready.Pop())
	}
}

func (s *Server) release(e *entry) { s.memory.Add(-int64(e.Message.size)) }

// enqueue stores a message and gives it to whoever waits.
func (s *Server) enqueue(q *queue, m *message) {
	q.ready.Push(m, q.deadline(m))
	s.memory.Add(int64(m.size))
	s.dispatch(q)
	for q.settings.length >= 0 && q.ready.Len() > q.settings.length {
		s.bury(q, q.ready.Pop())
	}
	s.expire(q)
}

func (q *queue) deadline(m *message) time.Time {
	ttl := q.settings.ttl
	if m.ttl >= 0 && (ttl < 0 || m.ttl < ttl) {
		ttl = m.ttl
	}
	if ttl < 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

// dispatch gives messages to subscriptions, in turn, as long as one can take any.
func (s *Server) dispatch(q *queue) {
	if q.removed || s.closed {
		return
	}
	for q.ready.Len() > 0 {
		if e, _ := q.ready.Expired(); e != nil {
			s.bury(q, e)
			continue
		}
		subscriber, ok := backlog.Next(q.subscribers, &q.turn)
		if !ok {
			return
		}
		subscriber.deliver(q.ready.Pop())
	}
}

// expire lets go of messages at the head whose time is over, and comes back
// for the next.
func (s *Server) expire(q *queue) {
	for {
		e, left := q.ready.Expired()
		if e != nil {
			s.bury(q, e)
			continue
		}
		if left > 0 {
			s.expireIn(q, left)
		}
		return
	}
}

func (s *Server) expireIn(q *queue, left time.Duration) {
	if q.expiry != nil {
		q.expiry.Reset(left)
		return
	}
	q.expiry = time.AfterFunc(left, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !q.removed && !s.closed {
			s.expire(q)
		}
	})
}

// restUnused begins to count the time that a queue is unused, or ends it.
func (s *Server) restUnused(q *queue) {
	if q.unused != nil {
		q.unused.Stop()
		q.unused = nil
	}
	if q.settings.expires <= 0 || len(q.subscribers) > 0 || q.removed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(q.settings.expires, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.unused == timer && !s.closed {
			s.remove(q)
		}
	})
	q.unused = timer
}

func (q *queue) stopTimers() {
	for _, timer := range []*time.Timer{q.expiry, q.unused} {
		if timer != nil {
			timer.Stop()
		}
	}
	q.unused = nil
}

// maxDeaths bounds how often a message may go from one queue to another.
const maxDeaths = 16

const headerDeaths = "x-death-count"

// bury lets go of a message that was taken from a queue: to where the queue's
// dead letters go, if it says so.
func (s *Server) bury(q *queue, e *entry) {
	s.release(e)
	if !q.settings.hasDeadLetters {
		return
	}
	dead := e.Message.dead(q)
	if dead == nil {
		return
	}
	switch to := q.settings.deadLetterKey; {
	case q.settings.deadLetters == "":
		if target := s.queues[to]; target != nil {
			s.enqueue(target, dead)
		}
	default:
		s.publish(to, dead)
	}
}

// publish gives a message to all that take it from topics.
func (s *Server) publish(address string, m *message) {
	words := topic.Words(address)
	for _, q := range slices.Clone(s.bindings) {
		if topic.Matches(q.topic, words) {
			s.enqueue(q, m)
		}
	}
}
