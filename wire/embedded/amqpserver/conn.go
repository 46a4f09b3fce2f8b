package amqpserver

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/embedded/outbox"
)

// greeting is how long a client may take to come in.
const greeting = 10 * time.Second

// protocol is what a client says first.
var protocol = []byte("AMQP\x00\x00\x09\x01")

// conn is one client's connection. Its reader serves it; what others deliver
// to it goes through its outbox.
type conn struct {
	server *Server
	socket net.Conn
	frames *frameReader
	out    *outbox.Outbox
	beat   chan time.Duration

	// of the reader alone
	idle     time.Duration // how long the client may say nothing; 0 is for ever
	frameMax int
	closing  bool       // the end was said: only its answer is waited for
	refuses  bool       // the client wants to be told of a wrong login
	unsaid   []*channel // channels with confirms to send

	// guarded by the server's lock
	user      string
	channels  map[uint16]*channel
	consumers int
}

func newConn(s *Server, socket net.Conn) *conn {
	return &conn{
		server: s, socket: socket, frames: newFrameReader(socket), out: outbox.New(),
		beat: make(chan time.Duration, 1), frameMax: minFrame, channels: make(map[uint16]*channel),
	}
}

// serve runs the connection to its end.
func (c *conn) serve() {
	s := c.server
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.out.Write(c.socket, c.beat, heartbeat, c.fed)
	}()
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

func heartbeat(b []byte) []byte { return appendFrame(b, frameHeartbeat, 0, func(*writer) {}) }

// fed lets consumers that waited for room in the outbox go on.
func (c *conn) fed() {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ch := range c.channels {
		for _, consumer := range ch.consumers {
			s.dispatch(consumer.queue)
		}
	}
}

// enter does the handshake and reports whether the client is in.
func (c *conn) enter() bool {
	_ = c.socket.SetReadDeadline(time.Now().Add(greeting)) // reading says it
	first := make([]byte, len(protocol))
	if _, err := io.ReadFull(c.frames.from, first); err != nil {
		return false
	}
	if !bytes.Equal(first, protocol) {
		c.out.Add(func(b []byte) []byte { return append(b, protocol...) })
		return false
	}
	c.send(0, connectionStart, func(w *writer) {
		w.octet(0)
		w.octet(9)
		w.table(table{
			{"product", "weft"},
			{"platform", "Go"},
			{"capabilities", table{
				{"publisher_confirms", true},
				{"exchange_exchange_bindings", true},
				{"basic.nack", true},
				{"consumer_cancel_notify", true},
				{"per_consumer_qos", true},
				{"authentication_failure_close", true},
			}},
		})
		w.longString([]byte(strings.Join(c.mechanisms(), " ")))
		w.longString([]byte("en_US"))
	})
	return c.step(connectionStartOK, c.login) && c.step(connectionTuneOK, c.tuned) && c.step(connectionOpen, c.opened)
}

// step waits for one method of the handshake.
func (c *conn) step(want uint32, do func(*reader) *exception) bool {
	f, err := c.frames.next()
	if err != nil {
		var wrong malformed
		if errors.As(err, &wrong) {
			c.end(failure(codeFrameError, "%v", wrong))
		}
		return false
	}
	r := &reader{data: f.payload}
	if got := r.long(); f.kind != frameMethod || f.channel != 0 || got != want {
		c.end(failure(codeCommandInvalid, "the handshake expects another method"))
		return false
	}
	if e := do(r); e != nil {
		c.end(e)
		return false
	}
	return true
}

func (c *conn) mechanisms() []string {
	list := []string{"PLAIN"}
	if c.certified() != "" {
		list = append(list, "EXTERNAL")
	}
	return list
}

// certified is the name in the client's verified certificate, or "".
func (c *conn) certified() string {
	secure, ok := c.socket.(*tls.Conn)
	if !ok || len(secure.ConnectionState().VerifiedChains) == 0 {
		return ""
	}
	return secure.ConnectionState().VerifiedChains[0][0].Subject.CommonName
}

func (c *conn) login(r *reader) *exception {
	about := r.table()
	mechanism := r.shortString()
	response := string(r.longString())
	r.shortString() // locale
	if r.err != nil {
		return failure(codeSyntaxError, "%v", r.err)
	}
	if list, ok := about.get("capabilities"); ok {
		capabilities, _ := list.(table)
		wants, _ := capabilities.get("authentication_failure_close")
		c.refuses, _ = wants.(bool)
	}
	user, ok := c.check(mechanism, response)
	if !ok {
		e := failure(codeAccessRefused, "login was refused using authentication mechanism %s", mechanism)
		if !c.refuses {
			e.text = ""
		}
		return e
	}
	c.server.mu.Lock()
	c.user = user
	c.server.mu.Unlock()
	c.send(0, connectionTune, func(w *writer) {
		w.short(maxChannels)
		w.long(maxFrame)
		w.short(60)
	})
	return nil
}

func (c *conn) check(mechanism, response string) (user string, ok bool) {
	switch mechanism {
	case "PLAIN":
		parts := strings.Split(response, "\x00")
		if len(parts) != 3 {
			return "", false
		}
		password, known := c.server.opts.Users[parts[1]]
		return parts[1], known && password == parts[2]
	case "EXTERNAL":
		user = c.certified()
		return user, user != ""
	}
	return "", false
}

func (c *conn) tuned(r *reader) *exception {
	r.short() // channels: the client keeps to fewer by itself
	most, beat := r.long(), time.Duration(r.short())*time.Second
	if r.err != nil {
		return failure(codeSyntaxError, "%v", r.err)
	}
	c.frameMax = maxFrame
	if most > 0 {
		c.frameMax = int(min(most, maxFrame))
	}
	if c.frameMax < minFrame {
		return failure(codeNotAllowed, "frames of %d bytes are less than the least, %d", most, minFrame)
	}
	c.frames.most = c.frameMax - frameRoom
	if beat > 0 {
		c.idle = 2*beat + time.Second
		c.beat <- beat / 2
	}
	return nil
}

func (c *conn) opened(r *reader) *exception {
	host := r.shortString()
	if r.err != nil {
		return failure(codeSyntaxError, "%v", r.err)
	}
	if host != "/" {
		return failure(codeNotAllowed, "vhost %s not found", host)
	}
	c.send(0, connectionOpenOK, func(w *writer) { w.shortString("") })
	return nil
}

// loop reads frames until the connection ends.
func (c *conn) loop() {
	_ = c.socket.SetReadDeadline(time.Time{}) // reading says it
	for {
		if c.frames.from.Buffered() == 0 {
			c.confirm()
			if c.idle > 0 && !c.closing {
				_ = c.socket.SetReadDeadline(time.Now().Add(c.idle)) // reading says it
			}
		}
		f, err := c.frames.next()
		if err != nil {
			c.broken(err)
			return
		}
		if e := c.take(f); e != nil {
			if e.code == codeOK {
				return
			}
			c.end(e)
		}
		c.out.Patience()
	}
}

func (c *conn) broken(err error) {
	var wrong malformed
	switch {
	case c.closing:
	case errors.As(err, &wrong):
		c.end(failure(codeFrameError, "%v", wrong))
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.end(failure(codeForced, "missed heartbeats from the client"))
	}
}

// take handles one frame. The code codeOK ends the connection in peace.
func (c *conn) take(f frame) *exception {
	switch {
	case f.kind == frameHeartbeat:
		return nil
	case f.channel == 0 && f.kind == frameMethod:
		return c.method(&reader{data: f.payload})
	case c.closing:
		return nil
	case f.channel == 0:
		return failure(codeUnexpectedFrame, "content on channel 0")
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.closed {
		return nil
	}
	ch := c.channels[f.channel]
	if ch == nil {
		return c.openChannel(f)
	}
	return ch.frame(f)
}

// method handles a method of the connection itself.
func (c *conn) method(r *reader) *exception {
	switch id := r.long(); {
	case id == connectionCloseOK:
		return &exception{code: codeOK}
	case id == connectionClose:
		c.confirm()
		c.send(0, connectionCloseOK, nil)
		return &exception{code: codeOK}
	case c.closing:
		return nil
	case id == connectionUpdateSecret:
		c.send(0, connectionUpdateSecretOK, nil)
		return nil
	default:
		return failure(codeCommandInvalid, "method %d.%d on channel 0", id>>16, id&0xffff)
	}
}

func (c *conn) openChannel(f frame) *exception {
	r := &reader{data: f.payload}
	if id := r.long(); f.kind != frameMethod || id != channelOpen {
		if f.kind == frameMethod && (id == channelCloseOK || id == channelClose) {
			return nil // both sides closed it at once
		}
		return failure(codeChannelError, "channel %d is not open", f.channel)
	}
	if f.channel > maxChannels {
		return failure(codeNotAllowed, "channel %d is more than were agreed on", f.channel)
	}
	c.channels[f.channel] = &channel{conn: c, id: f.channel, consumers: make(map[string]*consumer)}
	c.send(f.channel, channelOpenOK, func(w *writer) { w.longString(nil) })
	return nil
}

// end says why the connection ends and waits a while for the answer.
func (c *conn) end(e *exception) {
	if c.closing {
		return
	}
	c.closing = true
	_ = c.socket.SetReadDeadline(time.Now().Add(farewell)) // reading says it
	if e.text == "" {
		return // a wrong login, of a client that takes silence for an answer
	}
	c.sendClose(e)
}

func (c *conn) sendClose(e *exception) {
	c.send(0, connectionClose, func(w *writer) {
		w.short(e.code)
		w.shortString(e.text)
		w.long(e.method)
	})
}

// send puts a method into the outbox.
func (c *conn) send(channel uint16, method uint32, arguments func(*writer)) {
	c.out.Add(func(b []byte) []byte { return appendMethod(b, channel, method, arguments) })
}

func appendMethod(out []byte, channel uint16, method uint32, arguments func(*writer)) []byte {
	return appendFrame(out, frameMethod, channel, func(w *writer) {
		w.long(method)
		if arguments != nil {
			arguments(w)
		}
	})
}

// confirm sends the confirms that were gathered.
func (c *conn) confirm() {
	if len(c.unsaid) == 0 {
		return
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for _, ch := range c.unsaid {
		ch.sayConfirmed()
	}
	c.unsaid = c.unsaid[:0]
}

// leave gives back all that the client had; the caller holds the server's lock.
func (c *conn) leave() {
	for _, ch := range c.channels {
		ch.leave()
	}
	clear(c.channels)
	for _, q := range c.server.queues {
		if q.owner == c {
			c.server.removeQueue(q)
		}
	}
}
