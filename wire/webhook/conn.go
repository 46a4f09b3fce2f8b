package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// conn is a server that was there when it was asked, or where we listen.
type conn struct {
	listens   bool
	server    driver.Server
	settings  *settings
	transport *http.Transport
	client    *http.Client
	tasks     sync.WaitGroup // goroutines of streams

	opened driver.Opened

	mu       sync.Mutex
	answers  map[string][]*stream // receivers of answers, by address
	listener *listener            // nil while nobody listens
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
	switch {
	case c.listens || c.settings.probeBy == "none":
		return ctx.Err()
	case c.settings.probeBy == "tcp":
		return c.settings.ProbeTCP(ctx)
	}
	err := c.settings.Probe(ctx, c.client, http.MethodHead)
	if err == nil || !strings.Contains(err.Error(), "http2: client conn") {
		return err
	}
	// HTTP/2 does not tell why a server hangs up, such as for a certificate that
	// it misses; HTTP/1.1 does.
	older := newTransport(c.settings)
	older.ForceAttemptHTTP2, older.Protocols = false, new(http.Protocols)
	older.Protocols.SetHTTP1(true)
	defer older.CloseIdleConnections()
	if why := c.settings.Probe(ctx, web.Client(older), http.MethodHead); why != nil {
		return why
	}
	return err
}

func (c *conn) check() error {
	if c.opened.IsClosed() {
		return web.ErrClosed
	}
	return nil
}

func (c *conn) keep(x io.Closer) error {
	if !c.opened.Keep(x) {
		return web.ErrClosed
	}
	return nil
}

// awaits puts a receiver of answers on the list of its address, or takes it off.
func (c *conn) awaits(s *stream, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(c.answers[s.place.address]), func(x *stream) bool { return x == s })
	if on {
		list = append(list, s)
	}
	if len(list) == 0 {
		delete(c.answers, s.place.address)
		return
	}
	c.answers[s.place.address] = list
}

func (c *conn) awaiting(address string) []*stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answers[address]
}

// Close closes all that was opened from the connection.
func (c *conn) Close() error {
	return c.opened.Close(func() error {
		c.tasks.Wait()
		c.transport.CloseIdleConnections()
		return nil
	})
}

// fail turns an error into one that says where it happened and what to do.
func (c *conn) fail(err error, op, address string) error {
	return driver.Fail(err, driver.Place{Op: op, Server: c.server, Address: address}, classify)
}

func classify(err error) *driver.Error {
	e := web.Classify(err,
		"check that an HTTP server listens there, and whether it expects TLS",
		"the server does not want this: see what it expects")
	var answer web.AnswerError
	switch {
	case errors.As(err, &answer) && errors.Is(e.Kind, driver.ErrProtocol) && answer.Status >= 400:
		e.Kind = driver.ErrServer
		if answer.Status == http.StatusMethodNotAllowed {
			e.Hint = "check the method (http.method in the server's URL, or the binding's)"
		}
	case errors.Is(err, errNoStream):
		e.Hint = "check the path: a receiver needs a stream of events; where others post to us, use webhook:// with an address of ours"
	case errors.Is(err, errOver):
		e.Kind, e.Hint = driver.ErrServer, ""
	case isTooLarge(err):
		e.Kind, e.Retry, e.NotSent, e.Hint = driver.ErrTooLarge, false, false, "raise http.max in the server's URL"
	}
	return e
}
