package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// channelConn is a connection for publish/subscribe.
type channelConn struct{ *conn }

var _ driver.Conn = (*channelConn)(nil)

// silent is how long a subscription may be silent before the server is asked
// whether it is still there. A var, since tests have less time.
var silent = 15 * time.Second

// channelAhead is how many messages wait here at most. Those beyond stay with
// the server, which cuts off a subscriber that is too slow.
const channelAhead = 10_000

// OpenSender prepares to publish. Channels are not made: they are names.
func (c *channelConn) OpenSender(_ context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	s := c.newSender(opts)
	if err := c.checkSender(opts); err != nil {
		return nil, s.fail(err)
	}
	if isPattern(opts.Address) {
		return nil, s.fail(invalidError{errors.New("a pattern is for receiving: name one channel to send to")})
	}
	var channel any = unescape(opts.Address)
	s.words = 3
	s.say = func(words []any, m *driver.Message) []any { return append(words, "publish", channel, (*body)(m)) }
	s.command = func(ctx context.Context, words ...any) goredis.Cmder { return goredis.NewIntCmd(ctx, words...) }
	return s.register()
}

// isPattern reports whether an address has a wildcard that is not escaped.
func isPattern(address string) bool {
	for i := 0; i < len(address); i++ {
		switch address[i] {
		case '\\':
			i++
		case '*', '?', '[':
			return true
		}
	}
	return false
}

// unescape makes the name of a channel from an address that is no pattern.
func unescape(address string) string {
	if !strings.Contains(address, `\`) {
		return address
	}
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		if address[i] == '\\' && i+1 < len(address) {
			i++
		}
		b.WriteByte(address[i])
	}
	return b.String()
}

// subscription receives from one channel, or from those that fit a pattern.
type subscription struct {
	conn    *conn
	address string
	inbox   *inbox
	client  *goredis.Client // of its one connection
	pubsub  *goredis.PubSub
	quit    chan struct{}
	reader  sync.WaitGroup

	// Of the reader alone.
	arrived bundle
	free    int // how many messages there is room for, at least
}

// OpenReceiver subscribes, and returns when the server has confirmed it.
func (c *channelConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	s := &subscription{conn: c.conn, address: opts.Address, inbox: newInbox(opts.Prefetch, channelAhead), quit: make(chan struct{})}
	if err := c.checkSubscription(opts); err != nil {
		return nil, s.fail(err)
	}
	s.arrived.inbox = s.inbox
	s.client = c.listening(s.arrived.hand)
	if isPattern(opts.Address) {
		s.pubsub = s.client.PSubscribe(ctx, opts.Address)
	} else {
		s.pubsub = s.client.Subscribe(ctx, unescape(opts.Address))
	}
	if err := s.confirmed(ctx); err != nil {
		return nil, errors.Join(s.fail(err), s.pubsub.Close(), s.client.Close())
	}
	if !c.opened.Keep(s) {
		return nil, errors.Join(s.fail(errClosed), s.pubsub.Close(), s.client.Close())
	}
	s.reader.Go(s.read)
	return s, nil
}

func (c *channelConn) checkSubscription(opts driver.ReceiverOptions) error {
	if err := c.checkReceiver(opts); err != nil {
		return err
	}
	switch {
	case opts.Group != "":
		return unsupportedError{errors.New("publish/subscribe has no groups: use a stream")}
	case opts.Start.Kind != driver.Now:
		return unsupportedError{errors.New("publish/subscribe stores nothing to begin at: use a stream")}
	case opts.DeadLetter != "":
		return unsupportedError{errors.New("publish/subscribe has no dead letters: use a stream")}
	}
	return nil
}

// confirmed waits for the server's word that the subscription stands.
func (s *subscription) confirmed(ctx context.Context) error {
	timeout := answerTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	if timeout <= 0 {
		return context.DeadlineExceeded
	}
	answer, err := s.pubsub.ReceiveTimeout(ctx, timeout)
	if err != nil {
		return err
	}
	if _, ok := answer.(*goredis.Subscription); !ok {
		return fmt.Errorf("the server answers a subscription with a %T", answer)
	}
	return nil
}

func (s *subscription) fail(err error) error { return s.conn.fail(err, "receive from", s.address) }

// read moves messages into the inbox until the subscription is closed. The
// client library subscribes again by itself when a connection broke.
func (s *subscription) read() {
	asked := false
	failures := 0
	for s.roomy() {
		answer, err := s.pubsub.ReceiveTimeout(context.Background(), silent)
		switch {
		case err == nil:
			asked, failures = false, 0
			s.take(answer)
		case s.over():
			return
		case isTimeout(err) && !asked:
			asked = true
			_ = s.pubsub.Ping(context.Background()) // that it failed is seen by the next read
		case !isPassing(err):
			s.inbox.fail(s.fail(err))
			return
		default:
			asked = false
			pause(s.quit, failures)
			failures++
		}
	}
}

// roomy waits until there is room; false when the subscription is closed.
func (s *subscription) roomy() bool {
	if s.free > 0 {
		return !s.over()
	}
	s.arrived.hand()
	for {
		room, changed := s.inbox.room()
		switch {
		case s.over():
			return false
		case room > 0:
			s.free = room
			return true
		}
		select {
		case <-changed:
		case <-s.quit:
		}
	}
}

func (s *subscription) over() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

func (s *subscription) take(answer any) {
	m, ok := answer.(*goredis.Message)
	if !ok {
		return // a confirmation, or the answer to a ping
	}
	s.free--
	s.arrived.add(m)
}

// pause waits before another attempt, longer each time up to a second.
func pause(quit <-chan struct{}, failures int) {
	timer := time.NewTimer(min(20*time.Millisecond<<min(failures, 10), time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-quit:
	}
}

// Receive waits for messages.
func (s *subscription) Receive(ctx context.Context, most int) ([]*driver.Message, error) {
	messages, err := s.inbox.receive(ctx, most)
	if err != nil && ctx.Err() == nil {
		return nil, s.fail(err)
	}
	return messages, err
}

// Settle only makes room: nobody remembers what was published.
func (s *subscription) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b := s.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return s.fail(errClosed)
	}
	for _, settlement := range settlements {
		d, ok := settlement.Message.Token.(*delivery)
		if !ok || d.inbox != b {
			return &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: s.conn.server.String(), Address: s.address}
		}
		if !d.over {
			d.over = true
			b.held--
		}
	}
	b.wake()
	return nil
}

// Close unsubscribes.
func (s *subscription) Close() error {
	if !s.inbox.close() {
		return nil
	}
	close(s.quit)
	_ = s.pubsub.Close() // it is only closed here, and ends the read
	s.reader.Wait()
	_ = s.client.Close() // it has no more connections
	s.conn.opened.Forget(s)
	return nil
}
