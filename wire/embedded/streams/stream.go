package streams

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/web/sse"
)

// stream is the events of one path.
type stream struct {
	server *Streams
	users  int // guarded by server.mu; without one nobody touches the rest

	mu      sync.Mutex
	first   uint64 // number of frames[0]
	frames  [][]byte
	bytes   int
	readers map[*reader]struct{}
	room    chan struct{} // closed and replaced when a reader went on or left
}

// reader is a client of a stream.
type reader struct {
	next  uint64 // number of the event that it gets next
	ready chan struct{}
	leave context.CancelFunc
}

func (st *stream) end() uint64 { return st.first + uint64(len(st.frames)) }

// id is what a client says that has read all events before a number.
func (st *stream) id(next uint64) string {
	return st.server.epoch + "-" + strconv.FormatUint(next, 10)
}

// keep adds an event, when those who read have room for it. It reports false when
// the server closes or the sender has gone.
func (st *stream) keep(ctx context.Context, e *sse.Event) bool {
	late := time.NewTimer(Patience)
	defer late.Stop()
	for {
		room := st.add(e)
		if room == nil {
			return true
		}
		select {
		case <-room:
		case <-late.C:
			st.sendAway()
		case <-ctx.Done():
			return false
		case <-st.server.ctx.Done():
			return false
		}
	}
}

// add adds an event and returns nil, or what to wait for.
func (st *stream) add(e *sse.Event) <-chan struct{} {
	st.mu.Lock()
	defer st.mu.Unlock()
	for len(st.frames) >= maxEvents || len(st.frames) > 0 && st.bytes+len(e.Data) > maxKept {
		if st.slowest() <= st.first {
			return st.room
		}
		st.drop()
	}
	e.ID = st.id(st.end() + 1)
	frame := sse.Append(make([]byte, 0, len(e.Data)+512), e)
	st.frames = append(st.frames, frame)
	st.grow(len(frame))
	for r := range st.readers {
		signal(r.ready)
	}
	return nil
}

// slowest is the number of the first event that some reader has not had.
func (st *stream) slowest() uint64 {
	slowest := st.end()
	for r := range st.readers {
		slowest = min(slowest, r.next)
	}
	return slowest
}

func (st *stream) drop() {
	st.grow(-len(st.frames[0]))
	st.frames[0] = nil // the slice below keeps the array
	st.frames = st.frames[1:]
	st.first++
}

func (st *stream) grow(by int) {
	st.bytes += by
	st.server.bytes.Add(int64(by))
}

// sendAway ends the readers for which a sender has waited too long.
func (st *stream) sendAway() {
	st.mu.Lock()
	defer st.mu.Unlock()
	for r := range st.readers {
		if r.next <= st.first {
			r.leave()
		}
	}
}

// join adds a reader that goes on after an event, or begins with the next one. It
// returns what the reader is told first.
func (st *stream) join(after string, leave context.CancelFunc) (*reader, []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	r := &reader{next: st.end(), ready: make(chan struct{}, 1), leave: leave}
	var greeting []byte
	if epoch, number, ok := strings.Cut(after, "-"); ok {
		r.next = st.first // of an earlier server: all of this one came later
		if n, err := strconv.ParseUint(number, 10, 64); err == nil && epoch == st.server.epoch {
			r.next = min(n, st.end())
		}
		if r.next < st.first {
			greeting = sse.AppendComment(greeting, fmt.Sprintf("%d events are no longer kept", st.first-r.next))
			r.next = st.first
		}
	}
	st.readers[r] = struct{}{}
	signal(r.ready)
	return r, sse.AppendMark(greeting, st.id(r.next))
}

// part removes a reader.
func (st *stream) part(r *reader) {
	st.mu.Lock()
	defer st.mu.Unlock()
	delete(st.readers, r)
	st.wake()
}

func (st *stream) wake() {
	close(st.room)
	st.room = make(chan struct{})
}

// take returns the events that a reader has not had.
func (st *stream) take(r *reader) [][]byte {
	st.mu.Lock()
	defer st.mu.Unlock()
	frames := append([][]byte(nil), st.frames[r.next-st.first:]...)
	if len(frames) > 0 {
		r.next = st.end()
		st.wake()
	}
	return frames
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
