package amqpserver

import (
	"net"
	"sync"
	"time"
)

// The sizes of an outbox, in bytes: above the first no messages are delivered
// into it, above the second nothing more is read from its client.
const (
	outboxFull  = 1 << 20
	outboxBlock = 8 << 20
)

// sendTimeout is how long a client may take no bytes at all.
const sendTimeout = 30 * time.Second

// outbox is what is still to be written to a client.
type outbox struct {
	mu      sync.Mutex
	buf     []byte
	ended   bool
	starved bool          // a consumer waits for room
	wake    chan struct{} // there is something to write, or no more will come
	drained chan struct{} // something was written
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), drained: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (o *outbox) add(write func([]byte) []byte) {
	o.mu.Lock()
	if !o.ended {
		o.buf = write(o.buf)
	}
	o.mu.Unlock()
	signal(o.wake)
}

// room reports whether a message may be delivered; when not, the one who
// writes will say when.
func (o *outbox) room() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.buf) < outboxFull {
		return true
	}
	o.starved = true
	return false
}

// patience holds a client back that asks faster than it reads.
func (o *outbox) patience() {
	for {
		o.mu.Lock()
		wait := len(o.buf) > outboxBlock && !o.ended
		o.mu.Unlock()
		if !wait {
			return
		}
		<-o.drained
	}
}

// finish takes no more; what is there is still written.
func (o *outbox) finish() {
	o.mu.Lock()
	o.ended = true
	o.mu.Unlock()
	signal(o.wake)
	signal(o.drained)
}

func (o *outbox) take(spare []byte) (buf []byte, starved, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	buf, o.buf = o.buf, spare[:0]
	starved, o.starved = o.starved, false
	return buf, starved, o.ended
}

// write writes until the outbox is finished and empty, or the client is gone;
// then it closes the socket. It beats after each idle interval, unless that is 0.
func (o *outbox) write(socket net.Conn, beat <-chan time.Duration, fed func()) {
	defer socket.Close()
	defer o.finish()
	var spare []byte
	var ticks <-chan time.Time
	var ticker *time.Ticker
	quiet := false
	for {
		select {
		case <-o.wake:
		case interval := <-beat:
			ticker = time.NewTicker(interval)
			defer ticker.Stop()
			ticks = ticker.C
		case <-ticks:
			if quiet {
				o.add(func(b []byte) []byte { return appendFrame(b, frameHeartbeat, 0, func(*writer) {}) })
			}
			quiet = true
		}
		buf, starved, ended := o.take(spare)
		if len(buf) > 0 {
			quiet = false
			_ = socket.SetWriteDeadline(time.Now().Add(sendTimeout)) // the write says it
			if _, err := socket.Write(buf); err != nil {
				return
			}
		}
		if spare = buf; cap(spare) > outboxBlock {
			spare = nil
		}
		signal(o.drained)
		if starved {
			fed()
		}
		if ended && len(buf) == 0 {
			return
		}
		if ended {
			signal(o.wake)
		}
	}
}
