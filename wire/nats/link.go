package nats

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weft-dev/weft/wire/driver"
)

// closing bounds what saying goodbye may take to a server that no longer
// answers.
const closing = 3 * time.Second

// link is a connection to a server, of either protocol. The client library
// makes it anew when it breaks, for as long as it takes.
type link struct {
	server driver.Server
	client *nats.Conn
	dialer *dialer

	opened driver.Opened
}

// renewed is what wants to know that the connection was made anew.
type renewed interface{ renewed() }

func newLink(server driver.Server) *link {
	return &link{server: server, dialer: &dialer{}}
}

// dial makes the first connection. It ends with ctx, whatever the server does.
func (l *link) dial(ctx context.Context, opts []nats.Option) error {
	connect := nats.GetDefaultOptions()
	for _, opt := range opts {
		if err := opt(&connect); err != nil {
			return invalidError{err}
		}
	}
	if deadline, ok := ctx.Deadline(); ok {
		connect.Timeout = max(min(connect.Timeout, time.Until(deadline)), time.Millisecond)
	}
	release := l.dialer.bind(ctx)
	client, err := connect.Connect()
	release()
	if err != nil {
		return errors.Join(ctx.Err(), err, l.dialer.cause())
	}
	l.client = client
	return nil
}

// await waits until the connection stands.
func (l *link) await(ctx context.Context) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		switch l.client.Status() {
		case nats.CONNECTED:
			return nil
		case nats.CLOSED:
			return l.ended()
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return lostError{errors.Join(ctx.Err(), l.dialer.cause())}
		}
	}
}

// ended says why there is no connection any more: we closed it, or the client
// gave up, which it does when it is no longer let in.
func (l *link) ended() error {
	if !l.opened.IsClosed() {
		if err := l.client.LastError(); err != nil {
			return err
		}
	}
	return nats.ErrConnectionClosed
}

// Ping asks the server for a sign of life; while the connection is being made
// anew it waits for that.
func (l *link) Ping(ctx context.Context) error {
	if err := l.await(ctx); err != nil {
		return l.fail(err, "ping", "")
	}
	return l.fail(l.flush(ctx), "ping", "")
}

// flush returns when the server has taken all that was written.
func (l *link) flush(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Minute) // the client insists on a deadline
		defer cancel()
	}
	err := l.client.FlushWithContext(ctx)
	if errors.Is(err, nats.ErrConnectionClosed) && !l.client.IsClosed() {
		return brokenError{err} // while it waited, not for good
	}
	return err
}

// publish writes a message.
func (l *link) publish(ctx context.Context, m *nats.Msg) error {
	return l.write(ctx, func() error { return l.client.PublishMsg(m) })
}

// tell writes what has neither headers nor a reply subject.
func (l *link) tell(ctx context.Context, subject string, data []byte) error {
	return l.write(ctx, func() error { return l.client.Publish(subject, data) })
}

// write writes; while the connection is being made anew it waits, so that
// nothing is sent later that nobody expects.
func (l *link) write(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, nats.ErrReconnectBufExceeded) {
			return err
		}
		if err := l.await(ctx); err != nil {
			return err
		}
	}
}

// reconnected tells those who must do something about it.
func (l *link) reconnected(*nats.Conn) {
	l.opened.Each(func(x io.Closer) {
		if r, ok := x.(renewed); ok {
			r.renewed()
		}
	})
}

// Close closes all that was opened from the connection, then the connection.
func (l *link) Close() error {
	return l.opened.Close(func() error {
		if l.client.IsConnected() {
			ctx, cancel := context.WithTimeout(context.Background(), closing)
			defer cancel()
			_ = l.client.FlushWithContext(ctx) // each of those opened has said whether it succeeded
		}
		l.client.Close()
		return nil
	})
}

// dialer opens network connections. The first ones end with the context of
// Connect, which the client library does not know of.
type dialer struct {
	mu   sync.Mutex
	ctx  context.Context
	stop []func() bool
	last error
}

// bind ties connections to ctx until release is called.
func (d *dialer) bind(ctx context.Context) (release func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ctx = ctx
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, stop := range d.stop {
			stop()
		}
		d.ctx, d.stop = nil, nil
	}
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	d.mu.Lock()
	ctx := d.ctx
	d.mu.Unlock()
	if ctx == nil {
		ctx = context.Background()
	}
	inner := net.Dialer{Timeout: connectTimeout}
	c, err := inner.DialContext(ctx, network, address)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = err
	if err == nil && d.ctx != nil {
		d.stop = append(d.stop, context.AfterFunc(d.ctx, func() { _ = c.Close() }))
	}
	return c, err
}

// cause is why the last connection did not come about: the client library says
// no more than that there are no servers.
func (d *dialer) cause() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}
