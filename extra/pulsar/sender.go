package pulsar

import (
	"context"
	"fmt"
	"sync"
	"time"

	client "github.com/apache/pulsar-client-go/pulsar"

	"github.com/weft-dev/weft/extra/attributes"
	"github.com/weft-dev/weft/wire/driver"
)

// linger is how long a message waits for company by default: the broker stores
// batches, and a batch is as dear as a message.
const linger = time.Millisecond

// sender sends to one topic.
type sender struct {
	conn     *conn
	opts     driver.SenderOptions
	limit    int
	producer client.Producer

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

func (c *conn) newSender(ctx context.Context, opts driver.SenderOptions) (*sender, error) {
	topic, err := c.place(opts.Address, opts.Params)
	if err != nil {
		return nil, err
	}
	compression, err := checkCompression(opts.Compression)
	if err != nil {
		return nil, invalidError{err}
	}
	options := client.ProducerOptions{
		Topic:                   topic,
		CompressionType:         compression,
		BatchingMaxPublishDelay: max(opts.Linger, linger),
		// Receivers that share by key want batches of one key.
		BatcherBuilderType: client.KeyBasedBatchBuilder,
		HashingScheme:      client.Murmur3_32Hash, // as clients in other languages
		SendTimeout:        -1,                    // each Send has its own; one here would outlive the producer
		BackOffPolicyFunc:  newCalm,
	}
	producer, err := within(ctx, c, func() (client.Producer, error) { return c.client.CreateProducer(options) }, client.Producer.Close)
	if err != nil {
		return nil, err
	}
	s := &sender{conn: c, opts: opts, limit: opts.MaxMessageBytes, producer: producer}
	if s.limit <= 0 {
		s.limit = Driver{}.Capabilities().MaxMessageBytes
	}
	return s, nil
}

// limits are those of properties: there are none.
var limits = attributes.Limits{}

// wrap makes a message ready for the library.
func wrap(m *driver.Message) (*client.ProducerMessage, error) {
	if err := driver.CheckParams(m.Params); err != nil {
		return nil, err
	}
	form, err := limits.Wrap(m, nil, false)
	if err != nil {
		return nil, err
	}
	body := m.Body
	if body == nil {
		body = []byte{} // the library takes nil for a value that is missing
	}
	return &client.ProducerMessage{Payload: body, Key: form.Key, Properties: form.Attributes, EventTime: m.Timestamp}, nil
}

// outcome is what became of one message.
type outcome struct {
	index int
	err   error
}

// Send hands all messages over, then waits for the broker to have stored them.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.busy.Done()
	errs := make([]error, len(messages))
	done := make(chan outcome, len(messages))
	waiting := make(map[int]bool, len(messages))
	for i, m := range messages {
		wrapped, err := s.wrap(m)
		if err != nil {
			errs[i] = s.fail(err)
			continue
		}
		waiting[i] = true
		s.producer.SendAsync(ctx, wrapped, func(_ client.MessageID, _ *client.ProducerMessage, err error) { done <- outcome{i, err} })
	}
	for len(waiting) > 0 {
		select {
		case o := <-done:
			delete(waiting, o.index)
			errs[o.index] = s.fail(o.err)
		case <-ctx.Done():
			for i := range waiting {
				errs[i] = s.fail(ctx.Err())
			}
			return driver.JoinBatch(errs)
		}
	}
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

func (s *sender) wrap(m *driver.Message) (*client.ProducerMessage, error) {
	wrapped, err := wrap(m)
	if err != nil {
		return nil, invalidError{err}
	}
	size := len(wrapped.Payload) + len(wrapped.Key)
	for name, value := range wrapped.Properties {
		size += len(name) + len(value)
	}
	if size <= s.limit {
		return wrapped, nil
	}
	return nil, &driver.Error{
		Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.opts.Address, NotSent: true,
		Err:  fmt.Errorf("%d bytes with properties, the limit is %d", size, s.limit),
		Hint: "send less, or a reference to where the rest is",
	}
}

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	already := s.closed
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	if !already {
		s.producer.Close()
	}
	s.conn.opened.Forget(s)
	return nil
}
