package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is a connection to NATS alone.
type conn struct{ *link }

var _ driver.Conn = (*conn)(nil)

// sender publishes to one subject.
type sender struct {
	*link
	opts driver.SenderOptions

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// checkSender refuses what no sender can do.
func checkSender(opts driver.SenderOptions) error {
	if err := driver.CheckParams(opts.Params); err != nil {
		return invalidError{err}
	}
	switch opts.Compression {
	case "", "none":
	default:
		return invalidError{fmt.Errorf("unknown compression %q: there is none", opts.Compression)}
	}
	if err := checkSubject(opts.Address, false); err != nil {
		return invalidError{err}
	}
	return nil
}

// OpenSender asks the server for nothing: a subject is where somebody listens.
func (c *conn) OpenSender(_ context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	s := &sender{link: c.link, opts: opts}
	if err := checkSender(opts); err != nil {
		return nil, s.failed(err)
	}
	if !c.opened.Keep(s) {
		return nil, s.failed(nats.ErrConnectionClosed)
	}
	return s, nil
}

func (s *sender) failed(err error) error { return s.fail(err, "send to", s.opts.Address) }

// Send returns when the server has taken the messages, which is all that it
// confirms: who listens has them by then, or never will. Without
// acknowledgement it returns when they are written.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.busy.Done()
	list := make([]*nats.Msg, len(messages))
	for i, m := range messages {
		out, err := outgoing(s.opts.Address, m)
		if err != nil {
			return s.failed(err)
		}
		if m.ReplyTo != "" {
			if err := checkSubject(m.ReplyTo, false); err != nil {
				return s.failed(invalidError{fmt.Errorf("the reply address: %w", err)})
			}
		}
		out.Reply, list[i] = m.ReplyTo, out
	}
	before := s.client.LastError()
	errs := make([]error, len(messages))
	for i, m := range list {
		if errs[i] = tooLarge(messages[i], s.opts.MaxMessageBytes); errs[i] == nil {
			errs[i] = s.publish(ctx, m)
		}
		errs[i] = s.failed(errs[i])
	}
	if s.opts.Acks == driver.AcksNone {
		return driver.JoinBatch(errs)
	}
	err := s.failed(errors.Join(s.flush(ctx), s.refused(before, "Publish", s.opts.Address)))
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return driver.JoinBatch(errs)
}

// refused returns what the server has said since then about a missing
// permission. It says so of its own accord, before it answers a flush.
func (l *link) refused(before error, op, subject string) error {
	err := l.client.LastError()
	if err == nil || err == before || !errors.Is(err, nats.ErrPermissionViolation) { //nolint:errorlint // the same error, not its like
		return nil
	}
	text := strings.ToLower(err.Error())
	if !strings.Contains(text, strings.ToLower(op)) || !strings.Contains(text, `"`+strings.ToLower(subject)+`"`) {
		return nil
	}
	return err
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.failed(nats.ErrConnectionClosed)
	}
	s.busy.Add(1)
	return nil
}

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	s.opened.Forget(s)
	return nil
}

// ahead is how many bytes of messages wait for Receive before the client
// library begins to gather them itself; it drops what comes beyond its own
// limit, of 64 MiB and half a million messages.
const ahead = 16 << 20

// subscription receives from one subject, or several by a wildcard.
type subscription struct {
	*link
	opts  driver.ReceiverOptions
	sub   *nats.Subscription
	queue *queue

	mu      sync.Mutex
	closed  bool
	gone    chan struct{}
	dropped int
}

// heard is the token of a message that was merely heard.
type heard struct {
	by *subscription
	m  *nats.Msg
}

// As gives the client library's own message to those who ask for it.
func (h *heard) As(target any) bool {
	m, ok := target.(**nats.Msg)
	if ok {
		*m = h.m
	}
	return ok
}

// OpenReceiver subscribes, as one of a queue group where there is a group.
// There is no prefetch to keep to, as nothing is settled.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &subscription{link: c.link, opts: opts, queue: newQueue(ahead), gone: make(chan struct{})}
	if err := r.start(ctx); err != nil {
		return nil, r.failed(err)
	}
	return r, nil
}

func (r *subscription) failed(err error) error { return r.fail(err, "receive from", r.opts.Address) }

func (r *subscription) start(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := r.await(ctx); err != nil {
		return err
	}
	before := r.client.LastError()
	var err error
	r.sub, err = r.client.QueueSubscribe(r.opts.Address, r.opts.Group, r.arrived)
	if err == nil {
		err = r.flush(ctx)
	}
	if err == nil {
		err = r.refused(before, "Subscription", r.opts.Address)
	}
	if err == nil && !r.opened.Keep(r) {
		err = nats.ErrConnectionClosed
	}
	if err != nil && r.sub != nil {
		_ = r.sub.Unsubscribe()
	}
	return err
}

func (r *subscription) check() error {
	if err := checkSubject(r.opts.Address, true); err != nil {
		return invalidError{err}
	}
	if err := driver.CheckParams(r.opts.Params); err != nil {
		return invalidError{err}
	}
	if strings.ContainsAny(r.opts.Group, " \t\r\n") {
		return invalidError{fmt.Errorf("the queue group %q has a blank in it", r.opts.Group)}
	}
	if r.opts.Start.Kind != driver.Now || r.opts.DeadLetter != "" {
		return &driver.Error{
			Kind: driver.ErrUnsupported, Op: "receive from", Server: r.server.String(), Address: r.opts.Address, NotSent: true,
			Err:  errors.New("NATS alone stores nothing: there is no earlier start and there are no dead letters"),
			Hint: "use jetstream:// for subjects that a stream stores",
		}
	}
	return nil
}

// noResponders is what a server sends to a reply subject when nobody listens
// where the request went. It is no message of anybody.
const noResponders = "503"

func (r *subscription) arrived(m *nats.Msg) {
	if len(m.Data) == 0 && m.Header.Get("Status") == noResponders {
		return
	}
	r.queue.push(arrival{m: m})
}

// Receive waits for messages.
func (r *subscription) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.state(); err != nil {
			return nil, r.failed(err)
		}
		if list := r.queue.take(max); len(list) > 0 {
			return r.messages(list), nil
		}
		select {
		case <-r.queue.ready:
		case <-r.gone:
		case <-ctx.Done():
		}
	}
}

// state returns why there is nothing more to receive, or that something was
// lost: a receiver that is too slow is told once each time.
func (r *subscription) state() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nats.ErrConnectionClosed
	}
	dropped, err := r.sub.Dropped()
	if err != nil {
		return r.ended()
	}
	if lost := dropped - r.dropped; lost > 0 {
		r.dropped = dropped
		return &driver.Error{
			Kind: driver.ErrServer, Op: "receive from", Server: r.server.String(), Address: r.opts.Address,
			Err:  fmt.Errorf("%d messages were lost, since they came faster than they were received", lost),
			Hint: "share them in a group, or use jetstream:// where a stream stores them",
		}
	}
	return nil
}

func (r *subscription) messages(list []arrival) []*driver.Message {
	now := time.Now() // NATS alone has no timestamps: when it arrived is all there is
	out := make([]*driver.Message, 0, len(list))
	for len(list) > 0 {
		n := min(slabSize, len(list))
		slab, tokens := make([]driver.Message, n), make([]heard, n)
		for i, in := range list[:n] {
			m := &slab[i]
			incoming(m, in.m, now)
			m.ReplyTo = in.m.Reply
			tokens[i] = heard{by: r, m: in.m}
			m.Token = &tokens[i]
			out = append(out, m)
		}
		list = list[n:]
	}
	return out
}

// Settle has nobody to tell: a message was over when it was handed on. Only
// what would be promised in vain is refused.
func (r *subscription) Settle(_ context.Context, settlements []driver.Settlement) error {
	for _, s := range settlements {
		h, ok := s.Message.Token.(*heard)
		switch {
		case !ok || h.by != r:
			return r.failed(&driver.Error{Kind: driver.ErrLost, Op: "settle a message from", Server: r.server.String(), Address: r.opts.Address})
		case s.Outcome == driver.Requeue:
			return r.failed(&driver.Error{
				Kind: driver.ErrUnsupported, Op: "requeue a message from", Server: r.server.String(), Address: r.opts.Address,
				Hint: "use jetstream:// where a stream stores messages",
			})
		}
	}
	return nil
}

// Close ends the subscription.
func (r *subscription) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	close(r.gone)
	r.mu.Unlock()
	r.queue.close()
	r.opened.Forget(r)
	if err := r.sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) && !errors.Is(err, nats.ErrBadSubscription) {
		return r.failed(err)
	}
	return nil
}
