package engine

import (
	"context"

	"github.com/weft-dev/weft/flow/machine"
)

// Wire is how effects reach the world. What a plan does not use may be nil.
type Wire struct {
	Caller     Caller
	Sender     Sender
	Subscriber Subscriber
}

// Caller makes HTTP calls.
type Caller interface {
	// Call makes the call and returns the answer, whatever its status; id and
	// time are filled in by the engine. An error means that there was no
	// answer. The effect's ID is the call's idempotency key.
	Call(ctx context.Context, call machine.CallHTTP) (machine.Responded, error)
}

// Sender sends messages.
type Sender interface {
	// Send returns once the broker has the message; id and time are filled in
	// by the engine. The effect's ID is the message's idempotency key.
	Send(ctx context.Context, message machine.SendMessage) (machine.Sent, error)
}

// Subscriber listens to channels.
type Subscriber interface {
	// Subscribe listens to a channel until the Subscription is closed. When it
	// returns, each message that is sent from then on will be delivered. With
	// positions it begins there instead, and returns only when what was stored
	// meanwhile has been delivered, so that a late reply comes before a
	// deadline that has passed.
	//
	// Deliver is called from one goroutine at a time, in the order of the
	// channel. Only when it returns nil may the message be acknowledged.
	Subscribe(ctx context.Context, channel machine.Subscribe, deliver func(context.Context, Delivery) error) (Subscription, error)
}

// Subscription is a channel that is listened to.
type Subscription interface {
	// Positions are where it began, in a form that Subscribe takes again; none
	// where the broker cannot go back.
	Positions() []string
	// Close ends it and leaves no goroutine behind.
	Close() error
}

// Selecting is a Subscription that is told what its run waits for.
type Selecting interface {
	Subscription
	// Select says which messages the run may have a use for; before it is
	// called, all.
	Select(interest machine.Interest)
}

// Sharing is a Subscription of a run that is one of many at a channel, and that
// stands while the run is not in the process.
type Sharing interface {
	Selecting
	// Passed counts what came and was not selected, and says why the last was
	// not.
	Passed() (count int, last string)
	// Leave ends deliveries and lets the subscription stand. What comes is for
	// whoever made it, until Subscribe is called again with its id.
	Leave()
}

// Selector is a Subscriber whose subscriptions are Sharing. It is told at once
// what a run wants, which matters for what was stored meanwhile.
type Selector interface {
	SubscribeFor(ctx context.Context, channel machine.Subscribe, interest machine.Interest, deliver func(context.Context, Delivery) error) (Subscription, error)
}

// Batcher is a Subscriber that can hand over what came in together, so that it
// can be dealt with together. It is otherwise as Subscribe.
type Batcher interface {
	SubscribeBatch(ctx context.Context, channel machine.Subscribe, deliver func(context.Context, []Delivery) error) (Subscription, error)
}

// Delivery is a message that came in.
type Delivery struct {
	Message machine.Message
	// Rejected says why the message is none that the contract knows; "" for one
	// that is. A rejected message is counted and told of, and ends no wait.
	Rejected string
	// Claim is whose the message is, where it is one of a queue; else nil.
	Claim *Claim
}
