package temporal

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/testsuite"

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
