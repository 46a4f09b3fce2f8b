package temporal

import (
	"encoding/json"
	"errors"
	"fmt"

	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/service"
)

// The names by which a run is spoken to.
const (
	messageSignal = "message"
	cancelUpdate  = "cancel"
	answerUpdate  = "answer"
	historyQuery  = "history"
)

// begin is what a run begins with, or goes on with.
type begin struct {
	Run         string `json:"run"`
	Workflow    string `json:"workflow"`
	Fingerprint string `json:"fingerprint"`
	// Entries are the run's history so far, as in a journal: the head and then
	// events.
	Entries [][]byte `json:"entries"`
	// Next is the event to go on with; without one the run is taken up.
	Next []byte `json:"next,omitempty"`
}

// arrived is a message on its way from an index to a run.
type arrived struct {
	Subscription string `json:"subscription"`
	// Event is a machine.Arrived.
	Event []byte `json:"event"`
}

// answered is what a person says.
type answered struct {
	Step   string          `json:"step,omitempty"`
	Answer json.RawMessage `json:"answer"`
	By     string          `json:"by,omitempty"`
}

// run is one run within its Temporal workflow. Temporal lets one of its
// coroutines run at a time.
type run struct {
	ctx      workflow.Context // of the workflow itself: effects outlive updates
	host     *host
	in       begin
	workflow *service.Workflow
	machine  *machine.Machine
	entries  [][]byte

	queue     []machine.Event // that happened and were not taken yet
	underWay  int             // effects with an outcome to come, waits aside
	cancel    map[string]workflow.CancelFunc
	questions []machine.AskPerson
	listens   []machine.Subscribe
	joined    map[string]bool // indexes that know of the run
	joining   int             // that are being told
	flushed   map[string]bool // questions to indexes that were answered
	end       *machine.Result
}

// run is the Temporal workflow of a run. Its result is the run's outputs.
func (h *host) run(ctx workflow.Context, in begin) (map[string]any, error) {
	r := &run{ctx: ctx, host: h, in: in, workflow: h.mustKnow(in), entries: in.Entries, cancel: map[string]workflow.CancelFunc{}, joined: map[string]bool{}, flushed: map[string]bool{}}
	r.machine = machine.New(r.workflow.Plan)
	if err := r.replay(); err != nil {
		return nil, fault(err)
	}
	next, err := r.next(ctx)
	if err != nil {
		return nil, fault(err)
	}
	if err := r.face(ctx); err != nil {
		return nil, err
	}
	r.hearFlushed(ctx)
	if err := r.take(next); err != nil {
		return nil, fault(err)
	}
	return r.loop(ctx)
}

// mustKnow returns the workflow of a run. Where this process has another form
// of it, or none, it panics: Temporal then waits for a process that has it, and
// shows why.
func (h *host) mustKnow(in begin) *service.Workflow {
	h.mustHave(in.Workflow)
	w := h.opts.Workflows[in.Workflow]
	if engine.Fingerprint(w.Plan) != in.Fingerprint {
		panic(fmt.Errorf("run %s of workflow %s: %w; bring the documents back as they were, or begin a new run", in.Run, in.Workflow, engine.ErrChanged))
	}
	return w
}

// replay rebuilds the machine of a run that goes on.
func (r *run) replay() error {
	for i, entry := range r.entries {
		if i == 0 {
			continue // the head
		}
		event, err := machine.DecodeEvent(entry)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
		if _, err := r.machine.Step(event); err != nil {
			return fmt.Errorf("entry %d does not follow from those before: %w", i+1, err)
		}
	}
	return nil
}

func (r *run) next(ctx workflow.Context) (machine.Event, error) {
	if r.in.Next == nil {
		return machine.Resumed{Stamp: stamp(ctx)}, nil
	}
	event, err := machine.DecodeEvent(r.in.Next)
	if err != nil {
		return nil, err
	}
	return at(event, stamp(ctx)), nil
}

// loop takes what happens until the run has ended.
func (r *run) loop(ctx workflow.Context) (map[string]any, error) {
	messages := workflow.GetSignalChannel(ctx, messageSignal)
	for r.end == nil {
		r.deliver(ctx, messages)
		if len(r.queue) == 0 && r.underWay == 0 && workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return nil, r.continued(ctx)
		}
		if len(r.queue) == 0 {
			if err := workflow.Await(ctx, func() bool { return r.end != nil || len(r.queue) > 0 || messages.Len() > 0 }); err != nil {
				return r.cancelled(ctx)
			}
			continue
		}
		event := r.queue[0]
		r.queue = r.queue[1:]
		if r.unwanted(event) {
			continue
		}
		if err := r.take(event); err != nil {
			return nil, fault(err)
		}
	}
	r.leave(ctx)
	return r.outcome()
}

// continued goes on in a Temporal workflow with a history of its own. What
// waits is asked for again there.
func (r *run) continued(ctx workflow.Context) error {
	next := r.in
	next.Entries, next.Next = r.entries, nil
	return workflow.NewContinueAsNewError(ctx, runKind, next)
}

// cancelled ends a run that somebody has cancelled by Temporal's own means.
func (r *run) cancelled(ctx workflow.Context) (map[string]any, error) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r.ctx = ctx
	if err := r.take(machine.Cancelled{Stamp: stamp(ctx), Reason: "it was cancelled in Temporal"}); err != nil {
		return nil, fault(err)
	}
	r.leave(ctx)
	return r.outcome()
}

// outcome says how the run ended in Temporal's terms.
func (r *run) outcome() (map[string]any, error) {
	switch {
	case r.end.State == machine.RunCancelled:
		return nil, sdk.NewCanceledError()
	case r.end.Failure != nil:
		// Only the kind: the words may have values of the run.
		return nil, sdk.NewNonRetryableApplicationError("the run failed at step "+r.end.Failure.Step, string(r.end.Failure.Code), nil)
	}
	return r.end.Outputs, nil
}

// take gives the machine an event and begins what follows from it.
func (r *run) take(event machine.Event) error {
	effects, err := r.machine.Step(event)
	if err != nil {
		return err
	}
	entry, err := machine.EncodeEvent(event)
	if err != nil {
		return err
	}
	r.entries = append(r.entries, entry)
	for _, effect := range effects {
		r.perform(r.ctx, effect)
	}
	r.joinWaits(r.ctx)
	return nil
}

// deliver takes the messages that came in and that the run has a use for.
func (r *run) deliver(ctx workflow.Context, messages workflow.ReceiveChannel) {
	var m arrived
	for messages.ReceiveAsync(&m) {
		event, err := machine.DecodeEvent(m.Event)
		came, ok := event.(machine.Arrived)
		if err != nil || !ok {
			if !workflow.IsReplaying(ctx) {
				r.host.opts.Log("temporal: a signal to run " + r.in.Run + " is no message")
			}
			continue
		}
		came.Stamp, came.Subscription = stamp(ctx), m.Subscription
		r.queue = append(r.queue, came)
	}
}

// unwanted reports whether an event is a message that the run has no use for.
func (r *run) unwanted(event machine.Event) bool {
	came, ok := event.(machine.Arrived)
	if !ok {
		return false
	}
	wanted, _ := r.machine.Wants(came.Subscription, &came.Message)
	return !wanted
}

// face lets others see and steer the run.
func (r *run) face(ctx workflow.Context) error {
	history := func() ([][]byte, error) { return r.entries, nil }
	cancel := func(ctx workflow.Context, reason string) error {
		return refusal(r.take(machine.Cancelled{Stamp: stamp(ctx), Reason: reason}))
	}
	answer := func(ctx workflow.Context, in answered) error { return refusal(r.answer(ctx, in)) }
	return errors.Join(
		workflow.SetQueryHandler(ctx, historyQuery, history),
		workflow.SetUpdateHandler(ctx, cancelUpdate, cancel),
		workflow.SetUpdateHandler(ctx, answerUpdate, answer),
	)
}

// The types of errors of updates, by which the other side knows them.
const (
	refusedState  = "state"
	refusedAnswer = "answer"
)

// refusal is an error as the other side of an update gets it.
func refusal(err error) error {
	var unfit *machine.AnswerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unfit):
		return sdk.NewNonRetryableApplicationError("the answer does not fit", refusedAnswer, nil, unfit.Problems)
	}
	return sdk.NewNonRetryableApplicationError(err.Error(), refusedState, nil)
}

// fault is why a run cannot go on, ever.
func fault(err error) error {
	return sdk.NewNonRetryableApplicationError(err.Error(), "fault", nil)
}

func stamp(ctx workflow.Context) machine.Stamp {
	return machine.Stamp{At: workflow.Now(ctx).UTC().Round(0)}
}

// at sets the time of an event to that of the history it is part of.
func at(event machine.Event, stamp machine.Stamp) machine.Event {
	switch e := event.(type) {
	case machine.Started:
		e.Stamp = stamp
		return e
	case machine.Retried:
		e.Stamp = stamp
		return e
	case machine.Responded:
		e.Stamp = stamp
		return e
	case machine.CallFailed:
		e.Stamp = stamp
		return e
	case machine.Sent:
		e.Stamp = stamp
		return e
	case machine.SendFailed:
		e.Stamp = stamp
		return e
	}
	return event
}
