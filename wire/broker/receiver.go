package broker

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// Receiver receives from one address. Receive and Settle may be called from
// different goroutines; Receive from one at a time.
type Receiver struct {
	broker *Broker
	opts   driver.ReceiverOptions
	server driver.Server

	mu       sync.Mutex
	closed   bool
	inner    driver.Receiver
	era      int
	next     map[string]driver.Position // by source: where to go on without a group
	reopened bool
}

// Receiver opens a receiver. The subscription stands when it returns. It is
// closed with the broker if not before.
func (b *Broker) Receiver(ctx context.Context, opts driver.ReceiverOptions) (*Receiver, error) {
	r := &Receiver{broker: b, opts: opts, server: b.link.server, next: make(map[string]driver.Position)}
	if err := r.checkOptions(); err != nil {
		return nil, err
	}
	err := b.call(ctx, "open a receiver", func(ctx context.Context, conn driver.Conn) error {
		if err := r.pin(ctx, conn); err != nil {
			return err
		}
		return r.open(ctx)
	})
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errors.Join(closedError(r.server, "open a receiver"), r.inner.Close())
	}
	b.receivers[r] = struct{}{}
	return r, nil
}

// Capabilities returns what the protocol promises for the receiver's address.
func (r *Receiver) Capabilities() driver.Capabilities {
	return r.broker.CapabilitiesFor(r.opts.Params)
}

// checkOptions refuses what the protocol does not promise.
func (r *Receiver) checkOptions() error {
	caps := r.Capabilities()
	if err := r.opts.Start.Check(); err != nil {
		return r.fail(driver.ErrInvalid, err)
	}
	kind := r.opts.Start.Kind
	switch {
	case r.opts.Group != "" && !caps.Groups && (caps.Queue || !caps.AtLeastOnce):
		return r.fail(driver.ErrUnsupported, errors.New("the protocol has no groups"))
	case (kind == driver.Beginning || kind == driver.AtPositions) && !caps.Replay:
		return r.fail(driver.ErrUnsupported, errors.New("the protocol cannot read what was sent before"))
	case kind == driver.AtTime && !caps.StartTime:
		return r.fail(driver.ErrUnsupported, errors.New("the protocol cannot start at a time"))
	case r.opts.DeadLetter != "" && !caps.Reject:
		return r.fail(driver.ErrUnsupported, errors.New("the protocol has no dead letters"))
	}
	return nil
}

func (r *Receiver) fail(kind, cause error) error {
	return &driver.Error{Kind: kind, Op: "receive from", Server: r.server.String(), Address: r.opts.Address, Err: cause, NotSent: true}
}

// pin turns "now" into positions where that is possible, so that a receiver
// whose connection breaks before its first message still misses nothing.
func (r *Receiver) pin(ctx context.Context, conn driver.Conn) error {
	positioner, ok := conn.(driver.Positioner)
	if !ok || r.opts.Group != "" || r.opts.Start.Kind != driver.Now {
		return nil
	}
	if admin, ok := conn.(driver.Admin); ok && r.opts.Create != nil {
		if err := admin.Create(ctx, r.opts.Address, *r.opts.Create); err != nil {
			return err
		}
		r.opts.Create = nil
	}
	positions, err := positioner.Positions(ctx, r.opts.Address)
	if err != nil {
		return err
	}
	r.opts.Start = driver.StartAt(positions...)
	return nil
}

// open gets the driver's receiver on the connection of today.
func (r *Receiver) open(ctx context.Context) error {
	conn, era := r.broker.link.current()
	if conn == nil {
		return closedError(r.server, "receive")
	}
	inner, err := conn.OpenReceiver(ctx, r.resumed())
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errors.Join(closedError(r.server, "receive"), inner.Close())
	}
	r.inner, r.era = inner, era
	return nil
}

// resumed returns the options that go on where the receiver is. A group's
// position is the server's business.
func (r *Receiver) resumed() driver.ReceiverOptions {
	opts := r.opts
	if positions := r.Positions(); opts.Group == "" && len(positions) > 0 {
		opts.Start = driver.StartAt(positions...)
	}
	return opts
}

// Positions returns where another receiver without a group would go on after
// everything that this one has delivered, sorted; empty where there is no
// Replay. For a receiver that started now and has delivered nothing these are
// the positions at which it began.
func (r *Receiver) Positions() []driver.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	var positions []driver.Position
	for _, p := range r.next {
		positions = append(positions, p)
	}
	if r.opts.Start.Kind == driver.AtPositions {
		for _, p := range r.opts.Start.Positions {
			if _, moved := r.next[p.Source()]; !moved {
				positions = append(positions, p)
			}
		}
	}
	slices.Sort(positions)
	return positions
}

// Receive waits for at least one message and returns at most max (max < 1: as
// many as there are). It waits until ctx ends; a connection that breaks is
// made anew meanwhile.
func (r *Receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for attempt := 0; ; attempt++ {
		inner, era := r.current()
		messages, err := inner.Receive(ctx, max)
		if err == nil {
			if messages = r.advance(messages); len(messages) == 0 {
				continue
			}
			return messages, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		if r.left(era, err) {
			if err = r.reopen(ctx, era); err == nil {
				continue
			}
		}
		if !driver.Retryable(err) {
			return nil, err
		}
		wait := r.broker.cfg.Backoff.wait(attempt)
		r.broker.link.tell(Event{What: "retrying", Err: err, Wait: wait})
		if !sleep(ctx, wait) {
			return nil, ctx.Err()
		}
		if err := r.reopen(ctx, era); err != nil && !driver.Retryable(err) {
			return nil, err
		}
	}
}

// left reports whether an error says no more than that the receiver's
// connection was replaced.
func (r *Receiver) left(era int, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.closed && r.broker.link.left(era, err)
}

func (r *Receiver) current() (driver.Receiver, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inner, r.era
}

// advance notes how far the receiver is. After a reconnect, sources that had
// delivered nothing begin at their beginning, which is too early for a
// receiver that began at a time.
func (r *Receiver) advance(messages []*driver.Message) []*driver.Message {
	if r.opts.Group != "" {
		return messages
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reopened && r.opts.Start.Kind == driver.AtTime {
		messages = slices.DeleteFunc(messages, func(m *driver.Message) bool {
			return m.Timestamp.Before(r.opts.Start.Time)
		})
	}
	r.note(messages)
	return messages
}

// note keeps the last place of each source. Neighbours mostly have the same,
// of which only the last is looked up: this is the path of every message.
func (r *Receiver) note(messages []*driver.Message) {
	var last driver.Position
	var source string
	for _, m := range messages {
		if m.Next == "" {
			continue
		}
		if own := m.Next.Source(); own != source {
			if last != "" {
				r.next[source] = last
			}
			source = own
		}
		last = m.Next
	}
	if last != "" {
		r.next[source] = last
	}
}

func (r *Receiver) reopen(ctx context.Context, era int) error {
	ctx, cancel := r.broker.deadline(ctx)
	defer cancel()
	if err := r.broker.link.renew(ctx, era, 1); err != nil {
		return err
	}
	old, _ := r.current()
	_ = old.Close() // what it had not settled is delivered again
	r.mu.Lock()
	r.reopened = true
	r.mu.Unlock()
	return r.open(ctx)
}

// Settle says what became of messages. Messages from before a reconnect can no
// longer be settled (driver.ErrLost): a group gets them again.
func (r *Receiver) Settle(ctx context.Context, settlements ...driver.Settlement) error {
	if len(settlements) == 0 {
		return nil
	}
	ctx, cancel := r.broker.deadline(ctx)
	defer cancel()
	inner, era := r.current()
	err := inner.Settle(ctx, settlements)
	if r.left(era, err) {
		return r.fail(driver.ErrLost, nil)
	}
	return err
}

// Ack settles messages as done.
func (r *Receiver) Ack(ctx context.Context, messages ...*driver.Message) error {
	return r.Settle(ctx, driver.Settle(driver.Ack, messages...)...)
}

// Close makes settlements known to the server and leaves the group.
func (r *Receiver) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	inner := r.inner
	r.mu.Unlock()

	r.broker.mu.Lock()
	delete(r.broker.receivers, r)
	r.broker.mu.Unlock()
	return inner.Close()
}
