package server

import (
	"hash/fnv"
	"slices"

	"github.com/weft-dev/weft/extra/pulsar/frame"
)

// The types of subscriptions.
const (
	exclusive = 0
	shared    = 1
	failover  = 2
	keyShared = 3
)

// maxAgain bounds how many entries wait for a consumer who has no room while
// others are served.
const maxAgain = 10_000

// subscription is what one group of consumers has had of a topic.
type subscription struct {
	name    string
	topic   *topic
	kind    uint64
	durable bool

	cursor    uint64            // the entry that nobody has been given yet
	again     []*entry          // to be given before those, by their numbers
	out       map[uint64]*lease // given and not acknowledged
	counts    map[uint64]uint32 // how often an entry came back
	keys      map[string]*hold  // keyShared: whose entries are out
	consumers []*consumer
	turn      int
}

// lease is an entry that a consumer has.
type lease struct {
	entry    *entry
	consumer *consumer
}

// hold says that all entries of a key go to the consumer who has some.
type hold struct {
	consumer *consumer
	leases   int
}

// consumer is a client's end of a subscription.
type consumer struct {
	session *session
	id      uint64
	number  uint64 // of all consumers there ever were
	sub     *subscription
	permits int
	active  bool // failover: it was told so
}

func (c *consumer) ready() bool { return c.permits > 0 && c.session.out.Room() }

// low is the first entry that is still needed.
func (s *subscription) low() uint64 {
	low := s.cursor
	for id := range s.out {
		low = min(low, id)
	}
	if len(s.again) > 0 {
		low = min(low, s.again[0].id)
	}
	return low
}

// join adds a consumer.
func (s *subscription) join(c *consumer, kind uint64) error {
	if len(s.consumers) > 0 {
		switch {
		case s.kind != kind:
			return refused(frame.ConsumerBusy, "Subscription is of different type")
		case kind == exclusive:
			return refused(frame.ConsumerBusy, "Exclusive consumer is already connected")
		}
	}
	s.kind = kind
	s.consumers = append(s.consumers, c)
	return nil
}

// part takes a consumer away. What it had is given to others.
func (s *subscription) part(c *consumer) {
	s.consumers = slices.DeleteFunc(s.consumers, func(x *consumer) bool { return x == c })
	s.giveBack(func(l *lease) bool { return l.consumer == c })
	if len(s.consumers) == 0 && !s.durable {
		delete(s.topic.subscriptions, s.name)
		return
	}
	s.elect()
	s.dispatch()
}

// elect tells the consumers of a failover subscription whose turn it is.
func (s *subscription) elect() {
	if s.kind != failover {
		return
	}
	for i, c := range s.consumers {
		if c.active != (i == 0) {
			c.active = i == 0
			c.session.send(frame.ActiveChange, frame.Body(nil).Uint(1, c.id).Uint(2, truth(c.active)), nil)
		}
	}
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// giveBack puts entries where they were.
func (s *subscription) giveBack(which func(*lease) bool) {
	found := false
	for id, l := range s.out {
		if !which(l) {
			continue
		}
		found = true
		s.release(l)
		s.counts[id]++
		s.again = append(s.again, l.entry)
	}
	if found {
		slices.SortFunc(s.again, func(a, b *entry) int { return compare(a.id, b.id) })
	}
}

func (s *subscription) release(l *lease) {
	delete(s.out, l.entry.id)
	if k := s.orderingKey(l.entry); k != "" {
		if s.keys[k].leases--; s.keys[k].leases == 0 {
			delete(s.keys, k)
		}
	}
}

func (s *subscription) orderingKey(e *entry) string {
	if s.kind != keyShared {
		return ""
	}
	return e.key
}

// ack settles one entry, or with all those before it.
func (s *subscription) ack(id uint64, cumulative bool) {
	done := func(x uint64) bool { return x == id || cumulative && x < id }
	if cumulative {
		s.cursor = max(s.cursor, min(id+1, s.topic.next))
		for x, l := range s.out {
			if done(x) {
				s.release(l)
				delete(s.counts, x)
			}
		}
	} else if l := s.out[id]; l != nil {
		s.release(l)
		delete(s.counts, id)
	}
	if len(s.again) > 0 {
		s.again = slices.DeleteFunc(s.again, func(e *entry) bool { return done(e.id) })
	}
}

// reset begins anew at an entry.
func (s *subscription) reset(id uint64) {
	s.cursor = min(id, s.topic.next)
	s.again = nil
	s.out, s.counts, s.keys = map[uint64]*lease{}, map[uint64]uint32{}, map[string]*hold{}
}

// dispatch gives entries to consumers who have room.
func (s *subscription) dispatch() {
	if len(s.consumers) == 0 {
		return
	}
	s.dispatchAgain()
	log := s.topic.log
	waiting := make(map[string]bool, len(s.again)) // keys of which an earlier entry waits
	for _, e := range s.again {
		waiting[s.orderingKey(e)] = true
	}
	for i := s.topic.at(s.cursor); i < len(log) && len(s.again) < maxAgain; i++ {
		e := log[i]
		c, wait := s.consumerFor(e)
		if c == nil && (wait || !s.anyReady()) {
			return
		}
		s.cursor = e.id + 1
		if k := s.orderingKey(e); c == nil || k != "" && waiting[k] {
			waiting[k] = true
			s.again = append(s.again, e) // for one who has no room
			continue
		}
		s.give(e, c)
	}
}

// dispatchAgain gives what waits out of turn.
func (s *subscription) dispatchAgain() {
	if len(s.again) == 0 {
		return
	}
	var kept []*entry
	waiting := map[string]bool{}
	for i, e := range s.again {
		k := s.orderingKey(e)
		if k != "" && waiting[k] {
			kept = append(kept, e)
			continue
		}
		c, wait := s.consumerFor(e)
		if c == nil && wait {
			kept = append(kept, s.again[i:]...)
			break
		}
		if c == nil {
			waiting[k] = true
			kept = append(kept, e)
			continue
		}
		s.give(e, c)
	}
	s.again = kept
}

// consumerFor chooses who gets an entry; all wait where nobody has room.
func (s *subscription) consumerFor(e *entry) (c *consumer, wait bool) {
	if s.kind == exclusive || s.kind == failover {
		if c := s.consumers[0]; c.ready() {
			return c, false
		}
		return nil, true
	}
	if k := s.orderingKey(e); k != "" {
		c := s.ownerOf(k)
		if c.ready() {
			return c, false
		}
		return nil, false
	}
	for range s.consumers {
		s.turn = (s.turn + 1) % len(s.consumers)
		if c := s.consumers[s.turn]; c.ready() {
			return c, false
		}
	}
	return nil, true
}

func (s *subscription) anyReady() bool {
	return slices.ContainsFunc(s.consumers, (*consumer).ready)
}

// ownerOf is who has entries of a key, else who of all would have them: when one
// goes, only its keys move.
func (s *subscription) ownerOf(k string) *consumer {
	if held := s.keys[k]; held != nil {
		return held.consumer
	}
	var owner *consumer
	var most uint64
	for _, c := range s.consumers {
		h := fnv.New64a()
		_, _ = h.Write([]byte(k)) // never fails
		sum := (h.Sum64() ^ c.number*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
		if sum ^= sum >> 32; owner == nil || sum > most {
			owner, most = c, sum
		}
	}
	return owner
}

// give sends an entry.
func (s *subscription) give(e *entry, c *consumer) {
	c.permits -= e.batch
	s.out[e.id] = &lease{entry: e, consumer: c}
	if k := s.orderingKey(e); k != "" {
		if s.keys[k] == nil {
			s.keys[k] = &hold{consumer: c}
		}
		s.keys[k].leases++
	}
	body := frame.Body(nil).Uint(1, c.id).Bytes(2, messageID(e.id))
	if count := s.counts[e.id]; count > 0 {
		body = body.Uint(3, uint64(count))
	}
	c.session.send(frame.Message, body, e.rest)
}

func messageID(id uint64) frame.Body {
	return frame.Body(nil).Uint(1, ledger).Uint(2, id)
}
