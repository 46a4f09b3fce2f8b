package temporal

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/service"
)

// changedSignal tells the keeper of a schedule that a process has begun, whose
// document may have another one.
const changedSignal = "changed"

// timing is how far the schedule of a workflow is.
type timing struct {
	Workflow string    `json:"workflow"`
	Last     time.Time `json:"last"`
}

func scheduleID(workflow string) string { return "weft-schedule-" + named(workflow) }

// keepTime is the Temporal workflow that begins runs by the clock. It ends when
// the document has no schedule any more. As in a journal's service, times that
// pass while no process is there begin nothing.
func (h *host) keepTime(ctx workflow.Context, s timing) error {
	changed := workflow.GetSignalChannel(ctx, changedSignal)
	for {
		for changed.ReceiveAsync(nil) {
			continue // each says the same
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, scheduleKind, s)
		}
		h.mustHave(s.Workflow)
		var due time.Time
		if err := locally(ctx, &due, h.nextDue, s.Workflow, s.Last); err != nil {
			return err
		}
		if due.IsZero() {
			return nil
		}
		sooner, err := workflow.AwaitWithTimeout(ctx, max(due.Sub(workflow.Now(ctx)), 0), func() bool { return changed.Len() > 0 })
		if err != nil {
			return err
		}
		now := workflow.Now(ctx)
		if sooner && now.Before(due) {
			continue
		}
		s.Last = due
		if now.Sub(due) > service.ScheduleSlack {
			s.Last = now // what passed meanwhile is left out
			continue
		}
		if err := locally(ctx, nil, h.beginDue, s.Workflow, due); err != nil {
			return err
		}
	}
}

// mustHave panics where this process has no such workflow: Temporal then waits
// for a process that has it, and shows why.
func (h *host) mustHave(workflow string) {
	if h.opts.Workflows[workflow] == nil {
		panic(fmt.Errorf("%w %q here; bring its document back", service.ErrNoWorkflow, workflow))
	}
}

// nextDue is the local activity that says when a schedule is due after a time;
// zero is never.
func (h *host) nextDue(_ context.Context, workflow string, after time.Time) (time.Time, error) {
	w := h.opts.Workflows[workflow]
	if w == nil || w.Schedule == nil {
		return time.Time{}, nil
	}
	return w.Schedule.Next(after), nil
}

// beginDue is the local activity that begins the run of a time. Each time has
// one run, whose name tells it.
func (h *host) beginDue(ctx context.Context, workflow string, at time.Time) error {
	w := h.opts.Workflows[workflow]
	if w == nil || w.Schedule == nil {
		return nil
	}
	_, _, err := h.Start(ctx, workflow, service.RunAt(workflow, at), w.Schedule.Inputs)
	if err != nil && lasting(err) {
		h.opts.Log(fmt.Sprintf("the schedule of %s begins no run at %s: %s", workflow, at.Format(time.RFC3339), err))
		return nil
	}
	return err
}

// keepTimes lets each schedule be kept, and looked at anew.
func (h *host) keepTimes(ctx context.Context) error {
	for _, name := range h.Names() {
		if h.opts.Workflows[name].Schedule == nil {
			continue
		}
		options := client.StartWorkflowOptions{TaskQueue: taskQueue}
		begun := timing{Workflow: name, Last: h.opts.Now().UTC().Round(0)}
		if _, err := h.client.SignalWithStartWorkflow(ctx, scheduleID(name), changedSignal, nil, options, scheduleKind, begun); err != nil {
			return fmt.Errorf("temporal: keep the schedule of %s: %w", name, err)
		}
	}
	return nil
}
