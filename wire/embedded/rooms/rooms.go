// Package rooms is a WebSocket server of rooms: every path is one, and what a
// connection sends there goes to all others that are there, in order, with the
// kind of frame it came in. Who sends does not hear itself. Nothing is stored.
//
// A connection that does not read holds back those who send to its room, and is
// closed when that takes too long (see Patience). A ping is answered only when
// the messages before it have been passed on.
//
// It must not know drivers: anybody may connect who speaks WebSocket, such as a
// page in a browser on this machine.
package rooms

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Patience is how long a connection that does not read may hold others back.
const Patience = 30 * time.Second

// maxMessage is the largest message that is passed on, in bytes.
const maxMessage = 64 << 20

// maxMembers bounds how many connections there may be, each with its queue.
const maxMembers = 10_000

// Rooms is the server's handler. The zero Rooms is not usable; see New.
type Rooms struct {
	ctx  context.Context // ends when the rooms close
	stop context.CancelFunc
	busy sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	count   int
	members map[string][]*member // by path; lists are replaced, never changed
}

// New makes rooms without anybody in them.
func New() *Rooms {
	r := &Rooms{members: map[string][]*member{}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Close sends everybody away and waits until they have gone.
func (r *Rooms) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.busy.Wait()
}

// ServeHTTP lets a connection into the room of its path.
func (r *Rooms) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if !strings.EqualFold(request.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		http.Error(w, "this is a WebSocket server", http.StatusUpgradeRequired)
		return
	}
	if !r.enter() {
		http.Error(w, "there are too many connections", http.StatusServiceUnavailable)
		return
	}
	defer r.leave()
	ws, err := websocket.Accept(w, request, &websocket.AcceptOptions{
		Subprotocols:    proposed(request.Header),
		OriginPatterns:  []string{"localhost", "localhost:*", "127.0.0.1", "127.0.0.1:*", `\[::1\]`, `\[::1\]:*`},
		CompressionMode: websocket.CompressionContextTakeover,
	})
	if err != nil {
		return // it has been answered
	}
	ws.SetReadLimit(maxMessage)
	newMember(r, request.URL.Path, ws).serve()
}

func (r *Rooms) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.count >= maxMembers {
		return false
	}
	r.count++
	r.busy.Add(1)
	return true
}

func (r *Rooms) leave() {
	r.mu.Lock()
	r.count--
	r.mu.Unlock()
	r.busy.Done()
}

// proposed are the subprotocols that a client proposes: any is welcome, as what
// is said in a room is between those who are there.
func proposed(header http.Header) []string {
	var names []string
	for _, line := range header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

func (r *Rooms) join(m *member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.members[m.path]
	r.members[m.path] = append(list[:len(list):len(list)], m)
}

func (r *Rooms) part(m *member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rest []*member
	for _, other := range r.members[m.path] {
		if other != m {
			rest = append(rest, other)
		}
	}
	if r.members[m.path] = rest; len(rest) == 0 {
		delete(r.members, m.path)
	}
}

func (r *Rooms) in(path string) []*member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members[path]
}
