package stompserver

import (
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/embedded/outbox"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// greeting is how long a client may take to come in.
const greeting = 10 * time.Second

// conn is one client's connection. Its reader serves it; what others deliver
// to it goes through its outbox.
type conn struct {
	server  *Server
	socket  net.Conn
	frames  *frame.Reader
	version frame.Version
	idle    time.Duration // how long the client may say nothing; 0 is for ever
	out     *outbox.Outbox
	beat    chan time.Duration

	// guarded by the server's lock
	subscriptions map[string]*subscription
	unsettled     map[uint64]*delivery // by tag
	nextTag       uint64
	transactions  map[string]*transaction
	replies       map[string]string // the names of temporary queues by those the client gave
}

func newConn(s *Server, socket net.Conn) *conn {
	c := &conn{
		server: s, socket: socket, out: outbox.New(), beat: make(chan time.Duration, 1),
		subscriptions: make(map[string]*subscription), unsettled: make(map[uint64]*delivery),
		transactions: make(map[string]*transaction), replies: make(map[string]string),
	}
	c.frames = frame.NewReader(alive{c}, s.limits)
	return c
}

// alive reads from the socket. Each read has the time that the client may say
// nothing.
type alive struct{ c *conn }

func (a alive) Read(b []byte) (int, error) {
	if a.c.idle > 0 {
		_ = a.c.socket.SetReadDeadline(time.Now().Add(a.c.idle)) // reading says it
	}
	return a.c.socket.Read(b)
}

func pulse(b []byte) []byte { return append(b, frame.Beat...) }

// serve runs the connection to its end.
func (c *conn) serve() {
	s := c.server
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.out.Write(c.socket, c.beat, pulse, c.fed)
	}()
	problem := c.enter()
	if problem == nil {
		problem = c.loop()
	}
	s.mu.Lock()
	c.leave()
	if problem != nil {
		c.sayError(problem)
	}
	s.mu.Unlock()
	c.out.Finish()
	<-written
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// fed lets subscriptions that waited for room in the outbox go on.
func (c *conn) fed() {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, subscription := range c.subscriptions {
		s.dispatch(subscription.queue)
	}
}

// enter does the handshake. The client is in when there is no problem.
func (c *conn) enter() *failure {
	_ = c.socket.SetReadDeadline(time.Now().Add(greeting)) // reading says it
	f, err := c.frames.Next()
	if err != nil {
		return c.broken(err)
	}
	if f.Command != "CONNECT" && f.Command != "STOMP" {
		return fail("the first frame must be CONNECT, this is %s", f.Command)
	}
	version, ok := agree(f)
	if !ok {
		return &failure{message: "Version mismatch: supported are 1.0,1.1,1.2", frame: frame.New("", "version", "1.0,1.1,1.2")}
	}
	c.version, c.frames.Version = version, version
	if !c.lets(f) {
		return fail("Access refused for user '%.80s'", f.Get("login"))
	}
	answer := frame.New("CONNECTED", "version", version.String(), "server", "weft", "session", c.newSession())
	_ = c.socket.SetReadDeadline(time.Time{}) // reading says it
	if problem := c.agreeOnBeats(f, answer); problem != nil {
		return problem
	}
	c.send(answer)
	return nil
}

func (c *conn) newSession() string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return "session-" + c.server.newName()
}

// agree finds the highest version that both know. Who names none knows 1.0.
func agree(f *frame.Frame) (best frame.Version, ok bool) {
	offered, given := f.Lookup("accept-version")
	if !given {
		return frame.V10, true
	}
	for text := range strings.SplitSeq(offered, ",") {
		if v, known := frame.ParseVersion(strings.TrimSpace(text)); known && (!ok || v > best) {
			best, ok = v, true
		}
	}
	return best, ok
}

// lets reports whether a client may come in.
func (c *conn) lets(f *frame.Frame) bool {
	login, given := f.Lookup("login")
	if secure, ok := c.socket.(*tls.Conn); ok && !given && len(secure.ConnectionState().VerifiedChains) > 0 {
		return true
	}
	passcode, known := c.server.opts.Users[login]
	return known && subtle.ConstantTimeCompare([]byte(passcode), []byte(f.Get("passcode"))) == 1
}

// slowestBeat is the longest between signs of life, in milliseconds: more is
// taken for never.
const slowestBeat = 24 * 60 * 60 * 1000

// agreeOnBeats answers with what we want and can: as often as the client does.
func (c *conn) agreeOnBeats(f, answer *frame.Frame) *failure {
	text, ok := f.Lookup("heart-beat")
	if !ok || c.version == frame.V10 {
		return nil
	}
	can, want, ok := parseBeats(text)
	if !ok {
		return fail("heart-beat is '%.40s', and should be two numbers of milliseconds", text)
	}
	answer.Add("heart-beat", strconv.Itoa(want)+","+strconv.Itoa(can))
	if want > 0 && want < slowestBeat {
		// Half of it, as the outbox beats in the second half of a quiet time.
		c.beat <- max(time.Duration(want)*time.Millisecond/2, 10*time.Millisecond)
	}
	if can > 0 && can < slowestBeat {
		c.idle = 2*time.Duration(can)*time.Millisecond + time.Second
	}
	return nil
}

func parseBeats(text string) (can, want int, ok bool) {
	first, second, _ := strings.Cut(text, ",")
	can, err := strconv.Atoi(strings.TrimSpace(first))
	want, err2 := strconv.Atoi(strings.TrimSpace(second))
	return can, want, err == nil && err2 == nil && can >= 0 && want >= 0
}

// loop serves frames until the connection ends. It returns why, unless the
// client wanted it.
func (c *conn) loop() *failure {
	for {
		f, err := c.frames.Next()
		if err != nil {
			return c.broken(err)
		}
		problem := c.take(f)
		if problem != nil {
			problem.frame = withReceipt(problem.frame, f)
			return problem
		}
		if f.Command == "DISCONNECT" {
			return nil
		}
		c.out.Patience()
	}
}

// withReceipt says which frame it was that failed, where it can be told.
func withReceipt(about, f *frame.Frame) *frame.Frame {
	receipt, ok := f.Lookup("receipt")
	if !ok {
		return about
	}
	if about == nil {
		about = frame.New("")
	}
	about.Add("receipt-id", receipt)
	return about
}

// broken is what to say when reading ended; nothing where nobody listens.
func (c *conn) broken(err error) *failure {
	var wrong *frame.SyntaxError
	var large *frame.TooLargeError
	switch {
	case errors.As(err, &wrong):
		return fail("Invalid frame: %s", wrong.Text)
	case errors.As(err, &large):
		return fail("Frame too large: %s", large.Text)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fail("the client has not been heard of in time")
	}
	return nil
}

func (c *conn) take(f *frame.Frame) *failure {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.closed {
		return nil
	}
	if problem := c.perform(f); problem != nil {
		return problem
	}
	if receipt, ok := f.Lookup("receipt"); ok {
		c.send(frame.New("RECEIPT", "receipt-id", receipt))
	}
	return nil
}

func (c *conn) perform(f *frame.Frame) *failure {
	switch f.Command {
	case "SEND":
		return c.inTransaction(f, c.sendFrame)
	case "SUBSCRIBE":
		return c.subscribe(f)
	case "UNSUBSCRIBE":
		return c.unsubscribe(f)
	case "ACK":
		return c.inTransaction(f, c.ack)
	case "NACK":
		if c.version == frame.V10 {
			return fail("there is no NACK in version 1.0")
		}
		return c.inTransaction(f, c.nack)
	case "BEGIN":
		return c.begin(f)
	case "COMMIT":
		return c.commit(f)
	case "ABORT":
		return c.abort(f)
	case "DISCONNECT":
		return nil
	}
	return fail("unknown command %s", f.Command)
}

// send puts a frame into the outbox.
func (c *conn) send(f *frame.Frame) {
	c.out.Add(func(b []byte) []byte { return frame.Append(b, c.version, f) })
}

func (c *conn) sayError(problem *failure) {
	f := frame.New("ERROR", "message", problem.message, "content-type", "text/plain")
	if problem.frame != nil {
		f.Headers = append(f.Headers, problem.frame.Headers...)
	}
	f.Body = []byte(problem.message + "\n")
	c.send(f)
}

// leave gives back all that the client had; the caller holds the server's lock.
func (c *conn) leave() {
	c.dropTransactions()
	for _, subscription := range c.subscriptions {
		subscription.end()
	}
	clear(c.subscriptions)
	for _, name := range c.replies {
		if q := c.server.queues[name]; q != nil {
			c.server.remove(q)
		}
	}
}
