package temporal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
)

const (
	readySignal = "listening"
	readyQuery  = "listening"
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
	ready := false
	if err := workflow.SetQueryHandler(ctx, readyQuery, func() (bool, error) { return ready, nil }); err != nil {
		return err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, readySignal).Receive(ctx, nil)
		ready = true
	})
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: shift, HeartbeatTimeout: silence,
		RetryPolicy: &sdk.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1},
	})
	return workflow.ExecuteActivity(ctx, listenWork, name).Get(ctx, nil)
}

// errShift ends a process's turn at a channel; another takes it.
var errShift = errors.New("this process listens no more")

// listening is the activity that listens to a channel.
func (h *host) listening(ctx context.Context, name string) error {
	c := h.channelNamed(name)
	if c == nil {
		return fmt.Errorf("no workflow here receives at a channel of the name %s; bring its document back", name)
	}
	var from []string
	if activity.HasHeartbeatDetails(ctx) {
		_ = activity.GetHeartbeatDetails(ctx, &from) // what cannot be read begins from now
	}
	subscription, err := h.opts.Workflows[c.workflow].Wire.Subscriber.Subscribe(ctx, machine.Subscribe{
		ID: c.name, Channel: c.plan, Address: c.plan.Address, Messages: c.plan.Messages, Positions: from,
	}, func(ctx context.Context, d engine.Delivery) error { return h.delivered(ctx, c, d) })
	if err != nil {
		h.opts.Log(fmt.Sprintf("cannot listen to %s, will try again: %s", c.plan.Address, err))
		return err
	}
	defer subscription.Close()
	activity.RecordHeartbeat(ctx, subscription.Positions())
	if err := h.client.SignalWorkflow(ctx, c.listenID(), "", readySignal, nil); err != nil {
		return err
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			activity.RecordHeartbeat(ctx, subscription.Positions())
		case <-activity.GetWorkerStopChannel(ctx):
			return errShift
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// delivered brings a message to its indexes. It returns nil when Temporal has
// it, so that it may be acknowledged.
func (h *host) delivered(ctx context.Context, c *channel, d engine.Delivery) error {
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

// listenToAll waits until every channel is listened to.
func (h *host) listenToAll(ctx context.Context) error {
	for i := range h.channels {
		c := &h.channels[i]
		options := client.StartWorkflowOptions{ID: c.listenID(), TaskQueue: taskQueue}
		if _, err := h.client.ExecuteWorkflow(ctx, options, listenKind, c.name); err != nil {
			return fmt.Errorf("temporal: listen to %s: %w", c.plan.Address, err)
		}
		if err := h.heard(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) heard(ctx context.Context, c *channel) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		ready := false
		answer, err := h.client.QueryWorkflow(ctx, c.listenID(), "", readyQuery)
		if err == nil {
			err = answer.Get(&ready)
		}
		if ready {
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
