package amqp1

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/Azure/go-amqp"
)

// closing bounds what a goodbye may take from a server that no longer answers.
const closing = 5 * time.Second

// line is a connection that is made anew when it is broken.
type line struct {
	entrance *entrance
	turn     chan struct{} // held by who is connecting

	mu      sync.Mutex
	current *link
	closed  bool
}

// link is one connection to a server.
type link struct {
	*amqp.Conn
	dialect dialect
	raw     net.Conn
}

// goodbye ends a connection in bounded time: the library waits for what it is
// writing.
func (k *link) goodbye() {
	late := time.AfterFunc(closing, func() { _ = k.raw.Close() })
	defer late.Stop()
	_ = k.Close() // that one which is broken, or breaks meanwhile, cannot say it is no news
}

func newLine(e *entrance) *line { return &line{entrance: e, turn: make(chan struct{}, 1)} }

// live returns the connection, or nil where there is none that works.
func (l *line) live() (*link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, errClosed
	case l.current == nil || isDone(l.current.Done()):
		return nil, nil
	}
	return l.current, nil
}

func isDone(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// get returns a connection that works, as far as is known.
func (l *line) get(ctx context.Context) (*link, error) {
	if known, err := l.live(); known != nil || err != nil {
		return known, err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if known, err := l.live(); known != nil || err != nil {
		return known, err
	}
	made, err := l.entrance.dial(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		made.goodbye()
		return nil, errClosed
	}
	l.current = made
	return made, nil
}

// session begins a session. A connection that turns out to be broken is made
// anew once.
func (l *line) session(ctx context.Context) (*amqp.Session, *link, error) {
	for attempt := 0; ; attempt++ {
		c, err := l.get(ctx)
		if err != nil {
			return nil, nil, err
		}
		s, err := c.NewSession(ctx, nil)
		if err == nil || attempt > 0 || !isDone(c.Done()) {
			return s, c, err
		}
	}
}

// close ends the connection.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.current != nil {
		l.current.goodbye()
	}
}

// end ends a session in bounded time, and with it what was received on it and
// not settled.
func end(s *amqp.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = s.Close(ctx) // one that broke has nothing more to say
}
