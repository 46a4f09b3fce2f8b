package amqp

import (
	"net"
	"sync"
	"time"
)

// patience is how long a server may take no bytes at all before its connection
// counts as broken.
const patience = 15 * time.Second

// corkSize is how much is held back for company, in bytes.
const corkSize = 64 << 10

// socket is a connection on which no write lasts for ever, as the library holds
// a lock meanwhile. While it is corked, writes are gathered: the library makes
// one for each message.
type socket struct {
	net.Conn

	mu      sync.Mutex
	corks   int
	held    []byte
	closing bool // the deadline is that of the goodbye
}

func (s *socket) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.corks > 0 && len(s.held)+len(b) <= corkSize {
		s.held = append(s.held, b...)
		return len(b), nil
	}
	if err := s.flush(); err != nil {
		return 0, err
	}
	return s.write(b)
}

func (s *socket) write(b []byte) (int, error) {
	if !s.closing {
		_ = s.Conn.SetWriteDeadline(time.Now().Add(patience)) // the write says it
	}
	return s.Conn.Write(b)
}

// flush writes what was held back; the caller holds s.mu.
func (s *socket) flush() error {
	if len(s.held) == 0 {
		return nil
	}
	_, err := s.write(s.held)
	s.held = s.held[:0]
	return err
}

func (s *socket) cork() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.corks++
}

func (s *socket) uncork() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.corks--; s.corks > 0 {
		return
	}
	if s.flush() != nil {
		_ = s.Conn.Close() // the library learns of it where it reads
	}
}

// sayGoodbye leaves deadlines to who says it, who has set one already: a write
// that is under way ends by it.
func (s *socket) sayGoodbye(until time.Time) {
	_ = s.Conn.SetDeadline(until) // what follows says it
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
}

// witness remembers how reading ended.
type witness struct {
	net.Conn

	mu  sync.Mutex
	err error
}

func (w *witness) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err != nil {
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
	}
	return n, err
}

func (w *witness) end() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
