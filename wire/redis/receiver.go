package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

const (
	// streamAhead is how many entries wait here at most, where no prefetch says:
	// two pages, so that one is read while the other is worked on.
	streamAhead = 2 * page

	// longPoll is how long the server may hold a read that finds nothing. An
	// entry ends it at once, and so do we where the server lets us.
	longPoll = time.Second

	// shortPoll is the same where the server has no way to end a read of
	// another connection: closing a group's receiver waits for it.
	shortPoll = 100 * time.Millisecond

	// usualIdle is how long a member of a group may be silent.
	usualIdle = 30 * time.Second
)

// receiver receives from one stream through a connection of its own. A
// goroutine reads ahead into the inbox and does a group's housekeeping.
type receiver struct {
	conn     *streamConn
	client   *goredis.Client
	session  atomic.Int64 // the server's number for our connection, 0 where it has none
	opts     driver.ReceiverOptions
	form     form
	consumer string
	idle     time.Duration
	dead     driver.Sender // where rejected messages go; nil for nowhere
	inbox    *inbox

	quit   chan struct{}
	reader sync.WaitGroup

	// Of the reader alone.
	room    int       // how long the last answer was
	after   streamID  // where to read on, without a group
	broken  bool      // a read ended without an answer: what it would have brought is ours all the same
	tended  time.Time // when we last took over what others left
	greeted time.Time // when we last said that we are alive

	mu   sync.Mutex
	mine holding // of a group: what is ours to settle
}

// OpenReceiver subscribes. The start is resolved here and now; a group that is
// new is given it as its position.
func (c *streamConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &receiver{
		conn: c, opts: opts, inbox: newInbox(opts.Prefetch, streamAhead),
		quit: make(chan struct{}), greeted: time.Now(),
	}
	if err := r.settings(); err != nil {
		return nil, r.fail(err)
	}
	if err := r.begin(ctx); err != nil {
		return nil, r.fail(err)
	}
	r.client = client(c.opts, longPoll+dialTimeout, r.connected)
	if !c.opened.Keep(r) {
		return nil, errors.Join(r.fail(errClosed), r.client.Close())
	}
	r.reader.Go(r.read)
	return r, nil
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// settings reads what was asked for beyond the usual.
func (r *receiver) settings() error {
	known := []string{"body.field"}
	if r.opts.Group != "" {
		known = append(known, "consumer", "claim.idle.ms")
	}
	if err := r.conn.checkReceiver(r.opts, known...); err != nil {
		return err
	}
	var err error
	if r.form, err = newForm(r.opts.Params); err != nil {
		return invalidError{err}
	}
	if r.consumer = r.opts.Params["consumer"]; r.consumer != "" {
		r.broken = true // a process before us may have left something under this name
	} else {
		r.consumer = "weft-" + rand.Text()[:12]
	}
	r.idle = usualIdle
	if text, given := r.opts.Params["claim.idle.ms"]; given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1<<31 {
			return invalidError{fmt.Errorf("claim.idle.ms is %q: write a number of milliseconds", text)}
		}
		r.idle = time.Duration(n) * time.Millisecond
	}
	return nil
}

// begin finds the place to read from, or makes the group that has it.
func (r *receiver) begin(ctx context.Context) error {
	stream := r.opts.Address
	if err := r.conn.ensure(ctx, stream, r.opts.Create); err != nil {
		return err
	}
	if r.opts.DeadLetter != "" {
		dead, err := r.conn.OpenSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Create: r.opts.Create})
		if err != nil {
			return err
		}
		r.dead = dead
	}
	after, err := r.conn.after(ctx, stream, r.opts.Start)
	if err != nil {
		return err
	}
	r.after = after
	if r.opts.Group == "" {
		return nil
	}
	err = r.conn.main.XGroupCreate(ctx, stream, r.opts.Group, after.String()).Err()
	if goredis.HasErrorPrefix(err, "BUSYGROUP") {
		return nil // it is there and has its own position
	}
	return err
}

// connected asks for the server's number of a new connection, by which a read
// that waits there can be ended.
func (r *receiver) connected(ctx context.Context, c *goredis.Conn) error {
	id, err := c.ClientID(ctx).Result()
	if err != nil {
		id = 0
	}
	r.session.Store(id)
	return nil
}

// Receive waits for messages. The reader fetches ahead.
func (r *receiver) Receive(ctx context.Context, most int) ([]*driver.Message, error) {
	messages, err := r.inbox.receive(ctx, most)
	if err != nil && ctx.Err() == nil {
		return nil, r.fail(err)
	}
	return messages, err
}

// Close gives back what was not settled and leaves the group.
func (r *receiver) Close() error {
	if !r.inbox.close() {
		return nil
	}
	close(r.quit)
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if r.opts.Group == "" {
		_ = r.client.Close() // ends the read; nothing is lost by it
		r.reader.Wait()
	} else {
		clean := r.endRead(ctx)
		_ = r.client.Close()
		r.reader.Wait()
		r.leave(ctx, clean && !r.broken)
	}
	var err error
	if r.dead != nil {
		err = r.dead.Close()
	}
	r.conn.opened.Forget(r)
	return err
}

// endRead waits until the reader has ended, and makes the server end the read
// that it may be in: one that was cut off could still take an entry, for
// nobody. It reports whether the reader ended in time.
func (r *receiver) endRead(ctx context.Context) bool {
	ended := make(chan struct{})
	go func() {
		r.reader.Wait()
		close(ended)
	}()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		if id := r.session.Load(); id != 0 {
			_ = r.conn.main.ClientUnblock(ctx, id).Err() // without the permission it waits
		}
		select {
		case <-ended:
			return true
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}

// ours returns what is ours to settle.
func (r *receiver) ours() []*delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.mine)
}
