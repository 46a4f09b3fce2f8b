package amqp1server

import (
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/embedded/outbox"
)

// greeting is how long a client may take to come in, and idle how long it may
// say nothing after that.
const (
	greeting = 10 * time.Second
	idle     = 60 * time.Second
)

// conn is one client's connection. Its reader serves it; what others deliver
// to it goes through its outbox.
type conn struct {
	server *Server
	socket net.Conn
	frames *frameReader
	out    *outbox.Outbox
	beat   chan time.Duration

	// of the reader alone
	opened  bool
	closing bool       // the end was said: only its answer is waited for
	unsaid  []*session // sessions with dispositions to send

	// guarded by the server's lock
	container string
	frameMax  int // what the client takes
	sessions  map[uint16]*session
}

func newConn(s *Server, socket net.Conn) *conn {
	return &conn{
		server: s, socket: socket, frames: newFrameReader(socket), out: outbox.New(),
		beat: make(chan time.Duration, 1), frameMax: minFrame, sessions: make(map[uint16]*session),
	}
}

// serve runs the connection to its end.
func (c *conn) serve() {
	s := c.server
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.out.Write(c.socket, c.beat, signOfLife, c.fed)
	}()
	_ = c.socket.SetReadDeadline(time.Now().Add(greeting)) // reading says it
	if c.enter() {
		c.loop()
	}
	c.out.Finish()
	<-written
	s.mu.Lock()
	defer s.mu.Unlock()
	c.leave()
	delete(s.conns, c)
}

// fed lets consumers that waited for room in the outbox go on.
func (c *conn) fed() {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range c.sessions {
		session.more()
	}
}

// loop reads frames until the connection ends.
func (c *conn) loop() {
	for {
		if c.frames.from.Buffered() == 0 {
			c.dispose()
			if c.opened && !c.closing {
				_ = c.socket.SetReadDeadline(time.Now().Add(idle)) // reading says it
			}
		}
		f, err := c.frames.next()
		if err != nil {
			c.broken(err)
			return
		}
		wrong, done := c.take(f)
		if wrong != nil {
			c.end(wrong)
		}
		if done {
			return
		}
		c.out.Patience()
	}
}

func (c *conn) broken(err error) {
	var wrong malformed
	switch {
	case c.closing:
	case errors.As(err, &wrong):
		c.end(failure(ofConnection, condFraming, "%v", wrong))
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.end(failure(ofConnection, condLimit, "the client said nothing for too long"))
	}
}

// end says why the connection ends and waits a while for the answer.
func (c *conn) end(f *fault) {
	if c.closing {
		return
	}
	c.closing = true
	_ = c.socket.SetReadDeadline(time.Now().Add(farewell)) // reading says it
	c.sayClose(f)
}

func (c *conn) sayClose(f *fault) { c.send(0, composite(codeClose, f.value()), nil) }

// send puts a frame into the outbox.
func (c *conn) send(channel uint16, performative any, payload []byte) {
	c.out.Add(func(b []byte) []byte { return appendFrame(b, frameAMQP, channel, performative, payload) })
}

// take handles one frame, and says when the connection is over.
func (c *conn) take(f frame) (wrong *fault, done bool) {
	if len(f.body) == 0 {
		return nil, false
	}
	r := &reader{data: f.body}
	performative, ok := r.value().(described)
	switch {
	case f.kind != frameAMQP:
		return failure(ofConnection, condFraming, "a frame of the kind %d", f.kind), false
	case !ok || r.err != nil:
		return failure(ofConnection, condDecode, "a frame that cannot be read: %v", r.err), false
	case performative.code() == codeClose:
		c.dispose()
		c.end(nil)
		return nil, true
	case c.closing:
		return nil, false
	case !c.opened:
		return c.open(performative), false
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.closed {
		return nil, false
	}
	return c.inSession(f.channel, performative, r.data), false
}

// open answers the client's open.
func (c *conn) open(p described) *fault {
	f := p.fields()
	if p.code() != codeOpen {
		return failure(ofConnection, condNotAllowed, "a connection begins with open")
	}
	container, host := f.text(0), f.text(1)
	most, ok := f.number(2)
	if !ok {
		most = maxFrame
	}
	switch {
	case container == "" || len(container) > maxName:
		return failure(ofConnection, condInvalid, "open needs a container-id of a sensible length")
	case most < minFrame:
		return failure(ofConnection, condInvalid, "frames of %d bytes are less than the least, %d", most, minFrame)
	}
	c.opened = true
	c.server.mu.Lock()
	c.container, c.frameMax = container, int(min(most, maxFrame))
	c.server.mu.Unlock()
	if beat := f.long(4); beat > 0 {
		// A sign of life in time: twice as often as the client wants it, but not
		// more often than this.
		c.beat <- max(time.Duration(beat)*time.Millisecond/4, 10*time.Millisecond)
	}
	c.send(0, composite(
		codeOpen, "weft", nil, uint32(maxFrame), uint16(maxSessions-1), uint32(idle.Milliseconds()/2), nil, nil,
		[]symbol{"ANONYMOUS-RELAY", "SHARED-SUBS"}, nil, dict{{symbol("product"), "weft"}},
	), nil)
	if name, ok := strings.CutPrefix(host, "vhost:"); ok && name != "/" {
		return failure(ofConnection, condUnauthorized, "vhost %s not found", name)
	}
	return nil
}

// inSession hands a performative to its session.
func (c *conn) inSession(channel uint16, p described, payload []byte) *fault {
	s := c.sessions[channel]
	switch {
	case s == nil && p.code() == codeBegin:
		return c.begin(channel, p.fields())
	case s == nil && p.code() == codeEnd:
		return nil // both sides ended it at once
	case s == nil:
		return failure(ofConnection, condNotAllowed, "there is no session on channel %d", channel)
	case s.ended:
		if p.code() == codeEnd {
			delete(c.sessions, channel)
		}
		return nil
	}
	wrong := s.perform(p, payload)
	if wrong == nil || wrong.scope == ofConnection {
		return wrong
	}
	s.end(wrong)
	return nil
}

func (c *conn) begin(channel uint16, f fields) *fault {
	if len(c.sessions) >= maxSessions || channel >= maxSessions {
		return failure(ofConnection, condLimit, "more sessions than the %d that were agreed on", maxSessions)
	}
	s := newSession(c, channel, f)
	c.sessions[channel] = s
	c.send(channel, composite(
		codeBegin, channel, uint32(0), uint32(windowSize), uint32(windowSize), uint32(maxLinks-1),
	), nil)
	return nil
}

// dispose tells clients what became of the messages they sent.
func (c *conn) dispose() {
	if len(c.unsaid) == 0 {
		return
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for _, s := range c.unsaid {
		s.sayDone()
	}
	c.unsaid = c.unsaid[:0]
}

// leave gives back all that the client had; the caller holds the server's lock.
func (c *conn) leave() {
	for _, s := range c.sessions {
		s.leave()
	}
	clear(c.sessions)
	for _, q := range c.server.queues {
		if q.owner == c {
			c.server.remove(q)
		}
	}
}
