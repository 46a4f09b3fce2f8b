package amqp1server

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
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
func (s *Server) save() error {
	if s.opts.File == "" {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(s.opts.File), ".amqp1-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // it has another name by then, or is of no use
	out := bufio.NewWriter(file)
	err = s.write(json.NewEncoder(out))
	if err = errors.Join(err, out.Flush(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), s.opts.File)
}

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
	if s.opts.File == "" {
		return nil
	}
	file, err := os.Open(s.opts.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in := json.NewDecoder(bufio.NewReader(file))
	var last *queue
	for {
		var r record
		err := in.Decode(&r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			last, err = s.restore(last, r)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", s.opts.File, err)
		}
	}
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
