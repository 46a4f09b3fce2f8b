package stomp

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/stomp/frame"
)

// patience is how long a server may take no bytes at all before its connection
// counts as broken.
const patience = 15 * time.Second

// outletSize is how much may wait to be written, in bytes; one write is always
// taken.
const outletSize = 1 << 20

// outlet is what is still to be written to a server.
type outlet struct {
	mu    sync.Mutex
	buf   []byte
	ended bool
	wake  chan struct{} // one token: there is something to write
	room  chan struct{} // closed and replaced when there is room again
}

func newOutlet() *outlet {
	return &outlet{wake: make(chan struct{}, 1), room: make(chan struct{})}
}

// errEnded says that what was put is not written any more.
var errEnded = errors.New("the connection ended")

// put waits for room, then lets write append.
func (o *outlet) put(ctx context.Context, write func([]byte) []byte) error {
	for {
		o.mu.Lock()
		if o.ended {
			o.mu.Unlock()
			return errEnded
		}
		if len(o.buf) < outletSize {
			o.buf = write(o.buf)
			o.mu.Unlock()
			o.signal()
			return nil
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (o *outlet) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outlet) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.ended = true
		close(o.room)
	}
	o.signal()
}

// take returns what is to be written, and makes room.
func (o *outlet) take(spare []byte) (buf []byte, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	buf, o.buf = o.buf, spare[:0]
	if !o.ended {
		close(o.room)
		o.room = make(chan struct{})
	}
	return buf, o.ended
}

// write writes until the outlet is finished or the server takes nothing. It
// gives a sign of life when it had nothing else to write for an interval, unless
// that is 0.
func (o *outlet) write(socket net.Conn, beat time.Duration) {
	defer socket.Close() // who reads learns of it there
	var ticks <-chan time.Time
	if beat > 0 {
		// Twice as often: a time without anything begins within an interval.
		ticker := time.NewTicker(beat / 2)
		defer ticker.Stop()
		ticks = ticker.C
	}
	var spare []byte
	for quiet := false; ; {
		select {
		case <-o.wake:
			quiet = false
		case <-ticks:
			if !quiet {
				quiet = true
				continue
			}
			_ = o.put(context.Background(), func(b []byte) []byte { return append(b, frame.Beat...) }) // nothing is waiting
		}
		buf, ended := o.take(spare)
		if ended {
			return
		}
		if len(buf) > 0 {
			_ = socket.SetWriteDeadline(time.Now().Add(patience)) // the write says it
			if _, err := socket.Write(buf); err != nil {
				return
			}
		}
		if spare = buf; cap(spare) > 4*outletSize {
			spare = nil
		}
	}
}
