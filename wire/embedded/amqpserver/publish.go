package amqpserver

import (
	"strconv"
	"time"
)

// message is a message as it is stored; queues share it.
type message struct {
	exchange   string
	key        string
	properties properties
	body       []byte
	ttl        time.Duration // less than 0 is for ever
}

// overhead is what a message costs beside its body, roughly.
const overhead = 256

// Size is what the message costs.
func (m *message) Size() int { return len(m.body) + overhead }

// incoming is a message that is coming in.
type incoming struct {
	message   *message
	mandatory bool
	hasHeader bool
	size      uint64
}

// publish notes what will be published when its content is there.
func (ch *channel) publish(r *reader) *exception {
	r.short()
	in := &incoming{message: &message{exchange: r.shortString(), key: r.shortString(), ttl: -1}}
	bits := r.octet()
	if r.err != nil {
		return nil
	}
	if bits&2 != 0 {
		return failure(codeNotImplemented, "immediate=true")
	}
	in.mandatory = bits&1 != 0
	e := ch.conn.server.exchanges[in.message.exchange]
	switch {
	case e == nil:
		return noExchange(in.message.exchange)
	case e.internal:
		return failure(codeAccessRefused, "cannot publish to internal exchange '%s' in vhost '/'", e.name)
	}
	ch.incoming = in
	return nil
}

func (ch *channel) header(f frame) *exception {
	in := ch.incoming
	if in == nil || in.hasHeader {
		return failure(codeUnexpectedFrame, "a content header that was not to come")
	}
	r := &reader{data: f.payload}
	class := r.short()
	r.short()
	in.size = r.longLong()
	m := in.message
	m.properties = r.properties()
	switch most := ch.conn.server.opts.MaxBody; {
	case r.err != nil:
		return failure(codeSyntaxError, "a content header: %v", r.err)
	case class != classBasic:
		return failure(codeUnexpectedFrame, "a content header of class %d", class)
	case in.size > uint64(most):
		ch.incoming = nil
		return failure(codePreconditionFailed, "message size %d is larger than configured max size %d", in.size, most)
	}
	in.hasHeader = true
	if in.size == 0 {
		return ch.arrived()
	}
	// A client that only promises much gets little.
	m.body = make([]byte, 0, min(in.size, maxFrame))
	return nil
}

func (ch *channel) body(f frame) *exception {
	in := ch.incoming
	if in == nil || !in.hasHeader {
		return failure(codeUnexpectedFrame, "a body that was not to come")
	}
	m := in.message
	if uint64(len(m.body)+len(f.payload)) > in.size {
		return failure(codeFrameError, "a body longer than its header says")
	}
	if !ch.conn.server.hold(len(f.payload)) {
		return failure(codeResourceError, "no memory for more messages: %d bytes are held", ch.conn.server.opts.MaxMemory)
	}
	m.body = append(m.body, f.payload...)
	if uint64(len(m.body)) < in.size {
		return nil
	}
	return ch.arrived()
}

// arrived routes a message that is complete.
func (ch *channel) arrived() *exception {
	in, s := ch.incoming, ch.conn.server
	m := in.message
	ch.incoming = nil
	// Each queue that keeps the message takes memory for itself.
	defer s.release(len(m.body))
	if e := ch.checked(m); e != nil {
		return e
	}
	e := s.exchanges[m.exchange]
	if e == nil {
		return noExchange(m.exchange) // it was deleted meanwhile
	}
	queues := s.route(e, m.destinations(), m.properties.headers)
	m.properties = m.properties.withoutBCC()
	if len(queues) == 0 && in.mandatory {
		ch.conn.content(ch.id, m, basicReturn, func(w *writer) {
			w.short(codeNoRoute)
			w.shortString("NO_ROUTE")
			w.shortString(m.exchange)
			w.shortString(m.key)
		})
	}
	taken := s.memory.Load()+int64(m.Size()*len(queues)) <= s.opts.MaxMemory
	if !taken && !ch.confirms {
		return failure(codeResourceError, "no memory for more messages: %d bytes are held", s.opts.MaxMemory)
	}
	if taken {
		taken = s.store(queues, m)
	}
	ch.acknowledge(taken)
	return nil
}

// store reports whether all queues took the message.
func (s *Server) store(queues []*queue, m *message) bool {
	all := true
	for _, q := range queues {
		all = s.enqueue(q, m) && all
	}
	return all
}

// checked looks at the properties that mean something to the server.
func (ch *channel) checked(m *message) *exception {
	p := &m.properties
	if p.flags&flagUser != 0 && p.user != ch.conn.user {
		return failure(codePreconditionFailed, "user_id property set to '%s' but authenticated user was '%s'", p.user, ch.conn.user)
	}
	if p.flags&flagExpiration != 0 {
		n, err := strconv.ParseUint(p.expiration, 10, 32)
		if err != nil {
			return failure(codePreconditionFailed, "invalid expiration '%s'", p.expiration)
		}
		m.ttl = time.Duration(n) * time.Millisecond
	}
	for _, name := range []string{"CC", "BCC"} {
		if _, ok := keysIn(p.headers, name); !ok {
			return failure(codePreconditionFailed, "the header %s must be a list of routing keys", name)
		}
	}
	return nil
}

// keysIn reads the routing keys of a header; there may be none.
func keysIn(headers table, name string) (keys []string, ok bool) {
	value, there := headers.get(name)
	if !there {
		return nil, true
	}
	list, ok := value.([]any)
	for _, item := range list {
		key, text := item.(string)
		if !text {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, ok
}

// destinations are the routing keys that a message goes by.
func (m *message) destinations() []string {
	keys := []string{m.key}
	for _, name := range []string{"CC", "BCC"} {
		more, _ := keysIn(m.properties.headers, name)
		keys = append(keys, more...)
	}
	return keys
}

func (p properties) withoutBCC() properties {
	if _, there := p.headers.get("BCC"); !there {
		return p
	}
	return p.withHeaders(p.headers.without("BCC"))
}

// acknowledge confirms what was published, where the client wants that. The
// confirms are gathered until there is nothing more to read.
func (ch *channel) acknowledge(taken bool) {
	if !ch.confirms {
		return
	}
	if taken {
		ch.published++
		if !ch.queued {
			ch.queued = true
			ch.conn.unsaid = append(ch.conn.unsaid, ch)
		}
		return
	}
	ch.sayConfirmed()
	ch.published++
	ch.confirmed = ch.published
	ch.reply(basicNack, func(w *writer) {
		w.longLong(ch.published)
		w.octet(0)
	})
}

// sayConfirmed confirms all that was published up to now.
func (ch *channel) sayConfirmed() {
	ch.queued = false
	if ch.closing || ch.confirmed == ch.published {
		return
	}
	many := ch.published-ch.confirmed > 1
	ch.confirmed = ch.published
	ch.reply(basicAck, func(w *writer) {
		w.longLong(ch.confirmed)
		w.flag(many)
	})
}

// content writes a method with a message.
func (c *conn) content(channel uint16, m *message, method uint32, arguments func(*writer)) {
	c.out.Add(func(b []byte) []byte {
		b = appendMethod(b, channel, method, arguments)
		b = appendFrame(b, frameHeader, channel, func(w *writer) {
			w.short(classBasic)
			w.short(0)
			w.longLong(uint64(len(m.body)))
			w.properties(&m.properties)
		})
		most := c.frameMax - frameRoom
		for rest := m.body; len(rest) > 0; {
			piece := rest[:min(len(rest), most)]
			b = appendBody(b, channel, piece)
			rest = rest[len(piece):]
		}
		return b
	})
}
