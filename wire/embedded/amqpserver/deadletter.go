package amqpserver

import "time"

// bury lets go of a message that was taken from a queue: to the queue's dead
// letter exchange, if it has one.
func (s *Server) bury(q *queue, e *entry, reason string) {
	s.release(e.Message.Size())
	if !q.limits.hasDeadLetters {
		return
	}
	exchange := s.exchanges[q.limits.deadLetters]
	if exchange == nil {
		return
	}
	m := dead(q, e.Message, reason)
	queues := s.route(exchange, m.destinations(), m.properties.headers)
	m.properties = m.properties.withoutBCC()
	for _, to := range queues {
		// A message that goes round by itself, without anybody's rejection,
		// would do so for ever.
		if !goesRound(m.properties.headers, to.name) {
			s.enqueue(to, m)
		}
	}
}

// dead makes the message that is sent to a dead letter exchange. It says in
// its headers what became of it, as RabbitMQ's do.
func dead(q *queue, m *message, reason string) *message {
	headers := m.properties.headers
	keys := []any{m.key}
	if cc, _ := keysIn(headers, "CC"); len(cc) > 0 {
		for _, key := range cc {
			keys = append(keys, key)
		}
	}
	death := table{
		{"count", int64(1)},
		{"reason", reason},
		{"queue", q.name},
		{"time", timestamp(time.Now().Unix())},
		{"exchange", m.exchange},
		{"routing-keys", keys},
	}
	if m.properties.flags&flagExpiration != 0 {
		death = append(death, field{"original-expiration", m.properties.expiration})
	}
	if _, before := headers.get("x-first-death-reason"); !before {
		headers = headers.set("x-first-death-reason", reason).
			set("x-first-death-queue", q.name).set("x-first-death-exchange", m.exchange)
	}
	headers = headers.set("x-death", deaths(headers, death))
	copied := &message{exchange: q.limits.deadLetters, key: m.key, body: m.body, ttl: -1}
	if q.limits.hasDeadLetterKey {
		copied.key = q.limits.deadLetterKey
		headers = headers.without("CC")
	}
	copied.properties = m.properties.withHeaders(headers).withoutExpiration()
	return copied
}

// deaths puts a death in front of the earlier ones; one of the same queue and
// reason is counted.
func deaths(headers table, death table) []any {
	value, _ := headers.get("x-death")
	before, _ := value.([]any)
	list := []any{death}
	for _, item := range before {
		t, ok := item.(table)
		if !ok || !t.about("queue", death) || !t.about("reason", death) {
			list = append(list, item)
			continue
		}
		count, _ := t.get("count")
		n, _ := whole(count)
		list[0] = death.set("count", n+1)
	}
	return list
}

func (t table) about(name string, other table) bool {
	a, ok := t.get(name)
	b, _ := other.get(name)
	return ok && same(a, b)
}

// maxDeaths bounds how often a message may die, each time in another queue.
const maxDeaths = 64

// goesRound reports whether a message died in a queue before, without a
// rejection since. The deaths begin with the last.
func goesRound(headers table, queue string) bool {
	value, _ := headers.get("x-death")
	list, _ := value.([]any)
	for _, item := range list {
		t, _ := item.(table)
		if reason, _ := t.get("reason"); reason == "rejected" {
			return false
		}
		if name, _ := t.get("queue"); name == queue {
			return true
		}
	}
	return len(list) > maxDeaths
}
