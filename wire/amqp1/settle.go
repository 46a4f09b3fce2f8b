package amqp1

import (
	"context"
	"maps"

	"github.com/Azure/go-amqp"

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
	if r.from.forgets(r.opts) {
		r.putBack(tokens, settlements)
		return nil
	}
	done := 0
	for i, t := range tokens {
		if t.settled {
			continue
		}
		if err := t.settle(ctx, settlements[i].Outcome, buried); err != nil {
			return r.gone()
		}
		t.settled = true
		done++
	}
	if done > 0 {
		r.free(r.inlet, done)
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
		if !t.settled && t.inlet != r.inlet && !r.from.forgets(r.opts) {
			return nil, r.gone()
		}
		tokens[i] = t
	}
	return tokens, nil
}

// bury sends rejected messages to the dead letter address, all at once. One
// that does not get there stays unsettled.
func (r *receiver) bury(ctx context.Context, tokens []*token, settlements []driver.Settlement) (bool, error) {
	if r.dead == nil {
		return false, nil
	}
	var list []*amqp.Message
	r.mu.Lock()
	for i, t := range tokens {
		if settlements[i].Outcome == driver.Reject && !t.settled {
			list = append(list, r.deadLetter(t.delivery))
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

// deadLetter is a message as it is sent on. It says where it died by an
// annotation, and has all of its life before it.
func (r *receiver) deadLetter(d *amqp.Message) *amqp.Message {
	copied := &amqp.Message{
		Format: d.Format, Annotations: maps.Clone(d.Annotations), Properties: d.Properties, ApplicationProperties: d.ApplicationProperties,
		Data: d.Data, Value: d.Value, Sequence: d.Sequence, Footer: d.Footer,
	}
	if d.Header != nil {
		copied.Header = &amqp.MessageHeader{Durable: d.Header.Durable, Priority: d.Header.Priority}
	}
	if copied.Annotations == nil {
		copied.Annotations = amqp.Annotations{}
	}
	if _, before := copied.Annotations["x-opt-first-death"]; !before {
		copied.Annotations["x-opt-first-death"] = r.opts.Address
	}
	return copied
}

// settle tells one outcome. A message that was requeued is one whose delivery
// failed, so that the next receiver sees that it comes again; RabbitMQ 3 does not
// understand how the library says that, and counts what is merely released.
func (t *token) settle(ctx context.Context, outcome driver.Outcome, buried bool) error {
	from := t.inlet.receiver
	switch {
	case outcome == driver.Requeue && t.inlet.link.dialect.releases:
		return from.ReleaseMessage(ctx, t.delivery)
	case outcome == driver.Requeue:
		return from.ModifyMessage(ctx, t.delivery, &amqp.ModifyMessageOptions{DeliveryFailed: true})
	case outcome == driver.Reject && !buried:
		return from.RejectMessage(ctx, t.delivery, nil)
	}
	return from.AcceptMessage(ctx, t.delivery)
}

// putBack is settling where the server has forgotten the messages: those that
// are to come again do so from here. The caller holds r.mu.
func (r *receiver) putBack(tokens []*token, settlements []driver.Settlement) {
	woken := false
	for i, t := range tokens {
		if t.settled {
			continue
		}
		if settlements[i].Outcome != driver.Requeue {
			t.settled = true
			continue
		}
		t.message.Redelivered = true
		r.ready = append(r.ready, t)
		woken = true
	}
	if woken {
		r.wake()
	}
}
