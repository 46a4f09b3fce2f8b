package nats

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/weft-dev/weft/wire/driver"
)

// consumer receives from a subject through a consumer of each stream that
// stores it: a durable one in a group, else one of its own that acknowledges
// nothing.
type consumer struct {
	*streams
	opts    driver.ReceiverOptions
	set     settings
	dead    *publisher // where rejected messages go; nil for nowhere
	sources []*source
	queue   *queue
	stop    context.CancelFunc // ends the keeper
	keeper  sync.WaitGroup
	kick    chan struct{} // tells the keeper to look now

	mu       sync.Mutex
	closed   bool
	gone     chan struct{}
	broken   error       // why nothing more can be received
	held     []*delivery // delivered and not settled
	failures int         // of those, how many were to be settled and could not be
}

// settings are what was asked for beyond the usual.
type settings struct {
	durable       string
	ackWait       time.Duration
	maxDeliver    int
	maxAckPending int
}

var groupParams = []string{"durable", "ack_wait", "max_deliver", "max_ack_pending"}

func readSettings(opts driver.ReceiverOptions) (settings, error) {
	s := settings{ackWait: 30 * time.Second, maxDeliver: -1, maxAckPending: -1}
	if err := opts.Start.Check(); err != nil {
		return s, err
	}
	known := groupParams
	if opts.Group == "" {
		known = nil
	}
	if err := driver.CheckParams(opts.Params, known...); err != nil {
		return s, err
	}
	s.durable = opts.Params["durable"]
	if s.durable == "" && opts.Group != "" {
		s.durable = nameOf(opts.Group) + "-" + nameOf(opts.Address)
	}
	var err error
	if text, ok := opts.Params["ack_wait"]; ok {
		if s.ackWait, err = time.ParseDuration(text); err != nil || s.ackWait < 10*time.Millisecond {
			return s, fmt.Errorf("ack_wait is %q: write a duration such as 30s", text)
		}
	}
	for name, place := range map[string]*int{"max_deliver": &s.maxDeliver, "max_ack_pending": &s.maxAckPending} {
		if text, ok := opts.Params[name]; ok {
			if *place, err = strconv.Atoi(text); err != nil || *place == 0 || *place < -1 {
				return s, fmt.Errorf("%s is %q: write a number above zero, or -1 for no limit", name, text)
			}
		}
	}
	return s, nil
}

// OpenReceiver finds the streams and makes the consumers. The start is resolved
// to sequences here and now.
func (c *streams) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	r := &consumer{streams: c, opts: opts, queue: newQueue(0), kick: make(chan struct{}, 1), gone: make(chan struct{})}
	if err := r.start(ctx); err != nil {
		r.abandon()
		return nil, r.failed(err)
	}
	return r, nil
}

func (r *consumer) failed(err error) error { return r.fail(err, "receive from", r.opts.Address) }

func (r *consumer) start(ctx context.Context) error {
	var err error
	if r.set, err = readSettings(r.opts); err != nil {
		return invalidError{err}
	}
	names, err := r.ensure(ctx, r.opts.Address, r.opts.Create)
	if err != nil {
		return err
	}
	if r.opts.DeadLetter != "" {
		dead, err := r.OpenSender(ctx, driver.SenderOptions{Address: r.opts.DeadLetter, Create: r.opts.Create})
		if err != nil {
			return err
		}
		r.dead = dead.(*publisher)
	}
	for _, name := range names {
		begin, err := r.begin(ctx, name)
		if err != nil {
			return err
		}
		s := &source{receiver: r, stream: name, begin: begin}
		if err := s.listen(); err != nil {
			return err
		}
		r.sources = append(r.sources, s)
		if err := s.join(ctx); err != nil {
			return err
		}
	}
	if !r.opened.Keep(r) {
		return nats.ErrConnectionClosed
	}
	keeping, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.keeper.Go(func() { r.care(keeping) })
	r.refill()
	return nil
}

// abandon gives up a receiver that did not come about.
func (r *consumer) abandon() {
	for _, s := range r.sources {
		_ = s.sub.Unsubscribe()
	}
	if r.dead != nil {
		_ = r.dead.Close()
	}
}

// slack is how far the clocks of a producer and the server may differ for a
// start at a time.
const slack = time.Minute

// begin returns where to begin in a stream.
func (r *consumer) begin(ctx context.Context, stream string) (begin start, err error) {
	switch r.opts.Start.Kind {
	case driver.Beginning:
		return start{sequence: 1}, nil
	case driver.AtTime:
		// The server knows when a message was stored, not when it was produced.
		return start{from: r.opts.Start.Time.Add(-slack), produced: r.opts.Start.Time}, nil
	case driver.AtPositions:
		return r.beginAt(stream)
	case driver.Now:
	}
	begin.sequence, err = r.end(ctx, stream)
	return begin, err
}

// beginAt finds a stream's place among positions; without one it begins at its
// beginning.
func (r *consumer) beginAt(stream string) (start, error) {
	for _, p := range r.opts.Start.Positions {
		sequence, err := strconv.ParseUint(p.Offset(), 10, 64)
		if err != nil || sequence == 0 {
			return start{}, invalidError{fmt.Errorf("%q is not a position in a stream: write stream@sequence, as a message or Positions gave it", string(p))}
		}
		if p.Source() == stream {
			return start{sequence: sequence}, nil
		}
	}
	return start{sequence: 1}, nil
}

// start is where a consumer begins: at a sequence, or at a time.
type start struct {
	sequence uint64
	from     time.Time // when it was stored; zero for a start at a sequence
	produced time.Time // what was produced earlier is passed over
}

func (s start) config(config *jetstream.ConsumerConfig) {
	switch {
	case !s.from.IsZero():
		config.DeliverPolicy, config.OptStartTime = jetstream.DeliverByStartTimePolicy, &s.from
	case s.sequence <= 1:
		config.DeliverPolicy = jetstream.DeliverAllPolicy
	default:
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, s.sequence
	}
}

// Receive waits for messages, which are asked for ahead.
func (r *consumer) Receive(ctx context.Context, limit int) ([]*driver.Message, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		room, err := r.room(limit)
		if err != nil {
			return nil, r.failed(err)
		}
		if room != 0 {
			if list := r.deliver(r.queue.take(room)); len(list) > 0 {
				return list, nil
			}
		}
		select {
		case <-r.queue.ready:
		case <-r.gone:
		case <-ctx.Done():
		}
	}
}

// room returns how many messages may be handed out now, at most limit; less
// than 1 of either is any number, but that no room is 0.
func (r *consumer) room(limit int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return 0, nats.ErrConnectionClosed
	case r.broken != nil:
		return 0, r.broken
	case r.client.IsClosed():
		return 0, r.ended()
	case r.opts.Prefetch < 1:
		return limit - bit(limit < 1), nil
	}
	free := max(0, r.vacant())
	if limit > 0 {
		free = min(free, limit)
	}
	return free, nil
}

// vacant is how many more may be held; the caller holds r.mu.
func (r *consumer) vacant() int { return r.opts.Prefetch - len(r.held) + r.failures }

// bit keeps a limit of none from looking like no room.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// deliver makes messages of what arrived and asks for more.
func (r *consumer) deliver(list []arrival) []*driver.Message {
	if len(list) == 0 {
		return nil
	}
	now := time.Now()
	out := make([]*driver.Message, 0, len(list))
	var where driver.Places
	for rest := list; len(rest) > 0; {
		n := min(slabSize, len(rest))
		slab, tokens := make([]driver.Message, n), make([]delivery, n)
		for i, in := range rest[:n] {
			m, d := &slab[i], &tokens[i]
			*d = delivery{receiver: r, m: in.m, facts: in.facts, alive: now}
			if r.fill(m, d) {
				m.Redelivered = in.facts.delivered > 1 || in.again
				m.Position, m.Next = where.Of(in.facts.stream, in.facts.sequence)
				m.ID, m.Token = string(m.Position), d
				out = append(out, m)
			}
		}
		rest = rest[n:]
	}
	r.hold(out)
	r.refill()
	return out
}

// hold notes what was handed out and is to be settled. Without a group nobody
// need settle anything, unless to have more than a prefetch.
func (r *consumer) hold(out []*driver.Message) {
	if r.opts.Group == "" && r.opts.Prefetch < 1 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range out {
		d := m.Token.(*delivery)
		d.place = len(r.held)
		r.held = append(r.held, d)
	}
}

// fill makes a message. It reports false for one that is passed over, since it
// was produced before the start.
func (r *consumer) fill(m *driver.Message, d *delivery) bool {
	incoming(m, d.m, d.facts.stored)
	if r.opts.Start.Kind == driver.AtTime {
		if from := r.sourceOf(d.facts.stream); from != nil && m.Timestamp.Before(from.begin.produced) {
			r.pass(d)
			return false
		}
	}
	if reply := d.m.Header[ReplyHeader]; len(reply) == 1 {
		m.ReplyTo = reply[0]
	}
	return true
}

// pass settles what nobody is to see.
func (r *consumer) pass(d *delivery) {
	if r.opts.Group != "" {
		_ = r.client.Publish(d.m.Reply, ackDone) // where it is lost, it comes and is passed over again
	}
}

func (r *consumer) sourceOf(stream string) *source {
	for _, s := range r.sources {
		if s.stream == stream {
			return s
		}
	}
	return nil
}

// Close tells the server which messages are to be delivered again, and ends
// the subscription.
func (r *consumer) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	close(r.gone)
	r.mu.Unlock()
	r.stop()
	r.keeper.Wait()
	r.opened.Forget(r)

	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	var errs []error
	if r.client.IsConnected() {
		errs = append(errs, r.leave(ctx))
	}
	r.queue.close()
	if r.dead != nil {
		errs = append(errs, r.dead.Close())
	}
	return r.failed(errors.Join(errs...))
}

// leave returns what is not settled. What was on its way when the subscription
// ended is waited for: the server would hold it back until its patience ends.
func (r *consumer) leave(ctx context.Context) error {
	for _, s := range r.sources {
		s.drain(ctx)
	}
	if r.opts.Group == "" {
		for _, s := range r.sources {
			_ = r.js.DeleteConsumer(ctx, s.stream, s.name()) // it ends by itself, later
		}
		return nil
	}
	for _, s := range r.sources {
		// Asked about a consumer, the server forgets requests that nobody waits
		// for; else it would try to answer one with the first of the messages,
		// and put that behind the others.
		_, _ = r.js.Consumer(ctx, s.stream, s.name())
	}
	unsettled := make(map[place]string)
	for _, a := range r.queue.take(0) {
		unsettled[place{a.facts.stream, a.facts.sequence}] = a.m.Reply
	}
	r.mu.Lock()
	for _, d := range r.held {
		at := place{d.facts.stream, d.facts.sequence}
		if _, again := unsettled[at]; again && d.failed {
			continue // it was delivered once more since
		}
		unsettled[at] = d.m.Reply
	}
	r.held, r.failures = nil, 0
	r.mu.Unlock()
	for _, at := range slices.SortedFunc(maps.Keys(unsettled), place.compare) {
		if err := r.client.Publish(unsettled[at], ackAgain); err != nil {
			return err
		}
	}
	return r.flush(ctx)
}

// place orders messages as they were stored.
type place struct {
	stream   string
	sequence uint64
}

func (p place) compare(q place) int {
	if p.stream != q.stream {
		return strings.Compare(p.stream, q.stream)
	}
	if p.sequence < q.sequence {
		return -1
	}
	return 1
}
