package temporal

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/machine"
)

// The signals of an index.
const (
	joinSignal  = "join"
	leaveSignal = "leave"
	keepSignal  = "message"
)

// The bounds of what an index keeps for runs to come.
const (
	maxKept    = machine.DefaultInboxMessages
	maxIndexed = 1 << 20 // bytes, since a history goes on with them
	keptFor    = machine.DefaultInboxTTL
)

// joining is a run that waits for the messages of an index.
type joining struct {
	Run          string `json:"run"`
	Subscription string `json:"subscription"`
	// Since is when the run began: what came before is not for it.
	Since time.Time `json:"since"`
}

// kept is a message that an index has.
type kept struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Event []byte    `json:"event"`
}

// index brings the messages of one channel and correlation id to the runs that
// wait for them.
type index struct {
	Runs []joining `json:"runs"`
	Kept []kept    `json:"kept"`
}

// index is the Temporal workflow of an index. It ends when nobody waits and
// what it keeps is too old.
func (h *host) index(ctx workflow.Context, x index) error {
	messages, joins, leaves := workflow.GetSignalChannel(ctx, keepSignal), workflow.GetSignalChannel(ctx, joinSignal), workflow.GetSignalChannel(ctx, leaveSignal)
	flushes := workflow.GetSignalChannel(ctx, flushSignal)
	waiting := func() bool { return messages.Len()+joins.Len()+leaves.Len()+flushes.Len() > 0 }
	for {
		x.take(ctx, messages, joins, leaves)
		if messages.Len()+joins.Len() == 0 {
			x.brought(ctx, flushes)
		}
		x.forget(workflow.Now(ctx))
		switch {
		case waiting():
			continue
		case len(x.Runs) == 0 && len(x.Kept) == 0:
			return nil
		case workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return workflow.NewContinueAsNewError(ctx, indexKind, x)
		}
		if _, err := workflow.AwaitWithTimeout(ctx, x.rest(workflow.Now(ctx)), waiting); err != nil {
			return err
		}
	}
}

// rest is how long until something is too old.
func (x *index) rest(now time.Time) time.Duration {
	if len(x.Kept) == 0 {
		return keptFor
	}
	return max(x.Kept[0].At.Add(keptFor).Sub(now), time.Second)
}

func (x *index) take(ctx workflow.Context, messages, joins, leaves workflow.ReceiveChannel) {
	var leaving string
	for leaves.ReceiveAsync(&leaving) {
		x.Runs = slices.DeleteFunc(x.Runs, func(j joining) bool { return j.Run == leaving })
	}
	var j joining
	for joins.ReceiveAsync(&j) {
		x.join(ctx, j)
	}
	var m kept
	for messages.ReceiveAsync(&m) {
		x.message(ctx, m)
		m = kept{}
	}
}

// join brings a run what is there for it already. A run that goes on joins
// anew, and knows what it has had.
func (x *index) join(ctx workflow.Context, j joining) {
	if !slices.Contains(x.Runs, j) {
		x.Runs = append(x.Runs, j)
	}
	for _, m := range slices.Clone(x.Kept) {
		if !m.At.Before(j.Since) {
			x.forward(ctx, j, m)
		}
	}
}

func (x *index) message(ctx workflow.Context, m kept) {
	if slices.ContainsFunc(x.Kept, func(k kept) bool { return k.ID == m.ID }) {
		return // it was delivered again
	}
	m.At = workflow.Now(ctx)
	x.Kept = append(x.Kept, m)
	for _, j := range slices.Clone(x.Runs) {
		x.forward(ctx, j, m)
	}
}

// forward brings a message to a run. A run that is no more is forgotten.
func (x *index) forward(ctx workflow.Context, j joining, m kept) {
	for {
		err := workflow.SignalExternalWorkflow(ctx, j.Run, "", messageSignal, arrived{j.Subscription, m.Event}).Get(ctx, nil)
		var gone *sdk.UnknownExternalWorkflowExecutionError
		switch {
		case err == nil:
			return
		case errors.As(err, &gone):
			x.Runs = slices.DeleteFunc(x.Runs, func(other joining) bool { return other == j })
			return
		}
		if workflow.Sleep(ctx, again) != nil {
			return
		}
	}
}

// forget drops what is too old or too much.
func (x *index) forget(now time.Time) {
	size := 0
	for _, m := range x.Kept {
		size += len(m.Event)
	}
	for len(x.Kept) > 0 && (now.Sub(x.Kept[0].At) >= keptFor || len(x.Kept) > maxKept || size > maxIndexed) {
		size -= len(x.Kept[0].Event)
		x.Kept = x.Kept[1:]
	}
}

// arm lets the run hear of what a subscription brings. Only then is the
// machine told that it is made.
func (r *run) arm(ctx workflow.Context, e machine.Subscribe) {
	c := r.host.channelFor(r.in.Workflow, &e)
	if c == nil {
		r.queue = append(r.queue, machine.SubscribeFailed{Stamp: stamp(ctx), ID: e.ID, Error: "nothing listens at " + e.Address})
		return
	}
	if !c.any {
		r.queue = append(r.queue, machine.Subscribed{Stamp: stamp(ctx), ID: e.ID})
		return
	}
	r.underWay++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { r.underWay-- }()
		if r.join(ctx, c.indexID(everything), e.ID) == nil {
			r.queue = append(r.queue, machine.Subscribed{Stamp: stamp(ctx), ID: e.ID})
		}
	})
}

// joinWaits tells the indexes of what the run waits for now.
func (r *run) joinWaits(ctx workflow.Context) {
	for _, w := range r.machine.Waits() {
		key := keyOf(w.Correlation)
		if w.State != machine.StepReceiving || key == "" {
			continue
		}
		for i := range r.listens {
			e := &r.listens[i]
			c := r.host.channelFor(r.in.Workflow, e)
			if e.Address != w.Address || c == nil || r.joined[c.indexID(key)] {
				continue
			}
			id, subscription := c.indexID(key), e.ID
			r.joined[id] = true
			workflow.Go(ctx, func(ctx workflow.Context) { _ = r.join(ctx, id, subscription) }) // it fails only with the run
		}
	}
}

func (r *run) join(ctx workflow.Context, id, subscription string) error {
	r.joined[id] = true
	r.joining++
	defer func() { r.joining-- }()
	return locally(ctx, nil, r.host.join, id, joining{Run: r.in.Run, Subscription: subscription, Since: r.since(ctx)})
}

// since is when the run was begun. Its machine may have begun later, where the
// first process that had it was killed.
func (r *run) since(ctx workflow.Context) time.Time {
	asked, started := workflow.GetInfo(ctx).WorkflowStartTime, r.machine.Snapshot().Started
	if asked.Before(started) {
		return asked
	}
	return started
}

// join is the local activity that brings a run to an index.
func (h *host) join(ctx context.Context, id string, j joining) error {
	return h.signalIndex(ctx, id, joinSignal, j)
}

func (h *host) signalIndex(ctx context.Context, id, signal string, what any) error {
	_, err := h.client.SignalWithStartWorkflow(ctx, id, signal, what, client.StartWorkflowOptions{TaskQueue: taskQueue}, indexKind, index{})
	return err
}

// leave tells the indexes that the run waits no more.
func (r *run) leave(ctx workflow.Context) {
	var futures []workflow.Future
	for _, id := range sortedKeys(r.joined) {
		futures = append(futures, workflow.SignalExternalWorkflow(ctx, id, "", leaveSignal, r.in.Run))
	}
	for _, f := range futures {
		_ = f.Get(ctx, nil) // an index that has ended knows of nobody
	}
}
