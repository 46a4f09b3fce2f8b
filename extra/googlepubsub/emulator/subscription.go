package emulator

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"
)

// subscription is a queue of messages for those who pull.
type subscription struct {
	proto   *pubsubpb.Subscription
	pending []*entry          // in the order of their numbers
	leased  map[string]*entry // by the id of their delivery
	keys    map[string]*key   // whose messages are leased, where order is asked for
	streams []*stream
	turn    int           // whose turn among the streams it is
	changed chan struct{} // closed and replaced for those who wait without a stream
	deleted bool
}

// entry is one message of one subscription.
type entry struct {
	message  *pubsubpb.PubsubMessage
	number   uint64
	size     int
	attempts int32

	// While it is leased.
	id     string
	stream *stream // nil where it was pulled without one
	until  time.Time
}

// key is an ordering key whose messages are leased: they are all with one
// stream, and the rest waits where that has gone.
type key struct {
	stream *stream
	leased int
}

// stream is one who pulls.
type stream struct {
	lease       time.Duration
	most        int // messages that may be leased at a time; 0 is no limit
	mostBytes   int
	leased      int
	leasedBytes int
	outbox      []*pubsubpb.ReceivedMessage
	outboxBytes int
	asked       bool          // it wants a sign of life
	wake        chan struct{} // has room for one
	gone        bool
}

// What waits to be written on one stream.
const (
	maxOutbox      = 1000
	maxOutboxBytes = 4 << 20
)

func (st *stream) room() bool {
	return !st.gone && len(st.outbox) < maxOutbox && st.outboxBytes < maxOutboxBytes &&
		(st.most <= 0 || st.leased < st.most) && (st.mostBytes <= 0 || st.leasedBytes < st.mostBytes)
}

func (st *stream) signal() {
	select {
	case st.wake <- struct{}{}:
	default:
	}
}

func (sub *subscription) wake() {
	close(sub.changed)
	sub.changed = make(chan struct{})
}

func (sub *subscription) defaultLease() time.Duration {
	return time.Duration(cmp.Or(sub.proto.GetAckDeadlineSeconds(), 10)) * time.Second
}

// orderingKey is the key of a message whose order counts, or "".
func (sub *subscription) orderingKey(e *entry) string {
	if !sub.proto.GetEnableMessageOrdering() {
		return ""
	}
	return e.message.GetOrderingKey()
}

// deliver gives messages to streams that have room; the caller holds the lock.
func (s *State) deliver(sub *subscription) {
	if len(sub.pending) == 0 {
		return
	}
	sub.wake()
	if len(sub.streams) == 0 {
		return
	}
	var kept []*entry
	blocked := map[string]bool{}
	waiting := sub.pending
	for i, e := range waiting {
		k := sub.orderingKey(e)
		if k != "" && blocked[k] {
			kept = append(kept, e)
			continue
		}
		st, wait := sub.streamFor(k)
		if wait {
			kept = append(kept, waiting[i:]...)
			break
		}
		if st == nil {
			blocked[k] = true
			kept = append(kept, e)
			continue
		}
		if s.buried(sub, e) {
			continue
		}
		received := sub.take(e, s.next(), st, st.lease)
		st.outbox = append(st.outbox, received)
		st.outboxBytes += e.size
		st.signal()
	}
	// A subscription may be among those of its own dead letters.
	sub.pending = append(kept, sub.pending[len(waiting):]...)
}

// streamFor chooses a stream: that which has the key's messages, else any with
// room. All waits where none has.
func (sub *subscription) streamFor(k string) (st *stream, wait bool) {
	if held := sub.keys[k]; k != "" && held != nil {
		if held.stream == nil || !held.stream.room() {
			return nil, false
		}
		return held.stream, false
	}
	for range sub.streams {
		sub.turn = (sub.turn + 1) % len(sub.streams)
		if st := sub.streams[sub.turn]; st.room() {
			return st, false
		}
	}
	return nil, true
}

// take leases a message.
func (sub *subscription) take(e *entry, id uint64, st *stream, lease time.Duration) *pubsubpb.ReceivedMessage {
	e.attempts++
	e.id, e.stream, e.until = strconv.FormatUint(id, 36), st, time.Now().Add(lease)
	sub.leased[e.id] = e
	if st != nil {
		st.leased++
		st.leasedBytes += e.size
	}
	if k := sub.orderingKey(e); k != "" {
		if sub.keys[k] == nil {
			sub.keys[k] = &key{stream: st}
		}
		sub.keys[k].leased++
	}
	out := &pubsubpb.ReceivedMessage{AckId: e.id, Message: e.message}
	if sub.proto.GetDeadLetterPolicy() != nil {
		out.DeliveryAttempt = e.attempts
	}
	return out
}

// release ends a lease.
func (sub *subscription) release(e *entry) {
	delete(sub.leased, e.id)
	if e.stream != nil {
		e.stream.leased--
		e.stream.leasedBytes -= e.size
	}
	if k := sub.orderingKey(e); k != "" {
		if sub.keys[k].leased--; sub.keys[k].leased == 0 {
			delete(sub.keys, k)
		}
	}
	e.id, e.stream = "", nil
}

// ack removes messages, and reports the ids that are nobody's; the caller holds
// the lock.
func (s *State) ack(sub *subscription, ids []string) (unknown []string) {
	for _, id := range ids {
		e := sub.leased[id]
		if e == nil {
			unknown = append(unknown, id)
			continue
		}
		sub.release(e)
		s.stored -= e.size
	}
	return unknown
}

// modify sets how long messages are leased from now on; 0 gives them back. The
// caller holds the lock.
func (s *State) modify(sub *subscription, ids []string, lease time.Duration) {
	var back []*entry
	for _, id := range ids {
		e := sub.leased[id]
		switch {
		case e == nil:
		case lease == 0:
			back = append(back, e)
		default:
			e.until = time.Now().Add(lease)
		}
	}
	if len(back) > 0 {
		s.giveBack(sub, back)
	}
}

// giveBack puts messages where they were. With order, those of the key that
// were leased after them come again too.
func (s *State) giveBack(sub *subscription, back []*entry) {
	first := map[string]uint64{}
	for _, e := range back {
		if k := sub.orderingKey(e); k != "" && (first[k] == 0 || e.number < first[k]) {
			first[k] = e.number
		}
	}
	if len(first) > 0 {
		for _, e := range sub.leased {
			if since := first[sub.orderingKey(e)]; since != 0 && e.number > since && !slices.Contains(back, e) {
				back = append(back, e)
			}
		}
	}
	for _, e := range back {
		sub.release(e)
	}
	sub.pending = append(sub.pending, back...)
	slices.SortFunc(sub.pending, func(a, b *entry) int { return cmp.Compare(a.number, b.number) })
}

// buried moves a message to the dead letters if it was delivered often enough.
func (s *State) buried(sub *subscription, e *entry) bool {
	policy := sub.proto.GetDeadLetterPolicy()
	if policy == nil || e.attempts < cmp.Or(policy.GetMaxDeliveryAttempts(), 5) {
		return false
	}
	t := s.topics[policy.GetDeadLetterTopic()]
	if t == nil {
		return false
	}
	s.stored -= e.size
	m := proto.CloneOf(e.message)
	if m.Attributes == nil {
		m.Attributes = map[string]string{}
	}
	m.Attributes["CloudPubSubDeadLetterSourceSubscription"] = sub.proto.GetName()[strings.LastIndexByte(sub.proto.GetName(), '/')+1:]
	s.publish(t, m, e.size) // delivered with the next tick: somebody is just delivering
	return true
}

// leave takes a stream away; what it leased stays leased until that is over.
func (sub *subscription) leave(st *stream) {
	if st.gone {
		return
	}
	st.gone = true
	sub.streams = slices.DeleteFunc(sub.streams, func(x *stream) bool { return x == st })
	for _, e := range sub.leased {
		if e.stream == st {
			e.stream = nil
		}
	}
	for _, k := range sub.keys {
		if k.stream == st {
			k.stream = nil
		}
	}
	st.signal()
}
