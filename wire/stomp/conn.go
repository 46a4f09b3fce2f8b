package stomp

import (
	"context"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is one connection to send on, which all senders share, and one for each
// receiver.
type conn struct {
	server   driver.Server
	entrance *entrance
	out      *line

	opened driver.Opened

	mu    sync.Mutex
	temps map[string]*receiver // of temporary queues, by destination
}

var _ driver.Conn = (*conn)(nil)

func newConn(server driver.Server, e *entrance) *conn {
	return &conn{
		server: server, entrance: e, out: newLine(e),
		temps: make(map[string]*receiver),
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
	return c.opened.Close(func() error {
		c.out.close()
		return nil
	})
}
