package websocket

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// conn is a server that was there when it was asked. Its lines are the
// connections with the protocol.
type conn struct {
	server    driver.Server
	settings  *settings
	transport *http.Transport
	client    *http.Client
	tasks     sync.WaitGroup // goroutines of lines and their sockets

	opened driver.Opened

	mu    sync.Mutex
	lines map[string]*line
	count int // of lines that are not shared, to tell them apart
}

var _ driver.Conn = (*conn)(nil)

// Ping asks the server for a sign of life.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.check(); err != nil {
		return c.fail(err, "ping", "")
	}
	return c.fail(c.probe(ctx), "ping", "")
}

func (c *conn) probe(ctx context.Context) error {
	if c.settings.tcpProbe {
		return c.settings.ProbeTCP(ctx)
	}
	return c.settings.Probe(ctx, c.client, http.MethodGet)
}

func (c *conn) check() error {
	if c.opened.IsClosed() {
		return web.ErrClosed
	}
	return nil
}

// take returns the line at a place, for one more user. Who needs a line of its
// own says so.
func (c *conn) take(p *place, alone bool) (*line, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened.IsClosed() {
		return nil, web.ErrClosed
	}
	key := p.key()
	if alone {
		c.count++
		key = fmt.Sprintf("%d %s", c.count, key)
	}
	l, ok := c.lines[key]
	if !ok {
		l = newLine(c, key, p)
		c.lines[key] = l
	}
	l.users++
	return l, nil
}

// leave gives a line back; with its last user it ends.
func (c *conn) leave(l *line) {
	c.mu.Lock()
	l.users--
	last := l.users == 0
	if last {
		delete(c.lines, l.key)
	}
	c.mu.Unlock()
	if last {
		l.close()
	}
}

// mendTime is how long a Send waits for receivers at most.
const mendTime = 2 * time.Second

// mend connects the lines of an address again on which somebody receives, so
// that what is sent after a break is not sent before they can hear it.
func (c *conn) mend(ctx context.Context, address string) {
	ctx, cancel := context.WithTimeout(ctx, mendTime)
	defer cancel()
	for _, l := range c.broken(address) {
		_, _ = l.live(ctx) // whoever receives there is told of it
	}
}

func (c *conn) broken(address string) []*line {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []*line
	for _, l := range c.lines {
		if l.place.address == address && l.isBroken() {
			list = append(list, l)
		}
	}
	return list
}

// Close closes all that was opened from the connection.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		c.tasks.Wait()
		c.transport.CloseIdleConnections()
		return nil
	})
}
