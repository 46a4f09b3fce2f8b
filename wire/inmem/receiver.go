package inmem

import (
	"context"
	"sync"

	"github.com/weft-dev/weft/wire/driver"
)

// receiver receives from one address. Its reader may be shared with others.
type receiver struct {
	conn   *conn
	opts   driver.ReceiverOptions
	stream *stream
	reader *reader

	once sync.Once
	gone chan struct{} // closed by Close
	held int           // messages delivered and not settled; guarded by the server's lock
}

// token is how a message is found again when it is settled.
type token struct {
	receiver *receiver
	record   *record
}

func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		messages, changed, err := r.take(ctx, max)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		select {
		case <-changed:
		case <-r.gone:
		case <-ctx.Done():
		}
	}
}

// take returns what is there, and what to wait for when that is nothing.
func (r *receiver) take(ctx context.Context, max int) ([]*driver.Message, <-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	srv := r.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if r.closed() {
		return nil, nil, r.conn.fail(driver.ErrClosed, "receive from", r.opts.Address, nil)
	}
	var messages []*driver.Message
	for (max < 1 || len(messages) < max) && (r.opts.Prefetch < 1 || r.held < r.opts.Prefetch) {
		m := r.reader.take(r.stream, r)
		if m == nil {
			break
		}
		r.held++
		messages = append(messages, m)
	}
	return messages, srv.changed, nil
}

func (r *receiver) closed() bool {
	select {
	case <-r.gone:
		return true
	default:
		return false
	}
}

// message makes a stored message into one for the receiver alone.
func (t *token) message(st *stream, redelivered bool) *driver.Message {
	rec := t.record
	m := clone(rec.message)
	m.Token = t
	m.Redelivered = redelivered
	m.ID = string(st.position(rec.offset))
	if !st.queue {
		m.Position = st.position(rec.offset)
		m.Next = st.position(rec.offset + 1)
	}
	return m
}

func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	srv := r.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if r.closed() {
		return r.conn.fail(driver.ErrClosed, "settle", r.opts.Address, nil)
	}
	defer srv.wake()
	for _, s := range settlements {
		t, ok := s.Message.Token.(*token)
		if !ok || t.receiver != r {
			return r.conn.fail(driver.ErrLost, "settle", r.opts.Address, nil)
		}
		if r.reader.held[t.record.offset] != t {
			continue // settled before
		}
		if err := r.settle(t.record, s.Outcome); err != nil {
			return err
		}
	}
	return nil
}

func (r *receiver) settle(rec *record, outcome driver.Outcome) error {
	switch outcome {
	case driver.Requeue:
		r.held--
		r.reader.putBack(rec)
		return nil
	case driver.Reject:
		if r.opts.DeadLetter != "" {
			if err := r.conn.server.append(r.opts.DeadLetter, []*driver.Message{rec.message}); err != nil {
				return r.conn.fail(driver.ErrServer, "dead-letter to", r.opts.DeadLetter, err)
			}
		}
	case driver.Ack:
	}
	r.held--
	delete(r.reader.held, rec.offset)
	r.stream.done(rec)
	return nil
}

func (r *receiver) Close() error {
	r.once.Do(r.leave)
	return nil
}

// leave gives back what was delivered and not settled.
func (r *receiver) leave() {
	srv := r.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	close(r.gone)
	for _, t := range r.reader.held {
		if t.receiver == r {
			r.reader.putBack(t.record)
		}
	}
	srv.wake()
	r.conn.mu.Lock()
	delete(r.conn.receivers, r)
	r.conn.mu.Unlock()
}
