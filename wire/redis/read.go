package redis

import (
	"context"
	"time"
)

// read moves entries into the inbox until the receiver is closed. What passes,
// such as a restart of the server, it gets over by itself.
func (r *receiver) read() {
	failures := 0
	for !r.over() {
		err := r.step(context.Background())
		switch {
		case err == nil:
			failures = 0
		case r.over():
			r.broken = true
			return
		case !isPassing(err):
			r.broken = true
			r.inbox.fail(r.fail(err))
			return
		default:
			r.broken = true
			pause(r.quit, failures)
			failures++
		}
	}
}

func (r *receiver) over() bool {
	select {
	case <-r.quit:
		return true
	default:
		return false
	}
}

// step does what is due, then reads once.
func (r *receiver) step(ctx context.Context) error {
	if r.opts.Group != "" {
		if err := r.tend(ctx); err != nil {
			return err
		}
	}
	room, changed := r.inbox.room()
	if room == 0 {
		r.wait(changed)
		return nil
	}
	if r.opts.Group == "" {
		return r.readAlone(ctx, room)
	}
	if r.broken {
		return r.readOwn(ctx, room)
	}
	return r.readGroup(ctx, room)
}

// wait waits for room, but not beyond the next housekeeping.
func (r *receiver) wait(changed <-chan struct{}) {
	timer := time.NewTimer(r.tendEvery())
	defer timer.Stop()
	select {
	case <-changed:
	case <-r.quit:
	case <-timer.C:
	}
}

func (r *receiver) poll() time.Duration {
	if r.session.Load() == 0 {
		return shortPoll
	}
	return min(longPoll, r.tendEvery())
}

func (r *receiver) readAlone(ctx context.Context, room int) error {
	a, err := r.ask(ctx, "xread", "count", min(room, page), "block", r.poll().Milliseconds(),
		"streams", r.opts.Address, r.after.String())
	if err != nil {
		return err
	}
	list, err := r.form.received(r.opts.Address, a)
	if err != nil || len(list) == 0 {
		return err
	}
	r.after = list[len(list)-1].id
	r.inbox.add(list)
	return nil
}

// readGroup reads what no member of the group has had.
func (r *receiver) readGroup(ctx context.Context, room int) error {
	a, err := r.ask(ctx, "xreadgroup", "group", r.opts.Group, r.consumer, "count", min(room, page),
		"block", r.poll().Milliseconds(), "streams", r.opts.Address, ">")
	if err != nil {
		return err
	}
	list, err := r.form.received(r.opts.Address, a)
	if err != nil {
		return err
	}
	r.accept(list)
	return nil
}

// readOwn reads again what the server has given us and we never saw, because a
// connection broke on the way, or because an earlier process of our name did.
func (r *receiver) readOwn(ctx context.Context, room int) error {
	from := streamID{}
	for room > 0 {
		a, err := r.ask(ctx, "xreadgroup", "group", r.opts.Group, r.consumer, "count", page,
			"streams", r.opts.Address, from.String())
		if err != nil {
			return err
		}
		entries, err := a.streamed()
		if err != nil {
			return err
		}
		unseen := r.unseen(entries)
		whole := len(unseen) <= room
		unseen = unseen[:min(room, len(unseen))]
		if err := r.take(ctx, unseen); err != nil {
			return err
		}
		room -= len(unseen)
		if whole && len(entries) < page {
			r.broken = false
			return nil
		}
		from = entries[len(entries)-1].id
	}
	return nil
}

// accept makes deliveries ours and puts them into the inbox.
func (r *receiver) accept(list []*delivery) {
	r.mu.Lock()
	for _, d := range list {
		r.mine.add(d)
	}
	r.mu.Unlock()
	r.inbox.add(list)
}

// unseen leaves out what we have already.
func (r *receiver) unseen(entries []entry) []entry {
	if len(entries) == 0 {
		return nil
	}
	r.mu.Lock()
	mine := r.mine.ids()
	r.mu.Unlock()
	var list []entry
	for _, e := range entries {
		if !mine[e.id] {
			list = append(list, e)
		}
	}
	return list
}
