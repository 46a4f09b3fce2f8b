package temporal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
)

// The times of listening. A process that is killed is found out after silence,
// and another goes on where it said last that it was.
const (
	silence   = 5 * time.Second
	heartbeat = time.Second
	shift     = 24 * time.Hour
	patience  = time.Minute
)

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

func activityNamed(name string) activity.RegisterOptions {
	return activity.RegisterOptions{Name: name}
}

// listen is the Temporal workflow of a channel: it has one process listen.
func (h *host) listen(ctx workflow.Context, name string) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: shift, HeartbeatTimeout: silence,
		RetryPolicy: &sdk.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1},
	})
	return workflow.ExecuteActivity(ctx, listenWork, name).Get(ctx, nil)
}

// progress is what the process that listens tells Temporal with each heartbeat.
type progress struct {
	Positions []string `json:"positions,omitempty"`
	// Listening says that what was stored before is delivered, and that what
	// comes will be.
	Listening bool `json:"listening"`
	// Lag is for how long the oldest message that has come is being handed to
	// its indexes, in nanoseconds.
	Lag time.Duration `json:"lag,omitempty"`
}

// errShift ends a process's turn at a channel; another takes it. Nobody need
// hear of it.
func errShift() error {
	return sdk.NewApplicationErrorWithOptions("this process listens no more", "shift", sdk.ApplicationErrorOptions{Category: sdk.ApplicationErrorCategoryBenign})
}

// listening is the activity that listens to a channel.
func (h *host) listening(ctx context.Context, name string) error {
	c := h.channelNamed(name)
	if c == nil {
		return fmt.Errorf("no workflow here receives at a channel of the name %s; bring its document back", name)
	}
	e := &ear{host: h, channel: c, began: h.opts.Now()}
	if activity.HasHeartbeatDetails(ctx) {
		var before progress
		_ = activity.GetHeartbeatDetails(ctx, &before) // what cannot be read begins from now
		e.from = before.Positions
	}
	// The heart beats while what was stored is delivered, which may take longer
	// than silence.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	beats := make(chan struct{})
	go func() {
		defer close(beats)
		stop(e.beat(ctx))
	}()
	defer func() { stop(nil); <-beats }()
	subscription, err := h.opts.Workflows[c.workflow].Wire.Subscriber.Subscribe(ctx, machine.Subscribe{
		ID: c.name, Channel: c.plan, Address: c.plan.Address, Messages: c.plan.Messages, Positions: e.from,
	}, e.deliver)
	switch {
	case err == nil:
		defer subscription.Close()
	case ctx.Err() == nil:
		h.opts.Log(fmt.Sprintf("cannot listen to %s, will try again: %s", c.plan.Address, err))
		return err
	default:
		return context.Cause(ctx)
	}
	e.hears(ctx, subscription)
	<-ctx.Done()
	return context.Cause(ctx)
}

// ear is a process's turn at a channel.
type ear struct {
	host    *host
	channel *channel
	began   time.Time
	from    []string

	mu           sync.Mutex
	subscription engine.Subscription // nil until what was stored is delivered
	since        time.Time           // when the message came that is being delivered, or zero
}

// hears notes that the channel is listened to, and tells so at once.
func (e *ear) hears(ctx context.Context, subscription engine.Subscription) {
	e.mu.Lock()
	e.subscription = subscription
	e.mu.Unlock()
	activity.RecordHeartbeat(ctx, e.progress())
}

func (e *ear) progress() progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.subscription == nil {
		return progress{Positions: e.from}
	}
	p := progress{Positions: e.subscription.Positions(), Listening: true}
	if !e.since.IsZero() {
		p.Lag = max(e.host.opts.Now().Sub(e.since), time.Nanosecond)
	}
	return p
}

// beat tells Temporal of the turn until it ends, and returns why. A
// subscription that is not made in patience is given up.
func (e *ear) beat(ctx context.Context) error {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		p := e.progress()
		if !p.Listening && e.host.opts.Now().Sub(e.began) > patience {
			return fmt.Errorf("%s cannot be listened to within %s", e.channel.plan.Address, patience)
		}
		activity.RecordHeartbeat(ctx, p)
		select {
		case <-tick.C:
		case <-activity.GetWorkerStopChannel(ctx):
			return errShift()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// deliver brings a message to its indexes. It returns nil when Temporal has
// it, so that it may be acknowledged.
func (e *ear) deliver(ctx context.Context, d engine.Delivery) error {
	e.handing(e.host.opts.Now())
	defer e.handing(time.Time{})
	return e.host.delivered(ctx, e.channel, d)
}

func (e *ear) handing(since time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.since = since
}

func (h *host) delivered(ctx context.Context, c *channel, d engine.Delivery) error {
	if c.trigger != nil {
		return h.triggered(ctx, c, d)
	}
	if d.Rejected != "" {
		h.opts.Log(fmt.Sprintf("a message from %s ends no wait: %s", c.plan.Address, d.Rejected))
		return nil
	}
	event, err := machine.EncodeEvent(machine.Arrived{Message: d.Message})
	if err != nil {
		return err
	}
	m := kept{ID: d.Message.ID, Event: event}
	if m.ID == "" {
		m.ID = named(string(event))
	}
	if len(event) > maxIndexed {
		h.opts.Log(fmt.Sprintf("a message from %s is dropped: it has %d bytes, and at most %d are hosted in Temporal", c.plan.Address, len(event), maxIndexed))
		return nil
	}
	for _, key := range c.keys(&d.Message) {
		if err := h.keep(ctx, c.indexID(key), m); err != nil {
			return err
		}
	}
	return nil
}

// keep gives a message to an index, as often as it takes.
func (h *host) keep(ctx context.Context, id string, m kept) error {
	for {
		err := h.signalIndex(ctx, id, keepSignal, m)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// turn is how the listening to a channel stands, as Temporal knows it.
type turn struct {
	progress
	// heard is when the process was heard of last, by Temporal's clock.
	heard time.Time
}

// until is the time up to which everything that came is with the indexes.
func (t *turn) until() time.Time {
	if !t.Listening {
		return time.Time{}
	}
	return t.heard.Add(-t.Lag)
}

func (h *host) turnAt(ctx context.Context, c *channel) (turn, error) {
	d, err := h.client.DescribeWorkflowExecution(ctx, c.listenID(), "")
	if err != nil {
		return turn{}, err
	}
	for _, a := range d.GetPendingActivities() {
		if a.GetHeartbeatDetails() == nil {
			continue
		}
		t := turn{heard: a.GetLastHeartbeatTime().AsTime()}
		return t, converter.GetDefaultDataConverter().FromPayloads(a.GetHeartbeatDetails(), &t.progress)
	}
	return turn{}, nil
}

// listenToAll waits until every channel is listened to.
func (h *host) listenToAll(ctx context.Context) error {
	before := make([]turn, len(h.channels))
	for i := range h.channels {
		c := &h.channels[i]
		options := client.StartWorkflowOptions{ID: c.listenID(), TaskQueue: taskQueue}
		if _, err := h.client.ExecuteWorkflow(ctx, options, listenKind, c.name); err != nil {
			return fmt.Errorf("temporal: listen to %s: %w", c.plan.Address, err)
		}
		before[i], _ = h.turnAt(ctx, c) // what is not known yet is asked again
	}
	for i := range h.channels {
		if err := h.listenedTo(ctx, &h.channels[i], before[i].heard); err != nil {
			return err
		}
	}
	return nil
}

// listenedTo waits until whoever listens to a channel is heard of. What was
// heard before may be of a process that is no more.
func (h *host) listenedTo(ctx context.Context, c *channel, before time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		t, err := h.turnAt(ctx, c)
		if err == nil && t.until().After(before) {
			return nil
		}
		select {
		case <-time.After(heartbeat / 10):
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("nobody listens to %s; workflow %s in Temporal says why", c.plan.Address, c.listenID()), err)
		}
	}
}

// unknown reports whether Temporal knows of no such workflow that has not
// ended.
func unknown(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}
