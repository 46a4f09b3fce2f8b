package server

import (
	"bufio"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/mqtt/frame"
)

const (
	// greeting is how long a client may take to say who it is.
	greeting = 10 * time.Second
	// stall is how long a client may take nothing of what is written to it.
	stall = 30 * time.Second
	// spareQueue is how many packets may wait to be written before messages
	// that nobody confirms are left out.
	spareQueue = 100_000
)

// connection is a client that is there.
type connection struct {
	net     net.Conn
	version frame.Version
	session *session
	keep    time.Duration // within which the client must be heard of; 0 is no bound
	limit   int           // the largest packet that the client takes; 0 is any
	gone    bool          // it said goodbye, so that its last will is void; guarded by the server's lock

	mu      sync.Mutex
	queue   []frame.Packet
	leaving bool
	wake    chan struct{}
}

// serve is one client from its greeting to its end.
func (s *Server) serve(wire net.Conn) {
	c := &connection{net: wire, version: frame.V5, wake: make(chan struct{}, 1)}
	defer wire.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	wire, in, err := overWeb(wire)
	s.mu.Lock()
	c.net = wire
	s.mu.Unlock()
	defer wire.Close()
	var writing sync.WaitGroup
	writing.Go(c.write)
	if err == nil && s.greet(c, in) {
		s.read(c, in)
	}
	s.mu.Lock()
	delete(s.conns, c)
	s.leave(c)
	s.mu.Unlock()
	c.end()
	writing.Wait()
}

// read handles what a client says until it ends.
func (s *Server) read(c *connection, in *bufio.Reader) {
	for {
		if c.keep > 0 {
			_ = c.net.SetReadDeadline(time.Now().Add(c.keep))
		} else {
			_ = c.net.SetReadDeadline(time.Time{})
		}
		first, body, err := frame.Read(in, s.opts.MaxPacket)
		if err != nil {
			if _, large := err.(frame.TooLargeError); large { //nolint:errorlint // frame.Read wraps nothing
				c.refuse(packets.DisconnectPacketTooLarge)
			}
			return
		}
		p, err := c.version.Parse(first, body)
		if err != nil {
			c.refuse(packets.DisconnectMalformedPacket)
			return
		}
		s.mu.Lock()
		goOn := s.handle(c, p)
		s.mu.Unlock()
		if !goOn {
			return
		}
	}
}

// greet reads who the client is and answers; it reports whether it is let in.
func (s *Server) greet(c *connection, in *bufio.Reader) bool {
	_ = c.net.SetReadDeadline(time.Now().Add(greeting))
	first, body, err := frame.Read(in, min(s.opts.MaxPacket, 1<<20))
	if err != nil || first>>4 != packets.CONNECT || len(body) < 7 {
		return false
	}
	// Name and number of the protocol are at the same place in all versions.
	if body[6] != byte(frame.V5) || s.opts.Only3 {
		c.version = frame.V3
	}
	if body[6] != byte(frame.V5) && body[6] != byte(frame.V3) || body[6] == byte(frame.V5) && s.opts.Only3 {
		c.send(&packets.Connack{ReasonCode: packets.ConnackUnsupportedProtocolVersion})
		return false
	}
	p, err := c.version.Parse(first, body)
	if err != nil {
		return false
	}
	hello := p.(*packets.Connect)
	if code := s.judge(c, hello); code != 0 {
		c.send(&packets.Connack{ReasonCode: code})
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.enter(c, hello)
	return true
}

func (s *Server) judge(c *connection, hello *packets.Connect) byte {
	switch {
	case s.opts.Authenticate != nil && !s.opts.Authenticate(hello.Username, string(hello.Password)):
		return packets.ConnackBadUsernameOrPassword
	case hello.Properties.AuthMethod != "":
		return packets.ConnackBadAuthenticationMethod
	case hello.ClientID == "" && c.version == frame.V3 && !hello.CleanStart, frame.CheckText(hello.ClientID) != nil:
		return packets.ConnackInvalidClientID
	case hello.WillFlag && frame.CheckTopic(hello.WillTopic) != nil:
		return packets.ConnackTopicNameInvalid
	}
	return 0
}

// enter gives a client its session, which it may take over from another
// connection; the caller holds the server's lock.
func (s *Server) enter(c *connection, hello *packets.Connect) {
	properties := packets.Properties{}
	if hello.ClientID == "" {
		s.count++
		hello.ClientID = "auto-" + strconv.FormatUint(s.count, 10) + "-" + c.net.RemoteAddr().String()
		properties.AssignedClientID = hello.ClientID
	}
	n := s.sessions[hello.ClientID]
	if n != nil && n.conn != nil {
		n.conn.refuse(packets.DisconnectSessionTakenOver)
		s.leave(n.conn)
		n = s.sessions[hello.ClientID]
	}
	present := n != nil && !hello.CleanStart
	if !present {
		n = newSession(hello.ClientID)
		s.sessions[n.id] = n
	}
	n.conn, n.until, n.will = c, time.Time{}, nil
	c.session, c.keep = n, time.Duration(hello.KeepAlive)*time.Second*3/2
	n.settle(c, hello)
	most, limit := uint16(receiveMaximum), uint32(s.opts.MaxPacket)
	properties.ReceiveMaximum, properties.MaximumPacketSize = &most, &limit
	c.send(&packets.Connack{SessionPresent: present, Properties: &properties})
	n.resume()
}

// settle notes how the client wants things.
func (n *session) settle(c *connection, hello *packets.Connect) {
	n.window, n.expiry = 65535, 0
	if c.version == frame.V3 && !hello.CleanStart {
		n.expiry = forever
	}
	if expiry := hello.Properties.SessionExpiryInterval; expiry != nil {
		n.expiry = *expiry
	}
	if most := hello.Properties.ReceiveMaximum; most != nil && *most > 0 {
		n.window = int(*most)
	}
	if limit := hello.Properties.MaximumPacketSize; limit != nil {
		c.limit = int(*limit)
	}
	if !hello.WillFlag {
		return
	}
	n.will = newMessage(&packets.Publish{
		Topic: hello.WillTopic, Payload: hello.WillMessage, QoS: hello.WillQOS, Retain: hello.WillRetain, Properties: hello.WillProperties,
	})
	n.willDelay = 0
	if delay := hello.WillProperties.WillDelayInterval; delay != nil {
		n.willDelay = time.Duration(*delay) * time.Second
		hello.WillProperties.WillDelayInterval = nil
	}
}

// forever is a session that does not end.
const forever = 1<<32 - 1

// leave parts a session from its connection; the caller holds the server's lock.
func (s *Server) leave(c *connection) {
	n := c.session
	if n == nil || n.conn != c {
		return
	}
	n.conn = nil
	if c.gone {
		n.will = nil
	}
	if n.expiry == 0 {
		delete(s.sessions, n.id)
	} else if n.expiry != forever {
		n.until = time.Now().Add(time.Duration(n.expiry) * time.Second)
	}
	if n.will == nil {
		return
	}
	if n.willAt = time.Now().Add(n.willDelay); n.willDelay == 0 || n.expiry == 0 {
		will := n.will
		n.will = nil
		s.publish(will, n)
	}
}

// tooLarge reports whether a message is more than the client takes. It never
// gets it then (MQTT 5, 3.1.2.11.4).
func (c *connection) tooLarge(e *entry) bool {
	if c.limit == 0 {
		return false
	}
	p := &e.message.Publish
	return len(p.Payload)+len(p.Topic)+len(p.Properties.Pack(packets.PUBLISH))+16 > c.limit
}

// send queues a packet.
func (c *connection) send(p frame.Packet) {
	c.mu.Lock()
	if !c.leaving {
		c.queue = append(c.queue, p)
	}
	c.mu.Unlock()
	c.rouse()
}

// spare queues a message that may be left out.
func (c *connection) spare(p *packets.Publish) {
	c.mu.Lock()
	full := len(c.queue) >= spareQueue
	c.mu.Unlock()
	if !full {
		c.send(p)
	}
}

// refuse ends a connection and says why, where the version has a word for it.
func (c *connection) refuse(code byte) {
	if c.version == frame.V5 {
		c.send(&packets.Disconnect{ReasonCode: code})
	}
	c.end()
}

// end lets the writer end when all is written.
func (c *connection) end() {
	c.mu.Lock()
	c.leaving = true
	c.mu.Unlock()
	c.rouse()
}

func (c *connection) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write writes what is queued, then hangs up.
func (c *connection) write() {
	defer c.net.Close()
	w := bufio.NewWriterSize(c.net, 64<<10)
	for {
		c.mu.Lock()
		batch, leaving := c.queue, c.leaving
		c.queue = nil
		c.mu.Unlock()
		if len(batch) == 0 && leaving {
			return
		}
		_ = c.net.SetWriteDeadline(time.Now().Add(stall))
		for _, p := range batch {
			if err := c.version.Write(w, p); err != nil {
				c.drop()
				return
			}
		}
		if err := w.Flush(); err != nil {
			c.drop()
			return
		}
		if len(batch) == 0 {
			<-c.wake
		}
	}
}

// drop forgets what cannot be written any more.
func (c *connection) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving, c.queue = true, nil
}
