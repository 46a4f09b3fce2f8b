package nats

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/weft-dev/weft/wire/driver"
)

// window is how many messages of one Send wait for their confirmation at once.
const window = 4096

// publisher sends to one subject that a stream stores.
type publisher struct {
	*streams
	opts driver.SenderOptions

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// OpenSender looks for the stream, so that a missing one is found now.
func (c *streams) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	p := &publisher{streams: c, opts: opts}
	if err := checkSender(opts); err != nil {
		return nil, p.failed(err)
	}
	if _, err := c.ensure(ctx, opts.Address, opts.Create); err != nil {
		return nil, p.failed(err)
	}
	if !c.opened.Keep(p) {
		return nil, p.failed(nats.ErrConnectionClosed)
	}
	return p, nil
}

func (p *publisher) failed(err error) error { return p.fail(err, "send to", p.opts.Address) }

// Send returns once a stream has stored every message. When the connection
// breaks it sends again what was not confirmed: each message has an id by which
// the stream knows it again.
func (p *publisher) Send(ctx context.Context, messages []*driver.Message) error {
	return p.send(ctx, messages, "")
}

// send sends messages, which have their own ids unless one is given.
func (p *publisher) send(ctx context.Context, messages []*driver.Message, id string) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.busy.Done()
	list := make([]*nats.Msg, len(messages))
	for i, m := range messages {
		out, err := p.outgoing(m, id)
		if err != nil {
			return p.failed(err)
		}
		list[i] = out
	}
	errs := make([]error, len(messages))
	for start := 0; start < len(list); start += window {
		end := min(start+window, len(list))
		p.store(ctx, messages[start:end], list[start:end], errs[start:end])
	}
	for i, err := range errs {
		errs[i] = p.failed(err)
	}
	return driver.JoinBatch(errs)
}

// outgoing makes the client's form of a message, with an id. The application's
// own id is good for one subject: what is forwarded within a stream is stored.
func (p *publisher) outgoing(m *driver.Message, id string) (*nats.Msg, error) {
	out, err := outgoing(p.opts.Address, m)
	if err != nil {
		return nil, err
	}
	if out.Header == nil {
		out.Header = make(nats.Header, 1)
	}
	if m.ReplyTo != "" {
		out.Header[ReplyHeader] = []string{m.ReplyTo}
	}
	own := out.Header[IDHeader]
	switch {
	case id != "":
	case len(out.Header[nats.MsgIdHdr]) > 0:
		return out, nil
	case len(own) > 0 && own[0] != "":
		id = own[0] + "@" + p.opts.Address
	default:
		id = nuid.Next()
	}
	out.Header[nats.MsgIdHdr] = []string{generatedID + id}
	return out, nil
}

// store publishes messages until each is stored or has failed for good.
func (p *publisher) store(ctx context.Context, messages []*driver.Message, list []*nats.Msg, errs []error) {
	todo := make([]int, 0, len(list))
	for i, m := range messages {
		if errs[i] = tooLarge(m, p.opts.MaxMessageBytes); errs[i] == nil {
			todo = append(todo, i)
		}
	}
	for len(todo) > 0 {
		if err := p.await(ctx); err != nil {
			for _, i := range todo {
				errs[i] = err
			}
			return
		}
		p.publishAll(ctx, list, todo, errs)
		todo = slices.DeleteFunc(todo, func(i int) bool { return !isPassing(errs[i]) || ctx.Err() != nil })
	}
}

// isPassing reports whether a message may be published again since the
// connection broke, or too many were waiting.
func isPassing(err error) bool {
	for _, passing := range []error{nats.ErrDisconnected, nats.ErrReconnectBufExceeded, jetstream.ErrTooManyStalledMsgs} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return isBroken(err) // the id of the message keeps it from being stored twice
}

// publishAll writes messages in order and waits for the confirmations.
func (p *publisher) publishAll(ctx context.Context, list []*nats.Msg, todo []int, errs []error) {
	if p.opts.Acks == driver.AcksNone {
		for _, i := range todo {
			errs[i] = p.publish(ctx, list[i])
		}
		return
	}
	futures := make([]jetstream.PubAckFuture, len(todo))
	for n, i := range todo {
		futures[n], errs[i] = p.js.PublishMsgAsync(list[i])
		if errs[i] != nil && isPassing(errs[i]) {
			for _, later := range todo[n:] {
				errs[later] = errs[i] // in order, or not yet
			}
			break
		}
	}
	for n, i := range todo {
		if futures[n] == nil {
			continue
		}
		select {
		case <-futures[n].Ok():
			errs[i] = nil
		case err := <-futures[n].Err():
			errs[i] = err
		case <-ctx.Done():
			errs[i] = ctx.Err()
		}
	}
}

func (p *publisher) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return p.failed(nats.ErrConnectionClosed)
	}
	p.busy.Add(1)
	return nil
}

// Close waits for what is under way.
func (p *publisher) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.busy.Wait()
	p.opened.Forget(p)
	return nil
}

func listed[T any](known map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}
