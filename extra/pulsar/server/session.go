package server

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/extra/pulsar/frame"
	"github.com/weft-dev/weft/wire/embedded/outbox"
)

const (
	// patience is how long a client may take to introduce itself.
	patience = 10 * time.Second
	// beat is how often it is asked whether it lives, and silence how long it may
	// say nothing at all.
	beat    = 30 * time.Second
	silence = 100 * time.Second
	// maxOpen bounds the producers, and the consumers, of one client.
	maxOpen = 10_000
	// version is the newest of the protocol that is spoken here.
	version = 19
	// maxMessage is what clients are told to send at most, in bytes.
	maxMessage = 5 << 20
)

// session is one client. What is written to it goes through its outbox.
type session struct {
	server    *Server
	socket    net.Conn
	out       *outbox.Outbox
	beat      chan time.Duration
	producers map[uint64]*topic
	consumers map[uint64]*consumer
}

func newSession(s *Server, socket net.Conn) *session {
	return &session{
		server: s, socket: socket, out: outbox.New(), beat: make(chan time.Duration, 1),
		producers: make(map[uint64]*topic), consumers: make(map[uint64]*consumer),
	}
}

// send puts a frame into the outbox.
func (s *session) send(kind int, body frame.Body, rest []byte) {
	s.out.Add(func(buf []byte) []byte { return frame.Append(buf, kind, body, rest) })
}

// serve speaks with the client until it goes.
func (s *session) serve() {
	s.server.busy.Go(func() {
		s.out.Write(s.socket, s.beat, func(buf []byte) []byte { return frame.Append(buf, frame.Ping, nil, nil) }, s.fed)
	})
	in := bufio.NewReaderSize(s.socket, 64<<10)
	if s.introduced(in) {
		s.beat <- beat
		s.listen(in)
	}
	s.part()
	s.out.Finish()
	s.server.leave(s)
}

// introduced reads how the client introduces itself, and reports whether it may
// come in.
func (s *session) introduced(in *bufio.Reader) bool {
	_ = s.socket.SetDeadline(time.Now().Add(patience)) // reading says it
	command, err := frame.Read(in)
	if err != nil || command.Type != frame.Connect {
		return false
	}
	method := command.Fields.Text(5)
	if method == "" {
		method = "none"
	}
	if judge := s.server.opts.Authorize; judge != nil {
		if err := judge(method, command.Fields.Bytes(3)); err != nil {
			s.refuse(^uint64(0), refused(frame.AuthenticationError, "Failed to authenticate"))
			return false
		}
	}
	if secured, ok := s.socket.(*tls.Conn); ok && !secured.ConnectionState().HandshakeComplete {
		return false
	}
	_ = s.socket.SetDeadline(time.Time{})
	s.send(frame.Connected, frame.Body(nil).Text(1, "weft").Uint(2, min(version, command.Fields.Uint(4))).Uint(3, maxMessage), nil)
	return true
}

func (s *session) listen(in *bufio.Reader) {
	for {
		_ = s.socket.SetReadDeadline(time.Now().Add(silence)) // reading says it
		command, err := frame.Read(in)
		if err != nil {
			return
		}
		s.out.Patience()
		if s.obey(command) != nil {
			return
		}
	}
}

// obey does what a command says. An error ends the session; what the client is
// told is none.
func (s *session) obey(c *frame.Command) error {
	s.server.lock.Lock()
	defer s.server.lock.Unlock()
	var told *protocolError
	request, err := s.do(c)
	if errors.As(err, &told) {
		s.refuse(request, told)
		return nil
	}
	return err
}

func (s *session) refuse(request uint64, err error) {
	var told *protocolError
	if errors.As(err, &told) {
		s.send(frame.Error, frame.Body(nil).Uint(1, request).Uint(2, told.code).Text(3, told.text), nil)
	}
}

// do finds what a command means. It returns the number of its request, for an
// answer that it did not give itself.
func (s *session) do(c *frame.Command) (request uint64, err error) {
	f := c.Fields
	switch c.Type {
	case frame.Ping:
		s.send(frame.Pong, nil, nil)
	case frame.Pong:
	case frame.Lookup:
		return f.Uint(2), s.lookup(f)
	case frame.PartitionedMetadata:
		s.send(frame.PartitionedAnswer, frame.Body(nil).Uint(1, 0).Uint(2, f.Uint(2)).Uint(3, 0), nil)
	case frame.TopicsOf:
		s.topicsOf(f)
	case frame.Producer:
		return f.Uint(3), s.produce(f)
	case frame.Send:
		return 0, s.take(f, c.Rest)
	case frame.CloseProducer:
		delete(s.producers, f.Uint(1))
		s.done(f.Uint(2))
	case frame.Subscribe:
		return f.Uint(5), s.subscribe(f)
	case frame.ConsumerStats, frame.GetSchema, frame.MakeSchema:
		return f.Uint(1), refused(frame.NotAllowed, "this server has neither schemas nor statistics")
	default:
		return f.Uint(2), s.consume(c)
	}
	return 0, nil
}

func (s *session) done(request uint64) { s.send(frame.Success, frame.Body(nil).Uint(1, request), nil) }

// lookup says where a topic is: here.
func (s *session) lookup(f frame.Fields) error {
	const connect = 1
	if _, err := s.server.topic(f.Text(1)); err != nil {
		return err
	}
	field := 1
	if s.server.opts.TLS != nil {
		field = 2
	}
	s.send(frame.LookupAnswer, frame.Body(nil).Text(field, s.server.url()).Uint(3, connect).Uint(4, f.Uint(2)).Uint(5, 1), nil)
	return nil
}

func (s *session) topicsOf(f frame.Fields) {
	body := frame.Body(nil).Uint(1, f.Uint(1))
	var names []string
	for name := range s.server.topics {
		if _, rest, _ := strings.Cut(name, "://"); strings.HasPrefix(rest, f.Text(2)+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		body = body.Text(2, name)
	}
	s.send(frame.TopicsOfAnswer, body, nil)
}

func (s *session) produce(f frame.Fields) error {
	if f.Has(7) && hasSchema(f.Bytes(7)) {
		return refused(frame.NotAllowed, "this server has no schemas")
	}
	if len(s.producers) >= maxOpen {
		return refused(frame.NotAllowed, "there are too many producers")
	}
	t, err := s.server.topic(f.Text(1))
	if err != nil {
		return err
	}
	name := f.Text(4)
	if name == "" {
		s.server.last++
		name = "weft-" + strconv.FormatUint(s.server.last, 10)
	}
	s.producers[f.Uint(2)] = t
	s.send(frame.ProducerSuccess, frame.Body(nil).Uint(1, f.Uint(3)).Text(2, name).Uint(3, ^uint64(0)).Bytes(4, nil).Uint(6, 1), nil)
	return nil
}

// hasSchema reports whether a schema is more than none: bytes are what all
// messages are.
func hasSchema(data []byte) bool {
	fields, err := frame.Parse(data)
	return err != nil || fields.Uint(4) != 0
}

// take stores what a producer sends.
func (s *session) take(f frame.Fields, rest []byte) error {
	t := s.producers[f.Uint(1)]
	if t == nil {
		return nil // of a producer that was closed a moment ago
	}
	batch := 1
	if f.Has(3) {
		batch = int(min(f.Uint(3), 1<<20))
	}
	e, err := s.server.publish(t, rest, batch)
	var told *protocolError
	switch {
	case errors.As(err, &told):
		s.send(frame.SendError, frame.Body(nil).Uint(1, f.Uint(1)).Uint(2, f.Uint(2)).Uint(3, told.code).Text(4, told.text), nil)
	case err != nil:
		return err
	default:
		receipt := frame.Body(nil).Uint(1, f.Uint(1)).Uint(2, f.Uint(2)).Bytes(3, messageID(e.id))
		s.send(frame.SendReceipt, receipt.Uint(4, max(f.Uint(2), f.Uint(6))), nil)
	}
	return nil
}

// part gives up all that the client had.
func (s *session) part() {
	s.server.lock.Lock()
	defer s.server.lock.Unlock()
	for _, c := range s.consumers {
		c.sub.part(c)
	}
	s.consumers = nil
}

// fed lets those go on who waited for room in the outbox.
func (s *session) fed() {
	s.server.lock.Lock()
	defer s.server.lock.Unlock()
	for _, c := range s.consumers {
		c.sub.dispatch()
	}
}
