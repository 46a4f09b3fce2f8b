package amqp

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// prefetch is how many unsettled messages a receiver has at most when nobody
// says.
const prefetch = 1024

// receiver receives from one queue over a channel of its own.
type receiver struct {
	conn *conn
	opts driver.ReceiverOptions
	from source
	dead *sender // where rejected messages go; nil leaves them to the server

	stop context.CancelFunc // ends what makes a broken subscription anew
	life context.Context    //nolint:containedctx // of the receiver, for what runs on between its calls
	work sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	inlet    *inlet // nil while it is made anew
	failure  error  // why it cannot be
	ready    []*token
	unsent   []*token      // given out and not settled, in the order of their tags
	changed  chan struct{} // closed and replaced when a waiting Receive may go on
	waiting  int           // Receives that wait
	reviving bool
}

// inlet is a subscription as it stands.
type inlet struct {
	channel    *amqp091.Channel
	deliveries <-chan amqp091.Delivery
}

// OpenReceiver subscribes.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &receiver{conn: c, opts: opts, changed: make(chan struct{})}
	if err := r.open(ctx); err != nil {
		return nil, r.fail(err)
	}
	return r, nil
}

func (r *receiver) open(ctx context.Context) error {
	c := r.conn
	from, err := newSource(r.opts)
	if err != nil {
		return invalidError{err}
	}
	r.from = from
	if c.opened.IsClosed() {
		return errClosed
	}
	if err := c.exists(ctx, r.opts.Address, from.exchange, r.opts.Create); err != nil {
		return err
	}
	if r.opts.DeadLetter != "" {
		if err := r.openDead(ctx); err != nil {
			return err
		}
	}
	i, err := r.subscribe(ctx)
	if err != nil {
		return errors.Join(err, r.closeDead())
	}
	r.life, r.stop = context.WithCancel(context.Background())
	r.mu.Lock()
	r.adopt(i)
	r.mu.Unlock()
	if !c.opened.Keep(r) {
		return errors.Join(errClosed, r.end())
	}
	return nil
}

// openDead makes sure that there is a place for rejected messages. They must
// not be lost, so that a key without a queue is an error for them.
func (r *receiver) openDead(ctx context.Context) error {
	params := map[string]string{paramExchange: r.from.deadExchange, "mandatory": "true"}
	opened, err := r.conn.OpenSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Create: r.from.deadSpec(r.opts.Create), Params: params})
	if err != nil {
		return err
	}
	r.dead = opened.(*sender)
	return nil
}

func (r *receiver) closeDead() error {
	if r.dead == nil {
		return nil
	}
	return r.dead.Close()
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// subscribe begins to consume.
func (r *receiver) subscribe(ctx context.Context) (*inlet, error) {
	work := &r.conn.work
	if err := r.from.prepare(ctx, r.conn.in); err != nil {
		return nil, err
	}
	ch, _, err := r.conn.in.channel(ctx)
	if err != nil {
		return nil, err
	}
	deliveries, err := await(ctx, work, func() (<-chan amqp091.Delivery, error) {
		queue, err := r.from.queue(ch)
		if err != nil {
			return nil, err
		}
		if err := ch.Qos(r.limit(), 0, false); err != nil {
			return nil, err
		}
		return ch.Consume(queue, "", r.from.noAck, false, false, false, nil)
	}, nil)
	if err != nil {
		work.Go(func() { dispose(ch) })
		return nil, err
	}
	return &inlet{channel: ch, deliveries: deliveries}, nil
}

// adopt takes a subscription into use, unless the receiver was closed; the
// caller holds r.mu.
func (r *receiver) adopt(i *inlet) {
	if r.closed {
		r.conn.work.Go(func() { dispose(i.channel) })
		return
	}
	r.inlet = i
	r.conn.work.Go(func() { r.gather(i) })
}

// gather takes what the library hands over one at a time, so that a Receive
// finds all there is. How much that can be is the prefetch.
func (r *receiver) gather(i *inlet) {
	var list []*token
	var made slab
	for d := range i.deliveries {
		list = append(list[:0], r.token(&made, i, &d))
		for len(list) < gathered {
			d, ok := i.more()
			if !ok {
				break
			}
			list = append(list, r.token(&made, i, &d))
		}
		r.mu.Lock()
		if !r.closed {
			r.ready = append(r.ready, list...)
			r.wake()
		}
		r.mu.Unlock()
	}
	r.lost(i)
}

// gathered is how many messages are taken from the library before a Receive
// that waits is told.
const gathered = 64

// more returns a message that is there or just coming: the library's goroutine
// needs its turn to hand over the next.
func (i *inlet) more() (amqp091.Delivery, bool) {
	for range 2 {
		select {
		case d, ok := <-i.deliveries:
			return d, ok
		default:
			runtime.Gosched()
		}
	}
	return amqp091.Delivery{}, false
}

// slab gives out tokens from one piece of memory: few enough for a message that
// is kept not to keep many.
type slab struct{ free []token }

const slabSize = 8

func (s *slab) next() *token {
	if len(s.free) == 0 {
		s.free = make([]token, slabSize)
	}
	t := &s.free[0]
	s.free = s.free[1:]
	return t
}

func (r *receiver) token(made *slab, i *inlet, d *amqp091.Delivery) *token {
	t := made.next()
	t.receiver, t.inlet, t.delivery = r, i, *d
	t.fill(r.from.addressOf(&t.delivery))
	return t
}

func (r *receiver) limit() int {
	const most = 1<<16 - 1
	if r.opts.Prefetch > 0 {
		return min(r.opts.Prefetch, most)
	}
	return prefetch
}

// Receive waits for messages.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		messages, changed, err := r.take(max)
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

// take returns what there is without waiting, else what to wait for.
func (r *receiver) take(max int) ([]*driver.Message, <-chan struct{}, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, r.fail(errClosed)
	}
	n := len(r.ready)
	if max > 0 {
		n = min(n, max)
	}
	if n > 0 {
		return r.giveOut(n), nil, nil
	}
	if r.inlet == nil {
		if err := r.failure; err != nil {
			r.failure = nil
			return nil, nil, r.fail(err)
		}
		r.revive()
	}
	r.waiting++
	return nil, r.changed, nil
}

// giveOut gives out messages, and notes what must be settled. Without a group,
// where nobody settles, that they were taken is all the server has to know. The
// caller holds r.mu.
func (r *receiver) giveOut(n int) []*driver.Message {
	list := r.ready[:n:n]
	r.ready = r.ready[n:]
	if len(r.ready) == 0 {
		r.ready = nil
	}
	messages := make([]*driver.Message, n)
	for k, t := range list {
		messages[k] = &t.message
	}
	switch {
	case r.from.noAck:
	case r.from.unsettled(r.opts):
		r.acknowledgeTaken(list)
	default:
		r.unsent = append(r.unsent, list...)
	}
	return messages
}

// acknowledgeTaken acknowledges all up to the last that is new. Those that were
// put back by their receiver were acknowledged before.
func (r *receiver) acknowledgeTaken(list []*token) {
	for _, t := range slices.Backward(list) {
		if t.taken {
			continue
		}
		// When this fails the queue is gone, with all that was in it.
		_ = t.inlet.channel.Ack(t.delivery.DeliveryTag, true)
		break
	}
	for _, t := range list {
		t.taken = true
	}
}

// lost notes that a subscription ended.
func (r *receiver) lost(i *inlet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inlet != i {
		return
	}
	r.inlet, r.unsent = nil, nil
	if !r.forgets() {
		r.ready = nil // it comes again
	}
	r.wake()
}

// revive subscribes again in the background, as often as it takes: a Receive
// may be too short for it. The caller holds r.mu.
func (r *receiver) revive() {
	if r.reviving || r.closed {
		return
	}
	r.reviving = true
	r.work.Go(func() {
		i, err := r.persist()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reviving, r.failure = false, err
		if err == nil {
			r.adopt(i)
		}
		r.wake()
	})
}

// The waits between attempts to subscribe again.
const (
	firstWait = 50 * time.Millisecond
	longWait  = 2 * time.Second
)

func (r *receiver) persist() (*inlet, error) {
	for wait := firstWait; ; wait = min(2*wait, longWait) {
		ctx, cancel := context.WithTimeout(r.life, patience)
		i, err := r.subscribe(ctx)
		cancel()
		if err == nil || r.life.Err() != nil || !driver.Retryable(r.fail(err)) {
			return i, err
		}
		select {
		case <-r.life.Done():
		case <-time.After(wait):
		}
	}
}

// wake lets a waiting Receive look again; the caller holds r.mu.
func (r *receiver) wake() {
	if r.waiting == 0 {
		return
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// Close gives back what was not settled. What was is known to the server
// before it answers.
func (r *receiver) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.mu.Unlock()
	r.conn.opened.Forget(r)
	return r.end()
}

func (r *receiver) end() error {
	r.mu.Lock()
	r.closed = true
	r.wake()
	r.mu.Unlock()
	r.stop()
	r.work.Wait()
	r.mu.Lock()
	i := r.inlet
	r.inlet = nil
	r.mu.Unlock()
	if i != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		_, _ = await(ctx, &r.conn.work, func() (struct{}, error) { // one that broke has nothing more to say
			dispose(i.channel)
			return struct{}{}, nil
		}, nil)
	}
	return r.closeDead()
}
