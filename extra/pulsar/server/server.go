// Package server is a broker of Apache Pulsar inside this process, for runs and
// tests on a machine without one. It speaks the binary protocol and keeps
// messages in memory.
//
// It is a subset: topics that are made when they are first used, producers,
// consumers of all four types, acknowledgement one by one or up to a message,
// redelivery, seeking, and logins by token, user or certificate; no partitions,
// schemas, transactions, delays, deduplication, compaction or policies, and no
// HTTP. What is asked for and not there is refused. A batch is one thing to it:
// it is acknowledged and delivered again as a whole. Non-persistent topics keep
// their messages like others. As in a broker without retention, what everybody
// has acknowledged may be gone at any time.
//
// It must not know weft: it is tested with clients of others as with the driver.
package server

import (
	"crypto/tls"
	"net"
	"sync"

	"github.com/weft-dev/weft/wire/embedded/door"
)

// Options says how to start a server. The zero Options is a server on a free
// port that lets everybody in.
type Options struct {
	// Port is the TCP port on loopback; 0 is any that is free.
	Port int
	// TLS is nil for plain text.
	TLS *tls.Config
	// Authorize judges how a client introduces itself: by "none", "token" with
	// the token, "basic" with user:password, or "tls". Nil lets all in.
	Authorize func(method string, data []byte) error
	// State is what an earlier server held, to go on with; nil is nothing.
	State *State
}

// Server is a server that runs until it is closed.
type Server struct {
	*State
	opts     Options
	listener net.Listener
	busy     sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	sessions map[*session]struct{}
}

// maxSessions bounds how many clients there are at a time.
const maxSessions = 1000

// Start starts a server. It answers when Start returns.
func Start(opts Options) (*Server, error) {
	listener, err := door.Listen(opts.Port, nil, opts.TLS)
	if err != nil {
		return nil, err
	}
	s := &Server{State: opts.State, opts: opts, listener: listener, sessions: make(map[*session]struct{})}
	if s.State == nil {
		s.State = newState()
	}
	s.busy.Go(func() { door.Welcome(s.listener, s.welcome) })
	return s, nil
}

// Addr returns the server's host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// url is where clients are sent to that look for a topic.
func (s *Server) url() string {
	if s.opts.TLS != nil {
		return "pulsar+ssl://" + s.Addr()
	}
	return "pulsar://" + s.Addr()
}

func (s *Server) welcome(socket net.Conn) {
	session := newSession(s, socket)
	if !s.enter(session) {
		_ = socket.Close()
		return
	}
	s.busy.Go(session.serve)
}

func (s *Server) enter(session *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.sessions) >= maxSessions {
		return false
	}
	s.sessions[session] = struct{}{}
	return true
}

func (s *Server) leave(session *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session)
}

// Close stops the server at once and leaves no goroutine behind. What it held is
// in its State. It may be called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for session := range s.sessions {
		_ = session.socket.Close() // its reader ends, and says goodbye
	}
	s.mu.Unlock()
	err := s.listener.Close()
	s.busy.Wait()
	return err
}
