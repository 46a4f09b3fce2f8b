package websocket

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// sender writes to a line.
type sender struct {
	conn    *conn
	line    *line
	address string
	limit   int
	frame   frame
	confirm bool

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// OpenSender connects to a path, so that one that is not there is told now.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	p, kind, err := c.settings.placeOf(opts.Address, opts.Params, opts.Compression)
	if err != nil {
		return nil, c.fail(web.InvalidError{Err: err}, op, opts.Address)
	}
	l, err := c.take(p, false)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	s := &sender{conn: c, line: l, address: opts.Address, limit: opts.MaxMessageBytes, frame: kind, confirm: opts.Acks != driver.AcksNone}
	if s.limit <= 0 {
		s.limit = maxMessage
	}
	if _, err = l.live(ctx); err == nil && !c.opened.Keep(s) {
		err = web.ErrClosed
	}
	if err != nil {
		return nil, errors.Join(c.fail(err, op, opts.Address), s.Close())
	}
	return s, nil
}

// Send writes messages in order and waits until the server has read them.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return s.fail(err)
	}
	defer s.busy.Done()
	if err := ctx.Err(); err != nil {
		return err
	}
	errs := make([]error, len(messages))
	kinds := make([]websocket.MessageType, len(messages))
	good := 0
	for i, m := range messages {
		if kinds[i], errs[i] = s.acceptable(m); errs[i] == nil {
			good++
		}
	}
	if good > 0 {
		if err := s.write(ctx, messages, kinds, errs); err != nil {
			return s.fail(err)
		}
	}
	return driver.JoinBatch(errs)
}

// write sends the messages that have no error yet.
func (s *sender) write(ctx context.Context, messages []*driver.Message, kinds []websocket.MessageType, errs []error) error {
	socket, err := s.line.live(ctx)
	if err != nil {
		return err
	}
	s.conn.mend(ctx, s.address)
	for i, m := range messages {
		if errs[i] != nil {
			continue
		}
		if err := socket.ws.Write(ctx, kinds[i], m.Body); err != nil {
			if ctx.Err() != nil {
				return web.BrokenError{Err: ctx.Err()}
			}
			return socket.reason(ctx, err)
		}
	}
	if !s.confirm {
		return nil
	}
	return socket.confirm(ctx)
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return web.ErrClosed
	}
	s.busy.Add(1)
	return nil
}

// acceptable checks one message and says as what it is sent.
func (s *sender) acceptable(m *driver.Message) (websocket.MessageType, error) {
	if size := m.Size(); size > s.limit {
		return 0, &driver.Error{
			Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.address,
			Err: fmt.Errorf("%d bytes, the limit is %d", size, s.limit), NotSent: true,
		}
	}
	kind := s.frame
	for name, value := range m.Params {
		if name != "frame" {
			return 0, s.fail(web.InvalidError{Err: driver.CheckParams(m.Params, "frame")})
		}
		var err error
		if kind, err = web.OneOf(name, frame(value), auto, text, binary); err != nil {
			return 0, s.fail(web.InvalidError{Err: err})
		}
	}
	valid := kind != binary && utf8.Valid(m.Body)
	if kind == text && !valid {
		return 0, s.fail(web.InvalidError{Err: errors.New("the body is not UTF-8, which a text frame must be: send it as binary")})
	}
	if valid {
		return websocket.MessageText, nil
	}
	return websocket.MessageBinary, nil
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.address) }

// Close waits for what is under way and leaves the line.
func (s *sender) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	s.conn.leave(s.line)
	s.conn.opened.Forget(s)
	return nil
}
