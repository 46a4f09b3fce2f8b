package redis

import (
	"context"
	"slices"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// delivery is one handing over of one message, and the token of that message.
type delivery struct {
	inbox   *inbox
	id      streamID // of a stream's entry
	count   int      // how often it was delivered, this time included
	place   int      // in its receiver's holding
	over    bool     // settled, or being settled
	failed  bool     // settling it failed: it is held no longer
	gone    bool     // given to another member of the group meanwhile
	message driver.Message
}

// own makes the delivery the token of its message.
func (d *delivery) own(b *inbox) {
	d.inbox = b
	d.message.Token = d
}

// again makes another delivery of the same message.
func (d *delivery) again() *delivery {
	next := &delivery{id: d.id, message: d.message}
	next.own(d.inbox)
	next.repeat(d.count + 1)
	return next
}

// inbox holds what has arrived until somebody asks for it.
type inbox struct {
	prefetch int // most messages waiting and unsettled; 0 for no bound on the unsettled
	ahead    int // most messages waiting, without a prefetch

	mu      sync.Mutex
	closed  bool
	failed  error // why nothing more will come
	waiting []*delivery
	held    int           // handed out and not settled
	changed chan struct{} // closed whenever anything above changes; nil while nobody waits
}

func newInbox(prefetch, ahead int) *inbox {
	return &inbox{prefetch: prefetch, ahead: ahead}
}

// wake lets those look again who wait; the caller holds the lock.
func (b *inbox) wake() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// change is closed when something changes; the caller holds the lock.
func (b *inbox) change() <-chan struct{} {
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// room returns how many messages may arrive now, and what to wait for when
// that is none.
func (b *inbox) room() (int, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	free := b.ahead - len(b.waiting)
	if b.prefetch > 0 {
		free = min(free, b.prefetch-b.held-len(b.waiting))
	}
	if free > 0 {
		return free, nil
	}
	return 0, b.change()
}

func (b *inbox) add(list []*delivery) {
	if len(list) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range list {
		d.own(b)
	}
	b.waiting = append(b.waiting, list...)
	b.wake()
}

// fail makes err the last thing that a Receive returns.
func (b *inbox) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = err
	b.wake()
}

// close ends waiting; it reports whether the inbox was open.
func (b *inbox) close() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := !b.closed
	b.closed = true
	b.wake()
	return was
}

// receive waits for messages. Its errors are for the caller to put into
// words.
func (b *inbox) receive(ctx context.Context, most int) ([]*driver.Message, error) {
	for {
		messages, changed, err := b.take(ctx, most)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (b *inbox) take(ctx context.Context, most int) ([]*driver.Message, <-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.waiting)
	switch {
	case b.closed:
		return nil, nil, errClosed
	case n == 0:
		return nil, b.change(), b.failed
	case most > 0:
		n = min(n, most)
	}
	messages := make([]*driver.Message, n)
	for i, d := range b.waiting[:n] {
		messages[i] = &d.message
		b.waiting[i] = nil // the slice below keeps the array
	}
	b.waiting = b.waiting[n:]
	b.held += n
	b.wake()
	return messages, nil, nil
}

// release counts n messages as settled.
func (b *inbox) release(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= n
	b.wake()
}

// drop takes away a delivery that is no longer ours.
func (b *inbox) drop(d *delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := slices.Index(b.waiting, d); at >= 0 {
		b.waiting = slices.Delete(b.waiting, at, at+1)
	} else {
		b.held--
	}
	b.wake()
}

// again puts deliveries before all others, in their old order.
func (b *inbox) again(list []*delivery) {
	if len(list) == 0 {
		return
	}
	slices.SortFunc(list, func(x, y *delivery) int { return x.id.compare(y.id) })
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(list, b.waiting...)
	b.wake()
}
