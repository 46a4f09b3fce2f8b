package bridge

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Counts is what a bridge did so far.
type Counts struct {
	// Received are all that arrived; Carried those that the target confirmed;
	// Passed those that the mapping did not want.
	Received uint64 `json:"received"`
	Carried  uint64 `json:"carried"`
	Passed   uint64 `json:"passed,omitempty"`
	// DeadLetters, Skipped and Retried are what went wrong.
	DeadLetters uint64 `json:"deadLetters,omitempty"`
	Skipped     uint64 `json:"skipped,omitempty"`
	Retried     uint64 `json:"retried,omitempty"`
	// Redelivered of those carried were, or may have been, carried before.
	Redelivered uint64 `json:"redelivered,omitempty"`
	// BytesIn and BytesOut are those of bodies, headers and keys.
	BytesIn  uint64 `json:"bytesIn"`
	BytesOut uint64 `json:"bytesOut"`
	// Age is how old the last message was when the target had it, in
	// milliseconds; 0 where messages have no times.
	Age int64 `json:"ageMs,omitempty"`
}

// counters are Counts that change.
type counters struct {
	received, carried, passed, buried, skipped, retried, redelivered, in, out atomic.Uint64

	age atomic.Int64
}

func (c *counters) carry(p parcel) {
	c.carried.Add(1)
	c.in.Add(uint64(p.in.Raw.Size()))
	c.out.Add(uint64(p.out.Raw.Size()))
	if p.in.Redelivered {
		c.redelivered.Add(1)
	}
	if !p.in.Timestamp.IsZero() {
		c.age.Store(max(0, time.Since(p.in.Timestamp).Milliseconds()))
	}
}

func (c *counters) now() Counts {
	return Counts{
		Received: c.received.Load(), Carried: c.carried.Load(), Passed: c.passed.Load(),
		DeadLetters: c.buried.Load(), Skipped: c.skipped.Load(), Retried: c.retried.Load(), Redelivered: c.redelivered.Load(),
		BytesIn: c.in.Load(), BytesOut: c.out.Load(), Age: c.age.Load(),
	}
}

// room bounds what is received and not settled, so that a slow target cannot
// fill the memory.
type room struct {
	mu           sync.Mutex
	count, bytes int
	most         int
	mostBytes    int
	freed        chan struct{}
}

func newRoom(most, mostBytes int) *room {
	return &room{most: most, mostBytes: mostBytes, freed: make(chan struct{}, 1)}
}

// enter waits for room; false says that ctx ended first. A message that is
// larger than all the room goes in alone. Only one goroutine enters.
func (r *room) enter(ctx context.Context, size int) bool {
	for !r.taken(size) {
		select {
		case <-r.freed:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (r *room) taken(size int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count > 0 && (r.count >= r.most || r.bytes+size > r.mostBytes) {
		return false
	}
	r.count++
	r.bytes += size
	return true
}

func (r *room) leave(size int) {
	r.mu.Lock()
	r.count--
	r.bytes -= size
	r.mu.Unlock()
	select {
	case r.freed <- struct{}{}:
	default:
	}
}
