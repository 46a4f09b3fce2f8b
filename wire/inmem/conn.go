package inmem

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is a connection: a view of a server that can be closed.
type conn struct {
	driver Driver
	server *server
	name   string

	mu        sync.Mutex
	closed    bool
	receivers map[*receiver]struct{}
}

var (
	_ driver.Conn       = (*conn)(nil)
	_ driver.Admin      = (*conn)(nil)
	_ driver.Positioner = (*topicConn)(nil)
)

// topicConn is the conn of a server of topics, which alone have positions.
type topicConn struct{ *conn }

func newConn(d Driver, s *server, name string) driver.Conn {
	c := &conn{driver: d, server: s, name: name, receivers: make(map[*receiver]struct{})}
	if d.Queue {
		return c
	}
	return &topicConn{c}
}

func (c *conn) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return c.check("ping", "")
}

// check returns an error when the connection is closed.
func (c *conn) check(op, address string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail(driver.ErrClosed, op, address, nil)
	}
	return nil
}

func (c *conn) fail(kind error, op, address string, cause error) error {
	return &driver.Error{Kind: kind, Op: op, Server: c.name, Address: address, Err: cause, NotSent: true}
}

func (c *conn) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	if err := c.ready(ctx, "create", address, spec.Params); err != nil {
		return err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.stream(address)
	return nil
}

func (c *conn) Delete(ctx context.Context, address string) error {
	if err := c.ready(ctx, "delete", address, nil); err != nil {
		return err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	delete(c.server.streams, address)
	return nil
}

// ready checks what every call on an address needs.
func (c *conn) ready(ctx context.Context, op, address string, params map[string]string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if address == "" {
		return c.fail(driver.ErrInvalid, op, address, errors.New("the address is empty"))
	}
	if err := driver.CheckParams(params); err != nil {
		return c.fail(driver.ErrInvalid, op, address, err)
	}
	return c.check(op, address)
}

func (c *topicConn) Positions(ctx context.Context, address string) ([]driver.Position, error) {
	if err := c.ready(ctx, "take positions of", address, nil); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	st := c.server.stream(address)
	return []driver.Position{st.position(st.end())}, nil
}

func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	if err := c.ready(ctx, "send to", opts.Address, opts.Params); err != nil {
		return nil, err
	}
	if opts.Compression != "" && opts.Compression != "none" {
		return nil, c.fail(driver.ErrInvalid, "send to", opts.Address, fmt.Errorf("unknown compression %q: there is none", opts.Compression))
	}
	limit := opts.MaxMessageBytes
	if limit <= 0 {
		limit = c.driver.Capabilities().MaxMessageBytes
	}
	return &sender{conn: c, address: opts.Address, limit: limit}, nil
}

func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	if err := c.ready(ctx, "receive from", opts.Address, opts.Params); err != nil {
		return nil, err
	}
	if err := opts.Start.Check(); err != nil {
		return nil, c.fail(driver.ErrInvalid, "receive from", opts.Address, err)
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	st := c.server.stream(opts.Address)
	rd, err := st.reader(opts.Group, opts.Start)
	if err != nil {
		return nil, c.fail(driver.ErrInvalid, "receive from", opts.Address, err)
	}
	r := &receiver{conn: c, opts: opts, stream: st, reader: rd, gone: make(chan struct{})}
	c.mu.Lock()
	c.receivers[r] = struct{}{}
	c.mu.Unlock()
	return r, nil
}

func (c *conn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	receivers := make([]*receiver, 0, len(c.receivers))
	for r := range c.receivers {
		receivers = append(receivers, r)
	}
	c.mu.Unlock()
	for _, r := range receivers {
		_ = r.Close() // never fails
	}
	c.server.leave()
	return nil
}

// sender sends to one address.
type sender struct {
	conn    *conn
	address string
	limit   int

	mu     sync.Mutex
	closed bool
}

func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.check(ctx, messages); err != nil {
		return err
	}
	errs := make([]error, len(messages))
	good := make([]*driver.Message, 0, len(messages))
	for i, m := range messages {
		if errs[i] = s.acceptable(m); errs[i] == nil {
			good = append(good, m)
		}
	}
	if err := s.store(good); err != nil {
		return err
	}
	return driver.JoinBatch(errs)
}

func (s *sender) store(messages []*driver.Message) error {
	srv := s.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if err := srv.append(s.address, messages); err != nil {
		return s.fail(driver.ErrServer, err)
	}
	return nil
}

func (s *sender) check(ctx context.Context, messages []*driver.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if most := s.conn.driver.Capabilities().MaxBatch; len(messages) > most {
		return s.fail(driver.ErrInvalid, fmt.Errorf("%d messages in one batch, the limit is %d", len(messages), most))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail(driver.ErrClosed, nil)
	}
	return s.conn.check("send to", s.address)
}

func (s *sender) acceptable(m *driver.Message) error {
	if m.Size() > s.limit {
		return s.fail(driver.ErrTooLarge, fmt.Errorf("%d bytes, the limit is %d", m.Size(), s.limit))
	}
	if err := driver.CheckParams(m.Params); err != nil {
		return s.fail(driver.ErrInvalid, err)
	}
	return nil
}

func (s *sender) fail(kind, cause error) error {
	return s.conn.fail(kind, "send to", s.address, cause)
}

func (s *sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
