package mock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// replyWithin is how long a request waits for its reply where nobody says.
const replyWithin = 30 * time.Second

// maxAsked bounds how many requests of one operation are remembered. Beyond it
// the oldest is given up before its time.
const maxAsked = 100_000

// asks is the other half of an operation by which the application asks: it
// listens to the replies and knows which requests wait for one.
type asks struct {
	mock     *Mock
	op       *asyncapi.Operation
	receiver *endpoint.Receiver
	// replyTo is where replies are wanted, where requests say so.
	replyTo string

	mu    sync.Mutex
	open  map[string]*asked // by correlation id
	queue []*asking         // in the order in which they were sent
}

// asked is what is known of one correlation id.
type asked struct {
	waiting int // requests without a reply
	queued  int // requests that are in the queue
}

// asking is one request.
type asking struct {
	id string
	at time.Time // when it was sent; zero until then
	// failed says that it could not be sent: that is told, and so it is not told
	// once more as a request without a reply.
	failed bool
}

// asks opens where the replies of an operation arrive. An address that the
// contract leaves to the request is one of this mock's own.
func (m *Mock) asks(ctx context.Context, op *asyncapi.Operation) (*asks, error) {
	target, err := endpoint.ReplyOf(op, endpoint.Receive)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.source.Name, err)
	}
	a := &asks{mock: m, op: op, open: map[string]*asked{}}
	address := ""
	if target.AddressFrom != "" && (target.Channel == nil || !target.Channel.HasAddress) {
		address = "weft-mock-" + m.source.Name + "-" + op.ID + "-" + strconv.FormatInt(m.begun.UnixNano(), 36)
	}
	if a.receiver, err = m.receiverAt(ctx, target, address, a.rejected); err != nil {
		return nil, fmt.Errorf("%s: the replies of %s: %w", m.source.Name, op.ID, err)
	}
	if target.AddressFrom != "" {
		a.replyTo = a.receiver.Address()
	}
	return a, nil
}

func (a *asks) rejected(r *endpoint.Rejected) {
	a.mock.tally.rejected(a.op.ID)
	a.mock.tell(Event{Kind: Rejected, Operation: a.op.ID, Rejected: r})
}

// expect notes a request that is about to be sent; sent says what became of it.
func (a *asks) expect(m *endpoint.Message) *asking {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	id := idOf(m)
	e := a.open[id]
	if e == nil {
		e = &asked{}
		a.open[id] = e
	}
	e.waiting++
	e.queued++
	request := &asking{id: id}
	a.queue = append(a.queue, request)
	overfull := len(a.queue) > maxAsked
	a.mu.Unlock()
	if overfull {
		a.giveUp(time.Now(), 1)
	}
	return request
}

// sent says that a request is on its way, or could not be sent. Should one have
// arrived all the same, its reply is known for as long as that of others.
func (a *asks) sent(request *asking, err error) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	request.at, request.failed = time.Now(), err != nil
	if e := a.open[request.id]; e != nil && request.failed && e.waiting > 0 {
		e.waiting--
	}
}

// idOf is by what a reply is found; "" where contract and protocol have no place
// for it, and any reply is that of the oldest request.
func idOf(m *endpoint.Message) string {
	if m.CorrelationID == nil {
		return ""
	}
	return fmt.Sprint(m.CorrelationID)
}

// giveUp tells of requests that wait since before a time, at most so many of
// them where most is not 0, and forgets them.
func (a *asks) giveUp(before time.Time, most int) {
	lost := 0
	a.mu.Lock()
	for n := 0; len(a.queue) > 0 && a.queue[0].over(before) && (most == 0 || n < most); n++ {
		first := a.queue[0]
		a.queue = a.queue[1:]
		e := a.open[first.id]
		if !first.failed && e.waiting >= e.queued { // of as many as have no reply one is this
			e.waiting--
			lost++
		}
		if e.queued--; e.queued == 0 {
			delete(a.open, first.id)
		}
	}
	a.mu.Unlock()
	if lost > 0 {
		a.mock.tally.locked(a.op.ID, func(c *Count) { c.Unanswered += lost })
		a.mock.tell(Event{Kind: Unanswered, Operation: a.op.ID, Text: fmt.Sprintf("%s no reply within %s", requests(lost), a.mock.replyWithin())})
	}
}

// over reports whether it waits since before a time.
func (a *asking) over(before time.Time) bool { return !a.at.IsZero() && a.at.Before(before) }

func requests(n int) string {
	if n == 1 {
		return "a request had"
	}
	return fmt.Sprintf("%d requests had", n)
}

func (m *Mock) replyWithin() time.Duration { return cmp.Or(m.opt.ReplyWithin, replyWithin) }

// watch gives up what waits for too long, until ctx ends.
func (a *asks) watch(ctx context.Context) {
	within := a.mock.replyWithin()
	for pause(ctx, min(time.Second, within/4+1)) {
		a.giveUp(time.Now().Add(-within), 0)
	}
}

// hear receives replies until ctx ends.
func (a *asks) hear(ctx context.Context) {
	for {
		messages, err := a.receiver.Receive(ctx, maxBusy)
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, driver.ErrClosed) {
				a.mock.tell(Event{Kind: Failed, Operation: a.op.ID, Err: err})
			}
			return
		}
		for _, m := range messages {
			a.reply(m)
		}
		settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		err = a.receiver.Ack(settling, messages...)
		cancel()
		if err != nil && !errors.Is(err, driver.ErrLost) && !errors.Is(err, driver.ErrClosed) {
			a.mock.tell(Event{Kind: Failed, Operation: a.op.ID, Err: err})
		}
	}
}

// reply finds the request of a reply.
func (a *asks) reply(m *endpoint.Message) {
	a.mu.Lock()
	e := a.open[idOf(m)]
	again := e != nil && e.waiting == 0
	if e != nil && !again {
		e.waiting--
	}
	a.mu.Unlock()
	kind, count := Replied, func(c *Count) { c.Replied++ }
	switch {
	case e == nil:
		kind, count = Stray, func(c *Count) { c.Stray++ }
	case again:
		count = func(c *Count) { c.Repeated++ }
	}
	a.mock.tally.locked(a.op.ID, count)
	a.mock.tell(Event{Kind: kind, Operation: a.op.ID, Message: m, Duplicate: again})
}
