package mqtt

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// The waits between attempts to reach a server again, the first and the
// longest.
const (
	firstWait = 50 * time.Millisecond
	mostWait  = 2 * time.Second
	// patience bounds one attempt.
	patience = 10 * time.Second
	// A session that the server ends without a word within brief is suspected to
	// be taken over by another client under our name when that happens rivals
	// times in a row: each time one of us two connects, the server hangs up on
	// the other. MQTT 5 has a word for it, 3.1.1 has none.
	brief  = 500 * time.Millisecond
	rivals = 3
	// meetings is how often a first session is tried that is taken away at once.
	meetings = 10
)

// role is what a client does on its sessions beside being there.
type role interface {
	// hello is how to log in; first says that it is for the first time.
	hello(first bool) *packets.Connect
	// begin is told of a new session before anything of it arrives; resumed
	// says that the server has kept what was before.
	begin(s *session, resumed bool)
	// ready is told when packets of the session arrive; it may ask the server
	// for something.
	ready(ctx context.Context, s *session) error
	// packet is what arrived.
	packet(s *session, p frame.Packet)
	// lost is told that a session ended, and decides whether to try again. It
	// returns an error when that is in vain.
	lost(s *session, err error) error
	// over is told that there will be no more sessions.
	over(err error)
}

// client keeps a session with a server for as long as it is open: when a
// connection breaks it makes another.
type client struct {
	conn *conn
	role role

	mu      sync.Mutex
	session *session // nil while there is none
	failure error    // why there will be none any more
	last    error    // why there is none now
	changed chan struct{}
	parting *packets.Disconnect // how to say goodbye, once that is wanted

	quit context.CancelFunc
	work sync.WaitGroup
}

func newClient(c *conn, r role) *client {
	return &client{conn: c, role: r, changed: make(chan struct{})}
}

// start makes the first session. It ends with ctx.
func (c *client) start(ctx context.Context) error {
	s, err := c.connect(ctx, true)
	var interrupted interruptedError
	for tries := 1; errors.As(err, &interrupted) && tries < meetings && ctx.Err() == nil; tries++ {
		pause(ctx, 0)
		s, err = c.connect(ctx, true)
	}
	if err != nil {
		return err
	}
	lifetime, quit := context.WithCancel(context.Background())
	c.quit = quit
	c.came(s)
	c.work.Go(func() { c.keep(lifetime, s) })
	return nil
}

// connect makes a session that is ready.
func (c *client) connect(ctx context.Context, first bool) (*session, error) {
	hello := c.role.hello(first)
	if err := c.conn.settings.login(hello); err != nil {
		return nil, err
	}
	s, err := dialSession(ctx, c.conn.settings, c.conn.codec(), hello)
	if err != nil {
		return nil, err
	}
	c.role.begin(s, s.welcome.SessionPresent && !first)
	s.run(c.role.packet)
	if err := c.role.ready(ctx, s); err != nil {
		s.fail(err)
		s.work.Wait()
		_ = c.role.lost(s, err) // the caller knows why
		if driver.IsHangup(err) || isTakenOver(err) {
			err = interruptedError{err}
		}
		return nil, errors.Join(err, ctx.Err())
	}
	return s, nil
}

// keep replaces the session whenever it ends, until the client is closed or
// there is no point.
func (c *client) keep(ctx context.Context, s *session) {
	began, strikes := time.Now(), 0
	for {
		<-s.dead
		s.work.Wait()
		err := s.failure()
		if strikes++; !driver.IsHangup(err) || time.Since(began) > brief {
			strikes = 0
		}
		if strikes > 0 && strikes%rivals == 0 {
			err = rivalError{err}
		}
		c.went(err)
		if in := c.role.lost(s, err); in != nil {
			c.give(in)
			return
		}
		if strikes > 0 {
			pause(ctx, strikes/rivals)
		}
		if s = c.again(ctx); s == nil {
			return
		}
		began = time.Now()
		if parting := c.came(s); parting != nil {
			s.leave(parting)
		}
	}
}

// pause waits a moment, of a length that no rival is likely to choose as well,
// and longer the more often it was in vain.
func pause(ctx context.Context, doublings int) {
	const least, usual = 10 * time.Millisecond, 90 * time.Millisecond
	timer := time.NewTimer(least + time.Duration(rand.Int64N(int64(min(usual<<min(doublings, 10), mostWait)))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// again tries to reach the server until it does. It returns nil when it gave up.
func (c *client) again(ctx context.Context) *session {
	for wait := firstWait; ; wait = min(2*wait, mostWait) {
		if ctx.Err() != nil {
			return nil
		}
		attempt, cancel := context.WithTimeout(ctx, patience)
		s, err := c.connect(attempt, false)
		cancel()
		if err == nil {
			return s
		}
		if ctx.Err() == nil && !classify(err).Retry {
			c.give(err)
			return nil
		}
		c.went(err)
		timer := time.NewTimer(wait - time.Duration(rand.Int64N(int64(wait)/5+1)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// came notes the session of now and tells who waits. Where the client was closed
// meanwhile it returns how to say goodbye.
func (c *client) came(s *session) (parting *packets.Disconnect) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
	c.tell()
	return c.parting
}

// went notes that there is no session, and why.
func (c *client) went(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.last = nil, why
	c.tell()
}

// tell lets everybody who waits look again; the caller holds the lock.
func (c *client) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// give ends the client for good.
func (c *client) give(err error) {
	c.mu.Lock()
	if c.failure != nil {
		c.mu.Unlock()
		return
	}
	c.failure = err
	c.tell()
	c.mu.Unlock()
	c.role.over(err)
}

// why returns the reason of there being no session now, or of the last time
// there was none.
func (c *client) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// current waits for a session.
func (c *client) current(ctx context.Context) (*session, error) {
	for {
		c.mu.Lock()
		s, failure, changed, last := c.session, c.failure, c.changed, c.last
		c.mu.Unlock()
		if failure != nil {
			return nil, failure
		}
		if s != nil {
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, awayError{ctx.Err(), last}
		}
	}
}

// ping asks the server for a sign of life.
func (c *client) ping(ctx context.Context) error {
	for {
		s, err := c.current(ctx)
		if err != nil {
			return err
		}
		select {
		case <-s.ping():
			return nil
		case <-s.dead:
			if err := ctx.Err(); err != nil {
				return err
			}
			time.Sleep(time.Millisecond) // until keep has noticed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close says goodbye and ends the client. It may be called twice.
func (c *client) close(parting *packets.Disconnect) {
	c.give(errClosed)
	if c.quit == nil {
		return
	}
	c.quit()
	c.mu.Lock()
	c.parting = parting
	s := c.session
	c.mu.Unlock()
	if s != nil {
		s.leave(parting)
	}
	c.work.Wait()
}
