package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// link is one connection, shared by all brokers to the same server, and made
// anew when it breaks.
type link struct {
	mux      *Mux
	identity string
	driver   driver.Driver
	server   driver.Server
	cfg      Config
	users    int // guarded by mux.mu

	// turn is held by whoever is connecting. It is a channel so that waiting
	// for it can end with a context.
	turn chan struct{}

	mu    sync.Mutex
	conn  driver.Conn // nil before the first connect and after the last release
	era   int         // counts connections, so that one failure renews only once
	ended bool
}

// current returns the connection and its era.
func (l *link) current() (driver.Conn, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn, l.era
}

// left reports whether an error only says that the connection of an era was
// closed, since it was broken and there is another by now.
func (l *link) left(era int, err error) bool {
	_, now := l.current()
	return now != era && errors.Is(err, driver.ErrClosed)
}

// connect makes the first connection unless there is one.
func (l *link) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.ConnectTimeout)
	defer cancel()
	return l.renew(ctx, 0, l.cfg.Attempts)
}

// renew replaces the connection of an era unless somebody else already has, or
// unless it still answers. It tries the given number of times.
func (l *link) renew(ctx context.Context, era, attempts int) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return l.outOfTime(ctx, nil)
	}
	old, now := l.current()
	if now != era || (old != nil && old.Ping(ctx) == nil) {
		return nil
	}
	conn, err := l.dial(ctx, attempts)
	if err != nil {
		return err
	}
	return l.replace(conn)
}

func (l *link) replace(conn driver.Conn) error {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return errors.Join(closedError(l.server, "connect"), conn.Close())
	}
	old := l.conn
	l.conn = conn
	l.era++
	l.mu.Unlock()
	if old != nil {
		_ = old.Close() // it is broken: that it cannot say goodbye is no news
		l.tell(Event{What: "reconnected"})
	}
	return nil
}

// dial tries to connect until it succeeds, must give up, or ctx ends.
func (l *link) dial(ctx context.Context, attempts int) (driver.Conn, error) {
	for attempt := 0; ; attempt++ {
		conn, err := l.driver.Connect(ctx, l.server)
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, l.outOfTime(ctx, err)
		}
		if !driver.Retryable(err) || attempt+1 >= attempts {
			return nil, err
		}
		wait := l.cfg.Backoff.wait(attempt)
		l.tell(Event{What: "retrying", Err: err, Wait: wait})
		if !sleep(ctx, wait) {
			return nil, l.outOfTime(ctx, err)
		}
	}
}

// outOfTime explains an ended context by the last failure, which says more.
func (l *link) outOfTime(ctx context.Context, last error) error {
	var known *driver.Error
	if errors.As(last, &known) {
		return last
	}
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	return &driver.Error{
		Kind: driver.ErrTimeout, Op: "connect", Server: l.server.String(), Err: last, Retry: true, NotSent: true,
		Hint: fmt.Sprintf("check that a %s server listens there", l.server.Protocol),
	}
}

func (l *link) tell(e Event) {
	if l.cfg.OnEvent == nil {
		return
	}
	e.Server = l.server.String()
	l.cfg.OnEvent(e)
}

// release gives up one user's share; the last one closes the connection.
func (l *link) release() error {
	l.mux.mu.Lock()
	l.users--
	last := l.users == 0
	if last {
		delete(l.mux.links, l.identity)
	}
	l.mux.mu.Unlock()
	if !last {
		return nil
	}
	l.mu.Lock()
	conn := l.conn
	l.conn, l.ended = nil, true
	l.mu.Unlock()
	if conn == nil {
		return nil
	}
	return conn.Close()
}

func closedError(server driver.Server, op string) error {
	return &driver.Error{Kind: driver.ErrClosed, Op: op, Server: server.String(), NotSent: true}
}
