package websocket

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// How a line comes back after a break: the first wait, the longest, how long a
// server may be away before receivers are told, and how short a connection may
// live, and how often, before it is taken for one that does not work.
const (
	firstWait   = 20 * time.Millisecond
	longestWait = 5 * time.Second
	patience    = 15 * time.Second
	shortLife   = 5 * time.Second
	shortLives  = 6
)

// line is a place on the server and the connection to it, which is made when it
// is first needed and again when it broke.
type line struct {
	conn  *conn
	key   string
	place *place
	users int // guarded by conn.mu

	turn chan struct{} // held by whoever connects
	ctx  context.Context
	end  context.CancelFunc

	mu        sync.Mutex
	socket    *socket
	receivers []*receiver // replaced, never changed
	returning bool        // somebody is connecting again in the background
	short     int         // connections one after the other that lived briefly
	closed    bool
}

func newLine(c *conn, key string, p *place) *line {
	l := &line{conn: c, key: key, place: p, turn: make(chan struct{}, 1)}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// live returns the connection, which is made where there is none.
func (l *line) live(ctx context.Context) (*socket, error) {
	if s := l.current(); s != nil {
		return s, nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.ctx.Done():
		return nil, web.ErrClosed
	}
	if s := l.current(); s != nil {
		return s, nil
	}
	return l.connect(ctx)
}

func (l *line) connect(ctx context.Context) (*socket, error) {
	dialing, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	ws, err := l.conn.dial(dialing, l.place)
	if err != nil {
		if l.ctx.Err() != nil {
			return nil, web.ErrClosed
		}
		return nil, err
	}
	s := newSocket(l, ws)
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		_ = ws.CloseNow() // it was never used
		return nil, web.ErrClosed
	}
	l.socket = s
	s.start()
	l.mu.Unlock()
	// The server answers a ping only when it is ready to read: what is sent
	// from here on finds this connection there.
	if err := s.confirm(dialing); err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

// current returns the connection where there is one that is not broken.
func (l *line) current() *socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.socket == nil || l.socket.isOver() {
		return nil
	}
	return l.socket
}

// isBroken reports whether somebody receives here and there is no connection.
func (l *line) isBroken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.receivers) > 0 && (l.socket == nil || l.socket.isOver())
}

func (l *line) listeners() []*receiver {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.receivers
}

func (l *line) join(r *receiver) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.receivers = append(slices.Clone(l.receivers), r)
}

func (l *line) part(r *receiver) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.receivers = slices.DeleteFunc(slices.Clone(l.receivers), func(x *receiver) bool { return x == r })
}

// lost is told by a socket that it broke. Where somebody receives the line comes
// back by itself; who sends connects when it sends.
func (l *line) lost(why error, lived time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.returning || len(l.receivers) == 0 {
		return
	}
	if l.short++; lived >= shortLife {
		l.short = 0
	}
	l.returning = true
	l.conn.tasks.Go(func() {
		err := l.comeBack(why)
		l.mu.Lock()
		l.returning = false
		l.mu.Unlock()
		if err != nil {
			l.failAll(err)
		}
	})
}

// comeBack connects until it succeeds or there is no more point in it.
func (l *line) comeBack(why error) error {
	l.mu.Lock()
	short := l.short
	l.mu.Unlock()
	if !l.worthwhile(why) || short >= shortLives {
		return why
	}
	late, cancel := context.WithTimeout(l.ctx, patience)
	defer cancel()
	wait := min(firstWait<<(2*short), longestWait)
	for {
		select {
		case <-time.After(wait/2 + rand.N(wait)): //nolint:gosec // spreads clients, no secret
		case <-late.Done():
			return why
		}
		ctx, cancel := context.WithTimeout(late, handshakeTimeout)
		_, err := l.live(ctx)
		cancel()
		if err == nil || l.ctx.Err() != nil {
			return nil
		}
		if !l.worthwhile(err) {
			return err
		}
		why, wait = err, min(2*wait, longestWait)
	}
}

// worthwhile reports whether trying again may help after an error.
func (l *line) worthwhile(err error) bool {
	return driver.Retryable(l.conn.fail(err, "", ""))
}

// failAll tells the receivers that nothing more comes. They are no longer here:
// a sender that connects again does not do it for them.
func (l *line) failAll(err error) {
	l.mu.Lock()
	receivers := l.receivers
	l.receivers = nil
	l.mu.Unlock()
	for _, r := range receivers {
		r.inbox.Fail(err)
	}
}

func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	s := l.socket
	l.mu.Unlock()
	l.end()
	if s != nil {
		s.close()
	}
}
