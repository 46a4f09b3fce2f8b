package stomp

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// receiver receives from one address over a link of its own.
type receiver struct {
	conn *conn
	opts driver.ReceiverOptions
	from *source
	dead *sender // where rejected messages go; nil leaves them to the server

	stop context.CancelFunc // ends what makes a broken subscription anew
	life context.Context    //nolint:containedctx // of the receiver, for what runs on between its calls
	work sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	link     *link // nil while it is made anew
	last     *link // the same, or the one before; of who subscribes alone
	failure  error // why it cannot be
	ready    []*token
	unsent   []*token      // in 1.0: given out and not acknowledged, in order
	changed  chan struct{} // closed and replaced when a waiting Receive may go on
	room     chan struct{} // the same for who waits until less is ready
	waiting  int           // Receives that wait
	reviving bool
}

var _ handler = (*receiver)(nil)

// OpenReceiver subscribes.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &receiver{conn: c, opts: opts, changed: make(chan struct{}), room: make(chan struct{})}
	if err := r.open(ctx); err != nil {
		return nil, r.fail(err)
	}
	return r, nil
}

func (r *receiver) open(ctx context.Context) error {
	from, err := newSource(r.opts)
	if err != nil {
		return invalidError{err}
	}
	r.from = from
	if r.conn.opened.IsClosed() {
		return errClosed
	}
	if temporary := from.temporary(); temporary != "" && !r.conn.hosts(temporary, r) {
		return invalidError{errors.New("this connection receives from the temporary queue already")}
	}
	r.life, r.stop = context.WithCancel(context.Background())
	if err := r.openDead(ctx); err != nil {
		return errors.Join(err, r.end())
	}
	if err := r.subscribe(ctx); err != nil {
		return errors.Join(err, r.end())
	}
	if !r.conn.opened.Keep(r) {
		return errors.Join(errClosed, r.end())
	}
	return nil
}

// openDead prepares for rejected messages.
func (r *receiver) openDead(ctx context.Context) error {
	if r.opts.DeadLetter == "" {
		return nil
	}
	params := maps.Clone(r.from.dead)
	if kind := literalKind(r.opts.DeadLetter); kind != "" {
		params[paramKind] = kind
	}
	opened, err := r.conn.OpenSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Params: params, MaxMessageBytes: limits.Body})
	if err != nil {
		return err
	}
	r.dead = opened.(*sender)
	return nil
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// subscribe makes a link and subscribes on it.
func (r *receiver) subscribe(ctx context.Context) error {
	if r.last != nil {
		r.last.work.Wait() // it has ended
	}
	l, err := r.conn.entrance.dial(ctx, r)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.link, r.last = l, l
	r.mu.Unlock()
	f, err := r.from.subscription(l)
	if err == nil && !r.from.implied(l.flavour) {
		err = l.ask(ctx, f)
	}
	if err != nil {
		l.end(err)
		return err
	}
	if !l.alive() { // and lost may have been before it was ours
		r.lost(l)
	}
	return nil
}

// arrive takes messages from the link.
func (r *receiver) arrive(l *link, frames []*frame.Frame) {
	list := make([]*token, len(frames))
	for i, f := range frames {
		list[i] = &token{receiver: r, link: l, frame: f}
		list[i].fill(r.from.place)
	}
	r.mu.Lock()
	for r.from.noAck && len(r.ready) > 4*r.from.limit && !r.closed {
		room := r.room
		r.mu.Unlock()
		<-room
		r.mu.Lock()
	}
	defer r.mu.Unlock()
	if !r.closed && l.alive() {
		r.ready = append(r.ready, list...)
		r.wake()
	}
}

// live is the link as it stands.
func (r *receiver) live(ctx context.Context) (*link, error) {
	for {
		r.mu.Lock()
		l, changed, err := r.link, r.changed, r.failure
		switch {
		case r.closed:
			err = errClosed
		case l == nil && err == nil:
			r.revive()
			r.waiting++
		}
		r.mu.Unlock()
		if l != nil || err != nil {
			return l, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			err = ctx.Err()
		}
		r.mu.Lock()
		r.waiting--
		r.mu.Unlock()
		if err != nil {
			return nil, err
		}
	}
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
	if r.link == nil {
		if err := r.failure; err != nil {
			r.failure = nil
			return nil, nil, r.fail(err)
		}
		r.revive()
	}
	r.waiting++
	return nil, r.changed, nil
}

// giveOut gives out messages. Where nobody settles, that they were taken is all
// the server has to know. The caller holds r.mu.
func (r *receiver) giveOut(n int) []*driver.Message {
	list := r.ready[:n:n]
	if r.ready = r.ready[n:]; len(r.ready) == 0 {
		r.ready = nil
	}
	r.makeRoom()
	messages := make([]*driver.Message, n)
	for i, t := range list {
		messages[i] = &t.message
	}
	switch {
	case r.from.noAck:
	case r.from.forgets:
		r.acknowledgeTaken(list)
	case r.link != nil && r.link.version == frame.V10:
		r.remember(list)
	}
	return messages
}

// remember notes the order in which messages are to be acknowledged. The caller
// holds r.mu.
func (r *receiver) remember(list []*token) {
	for _, t := range list {
		if !t.taken {
			t.taken = true
			r.unsent = append(r.unsent, t)
		}
	}
}

// acknowledgeTaken acknowledges all up to the last that is new. Those that were
// put back by their receiver were acknowledged before.
func (r *receiver) acknowledgeTaken(list []*token) {
	for _, t := range slices.Backward(list) {
		if t.taken {
			continue
		}
		if t.link == r.link {
			// When this fails the subscription is gone, with all that it had.
			_ = t.link.put(r.life, t.settlement("ACK"))
		}
		break
	}
	for _, t := range list {
		t.taken = true
	}
}

// lost notes that a link ended.
func (r *receiver) lost(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.link != l {
		return
	}
	r.link, r.unsent = nil, nil
	if !r.from.forgets {
		r.ready = nil // it comes again
	}
	r.makeRoom()
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
		err := r.persist()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reviving, r.failure = false, err
		r.wake()
	})
}

// The waits between attempts to subscribe again.
const (
	firstWait = 50 * time.Millisecond
	longWait  = 2 * time.Second
)

func (r *receiver) persist() error {
	for wait := firstWait; ; wait = min(2*wait, longWait) {
		ctx, cancel := context.WithTimeout(r.life, patience)
		err := r.subscribe(ctx)
		cancel()
		if err == nil || r.life.Err() != nil || !driver.Retryable(r.fail(err)) {
			return err
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

// makeRoom lets more arrive; the caller holds r.mu.
func (r *receiver) makeRoom() {
	if !r.from.noAck {
		return
	}
	close(r.room)
	r.room = make(chan struct{})
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
	r.makeRoom()
	r.mu.Unlock()
	r.stop()
	r.work.Wait()
	r.mu.Lock()
	l := r.link
	r.mu.Unlock()
	if l != nil {
		l.goodbye()
	}
	if r.last != nil {
		r.last.work.Wait()
	}
	if temporary := r.from.temporary(); temporary != "" {
		r.conn.hosts(temporary, nil)
	}
	if r.dead == nil {
		return nil
	}
	return r.dead.Close()
}
