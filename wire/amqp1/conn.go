package amqp1

import (
	"context"
	"errors"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is two connections to a server: one to send on, which the server may
// stop reading when it has no room, and one to receive on, so that what is
// settled still gets through then. The second is made when it is needed.
type conn struct {
	server  driver.Server
	out, in *line
	work    sync.WaitGroup

	mu     sync.Mutex
	closed bool
	open   map[closer]struct{}
}

type closer interface{ Close() error }

var _ driver.Conn = (*conn)(nil)

func newConn(server driver.Server, e *entrance) *conn {
	second := *e
	second.container += "-in" // a server may send away who comes with the same name
	return &conn{server: server, open: make(map[closer]struct{}), out: newLine(e), in: newLine(&second)}
}

// Ping begins a session, as the protocol has nothing of its own for it. Its end
// is not waited for: RabbitMQ 3 sometimes leaves it unanswered.
func (c *conn) Ping(ctx context.Context) error { return c.fail(c.ping(ctx), "ping", "") }

func (c *conn) ping(ctx context.Context) error {
	s, _, err := c.out.session(ctx)
	if err != nil {
		return err
	}
	c.work.Go(func() { end(s) })
	return nil
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
	c.out.close()
	c.in.close()
	c.work.Wait()
	return errors.Join(errs...)
}
