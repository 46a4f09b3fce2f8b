package amqp1server

import (
	"errors"
	"strings"
	"time"
)

// creditSize is how many messages a client may send ahead.
const creditSize = 1000

// link is one link of a session. One of them is set: where what comes in goes,
// or the queue that what goes out comes from.
type link struct {
	session *session
	name    string
	handle  uint32

	to   *place // nil for a link that we send on
	anon bool   // each message says where it goes

	queue   *queue
	settled bool // what we send is settled by that

	count  uint32 // of deliveries, as both sides count
	credit uint32
	drain  bool

	incoming *incoming // a message that is coming in
}

// incoming is a message that is coming in.
type incoming struct {
	id      uint32
	settled bool
	data    []byte
	// refused is why the message will not be taken; what comes of it is let go.
	refused *fault
}

// The fields of attach.
const (
	attachName = iota
	attachHandle
	attachRole
	attachSenderMode
	attachReceiverMode
	attachSource
	attachTarget
)

// attach answers a link. What cannot be linked to is answered by a link that
// ends at once (part 2, section 2.6.3).
func (s *session) attach(f fields) *fault {
	l := &link{session: s, name: f.text(attachName), handle: f.long(attachHandle)}
	switch {
	case len(l.name) > maxName:
		return failure(ofSession, condInvalid, "the name of a link has more than %d bytes", maxName)
	case s.links[l.handle] != nil:
		return failure(ofSession, condHandleInUse, "the handle %d is in use", l.handle)
	case len(s.links) >= maxLinks || l.handle >= maxLinks:
		return failure(ofSession, condLimit, "more links than the %d that were agreed on", maxLinks)
	}
	source, _ := f.composite(attachSource)
	target, isTarget := f.composite(attachTarget)
	if isReceiver := f.flag(attachRole); isReceiver {
		s.attachConsumer(l, f, source, target)
		return nil
	}
	s.attachProducer(l, f, source, target, isTarget)
	return nil
}

func (s *session) attachProducer(l *link, f fields, source, target described, isTarget bool) {
	wrong := l.aim(target, isTarget)
	most := uint64(s.conn.server.opts.MaxMessage)
	answer := []any{l.name, l.handle, true, f.at(attachSenderMode), uint8(0), value(source), value(target), nil, nil, nil, most}
	if wrong != nil {
		answer[attachTarget] = nil
	}
	if l.to != nil && l.to.dynamic {
		answer[attachTarget] = withAddress(target, l.to.written())
	}
	s.send(composite(codeAttach, answer...))
	if wrong != nil {
		s.refuse(l, wrong)
		return
	}
	s.links[l.handle] = l
	l.credit = creditSize
	l.count = initialCount(f)
	s.sayFlow(l)
}

// initialCount is where a client begins to count its deliveries.
func initialCount(f fields) uint32 {
	const attachInitialCount = 9
	return f.long(attachInitialCount)
}

func (s *session) attachConsumer(l *link, f fields, source, target described) {
	mode, _ := f.number(attachSenderMode)
	const modeSettled = 1
	l.settled = f.at(attachSenderMode) != nil && mode == modeSettled
	wrong := l.listen(source)
	answer := []any{l.name, l.handle, false, f.at(attachSenderMode), uint8(0), value(source), value(target), nil, nil, uint32(0)}
	if mode := f.at(attachReceiverMode); mode != nil {
		answer[attachReceiverMode] = mode
	}
	switch {
	case wrong != nil:
		answer[attachSource] = nil
	case l.queue.owner != nil && source.fields().flag(4):
		answer[attachSource] = withAddress(source, "/queue/"+l.queue.name)
	}
	s.send(composite(codeAttach, answer...))
	if wrong != nil {
		s.refuse(l, wrong)
		return
	}
	s.links[l.handle] = l
	l.queue.consumers = append(l.queue.consumers, l)
}

// value is a composite as it is sent, or nothing where there is none.
func value(d described) any {
	if d.descriptor == nil {
		return nil
	}
	return d
}

// withAddress is a terminus that has got its address from us.
func withAddress(d described, address string) any {
	list := append([]any(nil), d.fields()...)
	for len(list) < 5 {
		list = append(list, nil)
	}
	list[0] = address
	return described{d.descriptor, list}
}

// refuse ends a link that has just been answered. Its handle is free again when
// the client has ended it as well, which is no news.
func (s *session) refuse(l *link, f *fault) {
	s.send(composite(codeDetach, l.handle, true, f.value()))
}

// aim finds where messages of the link go.
func (l *link) aim(target described, there bool) *fault {
	f := target.fields()
	switch {
	case target.code() == codeCoordinator:
		return failure(ofLink, condNoSupport, "transactions are not supported")
	case !there || f.at(0) == nil && !f.flag(4):
		l.anon = there
		if !there {
			return failure(ofLink, condInvalid, "a link needs a target")
		}
		return nil
	case f.flag(4):
		to, wrong := l.session.conn.temporary()
		l.to = to
		return wrong
	}
	const capabilities = 6
	to, err := placeOf(f.text(0), f.symbols(capabilities))
	if err != nil {
		return failure(ofLink, condInvalid, "%v", err)
	}
	l.to = to
	return l.session.conn.server.reach(to)
}

// listen finds the queue that messages of the link come from.
func (l *link) listen(source described) *fault {
	const (
		durable, dynamic, filters, capabilities = 1, 4, 7, 10
	)
	f := source.fields()
	if filter, _ := f.at(filters).(dict); len(filter) > 0 {
		return failure(ofLink, condNoSupport, "filters are not supported")
	}
	c := l.session.conn
	if f.flag(dynamic) {
		to, wrong := c.temporary()
		if wrong == nil {
			l.queue = c.server.queues[to.name]
		}
		return wrong
	}
	from, err := placeOf(f.text(0), f.symbols(capabilities))
	if err != nil {
		return failure(ofLink, condInvalid, "%v", err)
	}
	if !from.topic {
		if wrong := c.server.reach(from); wrong != nil {
			return wrong
		}
		l.queue = c.server.queues[from.name]
		return nil
	}
	var wrong *fault
	l.queue, wrong = c.server.subscribe(from, l.subscription(f.symbols(capabilities), f.long(durable)))
	return wrong
}

// subscription is the name by which a subscription is found again, or "" where
// it goes with its link.
func (l *link) subscription(capabilities []symbol, durable uint32) string {
	name, _, _ := strings.Cut(l.name, "|")
	shared, global := false, false
	for _, c := range capabilities {
		shared = shared || c == "shared"
		global = global || c == "global"
	}
	container := l.session.conn.container
	switch {
	case shared && global:
		return "shared " + name
	case shared:
		return "shared by " + container + " " + name
	case durable > 0:
		return "of " + container + " " + l.name
	}
	return ""
}

// flow takes the credit that a client gives or, of a link that it sends on,
// answers what it asks.
func (l *link) flow(f fields) {
	const count, credit, drain, echo = 5, 6, 8, 9
	if l.queue == nil {
		if f.flag(echo) {
			l.session.sayFlow(l)
		}
		return
	}
	if given, ok := f.number(credit); ok {
		counted := l.count
		if n, ok := f.number(count); ok {
			counted = uint32(n)
		}
		l.credit = counted + uint32(given) - l.count
		if int32(l.credit) < 0 && given < 1<<31 {
			l.credit = 0
		}
	}
	l.drain = f.flag(drain)
	l.session.conn.server.dispatch(l.queue)
	l.drained()
	if f.flag(echo) {
		l.session.sayFlow(l)
	}
}

// drained gives back credit that there are no messages for, where the client
// wants that.
func (l *link) drained() {
	if !l.drain || l.credit > 0 && l.queue.ready.Len() > 0 {
		return
	}
	l.count += l.credit
	l.credit = 0
	l.session.sayFlow(l)
	l.drain = false
}

// Ready reports whether a message may be delivered now.
func (l *link) Ready() bool {
	return l.credit > 0 && l.session.ready() && l.session.conn.out.Room()
}

func (l *link) deliver(e *entry) {
	l.count++
	l.credit--
	left := time.Until(e.Deadline)
	l.session.deliver(l, e, e.Message.payload(!e.Redelivered, e.Failures, left))
}

// transfer takes one frame of a message.
func (s *session) transfer(f fields, payload []byte) *fault {
	l := s.links[f.long(0)]
	if s.window--; s.window < 0 {
		return failure(ofSession, condWindow, "more frames than the window has")
	}
	s.nextIn++
	if s.window < windowSize/2 {
		s.window = windowSize
		s.sayFlow(nil)
	}
	switch {
	case l == nil:
		return failure(ofSession, condUnattached, "there is no link with the handle %d", f.long(0))
	case l.queue != nil:
		return failure(ofSession, condNotAllowed, "messages come the other way on this link")
	}
	wrong := l.take(f, payload)
	if wrong != nil && wrong.scope == ofLink {
		l.leave()
		delete(s.links, l.handle)
		s.refuse(l, wrong)
		return nil
	}
	return wrong
}

// The fields of transfer.
const (
	transferID      = 1
	transferSettled = 4
	transferMore    = 5
	transferAborted = 9
)

func (l *link) take(f fields, payload []byte) *fault {
	server := l.session.conn.server
	in := l.incoming
	if in == nil {
		if l.credit == 0 {
			return failure(ofLink, condOverCredit, "more messages than there is credit for")
		}
		if _, there := f.number(transferID); !there {
			return failure(ofSession, condInvalid, "a delivery needs an id")
		}
		in = &incoming{id: f.long(transferID)}
		l.incoming = in
	}
	in.settled = in.settled || f.flag(transferSettled)
	if f.flag(transferAborted) {
		l.drop()
		return nil
	}
	if len(in.data)+len(payload) > server.opts.MaxMessage {
		return failure(ofLink, condTooLarge, "a message has more than %d bytes", server.opts.MaxMessage)
	}
	l.gather(in, payload)
	if f.flag(transferMore) {
		return nil
	}
	l.arrived(in)
	return nil
}

// gather takes a piece of a message. Without memory for it the message is
// refused as a whole, once all of it was sent: a link that ended in the middle
// would take what the sender has on its way with it.
func (l *link) gather(in *incoming, payload []byte) {
	server := l.session.conn.server
	if in.refused != nil {
		return
	}
	if !server.hold(len(payload)) {
		server.release(len(in.data))
		in.data = nil
		in.refused = failure(ofLink, condLimit, "no memory for more messages: %d bytes are held", server.opts.MaxMemory)
		return
	}
	in.data = append(in.data, payload...)
}

// drop forgets a message that was coming in.
func (l *link) drop() {
	if l.incoming != nil {
		l.session.conn.server.release(len(l.incoming.data))
		l.incoming = nil
	}
}

// arrived stores a message that is complete, and says what became of it.
func (l *link) arrived(in *incoming) {
	l.drop()
	l.count++
	if l.credit--; l.credit <= creditSize/2 {
		l.credit = creditSize
		l.session.sayFlow(l)
	}
	wrong := in.refused
	if wrong == nil {
		wrong = l.store(in.data)
	}
	switch {
	case in.settled:
	case wrong == nil:
		l.session.note(in.id, nil)
	default:
		l.session.note(in.id, composite(codeRejected, wrong.value()))
	}
}

func (l *link) store(data []byte) *fault {
	m, way, err := readMessage(data)
	if err != nil {
		return failure(ofLink, condDecode, "%v", err)
	}
	to := l.to
	server := l.session.conn.server
	if l.anon {
		if to, err = placeOf(way.to, nil); err != nil {
			return failure(ofLink, condInvalid, "%v", errors.Join(errors.New("the message does not say where it goes"), err))
		}
		if wrong := server.reach(to); wrong != nil {
			return wrong
		}
	}
	return server.publish(to, way.subject, m)
}

// detach ends a link. A subscription that is kept goes with it, unless the link
// is only suspended or others have it as well.
func (s *session) detach(f fields) *fault {
	l := s.links[f.long(0)]
	if l == nil {
		return nil // both sides ended it at once
	}
	closed := f.flag(1)
	delete(s.links, l.handle)
	q := l.queue
	l.leave()
	if q != nil {
		var items []*sent
		for _, d := range s.unsettled {
			if d.link == l {
				items = append(items, d)
			}
		}
		s.putBack(items)
		if closed && q.topic && len(q.consumers) == 0 {
			s.conn.server.remove(q)
		}
	}
	s.send(composite(codeDetach, l.handle, closed))
	return nil
}

// leave takes a link from its queue, which may go with it.
func (l *link) leave() {
	l.drop()
	q := l.queue
	if q == nil {
		return
	}
	q.forget(l)
	if q.topic && q.name == "" {
		l.session.conn.server.remove(q)
	}
}
