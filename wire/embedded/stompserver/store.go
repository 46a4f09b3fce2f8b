package stompserver

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/weft-dev/weft/wire/embedded/shelf"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// record is one line of the file: a queue, or a message of the last queue.
type record struct {
	Queue   *storedQueue   `json:"queue,omitempty"`
	Message *storedMessage `json:"message,omitempty"`
}

type storedQueue struct {
	Name, Topic string
	AutoDelete  bool
	Arguments   map[string]string
}

type storedMessage struct {
	ID, Destination string
	Redelivered     bool
	Headers         []frame.Header
	Body            []byte
	Empty           bool  // a body of no bytes, and not none
	TTL             int64 // nanoseconds, less than 0 for ever
}

// save writes what is durable; the caller holds the lock. The file is replaced
// as a whole or not at all.
func (s *Server) save() error { return shelf.Save(s.opts.File, s.write) }

func (s *Server) write(out *json.Encoder) error {
	for _, q := range s.queues {
		if !q.settings.durable {
			continue
		}
		stored := &storedQueue{q.name, q.pattern, q.settings.autoDelete, q.settings.arguments}
		if err := out.Encode(record{Queue: stored}); err != nil {
			return err
		}
		for e := range q.ready.All {
			if !e.Message.persistent {
				continue
			}
			if err := out.Encode(record{Message: store(e)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// store is a message as it is written; what is left of its time goes on.
func store(e *entry) *storedMessage {
	m := e.Message
	stored := &storedMessage{m.id, m.destination, e.Redelivered, m.headers, m.body, m.body != nil && len(m.body) == 0, int64(m.ttl)}
	if !e.Deadline.IsZero() {
		stored.TTL = max(int64(time.Until(e.Deadline)), 0)
	}
	return stored
}

// load reads what was stored.
func (s *Server) load() error {
	var last *queue
	return shelf.Load(s.opts.File, func(r record) (err error) {
		last, err = s.restore(last, r)
		return err
	})
}

func (s *Server) restore(last *queue, r record) (*queue, error) {
	switch {
	case r.Queue != nil:
		about := frame.New("")
		for name, value := range r.Queue.Arguments {
			about.Add(name, value)
		}
		made, problem := settingsOf(about, true, r.Queue.AutoDelete)
		if problem != nil {
			return nil, errors.New(problem.message)
		}
		q := &queue{name: r.Queue.Name, pattern: r.Queue.Topic, settings: made}
		s.add(q)
		return q, nil
	case r.Message != nil && last != nil:
		m := r.Message
		kept := &message{id: m.ID, destination: m.Destination, headers: m.Headers, body: m.Body, persistent: true, ttl: time.Duration(m.TTL)}
		if m.Empty {
			kept.body = []byte{}
		}
		kept.size = cost(kept)
		e := last.ready.Push(kept, last.deadline(kept))
		e.Redelivered = m.Redelivered
		s.memory.Add(int64(kept.size))
		s.expire(last)
		return last, nil
	}
	return nil, errors.New("a line is neither a queue nor a message")
}
