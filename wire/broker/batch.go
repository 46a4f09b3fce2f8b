package broker

import (
	"context"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// batch gathers the messages of concurrent Sends for protocols whose client
// library does not. One batch is under way at a time, which keeps the order;
// what arrives meanwhile is the next one, so that a busy sender batches by
// itself and an idle one does not wait (unless linger asks for it).
type batch struct {
	send    func(context.Context, []*driver.Message) error
	late    func(error) error // puts an ended context into words
	linger  time.Duration
	most    int           // messages in one batch; 0 is no limit
	timeout time.Duration // of one batch

	mu      sync.Mutex
	waiting []parcel
	running bool
}

// parcel is one message of one Send.
type parcel struct {
	order *order
	index int
}

// order is one Send. All but done is guarded by the batch's lock.
type order struct {
	messages []*driver.Message
	errs     []error
	settled  []bool
	left     int // messages whose fate is open
	done     chan struct{}
}

// add waits until its messages were sent or ctx ends. Those that no batch had
// taken by then are withdrawn; the fate of the others is unknown.
func (b *batch) add(ctx context.Context, messages []*driver.Message) error {
	o := &order{
		messages: messages,
		errs:     make([]error, len(messages)),
		settled:  make([]bool, len(messages)),
		left:     len(messages),
		done:     make(chan struct{}),
	}
	b.enqueue(o)
	select {
	case <-o.done:
	case <-ctx.Done():
		b.withdraw(o, b.late(ctx.Err()))
	}
	return driver.JoinBatch(o.errs)
}

func (b *batch) enqueue(o *order) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range o.messages {
		b.waiting = append(b.waiting, parcel{order: o, index: i})
	}
	if !b.running {
		b.running = true
		go b.run()
	}
}

// run sends batches until nobody waits.
func (b *batch) run() {
	for {
		if b.linger > 0 {
			time.Sleep(b.linger)
		}
		parcels := b.take()
		if parcels == nil {
			return
		}
		b.sendAll(parcels)
	}
}

func (b *batch) take() []parcel {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.running = false
		return nil
	}
	n := len(b.waiting)
	if b.most > 0 {
		n = min(n, b.most)
	}
	parcels := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	return parcels
}

func (b *batch) sendAll(parcels []parcel) {
	messages := make([]*driver.Message, len(parcels))
	for i, p := range parcels {
		messages[i] = p.order.messages[p.index]
	}
	// The batch belongs to several Sends, so that none of their contexts fits.
	ctx, cancel := context.WithTimeout(context.Background(), b.timeout)
	defer cancel()
	errs := driver.SplitBatch(b.send(ctx, messages), len(messages))

	b.mu.Lock()
	defer b.mu.Unlock()
	for i, p := range parcels {
		p.order.settle(p.index, errs[i])
	}
}

// withdraw gives up an order: afterwards nobody but its Send touches its errors.
func (b *batch) withdraw(o *order, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := make([]parcel, 0, len(b.waiting))
	for _, p := range b.waiting {
		if p.order != o {
			kept = append(kept, p)
		}
	}
	b.waiting = kept
	for i := range o.messages {
		o.settle(i, why)
	}
}

// settle records the fate of one message, the first time it is told.
func (o *order) settle(index int, err error) {
	if o.settled[index] {
		return
	}
	o.settled[index] = true
	o.errs[index] = err
	if o.left--; o.left == 0 {
		close(o.done)
	}
}
