package amqp1server

import "slices"

// windowSize is how many frames a session takes before it says that it takes
// more.
const windowSize = 4096

// session is one session of a connection; all of it is guarded by the server's
// lock.
type session struct {
	conn    *conn
	channel uint16
	ended   bool // an error was said: only its answer is waited for
	links   map[uint32]*link

	// Frames that come in.
	nextIn uint32
	window int // frames that the client may still send

	// Frames that go out.
	nextOut   uint32
	peerTakes uint32           // frames that the client still takes
	waiting   []transfer       // those that it does not take yet
	nextID    uint32           // of deliveries
	unsettled map[uint32]*sent // by delivery

	done []received // what became of incoming deliveries, to be said
	said bool       // among the connection's unsaid
}

// transfer is one frame of a delivery.
type transfer struct {
	performative any
	payload      []byte
}

// sent is a delivery that the client has and has not settled.
type sent struct {
	id   uint32
	link *link
	item *entry
}

// received is what became of a delivery.
type received struct {
	id    uint32
	state any
}

func newSession(c *conn, channel uint16, f fields) *session {
	return &session{
		conn: c, channel: channel, links: make(map[uint32]*link), unsettled: make(map[uint32]*sent),
		nextIn: f.long(1), window: windowSize, peerTakes: f.long(2),
	}
}

func (s *session) send(performative any) { s.conn.send(s.channel, performative, nil) }

// perform does one performative.
func (s *session) perform(p described, payload []byte) *fault {
	f := p.fields()
	switch p.code() {
	case codeAttach:
		return s.attach(f)
	case codeFlow:
		return s.flow(f)
	case codeTransfer:
		return s.transfer(f, payload)
	case codeDisposition:
		return s.disposition(f)
	case codeDetach:
		return s.detach(f)
	case codeEnd:
		s.sayDone()
		s.leave()
		delete(s.conn.sessions, s.channel)
		s.send(composite(codeEnd))
		return nil
	case codeBegin, codeOpen:
		return failure(ofConnection, condNotAllowed, "what has begun cannot begin again")
	}
	return failure(ofConnection, condNoSupport, "an unknown performative")
}

// end ends the session, or the link that is at fault, with an error.
func (s *session) end(f *fault) {
	s.sayDone()
	s.leave()
	s.ended = true
	s.send(composite(codeEnd, f.value()))
}

// leave gives back what the session had.
func (s *session) leave() {
	var items []*sent
	for _, d := range s.unsettled {
		items = append(items, d)
	}
	for _, l := range s.links {
		l.leave()
	}
	clear(s.links)
	s.putBack(items)
	s.waiting = nil
}

// putBack returns deliveries to their queues, as ones that were delivered.
func (s *session) putBack(items []*sent) {
	// The latest first: each is then before all that is there.
	slices.SortFunc(items, func(a, b *sent) int { return int(int32(b.id - a.id)) })
	queues := make(map[*queue]struct{})
	for _, d := range items {
		delete(s.unsettled, d.id)
		d.item.Redelivered = true
		s.conn.server.giveBack(d.link.queue, d.item)
		queues[d.link.queue] = struct{}{}
	}
	for q := range queues {
		s.conn.server.dispatch(q)
	}
}

// flow takes what the client says of windows and credit.
func (s *session) flow(f fields) *fault {
	// What it takes is counted from the next frame that it expects.
	next, known := f.number(0)
	if !known {
		next = 0
	}
	s.peerTakes = uint32(next) + f.long(1) - s.nextOut
	if int32(s.peerTakes) < 0 {
		s.peerTakes = 0
	}
	s.push()
	handle, ofLink := f.number(4)
	if !ofLink {
		if f.flag(9) {
			s.sayFlow(nil)
		}
		s.more()
		return nil
	}
	l := s.links[uint32(handle)]
	if l == nil {
		return failure(ofSession, condUnattached, "there is no link with the handle %d", handle)
	}
	l.flow(f)
	s.more()
	return nil
}

// sayFlow tells windows, and of a link its credit.
func (s *session) sayFlow(l *link) {
	state := []any{s.nextIn, uint32(s.window), s.nextOut, uint32(windowSize)}
	if l != nil {
		state = append(state, l.handle, l.count, l.credit, uint32(0), l.drain)
	}
	s.send(composite(codeFlow, state...))
}

// more lets the session's consumers go on.
func (s *session) more() {
	for _, l := range s.links {
		if l.queue != nil {
			s.conn.server.dispatch(l.queue)
			l.drained()
		}
	}
}

// deliver writes a message in as many frames as it needs.
func (s *session) deliver(l *link, item *entry, payload []byte) {
	id := s.nextID
	s.nextID++
	if l.settled {
		s.conn.server.release(item.Message.Size())
	} else {
		s.unsettled[id] = &sent{id, l, item}
	}
	tag := []byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
	room := s.conn.frameMax - transferRoom
	for first := true; first || len(payload) > 0; first = false {
		piece := payload[:min(len(payload), room)]
		payload = payload[len(piece):]
		list := []any{l.handle, nil, nil, nil, l.settled, len(payload) > 0}
		if first {
			list[1], list[2], list[3] = id, tag, uint32(0)
		}
		s.waiting = append(s.waiting, transfer{composite(codeTransfer, list...), piece})
	}
	s.push()
}

// transferRoom is what a transfer may need beside its payload, in bytes.
const transferRoom = 64

// push writes frames as far as the client takes them.
func (s *session) push() {
	n := 0
	for n < len(s.waiting) && s.peerTakes > 0 {
		s.conn.send(s.channel, s.waiting[n].performative, s.waiting[n].payload)
		s.peerTakes--
		s.nextOut++
		n++
	}
	if s.waiting = s.waiting[n:]; len(s.waiting) == 0 {
		s.waiting = nil
	}
}

// ready reports whether a delivery may begin.
func (s *session) ready() bool { return !s.ended && len(s.waiting) == 0 && s.peerTakes > 0 }

// disposition settles deliveries that the client was sent.
func (s *session) disposition(f fields) *fault {
	if isReceiver := f.flag(0); !isReceiver {
		return nil // we settle what comes in at once
	}
	first := f.long(1)
	last := first
	if n, ok := f.number(2); ok {
		last = uint32(n)
	}
	state, _ := f.composite(4)
	settled := f.flag(3)
	if !settled && state.code() < codeAccepted {
		return nil // received, or nothing yet
	}
	list := s.between(first, last)
	if !settled {
		s.send(composite(codeDisposition, false, first, last, true, state))
	}
	s.settle(list, state)
	return nil
}

// between returns the unsettled deliveries of a range, in order.
func (s *session) between(first, last uint32) []*sent {
	var list []*sent
	if width := last - first; uint64(width) < uint64(len(s.unsettled)) {
		for id := first; ; id++ {
			if d := s.unsettled[id]; d != nil {
				list = append(list, d)
			}
			if id == last {
				return list
			}
		}
	}
	for id, d := range s.unsettled {
		if id-first <= last-first {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *sent) int { return int(int32(a.id - b.id)) })
	return list
}

// settle does what an outcome says.
func (s *session) settle(list []*sent, state described) {
	f := state.fields()
	failed, elsewhere := f.flag(0), f.flag(1)
	switch code := state.code(); {
	case code == codeAccepted, code == codeRejected, code == codeModified && elsewhere:
		for _, d := range list {
			delete(s.unsettled, d.id)
			s.conn.server.release(d.item.Message.Size())
		}
		return
	case code == codeModified:
		more, _ := f.at(2).(dict)
		for _, d := range list {
			s.modify(d, failed, more)
		}
	}
	s.putBack(list)
}

func (s *session) modify(d *sent, failed bool, more dict) {
	if failed {
		d.item.Failures++
	}
	if len(more) > 0 {
		before := d.item.Message.Size()
		d.item.Message = d.item.Message.annotated(more)
		s.conn.server.release(before - d.item.Message.Size())
	}
}

// note notes what became of an incoming delivery. It is gathered until there is
// nothing more to read.
func (s *session) note(id uint32, state any) {
	s.done = append(s.done, received{id, state})
	if !s.said {
		s.said = true
		s.conn.unsaid = append(s.conn.unsaid, s)
	}
}

// sayDone says what became of deliveries; those that were accepted one after the
// other at once.
func (s *session) sayDone() {
	s.said = false
	if s.ended {
		s.done = nil
	}
	for i := 0; i < len(s.done); {
		first, last := s.done[i], s.done[i]
		for i++; i < len(s.done) && first.state == nil && s.done[i].state == nil && s.done[i].id == last.id+1; i++ {
			last = s.done[i]
		}
		state := first.state
		if state == nil {
			state = composite(codeAccepted)
		}
		s.send(composite(codeDisposition, true, first.id, last.id, true, state))
	}
	s.done = s.done[:0]
}
