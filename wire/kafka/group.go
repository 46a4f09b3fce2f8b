package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// A member that died is noticed after sessionTimeout; that another one came or
// went, after heartbeat.
const (
	sessionTimeout = 10 * time.Second
	heartbeat      = time.Second
	sessionParam   = "session.timeout.ms"
)

// lane is one partition that a receiver reads now. All of it is guarded by the
// receiver's lock.
type lane struct {
	partition int32
	pending   []*delivery // of a group: delivered, in order, not yet committable
	commit    int64       // offset that may be committed; 0 for none yet
	dirty     bool        // commit has not been sent
	lost      bool        // the group took the partition away
}

// advance moves the commit past the front of what is done. A message that is
// settled before an earlier one waits for it: an offset says that everything
// before it is done.
func (l *lane) advance() {
	n := 0
	for n < len(l.pending) && l.pending[n].done {
		n++
	}
	if n == 0 {
		return
	}
	l.commit = l.pending[n-1].record.Offset + 1
	l.dirty = true
	clear(l.pending[:n])
	l.pending = l.pending[n:]
}

// groupSettings says how to be a member of the group.
func (r *receiver) groupSettings() ([]kgo.Opt, error) {
	session, err := millis(r.opts.Params, sessionParam, r.conn.session)
	if err != nil {
		return nil, err
	}
	beat, err := millis(r.opts.Params, "heartbeat.interval.ms", min(heartbeat, session/3))
	if err != nil {
		return nil, err
	}
	balancer, err := strategy(r.opts.Params["partition.assignment.strategy"])
	if err != nil {
		return nil, err
	}
	settings := []kgo.Opt{
		kgo.ConsumerGroup(r.opts.Group),
		kgo.ConsumeTopics(r.opts.Address),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(balancer),
		kgo.SessionTimeout(session),
		kgo.HeartbeatInterval(beat),
		kgo.DisableAutoCommit(),
		// What was fetched is taken before the group may change. Else messages
		// of a partition that is taken away and given back in between would
		// count for the new turn, and settling them would commit past those of
		// the old turn that are still open.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(r.assigned),
		kgo.OnPartitionsRevoked(r.revoked),
		kgo.OnPartitionsLost(r.lost),
	}
	if id := r.opts.Params["group.instance.id"]; id != "" {
		settings = append(settings, kgo.InstanceID(id))
	}
	return settings, nil
}

func strategy(name string) (kgo.GroupBalancer, error) {
	switch name {
	case "", "cooperative-sticky":
		return kgo.CooperativeStickyBalancer(), nil
	case "sticky":
		return kgo.StickyBalancer(), nil
	case "range":
		return kgo.RangeBalancer(), nil
	case "roundrobin":
		return kgo.RoundRobinBalancer(), nil
	}
	return nil, fmt.Errorf("unknown partition.assignment.strategy %q: there is cooperative-sticky, sticky, range, roundrobin", name)
}

// startAdjustment makes partitions that the group has no position for begin
// where the receiver was told to, when settleIn could not store that.
func startAdjustment(topic string, offsets map[int32]int64) kgo.GroupOpt {
	return kgo.AdjustFetchOffsetsFn(func(_ context.Context, fetched map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
		for partition, offset := range fetched[topic] {
			if begin, ok := offsets[partition]; ok && offset.EpochOffset().Offset < 0 {
				fetched[topic][partition] = startAt(begin)
			}
		}
		return fetched, nil
	})
}

// settleIn stores where a group begins in the partitions that it has no
// position for. A broker that has just started, or has its first group, needs
// a moment before it can.
func (c *conn) settleIn(ctx context.Context, group, topic string, offsets map[int32]int64) error {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		err := c.storeBeginning(ctx, group, topic, offsets)
		if !isWarmingUp(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(ctx.Err(), err)
		}
	}
}

func isWarmingUp(err error) bool {
	return errors.Is(err, kerr.CoordinatorNotAvailable) || errors.Is(err, kerr.CoordinatorLoadInProgress) ||
		errors.Is(err, kerr.NotCoordinator)
}

// storeBeginning tries once. A group with members has begun elsewhere, and
// refuses.
func (c *conn) storeBeginning(ctx context.Context, group, topic string, offsets map[int32]int64) error {
	stored, err := c.admin.FetchOffsetsForTopics(ctx, group, topic)
	if err == nil {
		err = stored.Error()
	}
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return err
	}
	var missing kadm.Offsets
	for partition, offset := range offsets {
		if at, ok := stored.Lookup(topic, partition); (ok && at.At >= 0) || offset == oldest {
			continue
		}
		missing.AddOffset(topic, partition, offset, -1)
	}
	if len(missing) == 0 {
		return nil
	}
	answer, err := c.admin.CommitOffsets(ctx, group, missing)
	if err == nil {
		err = answer.Error()
	}
	if errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.IllegalGeneration) || errors.Is(err, kerr.RebalanceInProgress) {
		return nil
	}
	return err
}

func (r *receiver) assigned(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range partitions[r.opts.Address] {
		r.lanes[p] = &lane{partition: p}
	}
}

// revoked commits what was settled while we still may, then lets go.
func (r *receiver) revoked(ctx context.Context, _ *kgo.Client, partitions map[string][]int32) {
	ctx, cancel := context.WithTimeout(ctx, closing)
	defer cancel()
	_ = r.commits.flush(ctx) // what does not get through is delivered again
	r.letGo(partitions[r.opts.Address])
}

func (r *receiver) lost(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	r.letGo(partitions[r.opts.Address])
}

func (r *receiver) letGo(partitions []int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range partitions {
		if l := r.lanes[p]; l != nil {
			l.lost, l.dirty = true, false
			delete(r.lanes, p)
		}
	}
	kept := r.again[:0]
	for _, d := range r.again {
		if !d.lane.lost {
			kept = append(kept, d)
		}
	}
	clear(r.again[len(kept):])
	r.again = kept
}

// Settle says what became of messages. In a group the offsets follow soon, and
// with Close at the latest.
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
		return r.conn.fail(kgo.ErrClientClosed, "settle", r.opts.Address)
	}
	lost := 0
	for _, s := range settlements {
		if !r.settle(s) {
			lost++
		}
	}
	for _, l := range r.lanes {
		l.advance()
	}
	r.wakeForSettled()
	r.commits.soon()
	if lost > 0 {
		return &driver.Error{
			Kind: driver.ErrLost, Op: "settle", Server: r.conn.server.String(), Address: r.opts.Address,
			Err: fmt.Errorf("%d of %d messages belong to another receiver now", lost, len(settlements)),
		}
	}
	return r.conn.fail(r.commits.failure(), "settle", r.opts.Address)
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
		dead = append(dead, &driver.Message{Key: m.Key, Headers: m.Headers, Body: m.Body, Timestamp: m.Timestamp})
	}
	if len(dead) == 0 {
		return nil
	}
	return r.dead.Send(ctx, dead)
}

func (r *receiver) isOver(d *delivery) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return d.receiver != r || d.over || d.lane.lost
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
	if d.lane.lost {
		return false
	}
	if s.Outcome == driver.Requeue {
		r.again = append(r.again, &delivery{receiver: r, lane: d.lane, record: d.record, origin: d.origin})
		return true
	}
	d.origin.done = true
	return true
}

// wakeForSettled lets a Receive go on that waits for room or for what was
// requeued; the caller holds r.mu.
func (r *receiver) wakeForSettled() {
	if len(r.again) > 0 || r.opts.Prefetch > 0 {
		r.wake()
	}
}
