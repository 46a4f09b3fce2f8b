package sqs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/weft-dev/weft/wire/driver"
)

// delivery is one handing over of one message, and its token.
type delivery struct {
	receiver *receiver
	message  *types.Message
	number   int64 // in the order of arrival

	// Guarded by the receiver's lock.
	until  time.Time // when others may have it
	over   bool      // it was settled
	failed bool      // it was to be settled, and nobody knows whether it is
	lost   bool      // it is somebody else's
}

// arrivals numbers deliveries.
var arrivals atomic.Int64

func newDelivery(r *receiver, m *types.Message) *delivery {
	return &delivery{receiver: r, message: m, number: arrivals.Add(1), until: time.Now().Add(r.visibility)}
}

// As gives the client library's own message to those who ask for it.
func (d *delivery) As(target any) bool {
	m, ok := target.(*types.Message)
	if ok {
		*m = *d.message
	}
	return ok
}

// public makes the message that users see.
func (d *delivery) public() *driver.Message {
	raw := d.message
	body, attrs := aws.ToString(raw.Body), attributesOf(raw.MessageAttributes)
	if d.receiver.unfold {
		body, attrs = unfold(body, attrs)
	}
	m := unwrap(body, attrs, raw.Attributes["MessageGroupId"])
	m.Address = d.receiver.opts.Address
	m.ID = aws.ToString(raw.MessageId)
	m.Token = d
	if m.Timestamp.IsZero() {
		if sent, err := strconv.ParseInt(raw.Attributes["SentTimestamp"], 10, 64); err == nil {
			m.Timestamp = time.UnixMilli(sent)
		}
	}
	received, err := strconv.Atoi(raw.Attributes["ApproximateReceiveCount"])
	m.Redelivered = err == nil && received > 1
	return m
}

func attributesOf(values map[string]types.MessageAttributeValue) map[string]attribute {
	if len(values) == 0 {
		return nil
	}
	attrs := make(map[string]attribute, len(values))
	for name, v := range values {
		if v.BinaryValue != nil {
			attrs[name] = attribute{data: v.BinaryValue, binary: true}
			continue
		}
		attrs[name] = attribute{text: aws.ToString(v.StringValue)}
	}
	return attrs
}

// Settle deletes, gives back or buries messages, as many at a time as may be.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	byOutcome, err := r.sort(settlements)
	if err != nil {
		return err
	}
	var errs []error
	if list := byOutcome[driver.Reject]; len(list) > 0 {
		errs = append(errs, r.reject(ctx, list))
	}
	if list := byOutcome[driver.Ack]; len(list) > 0 {
		errs = append(errs, r.remove(ctx, list))
	}
	if list := byOutcome[driver.Requeue]; len(list) > 0 {
		errs = append(errs, r.hide(ctx, list, 0))
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
	r.letGo(d)
}

// letGo makes room for another message; the caller holds r.mu.
func (r *receiver) letGo(d *delivery) {
	if _, ours := r.held[d]; !ours {
		return
	}
	delete(r.held, d)
	if r.opts.Prefetch > 0 {
		r.poll() // a Receive may wait for the room
	}
}

// done notes what became of deliveries, each with its error. One that could not
// be settled may be settled again until its time is over, which is not extended
// any more: who does not try again gets it again, and with it the others of its
// message group.
func (r *receiver) done(list []*delivery, errs []error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, d := range list {
		switch {
		case errs[i] == nil:
			d.over = true
			r.letGo(d)
		case classify(errs[i]).Kind == driver.ErrLost: //nolint:errorlint // it is a kind, not a chain
			r.lose(d)
		default:
			d.failed = true
		}
	}
	return driver.JoinBatch(errs)
}

// remove deletes messages.
func (r *receiver) remove(ctx context.Context, list []*delivery) error {
	errs := make([]error, len(list))
	r.inBatches(len(list), func(from, to int) {
		in := &awssqs.DeleteMessageBatchInput{QueueUrl: &r.queue.url, Entries: make([]types.DeleteMessageBatchRequestEntry, to-from)}
		for i := range in.Entries {
			in.Entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: list[from+i].message.ReceiptHandle}
		}
		out, err := r.conn.sqs.DeleteMessageBatch(ctx, in)
		copy(errs[from:to], spread(err, to-from))
		if err == nil {
			failures(errs[from:to], out.Failed)
		}
	})
	return r.done(list, errs)
}

// hide gives messages back, to be delivered to anybody after a time.
func (r *receiver) hide(ctx context.Context, list []*delivery, d time.Duration) error {
	return r.done(list, r.change(ctx, list, d))
}

// change sets how long messages are hidden from others from now on.
func (r *receiver) change(ctx context.Context, list []*delivery, d time.Duration) []error {
	errs := make([]error, len(list))
	r.inBatches(len(list), func(from, to int) {
		in := &awssqs.ChangeMessageVisibilityBatchInput{QueueUrl: &r.queue.url, Entries: make([]types.ChangeMessageVisibilityBatchRequestEntry, to-from)}
		for i := range in.Entries {
			in.Entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: list[from+i].message.ReceiptHandle, VisibilityTimeout: int32(d / time.Second),
			}
		}
		out, err := r.conn.sqs.ChangeMessageVisibilityBatch(ctx, in)
		copy(errs[from:to], spread(err, to-from))
		if err == nil {
			failures(errs[from:to], out.Failed)
		}
	})
	return errs
}

// inBatches does something for each ten of n. Those of a FIFO queue go one after
// the other, for what is given back must keep its order.
func (r *receiver) inBatches(n int, do func(from, to int)) {
	batches := (n + maxBatch - 1) / maxBatch
	one := func(i int) { do(i*maxBatch, min(n, (i+1)*maxBatch)) }
	if r.queue.fifo {
		for i := range batches {
			one(i)
		}
		return
	}
	atOnce(batches, one)
}

// reject sends messages to the dead letters, then deletes them: who crashes in
// between leaves a copy, and loses nothing.
func (r *receiver) reject(ctx context.Context, list []*delivery) error {
	dead, err := r.deadLetters(ctx)
	if err != nil {
		return r.done(list, spread(err, len(list)))
	}
	if dead == nil {
		return r.remove(ctx, list)
	}
	entries := make([]*entry, len(list))
	for i, d := range list {
		entries[i] = d.burial(i, dead)
	}
	errs := make([]error, len(list))
	for _, batch := range batchesOf(entries) {
		dead.send(ctx, batch, errs)
	}
	var buried, left []*delivery
	var why []error
	for i, d := range list {
		if errs[i] == nil {
			buried = append(buried, d)
		} else {
			left, why = append(left, d), append(why, errs[i])
		}
	}
	return errors.Join(r.done(left, why), r.remove(ctx, buried))
}

// burial is the message as it came, for a queue that may be of the other kind.
func (d *delivery) burial(index int, dead *sender) *entry {
	raw := d.message
	e := &entry{index: index, envelope: &envelope{body: aws.ToString(raw.Body), attrs: attributesOf(raw.MessageAttributes)}}
	if dead.fifo {
		e.group, e.dedup = raw.Attributes["MessageGroupId"], aws.ToString(raw.MessageId)
		if e.group == "" {
			e.group = noKey
		}
	}
	return e
}

// deadLetters returns where rejected messages go: to the address that was asked
// for, else to the queue's own dead letter queue, else nowhere.
func (r *receiver) deadLetters(ctx context.Context) (*sender, error) {
	r.mu.Lock()
	dead := r.dead
	r.mu.Unlock()
	if dead != nil || r.queue.dead == "" {
		return dead, nil
	}
	dead, err := r.conn.queueSender(ctx, driver.SenderOptions{Address: r.queue.dead})
	if err != nil {
		return nil, fmt.Errorf("the dead letter queue %s: %w", r.queue.dead, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dead = dead
	return dead, nil
}

// beat extends the visibility of what nobody has settled yet, for as long as the
// receiver lives.
func (r *receiver) beat() {
	ticker := time.NewTicker(r.visibility / 4)
	defer ticker.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-ticker.C:
			r.extend()
		}
	}
}

// extend asks for more time for the messages that are past half of theirs.
func (r *receiver) extend() {
	r.mu.Lock()
	now := time.Now()
	var list []*delivery
	for d := range r.held {
		switch {
		case d.failed && now.After(d.until):
			r.lose(d)
		case d.failed:
		case d.until.Sub(now) < r.visibility/2:
			list = append(list, d)
		}
	}
	r.mu.Unlock()
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.visibility/2)
	defer cancel()
	errs := r.change(ctx, list, r.visibility)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, d := range list {
		switch {
		case errs[i] == nil:
			d.until = now.Add(r.visibility) // also where settling it failed meanwhile
		case classify(errs[i]).Kind == driver.ErrLost, now.After(d.until): //nolint:errorlint // as above
			r.lose(d)
			r.buffer = slices.DeleteFunc(r.buffer, func(b *delivery) bool { return b == d })
		}
	}
}
