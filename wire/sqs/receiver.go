package sqs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/weft-dev/weft/wire/driver"
)

// The parameters of receivers.
const (
	ParamVisibility = "visibilityTimeout"
	ParamWait       = "waitTime"
	ParamPollers    = "pollers"
	ParamQueue      = "queue"
	ParamEnvelope   = "envelope"
)

const (
	// longPoll is how long a poll waits at most; the service takes no more.
	longPoll = 20 * time.Second
	// ahead is how many messages wait here that nobody has asked for yet.
	ahead = 2 * maxBatch
	// patience is how long a receiver gets over failures by itself.
	patience = 15 * time.Second
	// closing bounds what a receiver may take to give back its messages.
	closing = 5 * time.Second
)

// receiver receives from one queue. It polls while somebody waits for messages,
// and one poll further while the queue gives full batches.
type receiver struct {
	conn  *conn
	opts  driver.ReceiverOptions
	queue *queue
	bury  opener // for the dead letter address

	visibility time.Duration // of each message, extended while it is unsettled
	wait       time.Duration
	pollers    int
	unfold     bool // messages come in the envelope of SNS

	ctx  context.Context //nolint:containedctx // the receiver's own life, which polls have
	stop context.CancelFunc
	busy sync.WaitGroup

	leave func(context.Context) error // gives up what was made for the receiver; may be nil

	mu      sync.Mutex
	closed  bool
	dead    *sender // where rejected messages go, once it is known
	buffer  []*delivery
	held    map[*delivery]struct{} // with us and unsettled, handed out or not
	asked   int                    // messages that polls under way may bring
	polls   int
	waiting int // Receives that wait
	full    bool
	failure error
	changed chan struct{} // closed and replaced when a waiting Receive may go on
}

// opener makes a sender to an address: a queue, or a topic.
type opener func(context.Context, driver.SenderOptions) (*sender, error)

func (c *conn) newReceiver(opts driver.ReceiverOptions, bury opener, known ...string) (*receiver, error) {
	known = append(known, ParamEnvelope, ParamVisibility, ParamWait, ParamPollers)
	if err := errors.Join(driver.CheckParams(opts.Params, known...), opts.Start.Check()); err != nil {
		return nil, err
	}
	r := &receiver{conn: c, opts: opts, bury: bury, held: make(map[*delivery]struct{}), changed: make(chan struct{})}
	switch text := opts.Params[ParamEnvelope]; text {
	case "":
	case "sns":
		r.unfold = true
	default:
		return nil, fmt.Errorf("%s is %q: there is sns", ParamEnvelope, text)
	}
	visibility, err := number(opts.Params, ParamVisibility, 0, 1, 43200)
	if err != nil {
		return nil, err
	}
	wait, err := number(opts.Params, ParamWait, int(longPoll/time.Second), 1, 20)
	if err != nil {
		return nil, err
	}
	r.visibility, r.wait = time.Duration(visibility)*time.Second, time.Duration(wait)*time.Second
	r.pollers, err = number(opts.Params, ParamPollers, 1, 1, 64)
	return r, err
}

func number(params map[string]string, name string, usual, least, most int) (int, error) {
	text, ok := params[name]
	if !ok {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is %q: write a number from %d to %d", name, text, least, most)
	}
	return n, nil
}

// begin makes the receiver ready to poll a queue.
func (r *receiver) begin(ctx context.Context, q *queue) error {
	r.queue = q
	if r.visibility == 0 {
		r.visibility = q.visibility
	}
	if r.opts.DeadLetter != "" {
		dead, err := r.bury(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Create: r.opts.Create})
		if err != nil {
			return fmt.Errorf("the dead letter address %s: %w", r.opts.DeadLetter, err)
		}
		r.dead = dead
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	if !r.conn.opened.Keep(r) {
		r.stop()
		return errClosed
	}
	r.busy.Go(r.beat)
	return nil
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
		r.mu.Lock()
		r.waiting--
		r.mu.Unlock()
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
	if err := r.failure; err != nil && len(r.buffer) == 0 {
		r.failure = nil
		return nil, nil, err
	}
	n := len(r.buffer)
	if max > 0 {
		n = min(n, max)
	}
	if n == 0 {
		r.waiting++
		r.poll()
		return nil, r.changed, nil
	}
	messages := make([]*driver.Message, n)
	for i, d := range r.buffer[:n] {
		messages[i] = d.public()
	}
	r.buffer = r.buffer[n:]
	if r.full {
		r.poll()
	}
	return messages, nil, nil
}

// poll starts polls for what there is room for; the caller holds r.mu.
func (r *receiver) poll() {
	for r.polls < r.pollers && !r.closed {
		n := r.room()
		if n <= 0 {
			return
		}
		r.polls++
		r.asked += n
		r.busy.Go(func() { r.fetch(n) })
	}
}

// room is how many messages one more poll may bring.
func (r *receiver) room() int {
	room := ahead*r.pollers - len(r.buffer) - r.asked
	if r.opts.Prefetch > 0 {
		room = min(room, r.opts.Prefetch-len(r.held)-r.asked)
	}
	return min(room, maxBatch)
}

// wake lets waiting Receives look again; the caller holds r.mu.
func (r *receiver) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// fetch polls until there is something, nobody waits any more, or it fails.
func (r *receiver) fetch(n int) {
	var messages []types.Message
	var err error
	for trouble := (troubles{}); r.wanted(); {
		messages, err = r.ask(n)
		if err == nil && len(messages) > 0 {
			break
		}
		if err != nil && !trouble.pass(r.ctx, r.fail(err)) {
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.polls--
	r.asked -= n
	r.full = len(messages) == n
	if err != nil && !r.closed {
		r.failure = r.fail(err)
	}
	for i := range messages {
		d := newDelivery(r, &messages[i])
		r.held[d] = struct{}{}
		r.buffer = append(r.buffer, d)
	}
	if r.waiting > 0 && len(messages) == 0 && err == nil {
		r.poll() // somebody began to wait just now
	}
	r.wake()
}

// wanted reports whether anybody waits for messages. A full queue is polled
// once more than that.
func (r *receiver) wanted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.closed && (r.waiting > 0 || r.full)
}

// ask is one poll. One that waits must not be the last of a queue that is full.
func (r *receiver) ask(n int) ([]types.Message, error) {
	r.mu.Lock()
	wait := r.wait
	if r.waiting == 0 {
		wait, r.full = 0, false
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.ctx, wait+10*time.Second)
	defer cancel()
	out, err := r.conn.sqs.ReceiveMessage(ctx, &awssqs.ReceiveMessageInput{
		QueueUrl: &r.queue.url, MaxNumberOfMessages: int32(n), WaitTimeSeconds: int32(wait / time.Second),
		VisibilityTimeout:           int32(r.visibility / time.Second),
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
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
	r.mu.Unlock()
	r.stop()
	r.busy.Wait()

	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	r.mu.Lock()
	rest := make([]*delivery, 0, len(r.held))
	for d := range r.held {
		rest = append(rest, d)
	}
	r.held = nil
	r.mu.Unlock()
	slices.SortFunc(rest, func(a, b *delivery) int { return int(a.number - b.number) })
	// What cannot be given back comes back by itself when its time is over.
	_ = r.hide(ctx, rest, 0)
	r.conn.opened.Forget(r)
	if r.leave != nil {
		return r.conn.fail(r.leave(ctx), "leave", r.opts.Address)
	}
	return nil
}
