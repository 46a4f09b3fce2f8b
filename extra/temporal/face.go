package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/diag"
)

// Names are the names of the workflows, in order.
func (h *host) Names() []string { return slices.Sorted(maps.Keys(h.opts.Workflows)) }

// Workflow returns the workflow of that name, or nil.
func (h *host) Workflow(name string) *service.Workflow { return h.opts.Workflows[name] }

// Start begins a run; see service.Service.
func (h *host) Start(ctx context.Context, workflow, id string, inputs map[string]any) (string, bool, error) {
	return h.start(ctx, workflow, id, inputs, nil)
}

// start begins a run, by a message where it is given its headers.
func (h *host) start(ctx context.Context, workflow, id string, inputs, trigger map[string]any) (string, bool, error) {
	w := h.opts.Workflows[workflow]
	if w == nil {
		hint := diag.DidYouMean(workflow, h.Names())
		if hint != "" {
			hint = "; " + hint
		}
		return "", false, fmt.Errorf("%w: %q%s", service.ErrNoWorkflow, workflow, hint)
	}
	if h.Draining() {
		return "", false, service.ErrDraining
	}
	asked := id != ""
	if !asked {
		id = engine.NewID()
	}
	head, first, err := engine.Beginning(w.Plan, inputs, engine.Options{
		RunID: id, Journal: journal.NewMemory(h.opts.Now), Head: w.Head, Now: h.opts.Now,
		Parallel: h.opts.Parallel, ReceiveTimeout: h.opts.ReceiveTimeout, Trigger: trigger,
	})
	if err != nil {
		return "", false, err
	}
	err = h.begin(ctx, begin{Run: id, Workflow: workflow, Fingerprint: engine.Fingerprint(w.Plan), Entries: [][]byte{head}, Next: first}, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	if started(err) && asked {
		return id, false, nil
	}
	return id, err == nil, err
}

// begin has Temporal begin a workflow for a run.
func (h *host) begin(ctx context.Context, in begin, reuse enums.WorkflowIdReusePolicy) error {
	_, err := h.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: in.Run, TaskQueue: taskQueue, WorkflowIDReusePolicy: reuse, WorkflowExecutionErrorWhenAlreadyStarted: true,
		Memo: map[string]any{workflowMemo: in.Workflow},
	}, runKind, in)
	return err
}

// workflowMemo is the note that says which workflow a run is of.
const workflowMemo = "workflow"

func started(err error) bool { return sdk.IsWorkflowExecutionAlreadyStartedError(err) }

// Show returns all that is known of a run.
func (h *host) Show(ctx context.Context, id string) (service.Detail, error) {
	run, err := h.describe(ctx, id)
	if err != nil {
		return service.Detail{}, err
	}
	shown := service.Detail{Run: run, Outputs: map[string]any{}, Steps: []engine.Step{}}
	w := h.opts.Workflows[run.Workflow]
	if w == nil {
		return shown, nil
	}
	store := journal.NewMemory(h.opts.Now)
	entries, err := h.history(ctx, id)
	if err == nil {
		err = store.Append(ctx, id, 0, entries)
	}
	var stands engine.Snapshot
	if err == nil {
		stands, err = engine.Inspect(ctx, w.Plan, id, store)
	}
	if err != nil {
		shown.Problem = err.Error()
		return shown, nil
	}
	run.Status = "" // what the history says is newer
	return service.Detailed(run, &stands), nil
}

func (h *host) history(ctx context.Context, id string) ([][]byte, error) {
	answer, err := h.client.QueryWorkflow(ctx, id, "", historyQuery)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	return entries, answer.Get(&entries)
}

func (h *host) describe(ctx context.Context, id string) (service.Run, error) {
	d, err := h.client.DescribeWorkflow(ctx, id, "")
	if unknown(err) || err == nil && d.WorkflowType.Name != runKind {
		return service.Run{}, fmt.Errorf("run %s: %w", id, journal.ErrUnknownRun)
	}
	if err != nil {
		return service.Run{}, err
	}
	run := service.Run{ID: id, Status: statusOf(d.Status), Created: d.WorkflowStartTime, Updated: d.WorkflowStartTime}
	if d.WorkflowCloseTime != nil {
		run.Updated = *d.WorkflowCloseTime
	}
	if memo := d.Memo.GetFields()[workflowMemo]; memo != nil {
		_ = json.Unmarshal(memo.GetData(), &run.Workflow) // what cannot be read is not shown
	}
	return run, nil
}

func statusOf(status enums.WorkflowExecutionStatus) string {
	switch status {
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return string(machine.RunSucceeded)
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return string(machine.RunCancelled)
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED, enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return string(machine.RunFailed)
	}
	return string(machine.RunRunning)
}

// conditions are the statuses in Temporal's language of queries.
func condition(status string) string {
	switch status {
	case "":
		return " AND ExecutionStatus != 'ContinuedAsNew'"
	case string(machine.RunRunning):
		return " AND ExecutionStatus = 'Running'"
	case string(machine.RunSucceeded):
		return " AND ExecutionStatus = 'Completed'"
	case string(machine.RunFailed):
		return " AND ExecutionStatus IN ('Failed', 'TimedOut')"
	case string(machine.RunCancelled):
		return " AND ExecutionStatus IN ('Canceled', 'Terminated')"
	}
	return " AND ExecutionStatus = 'Paused'" // none of ours
}

// List returns runs, the newest first. Temporal's lists are a moment behind.
func (h *host) List(ctx context.Context, status string, limit int) ([]service.Run, error) {
	runs := []service.Run{}
	if !slices.Contains([]string{"", string(machine.RunRunning), string(machine.RunSucceeded), string(machine.RunFailed), string(machine.RunCancelled)}, status) {
		return runs, nil // no run is stuck: another process may have its workflow
	}
	var next []byte
	for {
		page, err := h.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: int32(min(limit, 1000)), NextPageToken: next, Query: "WorkflowType = '" + runKind + "'" + condition(status),
		})
		if err != nil {
			return nil, err
		}
		for _, e := range page.GetExecutions() {
			run := service.Run{ID: e.GetExecution().GetWorkflowId(), Status: statusOf(e.GetStatus()), Created: e.GetStartTime().AsTime(), Updated: e.GetStartTime().AsTime()}
			if e.GetCloseTime() != nil {
				run.Updated = e.GetCloseTime().AsTime()
			}
			if memo := e.GetMemo().GetFields()[workflowMemo]; memo != nil {
				_ = json.Unmarshal(memo.GetData(), &run.Workflow) // what cannot be read is not shown
			}
			again := slices.ContainsFunc(runs, func(r service.Run) bool { return r.ID == run.ID })
			if !again && len(runs) < limit {
				runs = append(runs, run)
			}
		}
		if next = page.GetNextPageToken(); len(next) == 0 || len(runs) >= limit {
			return runs, nil
		}
	}
}

// Cancel ends a run at once.
func (h *host) Cancel(ctx context.Context, id, reason string) error {
	return h.tell(ctx, id, cancelUpdate, reason)
}

// Answer gives a person's answer to the step that asks.
func (h *host) Answer(ctx context.Context, id, step string, answer any, by string) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return h.tell(ctx, id, answerUpdate, answered{Step: step, Answer: text, By: by})
}

// tell tells a run something and returns when that is in its history.
func (h *host) tell(ctx context.Context, id, update string, what any) error {
	if _, err := h.describe(ctx, id); err != nil {
		return err
	}
	handle, err := h.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: update, Args: []any{what}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	var refused *sdk.ApplicationError
	switch {
	case unknown(err):
		return fmt.Errorf("%w: it has ended", service.ErrState)
	case errors.As(err, &refused) && refused.Type() == refusedAnswer:
		unfit := &machine.AnswerError{}
		_ = refused.Details(&unfit.Problems) // without them it is refused all the same
		return unfit
	case errors.As(err, &refused) && refused.Type() == refusedState:
		return fmt.Errorf("%w: %s", service.ErrState, refused.Message())
	}
	return err
}

// Resume says that no run is stuck: Temporal tries again by itself.
func (h *host) Resume(ctx context.Context, id string) error {
	if _, err := h.describe(ctx, id); err != nil {
		return err
	}
	return fmt.Errorf("%w: Temporal lets it go on by itself, as soon as a process has its documents", service.ErrState)
}

// Retry takes a run up again that has failed or was cancelled.
func (h *host) Retry(ctx context.Context, id, step string) error {
	shown, err := h.Show(ctx, id)
	if err != nil {
		return err
	}
	w := h.opts.Workflows[shown.Workflow]
	if w == nil {
		return fmt.Errorf("%w %q", service.ErrNoWorkflow, shown.Workflow)
	}
	if shown.Problem != "" {
		return errors.New(shown.Problem)
	}
	if step == "" {
		if step = failedStep(shown.Steps); step == "" {
			return fmt.Errorf("%w: none of its steps has failed; say from which to try again", service.ErrState)
		}
	}
	entries, err := h.history(ctx, id)
	if err != nil {
		return err
	}
	retried := machine.Retried{Stamp: machine.Stamp{At: h.opts.Now().UTC().Round(0)}, From: step}
	next, err := machine.EncodeEvent(retried)
	if err != nil {
		return err
	}
	r := &run{machine: machine.New(w.Plan), entries: entries}
	if err := r.replay(); err != nil {
		return err
	}
	if _, err := r.machine.Step(retried); err != nil {
		return fmt.Errorf("%w: %w", service.ErrState, err)
	}
	err = h.begin(ctx, begin{Run: id, Workflow: shown.Workflow, Fingerprint: engine.Fingerprint(w.Plan), Entries: entries, Next: next}, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
	if started(err) {
		return fmt.Errorf("%w: it is under way", service.ErrState)
	}
	return err
}

func failedStep(steps []engine.Step) string {
	for _, s := range steps {
		if s.Path == "" && s.Status == string(machine.StepFailed) {
			return s.ID
		}
	}
	return ""
}

// Letters are none: callbacks are not kept in Temporal yet.
func (h *host) Letters(string) []service.Letter { return []service.Letter{} }

// SendAgain knows of no callback.
func (h *host) SendAgain(string) (service.Letter, error) {
	return service.Letter{}, service.ErrNoLetter
}

// WriteMetrics leaves counting to Temporal, which knows all processes.
func (h *host) WriteMetrics(out io.Writer) error {
	_, err := io.WriteString(out, "# runs are counted by Temporal\n")
	return err
}

// Watch tells of nothing: a process sees only some of what happens.
func (h *host) Watch() (<-chan service.Event, func()) { return nil, func() {} }

// Draining reports whether this process begins nothing new.
func (h *host) Draining() bool {
	select {
	case <-h.draining:
		return true
	default:
		return false
	}
}

// Drain begins nothing new. What is under way is left to other processes.
func (h *host) Drain(context.Context) { h.drain.Do(func() { close(h.draining) }) }

// Close ends this process's part. Every run goes on in the next.
func (h *host) Close(ctx context.Context) error {
	h.Drain(ctx)
	h.worker.Stop()
	h.client.Close()
	return nil
}
