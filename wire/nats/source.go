package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// batch is how many messages are asked for ahead where the caller lets us
	// choose, and batchBytes how many bytes of them. With a quarter of it the
	// server waits for us half of the time.
	batch      = 4000
	batchBytes = 64 << 20
	// patience is how long a request for messages stands, and grace how long
	// after it the server's word that it ended is waited for.
	patience = 30 * time.Second
	grace    = 5 * time.Second
	// idle is how long the server keeps a consumer that is nobody's durable one
	// without a word from us.
	idle = 5 * time.Minute
)

// source is a stream's consumer, from which messages are pulled: so many as
// there is room for. It is made anew where the server has lost it.
type source struct {
	receiver *consumer
	stream   string
	begin    start
	inbox    string
	sub      *nats.Subscription

	mu       sync.Mutex
	consumer string    // its name at the server
	asked    int       // messages asked for that have not come
	until    time.Time // when the last request ends
	last     uint64    // sequence of the last message, without a group
	order    uint64    // its place among the consumer's deliveries
	lost     bool      // the consumer must be looked for, or made anew
}

// listen subscribes to what the consumer will send.
func (s *source) listen() error {
	s.inbox = s.receiver.client.NewInbox()
	sub, err := s.receiver.client.Subscribe(s.inbox, s.arrived)
	if err != nil {
		return err
	}
	s.sub = sub
	return sub.SetPendingLimits(-1, -1) // no more comes than was asked for
}

func (s *source) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.consumer
}

// join finds the group's consumer, or makes one.
func (s *source) join(ctx context.Context) error {
	if s.receiver.opts.Group == "" {
		return s.alone(ctx)
	}
	r := s.receiver
	found, err := r.js.Consumer(ctx, s.stream, r.set.durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		found, err = s.makeGroup(ctx)
	}
	if err != nil {
		return err
	}
	config := found.CachedInfo().Config
	if config.FilterSubject != r.opts.Address && config.FilterSubject != "" {
		return invalidError{fmt.Errorf("the consumer %q of stream %s is for %q", r.set.durable, s.stream, config.FilterSubject)}
	}
	if config.AckPolicy != jetstream.AckExplicitPolicy {
		return invalidError{fmt.Errorf("the consumer %q of stream %s does not acknowledge each message", r.set.durable, s.stream)}
	}
	if config.OptStartTime == nil || s.begin.from.IsZero() || !config.OptStartTime.Equal(s.begin.from) {
		s.begin.produced = time.Time{} // the group began elsewhere
	}
	r.set.ackWait = min(r.set.ackWait, config.AckWait)
	s.joined(found)
	return nil
}

func (s *source) makeGroup(ctx context.Context) (jetstream.Consumer, error) {
	r := s.receiver
	config := jetstream.ConsumerConfig{
		Durable: r.set.durable, FilterSubject: r.opts.Address, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: r.set.ackWait, MaxDeliver: r.set.maxDeliver, MaxAckPending: r.set.maxAckPending,
	}
	s.begin.config(&config)
	made, err := r.js.CreateConsumer(ctx, s.stream, config)
	if err == nil {
		return made, nil
	}
	// Another member of the group may have been quicker.
	if found, again := r.js.Consumer(ctx, s.stream, r.set.durable); again == nil {
		return found, nil
	}
	return nil, err
}

// alone makes a consumer that goes on after the last message.
func (s *source) alone(ctx context.Context) error {
	config := jetstream.ConsumerConfig{
		FilterSubject: s.receiver.opts.Address, AckPolicy: jetstream.AckNonePolicy,
		InactiveThreshold: idle, MemoryStorage: true, Replicas: 1,
	}
	begin := s.begin
	s.mu.Lock()
	if s.last > 0 {
		begin = start{sequence: s.last + 1}
	}
	s.mu.Unlock()
	begin.config(&config)
	made, err := s.receiver.js.CreateConsumer(ctx, s.stream, config)
	if err != nil {
		return err
	}
	s.joined(made)
	return nil
}

func (s *source) joined(c jetstream.Consumer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consumer, s.asked, s.order, s.lost = c.CachedInfo().Name, 0, 0, false
}

// arrived takes what comes: a message, or the server's word about a request.
func (s *source) arrived(m *nats.Msg) {
	if m.Reply == "" || len(m.Data) == 0 && m.Header.Get("Status") != "" {
		s.told(m)
		return
	}
	f, ok := readFacts(m.Reply)
	if !ok {
		return // nobody's message: the subject is ours alone
	}
	admitted, low := s.admit(f)
	if admitted {
		s.receiver.queue.push(arrival{m: m, facts: f})
	}
	if low {
		s.receiver.refill()
	}
}

// admit reports whether a message is the next one, and whether it is time to
// ask for more. Without a group nothing is delivered twice, so that what came
// twice, or too early since something was lost on the way, is found by its
// numbers.
func (s *source) admit(f facts) (admitted, low bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.receiver.opts.Group == "" {
		if f.consumer != s.consumer || s.lost {
			return false, false
		}
		if f.order != s.order+1 {
			s.lost = true
			s.receiver.look()
			return false, false
		}
		s.order, s.last = f.order, f.sequence
	}
	s.asked = max(0, s.asked-1)
	return true, s.asked <= batch/2
}

// told handles the server's word about a request: that it ended, how much of it
// was left, or that there is no such consumer.
func (s *source) told(m *nats.Msg) {
	status := m.Header.Get("Status")
	if status == "100" {
		return
	}
	left, err := strconv.Atoi(m.Header.Get("Nats-Pending-Messages"))
	s.mu.Lock()
	if err == nil {
		s.asked = max(0, s.asked-left)
	} else {
		s.asked = 0
		s.lost = s.lost || status == noResponders || status == "409"
	}
	lost := s.lost
	s.mu.Unlock()
	if lost {
		s.receiver.look()
		return
	}
	s.receiver.refill()
}

// request is a request for messages, as the server reads it.
type request struct {
	Batch    int           `json:"batch"`
	Expires  time.Duration `json:"expires"`
	MaxBytes int64         `json:"max_bytes,omitempty"`
}

// refill asks for as many messages as there is room for, once that is worth
// while.
func (r *consumer) refill() {
	r.mu.Lock()
	room := batch
	if r.opts.Prefetch > 0 {
		room = r.vacant()
	}
	closed := r.closed || r.broken != nil
	r.mu.Unlock()
	if closed {
		return
	}
	room -= r.queue.len()
	for _, s := range r.sources {
		s.ask(room)
	}
}

// ask asks for what is missing to a number of messages.
func (s *source) ask(room int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := room - s.asked
	if s.lost || missing < 1 || s.asked > 0 && missing < batch/2 && s.receiver.opts.Prefetch < 1 {
		return
	}
	r := s.receiver
	text, err := json.Marshal(request{Batch: missing, Expires: patience, MaxBytes: max(batchBytes, 2*r.client.MaxPayload())})
	if err != nil {
		return // it is a struct of numbers
	}
	if err := r.client.PublishRequest(r.api+"CONSUMER.MSG.NEXT."+s.stream+"."+s.consumer, s.inbox, text); err != nil {
		return // without a connection; a new one makes it ask again
	}
	s.asked += missing
	s.until = time.Now().Add(patience)
}

// stale reports whether the server must have forgotten a request.
func (s *source) stale(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked > 0 && now.After(s.until.Add(grace))
}

// doubt makes the consumer be looked for.
func (s *source) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = true
}

func (s *source) isLost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

// drain ends the subscription once all that was on its way has arrived.
func (s *source) drain(ctx context.Context) {
	done := make(chan struct{})
	s.sub.SetClosedHandler(func(string) { close(done) })
	if err := s.sub.Drain(); err != nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}
