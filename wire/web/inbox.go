package web

import (
	"context"
	"slices"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// What may wait for a receiver unless it says otherwise, in messages, and in
// any case in bytes. One message is always taken.
const (
	usualInbox = 1000
	inboxBytes = 64 << 20
)

// Inbox holds what arrived until it is received.
type Inbox struct {
	limit int

	mu    sync.Mutex
	list  []*driver.Message
	bytes int
	err   error // what comes after the messages

	ready chan struct{} // one token: there may be something
	room  chan struct{} // one token: there may be room
}

// NewInbox makes an inbox of at most limit messages; below 1 is the usual.
func NewInbox(limit int) *Inbox {
	if limit < 1 {
		limit = usualInbox
	}
	return &Inbox{limit: limit, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Offer adds a message and reports whether there was room. What comes to a
// closed inbox is gone.
func (b *Inbox) Offer(m *driver.Message) bool {
	taken, err := b.offer(m)
	return taken || err != nil
}

// offer adds a message, or says why the inbox takes no more.
func (b *Inbox) offer(m *driver.Message) (taken bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return false, b.err
	}
	if !b.fits(m) {
		return false, nil
	}
	b.add(m)
	signal(b.ready)
	return true, nil
}

// Put waits for room. The error says that the message was not taken: ctx's, or
// what the inbox was closed with.
func (b *Inbox) Put(ctx context.Context, m *driver.Message) error {
	for {
		taken, err := b.offer(m)
		if taken || err != nil {
			signal(b.room) // others may wait beside us
			return err
		}
		select {
		case <-b.room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// PutAll is Put for several messages, in order: it wakes who waits for them once.
// The error says that not all of them were taken.
func (b *Inbox) PutAll(ctx context.Context, list []*driver.Message) error {
	for len(list) > 0 {
		n := b.offerAll(list)
		if list = list[n:]; len(list) == 0 {
			return nil
		}
		if err := b.Put(ctx, list[0]); err != nil {
			return err
		}
		list = list[1:]
	}
	return nil
}

// offerAll adds as many messages as there is room for, and says how many.
func (b *Inbox) offerAll(list []*driver.Message) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = slices.Grow(b.list, min(len(list), b.limit))
	n := 0
	for n < len(list) && b.err == nil && b.fits(list[n]) {
		b.add(list[n])
		n++
	}
	if n > 0 {
		signal(b.ready)
	}
	return n
}

// fits and add are of whoever holds b.mu.
func (b *Inbox) fits(m *driver.Message) bool {
	n := len(b.list)
	return n == 0 || n < b.limit && b.bytes+len(m.Body) <= inboxBytes
}

func (b *Inbox) add(m *driver.Message) {
	b.list = append(b.list, m)
	b.bytes += len(m.Body)
}

// Take waits for messages and returns at most limit of them (limit < 1: all).
func (b *Inbox) Take(ctx context.Context, limit int) ([]*driver.Message, error) {
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

func (b *Inbox) look(limit int) ([]*driver.Message, error) {
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

// Fail makes err follow what is there already.
func (b *Inbox) Fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
	signal(b.ready)
	signal(b.room)
}

// Close forgets what is there.
func (b *Inbox) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list, b.bytes, b.err = nil, 0, ErrClosed
	signal(b.ready)
	signal(b.room)
}
