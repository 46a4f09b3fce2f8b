package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
)

// lending is a broker that keeps hold of the function that it delivers with.
type lending struct {
	*world
	deliver func(context.Context, engine.Delivery) error
}

func (l *lending) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	l.deliver = deliver
	return l.world.Subscribe(ctx, e, deliver)
}

// Who brings messages to many runs may have found one of them just before it
// ended.
func TestAMessageForARunThatHasEndedIsNotWaitedWith(t *testing.T) {
	t.Parallel()
	l := &lending{world: newWorld()}
	l.onSend = confirms
	result, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: engine.Wire{Caller: l, Sender: l, Subscriber: l}})
	must(t, err)
	if !result.Succeeded() {
		t.Fatalf("%+v", result)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 100 { // more than its queue takes
		err := l.deliver(ctx, engine.Delivery{Message: confirmation("req-1")})
		if !errors.Is(err, engine.ErrInterrupted) || ctx.Err() != nil {
			t.Fatalf("a message that came too late: %v", err)
		}
	}
}
