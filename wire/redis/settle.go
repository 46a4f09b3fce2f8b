package redis

import (
	"context"
	"errors"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// Settle stores what became of messages: it returns when the server knows. A
// rejected message is first in the dead letters, then gone from here.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	open, lost, err := r.choose(settlements)
	if err != nil {
		return err
	}
	rejected, done := sorted(open)
	if err := r.bury(ctx, rejected); err != nil {
		r.reopen(open)
		return err
	}
	if r.opts.Group != "" {
		if err := r.acknowledge(ctx, r.conn.main, done); err != nil {
			r.reopen(open)
			return r.conn.fail(err, "settle", r.opts.Address)
		}
	}
	r.finish(open)
	if lost {
		return r.lostError()
	}
	return nil
}

func (r *receiver) lostError() error {
	return &driver.Error{Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.opts.Address}
}

// verdict is a delivery and what became of it.
type verdict struct {
	delivery *delivery
	outcome  driver.Outcome
}

// choose picks those that are to be settled now, and marks them, so that
// nobody settles them beside us. It reports whether some were lost.
func (r *receiver) choose(settlements []driver.Settlement) (open []verdict, lost bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range settlements {
		if d, ok := s.Message.Token.(*delivery); !ok || d.inbox != r.inbox {
			return nil, false, r.lostError()
		}
	}
	if r.over() {
		return nil, false, r.conn.fail(errClosed, "settle", r.opts.Address)
	}
	open = make([]verdict, 0, len(settlements))
	for _, s := range settlements {
		d := s.Message.Token.(*delivery)
		switch {
		case d.gone:
			lost = true
		case !d.over:
			d.over = true
			open = append(open, verdict{d, s.Outcome})
		}
	}
	return open, lost, nil
}

// sorted returns what is done with, and what of it was rejected.
func sorted(open []verdict) (rejected []*delivery, done []streamID) {
	done = make([]streamID, 0, len(open))
	for _, v := range open {
		if v.outcome == driver.Requeue {
			continue
		}
		done = append(done, v.delivery.id)
		if v.outcome == driver.Reject {
			rejected = append(rejected, v.delivery)
		}
	}
	return rejected, done
}

// bury adds rejected messages to the dead letters.
func (r *receiver) bury(ctx context.Context, rejected []*delivery) error {
	if r.dead == nil {
		return nil
	}
	for chunk := range slices.Chunk(rejected, maxBatch) {
		letters := make([]*driver.Message, len(chunk))
		for i, d := range chunk {
			m := &d.message
			letters[i] = &driver.Message{
				Key: m.Key, Headers: m.Headers, Body: m.Body, Timestamp: m.Timestamp,
				CorrelationID: m.CorrelationID, ReplyTo: m.ReplyTo,
			}
		}
		if err := r.dead.Send(ctx, letters); err != nil {
			return err
		}
	}
	return nil
}

// acknowledge takes entries off the list of what the group has open.
func (r *receiver) acknowledge(ctx context.Context, client *goredis.Client, ids []streamID) error {
	for chunk := range slices.Chunk(ids, page) {
		args := make([]any, 0, len(chunk)+3)
		args = appendIDs(append(args, "xack", r.opts.Address, r.opts.Group), chunk)
		if err := client.Do(ctx, args...).Err(); err != nil && !errors.Is(err, goredis.Nil) {
			return err
		}
	}
	return nil
}

// reopen takes marks back, after a settlement that failed.
func (r *receiver) reopen(open []verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range open {
		v.delivery.over = false
	}
}

// finish forgets what was settled. What was requeued stays ours, as another
// delivery.
func (r *receiver) finish(open []verdict) {
	var again []*delivery
	r.mu.Lock()
	for _, v := range open {
		delete(r.mine, v.delivery.id)
		if v.outcome != driver.Requeue {
			continue
		}
		next := v.delivery.again()
		again = append(again, next)
		if r.opts.Group != "" {
			r.mine[next.id] = next
		}
	}
	r.mu.Unlock()
	r.inbox.release(len(open))
	r.inbox.again(again)
}
