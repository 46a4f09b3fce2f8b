package amqp1

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// receiver receives from one address over a session of its own: when that ends,
// what was not settled goes back.
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
	inlet    *inlet   // nil while it is made anew
	failure  error    // why it cannot be, or why it ended
	ready    []*token // put back by who received them, where the server forgets
	freed    int      // settled messages that the server has no credit for yet
	reviving bool

	changed context.Context    //nolint:containedctx // ended and replaced when a waiting Receive is to look again
	change  context.CancelFunc // ends it
}

// inlet is a subscription as it stands.
type inlet struct {
	session  *amqp.Session
	receiver *amqp.Receiver
	link     *link
}

// OpenReceiver subscribes.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &receiver{conn: c, opts: opts}
	r.changed, r.change = context.WithCancel(context.Background())
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
	if r.opts.DeadLetter != "" {
		opened, err := c.OpenSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Params: from.dead})
		if err != nil {
			return err
		}
		r.dead = opened.(*sender)
	}
	i, err := r.from.subscribe(ctx, c.in, r.opts)
	if err != nil {
		return errors.Join(err, r.closeDead())
	}
	r.inlet = i
	r.life, r.stop = context.WithCancel(context.Background())
	if !c.opened.Keep(r) {
		return errors.Join(errClosed, r.end())
	}
	return nil
}

func (r *receiver) closeDead() error {
	if r.dead == nil {
		return nil
	}
	return r.dead.Close()
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// Receive waits for messages.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		messages, i, changed, err := r.take(max)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		if i == nil {
			select {
			case <-changed.Done():
			case <-ctx.Done():
			}
			continue
		}
		first, err := i.wait(ctx, changed)
		if first != nil {
			return r.giveOut(i, r.more(i, first, max)), nil
		}
		if err != nil && ctx.Err() == nil {
			r.lost(i, err)
		}
	}
}

// take returns what is there without waiting, else where to wait: at the inlet
// or, where there is none, for a change.
func (r *receiver) take(max int) ([]*driver.Message, *inlet, context.Context, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, nil, nil, r.fail(errClosed)
	case len(r.ready) > 0:
		n := len(r.ready)
		if max > 0 {
			n = min(n, max)
		}
		messages := make([]*driver.Message, n)
		for k, t := range r.ready[:n] {
			messages[k] = &t.message
		}
		r.ready = r.ready[n:]
		return messages, nil, nil, nil
	case r.failure != nil:
		err := r.failure
		r.failure = nil
		return nil, nil, nil, r.fail(err)
	case r.inlet == nil:
		r.revive()
	}
	return nil, r.inlet, r.changed, nil
}

// wait waits for one message, or until something else has changed.
func (i *inlet) wait(ctx, changed context.Context) (*amqp.Message, error) {
	if m := i.receiver.Prefetched(); m != nil {
		return m, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(changed, cancel)
	defer stop()
	m, err := i.receiver.Receive(ctx, nil)
	if m == nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, nil
	}
	return m, err
}

// more takes what has arrived behind the first message.
func (r *receiver) more(i *inlet, first *amqp.Message, max int) []*amqp.Message {
	list := []*amqp.Message{first}
	for max < 1 && len(list) < prefetch || len(list) < max {
		m := i.receiver.Prefetched()
		if m == nil {
			break
		}
		list = append(list, m)
	}
	return list
}

// giveOut makes messages of deliveries. What the server has forgotten by now is
// replaced.
func (r *receiver) giveOut(i *inlet, list []*amqp.Message) []*driver.Message {
	messages := make([]*driver.Message, len(list))
	tokens := make([]token, len(list))
	for k, d := range list {
		tokens[k] = token{receiver: r, inlet: i, delivery: d}
		messages[k] = tokens[k].fill(r.from.address, r.from.wild())
	}
	if r.from.forgets(r.opts) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.free(i, len(list))
	}
	return messages
}

// free gives the server credit for messages that are done with, some at a time;
// the caller holds r.mu.
func (r *receiver) free(i *inlet, n int) {
	if r.inlet != i {
		return
	}
	if r.freed += n; r.freed > limitOf(r.opts)/4 {
		_ = i.receiver.IssueCredit(uint32(r.freed)) // nothing drains it, and it is in manual mode
		r.freed = 0
	}
}

// lost notes that a subscription ended. Who receives is told why, unless it was
// merely the connection, which is made anew: a link that ends by itself may do
// so again and again.
func (r *receiver) lost(i *inlet, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inlet != i {
		return
	}
	r.inlet, r.freed = nil, 0
	r.conn.work.Go(func() { end(i.session) })
	if !r.closed && !isDone(i.link.Done()) {
		r.failure = why
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
		r.reviving = false
		switch {
		case err != nil:
			r.failure = err
		case r.closed:
			r.conn.work.Go(func() { end(i.session) })
		default:
			r.inlet = i
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
		i, err := r.from.subscribe(ctx, r.conn.in, r.opts)
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
	r.change()
	r.changed, r.change = context.WithCancel(context.Background())
}

// Close gives back what was not settled. What was is known to the server
// before it answers.
func (r *receiver) Close() error {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return nil
	}
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
		end(i.session)
	}
	return r.closeDead()
}
