package amqp

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// sender sends to one address over a channel of its own.
type sender struct {
	conn     *conn
	address  string
	exchange string
	style    style
	limit    int
	ids      *ids

	turn    chan struct{} // held by the Send that is under way
	outlet  *outlet       // of who has the turn; nil before it is needed
	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup
}

// outlet is a channel in confirm mode.
type outlet struct {
	channel  *amqp091.Channel
	link     *link
	returned chan amqp091.Return
	ended    chan *amqp091.Error
}

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
	if err := c.exists(ctx, s.address, s.exchange, opts.Create); err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	if !c.opened.Keep(s) {
		return nil, c.fail(errClosed, op, opts.Address)
	}
	return s, nil
}

func (c *conn) newSender(opts driver.SenderOptions) (*sender, error) {
	s := &sender{
		conn: c, address: opts.Address, exchange: opts.Params[paramExchange], limit: maxMessage,
		turn: make(chan struct{}, 1),
	}
	if opts.MaxMessageBytes > 0 {
		s.limit = opts.MaxMessageBytes
	}
	if err := errors.Join(checkAddress(opts.Address), checkLength(s.exchange)); err != nil {
		return nil, err
	}
	var err error
	if s.style, err = senderStyle(opts.Params); err != nil {
		return nil, err
	}
	switch opts.Compression {
	case "", "none":
	case encodingGzip:
		s.style.encoding = encodingGzip
	default:
		return nil, fmt.Errorf("unknown compression %q: there is none, gzip", opts.Compression)
	}
	s.ids, err = newIDs()
	return s, err
}

func checkLength(name string) error {
	if len(name) > maxName {
		return fmt.Errorf("a name has %d bytes, the protocol's have at most %d", len(name), maxName)
	}
	return nil
}

// Send publishes all messages and waits for their confirms.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	errs := make([]error, len(messages))
	list := make([]amqp091.Publishing, len(messages))
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

func (s *sender) fail(err error) error {
	var known *driver.Error
	if errors.As(err, &known) && known.Server == "" {
		copied := *known
		copied.Op, copied.Server, copied.Address = "send to", s.conn.server.String(), s.address
		return &copied
	}
	return s.conn.fail(err, "send to", s.address)
}

// deliver sends what has no error yet, and gives what fails one. The error that
// it returns is that of all.
func (s *sender) deliver(ctx context.Context, list []amqp091.Publishing, errs []error) error {
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
		if err := s.window(ctx, list[start:end], errs[start:end]); err != nil {
			return giveRest(errs[start:], err, start == 0)
		}
	}
	return nil
}

// giveRest gives an error to all that have none, or returns it where it is
// that of all.
func giveRest(errs []error, err error, all bool) error {
	if all {
		return err
	}
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return nil
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

// window sends as many messages as may wait for their confirms at one time.
// What could not leave because the channel was broken is sent on a new one.
func (s *sender) window(ctx context.Context, list []amqp091.Publishing, errs []error) error {
	for attempt := 0; ; attempt++ {
		if err := s.ready(ctx); err != nil {
			return err
		}
		sent := s.outlet.publish(ctx, s, list, errs)
		if !sent.broken {
			return sent.wait(ctx, s, errs)
		}
		if sent.any || attempt > 0 {
			return sent.wait(ctx, s, errs)
		}
		s.drop()
	}
}

// ready makes sure that there is a channel.
func (s *sender) ready(ctx context.Context) error {
	if s.outlet != nil && !s.outlet.channel.IsClosed() {
		return nil
	}
	s.outlet = nil
	ch, l, err := s.conn.out.channel(ctx)
	if err != nil {
		return err
	}
	o := &outlet{channel: ch, link: l}
	o.ended = ch.NotifyClose(make(chan *amqp091.Error, 1))
	// The library hands over what came back before it confirms it: what is
	// confirmed and not in here by then was routed.
	o.returned = ch.NotifyReturn(make(chan amqp091.Return, maxBatch))
	if _, err := await(ctx, &s.conn.work, func() (struct{}, error) { return struct{}{}, ch.Confirm(false) }, nil); err != nil {
		s.conn.work.Go(func() { dispose(ch) })
		return err
	}
	s.outlet = o
	return nil
}

// drop gives the channel up: what is still on its way there belongs to nobody.
func (s *sender) drop() {
	if s.outlet == nil {
		return
	}
	ch := s.outlet.channel
	s.outlet = nil
	s.conn.work.Go(func() { dispose(ch) })
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
	if s.outlet == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	ch := s.outlet.channel
	_, _ = await(ctx, &s.conn.work, func() (struct{}, error) { // one that broke has nothing more to say
		dispose(ch)
		return struct{}{}, nil
	}, nil)
	return nil
}
