package websocket

import (
	"context"
	"errors"
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

	mu     sync.Mutex
	closed bool
	lines  map[string]*line
	open   map[closer]struct{}
	count  int // of lines that are not shared, to tell them apart
}

type closer interface{ Close() error }

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
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return web.ErrClosed
	}
	return nil
}

// take returns the line at a place, for one more user. Who needs a line of its
// own says so.
func (c *conn) take(p *place, alone bool) (*line, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
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

// Close closes all that was opened from the connection.
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

	var closing sync.WaitGroup
	errs := make([]error, len(open))
	for i, x := range open {
		closing.Go(func() { errs[i] = x.Close() })
	}
	closing.Wait()
	c.tasks.Wait()
	c.transport.CloseIdleConnections()
	return errors.Join(errs...)
}
