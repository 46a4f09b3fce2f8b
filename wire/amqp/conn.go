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

	opened driver.Opened
}

var (
	_ driver.Conn  = (*conn)(nil)
	_ driver.Admin = (*conn)(nil)
)

func newConn(server driver.Server, e *entrance) *conn {
	c := &conn{server: server}
	c.out, c.in = newLine(e, &c.work), newLine(e, &c.work)
	return c
}

// Ping opens and closes a channel, as the protocol has no method for it.
func (c *conn) Ping(ctx context.Context) error {
	err := c.out.on(ctx, func(*amqp091.Channel) error { return nil })
	return c.fail(err, "ping", "")
}

// Close closes all that was opened from the connection, then the connection.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		err := errors.Join(c.out.close(), c.in.close())
		c.work.Wait()
		return err
	})
}
