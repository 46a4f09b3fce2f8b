package redis

import (
	"context"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// returned is the consumer that has what closed members gave back.
	returned = "weft.returned"

	// returnedIdle is how long what was given back has been lying idle, as the
	// server is told: longer than any member waits.
	returnedIdle = 30 * 24 * time.Hour

	// page is how many entries one command is about.
	page = 500
)

// tendEvery is how often a member looks after its group.
func (r *receiver) tendEvery() time.Duration { return min(r.idle/3, longPoll) }

// tend tells the group that we are alive, and takes over what nobody works on:
// what closed members gave back, and what crashed ones had.
func (r *receiver) tend(ctx context.Context) error {
	now := time.Now()
	if now.Sub(r.tended) < r.tendEvery() {
		return nil
	}
	if now.Sub(r.greeted) >= r.idle/3 {
		if err := r.keepOurs(ctx); err != nil {
			return err
		}
		r.greeted = now
	}
	if err := r.claim(ctx); err != nil {
		return err
	}
	r.tended = now
	return nil
}

// claim takes over entries that have been idle for too long.
func (r *receiver) claim(ctx context.Context) error {
	from := "0-0"
	for {
		room, _ := r.inbox.room()
		if room == 0 {
			return nil
		}
		a, err := r.ask(ctx, "xautoclaim", r.opts.Address, r.opts.Group, r.consumer,
			r.idle.Milliseconds(), from, "count", min(room, page))
		if err != nil {
			return err
		}
		next, entries, err := a.claimed()
		if err != nil {
			return err
		}
		if err := r.take(ctx, r.unseen(entries)); err != nil {
			return err
		}
		if from = next; from == "0-0" {
			return nil
		}
	}
}

// take makes entries ours that were delivered before. Those that were deleted
// meanwhile are done with.
func (r *receiver) take(ctx context.Context, entries []entry) error {
	var list []entry
	var deleted []streamID
	for _, e := range entries {
		if e.fields == nil {
			deleted = append(deleted, e.id)
			continue
		}
		list = append(list, e)
	}
	if err := r.acknowledge(ctx, r.client, deleted); err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	counts, err := r.counts(ctx, list)
	if err != nil {
		return err
	}
	deliveries := r.form.deliveries(r.opts.Address, list)
	for _, d := range deliveries {
		d.repeat(max(counts[d.id], 2))
	}
	r.accept(deliveries)
	return nil
}

// repeat marks a delivery as one that is not the first.
func (d *delivery) repeat(count int) {
	d.count = count
	d.message.Redelivered = true
	d.message.Params = map[string]string{"deliveries": strconv.Itoa(count)}
}

// counts asks how often entries were delivered.
func (r *receiver) counts(ctx context.Context, entries []entry) (map[streamID]int, error) {
	first, last := entries[0].id, entries[len(entries)-1].id
	pending, err := r.client.XPendingExt(ctx, &goredis.XPendingExtArgs{
		Stream: r.opts.Address, Group: r.opts.Group, Consumer: r.consumer,
		Start: first.String(), End: last.String(), Count: 2 * page,
	}).Result()
	if err != nil {
		return nil, err
	}
	counts := make(map[streamID]int, len(pending))
	for _, p := range pending {
		if id, err := parseID(p.ID); err == nil {
			counts[id] = int(p.RetryCount)
		}
	}
	return counts, nil
}

// keepOurs tells the server that we still work on what we have, so that nobody
// takes it. What somebody took meanwhile, because we were silent for too long,
// is no longer ours.
func (r *receiver) keepOurs(ctx context.Context) error {
	ours := r.ours()
	if len(ours) == 0 {
		return nil
	}
	pending, err := r.pending(ctx, r.client)
	if err != nil {
		return err
	}
	still := make(map[streamID]bool, len(pending))
	for _, id := range pending {
		still[id] = true
	}
	var kept []streamID
	var gone []*delivery
	for _, d := range ours {
		if still[d.id] {
			kept = append(kept, d.id)
		} else {
			gone = append(gone, d)
		}
	}
	r.lose(gone)
	return r.move(ctx, r.client, r.consumer, 0, kept)
}

// lose gives up what is no longer ours.
func (r *receiver) lose(gone []*delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range gone {
		if d.over || !r.mine.remove(d) {
			continue // settled while we asked
		}
		d.gone = true
		r.inbox.drop(d)
	}
}

// pending returns the ids of all that the server counts as ours.
func (r *receiver) pending(ctx context.Context, client *goredis.Client) ([]streamID, error) {
	var ids []streamID
	from := "-"
	for {
		list, err := client.XPendingExt(ctx, &goredis.XPendingExtArgs{
			Stream: r.opts.Address, Group: r.opts.Group, Consumer: r.consumer, Start: from, End: "+", Count: page,
		}).Result()
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			id, err := parseID(p.ID)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		if len(list) < page {
			return ids, nil
		}
		from = ids[len(ids)-1].next().String()
	}
}

// move gives entries to a consumer, as ones that have been idle for so long.
// How often they were delivered stays as it is.
func (r *receiver) move(ctx context.Context, client *goredis.Client, consumer string, idle time.Duration, ids []streamID) error {
	for len(ids) > 0 {
		n := min(len(ids), page)
		args := make([]any, 0, n+8)
		args = appendIDs(append(args, "xclaim", r.opts.Address, r.opts.Group, consumer, 0), ids[:n])
		args = append(args, "idle", idle.Milliseconds(), "justid")
		if err := client.Do(ctx, args...).Err(); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// leave gives back what is ours, and takes us off the group's list when it is
// certain that the server gives us nothing more. What cannot be given back,
// because the server does not answer, others take when it has been idle.
func (r *receiver) leave(ctx context.Context, clean bool) {
	ids, err := r.pending(ctx, r.conn.main)
	if err != nil {
		return
	}
	if err := r.move(ctx, r.conn.main, returned, returnedIdle, ids); err != nil || !clean {
		return
	}
	_ = r.conn.main.XGroupDelConsumer(ctx, r.opts.Address, r.opts.Group, r.consumer).Err() // it is only tidy
}
