package redis

import (
	"context"
	"net"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// bundleSize is how many messages are handed on at once, slabSize how many share
// a piece of memory, and sharedSize how large a piece is that small bodies share:
// little enough for a message that is kept not to keep much.
const (
	bundleSize = 250
	slabSize   = 60
	sharedSize = 4 << 10
)

// bundle are messages that came in one piece. They are handed on together, since
// waking who waits for them costs more than a message. It is the reader's alone.
type bundle struct {
	inbox *inbox
	now   time.Time // when they came
	list  []*delivery
	slab  []delivery
	bytes []byte
}

func (b *bundle) add(m *goredis.Message) {
	if len(b.list) == 0 {
		b.now = time.Now()
	}
	if len(b.slab) == 0 {
		// Where one came alone, the next may be long in coming.
		b.slab = make([]delivery, max(1, min(len(b.list), slabSize)))
	}
	d := &b.slab[0]
	b.slab = b.slab[1:]
	d.count = 1
	d.message.Body, d.message.Address, d.message.Timestamp = b.body(m.Payload), m.Channel, b.now
	if b.list = append(b.list, d); len(b.list) == bundleSize {
		b.hand()
	}
}

func (b *bundle) body(text string) []byte {
	if len(b.list) == 0 || len(text) > sharedSize/8 {
		return []byte(text)
	}
	if len(b.bytes) < len(text) {
		b.bytes = make([]byte, sharedSize)
	}
	body := b.bytes[:len(text):len(text)]
	b.bytes = b.bytes[len(text):]
	copy(body, text)
	return body
}

// hand hands on what there is.
func (b *bundle) hand() {
	b.inbox.add(b.list)
	clear(b.list)
	b.list = b.list[:0]
}

// attentive is a connection that says so before it waits for more, and that
// keeps to a deadline only where it waits: the client library sets one for each
// message, also for those that have come already. Only its reader may use it.
type attentive struct {
	net.Conn
	before func()
	until  time.Time
}

// SetReadDeadline is for the next Read.
func (a *attentive) SetReadDeadline(t time.Time) error {
	a.until = t
	return nil
}

func (a *attentive) Read(to []byte) (int, error) {
	a.before()
	if err := a.Conn.SetReadDeadline(a.until); err != nil {
		return 0, err
	}
	return a.Conn.Read(to)
}

// listening makes a client whose connections say before they wait for more.
func (c *conn) listening(before func()) *goredis.Client {
	own := *c.opts
	dial := own.Dialer
	own.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
		inner, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &attentive{Conn: inner, before: before}, nil
	}
	return client(&own, answerTimeout, nil)
}
