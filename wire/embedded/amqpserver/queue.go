package amqpserver

import (
	"slices"
	"time"

	"github.com/weft-dev/weft/wire/embedded/backlog"
)

// queue keeps messages until a consumer has settled them.
type queue struct {
	name       string
	durable    bool
	exclusive  bool
	autoDelete bool
	owner      *conn // of an exclusive one
	arguments  table
	limits     limits
	removed    bool

	ready     backlog.Backlog[*message]
	unsettled int
	consumers []*consumer
	turn      int // whose turn it is among the consumers
	bindings  []*binding
	visited   uint64 // the last routing that came by

	expiry *time.Timer // of the first message
	unused *time.Timer // of the queue
}

// entry is a message in one queue.
type entry = backlog.Entry[*message]

// limits are what a queue's arguments say.
type limits struct {
	ttl, expires     time.Duration // less than 0 is none
	length, bytes    int           // less than 0 is none
	refuse           bool          // when full; else the first message goes
	deadLetters      string        // an exchange
	hasDeadLetters   bool
	deadLetterKey    string
	hasDeadLetterKey bool
}

// limitsOf reads a queue's arguments.
func limitsOf(t table) (limits, *exception) {
	l := limits{ttl: -1, expires: -1, length: -1, bytes: -1}
	for _, f := range t {
		if e := l.read(f); e != nil {
			return l, e
		}
	}
	if l.hasDeadLetterKey && !l.hasDeadLetters {
		return l, failure(codePreconditionFailed, "invalid arg 'x-dead-letter-routing-key': there is no x-dead-letter-exchange")
	}
	return l, nil
}

func (l *limits) read(f field) *exception {
	n, isWhole := whole(f.value)
	text, isText := f.value.(string)
	ok := isWhole && n >= 0 && n <= 1<<40
	switch f.name {
	case "x-message-ttl":
		l.ttl = time.Duration(n) * time.Millisecond
	case "x-expires":
		l.expires = time.Duration(n) * time.Millisecond
		ok = ok && n > 0
	case "x-max-length":
		l.length = int(n)
	case "x-max-length-bytes":
		l.bytes = int(n)
	case "x-overflow":
		ok = text == "drop-head" || text == "reject-publish"
		l.refuse = text == "reject-publish"
	case "x-dead-letter-exchange":
		ok = isText
		l.deadLetters, l.hasDeadLetters = text, true
	case "x-dead-letter-routing-key":
		ok = isText
		l.deadLetterKey, l.hasDeadLetterKey = text, true
	case "x-queue-type":
		ok = text == "classic" || text == "quorum"
	default:
		return failure(codePreconditionFailed, "argument '%s' of a queue is not supported", f.name)
	}
	if !ok {
		return failure(codePreconditionFailed, "invalid arg '%s' for a queue", f.name)
	}
	return nil
}

func (s *Server) addQueue(q *queue) {
	if q.arguments == nil {
		q.limits, _ = limitsOf(nil)
	}
	s.queues[q.name] = q
	s.restUnused(q)
}

// removeQueue removes a queue and tells its consumers.
func (s *Server) removeQueue(q *queue) (messages int) {
	if q.removed {
		return 0
	}
	q.removed = true
	delete(s.queues, q.name)
	q.stopTimers()
	for _, c := range slices.Clone(q.consumers) {
		c.channel.drops(c)
		c.channel.reply(basicCancel, func(w *writer) {
			w.shortString(c.tag)
			w.flag(true)
		})
	}
	q.consumers = nil
	messages = s.purge(q)
	for _, b := range slices.Clone(q.bindings) {
		s.unbind(b)
	}
	return messages
}

func (s *Server) purge(q *queue) int {
	n := q.ready.Len()
	for q.ready.Len() > 0 {
		s.release(q.ready.Pop().Message.Size())
	}
	return n
}

// enqueue stores a message and gives it to whoever waits. It reports false
// when the queue is full and refuses.
func (s *Server) enqueue(q *queue, m *message) bool {
	if q.removed {
		return true
	}
	if q.limits.refuse && q.over(1, m.Size()) {
		return false
	}
	q.ready.Push(m, q.deadline(m))
	s.memory.Add(int64(m.Size()))
	s.dispatch(q)
	for q.over(0, 0) && q.ready.Len() > 0 {
		s.bury(q, q.ready.Pop(), "maxlen")
	}
	s.expire(q)
	return true
}

// over reports whether the queue would have more than it may with so much more.
func (q *queue) over(messages, bytes int) bool {
	return q.limits.length >= 0 && q.ready.Len()+messages > q.limits.length ||
		q.limits.bytes >= 0 && q.ready.Bytes()+bytes > q.limits.bytes
}

func (q *queue) deadline(m *message) time.Time {
	ttl := q.limits.ttl
	if m.ttl >= 0 && (ttl < 0 || m.ttl < ttl) {
		ttl = m.ttl
	}
	if ttl < 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

// expire lets go of messages at the head whose time is over, and comes back
// for the next.
func (s *Server) expire(q *queue) {
	for {
		e, left := q.ready.Expired()
		if e != nil {
			s.bury(q, e, "expired")
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
	if q.limits.expires < 0 {
		return
	}
	if q.unused != nil {
		q.unused.Stop()
		q.unused = nil
	}
	if len(q.consumers) > 0 || q.removed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(q.limits.expires, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.unused == timer && !s.closed {
			s.removeQueue(q)
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

// dispatch gives messages to consumers, in turn, as long as one can take any.
func (s *Server) dispatch(q *queue) {
	if q.removed || s.closed {
		return
	}
	for q.ready.Len() > 0 {
		if len(q.consumers) > 0 && q.limits.hasTimes() {
			s.expire(q)
			if q.ready.Len() == 0 {
				return
			}
		}
		c, ok := backlog.Next(q.consumers, &q.turn)
		if !ok {
			return
		}
		c.deliver(q.ready.Pop())
	}
}

// hasTimes reports whether it is worth looking at deadlines: those of single
// messages are seen by the timer.
func (l *limits) hasTimes() bool { return l.ttl >= 0 }
