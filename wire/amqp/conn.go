package amqp

import (
	"context"
	"errors"
	"sync"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is two connections to a server: one to send on, which the server may
// stop reading when it has no room, and one to receive on, so that
// acknowledgements still get through then. The second is made when it is needed.
type conn struct {
	server  driver.Server
	out, in *line
	work    sync.WaitGroup

	mu     sync.Mutex
	closed bool
	open   map[closer]struct{}
}

type closer interface{ Close() error }

var (
	_ driver.Conn  = (*conn)(nil)
	_ driver.Admin = (*conn)(nil)
)

func newConn(server driver.Server, e *entrance) *conn {
	c := &conn{server: server, open: make(map[closer]struct{})}
	c.out, c.in = newLine(e, &c.work), newLine(e, &c.work)
	return c
}

// Ping opens and closes a channel, as the protocol has no method for it.
func (c *conn) Ping(ctx context.Context) error {
	err := c.out.on(ctx, func(*amqp091.Channel) error { return nil })
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

	var errs []error
	for _, x := range open {
		errs = append(errs, x.Close())
	}
	errs = append(errs, c.out.close(), c.in.close())
	c.work.Wait()
	return errors.Join(errs...)
}
