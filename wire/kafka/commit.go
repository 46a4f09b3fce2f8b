package kafka

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// breath is the least time between two commits of a busy receiver. A crash
// costs at most the redelivery of what was settled within it. It doubles with
// each commit that fails, up to longestBreath.
const (
	breath        = 50 * time.Millisecond
	longestBreath = 5 * time.Second
)

// commits tells the broker how far a group's receiver is: the first settlement
// at once, those that follow together.
type commits struct {
	receiver *receiver
	turn     sync.Mutex // one commit at a time, so that they cannot overtake

	// guarded by the receiver's lock
	running bool
	err     error

	quit chan struct{}
	idle sync.WaitGroup
}

func (c *commits) init(r *receiver) {
	c.receiver = r
	c.quit = make(chan struct{})
}

// soon makes a commit happen; the caller holds the receiver's lock.
func (c *commits) soon() {
	if c.running || c.receiver.opts.Group == "" || !c.receiver.anyDirty() {
		return
	}
	c.running = true
	c.idle.Add(1)
	go c.run()
}

func (r *receiver) anyDirty() bool {
	for _, l := range r.lanes {
		if l.dirty {
			return true
		}
	}
	return false
}

// run commits until there is nothing to commit.
func (c *commits) run() {
	defer c.idle.Done()
	wait := breath
	for {
		if err := c.once(); err != nil {
			wait = min(2*wait, longestBreath)
		} else {
			wait = breath
		}
		select {
		case <-c.quit:
		case <-time.After(wait):
		}
		if c.rest() {
			return
		}
	}
}

// once commits, and notes how that went.
func (c *commits) once() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	err := c.flush(ctx)
	r := c.receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	c.err = err
	return err
}

// rest reports whether there is no more to do.
func (c *commits) rest() bool {
	r := c.receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	c.running = !r.closed && r.anyDirty()
	return !c.running
}

// failure returns why the last commit failed, once; the caller holds the
// receiver's lock.
func (c *commits) failure() error {
	err := c.err
	c.err = nil
	return err
}

// flush commits what can be committed now. What fails stays to be committed.
func (c *commits) flush(ctx context.Context) error {
	c.turn.Lock()
	defer c.turn.Unlock()
	r := c.receiver
	offsets, lanes := r.committable()
	if len(lanes) == 0 {
		return nil
	}
	var stored bool
	var failed error
	r.client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{r.opts.Address: offsets},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
			stored, failed = commitResult(answer, err)
		})
	if stored {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range lanes {
		l.dirty = !l.lost
	}
	return failed
}

func (r *receiver) committable() (map[int32]kgo.EpochOffset, []*lane) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lanes []*lane
	offsets := make(map[int32]kgo.EpochOffset)
	for p, l := range r.lanes {
		if !l.dirty {
			continue
		}
		l.dirty = false
		lanes = append(lanes, l)
		offsets[p] = kgo.EpochOffset{Epoch: -1, Offset: l.commit}
	}
	return offsets, lanes
}

// commitResult reports whether all of a commit was stored, and the error if
// there is one. A rebalance is none: what it takes from us is delivered again
// elsewhere, and what it leaves us is committed when it is over. Nor is it one
// that the broker does not know the topic, which it says for a moment when it
// stops or starts; that a topic is gone is told by those who receive.
func commitResult(answer *kmsg.OffsetCommitResponse, err error) (stored bool, failed error) {
	if err != nil || answer == nil {
		return false, err
	}
	stored = true
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			switch p.ErrorCode {
			case 0:
			case kerr.RebalanceInProgress.Code, kerr.IllegalGeneration.Code, kerr.UnknownMemberID.Code,
				kerr.UnknownTopicOrPartition.Code:
				stored = false
			default:
				return false, kerr.ErrorForCode(p.ErrorCode)
			}
		}
	}
	return stored, nil
}

// finish waits for the commit under way and commits the rest.
func (c *commits) finish(ctx context.Context) error {
	close(c.quit)
	c.idle.Wait()
	return c.flush(ctx)
}
