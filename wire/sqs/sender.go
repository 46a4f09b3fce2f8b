package sqs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/weft-dev/weft/wire/driver"
)

// The parameters of messages.
const (
	ParamGroup = "messageGroupId"
	ParamDedup = "messageDeduplicationId"
	ParamDelay = "delaySeconds"
)

// underWay is how many requests of one call are under way at a time: enough to
// hide the distance to the service, few enough for small machines.
const underWay = 4

// entry is one message of a request.
type entry struct {
	*envelope
	index int // of the message in its Send
	dedup string
	delay int32
}

// request hands a batch to a service and returns one error for each entry.
type request func(ctx context.Context, batch []*entry) []error

// sender sends to one queue or topic.
type sender struct {
	conn    *conn
	opts    driver.SenderOptions
	limit   int
	fifo    bool
	content bool
	request request

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

func checkSender(opts driver.SenderOptions) error {
	if opts.Compression != "" && opts.Compression != "none" {
		return fmt.Errorf("unknown compression %q: there is none", opts.Compression)
	}
	return driver.CheckParams(opts.Params, ParamGroup)
}

func newSender(c *conn, opts driver.SenderOptions, fifo, content bool, send request) *sender {
	s := &sender{conn: c, opts: opts, limit: opts.MaxMessageBytes, fifo: fifo, content: content, request: send}
	if s.limit <= 0 {
		s.limit = maxMessage
	}
	return s
}

// Send packs messages into as few requests as may be. Those of a FIFO queue go
// one after the other, and none after one that failed.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.busy.Done()
	errs := make([]error, len(messages))
	entries := make([]*entry, 0, len(messages))
	for i, m := range messages {
		e, err := s.entry(m)
		if err != nil {
			errs[i] = s.fail(err)
			continue
		}
		e.index = i
		entries = append(entries, e)
	}
	batches := batchesOf(entries)
	if s.fifo {
		s.inOrder(ctx, batches, errs)
	} else {
		atOnce(len(batches), func(i int) { s.send(ctx, batches[i], errs) })
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

// send sends one batch and notes what became of each message.
func (s *sender) send(ctx context.Context, batch []*entry, errs []error) (all bool) {
	all = true
	for i, err := range s.request(ctx, batch) {
		if err != nil {
			errs[batch[i].index], all = s.fail(err), false
		}
	}
	return all
}

// inOrder stops at the first failure: a message that was sent after one of its
// key that was not would break the order.
func (s *sender) inOrder(ctx context.Context, batches [][]*entry, errs []error) {
	for i, batch := range batches {
		if s.send(ctx, batch, errs) {
			continue
		}
		for _, rest := range batches[i+1:] {
			for _, e := range rest {
				errs[e.index] = &driver.Error{
					Kind: driver.ErrServer, Op: "send to", Server: s.conn.server.String(), Address: s.opts.Address,
					Err: errors.New("one before it was not sent"), NotSent: true,
				}
			}
		}
		return
	}
}

// entry makes a message ready.
func (s *sender) entry(m *driver.Message) (*entry, error) {
	if err := driver.CheckParams(m.Params, ParamGroup, ParamDedup, ParamDelay); err != nil {
		return nil, invalidError{err}
	}
	wrapped, err := wrap(m, s.fifo)
	if err != nil {
		return nil, invalidError{err}
	}
	if size := wrapped.size(); size > s.limit {
		return nil, &driver.Error{
			Kind: driver.ErrTooLarge, Op: "send to", Server: s.conn.server.String(), Address: s.opts.Address, NotSent: true,
			Err:  fmt.Errorf("%d bytes with attributes, the limit is %d", size, s.limit),
			Hint: "send less, or a reference to where the rest is; a binary body is a third larger as base64",
		}
	}
	e := &entry{envelope: wrapped}
	return e, s.order(e, m)
}

// order fills in what only FIFO queues have, and what they do not have.
func (s *sender) order(e *entry, m *driver.Message) error {
	if text, ok := m.Params[ParamDelay]; ok {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 || n > 900 {
			return invalidError{fmt.Errorf("%s is %q: write 0 to 900 seconds", ParamDelay, text)}
		}
		e.delay = int32(n)
	}
	group, given := m.Params[ParamGroup]
	e.dedup = m.Params[ParamDedup]
	if !s.fifo {
		if given || e.dedup != "" {
			return invalidError{fmt.Errorf("%s and %s are for FIFO queues, whose names end in .fifo", ParamGroup, ParamDedup)}
		}
		e.group = ""
		return nil
	}
	if e.delay != 0 {
		return invalidError{errors.New("a FIFO queue delays all messages alike, by its attribute DelaySeconds")}
	}
	switch {
	case given:
		e.group = group
	case m.Key == nil && s.opts.Params[ParamGroup] != "":
		e.group = s.opts.Params[ParamGroup]
	}
	if e.dedup == "" && !s.content {
		e.dedup = random()
	}
	return nil
}

// random returns an identifier that nobody has used.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// batchesOf fills requests up to what the service takes.
func batchesOf(entries []*entry) [][]*entry {
	var batches [][]*entry
	first, size := 0, 0
	for i, e := range entries {
		n := e.size()
		if i > first && (i-first == maxBatch || size+n > maxMessage) {
			batches = append(batches, entries[first:i])
			first, size = i, 0
		}
		size += n
	}
	if first < len(entries) {
		batches = append(batches, entries[first:])
	}
	return batches
}

// atOnce does n things, some of them at the same time.
func atOnce(n int, do func(i int)) {
	if n == 1 {
		do(0)
		return
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, underWay)
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			do(i)
		})
	}
	all.Wait()
}

// toQueue sends to a queue.
func (c *conn) toQueue(url string) request {
	return func(ctx context.Context, batch []*entry) []error {
		in := &awssqs.SendMessageBatchInput{QueueUrl: &url, Entries: make([]types.SendMessageBatchRequestEntry, len(batch))}
		for i, e := range batch {
			in.Entries[i] = types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: &e.body, MessageAttributes: queueAttributes(e.attrs),
				MessageGroupId: optional(e.group), MessageDeduplicationId: optional(e.dedup), DelaySeconds: e.delay,
			}
		}
		out, err := c.sqs.SendMessageBatch(ctx, in)
		errs := spread(err, len(batch))
		if err == nil {
			failures(errs, out.Failed)
			unanswered(errs, len(out.Successful)+len(out.Failed))
		}
		return errs
	}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func queueAttributes(attrs map[string]attribute) map[string]types.MessageAttributeValue {
	if len(attrs) == 0 {
		return nil
	}
	out := make(map[string]types.MessageAttributeValue, len(attrs))
	for name, a := range attrs {
		value := types.MessageAttributeValue{DataType: aws.String(a.kind()), BinaryValue: a.data}
		if !a.binary {
			value.StringValue = aws.String(a.text)
		}
		out[name] = value
	}
	return out
}

// spread gives each of n the error of all.
func spread(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// failures notes the entries that a service refused.
func failures(errs []error, failed []types.BatchResultErrorEntry) {
	for _, f := range failed {
		note(errs, f.Id, f.Code, f.Message)
	}
}

// unanswered keeps a service that forgets entries from losing messages: when it
// did not answer for each, none is known to be sent.
func unanswered(errs []error, answers int) {
	if answers == len(errs) {
		return
	}
	for i, err := range errs {
		if err == nil {
			errs[i] = fmt.Errorf("%d of %d entries were answered", answers, len(errs))
		}
	}
}

func note(errs []error, id, code, message *string) {
	i, err := strconv.Atoi(aws.ToString(id))
	if err == nil && i >= 0 && i < len(errs) {
		errs[i] = &smithy.GenericAPIError{Code: aws.ToString(code), Message: aws.ToString(message)}
	}
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
