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
	return &voice{outlet: outlet{mock: m, operation: op.ID, kind: Sent}, op: op, sender: sender}, nil
}

// speak sends one message after the other, each of the contract's in turn, until
// ctx ends. One that cannot be sent is told, and the next is tried.
func (v *voice) speak(ctx context.Context) {
	opt := &v.mock.opt
	due := newPace(opt.Every, opt.Jitter, seedOf(opt.Seed, "pace/"+v.op.ID))
	for due.wait(ctx) {
		if !v.say(ctx, v.next, v.fate(v.said)) {
			return
		}
	}
}

// say sends one message; false where no more can be sent.
func (v *voice) say(ctx context.Context, compose func() (endpoint.Outgoing, error), f fate) bool {
	out, err := compose()
	if err == nil {
		id := fmt.Sprintf("%s/%s/%d/%d", v.mock.source.Name, v.op.ID, v.mock.begun.UnixNano(), v.said)
		out.IdempotencyID, out.GeneratedID, out.Timestamp = id, id, time.Now()
		err = v.send(ctx, v.sender, out, f)
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

func (v *voice) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	return v.sender.Close(ctx)
}
