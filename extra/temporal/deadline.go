package temporal

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/machine"
)

// The signals by which a run asks an index whether it brought it all.
const (
	flushSignal   = "flush"
	flushedSignal = "flushed"
)

// takeover bounds how long a deadline waits for what came before it: a process
// is found out, another begins, and what was stored is delivered.
const takeover = 30 * time.Second

// turnPause is how often Temporal is asked how the listening stands.
const turnPause = 100 * time.Millisecond

// flush asks an index to say so when it has brought a run all that it had.
type flush struct {
	Run   string `json:"run"`
	Token string `json:"token"`
}

// wait tells the machine that a time has come; never before it has. What came
// before that time is looked at first, even where the process that listened is
// no more: its successor reads it.
func (r *run) wait(ctx workflow.Context, e machine.SetTimer) {
	for left := e.At.Sub(workflow.Now(ctx)); left > 0; left = e.At.Sub(workflow.Now(ctx)) {
		if workflow.Sleep(ctx, left) != nil {
			return
		}
	}
	if r.lookBack(ctx, e) == nil && ctx.Err() == nil {
		r.queue = append(r.queue, machine.TimerFired{Stamp: stamp(ctx), ID: e.ID})
	}
}

// lookBack waits until all that came before a time is with the run. It fails
// only with ctx.
func (r *run) lookBack(ctx workflow.Context, e machine.SetTimer) error {
	channels := r.receiving()
	if len(channels) == 0 {
		return nil
	}
	limit := workflow.Now(ctx).Add(takeover)
	for _, name := range channels {
		if err := r.listenedUntil(ctx, name, e.At, limit); err != nil {
			return err
		}
	}
	if err := workflow.Await(ctx, func() bool { return r.joining == 0 }); err != nil {
		return err
	}
	for _, id := range sortedKeys(r.joined) {
		if err := r.flush(ctx, id, e.ID, limit); err != nil {
			return err
		}
	}
	return nil
}

// receiving are the names of the channels at which steps wait now.
func (r *run) receiving() []string {
	var names []string
	for _, w := range r.machine.Waits() {
		if w.State != machine.StepReceiving {
			continue
		}
		for i := range r.listens {
			e := &r.listens[i]
			c := r.host.channelFor(r.in.Workflow, e)
			if c != nil && e.Address == w.Address && !slices.Contains(names, c.name) {
				names = append(names, c.name)
			}
		}
	}
	return names
}

// listenedUntil waits until a channel was listened to up to a time. Between the
// questions the run is free to hear of what came.
func (r *run) listenedUntil(ctx workflow.Context, channel string, at, limit time.Time) error {
	for {
		var so bool
		if err := locally(ctx, &so, r.host.listenedUntil, channel, at); err != nil {
			return err
		}
		if so || !workflow.Now(ctx).Before(limit) {
			return nil
		}
		if err := workflow.Sleep(ctx, again); err != nil {
			return err
		}
	}
}

// flush waits until an index has brought the run all that it has.
func (r *run) flush(ctx workflow.Context, index, timer string, limit time.Time) error {
	token := index + " " + timer
	err := workflow.SignalExternalWorkflow(ctx, index, "", flushSignal, flush{Run: r.in.Run, Token: token}).Get(ctx, nil)
	var gone *sdk.UnknownExternalWorkflowExecutionError
	if errors.As(err, &gone) {
		return nil // it has ended, since it has nothing
	}
	if err != nil {
		return err
	}
	_, err = workflow.AwaitWithTimeout(ctx, max(limit.Sub(workflow.Now(ctx)), heartbeat), func() bool { return r.flushed[token] })
	delete(r.flushed, token)
	return err
}

// hearFlushed takes what indexes say of having brought all.
func (r *run) hearFlushed(ctx workflow.Context) {
	said := workflow.GetSignalChannel(ctx, flushedSignal)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var token string
			said.Receive(ctx, &token)
			r.flushed[token] = true
		}
	})
}

// brought tells a run that it was brought all that there was when it asked.
func (x *index) brought(ctx workflow.Context, flushes workflow.ReceiveChannel) {
	var f flush
	if flushes.ReceiveAsync(&f) {
		_ = workflow.SignalExternalWorkflow(ctx, f.Run, "", flushedSignal, f.Token).Get(ctx, nil) // who has ended asks no more
	}
}

// turns is what was heard of listening last, so that many runs that ask at once
// cost one question.
type turns struct {
	mu    sync.Mutex
	known map[string]turn
	asked map[string]time.Time
}

// listenedUntil is the local activity that says whether a channel was listened
// to up to a time, by Temporal's clock. It waits a little for that to become so.
func (h *host) listenedUntil(ctx context.Context, name string, at time.Time) (bool, error) {
	c := h.channelNamed(name)
	if c == nil {
		return false, nil
	}
	end := h.opts.Now().Add(heartbeat)
	for {
		t, err := h.turns.at(ctx, h, c)
		switch {
		case unknown(err):
			return true, nil // nobody listens, and nobody will
		case err == nil && !t.until().Before(at):
			return true, nil
		case !h.opts.Now().Before(end):
			return false, nil
		}
		select {
		case <-time.After(turnPause):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func (l *turns) at(ctx context.Context, h *host, c *channel) (turn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := h.opts.Now()
	if now.Sub(l.asked[c.name]) < turnPause {
		return l.known[c.name], nil
	}
	t, err := h.turnAt(ctx, c)
	if err != nil {
		return turn{}, err
	}
	if l.known == nil {
		l.known, l.asked = map[string]turn{}, map[string]time.Time{}
	}
	l.known[c.name], l.asked[c.name] = t, now
	return t, nil
}
