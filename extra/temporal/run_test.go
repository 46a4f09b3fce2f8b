package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/converter"
	sdk "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// beginning is a run of a plan as the host would begin it.
func beginning(t *testing.T, p *plan.Plan, inputs map[string]any) begin {
	t.Helper()
	head, first, err := engine.Beginning(p, inputs, engine.Options{RunID: "run-1", Journal: journal.NewMemory(time.Now)})
	must(t, err)
	return begin{Run: "run-1", Workflow: p.Root.ID, Fingerprint: engine.Fingerprint(p), Entries: [][]byte{head}, Next: first}
}

func environment(h *host) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(logger{func(string) {}})
	env := suite.NewTestWorkflowEnvironment()
	h.registerWorkflows(env)
	return env
}

func TestAnOrderIsPlacedAndItsConfirmationAwaited(t *testing.T) {
	t.Parallel()
	w := &world{}
	p := placeOrder(t)
	h := hosting(t, p, w.wire())
	env := environment(h)
	joined := map[string]joining{}
	env.OnActivity(h.join, mock.Anything, mock.Anything, mock.Anything).Return(func(_ context.Context, id string, j joining) error {
		joined[id] = j
		m := confirmation("req-1")
		event, err := machine.EncodeEvent(machine.Arrived{Message: m})
		if err != nil {
			return err
		}
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(messageSignal, arrived{j.Subscription, event}) }, time.Second)
		return nil
	})
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	env.ExecuteWorkflow(runKind, beginning(t, p, orderInputs()))
	must(t, env.GetWorkflowError())
	id := h.channels[0].indexID(keyOf("req-1"))
	if _, ok := joined[id]; !ok || len(joined) != 1 {
		t.Errorf("the run joined %v, want %s", joined, id)
	}
	for id, n := range w.times {
		if n != 1 {
			t.Errorf("%s was performed %d times", id, n)
		}
	}
	if len(w.times) == 0 {
		t.Error("nothing was performed")
	}
}

// payout is a run that asks a person, in an environment where something is done
// a minute after it began.
func payout(t *testing.T, do func(*testsuite.TestWorkflowEnvironment)) (*world, *testsuite.TestWorkflowEnvironment) {
	t.Helper()
	w := &world{}
	p := example(t, "person-in-the-loop", "person-in-the-loop.arazzo.yaml", "asyncapi.yaml")
	env := environment(hosting(t, p, w.wire()))
	env.RegisterDelayedCallback(func() { do(env) }, time.Minute)
	env.ExecuteWorkflow(runKind, beginning(t, p, map[string]any{"customer": "c-1", "amount": json.Number("12")}))
	return w, env
}

// told keeps what became of an update.
type told struct{ err error }

func (u *told) callback() *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnReject: func(err error) { u.err = err }, OnAccept: func() {},
		OnComplete: func(_ any, err error) { u.err = err },
	}
}

func TestAPersonAnswersAndIsToldOfAnAnswerThatDoesNotFit(t *testing.T) {
	t.Parallel()
	var unfit, wrong, fit told
	w, env := payout(t, func(env *testsuite.TestWorkflowEnvironment) {
		env.UpdateWorkflow(answerUpdate, "1", unfit.callback(), answered{Answer: json.RawMessage(`{"approved":true}`)})
		env.UpdateWorkflow(answerUpdate, "2", wrong.callback(), answered{Step: "pay", Answer: json.RawMessage(`true`)})
		env.UpdateWorkflow(answerUpdate, "3", fit.callback(), answered{Step: "approve", Answer: json.RawMessage(`{"approved":true,"name":"Ada"}`)})
	})
	must(t, env.GetWorkflowError())
	var refused *sdk.ApplicationError
	if !errors.As(unfit.err, &refused) || refused.Type() != refusedAnswer {
		t.Errorf("an answer that does not fit: %v", unfit.err)
	}
	if !errors.As(wrong.err, &refused) || refused.Type() != refusedState {
		t.Errorf("an answer to another step: %v", wrong.err)
	}
	must(t, fit.err)
	var outputs map[string]any
	must(t, env.GetWorkflowResult(&outputs))
	if outputs["approvedBy"] != "Ada" || len(w.times) != 1 {
		t.Errorf("it gave %v and performed %v", outputs, w.times)
	}
}

func TestNobodyAnswersInTimeAndTheRunFails(t *testing.T) {
	t.Parallel()
	w, env := payout(t, func(*testsuite.TestWorkflowEnvironment) {})
	var failed *sdk.ApplicationError
	if err := env.GetWorkflowError(); !errors.As(err, &failed) || failed.Type() != string(machine.FailTimeout) {
		t.Errorf("it ended with %v", err)
	}
	if len(w.times) != 0 {
		t.Errorf("it performed %v", w.times)
	}
}

func TestARunIsCancelledAndItsHistoryTellsSo(t *testing.T) {
	t.Parallel()
	var cancelled told
	_, env := payout(t, func(env *testsuite.TestWorkflowEnvironment) {
		env.UpdateWorkflow(cancelUpdate, "1", cancelled.callback(), "no money")
	})
	must(t, cancelled.err)
	if err := env.GetWorkflowError(); !sdk.IsCanceledError(errors.Unwrap(err)) && !sdk.IsCanceledError(err) {
		t.Errorf("it ended with %v", err)
	}
	answer, err := env.QueryWorkflow(historyQuery)
	must(t, err)
	var entries [][]byte
	must(t, answer.Get(&entries))
	last, err := machine.DecodeEvent(entries[len(entries)-1])
	must(t, err)
	if c, ok := last.(machine.Cancelled); !ok || c.Reason != "no money" {
		t.Errorf("the last event is %#v", last)
	}
}

func TestARunWithALongHistoryGoesOnInANewOne(t *testing.T) {
	t.Parallel()
	p := example(t, "person-in-the-loop", "person-in-the-loop.arazzo.yaml", "asyncapi.yaml")
	w := &world{}
	first := environment(hosting(t, p, w.wire()))
	first.SetContinueAsNewSuggested(true)
	first.ExecuteWorkflow(runKind, beginning(t, p, map[string]any{"customer": "c-1", "amount": json.Number("12")}))
	var again *workflow.ContinueAsNewError
	if err := first.GetWorkflowError(); !errors.As(err, &again) {
		t.Fatalf("it ended with %v", err)
	}
	var in begin
	must(t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &in))
	second := environment(hosting(t, p, w.wire()))
	var fit told
	second.RegisterDelayedCallback(func() {
		second.UpdateWorkflow(answerUpdate, "1", fit.callback(), answered{Answer: json.RawMessage(`{"approved":true,"name":"Ada"}`)})
	}, time.Minute)
	second.ExecuteWorkflow(runKind, in)
	must(t, errors.Join(fit.err, second.GetWorkflowError()))
	if len(w.times) != 1 {
		t.Errorf("it performed %v", w.times)
	}
}

func TestACallThatItsProcessDidNotFinishIsMadeAgainWithItsID(t *testing.T) {
	t.Parallel()
	w := &world{}
	p := placeOrder(t)
	h := hosting(t, p, w.wire())
	env := environment(h)
	tries := 0
	env.OnActivity(h.outside, mock.Anything, mock.Anything, mock.Anything).Return(func(ctx context.Context, workflow string, effect machine.Effect) ([]byte, error) {
		if tries++; tries == 1 {
			w.did(effect.(machine.SendMessage).ID)
			return nil, context.Canceled // the process is being stopped
		}
		return h.outside(ctx, workflow, effect)
	})
	env.OnActivity(h.join, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	env.OnActivity(h.listenedUntil, mock.Anything, mock.Anything, mock.Anything).Return(true, nil)
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	env.ExecuteWorkflow(runKind, beginning(t, p, orderInputs()))
	if w.times["run-1/CreateOrder/1"] != 2 {
		t.Errorf("it performed %v", w.times)
	}
}

func TestARunOfOtherDocumentsWaitsForThem(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	in := beginning(t, p, orderInputs())
	in.Fingerprint = "other"
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, engine.ErrChanged) {
			t.Errorf("it said %v", err)
		}
	}()
	hosting(t, p, (&world{}).wire()).mustKnow(in)
}
