package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// lane carries messages in their order, many at a time.
type lane struct {
	bridge *Bridge
	in     chan *endpoint.Message
}

// A batch is this many messages, or a little more than this many bytes.
const (
	maxBatch      = 500
	maxBatchBytes = 1 << 20
)

// How long a lane waits before it tries again what the target did not take.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// parcel is a message on its way.
type parcel struct {
	in, out *endpoint.Message
}

// run carries until its channel is closed. When carrying ends it begins no other
// batch, and leaves the rest to the next bridge of the group; working ends what
// is under way.
func (l *lane) run(carrying, working context.Context) {
	for m := range l.in {
		if carrying.Err() != nil {
			continue
		}
		batch := l.gather(m)
		l.carry(carrying, working, batch)
		for _, m := range batch {
			l.bridge.room.leave(m.Raw.Size())
		}
	}
}

// gather takes what waits, up to a batch.
func (l *lane) gather(first *endpoint.Message) []*endpoint.Message {
	batch, size := []*endpoint.Message{first}, first.Raw.Size()
	for len(batch) < maxBatch && size < maxBatchBytes {
		select {
		case m, ok := <-l.in:
			if !ok {
				return batch
			}
			batch, size = append(batch, m), size+m.Raw.Size()
		default:
			return batch
		}
	}
	return batch
}

func (l *lane) carry(carrying, working context.Context, batch []*endpoint.Message) {
	b := l.bridge
	parcels, unwanted := b.write(batch)
	b.settle(unwanted)
	b.send(carrying, working, parcels)
}

// write makes messages ready, up to the first that stops the bridge.
func (b *Bridge) write(batch []*endpoint.Message) (parcels []parcel, unwanted []*endpoint.Message) {
	parcels = make([]parcel, 0, len(batch))
	for _, m := range batch {
		out, wanted, err := b.writer.write(m)
		switch {
		case err != nil:
			b.unfit(m, err)
			if b.opt.OnFailure == Stop {
				return parcels, unwanted
			}
		case !wanted:
			b.counts.passed.Add(1)
			unwanted = append(unwanted, m)
		default:
			parcels = append(parcels, parcel{m, out})
		}
	}
	return parcels, unwanted
}

// send sends until everything is confirmed or refused for good.
func (b *Bridge) send(carrying, working context.Context, parcels []parcel) {
	wait := firstWait
	for len(parcels) > 0 {
		left, cause := b.attempt(working, parcels)
		if len(left) == 0 {
			return
		}
		if !b.mayRetry(carrying, cause) {
			return
		}
		if len(left) < len(parcels) {
			wait = firstWait
		}
		b.counts.retried.Add(uint64(len(left)))
		b.opt.OnEvent(Event{Kind: Retrying, Err: cause, Wait: wait, Count: len(left)})
		if !sleep(carrying, wait) {
			return
		}
		wait, parcels = min(2*wait, longestWait), left
	}
}

// mayRetry reports whether trying again can help. What cannot be helped ends the
// bridge, and so is carried by the next one.
func (b *Bridge) mayRetry(carrying context.Context, cause error) bool {
	if carrying.Err() != nil {
		return false
	}
	if retryable(cause) {
		return true
	}
	b.fail(fmt.Errorf("%s: %w", b.to.Name(), cause))
	return false
}

// retryable reports whether an error is the target's state of the moment.
func retryable(err error) bool {
	return driver.Retryable(err) || errors.Is(err, driver.ErrUnreachable) || errors.Is(err, driver.ErrTimeout) ||
		errors.Is(err, driver.ErrServer) || errors.Is(err, context.DeadlineExceeded)
}

// refused reports whether the target will never take the message, as it is.
func refused(err error) bool {
	return errors.Is(err, driver.ErrTooLarge) || errors.Is(err, driver.ErrUnsupported) || errors.Is(err, driver.ErrInvalid)
}

// attempt sends parcels once and settles those that were confirmed. It returns
// those to send again: from the first of a key that failed on, all of that key,
// so that the last that is sent of a key is the last of it.
func (b *Bridge) attempt(ctx context.Context, parcels []parcel) (left []parcel, cause error) {
	list := make([]*endpoint.Message, len(parcels))
	for i, p := range parcels {
		list[i] = p.out
	}
	err := b.sender.SendAll(ctx, list)
	if err == nil {
		b.confirmed(parcels)
		return nil, nil
	}
	var done []parcel
	broken := map[string]bool{}
	for i, err := range driver.SplitBatch(err, len(parcels)) {
		p := parcels[i]
		key := string(p.out.Raw.Key)
		switch {
		case err != nil && refused(err) && !broken[key]:
			b.unfit(p.in, err)
			if b.opt.OnFailure == Stop {
				broken[key] = true
			}
		case err != nil:
			broken[key] = true
			left = append(left, p)
			if cause == nil || retryable(cause) {
				cause = err
			}
		case p.out.Raw.Key != nil && broken[key]:
			left = append(left, p)
		default:
			done = append(done, p)
		}
	}
	b.confirmed(done)
	return left, cause
}

// confirmed settles what the target has.
func (b *Bridge) confirmed(parcels []parcel) {
	list := make([]*endpoint.Message, len(parcels))
	for i, p := range parcels {
		list[i] = p.in
		b.counts.carry(p)
		if b.opt.OnCarried != nil {
			b.opt.OnCarried(p.in, p.out)
		}
	}
	b.settle(list)
}

// settle tells the source that messages are done with. Where it fails they are
// carried once more, with the same ids.
func (b *Bridge) settle(list []*endpoint.Message) {
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	err := b.receiver.Ack(ctx, list...)
	if err == nil || errors.Is(err, driver.ErrLost) || errors.Is(err, driver.ErrClosed) {
		return
	}
	b.opt.OnEvent(Event{Kind: Unsettled, Err: err, Count: len(list)})
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
