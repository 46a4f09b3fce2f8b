package mqtt

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// resumeFor is how long, in seconds, a server keeps the session of a client
// that sends, or receives without a group: long enough to go on after a broken
// connection, and gone soon when the process died.
const resumeFor = 60

// politeness is how many messages of quality of service 2 are under way in
// 3.1.1, where a server cannot say how many it wants: what Mosquitto takes
// beyond its usual limit it does not deliver to everybody.
const politeness = 20

// publisher is a client that sends. Messages leave in the order they were given
// in; as many are under way as the server allows. When a connection breaks what
// was not confirmed is sent again, unless its Send gave up.
type publisher struct {
	conn   *conn
	client *client
	id     string

	mu      sync.Mutex
	session *session // nil while there is none
	waiting []*outgoing
	pending map[uint16]*outgoing
	turns   uint64
	number  uint16 // the last packet identifier that was given out
	quota   int    // how many more may be unconfirmed
	exact   int    // how many of quality of service 2 are
	largest int    // packet that the server takes; 0 is no limit
	failure error
}

func (c *conn) newSender() *publisher {
	p := &publisher{conn: c, id: cmp.Or(c.settings.clientID, randomID()), pending: make(map[uint16]*outgoing)}
	p.client = newClient(c, p)
	return p
}

// hello asks for a session that outlives a broken connection for a while. 3.1.1
// cannot say for how long, so that there it ends with the connection.
func (p *publisher) hello(first bool) *packets.Connect {
	hello := p.conn.hello(p.id)
	hello.CleanStart = first || p.conn.version3
	expiry := uint32(resumeFor)
	hello.Properties.SessionExpiryInterval = &expiry
	if w := p.conn.settings.will; w != nil {
		hello.WillFlag, hello.WillTopic, hello.WillMessage = true, w.topic, []byte(w.payload)
		hello.WillQOS, hello.WillRetain, hello.WillProperties = w.qos, w.retain, &packets.Properties{}
	}
	return hello
}

// begin sends again what the last connection left open: under its old number
// where the server remembers it, else as if it were new.
func (p *publisher) begin(s *session, resumed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	open := p.inOrder()
	p.pending = make(map[uint16]*outgoing)
	p.quota, p.exact = receiveMaximum(s.welcome), 0
	p.largest = 0
	if most := s.welcome.Properties.MaximumPacketSize; most != nil {
		p.largest = int(*most)
	}
	var anew []*outgoing
	for _, o := range open {
		switch {
		case resumed && o.phase == released:
			p.occupy(o)
			s.send(&packets.Pubrel{PacketID: o.publish.PacketID}, nil)
		case o.abandoned:
		case resumed:
			o.publish.Duplicate = true
			p.occupy(o)
			s.send(&o.publish, nil)
		case o.phase == released:
			o.finish(nil) // the server had it
		default:
			o.phase, o.publish.Duplicate = waiting, false
			anew = append(anew, o)
		}
	}
	p.waiting = append(anew, p.waiting...)
}

// inOrder returns what is unconfirmed in the order it was sent in.
func (p *publisher) inOrder() []*outgoing {
	return slices.SortedFunc(maps.Values(p.pending), func(a, b *outgoing) int {
		return cmp.Compare(a.turn, b.turn)
	})
}

func (p *publisher) ready(_ context.Context, s *session) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = s
	p.pump()
	return nil
}

// lost keeps what was not confirmed for the next session. A message without
// confirmation that was never written will not be, as nobody could tell how
// often it arrived.
func (p *publisher) lost(s *session, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = nil
	for _, o := range s.unwritten() {
		o.finish(brokenError{err})
	}
	if (isTakenOver(err) || isSuspected(err)) && p.conn.settings.clientID != "" {
		return takenError{p.id, false, err}
	}
	return nil
}

func (p *publisher) over(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = err
	for _, o := range append(p.inOrder(), p.waiting...) {
		o.finish(err)
	}
	p.waiting, p.pending = nil, make(map[uint16]*outgoing)
}

// publish begins to send the messages of a parcel.
func (p *publisher) publish(parcel *parcel) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure != nil {
		return p.failure
	}
	for i := range parcel.messages {
		p.waiting = append(p.waiting, &parcel.messages[i])
	}
	p.pump()
	return nil
}

// pump lets messages leave whose turn has come; the caller holds the lock.
func (p *publisher) pump() {
	n := 0
	for ; n < len(p.waiting) && p.session != nil; n++ {
		o := p.waiting[n]
		if o.abandoned {
			continue
		}
		if o.publish.QoS == 0 {
			o.tried = true
			if !p.session.send(&o.publish, o) {
				break
			}
			continue
		}
		if p.quota <= 0 || o.publish.QoS == 2 && p.conn.version3 && p.exact >= politeness {
			break
		}
		p.depart(o)
	}
	clear(p.waiting[:n])
	p.waiting = p.waiting[n:]
}

// depart gives a message a number and sends it. Should the connection be gone,
// it is among those that the next one begins with.
func (p *publisher) depart(o *outgoing) {
	for {
		p.number++
		if _, taken := p.pending[p.number]; p.number != 0 && !taken {
			break
		}
	}
	p.turns++
	o.publish.PacketID, o.turn, o.phase, o.tried = p.number, p.turns, sent, true
	p.occupy(o)
	p.session.send(&o.publish, nil)
}

// occupy notes that a message is under way under its number.
func (p *publisher) occupy(o *outgoing) {
	p.pending[o.publish.PacketID] = o
	p.quota--
	if o.publish.QoS == 2 {
		p.exact++
	}
}

// packet takes confirmations.
func (p *publisher) packet(s *session, arrived frame.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch arrived := arrived.(type) {
	case *packets.Puback:
		p.confirmed(arrived.PacketID, 1, arrived.ReasonCode, arrived.Properties)
	case *packets.Pubcomp:
		// A reason other than 0 is that the server has forgotten the number:
		// it had the message all the same.
		p.confirmed(arrived.PacketID, 2, 0, nil)
	case *packets.Pubrec:
		if arrived.ReasonCode >= 0x80 {
			p.confirmed(arrived.PacketID, 2, arrived.ReasonCode, arrived.Properties)
			return
		}
		if o := p.pending[arrived.PacketID]; o != nil && o.publish.QoS == 2 {
			o.phase = released
		}
		s.send(&packets.Pubrel{PacketID: arrived.PacketID}, nil)
	}
}

// confirmed ends the message of a number.
func (p *publisher) confirmed(number uint16, qos, code byte, properties *packets.Properties) {
	o := p.pending[number]
	if o == nil || o.publish.QoS != qos {
		return
	}
	delete(p.pending, number)
	p.quota++
	if qos == 2 {
		p.exact--
	}
	if code >= 0x80 {
		o.finish(answerError{code, reasonOf(properties)})
	} else {
		o.finish(nil)
	}
	p.pump()
}

// abandon withdraws what a Send that gave up has not sent, and reports whether
// that was all of it.
func (p *publisher) abandon(parcel *parcel) (untried bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	untried = true
	for i := range parcel.messages {
		o := &parcel.messages[i]
		o.abandoned = true
		untried = untried && !o.tried
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(o *outgoing) bool { return o.abandoned })
	return untried
}

// receiveMaximum is how many messages the server wants unconfirmed at most.
func receiveMaximum(welcome *packets.Connack) int {
	if most := welcome.Properties.ReceiveMaximum; most != nil {
		return int(*most)
	}
	return 65535
}

// packetMaximum is the largest packet that the server takes; 0 is no limit.
func (p *publisher) packetMaximum() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.largest
}
