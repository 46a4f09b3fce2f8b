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
	mock   *Mock
	op     *asyncapi.Operation
	sender *endpoint.Sender
}

// voice opens an operation that sends.
func (m *Mock) voice(ctx context.Context, op *asyncapi.Operation) (*voice, error) {
	sender, err := m.hub.Sender(ctx, m.source, endpoint.RequestOf(op, endpoint.Send), endpoint.SenderOptions{AsApplication: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.source.Name, err)
	}
	return &voice{mock: m, op: op, sender: sender}, nil
}

// speak sends one message after the other, each of the contract's in turn, until
// ctx ends. One that cannot be sent is told, and the next is tried.
func (v *voice) speak(ctx context.Context) {
	m := v.mock
	for n := 0; pause(ctx, m.opt.Every); n++ {
		sent, err := v.say(ctx, n)
		switch {
		case err == nil:
			m.tally.sent(v.op.ID)
			m.tell(Event{Kind: Sent, Operation: v.op.ID, Message: sent})
		case ctx.Err() != nil || errors.Is(err, driver.ErrClosed):
			return
		default:
			m.tell(Event{Kind: Failed, Operation: v.op.ID, Err: err})
		}
	}
}

func (v *voice) say(ctx context.Context, n int) (*endpoint.Message, error) {
	name := ""
	if list := v.op.Messages; len(list) > 0 {
		name = list[n%len(list)].Key
	}
	id := fmt.Sprintf("%s/%s/%d/%d", v.mock.source.Name, v.op.ID, v.mock.begun.UnixNano(), n)
	codec := v.sender.Codec()
	out, err := codec.Sample(name, "", v.mock.opt.Seed+uint64(n))
	if err != nil {
		return nil, err
	}
	out.IdempotencyID, out.GeneratedID, out.Timestamp = id, id, time.Now()
	return v.sender.Send(ctx, out)
}

func (v *voice) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	return v.sender.Close(ctx)
}
