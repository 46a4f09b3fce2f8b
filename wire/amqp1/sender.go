package amqp1

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// sender sends to one address over a session of its own.
type sender struct {
	conn   *conn
	node   node
	target string // the address as the server calls it, once that is known
	style  style
	limit  int
	ids    *ids

	turn    chan struct{} // held by the Send that is under way
	outlet  *outlet       // of who has the turn; nil before it is needed
	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup
}

// outlet is a link to send on.
type outlet struct {
	session *amqp.Session
	sender  *amqp.Sender
	link    *link
}

func (o *outlet) isBroken() bool { return isDone(o.link.Done()) }

// OpenSender makes sure that the address can be sent to.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	s, err := c.newSender(opts)
	if err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	if c.opened.IsClosed() {
		return nil, c.fail(errClosed, op, opts.Address)
	}
	if err := s.ready(ctx); err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	if !c.opened.Keep(s) {
		s.drop()
		return nil, c.fail(errClosed, op, opts.Address)
	}
	return s, nil
}

func (c *conn) newSender(opts driver.SenderOptions) (*sender, error) {
	s := &sender{conn: c, limit: maxMessage, turn: make(chan struct{}, 1)}
	if opts.MaxMessageBytes > 0 {
		s.limit = opts.MaxMessageBytes
	}
	var err error
	if s.style, err = senderStyle(opts.Params); err != nil {
		return nil, err
	}
	if s.node, err = newNode(opts.Address, opts.Params); err != nil {
		return nil, err
	}
	switch opts.Compression {
	case "", "none":
	case encodingGzip:
		s.style.text["content-encoding"] = encodingGzip
	default:
		return nil, fmt.Errorf("unknown compression %q: there is none, gzip", opts.Compression)
	}
	s.ids, err = newIDs()
	return s, err
}

// ready makes sure that there is a link.
func (s *sender) ready(ctx context.Context) error {
	if s.outlet != nil && !s.outlet.isBroken() {
		return nil
	}
	s.outlet = nil
	session, link, err := s.conn.out.session(ctx)
	if err != nil {
		return err
	}
	s.target, err = link.dialect.write(s.node, false)
	if err != nil {
		s.conn.work.Go(func() { end(session) })
		return unsupported(err)
	}
	unsettled := amqp.SenderSettleModeUnsettled
	made, err := session.NewSender(ctx, s.target, &amqp.SenderOptions{
		SettlementMode: &unsettled, TargetCapabilities: []string{s.node.capability()},
	})
	if err != nil {
		s.conn.work.Go(func() { end(session) })
		return err
	}
	s.outlet = &outlet{session: session, sender: made, link: link}
	return nil
}

func unsupported(err error) error {
	return &driver.Error{Kind: driver.ErrUnsupported, Err: err, NotSent: true}
}

// Send sends all messages and waits for their outcomes.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	errs := make([]error, len(messages))
	list := make([]*amqp.Message, len(messages))
	for i, m := range messages {
		list[i], errs[i] = s.publishing(m)
	}
	if err := s.deliver(ctx, list, errs); err != nil {
		return s.fail(err)
	}
	for i := range errs {
		errs[i] = s.fail(errs[i])
	}
	return driver.JoinBatch(errs)
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.node.address) }

// deliver sends what has no error yet, and gives what fails one. The error that
// it returns is that of all.
func (s *sender) deliver(ctx context.Context, list []*amqp.Message, errs []error) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.pending.Done()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for start := 0; start < len(list); start += maxBatch {
		end := min(start+maxBatch, len(list))
		err := s.window(ctx, list[start:end], errs[start:end])
		switch {
		case err != nil && start == 0:
			return err
		case err != nil:
			giveRest(errs[start:], err)
			return nil
		}
	}
	return nil
}

// giveRest gives an error to all that have none.
func giveRest(errs []error, err error) {
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.conn.opened.IsClosed() {
		return errClosed
	}
	s.pending.Add(1)
	return nil
}

// window sends as many messages as may wait for their outcome at one time. When
// nothing could leave because the link was broken, it is tried on a new one. The
// error that it returns is that of all.
func (s *sender) window(ctx context.Context, list []*amqp.Message, errs []error) error {
	for attempt := 0; ; attempt++ {
		if err := s.ready(ctx); err != nil {
			return err
		}
		receipts, sent, failure := s.outlet.write(ctx, list, errs)
		if failure != nil {
			broken := s.outlet.isBroken() || isDetached(failure)
			if sent == 0 && attempt == 0 && broken && ctx.Err() == nil {
				s.drop()
				continue
			}
		}
		s.wait(ctx, receipts, errs, failure)
		return nil
	}
}

// isDetached reports whether a link or its session has ended.
func isDetached(err error) bool {
	var link *amqp.LinkError
	var session *amqp.SessionError
	var conn *amqp.ConnError
	return errors.As(err, &link) || errors.As(err, &session) || errors.As(err, &conn)
}

// write writes the messages that have no error, and says what ended it.
func (o *outlet) write(ctx context.Context, list []*amqp.Message, errs []error) (receipts []*amqp.SendReceipt, sent int, failure error) {
	receipts = make([]*amqp.SendReceipt, len(list))
	for i, m := range list {
		if errs[i] != nil {
			continue
		}
		receipt, err := o.sender.SendWithReceipt(ctx, m, nil)
		var refused *amqp.Error
		switch {
		case err == nil:
			receipts[i] = &receipt
			sent++
		case errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.As(err, &refused):
			return receipts, sent, err // there was no credit
		case ctx.Err() != nil:
			return receipts, sent, ctx.Err()
		case errors.As(err, &refused) && !isDetached(err):
			errs[i] = err // the library would not write it, and goes on
		default:
			return receipts, sent, err
		}
	}
	return receipts, sent, nil
}

// wait waits for outcomes and gives errors to those that have none.
func (s *sender) wait(ctx context.Context, receipts []*amqp.SendReceipt, errs []error, failure error) {
	lost := failure != nil
	for i, receipt := range receipts {
		switch {
		case errs[i] != nil:
		case receipt == nil:
			errs[i] = unsent(failure)
		default:
			state, err := receipt.Wait(ctx)
			if err != nil {
				lost = true
			}
			errs[i] = outcome(state, err)
		}
	}
	if lost {
		s.drop()
	}
}

// unsent is the error of a message that did not leave.
func unsent(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := classify(err)
	e.NotSent = true
	return e
}

// outcome is the error that a server's answer means.
func outcome(state amqp.DeliveryState, err error) error {
	if err != nil {
		return err
	}
	switch state := state.(type) {
	case *amqp.StateAccepted:
		return nil
	case *amqp.StateRejected:
		if state.Error != nil {
			return state.Error
		}
		return refused("the server rejected the message, without a reason")
	case *amqp.StateReleased:
		return refused("the server released the message: there is nowhere to put it, or no room")
	case *amqp.StateModified:
		return refused("the server gave the message back")
	}
	return refused("the server answered with a state that is no outcome")
}

func refused(why string) error {
	return &driver.Error{
		Kind: driver.ErrServer, Err: errors.New(why), Retry: true,
		Hint: "see whether the queue is there, or full, or the server out of memory or disk",
	}
}

// drop gives the link up: what is still on its way there belongs to nobody.
func (s *sender) drop() {
	if s.outlet == nil {
		return
	}
	session := s.outlet.session
	s.outlet = nil
	s.conn.work.Go(func() { end(session) })
}

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	s.pending.Wait()
	if closed {
		return nil
	}
	s.conn.opened.Forget(s)
	if s.outlet != nil {
		end(s.outlet.session)
	}
	return nil
}
