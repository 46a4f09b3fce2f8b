package server

import (
	"slices"

	"github.com/weft-dev/weft/extra/pulsar/frame"
)

// subscribe makes a consumer, and its subscription where that is not there.
func (s *session) subscribe(f frame.Fields) error {
	switch {
	case f.Text(2) == "" || len(f.Text(2)) > 1000:
		return refused(frame.NotAllowed, "a subscription needs a name of up to 1000 bytes")
	case f.Uint(3) > keyShared:
		return refused(frame.NotAllowed, "there is no such type of subscription")
	case f.Has(12) && hasSchema(f.Bytes(12)):
		return refused(frame.NotAllowed, "this server has no schemas")
	case f.Uint(11) != 0:
		return refused(frame.NotAllowed, "this server does not compact")
	case len(s.consumers) >= maxOpen || s.consumers[f.Uint(4)] != nil:
		return refused(frame.NotAllowed, "there are too many consumers, or this one is there already")
	}
	t, err := s.server.topic(f.Text(1))
	if err != nil {
		return err
	}
	sub, err := t.subscription(f)
	if err != nil {
		return err
	}
	s.server.last++
	c := &consumer{session: s, id: f.Uint(4), number: s.server.last, sub: sub}
	if err := sub.join(c, f.Uint(3)); err != nil {
		return err
	}
	s.consumers[c.id] = c
	s.done(f.Uint(5))
	sub.elect()
	return nil
}

// subscription returns one, which it makes where it is not there.
func (t *topic) subscription(f frame.Fields) (*subscription, error) {
	const earliest = 1
	durable := !f.Has(8) || f.Uint(8) != 0
	if sub := t.subscriptions[f.Text(2)]; sub != nil && (durable || len(sub.consumers) > 0) {
		return sub, nil
	}
	if len(t.subscriptions) >= maxSubscriptions {
		return nil, refused(frame.NotAllowed, "there are too many subscriptions")
	}
	sub := &subscription{name: f.Text(2), topic: t, durable: durable}
	sub.reset(t.next)
	if f.Uint(13) == earliest {
		sub.reset(0)
	}
	if f.Has(9) {
		start, err := frame.Parse(f.Bytes(9))
		if err != nil {
			return nil, err
		}
		sub.reset(t.position(start))
	}
	t.subscriptions[sub.name] = sub
	return sub, nil
}

// position is the entry that an id means: the earliest and the latest are
// numbers of their own.
func (t *topic) position(id frame.Fields) uint64 {
	const latest = 1<<63 - 1
	switch ledgerID, entryID := id.Uint(1), id.Uint(2); {
	case ledgerID == ^uint64(0) || entryID == ^uint64(0):
		return 0
	case ledgerID == latest || ledgerID > ledger:
		return t.next
	default:
		return min(entryID, t.next)
	}
}

// consume does what a command says about a consumer.
func (s *session) consume(c *frame.Command) error {
	f := c.Fields
	consumer := s.consumers[f.Uint(1)]
	if consumer == nil {
		switch c.Type {
		case frame.CloseConsumer:
			s.done(f.Uint(2)) // as good as closed
		case frame.Unsubscribe, frame.Seek, frame.LastMessageID:
			return refused(frame.ConsumerNotFound, "Consumer not found")
		}
		return nil // of one that was closed a moment ago
	}
	switch c.Type {
	case frame.Flow:
		consumer.permits += int(min(f.Uint(2), 1<<20))
		consumer.sub.dispatch()
	case frame.Ack:
		return s.acknowledge(consumer, f)
	case frame.Redeliver:
		return consumer.redeliver(f)
	case frame.CloseConsumer:
		delete(s.consumers, consumer.id)
		consumer.sub.part(consumer)
		s.done(f.Uint(2))
	case frame.Unsubscribe:
		return s.unsubscribe(consumer, f)
	case frame.Seek:
		return s.seek(consumer, f)
	case frame.LastMessageID:
		s.lastMessage(consumer, f)
	default:
		return refused(frame.NotAllowed, "this server does not have commands of type %d", c.Type)
	}
	return nil
}

// acknowledge settles entries. Of a batch that is settled in part nothing is.
func (s *session) acknowledge(c *consumer, f frame.Fields) error {
	const cumulative = 1
	ids, err := f.All(3)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id.Has(5) {
			continue
		}
		c.sub.ack(id.Uint(2), f.Uint(2) == cumulative)
	}
	if f.Has(8) {
		s.send(frame.AckResponse, frame.Body(nil).Uint(1, c.id).Uint(6, f.Uint(8)), nil)
	}
	c.sub.dispatch()
	return nil
}

// redeliver gives back entries of a consumer: those that are named, else all.
func (c *consumer) redeliver(f frame.Fields) error {
	ids, err := f.All(2)
	if err != nil {
		return err
	}
	named := make(map[uint64]bool, len(ids))
	for _, id := range ids {
		named[id.Uint(2)] = true
	}
	c.sub.giveBack(func(l *lease) bool { return l.consumer == c && (len(named) == 0 || named[l.entry.id]) })
	c.sub.dispatch()
	return nil
}

// unsubscribe removes the subscription of its only consumer.
func (s *session) unsubscribe(c *consumer, f frame.Fields) error {
	if len(c.sub.consumers) > 1 {
		return refused(frame.NotAllowed, "Unconnected or shared consumer attempting to unsubscribe")
	}
	delete(s.consumers, c.id)
	c.sub.part(c)
	delete(c.sub.topic.subscriptions, c.sub.name)
	s.done(f.Uint(2))
	return nil
}

// seek begins anew at an entry or a time. Consumers are sent away as a broker
// does, and come back.
func (s *session) seek(c *consumer, f frame.Fields) error {
	sub := c.sub
	to := sub.topic.next
	if f.Has(3) {
		id, err := frame.Parse(f.Bytes(3))
		if err != nil {
			return err
		}
		to = sub.topic.position(id)
	} else if at := slices.IndexFunc(sub.topic.log, func(e *entry) bool { return e.time >= f.Uint(4) }); at >= 0 {
		to = sub.topic.log[at].id
	}
	sub.reset(to)
	s.done(f.Uint(2))
	for _, x := range slices.Clone(sub.consumers) {
		delete(x.session.consumers, x.id)
		x.session.send(frame.CloseConsumer, frame.Body(nil).Uint(1, x.id).Uint(2, 0), nil)
	}
	sub.consumers = nil
	return nil
}

// lastMessage says what the newest entry of the topic is.
func (s *session) lastMessage(c *consumer, f frame.Fields) {
	last := frame.Body(nil).Uint(1, ^uint64(0)).Uint(2, ^uint64(0))
	if c.sub.topic.next > 0 {
		last = messageID(c.sub.topic.next - 1)
	}
	s.send(frame.LastMessageIDAnswer, frame.Body(nil).Bytes(1, last).Uint(2, f.Uint(2)), nil)
}
