package server

import (
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// handle does what a client asks; the caller holds the lock. It reports false
// when the connection is over.
func (s *Server) handle(c *connection, p frame.Packet) bool {
	n := c.session
	if n.conn != c {
		return false // another connection has the session
	}
	switch p := p.(type) {
	case *packets.Publish:
		return s.take(c, p)
	case *packets.Puback:
		n.confirmed(p.PacketID, 1)
	case *packets.Pubrec:
		n.handed(p)
	case *packets.Pubcomp:
		n.confirmed(p.PacketID, 2)
	case *packets.Pubrel:
		delete(n.received, p.PacketID)
		c.send(&packets.Pubcomp{PacketID: p.PacketID})
	case *packets.Subscribe:
		s.subscribe(c, p)
	case *packets.Unsubscribe:
		unsubscribe(c, p)
	case *packets.Pingreq:
		c.send(&packets.Pingresp{})
	case *packets.Disconnect:
		c.gone = p.ReasonCode != packets.DisconnectDisconnectWithWillMessage
		if expiry := p.Properties.SessionExpiryInterval; expiry != nil && n.expiry > 0 {
			n.expiry = *expiry
		}
		return false
	default:
		c.refuse(packets.DisconnectProtocolError)
		return false
	}
	return true
}

// handed notes that the client has a message of quality of service 2.
func (n *session) handed(p *packets.Pubrec) {
	e := n.byID[p.PacketID]
	switch {
	case e != nil && e.qos == 2 && p.ReasonCode >= 0x80:
		n.confirmed(p.PacketID, 2)
	case e != nil && e.qos == 2:
		e.released = true
		fallthrough
	default:
		n.conn.send(&packets.Pubrel{PacketID: p.PacketID})
	}
}

// take gives a message to its subscribers, then confirms it: who is told that
// it was taken may rely on everybody having it who was there.
func (s *Server) take(c *connection, p *packets.Publish) bool {
	if p.Properties.TopicAlias != nil {
		c.refuse(packets.DisconnectTopicAliasInvalid)
		return false
	}
	if frame.CheckTopic(p.Topic) != nil {
		c.refuse(packets.DisconnectTopicNameInvalid)
		return false
	}
	n := c.session
	if p.QoS == 2 && n.received[p.PacketID] {
		c.send(&packets.Pubrec{PacketID: p.PacketID})
		return true
	}
	code := byte(packets.PubackSuccess)
	if !s.publish(newMessage(p), n) {
		code = packets.PubackQuotaExceeded
	}
	switch p.QoS {
	case 1:
		if code != 0 && c.version == frame.V3 {
			return false // it has no other way to say no
		}
		c.send(&packets.Puback{PacketID: p.PacketID, ReasonCode: code})
	case 2:
		n.received[p.PacketID] = code == 0
		c.send(&packets.Pubrec{PacketID: p.PacketID, ReasonCode: code})
	}
	return true
}

func (s *Server) subscribe(c *connection, p *packets.Subscribe) {
	answer := &packets.Suback{PacketID: p.PacketID}
	var taken []*subscription
	var fresh []bool
	for _, options := range p.Subscriptions {
		sub, code := newSubscription(options, p.Properties.SubscriptionIdentifier)
		answer.Reasons = append(answer.Reasons, code)
		if sub == nil {
			continue
		}
		_, there := c.session.subscriptions[options.Topic]
		c.session.subscriptions[options.Topic] = sub
		taken, fresh = append(taken, sub), append(fresh, !there)
	}
	c.send(answer)
	for i, sub := range taken {
		if sub.group == "" && (sub.RetainHandling == packets.RetainSendOnSubscribe || sub.RetainHandling == packets.RetainSendOnSubscribeIfNew && fresh[i]) {
			s.remind(c.session, sub)
		}
	}
}

// remind gives a session the retained messages of a subscription.
func (s *Server) remind(n *session, sub *subscription) {
	t := time.Now()
	for _, m := range s.retained {
		if frame.Matches(sub.filter, m.Topic) && !m.expired(t) {
			one := taker{session: n, qos: min(sub.QoS, m.QoS), retain: true}
			if sub.Identifier > 0 {
				one.ids = []int{sub.Identifier}
			}
			n.give(m, one)
		}
	}
}

func unsubscribe(c *connection, p *packets.Unsubscribe) {
	answer := &packets.Unsuback{PacketID: p.PacketID}
	for _, topic := range p.Topics {
		code := byte(packets.UnsubackNoSubscriptionFound)
		if _, there := c.session.subscriptions[topic]; there {
			delete(c.session.subscriptions, topic)
			code = packets.UnsubackSuccess
		}
		answer.Reasons = append(answer.Reasons, code)
	}
	c.send(answer)
}
