// Package callbacks keeps what runs registered to be told when they have ended:
// it watches channels, picks the messages that a registration takes, and has
// them delivered to its webhook.
//
// It must not know the machine of a run: a registration stands for itself. Nor
// does it know how a message is received or an event is sent.
package callbacks

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/wire/callback"
)

// State is how a delivery stands.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Dead      State = "dead" // given up; it can be delivered again
)

// Delivery is a message on its way to a webhook.
type Delivery struct {
	// ID is the delivery's, the same however often it is made.
	ID           string               `json:"id"`
	Registration machine.Registration `json:"registration"`
	State        State                `json:"state"`
	Attempts     int                  `json:"attempts"`
	// Error is why the last attempt failed, or "".
	Error string    `json:"error,omitempty"`
	Event EventData `json:"event"`
}

// EventData is the message that is delivered.
type EventData struct {
	Time    time.Time `json:"time,omitzero"`
	Payload any       `json:"payload"`
}

// Keeper is an engine.Keeper in this process: it watches channels until it is closed
// and delivers what its registrations take. A message is delivered at least
// once where its broker keeps it for us, since the run's journal knows where
// watching began.
type Keeper struct {
	wire    engine.Subscriber
	deliver *callback.Deliverer
	observe func(Delivery)
	waits   func(error)
	ctx     context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup
	process string // a name that no other process has

	store *deliveries // nil while nothing is kept beyond the process

	mu         sync.Mutex
	watched    map[string]*watched
	deliveries map[string]*Delivery
	order      []string
	changed    chan struct{}
}

type watched struct {
	registration  machine.Registration
	subscription  engine.Subscription
	served        bool
	taken         int
	positionsFrom []string
}

// Options say how callbacks are delivered.
type Options struct {
	// Delivery has the secret that signs, and how often and how long to try.
	Delivery callback.Options
	// Observe is told each change of a delivery; nil tells nobody.
	Observe func(Delivery)
	// Waits is told why a message that arrived cannot be kept yet, once for each
	// message; nil tells nobody.
	Waits func(error)
}

// The bounds on what one process keeps.
const (
	maxCallbacks  = 10_000
	maxDeliveries = 10_000
)

// New returns a keeper that listens by means of a wire.
func New(wire engine.Subscriber, opts Options) *Keeper {
	ctx, stop := context.WithCancel(context.Background())
	if opts.Observe == nil {
		opts.Observe = func(Delivery) {}
	}
	if opts.Waits == nil {
		opts.Waits = func(error) {}
	}
	return &Keeper{
		wire: wire, deliver: callback.New(opts.Delivery), observe: opts.Observe, waits: opts.Waits, ctx: ctx, stop: stop,
		process: rand.Text(), watched: map[string]*watched{}, deliveries: map[string]*Delivery{}, changed: make(chan struct{}),
	}
}

// Keep implements engine.Keeper.
func (c *Keeper) Keep(ctx context.Context, e machine.KeepCallback, positions []string) ([]string, error) {
	c.mu.Lock()
	known, full := c.watched[e.ID], len(c.watched) >= maxCallbacks
	if known == nil && !full {
		c.watched[e.ID] = &watched{registration: e.Registration}
	}
	c.mu.Unlock()
	switch {
	case known != nil:
		return known.begun(), nil
	case full:
		return nil, fmt.Errorf("more than %d callbacks are kept", maxCallbacks)
	case c.wire == nil:
		return nil, errors.New("there is no way to receive messages")
	}
	if further := c.watchedTo(ctx, e.ID); len(further) > 0 && len(positions) > 0 {
		positions = further // what came before is kept
	}
	asked, giveUp := context.WithCancel(c.ctx)
	begun := context.AfterFunc(ctx, giveUp)
	// It outlives the run, and so the run's context.
	subscription, err := c.subscribe(machine.Subscribe{
		ID: e.ID, Channel: e.Callback.Channel, Address: e.Registration.Address, Positions: positions, Messages: e.Callback.Messages,
	}, func(own context.Context, d engine.Delivery) error {
		// What comes until Keep has returned waits no longer than Keep does.
		return c.arrived(own, asked, e.ID, d)
	})
	begun()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		giveUp()
		delete(c.watched, e.ID)
		return nil, err
	}
	w := c.watched[e.ID]
	w.subscription, w.positionsFrom = subscription, subscription.Positions()
	c.work.Go(func() { c.noteWatching(e.ID, subscription) })
	return w.positionsFrom, ctx.Err()
}

// subscribe listens to a topic. Of a queue it would take what runs wait for.
func (c *Keeper) subscribe(e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	if queuer, ok := c.wire.(engine.Queuer); ok && queuer.Queue(e) {
		return nil, fmt.Errorf("%s is a queue, which gives each message to one receiver alone: a callback would take what runs wait for; let it watch a topic", e.Address)
	}
	return c.wire.Subscribe(c.ctx, e, deliver)
}

func (w *watched) begun() []string {
	if w.subscription == nil {
		return nil // it is about to begin
	}
	return w.positionsFrom
}

// keepPause is how long a message waits until it is tried again to keep it.
const keepPause = 200 * time.Millisecond

// arrived takes a message on a watched channel. One that cannot be kept is
// waited with, since its channel would not give it again: until the keeper is
// closed, or one of the contexts ends.
func (c *Keeper) arrived(own, asked context.Context, id string, d engine.Delivery) error {
	for told := false; ; told = true {
		err := c.take(id, d)
		if err == nil {
			return nil
		}
		if !told {
			c.waits(err)
		}
		select {
		case <-time.After(keepPause): //nolint:forbidigo // no run depends on when it is tried again
		case <-own.Done():
			return err
		case <-asked.Done():
			return err
		}
	}
}

// take keeps what a registration takes and begins to deliver it.
func (c *Keeper) take(id string, d engine.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.watched[id]
	if w == nil || d.Rejected != "" {
		return nil
	}
	if takes, _ := w.registration.Takes(&d.Message); !takes {
		return nil
	}
	one := &Delivery{
		ID: c.deliveryID(id, &d.Message, w.taken+1), Registration: w.registration, State: Pending,
		Event: EventData{Time: d.Message.Timestamp, Payload: d.Message.Payload},
	}
	if c.deliveries[one.ID] != nil {
		return nil // the broker delivered it twice
	}
	if len(c.deliveries) >= maxDeliveries && !c.forget() {
		return fmt.Errorf("%d callbacks are pending or given up, and more are not kept", maxDeliveries)
	}
	// Only when it is kept may its broker forget it.
	if err := c.save(one); err != nil {
		return err
	}
	w.taken++
	c.deliveries[one.ID] = one
	c.order = append(c.order, one.ID)
	c.begin(one)
	return nil
}

// forget makes room by letting go of the oldest delivery that is done.
func (c *Keeper) forget() bool {
	for i, id := range c.order {
		if c.deliveries[id].State == Delivered {
			c.unsave(c.deliveries[id])
			delete(c.deliveries, id)
			c.order = slices.Delete(c.order, i, i+1)
			return true
		}
	}
	return false
}

// deliveryID is the same whenever the same message is delivered for the same
// registration. A message without an identity, which no broker delivers again
// to another process, has its number in this one.
func (c *Keeper) deliveryID(registration string, message *machine.Message, number int) string {
	identity := message.ID
	if identity == "" {
		identity = fmt.Sprintf("#%s/%d", c.process, number)
	}
	sum := sha256.Sum256([]byte("weft callback\n" + registration + "\n" + identity))
	return hex.EncodeToString(sum[:16])
}

// begin delivers beside the caller, who holds the lock.
func (c *Keeper) begin(one *Delivery) {
	r := one.Registration
	event := callback.Event{
		ID: one.ID, URL: r.Webhook, Type: r.Event, Source: "/runs/" + r.Run, Subject: r.Tracking,
		Time: one.Event.Time, Data: one.Event.Payload,
	}
	c.work.Go(func() {
		err := c.deliver.Deliver(c.ctx, event, func(attempt int, _ time.Duration, err error) {
			c.update(one, func() { one.Attempts, one.Error = attempt, err.Error() })
		})
		var dead *callback.DeadError
		switch {
		case err == nil:
			c.update(one, func() { one.State, one.Error, one.Attempts = Delivered, "", one.Attempts+1 })
		case errors.As(err, &dead):
			c.update(one, func() { one.State, one.Error, one.Attempts = Dead, dead.Last.Error(), dead.Attempts })
		}
	})
}

func (c *Keeper) update(one *Delivery, change func()) {
	c.mu.Lock()
	change()
	if w := c.watched[one.Registration.ID]; w != nil && one.State != Pending {
		w.served = true
	}
	_ = c.save(one) // else it is delivered once more, with the same id
	told := *one
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	c.observe(told)
}

// Deliveries lists what was delivered, is pending or was given up, the oldest
// first.
func (c *Keeper) Deliveries() []Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Delivery, len(c.order))
	for i, id := range c.order {
		list[i] = *c.deliveries[id]
	}
	return list
}

// Redeliver delivers a dead letter once more, with the id that it had.
func (c *Keeper) Redeliver(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.deliveries[id]
	switch {
	case one == nil:
		return fmt.Errorf("there is no delivery %q", id)
	case one.State != Dead:
		return fmt.Errorf("delivery %s is %s; only one that was given up is delivered again", id, one.State)
	}
	again := *one
	again.State, again.Attempts, again.Error = Pending, 0, ""
	if err := c.save(&again); err != nil {
		return err
	}
	*one = again
	c.begin(one)
	return nil
}

// Wait waits until, for each step that registered callbacks, one of them was
// delivered or given up and nothing is pending. It reports whether that came
// before the context ended.
func (c *Keeper) Wait(ctx context.Context) bool {
	for {
		c.mu.Lock()
		changed, done := c.changed, c.quiet()
		c.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

func (c *Keeper) quiet() bool {
	for _, d := range c.deliveries {
		if d.State == Pending {
			return false
		}
	}
	served := map[string]bool{}
	for _, w := range c.watched {
		key := w.registration.Run + "\n" + w.registration.Step
		served[key] = served[key] || w.served
	}
	for _, yes := range served {
		if !yes {
			return false
		}
	}
	return true
}

// Kept is how many callbacks are watched for.
func (c *Keeper) Kept() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.watched)
}

// Close ends all watching and leaves no goroutine behind.
func (c *Keeper) Close() {
	c.stop()
	c.mu.Lock()
	var open []engine.Subscription
	for _, w := range c.watched {
		if w.subscription != nil {
			open = append(open, w.subscription)
		}
	}
	c.mu.Unlock()
	for _, s := range open {
		_ = s.Close() // nothing more is wanted from it
	}
	c.work.Wait()
	c.deliver.Close()
}
