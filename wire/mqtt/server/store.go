package server

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/embedded/shelf"
)

// kept is what is in the file.
type kept struct {
	Sessions []keptSession `json:"sessions"`
	Retained []*message    `json:"retained"`
}

type keptSession struct {
	ID            string               `json:"id"`
	Expiry        uint32               `json:"expiry"`
	Until         time.Time            `json:"until"`
	Subscriptions []packets.SubOptions `json:"subscriptions"`
	Identifiers   []int                `json:"identifiers"`
	Open          []keptEntry          `json:"open"`
	Received      []uint16             `json:"received"`
}

type keptEntry struct {
	Message  keptMessage `json:"message"`
	QoS      byte        `json:"qos"`
	Retain   bool        `json:"retain"`
	IDs      []int       `json:"ids"`
	ID       uint16      `json:"id"`
	Released bool        `json:"released"`
}

// keptMessage is a message with the time that is not part of its packet.
type keptMessage struct {
	Publish packets.Publish `json:"publish"`
	Until   time.Time       `json:"until"`
}

// MarshalJSON keeps a message's end with it.
func (m *message) MarshalJSON() ([]byte, error) { return json.Marshal(keptMessage{m.Publish, m.until}) }

// UnmarshalJSON is its reverse.
func (m *message) UnmarshalJSON(data []byte) error {
	var k keptMessage
	err := json.Unmarshal(data, &k)
	m.Publish, m.until = k.Publish, k.Until
	if m.Properties == nil {
		m.Properties = &packets.Properties{}
	}
	return err
}

// store writes sessions that outlive their connections, and retained messages.
func (s *Server) store() error {
	s.mu.Lock()
	var k kept
	for _, n := range s.sessions {
		if n.expiry > 0 {
			k.Sessions = append(k.Sessions, n.keep())
		}
	}
	for _, m := range s.retained {
		k.Retained = append(k.Retained, m)
	}
	s.mu.Unlock()
	return shelf.Save(s.opts.File, func(out *json.Encoder) error { return out.Encode(k) })
}

func (n *session) keep() keptSession {
	k := keptSession{ID: n.id, Expiry: n.expiry, Until: n.until}
	for _, sub := range n.subscriptions {
		k.Subscriptions, k.Identifiers = append(k.Subscriptions, sub.SubOptions), append(k.Identifiers, sub.Identifier)
	}
	for _, e := range n.open {
		k.Open = append(k.Open, keptEntry{keptMessage{e.message.Publish, e.message.until}, e.qos, e.retain, e.ids, e.id, e.released})
	}
	for id, taken := range n.received {
		if taken {
			k.Received = append(k.Received, id)
		}
	}
	return k
}

// load reads the file, if there is one.
func (s *Server) load() error { return shelf.Load(s.opts.File, s.restore) }

var errKept = errors.New("a record that makes no sense")

func (s *Server) restore(k kept) error {
	for _, m := range k.Retained {
		if m == nil {
			return errKept
		}
		s.retained[m.Topic] = m
	}
	for _, one := range k.Sessions {
		if len(one.Subscriptions) != len(one.Identifiers) {
			return errKept
		}
		s.sessions[one.ID] = one.session()
	}
	return nil
}

func (k *keptSession) session() *session {
	n := newSession(k.ID)
	n.expiry, n.until = k.Expiry, k.Until
	for i, options := range k.Subscriptions {
		if sub, _ := newSubscription(options, &k.Identifiers[i]); sub != nil {
			n.subscriptions[options.Topic] = sub
		}
	}
	for _, one := range k.Open {
		e := &entry{
			message: &message{Publish: one.Message.Publish, until: one.Message.Until}, qos: one.QoS, retain: one.Retain,
			ids: one.IDs, id: one.ID, released: one.Released,
		}
		n.open = append(n.open, e)
		if e.id != 0 {
			n.byID[e.id] = e
		}
		n.lastID = max(n.lastID, e.id)
	}
	for _, id := range k.Received {
		n.received[id] = true
	}
	return n
}
