package websocket

import (
	"context"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// What may wait for a receiver unless it says otherwise, in messages, and in
// any case in bytes. One message is always taken.
const (
	usualInbox = 1000
	inboxBytes = 64 << 20
)

// inbox holds what arrived until it is received.
type inbox struct {
	limit int

	mu    sync.Mutex
	list  []*driver.Message
	bytes int
	err   error // what comes after the messages

	ready chan struct{} // one token: there may be something
	room  chan struct{} // one token: there may be room
}

func newInbox(limit int) *inbox {
	if limit < 1 {
		limit = usualInbox
	}
	return &inbox{limit: limit, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// offer adds a message and reports whether there was room. What comes to a
// closed inbox is gone.
func (b *inbox) offer(m *driver.Message) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return true
	}
	if n := len(b.list); n >= b.limit || n > 0 && b.bytes+len(m.Body) > inboxBytes {
		return false
	}
	b.list = append(b.list, m)
	b.bytes += len(m.Body)
	signal(b.ready)
	return true
}

// put waits for room.
func (b *inbox) put(ctx context.Context, m *driver.Message) {
	for !b.offer(m) {
		select {
		case <-b.room:
		case <-ctx.Done():
			return
		}
	}
}

// take waits for messages and returns at most limit of them (limit < 1: all).
func (b *inbox) take(ctx context.Context, limit int) ([]*driver.Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		messages, err := b.look(limit)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		select {
		case <-b.ready:
		case <-ctx.Done():
		}
	}
}

func (b *inbox) look(limit int) ([]*driver.Message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.list)
	if n == 0 {
		if b.err != nil {
			signal(b.ready) // for others that wait
		}
		return nil, b.err
	}
	if limit > 0 && limit < n {
		n = limit
		signal(b.ready)
	}
	messages := b.list[:n:n]
	if b.list = b.list[n:]; len(b.list) == 0 {
		b.list = nil
	}
	for _, m := range messages {
		b.bytes -= len(m.Body)
	}
	signal(b.room)
	return messages, nil
}

// fail makes err follow what is there already.
func (b *inbox) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	signal(b.ready)
	signal(b.room)
}

// close forgets what is there.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list, b.bytes, b.err = nil, 0, errClosed
	signal(b.ready)
	signal(b.room)
}
