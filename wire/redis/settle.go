package redis

import (
	"context"
	"errors"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

// Settle stores what became of messages: it returns when the server knows.
func (r *receiver) Settle(ctx context.Context, settlements []driver.Settlement) error {
	open, lost, err := r.choose(settlements)
	if err != nil {
		return err
	}
	if err := r.store(ctx, open); err != nil {
		r.giveUp(open)
		return err
	}
	r.finish(open)
	if lost {
		return r.lostError()
	}
	return nil
}

// store tells the server. A rejected message is first in the dead letters, then
// gone from here.
func (r *receiver) store(ctx context.Context, open []verdict) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rejected, done := sorted(open)
	if err := r.bury(ctx, rejected); err != nil {
		return err
	}
	if r.opts.Group == "" {
		return nil
	}
	return r.conn.fail(r.acknowledge(ctx, r.conn.main, done), "settle", r.opts.Address)
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

// giveUp is for what could not be settled. It may be settled again; nobody is
// told any more that we work on it, so that a member of the group has it again
// when it has been idle, who may be we.
func (r *receiver) giveUp(open []verdict) {
	released := 0
	r.mu.Lock()
	for _, v := range open {
		d := v.delivery
		d.over = false
		if d.failed {
			continue
		}
		d.failed = true
		r.mine.remove(d)
		released++
	}
	r.mu.Unlock()
	r.inbox.release(released)
}

// finish forgets what was settled. What was requeued stays ours, as another
// delivery.
func (r *receiver) finish(open []verdict) {
	var again []*delivery
	released := 0
	r.mu.Lock()
	for _, v := range open {
		d := v.delivery
		if !d.failed {
			r.mine.remove(d)
			released++
		}
		if v.outcome != driver.Requeue {
			continue
		}
		next := d.again()
		again = append(again, next)
		if r.opts.Group != "" {
			r.mine.add(next)
		}
	}
	r.mu.Unlock()
	r.inbox.release(released)
	r.inbox.again(again)
}
