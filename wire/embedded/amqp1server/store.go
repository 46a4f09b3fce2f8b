package amqp1server

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/weft-dev/weft/wire/embedded/shelf"
)

// record is one line of the file: a queue, and behind it the messages in it.
type record struct {
	Queue   *storedQueue   `json:"queue,omitempty"`
	Message *storedMessage `json:"message,omitempty"`
}

type storedQueue struct {
	Name, Exchange, Pattern string
	Topic                   bool
}

type storedMessage struct {
	Redelivered bool
	Failures    uint32
	Deadline    time.Time
	Data        []byte // with its header
}

// save writes what is durable; the caller holds the lock. The file is replaced
// as a whole or not at all.
func (s *Server) save() error { return shelf.Save(s.opts.File, s.write) }

func (s *Server) write(out *json.Encoder) error {
	for _, q := range s.all() {
		if q.owner != nil || q.name == "" {
			continue
		}
		if err := out.Encode(record{Queue: &storedQueue{q.name, q.exchange, q.pattern, q.topic}}); err != nil {
			return err
		}
		for e := range q.ready.All {
			if !e.Message.durable {
				continue
			}
			m := &storedMessage{e.Redelivered, e.Failures, e.Deadline, e.Message.payload(false, 0, e.Message.ttl)}
			if err := out.Encode(record{Message: m}); err != nil {
				return err
			}
		}
	}
	return nil
}

// load reads what an earlier server saved.
func (s *Server) load() error {
	var last *queue
	return shelf.Load(s.opts.File, func(r record) (err error) {
		last, err = s.restore(last, r)
		return err
	})
}

var errRecord = errors.New("a record that makes no sense")

func (s *Server) restore(last *queue, r record) (*queue, error) {
	switch {
	case r.Queue != nil && r.Queue.Topic:
		return s.addTopic(r.Queue.Exchange, r.Queue.Pattern, r.Queue.Name), nil
	case r.Queue != nil:
		return s.queueNamed(r.Queue.Name), nil
	case r.Message == nil || last == nil:
		return last, errRecord
	}
	m, _, err := readMessage(r.Message.Data)
	if err != nil {
		return last, err
	}
	s.memory.Add(int64(m.Size()))
	e := last.ready.Push(m, r.Message.Deadline)
	e.Redelivered, e.Failures = r.Message.Redelivered, r.Message.Failures
	return last, nil
}
