package googlepubsub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/weft-dev/weft/wire/driver"
)

// delivery is one handing over of one message, and its token.
type delivery struct {
	receiver *receiver
	message  *pubsubpb.ReceivedMessage
	number   int64 // in the order of arrival

	// Guarded by the receiver's lock.
	until time.Time // when others may have it
	over  bool      // it was settled
	lost  bool      // it is somebody else's
}

// arrivals numbers deliveries.
var arrivals atomic.Int64

// As gives the client library's own message to those who ask for it.
func (d *delivery) As(target any) bool {
	m, ok := target.(**pubsubpb.PubsubMessage)
	if ok {
		*m = d.message.GetMessage()
	}
	return ok
}

// public makes the message that users see.
func (d *delivery) public() *driver.Message {
	m := unwrap(d.message.GetMessage())
	m.Address = d.receiver.opts.Address
	m.Token = d
	m.Redelivered = d.message.GetDeliveryAttempt() > 1
	return m
}

// Settle acknowledges, gives back or buries messages.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	by, err := r.sort(settlements)
	if err != nil {
		return err
	}
	var errs []error
	if list := by[driver.Reject]; len(list) > 0 {
		errs = append(errs, r.reject(ctx, list))
	}
	if list := by[driver.Ack]; len(list) > 0 {
		errs = append(errs, r.settledBy(list, r.ack(ctx, idsOf(list))))
	}
	if list := by[driver.Requeue]; len(list) > 0 {
		errs = append(errs, r.settledBy(list, r.modify(ctx, idsOf(list), 0)))
	}
	return r.conn.fail(errors.Join(errs...), "settle", r.opts.Address)
}

// sort finds the deliveries that are still to be settled.
func (r *receiver) sort(settlements []driver.Settlement) (map[driver.Outcome][]*delivery, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	lost := &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.opts.Address}
	by := make(map[driver.Outcome][]*delivery, 1)
	now := time.Now()
	for _, s := range settlements {
		d, ok := s.Message.Token.(*delivery)
		switch {
		case !ok || d.receiver != r:
			return nil, lost
		case d.over:
		case d.lost || now.After(d.until):
			r.lose(d)
			return nil, lost
		default:
			by[s.Outcome] = append(by[s.Outcome], d)
		}
	}
	return by, nil
}

// lose notes that a message is no longer ours; the caller holds r.mu.
func (r *receiver) lose(d *delivery) {
	d.lost = true
	delete(r.held, d)
	r.buffer = slices.DeleteFunc(r.buffer, func(b *delivery) bool { return b == d })
	r.wake()
}

// settledBy notes what became of deliveries.
func (r *receiver) settledBy(list []*delivery, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if errors.Is(classify(err), driver.ErrLost) {
			for _, d := range list {
				r.lose(d)
			}
		}
		return err
	}
	for _, d := range list {
		d.over = true
		delete(r.held, d)
	}
	r.wake()
	return nil
}

// maxIDs is how many messages one request names: it may have half a mebibyte,
// and an id has some two hundred bytes.
const maxIDs = 1000

func idsOf(list []*delivery) []string {
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i] = d.message.GetAckId()
	}
	return ids
}

func (r *receiver) ack(ctx context.Context, ids []string) error {
	for piece := range slices.Chunk(ids, maxIDs) {
		if err := r.conn.subscriptions.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: r.sub.name, AckIds: piece}); err != nil {
			return err
		}
	}
	return nil
}

// modify sets how long messages are ours from now on; 0 gives them back.
func (r *receiver) modify(ctx context.Context, ids []string, d time.Duration) error {
	for piece := range slices.Chunk(ids, maxIDs) {
		err := r.conn.subscriptions.ModifyAckDeadline(ctx, &pubsubpb.ModifyAckDeadlineRequest{
			Subscription: r.sub.name, AckIds: piece, AckDeadlineSeconds: int32(d / time.Second),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reject publishes messages to the dead letters, then acknowledges them: who
// crashes in between leaves a copy, and loses nothing.
func (r *receiver) reject(ctx context.Context, list []*delivery) error {
	topic := r.sub.dead
	if r.dead != nil {
		topic = r.dead.topic
	}
	if topic != "" {
		for _, d := range list {
			m := proto.CloneOf(d.message.GetMessage())
			m.MessageId, m.PublishTime = "", nil
			in := &pubsubpb.PublishRequest{Topic: topic, Messages: []*pubsubpb.PubsubMessage{m}}
			if _, err := r.conn.topics.Publish(ctx, in); err != nil {
				return fmt.Errorf("the dead letters: %w", err)
			}
		}
	}
	return r.settledBy(list, r.ack(ctx, idsOf(list)))
}

// Signs of life: a stream that is asked answers, or is broken without knowing.
const (
	askAfter   = 15 * time.Second
	brokenFrom = 30 * time.Second
)

// beat extends the leases of what is unsettled, and asks the stream whether it
// lives, for as long as the receiver does.
func (r *receiver) beat() {
	ticker := time.NewTicker(lease / 6)
	defer ticker.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-ticker.C:
			r.extend()
			r.ask()
		}
	}
}

// extend asks for more time for the messages that are past half of theirs.
func (r *receiver) extend() {
	r.mu.Lock()
	now := time.Now()
	var list []*delivery
	for d := range r.held {
		if d.until.Sub(now) < lease/2 {
			list = append(list, d)
		}
	}
	r.mu.Unlock()
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, lease/3)
	defer cancel()
	err := r.modify(ctx, idsOf(list), lease)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range list {
		switch {
		case err == nil:
			d.until = now.Add(lease)
		case time.Now().After(d.until):
			r.lose(d)
		}
	}
}

// ask wants a sign of life from a stream that was silent for a while.
func (r *receiver) ask() {
	r.mu.Lock()
	silent, stream, cut := time.Since(r.heard), r.stream, r.cut
	if silent > brokenFrom {
		r.heard = time.Now()
	}
	r.mu.Unlock()
	switch {
	case silent < askAfter || stream == nil || r.over():
		return
	case silent > brokenFrom:
		cut() // the next one is made at once
		return
	}
	r.sending.Lock()
	defer r.sending.Unlock()
	_ = stream.Send(&pubsubpb.StreamingPullRequest{}) // a stream that is broken ends by itself
}
