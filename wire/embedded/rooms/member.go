package rooms

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// What may wait for one connection, in messages and in bytes. One message is
// always taken.
const (
	maxWaiting = 1000
	maxBytes   = 16 << 20
)

// member is one connection in a room.
type member struct {
	rooms *Rooms
	path  string
	ws    *websocket.Conn
	ctx   context.Context // ends with the connection
	stop  context.CancelFunc

	mu      sync.Mutex
	waiting []frame
	bytes   int
	ready   chan struct{} // one token: there may be something to write
	room    chan struct{} // one token: there may be room again
}

// frame is one message. Its body is shared by those who get it.
type frame struct {
	kind websocket.MessageType
	body []byte
}

func newMember(r *Rooms, path string, ws *websocket.Conn) *member {
	m := &member{rooms: r, path: path, ws: ws, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
	m.ctx, m.stop = context.WithCancel(r.ctx)
	return m
}

// serve passes on what the connection sends, until it ends.
func (m *member) serve() {
	m.rooms.join(m)
	var writing sync.WaitGroup
	writing.Go(m.write)
	for {
		kind, body, err := m.ws.Read(m.ctx)
		if err != nil {
			break
		}
		for _, other := range m.rooms.in(m.path) {
			if other != m {
				other.put(m.ctx, frame{kind, body})
			}
		}
	}
	m.rooms.part(m)
	m.stop()
	_ = m.ws.CloseNow() // reading has ended, and with it the connection
	writing.Wait()
}

// put waits for room, but not for ever.
func (m *member) put(ctx context.Context, f frame) {
	if m.offer(f) {
		return
	}
	late := time.NewTimer(Patience)
	defer late.Stop()
	for !m.offer(f) {
		select {
		case <-m.room:
		case <-m.ctx.Done():
			return
		case <-ctx.Done():
			return
		case <-late.C:
			m.stop()
			return
		}
	}
	signal(m.room) // others may wait beside us
}

func (m *member) offer(f frame) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.waiting); n >= maxWaiting || n > 0 && m.bytes+len(f.body) > maxBytes {
		return false
	}
	m.waiting = append(m.waiting, f)
	m.bytes += len(f.body)
	signal(m.ready)
	return true
}

// write sends what waits.
func (m *member) write() {
	for {
		for _, f := range m.take() {
			if err := m.ws.Write(m.ctx, f.kind, f.body); err != nil {
				m.stop()
				return
			}
		}
		select {
		case <-m.ready:
		case <-m.ctx.Done():
			return
		}
	}
}

func (m *member) take() []frame {
	m.mu.Lock()
	defer m.mu.Unlock()
	frames := m.waiting
	m.waiting, m.bytes = nil, 0
	signal(m.room)
	return frames
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
