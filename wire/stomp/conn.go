package stomp

import (
	"context"
	"errors"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is one connection to send on, which all senders share, and one for each
// receiver.
type conn struct {
	server   driver.Server
	entrance *entrance
	out      *line

	mu     sync.Mutex
	closed bool
	open   map[closer]struct{}
	temps  map[string]*receiver // of temporary queues, by destination
}

type closer interface{ Close() error }

var _ driver.Conn = (*conn)(nil)

func newConn(server driver.Server, e *entrance) *conn {
	return &conn{
		server: server, entrance: e, out: newLine(e),
		open: make(map[closer]struct{}), temps: make(map[string]*receiver),
	}
}

// Ping asks for a receipt.
func (c *conn) Ping(ctx context.Context) error {
	l, err := c.out.get(ctx)
	if err == nil {
		err = l.ping(ctx)
	}
	return c.fail(err, "ping", "")
}

// keep notes what must be closed with the connection; it reports false when
// the connection is closed already.
func (c *conn) keep(x closer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.open[x] = struct{}{}
	return true
}

func (c *conn) forget(x closer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, x)
}

func (c *conn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// hosts notes which receiver a temporary queue belongs to, or nil for none any
// more. It reports false when there is another.
func (c *conn) hosts(destination string, r *receiver) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r == nil {
		delete(c.temps, destination)
		return true
	}
	if c.temps[destination] != nil {
		return false
	}
	c.temps[destination] = r
	return true
}

func (c *conn) hostOf(destination string) *receiver {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.temps[destination]
}

// Close closes all that was opened from the connection, then the connection.
func (c *conn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	open := make([]closer, 0, len(c.open))
	for x := range c.open {
		open = append(open, x)
	}
	c.mu.Unlock()

	// At the same time: each says goodbye on its own connection.
	errs := make([]error, len(open))
	var work sync.WaitGroup
	for i, x := range open {
		work.Go(func() { errs[i] = x.Close() })
	}
	work.Wait()
	c.out.close()
	return errors.Join(errs...)
}
