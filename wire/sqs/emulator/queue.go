package emulator

import (
	"container/heap"
	"time"
)

// queue is the messages of one queue. A standard queue has one lane, a FIFO
// queue one for each message group.
type queue struct {
	name  string
	arn   string
	fifo  bool
	attrs map[string]string // those that were set
	tags  map[string]string
	made  time.Time
	set   time.Time // when the attributes were last changed

	settings
	sequence uint64
	stored   *int // bytes of messages in all queues

	lanes    map[string]*lane
	open     laneHeap            // lanes that can deliver, by their first message
	timed    timedHeap           // messages that come back or come up at a time
	inflight map[string]*message // by receipt handle
	seen     map[string]sighting // by deduplication id
	sights   []sighting          // in order of time, to forget them

	changed chan struct{} // closed and replaced whenever a poll may find something
}

// sighting is a deduplication id that was seen.
type sighting struct {
	id      string
	at      time.Time
	message *message
}

// deduplication is how long a FIFO queue remembers the ids it has seen.
const deduplication = 5 * time.Minute

// place is where a message of a queue is.
type place int

const (
	ready   place = iota // in its lane
	hidden               // with a receiver, or requeued with a delay
	delayed              // not delivered yet
	gone
)

// message is one stored message.
type message struct {
	id       string
	body     string
	attrs    map[string]attribute
	system   map[string]string
	size     int
	sequence uint64
	group    string
	dedup    string
	sent     time.Time

	receives int
	first    time.Time // when it was first received
	handle   string    // the newest receipt handle

	lane  *lane
	place place
	when  time.Time // when it comes back or comes up
	index int       // in the heap where it is
}

// lane is the messages that keep their order among themselves.
type lane struct {
	group string
	ready messageHeap
	busy  int // messages with receivers
	late  int // messages that are delayed
	index int // in queue.open; -1 when not there
}

func newQueue(name, arn string, at time.Time, stored *int) *queue {
	return &queue{
		name: name, arn: arn, stored: stored, attrs: make(map[string]string), tags: make(map[string]string), made: at, set: at,
		lanes: make(map[string]*lane), inflight: make(map[string]*message), seen: make(map[string]sighting),
		changed: make(chan struct{}),
	}
}

func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *queue) lane(group string) *lane {
	l, ok := q.lanes[group]
	if !ok {
		l = &lane{group: group, index: -1}
		q.lanes[group] = l
	}
	return l
}

// put stores a message, to be delivered at a time.
func (q *queue) put(m *message, at time.Time) {
	group := ""
	if q.fifo {
		group = m.group
	}
	m.lane = q.lane(group)
	*q.stored += m.size
	if at.After(m.sent) {
		q.later(m, delayed, at)
		m.lane.late++
		return
	}
	q.shelve(m)
	q.wake()
}

// shelve makes a message ready to be received.
func (q *queue) shelve(m *message) {
	m.place = ready
	heap.Push(&m.lane.ready, m)
	q.settle(m.lane)
}

func (q *queue) later(m *message, p place, at time.Time) {
	m.place, m.when = p, at
	heap.Push(&q.timed, m)
}

// settle puts a lane where it belongs after something in it changed.
func (q *queue) settle(l *lane) {
	open := len(l.ready) > 0 && (!q.fifo || l.busy == 0)
	switch {
	case open && l.index >= 0:
		heap.Fix(&q.open, l.index)
	case open:
		heap.Push(&q.open, l)
	case l.index >= 0:
		heap.Remove(&q.open, l.index)
	}
	if len(l.ready) == 0 && l.busy == 0 && l.late == 0 {
		delete(q.lanes, l.group)
	}
}

// tick brings back what has waited long enough, and returns when to look again;
// the zero time is never.
func (q *queue) tick(at time.Time) time.Time {
	for len(q.timed) > 0 && !q.timed[0].when.After(at) {
		m := heap.Pop(&q.timed).(*message)
		q.surface(m)
	}
	for len(q.sights) > 0 && at.Sub(q.sights[0].at) > deduplication {
		if old := q.sights[0]; q.seen[old.id].at.Equal(old.at) {
			delete(q.seen, old.id)
		}
		q.sights = q.sights[1:]
	}
	if len(q.timed) == 0 {
		return time.Time{}
	}
	return q.timed[0].when
}

// surface makes ready a message that is no longer in timed.
func (q *queue) surface(m *message) {
	if m.place == delayed {
		m.lane.late--
	} else {
		delete(q.inflight, m.handle)
		m.lane.busy--
	}
	q.shelve(m)
}

// take hands out at most n messages until a time. Those that were received too
// often, and those too old, are given to the functions instead.
func (q *queue) take(n int, until, at time.Time, dead func(*message) bool) []*message {
	var list []*message
	for len(list) < n && len(q.open) > 0 {
		l := q.open[0]
		for len(list) < n && len(l.ready) > 0 {
			m := heap.Pop(&l.ready).(*message)
			if at.Sub(m.sent) > q.retention || dead(m) {
				q.forget(m)
				continue
			}
			m.receives++
			if m.first.IsZero() {
				m.first = at
			}
			m.handle = newID() + ":" + q.name
			q.inflight[m.handle] = m
			l.busy++
			q.later(m, hidden, until)
			list = append(list, m)
		}
		q.settle(l)
	}
	return list
}

// forget is for a message that is in no heap any more.
func (q *queue) forget(m *message) {
	m.place = gone
	*q.stored -= m.size
}

// remove takes out a message that is with a receiver. What remembers its id for
// minutes needs none of what it said.
func (q *queue) remove(m *message) {
	heap.Remove(&q.timed, m.index)
	delete(q.inflight, m.handle)
	m.lane.busy--
	q.forget(m)
	m.body, m.attrs, m.system = "", nil, nil
	q.settle(m.lane)
	if m.lane.index >= 0 {
		q.wake()
	}
}

// hide changes until when a message with a receiver is hidden from others.
func (q *queue) hide(m *message, until, at time.Time) {
	heap.Remove(&q.timed, m.index)
	if until.After(at) {
		q.later(m, hidden, until)
		return
	}
	q.surface(m)
	q.wake()
}

// purge forgets all messages.
func (q *queue) purge() {
	for _, l := range q.lanes {
		for _, m := range l.ready {
			q.forget(m)
		}
	}
	for _, m := range q.timed {
		q.forget(m)
	}
	q.lanes, q.inflight = make(map[string]*lane), make(map[string]*message)
	q.open, q.timed = nil, nil
}

// count returns how many messages can be received, and how many are delayed.
func (q *queue) count() (visible, late int) {
	for _, l := range q.lanes {
		visible += len(l.ready)
		late += l.late
	}
	return visible, late
}

// messageHeap orders the messages of a lane as they were sent.
type messageHeap []*message

func (h messageHeap) Len() int           { return len(h) }
func (h messageHeap) Less(i, j int) bool { return h[i].sequence < h[j].sequence }
func (h messageHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *messageHeap) Push(x any)        { m := x.(*message); m.index = len(*h); *h = append(*h, m) }
func (h *messageHeap) Pop() any          { return popLast((*[]*message)(h)) }

// timedHeap orders messages by when they come back.
type timedHeap []*message

func (h timedHeap) Len() int           { return len(h) }
func (h timedHeap) Less(i, j int) bool { return h[i].when.Before(h[j].when) }
func (h timedHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *timedHeap) Push(x any)        { m := x.(*message); m.index = len(*h); *h = append(*h, m) }
func (h *timedHeap) Pop() any          { return popLast((*[]*message)(h)) }

// laneHeap orders lanes by their first message.
type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].ready[0].sequence < h[j].ready[0].sequence }
func (h laneHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].index, h[j].index = i, j }
func (h *laneHeap) Push(x any)        { l := x.(*lane); l.index = len(*h); *h = append(*h, l) }
func (h *laneHeap) Pop() any {
	l := popLast((*[]*lane)(h))
	l.index = -1
	return l
}

func popLast[T any](list *[]*T) *T {
	last := len(*list) - 1
	x := (*list)[last]
	(*list)[last] = nil
	*list = (*list)[:last]
	return x
}
