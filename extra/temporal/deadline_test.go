package temporal

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/testsuite"

	"github.com/weft-dev/weft/flow/machine"
)

// late is a run whose confirmation came in time, while nobody listened: the
// listening goes on a while after the deadline.
func late(t *testing.T, took time.Duration) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	p := placeOrder(t)
	h := hosting(t, p, (&world{}).wire())
	env := environment(h)
	began := env.Now()
	var joined joining
	env.OnActivity(h.join, mock.Anything, mock.Anything, mock.Anything).Return(func(_ context.Context, _ string, j joining) error {
		joined = j
		return nil
	})
	env.OnActivity(h.listenedUntil, mock.Anything, mock.Anything, mock.Anything).Return(func(_ context.Context, _ string, at time.Time) (bool, error) {
		return !env.Now().Before(at.Add(took)), nil
	})
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, flushSignal, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error {
			event, err := machine.EncodeEvent(machine.Arrived{Message: confirmation("req-1")})
			if err != nil {
				return err
			}
			env.RegisterDelayedCallback(func() {
				if env.Now().Before(began.Add(6*time.Second + took)) {
					t.Errorf("the index was asked %s after the beginning, before the listening went on", env.Now().Sub(began))
				}
				env.SignalWorkflow(messageSignal, arrived{joined.Subscription, event})
				env.SignalWorkflow(flushedSignal, arg.(flush).Token)
			}, time.Second)
			return nil
		})
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	env.ExecuteWorkflow(runKind, beginning(t, p, orderInputs()))
	return env
}

func TestWhatCameBeforeADeadlineCountsThoughItIsReadAfterIt(t *testing.T) {
	t.Parallel()
	must(t, late(t, 10*time.Second).GetWorkflowError())
}

func TestADeadlineStandsWhereNobodyListensForLong(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	h := hosting(t, p, (&world{}).wire())
	env := environment(h)
	began := env.Now()
	env.OnActivity(h.join, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	env.OnActivity(h.listenedUntil, mock.Anything, mock.Anything, mock.Anything).Return(false, nil)
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(nil)
	env.ExecuteWorkflow(runKind, beginning(t, p, orderInputs()))
	if err := env.GetWorkflowError(); err == nil {
		t.Error("nothing came, and it succeeded")
	}
	if took, least := env.Now().Sub(began), 6*time.Second+takeover; took < least || took > least+5*time.Second {
		t.Errorf("it ended after %s, want a little more than %s", took, least)
	}
}

func TestAnIndexSaysThatItBroughtAllAfterAll(t *testing.T) {
	t.Parallel()
	f, _ := indexing(t, func(env *testsuite.TestWorkflowEnvironment) {
		message("a")(env)
		env.SignalWorkflow(flushSignal, flush{Run: "first", Token: "t"})
		message("b")(env)
	}, leave("first"))
	if want := []string{"first a", "first b", "first t"}; !slices.Equal(f.list, want) {
		t.Errorf("it brought %q, want %q", f.list, want)
	}
}

func TestWhatIsBeingHandedOverDoesNotCountAsHeard(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		turn turn
		want time.Time
	}{
		"idle":             {turn{progress{Listening: true}, now}, now},
		"handing over":     {turn{progress{Listening: true, Lag: time.Minute}, now}, now.Add(-time.Minute)},
		"reading the past": {turn{progress{}, now}, time.Time{}},
	} {
		if got := c.turn.until(); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
