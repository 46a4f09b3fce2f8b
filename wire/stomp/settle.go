package stomp

import (
	"context"
	"errors"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// Settle tells the server what became of messages. Rejected ones go to the
// dead letter address before the server may forget them; without one the server
// does with them what it does.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tokens, err := r.known(settlements)
	if err != nil {
		return err
	}
	if err := r.bury(ctx, tokens, settlements); err != nil {
		return err
	}
	l, frames, err := r.settlements(tokens, settlements)
	if err != nil || len(frames) == 0 {
		return err
	}
	err = l.put(ctx, frames...)
	var broken brokenError
	if errors.As(err, &broken) {
		return r.gone()
	}
	return r.conn.fail(err, "settle", r.opts.Address)
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
		if !t.settled && t.link != r.link && !r.from.forgets {
			return nil, r.gone()
		}
		tokens[i] = t
	}
	return tokens, nil
}

// bury sends rejected messages to the dead letter address, all at once. One
// that does not get there stays unsettled.
func (r *receiver) bury(ctx context.Context, tokens []*token, settlements []driver.Settlement) error {
	if r.dead == nil {
		return nil
	}
	var list []*driver.Message
	r.mu.Lock()
	for i, t := range tokens {
		if settlements[i].Outcome == driver.Reject && !t.settled {
			list = append(list, r.deadLetter(t))
		}
	}
	r.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	return r.dead.Send(ctx, list)
}

// deadLetter is a message as it is sent on. It says where it died by the
// headers that servers use for it.
func (r *receiver) deadLetter(t *token) *driver.Message {
	m := &t.message
	copied := &driver.Message{
		Headers: m.Headers[:len(m.Headers):len(m.Headers)], Body: m.Body, Timestamp: m.Timestamp,
		CorrelationID: m.CorrelationID, ReplyTo: m.ReplyTo, Params: map[string]string{},
	}
	for _, name := range []string{"priority", "type"} { // its time does not go on
		if value, ok := m.Params[name]; ok {
			copied.Params[name] = value
		}
	}
	if _, before := m.Header("x-first-death-reason"); !before {
		copied.Headers = append(copied.Headers,
			driver.Header{Name: "x-first-death-reason", Value: []byte("rejected")},
			driver.Header{Name: "x-first-death-queue", Value: []byte(r.opts.Address)})
	}
	return copied
}

// settlements notes outcomes and returns the frames that tell them, all for one
// link. What is delivered again by us is ready at once.
func (r *receiver) settlements(tokens []*token, settlements []driver.Settlement) (*link, []*frame.Frame, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	var frames []*frame.Frame
	for i, t := range tokens {
		if t.settled {
			continue
		}
		if t.link != r.link && !r.from.forgets {
			return nil, nil, r.gone() // it was lost while others were buried
		}
		if f := r.settle(t, settlements[i].Outcome); f != nil {
			frames = append(frames, f)
		}
	}
	return r.link, append(frames, r.prefix()...), nil
}

// settle notes one outcome. It returns what is to be told, unless that waits
// for its turn. The caller holds r.mu.
func (r *receiver) settle(t *token, outcome driver.Outcome) *frame.Frame {
	if outcome == driver.Requeue && (r.from.forgets || !t.link.flavour.decides) {
		// The server goes on to count it as ours: if we crash, it delivers it again.
		t.message.Redelivered = true
		r.ready = append(r.ready, t)
		r.wake()
		return nil
	}
	t.settled = true
	switch {
	case r.from.forgets, r.from.implied(t.link.flavour), t.link.version == frame.V10:
		return nil
	case outcome == driver.Requeue:
		f := t.settlement("NACK")
		f.Add("requeue", "true")
		return f
	case outcome == driver.Reject && r.dead == nil:
		f := t.settlement("NACK")
		if t.link.flavour.decides {
			f.Add("requeue", "false")
		}
		return f
	}
	return t.settlement("ACK")
}

// prefix acknowledges in 1.0, where an ACK may be for all before it as well: no
// further than to the first message that is not settled. The caller holds r.mu.
func (r *receiver) prefix() []*frame.Frame {
	upTo := 0
	for upTo < len(r.unsent) && r.unsent[upTo].settled {
		upTo++
	}
	frames := make([]*frame.Frame, upTo)
	for i, t := range r.unsent[:upTo] {
		frames[i] = t.settlement("ACK")
	}
	r.unsent = r.unsent[upTo:]
	return frames
}
