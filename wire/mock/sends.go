package mock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// voice plays an operation by which the application sends on its own.
type voice struct {
	outlet
	op     *asyncapi.Operation
	sender *endpoint.Sender
	said   uint64 // how many messages were made
}

// voice opens an operation that sends.
func (m *Mock) voice(ctx context.Context, op *asyncapi.Operation) (*voice, error) {
	sender, err := m.hub.Sender(ctx, m.source, endpoint.RequestOf(op, endpoint.Send), endpoint.SenderOptions{AsApplication: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.source.Name, err)
	}
	v := &voice{outlet: outlet{mock: m, operation: op.ID, kind: Sent}, op: op, sender: sender}
	if op.Reply != nil {
		if v.asks, err = m.asks(ctx, op); err != nil {
			return nil, errors.Join(err, v.close())
		}
	}
	return v, nil
}

// speak sends one message after the other, each of the contract's in turn, until
// ctx ends. One that cannot be sent is told, and the next is tried.
func (v *voice) speak(ctx context.Context) {
	opt := &v.mock.opt
	due := newPace(opt.Every, opt.Jitter, seedOf(opt.Seed, "pace/"+v.op.ID))
	for due.wait(ctx) {
		if !v.say(ctx, saying{make: v.next, fate: v.fate(v.said)}) {
			return
		}
	}
}

// saying is a message to be sent.
type saying struct {
	make func() (endpoint.Outgoing, error)
	fate fate
	// authored says that somebody wrote what is in it: nothing is put in its place.
	authored bool
}

// say sends one message; false where no more can be sent.
func (v *voice) say(ctx context.Context, s saying) bool {
	out, err := s.make()
	if err == nil {
		id := fmt.Sprintf("%s/%s/%d/%d", v.mock.source.Name, v.op.ID, v.mock.begun.UnixNano(), v.said)
		out.IdempotencyID, out.GeneratedID, out.Timestamp = id, id, time.Now()
		if v.asks != nil {
			out = v.asked(out, s.authored)
		}
		err = v.send(ctx, v.sender, out, s.fate)
	}
	v.said++
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil || errors.Is(err, driver.ErrClosed):
		return false
	}
	v.mock.tell(Event{Kind: Failed, Operation: v.op.ID, Err: err})
	return true
}

// next makes a message: the messages take turns, and each begins with its
// examples before it is made from its schemas. Where the schemas do not say
// enough to make one, the first example comes again.
func (v *voice) next() (endpoint.Outgoing, error) {
	name, turn := "", v.said
	if list := v.op.Messages; len(list) > 0 {
		count := uint64(len(list))
		name, turn = list[turn%count].Key, turn/count
	}
	codec, seed := v.sender.Codec(), v.mock.opt.Seed+v.said
	if out, ok, err := codec.SampleAt(name, turn, seed); ok {
		return out, err
	}
	out, err := codec.Invent(name, seed)
	if err != nil && codec.HasExample(name, "") {
		return codec.Sample(name, "", seed)
	}
	return out, err
}

// asked makes a request of a message: with a correlation id of its own, unless
// somebody wrote one, or the contract wants another form than ours.
func (v *voice) asked(out endpoint.Outgoing, authored bool) endpoint.Outgoing {
	out.ReplyTo = v.asks.replyTo
	own := out
	own.CorrelationID, own.Overwrite = out.IdempotencyID, !authored
	if _, err := v.sender.Encode(own); err != nil {
		return out
	}
	return own
}

func (v *voice) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	err := v.sender.Close(ctx)
	if v.asks != nil {
		err = errors.Join(err, v.asks.receiver.Close())
	}
	return err
}
