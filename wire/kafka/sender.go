package kafka

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
)

// sender sends to one topic, through a client that it may share.
type sender struct {
	conn   *conn
	client *kgo.Client
	topic  string
	count  int // partitions of the topic when the sender was opened

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// OpenSender looks the topic up, so that a missing one is found now.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	if err := driver.CheckParams(opts.Params, "client.id"); err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	count, err := c.ensure(ctx, op, opts.Address, opts.Create)
	if err != nil {
		return nil, err
	}
	kind := producerKind{
		acks:        opts.Acks,
		compression: opts.Compression,
		linger:      opts.Linger,
		maxBytes:    opts.MaxMessageBytes,
		clientID:    opts.Params["client.id"],
	}
	if kind.compression == "none" {
		kind.compression = ""
	}
	client, err := c.producer(kind)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	s := &sender{conn: c, client: client, topic: opts.Address, count: count}
	if !c.opened.Keep(s) {
		return nil, s.fail(kgo.ErrClientClosed)
	}
	return s, nil
}

// Send hands all messages to the client, which batches them with those of
// other Sends, and waits for their confirmations.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.busy.Done()
	records, err := s.records(messages)
	if err != nil {
		return err
	}
	p := &produced{records: records, left: len(records), done: make(chan struct{})}
	promise := p.confirmed
	for i := range records {
		s.client.Produce(ctx, &records[i], promise)
	}
	select {
	case <-p.done:
		return s.result(p)
	case <-ctx.Done():
	}
	// The client gives up on its own as soon as it can tell what happened,
	// which may be never: a broker that fell silent must not hold the caller.
	select {
	case <-p.done:
		return s.result(p)
	default:
		return s.fail(ctx.Err())
	}
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail(kgo.ErrClientClosed)
	}
	s.busy.Add(1)
	return nil
}

func (s *sender) result(p *produced) error {
	if p.errs == nil {
		return nil
	}
	for i, err := range p.errs {
		if partition := p.records[i].Partition; err != nil && int(partition) >= s.count {
			err = invalidError{fmt.Errorf("there is no partition %d: the topic has %d", partition, s.count)}
		}
		p.errs[i] = s.fail(err)
	}
	return driver.JoinBatch(p.errs)
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.topic) }

// records makes the client's form of messages, all in one piece of memory.
func (s *sender) records(messages []*driver.Message) ([]kgo.Record, error) {
	records := make([]kgo.Record, len(messages))
	for i, m := range messages {
		r := &records[i]
		r.Topic, r.Key, r.Value, r.Timestamp = s.topic, m.Key, m.Body, m.Timestamp
		r.Headers = headersOf(m)
		r.Partition = byKey
		if len(m.Params) == 0 {
			continue
		}
		partition, err := chosenPartition(m)
		if err != nil {
			return nil, s.fail(invalidError{err})
		}
		r.Partition = partition
	}
	return records, nil
}

func headersOf(m *driver.Message) []kgo.RecordHeader {
	n := len(m.Headers)
	if m.CorrelationID != "" {
		n++
	}
	if n == 0 {
		return nil
	}
	headers := make([]kgo.RecordHeader, len(m.Headers), n)
	for i, h := range m.Headers {
		headers[i] = kgo.RecordHeader{Key: h.Name, Value: h.Value}
	}
	if m.CorrelationID == "" {
		return headers
	}
	if _, set := m.Header(CorrelationHeader); set {
		return headers
	}
	return append(headers, kgo.RecordHeader{Key: CorrelationHeader, Value: []byte(m.CorrelationID)})
}

func chosenPartition(m *driver.Message) (int32, error) {
	if err := driver.CheckParams(m.Params, "partition"); err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(m.Params["partition"], 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not the number of a partition", m.Params["partition"])
	}
	return int32(n), nil
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

// produced gathers the confirmations of one Send.
type produced struct {
	records []kgo.Record

	mu   sync.Mutex
	left int
	errs []error // nil until the first failure
	done chan struct{}
}

func (p *produced) confirmed(r *kgo.Record, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.failed(r, err)
	}
	if p.left--; p.left == 0 {
		close(p.done)
	}
}

func (p *produced) failed(r *kgo.Record, err error) {
	if p.errs == nil {
		p.errs = make([]error, len(p.records))
	}
	for i := range p.records {
		if &p.records[i] == r {
			p.errs[i] = err
			return
		}
	}
}
