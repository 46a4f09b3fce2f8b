package amqpserver

import (
	"encoding/json"
	"errors"

	"github.com/weft-dev/weft/wire/embedded/shelf"
)

// record is one line of the file: an exchange, a queue, a binding or a message.
// Tables and properties are in the protocol's own form.
type record struct {
	Exchange *storedExchange `json:"exchange,omitempty"`
	Queue    *storedQueue    `json:"queue,omitempty"`
	Binding  *storedBinding  `json:"binding,omitempty"`
	Message  *storedMessage  `json:"message,omitempty"`
}

type storedExchange struct {
	Name, Kind           string
	AutoDelete, Internal bool
	Arguments            []byte
}

type storedQueue struct {
	Name       string
	AutoDelete bool
	Arguments  []byte
}

type storedBinding struct {
	From, Key, Queue, Exchange string
	Arguments                  []byte
}

type storedMessage struct {
	Queue, Exchange, Key string
	Redelivered          bool
	Properties, Body     []byte
}

// save writes what is durable; the caller holds the lock. The file is replaced
// as a whole or not at all.
func (s *Server) save() error { return shelf.Save(s.opts.File, s.write) }

func (s *Server) write(out *json.Encoder) error {
	predeclared := predeclared()
	var errs []error
	for name, e := range s.exchanges {
		if e.durable && predeclared[name] == nil {
			errs = append(errs, out.Encode(record{Exchange: &storedExchange{
				name, e.kind, e.autoDelete, e.internal, encodedTable(e.arguments),
			}}))
		}
	}
	for _, q := range s.queues {
		if q.lasts() {
			errs = append(errs, out.Encode(record{Queue: &storedQueue{q.name, q.autoDelete, encodedTable(q.arguments)}}))
		}
	}
	for _, e := range s.exchanges {
		for _, b := range e.bindings {
			if stored := b.stored(); stored != nil {
				errs = append(errs, out.Encode(record{Binding: stored}))
			}
		}
	}
	for _, q := range s.queues {
		errs = append(errs, q.write(out))
	}
	return errors.Join(errs...)
}

func (q *queue) lasts() bool { return q.durable && !q.exclusive }

func (b *binding) stored() *storedBinding {
	to := &storedBinding{From: b.source.name, Key: b.key, Arguments: encodedTable(b.arguments)}
	switch {
	case !b.source.durable:
		return nil
	case b.toQueue != nil && b.toQueue.lasts():
		to.Queue = b.toQueue.name
	case b.toExchange != nil && b.toExchange.durable:
		to.Exchange = b.toExchange.name
	default:
		return nil
	}
	return to
}

func (q *queue) write(out *json.Encoder) error {
	if !q.lasts() {
		return nil
	}
	for e := range q.ready.All {
		m := e.Message
		if m.properties.mode != 2 {
			continue
		}
		var w writer
		w.properties(&m.properties)
		if err := out.Encode(record{Message: &storedMessage{q.name, m.exchange, m.key, e.Redelivered, w.data, m.body}}); err != nil {
			return err
		}
	}
	return nil
}

// load reads what an earlier server saved.
func (s *Server) load() error { return shelf.Load(s.opts.File, s.restore) }

var errRecord = errors.New("a record that makes no sense")

func (s *Server) restore(r record) error {
	switch {
	case r.Exchange != nil:
		e := newExchange(r.Exchange.Name, r.Exchange.Kind)
		e.autoDelete, e.internal = r.Exchange.AutoDelete, r.Exchange.Internal
		var err error
		e.arguments, err = decodedTable(r.Exchange.Arguments)
		s.exchanges[e.name] = e
		return err
	case r.Queue != nil:
		return s.restoreQueue(r.Queue)
	case r.Binding != nil:
		return s.restoreBinding(r.Binding)
	case r.Message != nil:
		return s.restoreMessage(r.Message)
	}
	return errRecord
}

func decodedTable(data []byte) (table, error) {
	r := &reader{data: data}
	t := r.table()
	return t, r.err
}

func (s *Server) restoreQueue(stored *storedQueue) error {
	arguments, err := decodedTable(stored.Arguments)
	if err != nil {
		return err
	}
	q := &queue{name: stored.Name, durable: true, autoDelete: stored.AutoDelete, arguments: arguments}
	limits, e := limitsOf(arguments)
	if e != nil {
		return e
	}
	q.limits = limits
	s.addQueue(q)
	return nil
}

func (s *Server) restoreBinding(stored *storedBinding) error {
	arguments, err := decodedTable(stored.Arguments)
	source := s.exchanges[stored.From]
	b := &binding{key: stored.Key, arguments: arguments, toQueue: s.queues[stored.Queue]}
	if b.toQueue == nil {
		b.toExchange = s.exchanges[stored.Exchange]
	}
	if err != nil || source == nil || b.toQueue == nil && b.toExchange == nil {
		return errors.Join(errRecord, err)
	}
	if e := s.bind(source, b); e != nil {
		return e
	}
	return nil
}

func (s *Server) restoreMessage(stored *storedMessage) error {
	r := &reader{data: stored.Properties}
	m := &message{exchange: stored.Exchange, key: stored.Key, body: stored.Body, properties: r.properties(), ttl: -1}
	q := s.queues[stored.Queue]
	if r.err != nil || q == nil {
		return errors.Join(errRecord, r.err)
	}
	s.enqueue(q, m)
	if last := q.ready.Last(); last != nil {
		last.Redelivered = stored.Redelivered
	}
	return nil
}
