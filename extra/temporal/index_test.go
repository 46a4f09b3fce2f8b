package temporal

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/testsuite"
)

// forwarded notes what an index brings to runs.
type forwarded struct {
	mu   sync.Mutex
	list []string
}

func (f *forwarded) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, what)
}

func (f *forwarded) watch(env *testsuite.TestWorkflowEnvironment) {
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, flushedSignal, mock.Anything).Return(
		func(_, run, _, _ string, arg any) error {
			f.note(run + " " + arg.(string))
			return nil
		})
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, messageSignal, mock.Anything).Return(
		func(_, run, _, _ string, arg any) error {
			f.note(run + " " + string(arg.(arrived).Event))
			return nil
		})
}

// indexing runs an index with what happens to it, each a minute after the other.
func indexing(t *testing.T, steps ...func(*testsuite.TestWorkflowEnvironment)) (*forwarded, time.Duration) {
	t.Helper()
	env := environment(hosting(t, placeOrder(t), (&world{}).wire()))
	f := &forwarded{}
	f.watch(env)
	for i, step := range steps {
		env.RegisterDelayedCallback(func() { step(env) }, time.Duration(i)*time.Minute)
	}
	began := env.Now()
	env.ExecuteWorkflow(indexKind, index{Runs: []joining{{Run: "first", Since: began}}})
	must(t, env.GetWorkflowError())
	return f, env.Now().Sub(began)
}

func message(id string) func(*testsuite.TestWorkflowEnvironment) {
	return func(env *testsuite.TestWorkflowEnvironment) {
		env.SignalWorkflow(keepSignal, kept{ID: id, Event: []byte(id)})
	}
}

func join(run string, ago time.Duration) func(*testsuite.TestWorkflowEnvironment) {
	return func(env *testsuite.TestWorkflowEnvironment) {
		env.SignalWorkflow(joinSignal, joining{Run: run, Since: env.Now().Add(-ago)})
	}
}

func leave(run string) func(*testsuite.TestWorkflowEnvironment) {
	return func(env *testsuite.TestWorkflowEnvironment) { env.SignalWorkflow(leaveSignal, run) }
}

func TestAnIndexBringsMessagesInOrderAndEachOnce(t *testing.T) {
	t.Parallel()
	f, _ := indexing(t, message("a"), message("b"), message("a"), leave("first"), message("c"))
	if want := []string{"first a", "first b"}; !slices.Equal(f.list, want) {
		t.Errorf("it brought %q, want %q", f.list, want)
	}
}

func TestAnIndexKeepsMessagesForRunsThatBeganBeforeThem(t *testing.T) {
	t.Parallel()
	f, _ := indexing(t, message("a"), message("b"), leave("first"), join("old", time.Hour), join("new", 0), leave("old"), leave("new"))
	if want := []string{"first a", "first b", "old a", "old b"}; !slices.Equal(f.list, want) {
		t.Errorf("it brought %q, want %q", f.list, want)
	}
}

func TestAnIndexEndsWhenNobodyWaitsAndWhatItKeepsIsOld(t *testing.T) {
	t.Parallel()
	_, took := indexing(t, message("a"), leave("first"))
	if took < keptFor || took > keptFor+time.Hour {
		t.Errorf("it ended after %s, want a little more than %s", took, keptFor)
	}
}

func TestWhatAnIndexKeepsIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var many, large index
	for range maxKept + 10 {
		many.Kept = append(many.Kept, kept{At: now})
	}
	for range 3 {
		large.Kept = append(large.Kept, kept{At: now, Event: make([]byte, maxIndexed/2)})
	}
	many.forget(now)
	large.forget(now)
	if len(many.Kept) != maxKept || len(large.Kept) != 2 {
		t.Errorf("%d and %d are kept, want %d and 2", len(many.Kept), len(large.Kept), maxKept)
	}
}
