package amqp1server

import (
	"maps"
	"slices"
	"time"

	"github.com/weft-dev/weft/wire/embedded/backlog"
	"github.com/weft-dev/weft/wire/embedded/topic"
)

// queue keeps messages until a consumer has settled them. A subscription to a
// topic has a queue of its own.
type queue struct {
	name    string // of a subscription: by which it is found again, or ""
	owner   *conn  // whom it goes with, or nil
	removed bool

	topic    bool
	exchange string
	pattern  string
	words    []string // of the pattern

	ready     backlog.Backlog[*message]
	consumers []*link
	turn      int // whose turn it is among the consumers

	expiry *time.Timer // of the first message
}

type entry = backlog.Entry[*message]

// queueNamed returns a queue, which is made where it is not there.
func (s *Server) queueNamed(name string) *queue {
	q := s.queues[name]
	if q == nil {
		q = &queue{name: name}
		s.queues[name] = q
	}
	return q
}

// all are the queues, and those of subscriptions.
func (s *Server) all() []*queue {
	return slices.AppendSeq(slices.Collect(maps.Values(s.queues)), maps.Keys(s.topics))
}

// subscribe returns the queue of a subscription. One with a name is found again;
// a name may be that of subscriptions to several topics.
func (s *Server) subscribe(from *place, name string) (*queue, *fault) {
	pattern := from.name
	if from.keyless {
		pattern = "#"
	}
	for q := range s.topics {
		if name != "" && q.name == name && q.exchange == from.exchange && q.pattern == pattern {
			return q, nil
		}
	}
	if s.full() {
		return nil, failure(ofLink, condLimit, "there are %d queues and subscriptions already", maxNames)
	}
	return s.addTopic(from.exchange, pattern, name), nil
}

func (s *Server) addTopic(exchange, pattern, name string) *queue {
	q := &queue{name: name, topic: true, exchange: exchange, pattern: pattern, words: topic.Words(pattern)}
	s.topics[q] = struct{}{}
	return q
}

// remove removes a queue with what is in it.
func (s *Server) remove(q *queue) {
	if q.removed {
		return
	}
	q.removed = true
	if q.topic {
		delete(s.topics, q)
	} else {
		delete(s.queues, q.name)
	}
	q.stopTimer()
	for _, l := range slices.Clone(q.consumers) {
		delete(l.session.links, l.handle)
		l.session.refuse(l, failure(ofLink, "amqp:resource-deleted", "the queue was removed"))
	}
	q.consumers = nil
	for q.ready.Len() > 0 {
		s.release(q.ready.Pop().Message.Size())
	}
}

func (q *queue) forget(l *link) {
	q.consumers = slices.DeleteFunc(q.consumers, func(other *link) bool { return other == l })
}

func (q *queue) stopTimer() {
	if q.expiry != nil {
		q.expiry.Stop()
	}
}

// publish stores a message wherever it goes.
func (s *Server) publish(to *place, subject string, m *message) *fault {
	queues := s.destinations(to, subject)
	if s.memory.Load()+int64(m.Size()*len(queues)) > s.opts.MaxMemory {
		return failure(ofLink, condLimit, "no memory for more messages: %d bytes are held", s.opts.MaxMemory)
	}
	for _, q := range queues {
		s.memory.Add(int64(m.Size()))
		q.ready.Push(m, m.deadline())
		s.dispatch(q)
		s.expire(q)
	}
	return nil
}

func (s *Server) destinations(to *place, subject string) []*queue {
	if !to.topic {
		return []*queue{s.queueNamed(to.name)}
	}
	key := to.name
	if to.keyless {
		key = subject
	}
	words := topic.Words(key)
	var queues []*queue
	for q := range s.topics {
		if q.exchange == to.exchange && topic.Matches(q.words, words) {
			queues = append(queues, q)
		}
	}
	return queues
}

func (m *message) deadline() time.Time {
	if m.ttl < 0 {
		return time.Time{}
	}
	return time.Now().Add(m.ttl)
}

// giveBack returns an entry to its place.
func (s *Server) giveBack(q *queue, e *entry) {
	if q.removed {
		s.release(e.Message.Size())
		return
	}
	q.ready.PutBack(e)
}

// dispatch gives messages to consumers, in turn, as long as one can take any.
func (s *Server) dispatch(q *queue) {
	if q.removed || s.closed {
		return
	}
	s.expire(q)
	for q.ready.Len() > 0 {
		l, ok := backlog.Next(q.consumers, &q.turn)
		if !ok {
			return
		}
		l.deliver(q.ready.Pop())
	}
}

// expire lets go of messages at the head whose time is over, and comes back
// for the next.
func (s *Server) expire(q *queue) {
	for {
		e, left := q.ready.Expired()
		if e != nil {
			s.release(e.Message.Size())
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
