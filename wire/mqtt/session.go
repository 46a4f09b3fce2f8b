package mqtt

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/mqtt/frame"
)

const (
	// goodbye bounds what may take to say goodbye to a server that no longer
	// answers.
	goodbye = 2 * time.Second
	// stall is how long a server may take nothing of what is written to it.
	stall = 30 * time.Second
)

// session is one network connection on which the server has let us in. A
// goroutine writes what is queued, so that no caller waits for the network;
// another reads and hands on what arrives.
type session struct {
	net     net.Conn
	codec   frame.Version
	in      *bufio.Reader
	limit   int           // largest packet that is taken
	silence time.Duration // after which the server is believed dead; 0 is never
	welcome *packets.Connack
	packet  func(*session, frame.Packet) // is told of what arrives, one at a time

	mu      sync.Mutex
	queue   []queued
	leaving bool // nothing more is queued; what is there is still written
	err     error
	pongs   []chan struct{}

	wake chan struct{} // something is queued
	dead chan struct{} // closed when the connection is of no more use
	work sync.WaitGroup
}

// queued is a packet to write, and a message that is done when it was written.
type queued struct {
	packet frame.Packet
	done   *outgoing
}

// refusedError is the server's answer to a login.
type refusedError struct {
	code   byte
	reason string
}

func (e refusedError) Error() string {
	return fmt.Sprintf("the server answers the login with %s", reasonText(e.code, e.reason))
}

// leftError is the server's goodbye.
type leftError struct {
	code   byte
	reason string
}

func (e leftError) Error() string {
	return fmt.Sprintf("the server ended the connection with %s", reasonText(e.code, e.reason))
}

// dialSession reaches the first host that answers, and logs in.
func dialSession(ctx context.Context, s *settings, c frame.Version, hello *packets.Connect) (*session, error) {
	var errs []error
	for _, host := range s.hosts {
		session, err := dialHost(ctx, host, s, c, hello)
		if err == nil {
			return session, nil
		}
		errs = append(errs, err)
		var refused refusedError
		if ctx.Err() != nil || errors.As(err, &refused) {
			break
		}
	}
	return nil, errors.Join(errs...)
}

func dialHost(ctx context.Context, host string, s *settings, c frame.Version, hello *packets.Connect) (*session, error) {
	dialer := net.Dialer{}
	inner, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = inner.Close() })
	defer stop()
	wire := newPrompt(inner)
	if s.tls != nil {
		secure := tls.Client(wire, tlsFor(s.tls, host))
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = inner.Close() // why it failed says more
			return nil, errors.Join(ctx.Err(), err)
		}
		wire = secure
	}
	if s.path != "" {
		if wire, err = overWeb(ctx, wire, host, s.path); err != nil {
			_ = inner.Close()
			return nil, errors.Join(ctx.Err(), err)
		}
	}
	n := &session{
		net: wire, codec: c, in: bufio.NewReaderSize(wire, 32<<10), limit: s.packetMax, silence: s.keepAlive * 3 / 2,
		wake: make(chan struct{}, 1), dead: make(chan struct{}),
	}
	if err := n.login(hello); err != nil {
		_ = inner.Close() // why it failed says more
		return nil, errors.Join(ctx.Err(), err)
	}
	return n, nil
}

func tlsFor(config *tls.Config, host string) *tls.Config {
	if config.ServerName != "" {
		return config
	}
	named := config.Clone()
	named.ServerName, _, _ = net.SplitHostPort(host)
	return named
}

func (s *session) login(hello *packets.Connect) error {
	w := bufio.NewWriter(s.net)
	if err := s.codec.Write(w, hello); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	welcome, err := s.welcomed()
	if err != nil {
		return err
	}
	if welcome.ReasonCode >= 0x80 {
		return refusedError{welcome.ReasonCode, welcome.Properties.ReasonString}
	}
	s.welcome = welcome
	if keep := welcome.Properties.ServerKeepAlive; keep != nil {
		s.silence = time.Duration(*keep) * time.Second * 3 / 2
	}
	return nil
}

// welcomed reads the answer to the login. Its first byte tells whether this is a
// server of MQTT at all: what others say may be waited for in vain.
func (s *session) welcomed() (*packets.Connack, error) {
	start, err := s.in.Peek(1)
	if err != nil {
		return nil, err
	}
	if start[0] != packets.CONNACK<<4 {
		return nil, strangeError{fmt.Errorf("it answers the login with something that begins with 0x%02X", start[0])}
	}
	first, body, err := frame.Read(s.in, s.limit)
	if err != nil {
		return nil, err
	}
	p, err := s.codec.Parse(first, body)
	if err != nil {
		return nil, strangeError{err}
	}
	return p.(*packets.Connack), nil
}

// run begins to read and write; what arrives goes to packet.
func (s *session) run(packet func(*session, frame.Packet)) {
	s.packet = packet
	s.work.Go(s.reading)
	s.work.Go(s.writing)
	if s.silence > 0 {
		s.work.Go(s.watching)
	}
}

func (s *session) reading() {
	for {
		if s.silence > 0 {
			_ = s.net.SetReadDeadline(time.Now().Add(s.silence))
		}
		first, body, err := frame.Read(s.in, s.limit)
		if err != nil {
			s.fail(err)
			return
		}
		p, err := s.codec.Parse(first, body)
		if err != nil {
			s.fail(strangeError{err})
			return
		}
		switch p := p.(type) {
		case *packets.Pingresp:
			s.ponged()
		case *packets.Disconnect:
			left := leftError{code: p.ReasonCode}
			if p.Properties != nil {
				left.reason = p.Properties.ReasonString
			}
			s.fail(left)
			return
		default:
			s.packet(s, p)
		}
	}
}

// writing writes what is queued until the connection ends, or until it is left
// and all is written. Then the server hangs up: if we did, what it has sent and
// we have not read would make the network forget what we wrote last.
func (s *session) writing() {
	w := bufio.NewWriterSize(s.net, 64<<10)
	for {
		batch, leaving := s.take()
		if len(batch) == 0 && leaving {
			if half, ok := s.net.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite() // what fails here has ended already
			}
			return
		}
		_ = s.net.SetWriteDeadline(time.Now().Add(stall))
		if err := s.writeAll(w, batch); err != nil {
			s.fail(err)
			return
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-s.wake:
		case <-s.dead:
			return
		}
	}
}

func (s *session) writeAll(w *bufio.Writer, batch []queued) error {
	for _, q := range batch {
		if err := s.codec.Write(w, q.packet); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, q := range batch {
		if q.done != nil {
			q.done.finish(nil)
		}
	}
	return nil
}

func (s *session) take() (batch []queued, leaving bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, s.queue = s.queue, nil
	return batch, s.leaving
}

// send queues a packet. It reports false when the connection is of no more use.
func (s *session) send(p frame.Packet, done *outgoing) bool {
	s.mu.Lock()
	if s.leaving || s.err != nil {
		s.mu.Unlock()
		return false
	}
	s.queue = append(s.queue, queued{p, done})
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return true
}

// watching asks for a sign of life when the server has none of its own accord.
func (s *session) watching() {
	tick := time.NewTicker(s.silence / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.send(&packets.Pingreq{}, nil)
		case <-s.dead:
			return
		}
	}
}

// ping returns a channel that is closed with the server's answer.
func (s *session) ping() <-chan struct{} {
	pong := make(chan struct{})
	s.mu.Lock()
	s.pongs = append(s.pongs, pong)
	s.mu.Unlock()
	s.send(&packets.Pingreq{}, nil)
	return pong
}

// ponged tells all who wait: an answer to an earlier ping is a sign of life as
// well.
func (s *session) ponged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pong := range s.pongs {
		close(pong)
	}
	s.pongs = nil
}

// fail ends the connection; the first reason counts.
func (s *session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.err = err
	close(s.dead)
	_ = s.net.Close() // it has ended already, or does now
}

// failure returns why the connection ended.
func (s *session) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// leave writes what is queued, says goodbye and waits for the end.
func (s *session) leave(farewell *packets.Disconnect) {
	s.send(farewell, nil)
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	timer := time.AfterFunc(goodbye, func() { s.fail(errLeft) })
	defer timer.Stop()
	s.work.Wait()
}

// unwritten returns the messages without confirmation that were never written.
func (s *session) unwritten() []*outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*outgoing
	for _, q := range s.queue {
		if q.done != nil {
			list = append(list, q.done)
		}
	}
	s.queue = nil
	return list
}
