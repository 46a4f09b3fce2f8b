package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/plan"
)

var errCrash = errors.New("the process was killed")

// crashing is a journal whose process dies at its nth write: just before it,
// or just after it, when nothing more is done.
type crashing struct {
	*journal.Memory
	left  int
	after bool
}

func (c *crashing) write(do func() error) error {
	if c.left--; c.left > 0 {
		return do()
	}
	if c.left == 0 && c.after {
		if err := do(); err != nil {
			return err
		}
	}
	return errCrash
}

func (c *crashing) Append(ctx context.Context, run string, last uint64, entries [][]byte) error {
	return c.write(func() error { return c.Memory.Append(ctx, run, last, entries) })
}

func (c *crashing) AppendMarked(ctx context.Context, run string, last uint64, entries [][]byte, status string) error {
	return c.write(func() error { return c.Memory.AppendMarked(ctx, run, last, entries, status) })
}

// A run that is killed at any write to its journal, before or after it, and
// once more at any write of the process that resumes it, ends as the run that
// was not. What is sent again has the same id.
func TestKilledAtEveryBoundaryOfTheJournal(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	straight := newWorld()
	straight.onSend = confirms
	want, err := engine.Run(t.Context(), p, orderInputs(), engine.Options{Wire: straight.wire(), RunID: "r"})
	must(t, err)
	for first := 1; first <= 8; first++ {
		for second := range 6 {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d then %d, after the write: %v", first, second, after), func(t *testing.T) {
					w := newWorld()
					w.onSend = confirms
					result := killTwice(t, p, w, first, second, after)
					for i := range result.Steps {
						result.Steps[i].DurationMs = want.Steps[i].DurationMs
					}
					result.Started, result.DurationMs = want.Started, want.DurationMs
					if diff := cmp.Diff(want, result); diff != "" {
						t.Error(diff)
					}
					for _, m := range w.sends {
						if m.ID != straight.sends[0].ID {
							t.Errorf("it was sent again with the id %s", m.ID)
						}
					}
				})
			}
		}
	}
}

// killTwice runs, kills at the first write counted, resumes, kills at the
// second, and resumes until the end.
func killTwice(t *testing.T, p *plan.Plan, w *world, first, second int, after bool) engine.Result {
	t.Helper()
	store := journal.NewMemory(time.Now)
	dying := func(at int) engine.Options {
		return engine.Options{Wire: w.wire(), Journal: &crashing{store, at, after}, RunID: "r"}
	}
	result, err := engine.Run(t.Context(), p, orderInputs(), dying(first))
	if err == nil {
		return result // it was over before
	}
	if entries, _ := store.Read(t.Context(), "r", 0); len(entries) < 2 {
		// It was killed before it began: nothing was done, and it is begun again.
		if w.sendCount() > 0 {
			t.Error("something was sent before the run was recorded")
		}
		store = journal.NewMemory(time.Now)
		result, err = engine.Run(t.Context(), p, orderInputs(), engine.Options{Wire: w.wire(), Journal: store, RunID: "r"})
		must(t, err)
		return result
	}
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	result, err = engine.Resume(t.Context(), p, "r", dying(second))
	if errors.Is(err, errCrash) {
		result, err = engine.Resume(t.Context(), p, "r", engine.Options{Wire: w.wire(), Journal: store})
	}
	must(t, err)
	return result
}
