package googlepubsub

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/weft-dev/weft/wire/driver"
)

// What one request carries at most.
const (
	maxBatch      = 1000
	maxBatchBytes = 9<<20 + 256<<10
)

// underWay is how many requests of one call are under way at a time.
const underWay = 4

// sender publishes to one topic.
type sender struct {
	conn  *conn
	opts  driver.SenderOptions
	topic string
	limit int

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

func (c *conn) newSender(ctx context.Context, opts driver.SenderOptions) (*sender, error) {
	if opts.Compression != "" && opts.Compression != "none" {
		return nil, invalidError{fmt.Errorf("unknown compression %q: there is none", opts.Compression)}
	}
	if err := driver.CheckParams(opts.Params); err != nil {
		return nil, invalidError{err}
	}
	topic, err := c.ensureTopic(ctx, opts.Address, opts.Create)
	if err != nil {
		return nil, err
	}
	s := &sender{conn: c, opts: opts, topic: topic, limit: opts.MaxMessageBytes}
	if s.limit <= 0 {
		s.limit = Driver{}.Capabilities().MaxMessageBytes
	}
	return s, nil
}

// parcel is what one request carries.
type parcel struct {
	messages []*pubsubpb.PubsubMessage
	indexes  []int // of the messages in their Send
	size     int
	ordered  bool
}

// Send packs messages into as few requests as may be. Where messages have keys
// the requests go one after the other, and none after one that failed.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.busy.Done()
	errs := make([]error, len(messages))
	parcels := s.pack(messages, errs)
	ordered := false
	for _, p := range parcels {
		ordered = ordered || p.ordered
	}
	if ordered || len(parcels) < 2 {
		s.inOrder(ctx, parcels, errs)
		return driver.JoinBatch(errs)
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, underWay)
	for _, p := range parcels {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			s.publish(ctx, p, errs)
		})
	}
	all.Wait()
	return driver.JoinBatch(errs)
}

func (s *sender) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return s.fail(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail(errClosed)
	}
	s.busy.Add(1)
	return nil
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.opts.Address) }

// pack fills requests up to what the service takes.
func (s *sender) pack(messages []*driver.Message, errs []error) []*parcel {
	var parcels []*parcel
	for i, m := range messages {
		wrapped, err := s.wrap(m)
		if err != nil {
			errs[i] = s.fail(err)
			continue
		}
		size := proto.Size(wrapped)
		last := len(parcels) - 1
		if last < 0 || len(parcels[last].messages) == maxBatch || parcels[last].size+size > maxBatchBytes {
			parcels, last = append(parcels, &parcel{}), last+1
		}
		p := parcels[last]
		p.messages, p.indexes, p.size = append(p.messages, wrapped), append(p.indexes, i), p.size+size
		p.ordered = p.ordered || wrapped.GetOrderingKey() != ""
	}
	return parcels
}

func (s *sender) wrap(m *driver.Message) (*pubsubpb.PubsubMessage, error) {
	wrapped, err := wrap(m)
	if err != nil {
		return nil, invalidError{err}
	}
	size := len(wrapped.GetData()) + len(wrapped.GetOrderingKey())
	for name, value := range wrapped.GetAttributes() {
		size += len(name) + len(value)
	}
	if size <= s.limit {
		return wrapped, nil
	}
	return nil, &driver.Error{
		Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.opts.Address, NotSent: true,
		Err:  fmt.Errorf("%d bytes with attributes, the limit is %d", size, s.limit),
		Hint: "send less, or a reference to where the rest is",
	}
}

// inOrder stops at the first failure: a message that was sent after one of its
// key that was not would break the order.
func (s *sender) inOrder(ctx context.Context, parcels []*parcel, errs []error) {
	for i, p := range parcels {
		if s.publish(ctx, p, errs) {
			continue
		}
		for _, rest := range parcels[i+1:] {
			for _, index := range rest.indexes {
				errs[index] = &driver.Error{
					Kind: driver.ErrServer, Op: "send to", Server: s.conn.server.String(), Address: s.opts.Address,
					Err: errors.New("one before it was not sent"), NotSent: true,
				}
			}
		}
		return
	}
}

// publish sends one request, which the service takes as a whole or not at all.
func (s *sender) publish(ctx context.Context, p *parcel, errs []error) bool {
	out, err := s.conn.topics.Publish(ctx, &pubsubpb.PublishRequest{Topic: s.topic, Messages: p.messages})
	if err == nil && len(out.GetMessageIds()) != len(p.messages) {
		err = fmt.Errorf("%d of %d messages were answered", len(out.GetMessageIds()), len(p.messages))
	}
	if err == nil {
		return true
	}
	for _, index := range p.indexes {
		errs[index] = s.fail(err)
	}
	return false
}

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	s.conn.opened.Forget(s)
	return nil
}
