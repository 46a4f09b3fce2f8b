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
	linger  time.Duration
	most    int           // messages in one batch; 0 is no limit
	timeout time.Duration // of one batch

	mu      sync.Mutex
	waiting []*parcel
	running bool
}

// parcel is one message and the Send that waits for it.
type parcel struct {
	message *driver.Message
	err     error
	taken   bool // part of a batch: can no longer be withdrawn
	done    *sync.WaitGroup
}

// add waits until its messages were sent or ctx ends. Those that had not been
// taken into a batch by then are withdrawn; the fate of the others is unknown.
func (b *batch) add(ctx context.Context, messages []*driver.Message) error {
	var done sync.WaitGroup
	done.Add(len(messages))
	parcels := make([]*parcel, len(messages))
	for i, m := range messages {
		parcels[i] = &parcel{message: m, done: &done}
	}
	b.mu.Lock()
	b.waiting = append(b.waiting, parcels...)
	if !b.running {
		b.running = true
		go b.run()
	}
	b.mu.Unlock()

	sent := make(chan struct{})
	go func() {
		done.Wait()
		close(sent)
	}()
	select {
	case <-sent:
	case <-ctx.Done():
		b.withdraw(parcels, ctx.Err())
		<-sent // what was taken ends within the batch's own timeout
	}
	errs := make([]error, len(parcels))
	for i, p := range parcels {
		errs[i] = p.err
	}
	return driver.JoinBatch(errs)
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

func (b *batch) take() []*parcel {
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
	for _, p := range parcels {
		p.taken = true
	}
	return parcels
}

func (b *batch) sendAll(parcels []*parcel) {
	messages := make([]*driver.Message, len(parcels))
	for i, p := range parcels {
		messages[i] = p.message
	}
	// The batch belongs to several Sends, so that none of their contexts fits.
	ctx, cancel := context.WithTimeout(context.Background(), b.timeout)
	defer cancel()
	errs := driver.SplitBatch(b.send(ctx, messages), len(messages))
	for i, p := range parcels {
		p.err = errs[i]
		p.done.Done()
	}
}

// withdraw takes back the parcels that are still waiting.
func (b *batch) withdraw(parcels []*parcel, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	gone := make(map[*parcel]bool, len(parcels))
	for _, p := range parcels {
		if !p.taken {
			gone[p] = true
			p.err = why
			p.done.Done()
		}
	}
	kept := make([]*parcel, 0, len(b.waiting))
	for _, p := range b.waiting {
		if !gone[p] {
			kept = append(kept, p)
		}
	}
	b.waiting = kept
}
