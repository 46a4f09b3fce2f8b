// Package server is a small MQTT server, 3.1.1 and 5, for the embedded one: it
// keeps sessions, retained messages and last wills in memory, and in a file
// from one run to the next. It gives what the driver promises: the order of a
// topic also where messages come again, a message for every session that stood
// when it was confirmed, and shared subscriptions that prefer who is there.
//
// What it leaves out: topic aliases, enhanced logins, permissions by topic, and
// $SYS. It must not know who talks to it, nor listen on anything but what it is
// given.
package server

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/embedded/door"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// Options says how to serve. The zero Options lets everybody in.
type Options struct {
	// Authenticate decides who is let in; nil is everybody.
	Authenticate func(user, password string) bool
	// TLS is how to serve; nil is plain text.
	TLS *tls.Config
	// MaxPacket is the largest packet that is taken, in bytes. Default 64 MiB.
	MaxPacket int
	// MaxQueue is how many messages a session may have open before further
	// ones are refused. Default 1,000,000.
	MaxQueue int
	// Only3 refuses MQTT 5, as old servers do.
	Only3 bool
	// File is where to keep sessions and messages between runs; empty forgets
	// them.
	File string
}

// The defaults of Options.
const (
	usualMaxPacket = 64 << 20
	usualMaxQueue  = 1_000_000
)

// receiveMaximum is how many messages a client may have unconfirmed.
const receiveMaximum = 1000

// Server serves until it is closed.
type Server struct {
	opts     Options
	listener net.Listener
	work     sync.WaitGroup
	quit     chan struct{}

	mu       sync.Mutex
	closed   bool
	conns    map[*connection]struct{}
	sessions map[string]*session
	retained map[string]*message
	shares   map[string]int // whose turn it is in a group
	count    uint64         // names that were given to clients without one
}

// Serve serves on a listener, which it closes in the end.
func Serve(listener net.Listener, opts Options) (*Server, error) {
	opts.MaxPacket = cmp.Or(opts.MaxPacket, usualMaxPacket)
	opts.MaxQueue = cmp.Or(opts.MaxQueue, usualMaxQueue)
	s := &Server{
		opts: opts, quit: make(chan struct{}), conns: make(map[*connection]struct{}),
		sessions: make(map[string]*session), retained: make(map[string]*message), shares: make(map[string]int),
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	var err error
	if s.listener, err = door.Listen(0, listener, opts.TLS); err != nil {
		return nil, err
	}
	s.work.Go(func() { door.Welcome(s.listener, s.welcome) })
	s.work.Go(s.tidy)
	return s, nil
}

func (s *Server) welcome(c net.Conn) { s.work.Go(func() { s.serve(c) }) }

// tidy ends sessions and messages whose time has come, and sends last wills
// that were to wait.
func (s *Server) tidy() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.mu.Lock()
			s.expire(time.Now())
			s.mu.Unlock()
		case <-s.quit:
			return
		}
	}
}

// expire ends what is over by a time; the caller holds the lock.
func (s *Server) expire(t time.Time) {
	for id, n := range s.sessions {
		over := n.conn == nil && !n.until.IsZero() && t.After(n.until)
		if n.conn == nil && n.will != nil && (over || t.After(n.willAt)) {
			will := n.will
			n.will = nil
			s.publish(will, nil)
		}
		if over {
			delete(s.sessions, id)
		}
	}
	for topic, m := range s.retained {
		if m.expired(t) {
			delete(s.retained, topic)
		}
	}
}

// Close ends all connections and keeps what there is in the file. It may be
// called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for c := range s.conns {
		c.refuse(packets.DisconnectServerShuttingDown)
	}
	s.mu.Unlock()
	close(s.quit)
	err := s.listener.Close()
	late := time.AfterFunc(farewell, s.cut)
	s.work.Wait()
	late.Stop()
	return errors.Join(err, s.store())
}

// farewell is how long clients may take to hear that the server goes.
const farewell = 2 * time.Second

// cut ends the connections of clients that did not listen.
func (s *Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.net.Close() // it is going either way
	}
}

// message is one that was published.
type message struct {
	packets.Publish
	until time.Time // after which nobody wants it; zero is never
}

func newMessage(p *packets.Publish) *message {
	m := &message{Publish: *p}
	if seconds := p.Properties.MessageExpiry; seconds != nil {
		m.until = time.Now().Add(time.Duration(*seconds) * time.Second)
	}
	return m
}

func (m *message) expired(t time.Time) bool { return !m.until.IsZero() && t.After(m.until) }

// publish gives a message to everybody who subscribed; the caller holds the
// lock. It reports false where somebody's queue is full: then nobody has it.
func (s *Server) publish(m *message, from *session) bool {
	takers := s.takers(m, from)
	for _, t := range takers {
		if t.qos > 0 && len(t.session.open) >= s.opts.MaxQueue {
			return false
		}
	}
	if m.Retain {
		if s.retained[m.Topic] = m; len(m.Payload) == 0 {
			delete(s.retained, m.Topic)
		}
	}
	for _, t := range takers {
		t.session.give(m, t)
	}
	return true
}

// taker is how one session gets a message.
type taker struct {
	session *session
	qos     byte
	retain  bool
	ids     []int // of the subscriptions that match; the library writes one
}

// takers finds out who gets a message. A session with several subscriptions
// that match gets it once.
func (s *Server) takers(m *message, from *session) []taker {
	var list []taker
	groups := make(map[string][]taker)
	for _, n := range s.sessions {
		t := taker{session: n}
		matched := false
		for _, sub := range n.subscriptions {
			if !frame.Matches(sub.filter, m.Topic) || sub.NoLocal && n == from {
				continue
			}
			one := taker{session: n, qos: min(sub.QoS, m.QoS), retain: m.Retain && sub.RetainAsPublished}
			if sub.Identifier > 0 {
				one.ids = []int{sub.Identifier}
			}
			if sub.group != "" {
				groups[sub.Topic] = append(groups[sub.Topic], one)
				continue
			}
			matched = true
			t.qos, t.retain, t.ids = max(t.qos, one.qos), t.retain || one.retain, append(t.ids, one.ids...)
		}
		if matched {
			list = append(list, t)
		}
	}
	for share, members := range groups {
		list = append(list, s.choose(share, members))
	}
	return list
}
