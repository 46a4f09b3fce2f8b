package temporal

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/source"
)

var numbers = flag.Bool("numbers", false, "measure durable steps beside a Temporal server, and print them (make bench-temporal)")

// What is measured: runs at once, the steps of each, and how often each side has
// its turn.
const (
	measuredRuns  = 16
	measuredSteps = 20
	measuredTurns = 7
)

// instant is a broker that has every message at once.
type instant struct{ world }

func (*instant) Send(_ context.Context, e machine.SendMessage) (machine.Sent, error) {
	return machine.Sent{Address: e.Address}, nil
}

// chain is a workflow of one send after the other.
func chain(t *testing.T) *plan.Plan {
	t.Helper()
	var text strings.Builder
	text.WriteString("arazzo: 1.1.0\ninfo: {title: Chain, version: 1.0.0}\nsourceDescriptions: [{name: bus, url: ./bus.yaml, type: asyncapi}]\nworkflows:\n  - workflowId: Chain\n    steps:\n")
	for n := range measuredSteps {
		fmt.Fprintf(&text, "      - {stepId: s%d, operationId: $sourceDescriptions.bus.take, action: send, requestBody: {payload: {n: %d}}}\n", n, n)
	}
	p, found := machinetest.Compile(source.Memory{
		"memory:///chain.yaml": text.String(),
		"memory:///bus.yaml":   "asyncapi: 3.0.0\ninfo: {title: Bus, version: 1.0.0}\nchannels: {news: {address: news, messages: {news: {payload: {type: object}}}}}\noperations: {take: {action: receive, channel: {$ref: '#/channels/news'}}}\n",
	}, "memory:///chain.yaml", "")
	if p == nil {
		t.Fatal(machinetest.Findings(found))
	}
	return p
}

// TestNumbersOfDurableSteps compares the steps that 16 runs at once make in a
// second: kept in weft's journal on disk, kept by a Temporal server as
// activities, as its guides write workflows, and hosted there by weft. They take
// turns, since what else the machine does changes; medians of the ratios count.
func TestNumbersOfDurableSteps(t *testing.T) {
	if !*numbers {
		t.Skip("make bench-temporal measures")
	}
	ctx := t.Context()
	at := place(ctx, t)
	p := chain(t)
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "j.db"), sqlite.Options{})
	must(t, err)
	defer store.Close()
	opened, err := Open(ctx, at, service.Options{Workflows: map[string]*service.Workflow{"Chain": {Plan: p, Wire: (&instant{}).sending()}}})
	must(t, err)
	h := opened.(*host)
	activities := plain(t, h.client)
	sides := []func(turn, n int) error{
		func(turn, n int) error {
			_, err := engine.Run(ctx, p, nil, engine.Options{Journal: store, RunID: fmt.Sprintf("r-%d-%d", turn, n), Wire: (&instant{}).sending()})
			return err
		},
		func(turn, n int) error {
			run, err := h.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: fmt.Sprintf("plain-%d-%d", turn, n), TaskQueue: "plain"}, activities)
			if err != nil {
				return err
			}
			return run.Get(ctx, nil)
		},
		func(turn, n int) error {
			id, _, err := h.Start(ctx, "Chain", fmt.Sprintf("chain-%d-%d", turn, n), nil)
			if err != nil {
				return err
			}
			return h.client.GetWorkflow(ctx, id, "").Get(ctx, nil)
		},
	}
	rates := make([][]float64, len(sides))
	for turn := range measuredTurns {
		for i, side := range sides {
			rates[i] = append(rates[i], stepsPerSecond(t, func(n int) error { return side(turn, n) }))
		}
	}
	must(t, h.Close(ctx))
	fmt.Printf("durable steps, %d runs at once: weft's journal %.0f/s; a Temporal development server, by activities %.0f/s, ratio %.0f (at least 50 is asked for); hosted there by weft %.0f/s, ratio %.1f\n",
		measuredRuns, median(rates[0]), median(rates[1]), median(ratios(rates[0], rates[1])), median(rates[2]), median(ratios(rates[0], rates[2])))
}

func (i *instant) sending() engine.Wire { return engine.Wire{Sender: i} }

// plain is a workflow as Temporal's guides write it: an activity for each step.
func plain(t *testing.T, c client.Client) func(workflow.Context) error {
	t.Helper()
	w := worker.New(c, "plain", worker.Options{})
	w.RegisterActivityWithOptions(func(context.Context, int) error { return nil }, activity.RegisterOptions{Name: "step"})
	chain := func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		for n := range measuredSteps {
			if err := workflow.ExecuteActivity(ctx, "step", n).Get(ctx, nil); err != nil {
				return err
			}
		}
		return nil
	}
	w.RegisterWorkflow(chain)
	must(t, w.Start())
	t.Cleanup(w.Stop)
	return chain
}

func stepsPerSecond(t *testing.T, run func(n int) error) float64 {
	t.Helper()
	var work sync.WaitGroup
	begun := time.Now()
	for n := range measuredRuns {
		work.Go(func() {
			if err := run(n); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	return measuredRuns * measuredSteps / time.Since(begun).Seconds()
}

func ratios(a, b []float64) []float64 {
	var list []float64
	for i := range a {
		list = append(list, a[i]/b[i])
	}
	return list
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
