// Package backlog keeps the messages of a queue that wait for somebody to take
// them, in order: what is given back returns to its place. It is what the
// embedded servers of queues have in common.
//
// It has no lock: a server guards it with its own. It must not know protocols,
// connections or consumers.
package backlog

import (
	"container/list"
	"time"
)

// Sized is what a message must be: something that costs memory, in bytes.
type Sized interface{ Size() int }

// Entry is one message in one queue.
type Entry[M Sized] struct {
	Message     M
	Redelivered bool      // it was given out before
	Failures    uint32    // how often that failed, where the protocol counts
	Deadline    time.Time // when it expires; zero is never

	number uint64
}

// Backlog is the messages that wait. The zero Backlog is empty.
type Backlog[M Sized] struct {
	entries list.List // of *Entry[M], in the order of their numbers
	bytes   int
	number  uint64
}

// Len is how many messages wait.
func (b *Backlog[M]) Len() int { return b.entries.Len() }

// Bytes is how much memory they cost.
func (b *Backlog[M]) Bytes() int { return b.bytes }

// Push adds a message behind all others.
func (b *Backlog[M]) Push(m M, deadline time.Time) *Entry[M] {
	b.number++
	e := &Entry[M]{Message: m, Deadline: deadline, number: b.number}
	b.entries.PushBack(e)
	b.bytes += m.Size()
	return e
}

// Pop takes the first message; there must be one.
func (b *Backlog[M]) Pop() *Entry[M] {
	e := b.entries.Remove(b.entries.Front()).(*Entry[M])
	b.bytes -= e.Message.Size()
	return e
}

// Last is the last message, or nil.
func (b *Backlog[M]) Last() *Entry[M] {
	if at := b.entries.Back(); at != nil {
		return at.Value.(*Entry[M])
	}
	return nil
}

// PutBack returns an entry to its place. What comes back is nearly always
// before all that is there.
func (b *Backlog[M]) PutBack(e *Entry[M]) {
	b.bytes += e.Message.Size()
	for at := b.entries.Front(); at != nil; at = at.Next() {
		if at.Value.(*Entry[M]).number > e.number {
			b.entries.InsertBefore(e, at)
			return
		}
	}
	b.entries.PushBack(e)
}

// Expired takes the first message if its time is over. Otherwise it returns nil
// and how long it has left, 0 for ever.
func (b *Backlog[M]) Expired() (*Entry[M], time.Duration) {
	if b.entries.Len() == 0 {
		return nil, 0
	}
	e := b.entries.Front().Value.(*Entry[M])
	if e.Deadline.IsZero() {
		return nil, 0
	}
	if left := time.Until(e.Deadline); left > 0 {
		return nil, left
	}
	return b.Pop(), 0
}

// All calls yield for each message that waits, in order, until it returns false.
func (b *Backlog[M]) All(yield func(*Entry[M]) bool) {
	for at := b.entries.Front(); at != nil; at = at.Next() {
		if !yield(at.Value.(*Entry[M])) {
			return
		}
	}
}

// Next returns the consumer whose turn it is among those that can take a message,
// the one after the last; turn is remembered between calls.
func Next[C interface{ Ready() bool }](consumers []C, turn *int) (next C, ok bool) {
	for range consumers {
		*turn = (*turn + 1) % len(consumers)
		if c := consumers[*turn]; c.Ready() {
			return c, true
		}
	}
	return next, false
}
