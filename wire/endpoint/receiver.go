package endpoint

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// ReceiverOptions say how to receive from a target.
type ReceiverOptions struct {
	// Parameters are values for the parameters of the channel's address.
	Parameters map[string]string
	// Address is where to receive from instead of the channel's own address.
	Address string
	// Group shares messages with other receivers of that name, and the server
	// remembers how far the group is. Without a group a receiver sees
	// everything from Start on, and other receivers are not touched: that is
	// how workflows receive.
	Group string
	// AsApplication says that the caller plays the application the document
	// describes: where Group is empty it takes the application's group, and it
	// takes its client id.
	AsApplication bool
	// Start is where to begin; the zero Start is now. Positions come from
	// Receiver.Positions and Message.Next.
	Start driver.Start
	// DeadLetter is the address that rejected messages go to, for groups, where
	// the protocol can do that; empty lets them go.
	DeadLetter string
	// OnRejected is told of each message that is none of the contract's. It is
	// called by Receive and must return soon. It may be nil.
	OnRejected func(*Rejected)
	// KeepRejected leaves messages that are none of the contract's to the
	// caller, who settles them by SettleRejected. Otherwise a group is rid of
	// them.
	KeepRejected bool
}

// Receiver receives messages of one target. Receive is called from one
// goroutine at a time; the rest from any.
type Receiver struct {
	*joined
	address  string
	group    string
	inner    *broker.Receiver
	opt      ReceiverOptions
	rejected atomic.Uint64

	mu   sync.Mutex
	held []*driver.Message // taken from the server, and not yet judged

	tell func(broker.Event) // of what happens between the calls; may be nil
}

// Receiver opens a receiver. The subscription stands when it returns: what is
// sent after that is received, unless a group was there before.
func (h *Hub) Receiver(ctx context.Context, s *Source, t *Target, opt ReceiverOptions) (*Receiver, error) {
	j, err := h.join(ctx, s, t, opt.AsApplication)
	if err != nil {
		return nil, err
	}
	group := opt.Group
	if group == "" && opt.AsApplication {
		group = j.place.groupOf(t)
	}
	where, err := t.addressing(j.broker.Protocol(), opt.Parameters, opt.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	address, err := where.pattern(j.place.protocol.wild(t.Channel))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	params := j.params(opt.AsApplication)
	if j.broker.CapabilitiesFor(params).Queue {
		group = "" // all receivers of a queue are one group
	}
	inner, err := j.broker.Receiver(ctx, driver.ReceiverOptions{
		Address: address, Group: group, Start: opt.Start, DeadLetter: opt.DeadLetter,
		Create: j.createSpec(), Params: params,
	})
	if err != nil {
		return nil, j.explain(err, address)
	}
	return &Receiver{joined: j, address: address, group: group, inner: inner, opt: opt, tell: h.opt.Broker.OnEvent}, nil
}

// Address returns the topic or queue it receives from.
func (r *Receiver) Address() string { return r.address }

// Group returns the group it belongs to, or "".
func (r *Receiver) Group() string { return r.group }

// Server returns the server's URL, for people.
func (r *Receiver) Server() string { return r.broker.Server() }

// Capabilities returns what the protocol promises for the receiver's address.
func (r *Receiver) Capabilities() driver.Capabilities { return r.inner.Capabilities() }

// Codec returns the receiver's codec.
func (r *Receiver) Codec() *Codec { return r.codec }

// Rejected returns how many messages were none of the contract's so far.
func (r *Receiver) Rejected() uint64 { return r.rejected.Load() }

// Positions returns where another receiver without a group would go on after
// everything that this one has delivered or rejected; at first, where it began.
// It is empty where the protocol stores nothing to go back to.
func (r *Receiver) Positions() []driver.Position {
	return r.withoutHeld(r.inner.Positions())
}

// Receive waits for at least one message of the contract and returns at most
// limit of them (limit < 1: as many as there are). Messages that are none of
// the contract's are counted, reported, and never returned; a group is rid of
// them. When ctx ends first it returns ctx's error. Where a schema registry does
// not tell what a message is, it is asked again for a while, then that is an
// error; the message is held, and comes with a later call.
func (r *Receiver) Receive(ctx context.Context, limit int) ([]*Message, error) {
	for {
		raws, err := r.take(ctx, limit)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, r.explain(err, r.address)
		}
		messages, err := r.decode(ctx, raws)
		switch {
		case len(messages) > 0:
			return messages, nil // an error comes again with the next call
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, r.explain(err, r.address)
		}
	}
}

// decode judges messages. With an error the rest of them is held.
func (r *Receiver) decode(ctx context.Context, raws []*driver.Message) ([]*Message, error) {
	var messages []*Message
	var away []driver.Settlement
	var untold error
	for _, raw := range raws {
		if raw.Address == "" {
			raw.Address = r.address
		}
		message, no := r.judge(ctx, raw, len(messages) > 0)
		if no != nil && no.untold != nil {
			untold = no.untold
			break
		}
		r.judged()
		if no == nil {
			messages = append(messages, message)
			continue
		}
		no.Server = r.broker.Server()
		r.rejected.Add(1)
		if r.opt.OnRejected != nil {
			r.opt.OnRejected(no)
		}
		if !r.opt.KeepRejected {
			away = append(away, driver.Settlement{Message: raw, Outcome: r.outcome()})
		}
	}
	if len(away) > 0 && r.settles() {
		// Where this fails they are delivered and rejected once more.
		_ = r.inner.Settle(ctx, away...)
	}
	return messages, untold
}

func (r *Receiver) outcome() driver.Outcome {
	if r.Capabilities().Reject {
		return driver.Reject
	}
	return driver.Ack
}

// settles reports whether anybody remembers what became of messages.
func (r *Receiver) settles() bool {
	return r.group != "" || r.Capabilities().Queue
}

// Settle says what became of messages. Without a group, on protocols that are
// not queues, nobody remembers and it does nothing.
func (r *Receiver) Settle(ctx context.Context, outcome driver.Outcome, messages ...*Message) error {
	if !r.settles() || len(messages) == 0 {
		return nil
	}
	raws := make([]*driver.Message, len(messages))
	for i, m := range messages {
		raws[i] = m.Raw
	}
	return r.explain(r.inner.Settle(ctx, driver.Settle(outcome, raws...)...), r.address)
}

// SettleRejected says what became of messages that are none of the contract's,
// for receivers with KeepRejected.
func (r *Receiver) SettleRejected(ctx context.Context, outcome driver.Outcome, rejected ...*Rejected) error {
	if !r.settles() || len(rejected) == 0 {
		return nil
	}
	raws := make([]*driver.Message, len(rejected))
	for i, no := range rejected {
		raws[i] = no.Raw
	}
	return r.explain(r.inner.Settle(ctx, driver.Settle(outcome, raws...)...), r.address)
}

// Ack settles messages as done.
func (r *Receiver) Ack(ctx context.Context, messages ...*Message) error {
	return r.Settle(ctx, driver.Ack, messages...)
}

// Close makes settlements known and ends the subscription.
func (r *Receiver) Close() error { return r.inner.Close() }
