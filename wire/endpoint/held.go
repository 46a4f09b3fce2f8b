package endpoint

import (
	"context"
	"slices"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// How a schema registry is asked again that did not answer: so often, with waits
// from the first to the longest.
const (
	askAgain    = 5
	firstAsking = 100 * time.Millisecond
	longAsking  = 2 * time.Second
)

// untold is a schema that the registry does not tell. It may do so later: a
// message must not be lost since a registry is away.
func (s *schemas) untold(by writtenBy, err error) *driver.Error {
	return &driver.Error{
		Kind: driver.ErrUnreachable, Op: "read the schema " + by.String() + " of a message", Server: s.registry.Address(), Err: err, Retry: true,
		Hint: "check that the schema registry runs and lets us in; the message waits",
	}
}

// judge decodes a message. Where the registry does not tell what it is, it is
// asked again, unless there is something else to hand over meanwhile.
func (r *Receiver) judge(ctx context.Context, raw *driver.Message, hasty bool) (*Message, *Rejected) {
	wait := firstAsking
	for attempt := 1; ; attempt++ {
		message, no := r.codec.decode(raw, r.framer.open(ctx))
		if no == nil || no.untold == nil || hasty || attempt == askAgain || ctx.Err() != nil {
			return message, no
		}
		if r.tell != nil {
			r.tell(broker.Event{Server: no.untold.Server, What: "retrying", Err: no.untold, Wait: wait})
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		wait = min(2*wait, longAsking)
	}
}

// take returns messages that were held, or else waits for others. They are held
// until they are judged.
func (r *Receiver) take(ctx context.Context, limit int) ([]*driver.Message, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held) == 0 {
		r.mu.Unlock()
		raws, err := r.inner.Receive(ctx, limit)
		r.mu.Lock()
		if err != nil {
			return nil, err
		}
		r.held = raws
	}
	n := len(r.held)
	if limit > 0 {
		n = min(n, limit)
	}
	return r.held[:n:n], nil
}

// judged says that the first of the messages that are held no longer is.
func (r *Receiver) judged() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = r.held[1:]
}

// withoutHeld moves positions back to before the messages that are held.
func (r *Receiver) withoutHeld(positions []driver.Position) []driver.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, raw := range slices.Backward(r.held) {
		if raw.Position == "" {
			continue
		}
		source := raw.Position.Source()
		positions = slices.DeleteFunc(positions, func(p driver.Position) bool { return p.Source() == source })
		positions = append(positions, raw.Position)
	}
	slices.Sort(positions)
	return positions
}
