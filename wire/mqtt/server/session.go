package server

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// session is what the server knows of a client, whether it is connected or
// not. It is guarded by the server's lock.
type session struct {
	id            string
	conn          *connection // nil while the client is away
	expiry        uint32      // seconds that the session stays when the client goes
	until         time.Time   // when it ends, while the client is away; zero is never
	will          *message
	willDelay     time.Duration
	willAt        time.Time
	subscriptions map[string]*subscription // by filter, with the group's $share
	open          []*entry                 // given to the client and not confirmed, or waiting for that, in order
	byID          map[uint16]*entry
	lastID        uint16
	window        int             // messages that the client takes unconfirmed
	received      map[uint16]bool // quality of service 2: numbers that the client may use again after a PUBREL
}

// subscription is what a client asked for.
type subscription struct {
	packets.SubOptions
	Identifier int
	group      string
	filter     string // without the group
}

// entry is one message for one session. Without an id it has not been sent.
type entry struct {
	message  *message
	qos      byte
	retain   bool
	ids      []int
	id       uint16
	released bool // quality of service 2: the client has it
}

func newSession(id string) *session {
	return &session{
		id: id, subscriptions: make(map[string]*subscription), byID: make(map[uint16]*entry),
		received: make(map[uint16]bool),
	}
}

func newSubscription(options packets.SubOptions, identifier *int) (*subscription, byte) {
	s := &subscription{SubOptions: options, filter: options.Topic}
	if identifier != nil {
		s.Identifier = *identifier
	}
	if rest, shared := strings.CutPrefix(options.Topic, "$share/"); shared {
		s.group, s.filter, _ = strings.Cut(rest, "/")
		if s.group == "" || strings.ContainsAny(s.group, "+#") {
			return nil, packets.SubackTopicFilterinvalid
		}
	}
	if frame.CheckFilter(s.filter) != nil || options.QoS > 2 {
		return nil, packets.SubackTopicFilterinvalid
	}
	return s, options.QoS
}

// choose picks whose turn it is in a group: one who is there, if anybody is.
func (s *Server) choose(share string, members []taker) taker {
	slices.SortFunc(members, func(a, b taker) int { return cmp.Compare(a.session.id, b.session.id) })
	turn := s.shares[share]
	s.shares[share] = (turn + 1) % math.MaxInt32
	there := slices.DeleteFunc(slices.Clone(members), func(t taker) bool { return t.session.conn == nil })
	if len(there) > 0 {
		members = there
	}
	return members[turn%len(members)]
}

// give queues a message. What needs no confirmation is for those who are there.
func (n *session) give(m *message, t taker) {
	e := &entry{message: m, qos: t.qos, retain: t.retain, ids: t.ids}
	if e.qos == 0 {
		if n.conn != nil && !n.conn.tooLarge(e) {
			n.conn.spare(e.packet(false))
		}
		return
	}
	n.open = append(n.open, e)
	n.pump()
}

// pump sends what the client's window has room for.
func (n *session) pump() {
	if n.conn == nil || len(n.byID) >= n.window || len(n.byID) == len(n.open) {
		return
	}
	t, dropped := time.Now(), false
	for i := len(n.byID); i < len(n.open) && len(n.byID) < n.window; i++ {
		e := n.open[i]
		if e.message.expired(t) || n.conn.tooLarge(e) {
			n.open[i], dropped = nil, true
			continue
		}
		if e.id = n.freeID(); e.id == 0 {
			break
		}
		n.byID[e.id] = e
		n.conn.send(e.packet(false))
	}
	if dropped {
		n.open = slices.DeleteFunc(n.open, func(e *entry) bool { return e == nil })
	}
}

// freeID returns a number that is not in use, or 0.
func (n *session) freeID() uint16 {
	for range math.MaxUint16 {
		if n.lastID++; n.lastID == 0 {
			n.lastID = 1
		}
		if n.byID[n.lastID] == nil {
			return n.lastID
		}
	}
	return 0
}

// resume sends again what the client has not confirmed.
func (n *session) resume() {
	for _, e := range n.open[:len(n.byID)] {
		if e.released {
			n.conn.send(&packets.Pubrel{PacketID: e.id})
		} else {
			n.conn.send(e.packet(true))
		}
	}
	n.pump()
}

// confirmed ends the message of a number.
func (n *session) confirmed(id uint16, qos byte) {
	e := n.byID[id]
	if e == nil || e.qos != qos {
		return
	}
	delete(n.byID, id)
	if n.open[0] == e {
		n.open[0] = nil
		n.open = n.open[1:]
	} else if i := slices.Index(n.open, e); i >= 0 {
		n.open = slices.Delete(n.open, i, i+1)
	}
	n.pump()
}

// packet is the message as this session gets it.
func (e *entry) packet(again bool) *packets.Publish {
	p := e.message.Publish
	properties := *p.Properties
	if until := e.message.until; !until.IsZero() {
		left := uint32(max(0, time.Until(until).Round(time.Second)/time.Second))
		properties.MessageExpiry = &left
	}
	properties.TopicAlias, properties.SubscriptionIdentifier = nil, nil
	if len(e.ids) > 0 {
		properties.SubscriptionIdentifier = &e.ids[0]
	}
	p.Properties, p.QoS, p.PacketID, p.Retain, p.Duplicate = &properties, e.qos, e.id, e.retain, again
	return &p
}
