package redis

import (
	"context"
	"fmt"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// sender sends to one address: one command for each message, all in one piece.
type sender struct {
	conn    *conn
	address string
	limit   int
	// command makes the command that sends a message.
	command func(ctx context.Context, m *driver.Message) *goredis.Cmd

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

func (c *conn) newSender(opts driver.SenderOptions) *sender {
	s := &sender{conn: c, address: opts.Address, limit: opts.MaxMessageBytes}
	if s.limit <= 0 {
		s.limit = maxMessage
	}
	return s
}

// register makes the connection close the sender.
func (s *sender) register() (driver.Sender, error) {
	if !s.conn.opened.Keep(s) {
		return nil, s.fail(goredis.ErrClosed)
	}
	return s, nil
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.address) }

// Send writes all commands, then reads all answers.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.busy.Done()
	if err := ctx.Err(); err != nil {
		return s.fail(err)
	}
	if len(messages) > maxBatch {
		return s.fail(invalidError{fmt.Errorf("%d messages in one batch, the limit is %d", len(messages), maxBatch)})
	}
	errs := make([]error, len(messages))
	sent := make([]*goredis.Cmd, len(messages))
	pipeline := s.conn.main.Pipeline()
	for i, m := range messages {
		if errs[i] = s.acceptable(m); errs[i] != nil {
			continue
		}
		sent[i] = s.command(ctx, m)
		if err := pipeline.Process(ctx, sent[i]); err != nil {
			errs[i] = s.fail(err)
		}
	}
	if pipeline.Len() > 0 {
		_, _ = pipeline.Exec(ctx) // each command has its own error
	}
	s.collect(sent, errs)
	return driver.JoinBatch(errs)
}

// collect puts the failures of commands in their places.
func (s *sender) collect(sent []*goredis.Cmd, errs []error) {
	for i, cmd := range sent {
		if cmd == nil || errs[i] != nil {
			continue
		}
		err := cmd.Err()
		if err == goredis.Nil { //nolint:errorlint // it is a constant of the library, never wrapped here
			err = errMissing // only XADD NOMKSTREAM answers so
		}
		errs[i] = s.fail(err)
	}
}

func (s *sender) acceptable(m *driver.Message) error {
	if size := m.Size(); size > s.limit {
		return &driver.Error{
			Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.address, NotSent: true,
			Err: fmt.Errorf("%d bytes, the limit is %d", size, s.limit), Hint: "send less, or raise the limit",
		}
	}
	if err := driver.CheckParams(m.Params); err != nil {
		return s.fail(invalidError{err})
	}
	return nil
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail(goredis.ErrClosed)
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
	s.conn.opened.Forget(s)
	return nil
}
