package inmem

import (
	"fmt"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// maxBytes is how much one address stores. A topic forgets its oldest
// messages beyond it, a queue takes no more.
const maxBytes = 256 << 20

// running holds the servers of this process by protocol and name.
var running = struct {
	sync.Mutex
	servers map[string]*server
}{servers: make(map[string]*server)}

// server is the shared state behind all connections to one name.
type server struct {
	id    string
	queue bool
	users int // guarded by running

	mu      sync.Mutex
	streams map[string]*stream
	changed chan struct{} // closed and replaced whenever a waiting receiver may go on
}

// Server keeps a name alive between connections.
type Server struct {
	shared *server
	once   sync.Once
	url    string
}

// NewServer starts a server under a name, or joins the one that is there.
func NewServer(name string, d Driver) *Server {
	protocol := d.Protocols()[0]
	return &Server{shared: join(protocol, name, d.Queue), url: protocol + "://" + name}
}

// URL is what to open to reach the server.
func (s *Server) URL() string { return s.url }

// Close lets the server go: what it stores is forgotten with its last connection.
func (s *Server) Close() error {
	s.once.Do(s.shared.leave)
	return nil
}

func join(protocol, name string, queue bool) *server {
	id := protocol + "://" + name
	running.Lock()
	defer running.Unlock()
	s, ok := running.servers[id]
	if !ok {
		s = &server{id: id, queue: queue, streams: make(map[string]*stream), changed: make(chan struct{})}
		running.servers[id] = s
	}
	s.users++
	return s
}

func (s *server) leave() {
	running.Lock()
	defer running.Unlock()
	if s.users--; s.users == 0 {
		delete(running.servers, s.id)
	}
}

// stream returns an address's messages; the caller holds s.mu.
func (s *server) stream(address string) *stream {
	st, ok := s.streams[address]
	if !ok {
		st = &stream{address: address, queue: s.queue, groups: make(map[string]*reader)}
		s.streams[address] = st
	}
	return st
}

// wake lets waiting receivers look again; the caller holds s.mu.
func (s *server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// append stores copies of messages; the caller holds s.mu.
func (s *server) append(address string, messages []*driver.Message) error {
	st := s.stream(address)
	if s.queue {
		size := st.bytes
		for _, m := range messages {
			size += m.Size()
		}
		if size > maxBytes {
			return fmt.Errorf("the queue is full: it holds %d bytes of %d", st.bytes, maxBytes)
		}
	}
	for _, m := range messages {
		st.append(m)
	}
	s.wake()
	return nil
}
