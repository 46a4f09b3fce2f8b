package mock

import (
	"context"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/endpoint"
)

// holdTime is how long a message that is to be out of order waits for another
// one to overtake it.
const holdTime = time.Second

// outlet sends what one operation sends, with the faults that were asked for.
type outlet struct {
	mock      *Mock
	operation string
	kind      Kind // what is told: Sent or Answered
	// asks waits for replies to what is sent; nil where none is wanted.
	asks *asks

	mu   sync.Mutex
	held *parcel // waits until the next one has gone
}

// parcel is one message on its way out.
type parcel struct {
	sender *endpoint.Sender
	sent   *endpoint.Message
	fate   fate
}

// fate decides what becomes of a message, by its number in the operation.
func (o *outlet) fate(number uint64) fate {
	return o.mock.opt.Faults.fateOf(seedOf(o.mock.opt.Seed, "fault/"+o.operation), number)
}

// send sends a message, or does to it what its fate says.
func (o *outlet) send(ctx context.Context, sender *endpoint.Sender, out endpoint.Outgoing, f fate) error {
	sent, err := sender.Encode(out)
	if err != nil {
		return err
	}
	if f.drop {
		o.mock.tally.dropped(o.operation)
		o.mock.tell(Event{Kind: Dropped, Operation: o.operation, Message: sent})
		return nil
	}
	if f.malformed && sent.Raw != nil {
		raw := *sent.Raw
		raw.Body = broken(raw.Body)
		sent.Raw = &raw
	}
	if !pause(ctx, f.delay) {
		return ctx.Err()
	}
	p := &parcel{sender: sender, sent: sent, fate: f}
	if f.reorder && o.hold(ctx, p) {
		return nil
	}
	if err := o.put(ctx, p); err != nil {
		return err
	}
	if late := o.take(nil); late != nil {
		return o.put(ctx, late)
	}
	return nil
}

// put sends a message now.
func (o *outlet) put(ctx context.Context, p *parcel) error {
	times := 1
	if p.fate.duplicate {
		times = 2
	}
	request := o.asks.expect(p.sent)
	for n := range times {
		err := p.sender.SendEncoded(ctx, p.sent)
		if n == 0 {
			o.asks.sent(request, err)
		}
		if err != nil {
			return err
		}
		o.mock.tally.put(o.operation, o.kind)
	}
	o.mock.tell(Event{Kind: o.kind, Operation: o.operation, Message: p.sent, Fault: p.fate.words()})
	return nil
}

// hold keeps a message back; false where another one is held already. One that
// nothing overtakes is sent after a while, or when the mock ends.
func (o *outlet) hold(ctx context.Context, p *parcel) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held != nil {
		return false
	}
	o.held = p
	o.mock.work.Go(func() {
		pause(ctx, holdTime)
		if o.take(p) == nil {
			return
		}
		sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		if err := o.put(sending, p); err != nil {
			o.mock.tell(Event{Kind: Failed, Operation: o.operation, Err: err})
		}
	})
	return true
}

// take takes back what is held: this one, or with nil whatever it is.
func (o *outlet) take(p *parcel) *parcel {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p != nil && o.held != p {
		return nil
	}
	held := o.held
	o.held = nil
	return held
}
