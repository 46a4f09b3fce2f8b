package mqtt

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/driver"
)

// delivery is one handing over of one message, and the token of it. A requeued
// message has another delivery, whose origin is the first. It is guarded by the
// receiver's lock.
type delivery struct {
	receiver *receiver
	publish  *packets.Publish
	origin   *delivery
	at       time.Time
	over     bool // this delivery was settled
	done     bool // of an origin: the message needs no further delivery
	lost     bool // of an origin: another receiver has it now
}

// As gives the client library's own packet to those who ask for it.
func (d *delivery) As(target any) bool {
	p, ok := target.(**packets.Publish)
	if ok {
		*p = d.publish
	}
	return ok
}

// messages makes the public form of deliveries.
func (c *conn) messages(list []*delivery) []*driver.Message {
	messages := make([]*driver.Message, len(list))
	slab := make([]driver.Message, len(list))
	for i, d := range list {
		m, p := &slab[i], d.publish
		m.Body, m.Address, m.Timestamp, m.Token = p.Payload, p.Topic, d.at, d
		m.Redelivered = d != d.origin || p.Duplicate
		describe(m, p)
		messages[i] = m
	}
	return messages
}

// describe reads the properties of a message.
func describe(m *driver.Message, p *packets.Publish) {
	properties := p.Properties
	m.CorrelationID, m.ReplyTo = string(properties.CorrelationData), properties.ResponseTopic
	n := len(properties.User)
	if properties.ContentType != "" {
		n++
	}
	if n > 0 {
		m.Headers = make([]driver.Header, 0, n)
	}
	if properties.ContentType != "" {
		m.Headers = append(m.Headers, driver.Header{Name: contentType, Value: []byte(properties.ContentType)})
	}
	for _, u := range properties.User {
		m.Headers = append(m.Headers, driver.Header{Name: u.Key, Value: headerValue(u.Value)})
	}
	if !p.Retain && properties.MessageExpiry == nil && properties.PayloadFormat == nil {
		return
	}
	m.Params = make(map[string]string)
	if p.Retain {
		m.Params["retain"] = "true"
	}
	if properties.MessageExpiry != nil {
		m.Params["message.expiry"] = strconv.FormatUint(uint64(*properties.MessageExpiry), 10)
	}
	if properties.PayloadFormat != nil {
		m.Params["payload.format"] = strconv.Itoa(int(*properties.PayloadFormat))
	}
}

// Settle says what became of messages. What is acknowledged to the server
// leaves with the next write, and with Close at the latest.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.bury(ctx, settlements); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	lost := 0
	for _, s := range settlements {
		if !r.settle(s) {
			lost++
		}
	}
	r.acknowledge()
	if r.waiters > 0 && (len(r.again) > 0 || r.opts.Prefetch > 0) {
		close(r.changed)
		r.changed, r.waiters = make(chan struct{}), 0
	}
	if lost == 0 {
		return nil
	}
	return &driver.Error{
		Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.opts.Address,
		Err: fmt.Errorf("%d of %d messages belong to another receiver now", lost, len(settlements)),
	}
}

// bury sends rejected messages to the dead letter topic, before they are
// settled: rather twice there than lost.
func (r *receiver) bury(ctx context.Context, settlements []driver.Settlement) error {
	if r.dead == nil {
		return nil
	}
	var dead []*driver.Message
	for _, s := range settlements {
		d, ours := s.Message.Token.(*delivery)
		if s.Outcome != driver.Reject || !ours || r.isOver(d) {
			continue
		}
		m := s.Message
		dead = append(dead, &driver.Message{
			Headers: m.Headers, Body: m.Body, CorrelationID: m.CorrelationID, ReplyTo: m.ReplyTo,
		})
	}
	if len(dead) == 0 {
		return nil
	}
	return r.dead.Send(ctx, dead)
}

func (r *receiver) isOver(d *delivery) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return d.receiver != r || d.over || d.origin.lost
}

// settle notes one settlement; it reports false when the message is no longer
// ours. The caller holds r.mu.
func (r *receiver) settle(s driver.Settlement) bool {
	d, ok := s.Message.Token.(*delivery)
	if !ok || d.receiver != r {
		return false
	}
	if d.over {
		return true
	}
	d.over = true
	r.held--
	if d.origin.lost {
		return false
	}
	if s.Outcome == driver.Requeue {
		r.again = append(r.again, &delivery{receiver: r, publish: d.publish, origin: d.origin, at: d.at})
		return true
	}
	d.origin.done = true
	return true
}
