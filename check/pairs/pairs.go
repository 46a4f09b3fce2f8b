// Package pairs compares contracts with each other: all that one application may
// send must be readable by each that receives it. It exists because two documents
// can both be right and still not fit; no broker is needed to find out.
//
// What fits is decided by check/diff, with the receiver's contract as what is
// held and the sender's as what is written. It must not know how an answer is
// shown.
package pairs

import (
	"strings"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/spec/asyncapi"
)

// Member is one document under the name by which its user knows it.
type Member struct {
	Name string
	diff.Document
}

// Side is one end of a pair.
type Side struct {
	Document  string
	Operation *asyncapi.Operation
	// Reply says that it is the operation's reply.
	Reply   bool
	Channel *asyncapi.Channel
	Message *asyncapi.Message
}

// Link is by what a sender and a receiver were found to belong together.
type Link string

// The links.
const (
	ByAddress Link = "address"
	// ByMessage says that only their messages have the same name: something
	// between them, as a bridge, carries them from one address to the other.
	ByMessage Link = "message"
)

// Pair is a message of a sender and what a receiver expects.
type Pair struct {
	Sender, Receiver Side
	Link             Link
	// Changes are what does not fit, or could not be decided: what breaks the
	// receiver if the sender sends all that its contract allows.
	Changes []diff.Change
	// Unknown says that the receiver does not know the message at all.
	Unknown bool
}

// Fits reports whether the receiver can read all that the sender may send.
func (p *Pair) Fits() bool {
	if p.Unknown {
		return false
	}
	for i := range p.Changes {
		if len(p.Changes[i].Breaks) > 0 {
			return false
		}
	}
	return true
}

// maxPairs bounds how many pairs are compared.
const maxPairs = 10_000

// Compare compares each message that one of the documents sends with what the
// others receive. Alone are the senders whose messages nobody receives.
func Compare(members []Member) (found []Pair, alone []Side) {
	sides := make([]ends, len(members))
	for i := range members {
		sides[i] = endsOf(&members[i])
	}
	for i := range members {
		for _, sender := range sides[i].sends {
			before := len(found)
			for k := range members {
				if k == i {
					continue
				}
				for _, receiver := range sides[k].receives {
					if p, ok := pair(&members[i], sender, &members[k], receiver); ok && len(found) < maxPairs {
						found = append(found, p)
					}
				}
			}
			if len(found) == before {
				alone = append(alone, sender)
			}
		}
	}
	return onlyKnown(found), alone
}

// onlyKnown leaves out that a receiver does not know a message where another of
// its operations does.
func onlyKnown(found []Pair) []Pair {
	type key struct {
		document string
		channel  *asyncapi.Channel
		message  *asyncapi.Message
	}
	known := map[key]bool{}
	of := func(p *Pair) key { return key{p.Receiver.Document, p.Sender.Channel, p.Sender.Message} }
	for i := range found {
		if !found[i].Unknown {
			known[of(&found[i])] = true
		}
	}
	var list []Pair
	for i := range found {
		if !found[i].Unknown || !known[of(&found[i])] {
			list = append(list, found[i])
		}
	}
	return list
}

// ends are what an application sends, message by message, and where it receives.
type ends struct{ sends, receives []Side }

func endsOf(m *Member) ends {
	var e ends
	add := func(side Side, sends bool, messages []*asyncapi.Message) {
		if side.Channel == nil {
			return // a reply to an address that only the request knows
		}
		for _, message := range messages {
			side.Message = message
			if sends {
				e.sends = append(e.sends, side)
			} else {
				e.receives = append(e.receives, side)
			}
		}
	}
	for _, op := range m.Model.Operations {
		sends := op.Action == asyncapi.Send
		add(Side{Document: m.Name, Operation: op, Channel: op.Channel}, sends, op.Messages)
		if op.Reply != nil {
			add(Side{Document: m.Name, Operation: op, Reply: true, Channel: op.Reply.Channel}, !sends, op.Reply.Messages)
		}
	}
	return e
}

// pair compares a message with what a receiver expects, if they belong together.
func pair(a *Member, sender Side, b *Member, receiver Side) (Pair, bool) {
	p := Pair{Sender: sender, Receiver: receiver, Link: ByAddress}
	sameName := nameOf(sender.Message) == nameOf(receiver.Message)
	switch {
	case sameAddress(sender.Channel, receiver.Channel):
		if !sameName && len(messagesAt(receiver)) > 1 {
			p.Unknown = !knows(receiver, sender.Message)
			return p, p.Unknown && receiver.Message == messagesAt(receiver)[0]
		}
	case sameName && nameOf(sender.Message) != "" && !shares(a, receiver.Channel):
		p.Link = ByMessage
	default:
		return p, false
	}
	report := diff.Compare(alone(b.Document, receiver), alone(a.Document, sender), diff.Options{As: diff.Sends})
	for i := range report.Changes {
		c := &report.Changes[i]
		if len(c.Breaks) > 0 || c.Undecided {
			p.Changes = append(p.Changes, *c)
		}
	}
	return p, true
}

func messagesAt(s Side) []*asyncapi.Message {
	if s.Reply {
		return s.Operation.Reply.Messages
	}
	return s.Operation.Messages
}

func knows(receiver Side, message *asyncapi.Message) bool {
	for _, m := range messagesAt(receiver) {
		if nameOf(m) == nameOf(message) {
			return true
		}
	}
	return false
}

// shares reports whether a document has a channel at the address itself: then it
// is that channel that belongs to the receiver's.
func shares(m *Member, c *asyncapi.Channel) bool {
	for _, own := range m.Model.Channels {
		if sameAddress(own, c) {
			return true
		}
	}
	return false
}

// nameOf is by what both sides know a message.
func nameOf(m *asyncapi.Message) string {
	if m.Name != "" {
		return m.Name
	}
	return m.Key
}

// sameAddress reports whether two channels are the same place. The names of
// parameters are each document's own.
func sameAddress(a, b *asyncapi.Channel) bool {
	return a.HasAddress && b.HasAddress && shapeOf(a.Address) == shapeOf(b.Address)
}

func shapeOf(address string) string {
	var b strings.Builder
	for {
		before, rest, more := strings.Cut(address, "{")
		b.WriteString(before)
		_, after, closed := strings.Cut(rest, "}")
		if !more || !closed {
			return b.String()
		}
		b.WriteString("{}")
		address = after
	}
}

// alone is a document that has nothing but one message, at a place and under a
// name that both sides share.
func alone(of diff.Document, side Side) diff.Document {
	message := *side.Message
	message.Key = nameOf(side.Message)
	model := *of.Model
	channel := asyncapi.Channel{Meta: side.Channel.Meta, Name: "pair", Address: "pair", HasAddress: true, Messages: []*asyncapi.Message{&message}}
	model.Channels, model.Operations, model.Servers = []*asyncapi.Channel{&channel}, nil, nil
	of.Model = &model
	return of
}
