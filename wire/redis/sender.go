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
	words   int // at most how many words the command of a message without headers has
	// say appends the words of the command that sends a message, and command makes
	// it of them.
	say     func(words []any, m *driver.Message) []any
	command func(ctx context.Context, words ...any) goredis.Cmder

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
	var errs refusals
	commands := s.commands(ctx, messages, &errs)
	if len(commands) > 0 {
		pipeline := s.conn.main.Pipeline()
		_ = pipeline.BatchProcess(ctx, commands...) // it only gathers them
		_, _ = pipeline.Exec(ctx)                   // each command has its own error
	}
	s.collect(commands, messages, &errs)
	return driver.JoinBatch(errs)
}

// refusals are the errors of messages, in their places; nil while there is none,
// as mostly.
type refusals []error

func (r *refusals) note(at, of int, err error) {
	if *r == nil {
		*r = make([]error, of)
	}
	(*r)[at] = err
}

func (r refusals) has(at int) bool { return r != nil && r[at] != nil }

// commands makes the commands of the messages that can be sent. Their words are
// side by side, since many small pieces of memory are a third of what sending
// costs.
func (s *sender) commands(ctx context.Context, messages []*driver.Message, errs *refusals) []goredis.Cmder {
	const shared = 1200
	list := make([]goredis.Cmder, 0, len(messages))
	var words []any
	for i, m := range messages {
		if err := s.acceptable(m); err != nil {
			errs.note(i, len(messages), err)
			continue
		}
		if most := s.words + 2*len(m.Headers); cap(words)-len(words) < most {
			words = make([]any, 0, max(most, min(shared, most*(len(messages)-i))))
		}
		start := len(words)
		words = s.say(words, m)
		list = append(list, s.command(ctx, words[start:len(words):len(words)]...))
	}
	return list
}

// collect puts the failures of commands in the places of their messages.
func (s *sender) collect(commands []goredis.Cmder, messages []*driver.Message, errs *refusals) {
	for i := range messages {
		if errs.has(i) {
			continue // it has no command
		}
		err := commands[0].Err()
		commands = commands[1:]
		if err == goredis.Nil { //nolint:errorlint // it is a constant of the library, never wrapped here
			err = errMissing // only XADD NOMKSTREAM answers so
		}
		if err != nil {
			errs.note(i, len(messages), s.fail(err))
		}
	}
}

// body is a message as the word of a command that is its body: a pointer, where
// the bytes would need a piece of memory more to be a word.
type body driver.Message

// MarshalBinary is how the client library asks for the bytes.
func (b *body) MarshalBinary() ([]byte, error) { return b.Body, nil }

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
