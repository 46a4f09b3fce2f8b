package websocket

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/web"
)

// goodbye is how long a server may take to answer that we leave.
const goodbye = time.Second

// errSilent is why a connection ends whose server is no longer there.
var errSilent = errors.New("the server gives no sign of life")

// socket is one connection with the protocol.
type socket struct {
	line  *line
	ws    *websocket.Conn
	began time.Time

	ctx   context.Context         // ends reading
	stop  context.CancelCauseFunc // with why, where it is not we who leave
	over  chan struct{}           // closed when reading ended; why is set then
	why   error
	gone  atomic.Bool // we leave ourselves
	heard atomic.Bool // something came since the last sign of life

	mu    sync.Mutex
	stall context.Context // done while reading waits for receivers
	block context.CancelFunc
}

func newSocket(l *line, ws *websocket.Conn) *socket {
	s := &socket{line: l, ws: ws, began: time.Now(), over: make(chan struct{})}
	s.ctx, s.stop = context.WithCancelCause(context.Background())
	s.stall, s.block = context.WithCancel(context.Background())
	return s
}

func (s *socket) start() {
	s.line.conn.tasks.Go(s.read)
	if s.line.conn.settings.ping > 0 {
		s.line.conn.tasks.Go(s.keepAlive)
	}
}

func (s *socket) isOver() bool {
	select {
	case <-s.over:
		return true
	default:
		return s.gone.Load()
	}
}

// read hands on what comes, until the connection ends.
func (s *socket) read() {
	for {
		kind, body, err := s.ws.Read(s.ctx)
		if err != nil {
			s.why = s.endOf(err)
			break
		}
		s.heard.Store(true)
		s.deliver(kind, body)
	}
	close(s.over)
	_ = s.ws.CloseNow() // it is over already
	s.stop(nil)
	s.block()
	if !s.gone.Load() {
		s.line.lost(s.why, time.Since(s.began))
	}
}

// endOf tells a goodbye with reasons, and a message too large, from a
// connection that just broke.
func (s *socket) endOf(err error) error {
	var closed websocket.CloseError
	switch {
	case errors.As(err, &closed), errors.Is(err, websocket.ErrMessageTooBig):
		return err
	case s.ctx.Err() != nil:
		return web.BrokenError{Err: context.Cause(s.ctx)}
	}
	return web.BrokenError{Err: err}
}

// deliver gives each receiver its own message and waits where one is full: then
// nothing more is read, and the server has to wait in turn.
func (s *socket) deliver(kind websocket.MessageType, body []byte) {
	now := time.Now()
	for i, r := range s.line.listeners() {
		if i > 0 {
			body = append([]byte{}, body...)
		}
		m := r.message(kind, body, now)
		if r.inbox.Offer(m) {
			continue
		}
		s.block()
		_ = r.inbox.Put(s.ctx, m) // a receiver that has closed misses nothing
		s.unblock()
	}
}

func (s *socket) unblock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stall, s.block = context.WithCancel(context.Background())
}

func (s *socket) stalled() context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stall
}

// confirm waits for the answer to a ping: what was written before it has been
// read by then. While our own receivers are full no answer can be read, and
// there is nothing to wait for.
func (s *socket) confirm(ctx context.Context) error {
	if !s.line.conn.settings.confirm {
		return nil
	}
	stalled := s.stalled()
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(stalled, cancel)()
	err := s.ws.Ping(waiting)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return web.BrokenError{Err: ctx.Err()}
	case stalled.Err() != nil && !s.isOver():
		return nil
	}
	return s.reason(ctx, err)
}

// reason returns why the connection ended, which is more telling than that it
// could not be written to.
func (s *socket) reason(ctx context.Context, err error) error {
	select {
	case <-s.over:
		return s.why
	case <-ctx.Done():
	case <-time.After(goodbye):
	}
	return web.BrokenError{Err: err}
}

// keepAlive asks for a sign of life where nothing came for a while. A server
// that gives none within another while is gone.
func (s *socket) keepAlive() {
	every := s.line.conn.settings.ping
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-ticks.C:
		}
		if s.heard.Swap(false) || s.stalled().Err() != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(s.ctx, every)
		err := s.ws.Ping(ctx)
		cancel()
		if err != nil && s.stalled().Err() == nil {
			s.stop(errSilent) // ends reading, and with it the connection
			return
		}
	}
}

// drop ends the connection without a goodbye.
func (s *socket) drop() {
	s.gone.Store(true)
	s.stop(web.ErrClosed)
	<-s.over
}

// close says goodbye and waits a little for the answer.
func (s *socket) close() {
	s.gone.Store(true)
	hurry := time.AfterFunc(goodbye, func() { s.stop(web.ErrClosed) })
	defer hurry.Stop()
	s.line.conn.tasks.Go(func() {
		_ = s.ws.Close(websocket.StatusNormalClosure, "")
		s.stop(web.ErrClosed)
	})
	<-s.over
}
