package temporal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/machine"
)

func (r *run) perform(ctx workflow.Context, effect machine.Effect) {
	switch e := effect.(type) {
	case machine.Tell: // people look at the run's history
	case machine.Complete:
		r.end = &e.Result
	case machine.SetTimer:
		r.beside(ctx, e.ID, func(ctx workflow.Context) { r.wait(ctx, e) })
	case machine.CancelTimer:
		r.stop(e.ID)
	case machine.Abandon:
		r.stop(e.ID)
		r.asked(e.ID)
	case machine.AskPerson:
		r.questions = append(r.questions, e)
	case machine.CallHTTP:
		r.outside(ctx, e.ID, e)
	case machine.SendMessage:
		r.outside(ctx, e.ID, e)
	case machine.Subscribe:
		r.listens = append(r.listens, e)
		r.arm(ctx, e)
	case machine.KeepCallback:
		r.queue = append(r.queue, machine.KeepFailed{Stamp: stamp(ctx), ID: e.ID, Error: "callbacks are not kept in Temporal yet"})
	}
}

// beside does something beside the run that can be stopped.
func (r *run) beside(ctx workflow.Context, id string, do func(workflow.Context)) {
	own, cancel := workflow.WithCancel(ctx)
	r.cancel[id] = cancel
	workflow.Go(own, do)
}

func (r *run) stop(id string) {
	if cancel := r.cancel[id]; cancel != nil {
		cancel()
		delete(r.cancel, id)
	}
}

// again is how long it takes until what a process has not finished is done
// again.
const again = time.Second

// localTime bounds an effect that the machine itself does not bound.
const localTime = time.Hour

// outside performs an effect on the world. A process that ends in the middle
// leaves it to another, which does it again, with the same id.
func (r *run) outside(ctx workflow.Context, id string, effect machine.Effect) {
	r.underWay++
	r.beside(ctx, id, func(ctx workflow.Context) {
		defer func() { r.underWay-- }()
		var entry []byte
		err := locally(ctx, &entry, r.host.outside, r.in.Workflow, effect)
		if err != nil {
			return // it was abandoned
		}
		event, err := machine.DecodeEvent(entry)
		if err != nil {
			panic(err) // written by a newer version: wait for one
		}
		r.queue = append(r.queue, at(event, stamp(ctx)))
	})
}

// locally does something in the process that has the run, until it is done. It
// fails only when ctx ends.
func locally(ctx workflow.Context, into any, do any, args ...any) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: localTime, RetryPolicy: &sdk.RetryPolicy{MaximumAttempts: 1},
	})
	for {
		err := workflow.ExecuteLocalActivity(ctx, do, args...).Get(ctx, into)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if err := workflow.Sleep(ctx, again); err != nil {
			return err
		}
	}
}

// outside is the local activity that performs an effect; it returns the event
// of its outcome, encoded. It fails only when the process is being stopped.
func (h *host) outside(ctx context.Context, workflow string, effect machine.Effect) ([]byte, error) {
	wire := h.opts.Workflows[workflow].Wire
	var event machine.Event
	var err error
	switch e := effect.(type) {
	case machine.CallHTTP:
		var answer machine.Responded
		if answer, err = wire.Caller.Call(ctx, e); err != nil {
			event = machine.CallFailed{ID: e.ID, URL: answer.URL, Error: err.Error()}
			break
		}
		answer.ID = e.ID
		event = answer
	case machine.SendMessage:
		var sent machine.Sent
		if sent, err = wire.Sender.Send(ctx, e); err != nil {
			event = machine.SendFailed{ID: e.ID, Error: err.Error()}
			break
		}
		sent.ID = e.ID
		event = sent
	default:
		return nil, fmt.Errorf("%T is no effect on the world", effect)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // how it went was not awaited
	}
	return machine.EncodeEvent(event)
}

// answer takes what a person says to the step that asks.
func (r *run) answer(ctx workflow.Context, in answered) error {
	var fit []machine.AskPerson
	var names []string
	for _, q := range r.questions {
		names = append(names, q.Step.ID)
		if in.Step == "" || in.Step == q.Step.ID {
			fit = append(fit, q)
		}
	}
	switch {
	case len(names) == 0:
		return fmt.Errorf("it asks nobody anything now")
	case len(fit) == 0:
		return fmt.Errorf("step %s asks nothing now; %s does", in.Step, strings.Join(names, ", "))
	case len(fit) > 1:
		return fmt.Errorf("several steps ask; say which is answered: %s", strings.Join(names, ", "))
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(in.Answer))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	if err := r.take(machine.Answer(stamp(ctx).At, fit[0].ID, value, in.By)); err != nil {
		return err
	}
	r.asked(fit[0].ID)
	return nil
}

// asked forgets a question.
func (r *run) asked(id string) {
	r.questions = slices.DeleteFunc(r.questions, func(q machine.AskPerson) bool { return q.ID == id })
}
