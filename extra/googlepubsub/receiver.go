package googlepubsub

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/weft-dev/weft/wire/driver"
)

const (
	// ahead and aheadBytes are how much waits here by default.
	ahead      = 1000
	aheadBytes = 64 << 20
	// patience is how long a receiver gets over failures by itself.
	patience = 15 * time.Second
)

// receiver pulls from one subscription, over a stream that is made anew when it
// breaks.
type receiver struct {
	conn  *conn
	opts  driver.ReceiverOptions
	sub   *subscription
	limit int // messages that may be here and unsettled

	ctx  context.Context //nolint:containedctx // the receiver's own life, which the stream has
	stop context.CancelFunc
	busy sync.WaitGroup
	due  chan struct{} // something is to be acknowledged
	done chan struct{} // closed when nothing is pulled any more

	sending sync.Mutex // of one request on the stream at a time

	mu      sync.Mutex
	closed  bool
	dead    *sender
	stream  pubsubpb.Subscriber_StreamingPullClient
	cut     func()    // ends the stream
	heard   time.Time // when the server last gave a sign of life
	buffer  []*delivery
	held    map[*delivery]struct{} // with us and unsettled, handed out or not
	failure error
	unacked []string      // what is settled by being handed out
	changed chan struct{} // closed and replaced when something changed
}

func newReceiver(c *conn, opts driver.ReceiverOptions, sub *subscription, dead *sender) *receiver {
	r := &receiver{
		conn: c, opts: opts, sub: sub, dead: dead, limit: ahead,
		due: make(chan struct{}, 1), done: make(chan struct{}), held: make(map[*delivery]struct{}), changed: make(chan struct{}),
	}
	if opts.Prefetch > 0 {
		r.limit = opts.Prefetch
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// begin opens the first stream, so that what is wrong with it is told now.
func (r *receiver) begin(ctx context.Context) error {
	stream, err := r.connect()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.busy.Go(func() {
		defer close(r.done)
		r.pull(stream)
	})
	r.busy.Go(r.beat)
	if r.sub.temporary {
		r.busy.Go(r.acknowledge)
	}
	return nil
}

// connect opens a stream.
func (r *receiver) connect() (pubsubpb.Subscriber_StreamingPullClient, error) {
	ctx, cut := context.WithCancel(r.ctx)
	stream, err := r.conn.subscriptions.StreamingPull(ctx)
	if err != nil {
		cut()
		return nil, err
	}
	err = stream.Send(&pubsubpb.StreamingPullRequest{
		Subscription: r.sub.name, StreamAckDeadlineSeconds: int32(lease / time.Second),
		ClientId: random(), MaxOutstandingMessages: int64(r.limit), MaxOutstandingBytes: aheadBytes, ProtocolVersion: 1,
	})
	if err != nil && !errors.Is(err, io.EOF) { // EOF: the reason comes with Recv
		cut()
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut != nil {
		r.cut() // what is left of the one before
	}
	r.stream, r.cut, r.heard = stream, cut, time.Now()
	return stream, nil
}

// pull takes what streams bring until the receiver is closed or must give up.
func (r *receiver) pull(stream pubsubpb.Subscriber_StreamingPullClient) {
	trouble := &troubles{}
	for {
		var err error
		if stream != nil {
			err = r.drain(stream, trouble)
		}
		for again := true; again; {
			if r.over() {
				return
			}
			if err != nil && !trouble.pass(r.ctx, r.fail(err)) {
				r.give(nil, r.fail(err))
				return
			}
			stream, err = r.connect()
			again = err != nil
		}
	}
}

// drain takes what one stream brings.
func (r *receiver) drain(stream pubsubpb.Subscriber_StreamingPullClient, trouble *troubles) error {
	for {
		r.room()
		answer, err := stream.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) || status.Code(err) == codes.Canceled {
				return nil
			}
			return err
		}
		*trouble = troubles{}
		r.give(answer.GetReceivedMessages(), nil)
	}
}

// room waits until another message may come. The service keeps to the limit by
// itself, but for what an earlier stream brought.
func (r *receiver) room() {
	for {
		r.mu.Lock()
		full, changed := len(r.held) >= r.limit && !r.closed, r.changed
		r.mu.Unlock()
		if !full {
			return
		}
		select {
		case <-changed:
		case <-r.ctx.Done():
			return
		}
	}
}

// give takes in messages, or why there are no more.
func (r *receiver) give(messages []*pubsubpb.ReceivedMessage, failure error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = time.Now()
	until := r.heard.Add(lease)
	for _, m := range messages {
		d := &delivery{receiver: r, message: m, until: until, number: arrivals.Add(1)}
		r.held[d] = struct{}{}
		if !r.closed {
			r.buffer = append(r.buffer, d)
		}
	}
	if failure != nil {
		r.failure = failure
	}
	if len(messages) > 0 || failure != nil {
		r.wake()
	}
}

// wake lets those who wait look again; the caller holds r.mu.
func (r *receiver) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *receiver) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed || r.ctx.Err() != nil
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// Receive waits for messages.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		messages, changed, err := r.take(ctx, max)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// take returns what is there, or what to wait for when that is nothing.
func (r *receiver) take(ctx context.Context, max int) ([]*driver.Message, <-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, r.fail(errClosed)
	}
	n := len(r.buffer)
	if n == 0 {
		return nil, r.changed, r.failure
	}
	if max > 0 {
		n = min(n, max)
	}
	taken := r.buffer[:n]
	r.buffer = r.buffer[n:]
	messages := make([]*driver.Message, n)
	for i, d := range taken {
		messages[i] = d.public()
	}
	if r.sub.temporary {
		r.settled(taken)
	}
	return messages, nil, nil
}

// settled notes that messages are nobody's any more since they were handed out;
// the caller holds r.mu.
func (r *receiver) settled(taken []*delivery) {
	for _, d := range taken {
		r.unacked = append(r.unacked, d.message.GetAckId())
		d.over = true
		delete(r.held, d)
	}
	r.wake()
	select {
	case r.due <- struct{}{}:
	default: // it is known already
	}
}

// acknowledge tells the service of what was handed out. What it cannot tell
// comes again.
func (r *receiver) acknowledge() {
	for {
		select {
		case <-r.due:
		case <-r.ctx.Done():
			return
		}
		r.mu.Lock()
		ids := r.unacked
		r.unacked = nil
		r.mu.Unlock()
		for trouble := (troubles{}); ; {
			err := r.ack(r.ctx, ids)
			if err == nil || !trouble.pass(r.ctx, r.fail(err)) {
				break
			}
		}
	}
}

// troubles is how a receiver gets over a service that is away for a moment.
type troubles struct {
	since time.Time
	wait  time.Duration
}

// pass waits before the next attempt, and reports false when there is none.
func (t *troubles) pass(ctx context.Context, err error) bool {
	now := time.Now()
	if t.since.IsZero() {
		t.since, t.wait = now, 50*time.Millisecond
	}
	if ctx.Err() != nil || !driver.Retryable(err) || now.Sub(t.since) > patience {
		return false
	}
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	t.wait = min(2*t.wait, time.Second)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close gives back what was not settled, so that others have it at once.
func (r *receiver) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.wake()
	stream := r.stream
	r.mu.Unlock()
	r.hangUp(stream)

	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	r.conn.opened.Forget(r)
	if r.sub.temporary {
		return r.conn.fail(r.conn.deleteSubscription(ctx, r.sub.name), "leave", r.opts.Address)
	}
	r.mu.Lock()
	rest := make([]*delivery, 0, len(r.held))
	for d := range r.held {
		rest = append(rest, d)
	}
	r.held = map[*delivery]struct{}{}
	r.mu.Unlock()
	slices.SortFunc(rest, func(a, b *delivery) int { return int(a.number - b.number) })
	// What cannot be given back comes back by itself when its lease is over.
	_ = r.modify(ctx, idsOf(rest), 0)
	return nil
}

// hangUp ends the stream by a word first: what the service is just sending
// arrives then, and can be given back.
func (r *receiver) hangUp(stream pubsubpb.Subscriber_StreamingPullClient) {
	if stream != nil {
		r.sending.Lock()
		_ = stream.CloseSend() // a stream that is broken ends by itself
		r.sending.Unlock()
		timer := time.NewTimer(time.Second)
		select {
		case <-r.done:
		case <-timer.C:
		}
		timer.Stop()
	}
	r.stop()
	r.busy.Wait()
}

// abandon is Close for a receiver that never began.
func (r *receiver) abandon() {
	r.stop()
	if !r.sub.temporary {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = r.conn.deleteSubscription(ctx, r.sub.name) // it goes by itself, later
}
