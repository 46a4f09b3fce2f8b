package pulsar

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	client "github.com/apache/pulsar-client-go/pulsar"

	"github.com/weft-dev/weft/extra/attributes"
	"github.com/weft-dev/weft/wire/driver"
)

const (
	// ahead is how many messages wait here by default.
	ahead = 1000
	// again is how soon a message comes again that was given back.
	again = 100 * time.Millisecond
)

// receiver receives from one topic.
type receiver struct {
	conn     *conn
	opts     driver.ReceiverOptions
	topic    string
	consumer client.Consumer
	dead     *sender
	gone     chan struct{} // closed with the receiver

	mu      sync.Mutex
	closed  bool
	held    map[*delivery]struct{} // handed out to a group and unsettled
	changed chan struct{}          // closed and replaced when something was settled
}

// delivery is one handing over of one message, and its token.
type delivery struct {
	receiver *receiver
	message  client.Message
	over     bool // it was settled; guarded by the receiver's lock
}

// As gives the client library's own message to those who ask for it.
func (d *delivery) As(target any) bool {
	m, ok := target.(*client.Message)
	if ok {
		*m = d.message
	}
	return ok
}

// subscriptionTypes are the ways in which receivers of a group share.
var subscriptionTypes = map[string]client.SubscriptionType{
	"exclusive": client.Exclusive, "shared": client.Shared, "failover": client.Failover, "key_shared": client.KeyShared, "": client.KeyShared,
}

func (c *conn) newReceiver(ctx context.Context, opts driver.ReceiverOptions) (*receiver, error) {
	topic, err := c.place(opts.Address, opts.Params, ParamType)
	if err != nil {
		return nil, err
	}
	if err := opts.Start.Check(); err != nil {
		return nil, invalidError{err}
	}
	if opts.Start.Kind != driver.Now {
		return nil, errReplay
	}
	kind, ok := subscriptionTypes[opts.Params[ParamType]]
	if !ok {
		return nil, invalidError{fmt.Errorf("%s is %q: there is exclusive, shared, failover, key_shared", ParamType, opts.Params[ParamType])}
	}
	r := &receiver{conn: c, opts: opts, topic: topic, gone: make(chan struct{}), held: make(map[*delivery]struct{}), changed: make(chan struct{})}
	if err := r.bury(ctx); err != nil {
		return nil, err
	}
	options := r.options(kind)
	r.consumer, err = within(ctx, c, func() (client.Consumer, error) { return c.client.Subscribe(options) }, client.Consumer.Close)
	if err != nil && r.dead != nil {
		err = errors.Join(err, r.dead.Close())
	}
	return r, err
}

// bury opens the way to the dead letters, which are where the topic is.
func (r *receiver) bury(ctx context.Context) error {
	if r.opts.DeadLetter == "" {
		return nil
	}
	place := map[string]string{}
	for _, name := range []string{ParamNamespace, ParamPersistence} {
		if value := r.opts.Params[name]; value != "" {
			place[name] = value
		}
	}
	dead, err := r.conn.newSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Params: place})
	if err != nil {
		return fmt.Errorf("the dead letter address %s: %w", r.opts.DeadLetter, err)
	}
	r.dead = dead
	return nil
}

// options say how to subscribe. Who is alone has a subscription that nobody
// stores.
func (r *receiver) options(kind client.SubscriptionType) client.ConsumerOptions {
	options := client.ConsumerOptions{
		Topic: r.topic, SubscriptionName: r.opts.Group, Type: kind,
		SubscriptionInitialPosition: client.SubscriptionPositionLatest,
		ReceiverQueueSize:           ahead, NackRedeliveryDelay: again, BackOffPolicyFunc: newCalm,
	}
	if r.opts.Prefetch > 0 {
		options.ReceiverQueueSize = r.opts.Prefetch
	}
	if r.opts.Group == "" {
		options.SubscriptionName, options.Type = "weft-"+random(), client.Exclusive
		options.SubscriptionMode = client.NonDurable
	}
	return options
}

// random returns an identifier that nobody has used.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// Receive waits for messages.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	room, err := r.room(ctx)
	if err != nil {
		return nil, err
	}
	if max < 1 || room < max {
		max = room
	}
	var messages []*driver.Message
	select {
	case <-r.gone:
		return nil, r.fail(errClosed)
	case <-ctx.Done():
		return nil, ctx.Err()
	case m, ok := <-r.consumer.Chan():
		if !ok {
			return nil, r.fail(errClosed)
		}
		messages = append(messages, r.public(m.Message))
	}
	for len(messages) < max {
		select {
		case m, ok := <-r.consumer.Chan():
			if !ok {
				return messages, nil
			}
			messages = append(messages, r.public(m.Message))
		default:
			return messages, nil
		}
	}
	return messages, nil
}

// room waits until another message may be handed out, and returns how many may.
func (r *receiver) room(ctx context.Context) (int, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		r.mu.Lock()
		closed, changed := r.closed, r.changed
		room := ahead
		if r.opts.Prefetch > 0 {
			room = r.opts.Prefetch - len(r.held)
		}
		r.mu.Unlock()
		if closed {
			return 0, r.fail(errClosed)
		}
		if room > 0 {
			return room, nil
		}
		select {
		case <-changed:
		case <-r.gone:
		case <-ctx.Done():
		}
	}
}

// public makes the message that users see.
func (r *receiver) public(raw client.Message) *driver.Message {
	d := &delivery{receiver: r, message: raw}
	m := &driver.Message{
		Body: raw.Payload(), Address: r.opts.Address, Timestamp: raw.EventTime(), Token: d,
		ID: raw.ID().String(), Redelivered: raw.RedeliveryCount() > 0,
	}
	// An event time of zero is none: it is the beginning of 1970 in the library.
	if m.Timestamp.IsZero() || m.Timestamp.UnixMilli() == 0 {
		m.Timestamp = raw.PublishTime()
	}
	attributes.Unwrap(m, attributes.Form{Attributes: raw.Properties(), Key: raw.Key()})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opts.Group == "" {
		d.over = true // nobody remembers
		return m
	}
	r.held[d] = struct{}{}
	return m
}

// Settle acknowledges, gives back or buries messages. Acknowledgements are sent
// a few at a time, and all of them before the receiver is closed.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	for _, s := range settlements {
		if d, ok := s.Message.Token.(*delivery); !ok || d.receiver != r {
			return &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.opts.Address}
		}
	}
	errs := make([]error, len(settlements))
	for i, s := range settlements {
		errs[i] = r.conn.fail(r.settle(ctx, s), "settle", r.opts.Address)
	}
	return driver.JoinBatch(errs)
}

func (r *receiver) settle(ctx context.Context, s driver.Settlement) error {
	d := s.Message.Token.(*delivery)
	r.mu.Lock()
	over := d.over
	r.mu.Unlock()
	if over {
		return nil
	}
	if s.Outcome == driver.Reject && r.dead != nil {
		if err := r.reject(ctx, d); err != nil {
			return err
		}
	}
	if s.Outcome == driver.Requeue {
		r.consumer.Nack(d.message)
	} else if err := r.consumer.Ack(d.message); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d.over = true
	delete(r.held, d)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// reject copies a message to the dead letters as it came: who crashes before it
// is acknowledged leaves a copy, and loses nothing.
func (r *receiver) reject(ctx context.Context, d *delivery) error {
	copied := &client.ProducerMessage{
		Payload: d.message.Payload(), Key: d.message.Key(), OrderingKey: d.message.OrderingKey(),
		Properties: d.message.Properties(), EventTime: d.message.EventTime(),
	}
	done := make(chan error, 1)
	r.dead.producer.SendAsync(ctx, copied, func(_ client.MessageID, _ *client.ProducerMessage, err error) { done <- err })
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("the dead letters: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close makes acknowledgements known; what was not settled goes to others.
func (r *receiver) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	close(r.gone)
	r.mu.Unlock()
	r.consumer.Close()
	r.conn.opened.Forget(r)
	if r.dead != nil {
		return r.dead.Close()
	}
	return nil
}
