package nats

import (
	"sync"

	"github.com/nats-io/nats.go"
)

// arrival is a message that came, and at jetstream what the server says of it.
type arrival struct {
	m     *nats.Msg
	facts facts
	again bool // it was requeued here, of which the server knows nothing
}

// queue holds messages between the client library, which brings them on a
// goroutine of its own, and Receive.
type queue struct {
	ready chan struct{} // holds something when a waiting Receive may look again
	limit int           // bytes above which push waits; 0 is none

	mu     sync.Mutex
	room   sync.Cond
	items  []arrival
	bytes  int
	closed bool
}

func newQueue(limit int) *queue {
	q := &queue{ready: make(chan struct{}, 1), limit: limit}
	q.room.L = &q.mu
	return q
}

// push adds a message. Where there is a limit it waits for room, whereupon the
// client library gathers, and in the end drops, what comes meanwhile.
func (q *queue) push(a arrival) {
	q.mu.Lock()
	for q.limit > 0 && q.bytes > q.limit && !q.closed {
		q.room.Wait()
	}
	q.items = append(q.items, a)
	q.bytes += a.m.Size()
	q.mu.Unlock()
	q.wake()
}

// wake makes a waiting Receive look again.
func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take removes at most max messages; less than 1 is all there are.
func (q *queue) take(max int) []arrival {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.items)
	if max > 0 {
		n = min(n, max)
	}
	taken := q.items[:n:n]
	for _, a := range taken {
		q.bytes -= a.m.Size()
	}
	if q.items = q.items[n:]; len(q.items) == 0 {
		q.items = nil
	} else {
		q.wake() // there is more for the next Receive
	}
	q.room.Broadcast()
	return taken
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

// close lets everybody go.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.room.Broadcast()
	q.mu.Unlock()
	q.wake()
}
