package amqp1

import (
	"context"
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

	opened driver.Opened
}

var _ driver.Conn = (*conn)(nil)

func newConn(server driver.Server, e *entrance) *conn {
	second := *e
	second.container += "-in" // a server may send away who comes with the same name
	return &conn{server: server, out: newLine(e), in: newLine(&second)}
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

// Close closes all that was opened from the connection, then the connection.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		c.out.close()
		c.in.close()
		c.work.Wait()
		return nil
	})
}
