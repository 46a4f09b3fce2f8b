package amqp

import (
	"context"
	"errors"
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
	again    []*token
	unsent   []*token      // delivered by the server, not settled, in the order of their tags
	changed  chan struct{} // closed and replaced when a waiting Receive may go on
	reviving bool
}

// inlet is a subscription as it stands.
type inlet struct {
	channel    *amqp091.Channel
	deliveries <-chan amqp091.Delivery
	ended      chan *amqp091.Error
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
	if c.isClosed() {
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
	if r.inlet, err = r.subscribe(ctx); err != nil {
		return errors.Join(err, r.closeDead())
	}
	r.life, r.stop = context.WithCancel(context.Background())
	if !c.keep(r) {
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
	ch, err := r.conn.in.channel(ctx)
	if err != nil {
		return nil, err
	}
	i, err := await(ctx, work, func() (*inlet, error) {
		i := &inlet{channel: ch, ended: ch.NotifyClose(make(chan *amqp091.Error, 1))}
		queue, err := r.from.queue(ch)
		if err != nil {
			return nil, err
		}
		if err := ch.Qos(r.limit(), 0, false); err != nil {
			return nil, err
		}
		i.deliveries, err = ch.Consume(queue, "", r.from.noAck, false, false, false, nil)
		return i, err
	}, nil)
	if err != nil {
		work.Go(func() { dispose(ch) })
		return nil, err
	}
	return i, nil
}

func (r *receiver) limit() int {
	const most = 1<<16 - 1
	if r.opts.Prefetch > 0 {
		return min(r.opts.Prefetch, most)
	}
	return prefetch
}

// Receive waits for messages. What the server sent ahead waits in the library.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	if max < 1 || max > prefetch {
		max = prefetch
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		i, changed, messages, err := r.look(max)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		if i == nil {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		if messages, err := r.take(ctx, i, changed, max); err != nil || len(messages) > 0 {
			return messages, err
		}
	}
}

// look returns what there is without waiting, else what to wait for.
func (r *receiver) look(max int) (*inlet, <-chan struct{}, []*driver.Message, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, nil, r.fail(errClosed)
	}
	if n := min(len(r.again), max); n > 0 {
		messages := make([]*driver.Message, n)
		for k, t := range r.again[:n] {
			messages[k] = &t.message
		}
		r.again = r.again[n:]
		return nil, nil, messages, nil
	}
	if r.inlet == nil {
		if err := r.failure; err != nil {
			r.failure = nil
			return nil, nil, nil, r.fail(err)
		}
		r.revive()
	}
	return r.inlet, r.changed, nil, nil
}

// take waits for a first message and returns it with those that are there.
func (r *receiver) take(ctx context.Context, i *inlet, changed <-chan struct{}, max int) ([]*driver.Message, error) {
	var list []*token
	select {
	case d, ok := <-i.deliveries:
		if !ok {
			r.lost(i)
			return nil, nil
		}
		list = append(list, r.token(i, d))
	case <-changed:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for len(list) < max {
		d, ok := i.more()
		if !ok {
			break
		}
		list = append(list, r.token(i, d))
	}
	return r.handOut(i, list)
}

// more returns a message that is there. The library hands over one at a time
// from a goroutine that may be about to.
func (i *inlet) more() (amqp091.Delivery, bool) {
	for range 2 {
		select {
		case d, ok := <-i.deliveries:
			return d, ok
		default:
			yield()
		}
	}
	return amqp091.Delivery{}, false
}

func (r *receiver) token(i *inlet, d amqp091.Delivery) *token {
	t := &token{receiver: r, inlet: i, delivery: d}
	t.fill(r.from.addressOf(&t.delivery))
	return t
}

// handOut notes what must be settled. Without a group, where nobody settles,
// that it was taken is all the server has to know.
func (r *receiver) handOut(i *inlet, list []*token) ([]*driver.Message, error) {
	messages := make([]*driver.Message, len(list))
	for k, t := range list {
		messages[k] = &t.message
	}
	if r.from.noAck {
		return messages, nil
	}
	if r.from.unsettled(r.opts) {
		// When this fails the queue is gone, with all that was in it.
		_ = i.channel.Ack(list[len(list)-1].delivery.DeliveryTag, true)
		return messages, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsent = append(r.unsent, list...)
	return messages, nil
}

// lost notes that a subscription ended.
func (r *receiver) lost(i *inlet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inlet == i {
		r.inlet, r.unsent = nil, nil
	}
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
		r.reviving, r.inlet, r.failure = false, i, err
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
	r.conn.forget(r)
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
