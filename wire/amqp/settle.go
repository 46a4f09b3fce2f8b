package amqp

import (
	"context"
	"maps"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// Settle tells the server what became of messages. Rejected ones go to the
// dead letter address before the server may forget them; without one the server
// does with them what their queue says.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tokens, err := r.known(settlements)
	if err != nil {
		return err
	}
	buried, err := r.bury(ctx, tokens, settlements)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	for i, t := range tokens {
		if t.state != open {
			continue // settled before
		}
		if err := r.settle(t, settlements[i].Outcome, buried); err != nil {
			return r.gone()
		}
	}
	if err := r.tell(); err != nil {
		return r.gone()
	}
	return nil
}

func (r *receiver) gone() error {
	return &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.opts.Address}
}

// known returns the tokens of messages that are this receiver's to settle.
func (r *receiver) known(settlements []driver.Settlement) ([]*token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	tokens := make([]*token, len(settlements))
	for i, s := range settlements {
		t, ok := s.Message.Token.(*token)
		if !ok || t.receiver != r {
			return nil, r.gone()
		}
		if t.state == open && t.inlet != r.inlet && !r.forgets() {
			return nil, r.gone()
		}
		tokens[i] = t
	}
	return tokens, nil
}

// forgets reports whether the server has forgotten what it delivered.
func (r *receiver) forgets() bool { return r.from.noAck || r.from.unsettled(r.opts) }

// bury sends rejected messages to the dead letter address, all at once. One
// that does not get there stays unsettled.
func (r *receiver) bury(ctx context.Context, tokens []*token, settlements []driver.Settlement) (bool, error) {
	if r.dead == nil {
		return false, nil
	}
	var list []amqp091.Publishing
	r.mu.Lock()
	for i, t := range tokens {
		if settlements[i].Outcome == driver.Reject && t.state == open {
			list = append(list, r.deadLetter(&t.delivery))
		}
	}
	r.mu.Unlock()
	if len(list) == 0 {
		return true, nil
	}
	errs := make([]error, len(list))
	if err := r.dead.deliver(ctx, list, errs); err != nil {
		return false, r.dead.fail(err)
	}
	for i := range errs {
		errs[i] = r.dead.fail(errs[i])
	}
	return true, driver.JoinBatch(errs)
}

// deadLetter is a message as it is sent on. It says where it died by the
// headers that servers use for it.
func (r *receiver) deadLetter(d *amqp091.Delivery) amqp091.Publishing {
	p := amqp091.Publishing{
		Headers: maps.Clone(d.Headers), ContentType: d.ContentType, ContentEncoding: d.ContentEncoding,
		DeliveryMode: d.DeliveryMode, Priority: d.Priority, CorrelationId: d.CorrelationId, ReplyTo: d.ReplyTo,
		MessageId: d.MessageId, Timestamp: d.Timestamp, Type: d.Type, AppId: d.AppId, Body: d.Body,
	}
	if p.MessageId == "" {
		p.MessageId = r.dead.ids.next()
	}
	if p.Headers == nil {
		p.Headers = amqp091.Table{}
	}
	delete(p.Headers, headerCC) // or it would go there again
	if _, before := p.Headers["x-first-death-reason"]; !before {
		p.Headers["x-first-death-reason"] = "rejected"
		p.Headers["x-first-death-exchange"] = d.Exchange
		p.Headers["x-first-death-queue"] = r.from.queueName()
	}
	return p
}

func (s *source) queueName() string {
	if s.exchange == "" {
		return s.address
	}
	return s.name
}

// settle notes one outcome; acknowledgements are told by tell, the others at
// once. The caller holds r.mu.
func (r *receiver) settle(t *token, outcome driver.Outcome, buried bool) error {
	if r.forgets() {
		if outcome == driver.Requeue {
			t.message.Redelivered = true
			r.ready = append(r.ready, t)
			r.wake()
			return nil
		}
		t.state = told
		return nil
	}
	switch {
	case outcome == driver.Requeue:
		t.state = told
		return t.inlet.channel.Nack(t.delivery.DeliveryTag, false, true)
	case outcome == driver.Reject && !buried:
		t.state = told
		return t.inlet.channel.Nack(t.delivery.DeliveryTag, false, false)
	}
	t.state = decided
	return nil
}

// tell acknowledges what was decided on: all up to the first message that is
// still open at once, the others each for itself. The caller holds r.mu.
func (r *receiver) tell() error {
	upTo, last := 0, -1
	for upTo < len(r.unsent) && r.unsent[upTo].state != open {
		if r.unsent[upTo].state == decided {
			last = upTo // the tag must be one that the server still waits for
		}
		upTo++
	}
	if last >= 0 {
		t := r.unsent[last]
		if err := t.inlet.channel.Ack(t.delivery.DeliveryTag, true); err != nil {
			return err
		}
	}
	r.unsent = r.unsent[upTo:]
	return r.tellRest()
}

func (r *receiver) tellRest() error {
	done := 0
	for _, t := range r.unsent {
		if t.state == decided {
			if err := t.inlet.channel.Ack(t.delivery.DeliveryTag, false); err != nil {
				return err
			}
			t.state = told
		}
		if t.state == told {
			done++
		}
	}
	if done > 64 && done > len(r.unsent)/2 {
		r.compact()
	}
	return nil
}

func (r *receiver) compact() {
	kept := make([]*token, 0, len(r.unsent))
	for _, t := range r.unsent {
		if t.state == open {
			kept = append(kept, t)
		}
	}
	r.unsent = kept
}
