package amqpserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/wire/embedded/door"
)

// Options says how to start a server. The zero Options is one on a free port
// of loopback, in plain text, that lets guest in with the password guest and
// forgets everything when it closes.
type Options struct {
	// Port is the TCP port on 127.0.0.1; 0 is any that is free.
	Port int

	// Users are the passwords by user. Default guest with guest.
	Users map[string]string

	// TLS makes the server speak TLS. With client certificates that it
	// verifies there is the login EXTERNAL, where the user is the
	// certificate's common name.
	TLS *tls.Config

	// Listener is where to accept connections instead of a port of loopback,
	// for tests that come between. The server closes it.
	Listener net.Listener

	// File is where to keep what is durable: exchanges, queues, bindings and
	// persistent messages. It is read at the start and written by Close, not
	// in between. Empty keeps nothing.
	File string

	// Queues are made at the start, durable.
	Queues []string

	// MaxBody is the largest body of a message, in bytes. Default 64 MiB.
	MaxBody int

	// MaxMemory bounds the messages that are held at one time, in bytes.
	// Default 256 MiB.
	MaxMemory int64
}

// The bounds of what clients can make the server hold.
const (
	maxConnections = 512
	maxChannels    = 2047 // of one connection
	maxConsumers   = 4096 // of one connection
	maxNames       = 20_000
	maxBindings    = 200_000
	maxFrame       = 128 << 10
	defaultBody    = 64 << 20
	defaultMemory  = 256 << 20
)

// Server is a server that runs until it is closed.
type Server struct {
	opts     Options
	listener net.Listener
	work     sync.WaitGroup
	memory   atomic.Int64 // bytes of messages that are held or are coming in

	// mu guards all that follows, and what hangs from it: there is one lock,
	// since a message touches an exchange, queues and other connections.
	mu        sync.Mutex
	closed    bool
	conns     map[*conn]struct{}
	exchanges map[string]*exchange
	queues    map[string]*queue
	bindings  int
	named     uint64 // names given so far
	round     uint64 // counts routings, to visit each queue once
}

// Start starts a server. It answers when Start returns.
func Start(opts Options) (*Server, error) {
	if opts.MaxBody <= 0 {
		opts.MaxBody = defaultBody
	}
	if opts.MaxMemory <= 0 {
		opts.MaxMemory = defaultMemory
	}
	if opts.Users == nil {
		opts.Users = map[string]string{"guest": "guest"}
	}
	s := &Server{
		opts: opts, conns: make(map[*conn]struct{}),
		exchanges: predeclared(), queues: make(map[string]*queue),
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	for _, name := range opts.Queues {
		if s.queues[name] == nil {
			s.addQueue(&queue{name: name, durable: true})
		}
	}
	var err error
	if s.listener, err = door.Listen(opts.Port, opts.Listener, opts.TLS); err != nil {
		return nil, err
	}
	s.work.Go(func() { door.Welcome(s.listener, s.welcome) })
	return s, nil
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

func (s *Server) welcome(socket net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= maxConnections {
		_ = socket.Close() // a full server has nothing to say in the protocol yet
		return
	}
	c := newConn(s, socket)
	s.conns[c] = struct{}{}
	s.work.Go(c.serve)
}

// farewell is how long clients have to hear that the server closes.
const farewell = time.Second

// Close says goodbye to all clients and frees the port. It may be called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	// What is unsettled goes back to its queue before it is stored.
	for c := range s.conns {
		c.leave()
	}
	err := s.save()
	for _, q := range s.queues {
		q.stopTimers()
	}
	for c := range s.conns {
		c.sendClose(failure(codeForced, "the server is closed"))
		c.out.Finish()
		_ = c.socket.SetReadDeadline(time.Now().Add(farewell)) // then it is closed all the same
	}
	s.mu.Unlock()
	closing := s.listener.Close()
	s.work.Wait()
	return errors.Join(err, closing)
}

// newName makes a name that nobody has.
func (s *Server) newName(prefix string) string {
	s.named++
	return fmt.Sprintf("%s%s-%d", prefix, strconv.FormatInt(time.Now().UnixNano(), 36), s.named)
}

// hold takes memory for a message, or reports that there is none.
func (s *Server) hold(bytes int) bool {
	if s.memory.Add(int64(bytes)) <= s.opts.MaxMemory {
		return true
	}
	s.memory.Add(-int64(bytes))
	return false
}

func (s *Server) release(bytes int) { s.memory.Add(-int64(bytes)) }
