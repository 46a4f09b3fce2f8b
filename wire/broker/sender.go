package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// Sender sends to one address. It may be used from several goroutines.
type Sender struct {
	broker *Broker
	opts   driver.SenderOptions
	limit  int    // largest message
	batch  *batch // nil where the driver batches

	busy sync.WaitGroup // Sends under way

	mu     sync.Mutex
	closed bool
	inner  driver.Sender
	era    int
}

// Sender opens a sender. It is closed with the broker if not before.
func (b *Broker) Sender(ctx context.Context, opts driver.SenderOptions) (*Sender, error) {
	s := &Sender{broker: b, opts: opts, limit: opts.MaxMessageBytes}
	caps := s.capabilities()
	if s.limit <= 0 {
		s.limit = caps.MaxMessageBytes
	}
	err := b.call(ctx, "open a sender", func(ctx context.Context, _ driver.Conn) error {
		return s.open(ctx)
	})
	if err != nil {
		return nil, err
	}
	if !caps.Pipelined {
		s.batch = &batch{send: s.deliver, late: s.late, linger: opts.Linger, most: caps.MaxBatch, timeout: b.cfg.Timeout}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errors.Join(closedError(b.link.server, "open a sender"), s.inner.Close())
	}
	b.senders[s] = struct{}{}
	return s, nil
}

func (s *Sender) capabilities() driver.Capabilities {
	return s.broker.CapabilitiesFor(s.opts.Params)
}

// open gets the driver's sender on the connection of today.
func (s *Sender) open(ctx context.Context) error {
	conn, era := s.broker.link.current()
	if conn == nil {
		return closedError(s.broker.link.server, "send")
	}
	inner, err := conn.OpenSender(ctx, s.opts)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inner, s.era = inner, era
	return nil
}

// Send returns once the server has confirmed the messages, or with an error
// that says which it has not: a *driver.BatchError when only some failed. It
// ends with ctx or after the configured timeout. Messages that certainly did
// not leave because the connection broke are tried once more on a new one.
func (s *Sender) Send(ctx context.Context, messages ...*driver.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer s.busy.Done()
	for _, m := range messages {
		if err := s.check(m); err != nil {
			return err
		}
	}
	ctx, cancel := s.broker.deadline(ctx)
	defer cancel()
	if s.batch != nil {
		return s.batch.add(ctx, messages)
	}
	return s.inPieces(ctx, messages)
}

func (s *Sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail(driver.ErrClosed, nil, "")
	}
	s.busy.Add(1)
	return nil
}

// check refuses what the protocol cannot carry, rather than dropping it.
func (s *Sender) check(m *driver.Message) error {
	caps := s.capabilities()
	switch {
	case m.Address != "" && m.Address != s.opts.Address:
		return s.fail(driver.ErrInvalid, fmt.Errorf("the message is addressed to %q", m.Address), "open a sender for that address")
	case s.limit > 0 && m.Size() > s.limit:
		return s.fail(driver.ErrTooLarge, fmt.Errorf("%d bytes, the limit is %d", m.Size(), s.limit), "send less, or raise the limit here and on the server")
	case len(m.Key) > 0 && !caps.Keys:
		return s.fail(driver.ErrUnsupported, errors.New("the protocol has no message keys"), "")
	case len(m.Headers) > 0 && !caps.Headers:
		return s.fail(driver.ErrUnsupported, errors.New("the protocol has no headers"), "")
	case m.CorrelationID != "" && !caps.Correlation:
		return s.fail(driver.ErrUnsupported, errors.New("the protocol has no correlation id of its own"), "put it in the body")
	case m.ReplyTo != "" && !caps.ReplyTo:
		return s.fail(driver.ErrUnsupported, errors.New("the protocol has no reply address of its own"), "put it in a header or the body")
	}
	return nil
}

func (s *Sender) fail(kind, cause error, hint string) error {
	return &driver.Error{
		Kind: kind, Op: "send to", Server: s.broker.Server(), Address: s.opts.Address, Err: cause, Hint: hint, NotSent: true,
	}
}

// late says of an ended context where it ended; one that its owner cancelled
// stays what it is.
func (s *Sender) late(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &driver.Error{
		Kind: driver.ErrTimeout, Op: "send to", Server: s.broker.Server(), Address: s.opts.Address, Err: err, Retry: true,
		Hint: "check that the server answers; whether the message arrived is unknown",
	}
}

// inPieces keeps to the largest batch that the protocol takes.
func (s *Sender) inPieces(ctx context.Context, messages []*driver.Message) error {
	most := s.capabilities().MaxBatch
	if most <= 0 || len(messages) <= most {
		return s.deliver(ctx, messages)
	}
	errs := make([]error, 0, len(messages))
	for start := 0; start < len(messages); start += most {
		piece := messages[start:min(start+most, len(messages))]
		errs = append(errs, driver.SplitBatch(s.deliver(ctx, piece), len(piece))...)
	}
	return driver.JoinBatch(errs)
}

// deliver hands messages to the driver, once more if the connection turned out
// to be broken before any of them left.
func (s *Sender) deliver(ctx context.Context, messages []*driver.Message) error {
	inner, era := s.current()
	err := inner.Send(ctx, messages)
	again := driver.Retryable(err) || s.broker.link.left(era, err)
	if err == nil || !again || ctx.Err() != nil {
		return err
	}
	if renewed := s.reopen(ctx, era); renewed != nil {
		return err
	}
	var partial *driver.BatchError
	if errors.As(err, &partial) || !driver.NotSent(err) {
		return err
	}
	inner, _ = s.current()
	return inner.Send(ctx, messages)
}

func (s *Sender) current() (driver.Sender, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inner, s.era
}

// reopen makes the sender usable again after its connection broke.
func (s *Sender) reopen(ctx context.Context, era int) error {
	if err := s.broker.link.renew(ctx, era, s.broker.cfg.Attempts); err != nil {
		return err
	}
	old, now := s.current()
	if _, current := s.broker.link.current(); now == current {
		return nil
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	return old.Close()
}

// Close takes no more messages, waits for those under way until ctx ends, and
// gives up the sender.
func (s *Sender) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()

	s.broker.mu.Lock()
	delete(s.broker.senders, s)
	s.broker.mu.Unlock()

	idle := make(chan struct{})
	go func() {
		s.busy.Wait()
		close(idle)
	}()
	var late error
	select {
	case <-idle:
	case <-ctx.Done():
		late = s.fail(driver.ErrTimeout, errors.New("messages were still under way when it was closed"), "")
	}
	inner, _ := s.current()
	return errors.Join(late, inner.Close())
}
