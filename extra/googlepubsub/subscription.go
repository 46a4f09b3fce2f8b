package googlepubsub

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-dev/weft/wire/driver"
)

// ParamSubscription is the parameter of receivers that names a subscription.
const ParamSubscription = "subscription"

const (
	// lease is how long a message is ours before it must be extended.
	lease = 30 * time.Second
	// forgotten is when a subscription goes by itself that was made for one
	// receiver, if that crashed: the least that the service takes.
	forgotten = 24 * time.Hour
	// closing bounds what a receiver may take to give back its messages.
	closing = 5 * time.Second
)

// subscription is what a receiver pulls from.
type subscription struct {
	name      string
	temporary bool   // goes with its receiver
	dead      string // the topic of its own dead letters, or ""
}

// newReceiver finds or makes the subscription, and pulls.
func (c *conn) newReceiver(ctx context.Context, opts driver.ReceiverOptions) (*receiver, error) {
	if err := driver.CheckParams(opts.Params, ParamSubscription); err != nil {
		return nil, invalidError{err}
	}
	if err := opts.Start.Check(); err != nil {
		return nil, invalidError{err}
	}
	if opts.Start.Kind != driver.Now {
		return nil, errReplay
	}
	topic, err := c.ensureTopic(ctx, opts.Address, opts.Create)
	if err != nil {
		return nil, err
	}
	var dead *sender
	if opts.DeadLetter != "" {
		if dead, err = c.newSender(ctx, driver.SenderOptions{Address: opts.DeadLetter, Create: opts.Create}); err != nil {
			return nil, fmt.Errorf("the dead letter address %s: %w", opts.DeadLetter, err)
		}
	}
	sub, err := c.subscribed(ctx, topic, opts)
	if err != nil {
		return nil, err
	}
	r := newReceiver(c, opts, sub, dead)
	if !c.opened.Keep(r) {
		r.abandon()
		return nil, errClosed
	}
	if err := r.begin(ctx); err != nil {
		_ = r.Close() // it did not begin: that is what there is to say
		return nil, err
	}
	return r, nil
}

// subscribed finds the subscription of a receiver, or makes it where it may.
func (c *conn) subscribed(ctx context.Context, topic string, opts driver.ReceiverOptions) (*subscription, error) {
	if named := opts.Params[ParamSubscription]; named != "" {
		name, err := c.fullName(named, "subscriptions")
		if err != nil {
			return nil, err
		}
		sub, err := c.findSubscription(ctx, name, topic)
		if status.Code(err) == codes.NotFound {
			return nil, fmt.Errorf("the subscription %s: %w", named, err)
		}
		return sub, err
	}
	name := subscriptionFor(topic, opts.Group)
	if opts.Group != "" {
		if sub, err := c.findSubscription(ctx, name, topic); status.Code(err) != codes.NotFound {
			return sub, err
		}
	}
	if opts.Create == nil && !c.subscribe {
		return nil, invalidError{fmt.Errorf("a topic is received from through a subscription: name one by the parameter %s, or allow one to be made, by creating what is missing or ?subscribe=allow in the URL", ParamSubscription)}
	}
	return c.makeSubscription(ctx, name, topic, opts.Group == "")
}

// findSubscription makes sure that a subscription is one of the topic's. Who
// may not look at it finds out when pulling.
func (c *conn) findSubscription(ctx context.Context, name, topic string) (*subscription, error) {
	found, err := c.subscriptions.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{Subscription: name})
	switch {
	case status.Code(err) == codes.PermissionDenied:
		return &subscription{name: name}, nil
	case err != nil:
		return nil, err
	case found.GetTopic() != topic:
		return nil, invalidError{fmt.Errorf("the subscription %s is of %s", name, found.GetTopic())}
	}
	return &subscription{name: name, dead: found.GetDeadLetterPolicy().GetDeadLetterTopic()}, nil
}

func (c *conn) makeSubscription(ctx context.Context, name, topic string, temporary bool) (*subscription, error) {
	wanted := &pubsubpb.Subscription{
		Name: name, Topic: topic, EnableMessageOrdering: true, AckDeadlineSeconds: int32(lease / time.Second),
		Labels: map[string]string{"weft": "subscription"},
	}
	// Without a policy the service has one of its own: a month.
	wanted.ExpirationPolicy = &pubsubpb.ExpirationPolicy{}
	if temporary {
		wanted.ExpirationPolicy.Ttl = durationpb.New(forgotten)
		wanted.MessageRetentionDuration = durationpb.New(time.Hour)
	}
	_, err := c.subscriptions.CreateSubscription(ctx, wanted)
	if status.Code(err) == codes.AlreadyExists {
		return c.findSubscription(ctx, name, topic)
	}
	if err != nil {
		return nil, err
	}
	return &subscription{name: name, temporary: temporary}, nil
}
