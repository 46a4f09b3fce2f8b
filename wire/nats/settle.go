package nats

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weft-dev/weft/wire/driver"
)

// What the server is told about a message.
var (
	ackDone    = []byte("+ACK")
	ackAgain   = []byte("-NAK")
	ackNever   = []byte("+TERM")
	ackWorking = []byte("+WPI")
)

// delivery is one handing over of one message, and its token.
type delivery struct {
	receiver *consumer
	m        *nats.Msg
	facts    facts
	place    int       // in the receiver's list of held ones
	alive    time.Time // when the server last heard of it
	over     bool      // it was settled
	failed   bool      // it was to be settled, and could not be
}

// As gives the client library's own message to those who ask for it.
func (d *delivery) As(target any) bool {
	m, ok := target.(**nats.Msg)
	if ok {
		*m = d.m
	}
	return ok
}

// Settle tells the server what became of messages. A rejected one is stored as
// a dead letter first, so that it is nowhere lost.
func (r *consumer) Settle(ctx context.Context, settlements []driver.Settlement) error {
	defer r.refill()
	for i, s := range settlements {
		if err := r.settle(ctx, s); err != nil {
			r.giveUp(settlements[i:])
			return r.failed(err)
		}
	}
	return nil
}

// giveUp is for what could not be settled. It may be settled again; the server is
// told no more that we work on it, so that it delivers it again in due time.
func (r *consumer) giveUp(settlements []driver.Settlement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range settlements {
		if d, ok := s.Message.Token.(*delivery); ok && r.holds(d) && !d.failed {
			d.failed = true
			r.failures++
		}
	}
	if r.opts.Prefetch > 0 {
		r.queue.wake()
	}
}

// holds reports whether a message is on the list of those that are held; the
// caller holds r.mu.
func (r *consumer) holds(d *delivery) bool {
	return d.place < len(r.held) && r.held[d.place] == d
}

func (r *consumer) settle(ctx context.Context, s driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, ok := s.Message.Token.(*delivery)
	if !ok || d.receiver != r {
		return &driver.Error{Kind: driver.ErrLost, Op: "settle a message from", Server: r.server.String(), Address: r.opts.Address}
	}
	r.mu.Lock()
	over, closed := d.over, r.closed
	r.mu.Unlock()
	switch {
	case over:
		return nil
	case closed:
		return nats.ErrConnectionClosed
	}
	if s.Outcome == driver.Reject && r.dead != nil {
		if err := r.bury(ctx, s.Message); err != nil {
			return err
		}
	}
	if r.opts.Group != "" {
		if err := r.tell(ctx, d.m.Reply, word(s.Outcome)); err != nil {
			return err
		}
	}
	if !r.release(d) {
		return nil // somebody else was quicker
	}
	if s.Outcome == driver.Requeue && r.opts.Group == "" {
		r.queue.push(arrival{m: d.m, facts: d.facts, again: true})
	}
	return nil
}

func word(o driver.Outcome) []byte {
	switch o {
	case driver.Reject:
		return ackNever
	case driver.Requeue:
		return ackAgain
	case driver.Ack:
	}
	return ackDone
}

// release takes a message off the list of those that are held. It reports
// false when it was not on it.
func (r *consumer) release(d *delivery) bool {
	r.mu.Lock()
	if d.over {
		r.mu.Unlock()
		return false
	}
	d.over = true
	if r.holds(d) {
		if d.failed {
			r.failures--
		}
		n := len(r.held) - 1
		r.held[d.place] = r.held[n]
		r.held[d.place].place = d.place
		r.held[n] = nil
		r.held = r.held[:n]
	}
	r.mu.Unlock()
	if r.opts.Prefetch > 0 {
		r.queue.wake()
	}
	return true
}

// bury stores a message as a dead letter. Its id is made of the message's place:
// one that is rejected twice is there once, and a stream that holds both takes
// the letter for no repetition of the message.
func (r *consumer) bury(ctx context.Context, m *driver.Message) error {
	letter := &driver.Message{
		Headers: m.Headers, Body: m.Body, Timestamp: m.Timestamp, CorrelationID: m.CorrelationID, ReplyTo: m.ReplyTo,
	}
	return r.dead.send(ctx, []*driver.Message{letter}, "dead."+m.ID)
}
