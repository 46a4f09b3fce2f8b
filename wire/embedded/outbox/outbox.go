// Package outbox writes to clients of the embedded servers what others put there
// for them, so that nobody waits for a slow one while it holds a lock, and what a
// client does not read stays bounded.
//
// It must not know protocols: it writes bytes.
package outbox

import (
	"net"
	"sync"
	"time"
)

// The sizes of an outbox, in bytes: above the first no messages are delivered
// into it, above the second nothing more is read from its client.
const (
	full  = 1 << 20
	block = 8 << 20
)

// sendTimeout is how long a client may take no bytes at all.
const sendTimeout = 30 * time.Second

// Outbox is what is still to be written to a client.
type Outbox struct {
	mu      sync.Mutex
	buf     []byte
	ended   bool
	starved bool          // a consumer waits for room
	wake    chan struct{} // there is something to write, or no more will come
	drained chan struct{} // something was written
}

// New makes an outbox with nothing in it.
func New() *Outbox {
	return &Outbox{wake: make(chan struct{}, 1), drained: make(chan struct{}, 1)}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Add lets write append to what will be written, unless the outbox is finished.
func (o *Outbox) Add(write func([]byte) []byte) {
	o.mu.Lock()
	if !o.ended {
		o.buf = write(o.buf)
	}
	o.mu.Unlock()
	signal(o.wake)
}

// Room reports whether a message may be delivered; when not, the one who
// writes will say when.
func (o *Outbox) Room() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.buf) < full {
		return true
	}
	o.starved = true
	return false
}

// Patience holds a client back that asks faster than it reads.
func (o *Outbox) Patience() {
	for {
		o.mu.Lock()
		wait := len(o.buf) > block && !o.ended
		o.mu.Unlock()
		if !wait {
			return
		}
		<-o.drained
	}
}

// Finish takes no more; what is there is still written.
func (o *Outbox) Finish() {
	o.mu.Lock()
	o.ended = true
	o.mu.Unlock()
	signal(o.wake)
	signal(o.drained)
}

func (o *Outbox) take(spare []byte) (buf []byte, starved, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	buf, o.buf = o.buf, spare[:0]
	starved, o.starved = o.starved, false
	return buf, starved, o.ended
}

// Write writes until the outbox is finished and empty, or the client is gone;
// then it closes the socket. It beats after each idle interval, unless that is 0.
func (o *Outbox) Write(socket net.Conn, beat <-chan time.Duration, pulse func([]byte) []byte, fed func()) {
	defer socket.Close()
	defer o.Finish()
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
				o.Add(pulse)
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
		if spare = buf; cap(spare) > block {
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
