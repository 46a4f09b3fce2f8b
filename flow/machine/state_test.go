package machine

import (
	"errors"
	"strings"
	"testing"
)

func TestAnImpossibleTransitionNamesBothStates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want []string
	}{
		{checkStep("pay", StepWaiting, StepSucceeded), []string{"step pay", "waiting", "succeeded"}},
		{checkStep("pay", StepSkipped, StepFailed), []string{"step pay", "skipped", "failed"}},
		{checkRun(RunSucceeded, RunRunning), []string{"the run", "succeeded", "running"}},
		{checkRun(RunNew, RunRunning), []string{"the run", "new", "running"}},
	} {
		var transition *TransitionError
		if !errors.As(c.err, &transition) {
			t.Fatalf("got %v, want a TransitionError with %v", c.err, c.want)
		}
		for _, part := range c.want {
			if !strings.Contains(c.err.Error(), part) {
				t.Errorf("%q does not say %q", c.err, part)
			}
		}
	}
}

// Every state that the table leads to is one from which it says what follows,
// or one that ends.
func TestTransitionsAreClosed(t *testing.T) {
	t.Parallel()
	for from, list := range stepTransitions.Get() {
		for _, to := range list {
			if _, ok := stepTransitions.Get()[to]; !ok {
				t.Errorf("from %s a step comes to %s, of which the table says nothing", from, to)
			}
			if to.Settled() == to.Active() && to != StepWaiting {
				t.Errorf("%s is neither under way nor ended, or both", to)
			}
		}
	}
	for from, list := range runTransitions.Get() {
		for _, to := range list {
			if _, ok := runTransitions.Get()[to]; !ok && !to.Ended() {
				t.Errorf("from %s a run comes to %s, of which the table says nothing", from, to)
			}
		}
	}
}
