package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// closing bounds what a receiver may take to say goodbye to a broker that no
// longer answers.
const closing = 5 * time.Second

// rest is how long a receiver waits for messages before it looks for new
// partitions of its topic.
const rest = 30 * time.Second

// longPoll is how long a broker may hold a fetch that finds nothing. Messages
// end it at once; a partition that is added waits for it.
const longPoll = time.Second

// receiver receives from one topic through a client of its own.
type receiver struct {
	conn    *conn
	client  *kgo.Client
	opts    driver.ReceiverOptions
	dead    *sender // where rejected messages go; nil for nowhere
	commits commits

	mu      sync.Mutex
	closed  bool
	lanes   map[int32]*lane
	again   []*delivery        // requeued, to be delivered once more
	held    int                // delivered and not settled
	changed chan struct{}      // closed and replaced when a waiting Receive may go on
	stop    context.CancelFunc // ends the wait of a Receive; nil when none waits
	known   int32              // partitions that are read, without a group; of Receive alone
}

// OpenReceiver subscribes. The start is resolved here and now; a group that is
// new is given it as its position, so that what its first member does not
// settle is delivered to the next, wherever that one starts.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &receiver{conn: c, opts: opts, lanes: make(map[int32]*lane), changed: make(chan struct{})}
	if err := r.open(ctx); err != nil {
		return nil, r.fail(err)
	}
	return r, nil
}

func (r *receiver) open(ctx context.Context) error {
	c, topic := r.conn, r.opts.Address
	settings, err := r.settings()
	if err != nil {
		return invalidError{err}
	}
	partitions, err := c.ensure(ctx, "receive from", topic, r.opts.Create)
	if err != nil {
		return err
	}
	offsets, err := c.begin(ctx, topic, partitions, r.opts.Start)
	if err != nil {
		return err
	}
	if r.opts.DeadLetter != "" {
		dead, err := c.OpenSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Create: r.opts.Create})
		if err != nil {
			return err
		}
		r.dead = dead.(*sender)
	}
	if r.opts.Group == "" {
		settings = append(settings, r.alone(offsets)...)
	} else {
		if err := c.settleIn(ctx, r.opts.Group, topic, offsets); err != nil {
			return err
		}
		settings = append(settings, startAdjustment(topic, offsets))
	}
	r.client, err = kgo.NewClient(append(c.base[:len(c.base):len(c.base)], settings...)...)
	if err != nil {
		return invalidError{err}
	}
	r.commits.init(r)
	if !c.opened.Keep(r) {
		r.client.Close()
		return kgo.ErrClientClosed
	}
	return nil
}

func (r *receiver) fail(err error) error { return r.conn.fail(err, "receive from", r.opts.Address) }

// settings reads what was asked for beyond the usual.
func (r *receiver) settings() ([]kgo.Opt, error) {
	if err := r.opts.Start.Check(); err != nil {
		return nil, err
	}
	common := []string{"client.id", "isolation.level"}
	group := []string{"group.instance.id", sessionParam, "heartbeat.interval.ms", "partition.assignment.strategy"}
	if r.opts.Group != "" {
		common = append(common, group...)
	}
	params := r.opts.Params
	if err := driver.CheckParams(params, common...); err != nil {
		return nil, err
	}
	var settings []kgo.Opt
	if id := params["client.id"]; id != "" {
		settings = append(settings, kgo.ClientID(id))
	}
	level, err := isolation(params["isolation.level"])
	if err != nil {
		return nil, err
	}
	settings = append(settings, level, kgo.FetchMaxWait(longPoll))
	if r.opts.Group == "" {
		return settings, nil
	}
	grouped, err := r.groupSettings()
	return append(settings, grouped...), err
}

func isolation(name string) (kgo.Opt, error) {
	switch name {
	case "", "read_committed":
		return kgo.FetchIsolationLevel(kgo.ReadCommitted()), nil
	case "read_uncommitted":
		return kgo.FetchIsolationLevel(kgo.ReadUncommitted()), nil
	}
	return nil, fmt.Errorf("unknown isolation.level %q: there is read_committed, read_uncommitted", name)
}

// alone reads all partitions from given offsets.
func (r *receiver) alone(offsets map[int32]int64) []kgo.Opt {
	starts := make(map[int32]kgo.Offset, len(offsets))
	for partition, offset := range offsets {
		starts[partition] = startAt(offset)
		r.lanes[partition] = &lane{partition: partition}
	}
	r.known = int32(len(offsets))
	return []kgo.Opt{
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.opts.Address: starts}),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
}

func startAt(offset int64) kgo.Offset {
	if offset == oldest {
		return kgo.NewOffset().AtStart()
	}
	return kgo.NewOffset().At(offset)
}

// Receive waits for messages. The client fetches ahead by itself.
func (r *receiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		messages, err := r.requeued(ctx, max)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
		messages, err = r.poll(ctx, max)
		if err != nil || len(messages) > 0 {
			return messages, err
		}
	}
}

// requeued returns messages that were requeued, if there are any.
func (r *receiver) requeued(ctx context.Context, max int) ([]*driver.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, r.fail(kgo.ErrClientClosed)
	}
	n := len(r.again)
	if max > 0 {
		n = min(n, max)
	}
	if n == 0 {
		return nil, nil
	}
	deliveries := r.again[:n:n]
	r.again = r.again[n:]
	r.held += n
	return again(deliveries), nil
}

// poll waits for what the broker has. It returns nothing when there is
// something else to look at.
func (r *receiver) poll(ctx context.Context, max int) ([]*driver.Message, error) {
	wait, stop := context.WithTimeout(ctx, rest)
	defer stop()
	room, changed := r.await(stop)
	if room == 0 {
		select {
		case <-changed:
		case <-wait.Done():
		}
		return nil, nil
	}
	fetches := r.client.PollRecords(wait, atMost(room, max))
	defer r.client.AllowRebalance()
	r.await(nil)
	if r.opts.Group == "" {
		r.grow()
	}
	if fetches.NumRecords() > 0 {
		return r.take(fetches), nil
	}
	return nil, r.failure(fetches)
}

// await notes how to end the wait that begins, and returns how many messages
// there is room for; less than 0 is any number.
func (r *receiver) await(stop context.CancelFunc) (room int, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop = stop
	if stop != nil && (r.closed || len(r.again) > 0) {
		stop()
	}
	if r.opts.Prefetch < 1 {
		return -1, r.changed
	}
	return max(0, r.opts.Prefetch-r.held), r.changed
}

// wake makes a waiting Receive look again; the caller holds r.mu.
func (r *receiver) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
	if r.stop != nil {
		r.stop()
	}
}

func atMost(room, max int) int {
	switch {
	case room < 0:
		return max
	case max < 1:
		return room
	}
	return min(room, max)
}

// failure returns the error of a poll that a caller must know. The client gets
// over most by itself, and an ended wait is not one.
func (r *receiver) failure(fetches kgo.Fetches) error {
	for _, e := range fetches.Errors() {
		switch {
		case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded):
		case errors.Is(e.Err, kgo.ErrClientClosed):
			return r.fail(e.Err)
		case isPassing(e.Err):
		default:
			return r.fail(e.Err)
		}
	}
	return nil
}

// isPassing reports whether a group session ended in a way that the client
// gets over by joining again: the broker restarted, or a rebalance overtook it.
func isPassing(err error) bool {
	var session *kgo.ErrGroupSession
	if !errors.As(err, &session) {
		return false
	}
	var answer *kerr.Error
	if !errors.As(err, &answer) || answer.Retriable {
		return true
	}
	switch answer {
	case kerr.UnknownMemberID, kerr.IllegalGeneration, kerr.RebalanceInProgress:
		return true
	}
	return false
}

// grow begins to read partitions that were added to the topic.
func (r *receiver) grow() {
	for {
		leader, _, err := r.client.PartitionLeader(r.opts.Address, r.known)
		if err != nil || leader < 0 {
			return
		}
		r.mu.Lock()
		r.lanes[r.known] = &lane{partition: r.known}
		r.mu.Unlock()
		start := map[int32]kgo.Offset{r.known: kgo.NewOffset().AtStart()}
		r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.opts.Address: start})
		r.known++
	}
}

// take turns what was fetched into messages. What came for a partition that
// the group has meanwhile taken away is left to its new owner.
func (r *receiver) take(fetches kgo.Fetches) []*driver.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*driver.Message, 0, fetches.NumRecords())
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if l := r.lanes[p.Partition]; l != nil && !r.closed {
			list = r.hand(l, p.Records, list)
		}
	})
	r.held += len(list)
	return list
}

// Close commits what was settled and leaves the group.
func (r *receiver) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.wake()
	r.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	var errs []error
	if r.opts.Group != "" {
		errs = append(errs, r.fail(r.commits.finish(ctx)))
		// A group that cannot be told finds out by the missing heartbeat.
		_ = r.client.LeaveGroupContext(ctx)
	}
	r.client.Close()
	if r.dead != nil {
		errs = append(errs, r.dead.Close())
	}
	r.conn.opened.Forget(r)
	return errors.Join(errs...)
}

func millis(params map[string]string, name string, usual time.Duration) (time.Duration, error) {
	text, ok := params[name]
	if !ok {
		return usual, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s is %q: write a number of milliseconds", name, text)
	}
	return time.Duration(n) * time.Millisecond, nil
}
