package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// Queuer is a Subscriber that can tell which channels are queues.
type Queuer interface {
	// Queue reports whether each message of a channel goes to one receiver
	// alone. Deliveries of such a channel have a Claim.
	Queue(channel machine.Subscribe) bool
}

// Queue implements Queuer.
func (o *overWire) Queue(e machine.Subscribe) bool {
	queue, err := o.isQueue(e)
	return err == nil && queue // Subscribe tells the error
}

func (o *overWire) isQueue(e machine.Subscribe) (bool, error) {
	promise, err := o.world.Hub.Capabilities(o.source(e.Channel.Use), listenerOf(e))
	return promise.Queue, err
}

// How long what nobody takes is kept from the queue: at first, and at most. It
// is twice as long each time, since brokers count how often they deliver a
// message, and give up in the end.
const (
	shortAside = 250 * time.Millisecond
	longAside  = 30 * time.Second
)

// mostAside is how many messages are kept from the queue at once, less than
// what drivers take ahead: then no more are taken until some are given back.
const mostAside = 512

// mostPauses bounds for how many messages it is known how often they came.
const mostPauses = 1 << 14

// aside is a message that was taken from a queue and is nobody's yet.
type aside struct {
	message  *endpoint.Message
	rejected *endpoint.Rejected // in its place: none of the contract's
	until    time.Time          // when it is given back
}

// queueSubscription receives from a queue. What a run has recorded is settled;
// the rest is offered again when the run comes to wait for something else, and
// given back when its time is over.
type queueSubscription struct {
	receiver *endpoint.Receiver
	fate     Unmatched
	deliver  func(context.Context, []Delivery) error
	stop     context.CancelFunc
	work     sync.WaitGroup
	came     chan []aside
	changed  chan struct{} // the run waits for something else
	refused  chan struct{} // something is among rejected

	// What follows belongs to the goroutine that offers.
	held   []aside
	pauses map[string]time.Duration

	mu       sync.Mutex
	rejected []aside // by Receive, on their way
	armed    int
}

func (o *overWire) subscribeQueue(ctx context.Context, e machine.Subscribe, deliver func(context.Context, []Delivery) error) (Subscription, error) {
	q := &queueSubscription{
		fate: o.world.Unmatched, deliver: deliver,
		came: make(chan []aside), changed: make(chan struct{}, 1), refused: make(chan struct{}, 1), pauses: map[string]time.Duration{},
	}
	if q.fate == "" {
		q.fate = Park
	}
	options := endpoint.ReceiverOptions{KeepRejected: true, OnRejected: q.reject, DeadLetter: o.world.DeadLetter}
	if !e.Channel.Fixed() {
		options.Address = e.Address
	}
	receiver, err := o.world.Hub.Receiver(ctx, o.source(e.Channel.Use), queueOf(e), options)
	if err != nil {
		return nil, err
	}
	if promise := receiver.Capabilities(); q.fate != Bury && !promise.Requeue {
		err := fmt.Errorf("%s is a queue that takes nothing back, so that what others wait for would be lost here", receiver.Address())
		return nil, errors.Join(err, receiver.Close())
	}
	q.receiver = receiver
	own, stop := context.WithCancel(ctx)
	q.stop = stop
	q.work.Go(func() { q.read(own) })
	q.work.Go(func() { q.offerAll(own) })
	return q, nil
}

// queueOf is what a subscription to a queue listens to: every message of the
// channel, since those that others wait for are in it, too.
func queueOf(e machine.Subscribe) *endpoint.Target {
	target := listenerOf(e)
	if target.Channel != nil {
		target.Messages = target.Channel.Messages
	}
	return target
}

// Positions implements Subscription: a queue has none.
func (q *queueSubscription) Positions() []string { return nil }

// Select implements Selecting.
func (q *queueSubscription) Select(interest machine.Interest) {
	q.mu.Lock()
	same := q.armed == interest.Armed
	q.armed = interest.Armed
	q.mu.Unlock()
	if same {
		return
	}
	signal(q.changed)
}

// Close implements Subscription: what is nobody's goes back to the queue.
func (q *queueSubscription) Close() error {
	q.stop()
	q.work.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	_ = q.settle(ctx, driver.Requeue, append(q.held, q.takeRejected()...)) // what is not settled the queue delivers again
	return q.receiver.Close()
}

// closePatience is how long the queue may take to hear what is given back.
const closePatience = 5 * time.Second

// reject is told by Receive, in the middle of it.
func (q *queueSubscription) reject(no *endpoint.Rejected) {
	q.mu.Lock()
	q.rejected = append(q.rejected, aside{rejected: no})
	q.mu.Unlock()
	signal(q.refused)
}

// signal says that something has changed; that it is said twice is no matter.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// read takes messages from the queue.
func (q *queueSubscription) read(ctx context.Context) {
	for ctx.Err() == nil {
		messages, err := q.receiver.Receive(ctx, 0)
		list := make([]aside, len(messages))
		for i, m := range messages {
			list[i].message = m
		}
		switch {
		case len(list) > 0:
			select {
			case q.came <- list:
			case <-ctx.Done(): // the queue delivers them again when it is closed
			}
		case err != nil:
			pause(ctx, catchUpPause)
		}
	}
}

func (q *queueSubscription) takeRejected() []aside {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.rejected
	q.rejected = nil
	return list
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// offerAll offers what comes, and what came before when that may help.
func (q *queueSubscription) offerAll(ctx context.Context) {
	tick := time.NewTicker(shortAside / 4)
	defer tick.Stop()
	for {
		came := q.came
		if len(q.held) >= mostAside {
			came = nil
		}
		select {
		case list := <-came:
			q.offer(ctx, list, false)
		case <-q.refused:
			q.offer(ctx, q.takeRejected(), false)
		case <-q.changed:
			list := q.held
			q.held = nil
			q.offer(ctx, list, true)
		case <-tick.C:
			q.giveBack(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// offer brings messages to whoever may want them, and settles what was
// recorded. The rest is kept aside.
func (q *queueSubscription) offer(ctx context.Context, list []aside, again bool) {
	deliveries := make([]Delivery, len(list))
	for i, a := range list {
		deliveries[i] = q.delivery(a, again)
	}
	err := q.deliver(ctx, deliveries)
	var done []aside
	for i, a := range list {
		switch {
		case deliveries[i].Claim.Taken():
			done = append(done, a)
			delete(q.pauses, identity(a))
		default:
			q.setAside(a, err != nil)
		}
	}
	// The run may be over just because of them. Where this fails the queue
	// delivers them again, and they are recognised.
	told, cancel := context.WithTimeout(context.WithoutCancel(ctx), closePatience)
	defer cancel()
	_ = q.settle(told, driver.Ack, done)
}

func (q *queueSubscription) delivery(a aside, again bool) Delivery {
	claim := &Claim{Unmatched: q.fate, again: again || q.pauses[identity(a)] > 0}
	if r := a.rejected; r != nil {
		return Delivery{
			Message:  machine.Message{Address: r.Address, Timestamp: r.Timestamp, Size: r.Size},
			Rejected: fmt.Sprintf("%s: %s", r.Reason, r.Explanation), Claim: claim,
		}
	}
	message := messageOf(a.message)
	for _, reading := range a.message.Also {
		message.Names = append(message.Names, reading.Name)
	}
	return Delivery{Message: message, Claim: claim}
}

// identity tells messages apart for as long as they are in the queue.
func identity(a aside) string {
	switch {
	case a.message != nil:
		return a.message.Identity()
	case a.rejected.ID != "":
		return a.rejected.ID
	}
	return (&endpoint.Message{Raw: a.rejected.Raw}).Identity()
}

// setAside keeps a message from the queue for a while. After a failure, which
// is none of the message's, it is the shortest.
func (q *queueSubscription) setAside(a aside, failed bool) {
	if a.until.IsZero() {
		id := identity(a)
		wait := max(shortAside, q.pauses[id])
		if !failed {
			if len(q.pauses) >= mostPauses {
				clear(q.pauses)
			}
			q.pauses[id] = min(2*wait, longAside)
		}
		a.until = time.Now().Add(wait)
	}
	q.held = append(q.held, a)
}

// giveBack settles what was kept aside for long enough.
func (q *queueSubscription) giveBack(ctx context.Context) {
	now := time.Now()
	var over []aside
	q.held = slices.DeleteFunc(q.held, func(a aside) bool {
		if a.until.After(now) {
			return false
		}
		over = append(over, a)
		return true
	})
	outcome := driver.Requeue
	if q.fate == Bury {
		outcome = driver.Reject
	}
	if err := q.settle(ctx, outcome, over); err != nil && ctx.Err() == nil && !errors.Is(err, driver.ErrLost) {
		for _, a := range over { // else it would never be given back
			a.until = now.Add(shortAside)
			q.held = append(q.held, a)
		}
	}
}

func (q *queueSubscription) settle(ctx context.Context, outcome driver.Outcome, list []aside) error {
	var messages []*endpoint.Message
	var rejected []*endpoint.Rejected
	for _, a := range list {
		if a.message != nil {
			messages = append(messages, a.message)
		} else {
			rejected = append(rejected, a.rejected)
		}
	}
	return errors.Join(q.receiver.Settle(ctx, outcome, messages...), q.receiver.SettleRejected(ctx, outcome, rejected...))
}
