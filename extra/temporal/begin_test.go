package temporal

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/mocks"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
)

// begun is a workflow that a message and the clock begin.
func begun(t testing.TB, wire engine.Wire) *service.Workflow {
	t.Helper()
	p := compiled(t, "testdata/begun", "begun.arazzo.yaml", "shop.yaml")
	sources := plan.Sources{}
	for _, use := range p.Uses {
		sources[use.Source.Spec] = use.Source
	}
	trigger, schedule, found := service.Read(p, sources)
	if len(found) > 0 {
		t.Fatal(found)
	}
	return &service.Workflow{Plan: p, Wire: wire, Trigger: trigger, Schedule: schedule}
}

func beginningBy(t testing.TB, wire engine.Wire) *host {
	t.Helper()
	h := &host{draining: make(chan struct{}), opts: service.Options{
		Now: time.Now, Workflows: map[string]*service.Workflow{"Ship": begun(t, wire)}, Log: func(line string) { t.Log(line) },
	}}
	must(t, h.hostable())
	return h
}

// asked is Temporal as far as beginning runs goes: it notes their ids.
func asked(t *testing.T, h *host) *[]string {
	t.Helper()
	var ids []string
	c := mocks.NewClient(t)
	c.On("ExecuteWorkflow", mock.Anything, mock.Anything, runKind, mock.Anything).Run(func(args mock.Arguments) {
		ids = append(ids, args.Get(3).(begin).Run)
	}).Return(nil, nil).Maybe()
	h.client = c
	return &ids
}

func TestAMessageBeginsTheRunOfItsName(t *testing.T) {
	t.Parallel()
	h := beginningBy(t, (&world{}).wire())
	ids := asked(t, h)
	c := &h.channels[0]
	for _, m := range []machine.Message{
		confirmation("a"), confirmation("a"), confirmation("b"),
		{ID: "filtered", Payload: map[string]any{"status": "refused"}},
		{ID: "without an input", Payload: map[string]any{"status": "accepted"}},
	} {
		must(t, h.delivered(t.Context(), c, engine.Delivery{Message: m}))
	}
	must(t, h.delivered(t.Context(), c, engine.Delivery{Rejected: "it is none of the contract's"}))
	if len(*ids) != 3 || (*ids)[0] != (*ids)[1] || (*ids)[0] == (*ids)[2] {
		t.Errorf("asked for the runs %q, want the first twice and then another", *ids)
	}
}

func TestAScheduleBeginsARunAtEachTimeAndLeavesOutWhatPassed(t *testing.T) {
	t.Parallel()
	h := beginningBy(t, (&world{}).wire())
	env := environment(h)
	began := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	env.SetStartTime(began)
	var times []string
	env.OnActivity(h.beginDue, mock.Anything, mock.Anything, mock.Anything).Return(func(_ context.Context, _ string, at time.Time) error {
		times = append(times, at.UTC().Format(time.TimeOnly))
		if len(times) == 3 {
			h.opts.Workflows["Ship"].Schedule = nil // the document has none any more
		}
		return nil
	})
	// The last time is an hour ago: nobody was there.
	env.ExecuteWorkflow(scheduleKind, timing{Workflow: "Ship", Last: began.Add(-time.Hour)})
	must(t, env.GetWorkflowError())
	if want := []string{"04:00:01", "04:00:02", "04:00:03"}; !slices.Equal(times, want) {
		t.Errorf("runs began at %q, want %q", times, want)
	}
}

// TestMessagesAndTheClockBeginRunsAtAServer needs a server, as
// TestThreeProcessesOneKilledAndRunsGoOn does.
func TestMessagesAndTheClockBeginRunsAtAServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	at := place(ctx, t)
	b, url := newBus(t)
	opened, err := Open(ctx, at, service.Options{
		Workflows: map[string]*service.Workflow{"Ship": begun(t, overBus{url}.wire())}, Log: func(line string) { t.Log(line) },
	})
	must(t, err)
	t.Cleanup(func() { must(t, opened.Close(context.Background())) })
	b.mu.Lock()
	b.placed = append(b.placed, confirmation("a"), confirmation("a"), confirmation("b"))
	b.mu.Unlock()
	until(ctx, t, "runs are begun by two messages and, twice, by the clock", func() bool {
		sent := b.sent()
		return len(sent["a"]) > 0 && len(sent["b"]) > 0 && len(sent["the clock"]) > 1
	})
	if sent := b.sent(); len(sent["a"]) != 1 || len(sent["b"]) != 1 {
		t.Errorf("what was sent, by request: %v; want one each of a and b", sent)
	}
	if *update != "" {
		h := opened.(*host)
		store(ctx, t, h, scheduleID("Ship"), "schedule")
	}
}
