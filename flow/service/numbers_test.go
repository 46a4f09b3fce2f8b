package service_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/kafka"
	"github.com/weft-dev/weft/wire/stage"
)

var numbers = flag.Bool("numbers", false, "measure durable steps and request/reply, and print them (make bench-durable)")

// instant confirms every message at once.
type instant struct{}

func (instant) Send(_ context.Context, m machine.SendMessage) (machine.Sent, error) {
	return machine.Sent{Address: m.Address}, nil
}

func planOf(t testing.TB, steps string) *plan.Plan {
	t.Helper()
	bus, err := os.ReadFile("testdata/journals/bus.yaml")
	must(t, err)
	text := "arazzo: 1.1.0\ninfo: {title: T, version: 1.0.0}\nsourceDescriptions: [{name: bus, url: bus.yaml, type: asyncapi}]\n" +
		"workflows:\n  - workflowId: order\n    inputs: {type: object, properties: {request: {type: string}}}\n    steps:\n" + steps
	p, found := machinetest.Compile(source.Memory{"memory:///bus.yaml": string(bus), "memory:///w.yaml": text}, "memory:///w.yaml", "")
	if p == nil {
		t.Fatal(machinetest.Findings(found))
	}
	return p
}

// The peer of durable steps: a table, one writer that commits what has gathered,
// nothing else.
type bare struct {
	queue chan *bareWrite
}

type bareWrite struct {
	data []byte
	done chan error
}

func newBare(t testing.TB) *bare {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	must(t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("CREATE TABLE entries (id INTEGER PRIMARY KEY, data BLOB NOT NULL)")
	must(t, err)
	add, err := db.Prepare("INSERT INTO entries (data) VALUES (?)")
	must(t, err)
	b := &bare{queue: make(chan *bareWrite, 64)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for first := range b.queue {
			b.commit(db, add, first)
		}
	}()
	t.Cleanup(func() {
		close(b.queue)
		<-done
		must(t, add.Close())
		must(t, db.Close())
	})
	return b
}

func (b *bare) commit(db *sql.DB, add *sql.Stmt, first *bareWrite) {
	batch := []*bareWrite{first}
	for len(b.queue) > 0 {
		batch = append(batch, <-b.queue)
	}
	tx, err := db.Begin()
	for _, w := range batch {
		if err == nil {
			_, err = tx.Stmt(add).Exec(w.data)
		}
	}
	if err == nil {
		err = tx.Commit()
	}
	for _, w := range batch {
		w.done <- err
	}
}

// rate is how often per second something is done, by that many at once.
func rate(t testing.TB, atOnce, each int, do func(worker, n int) error) float64 {
	t.Helper()
	var work sync.WaitGroup
	begun := time.Now()
	for worker := range atOnce {
		work.Go(func() {
			for n := range each {
				if err := do(worker, n); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	return float64(atOnce*each) / time.Since(begun).Seconds()
}

// Durable steps at 16 runs, beside a journal of one table that does nothing
// else. Both take turns, since what else the machine does changes; the median
// of their ratios counts.
func TestNumbersOfDurableSteps(t *testing.T) {
	if !*numbers {
		t.Skip("make bench-durable measures")
	}
	const atOnce, steps, turns = 16, 100, 15
	var text strings.Builder
	for n := range steps {
		fmt.Fprintf(&text, "      - {stepId: s%d, operationId: $sourceDescriptions.bus.placeOrder, action: send, requestBody: {payload: {n: %d}}}\n", n, n)
	}
	p := planOf(t, text.String())
	entry := make([]byte, 150) // about what a step's outcome takes
	raw := newBare(t)
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "j.db"), sqlite.Options{})
	must(t, err)
	var ratios, rates, bareRates []float64
	var used, bareUsed time.Duration
	for turn := range turns {
		before := cputime.Used()
		bareRate := rate(t, atOnce, steps, func(int, int) error {
			w := &bareWrite{entry, make(chan error, 1)}
			raw.queue <- w
			return <-w.done
		})
		between := cputime.Used()
		ours := steps * rate(t, atOnce, 1, func(worker, _ int) error {
			_, err := engine.Run(t.Context(), p, nil, engine.Options{
				Journal: store, RunID: fmt.Sprintf("r%d-%d", worker, turn), Wire: engine.Wire{Sender: instant{}},
			})
			return err
		})
		bareUsed, used = bareUsed+between-before, used+cputime.Used()-between
		rates, bareRates, ratios = append(rates, ours), append(bareRates, bareRate), append(ratios, ours/bareRate)
	}
	must(t, store.Close())
	fmt.Printf("durable steps, %d runs at once: %.0f/s; commits of a bare table: %.0f/s; ratio %.2f (at least 0.60 is asked for), by processor time %.2f\n",
		atOnce, median(rates), median(bareRates), median(ratios), bareUsed.Seconds()/used.Seconds())
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// Complete workflows that send a request over an embedded Kafka, to a mock, and
// wait for the reply.
func TestNumbersOfRequestAndReply(t *testing.T) {
	if !*numbers {
		t.Skip("make bench-durable measures")
	}
	p := planOf(t, `      - stepId: send
        operationId: $sourceDescriptions.bus.placeOrder
        action: send
        parameters: [{name: requestId, in: header, value: $inputs.request}]
        requestBody: {payload: {n: 1}}
      - {stepId: hear, operationId: $sourceDescriptions.bus.placeOrder, action: receive, correlationId: $inputs.request}
`)
	set, err := stage.Open(t.Context(), []stage.Service{{Name: "bus", AsyncAPI: p.Uses[0].Source.AsyncAPI}}, stage.Options{})
	must(t, err)
	t.Cleanup(func() { _ = set.Close(context.Background()) })
	for _, kind := range []string{"in memory", "durable"} {
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: set.Brokers})
		var store journal.Store = journal.NewMemory(time.Now)
		if kind == "durable" {
			store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "j.db"), sqlite.Options{})
			must(t, err)
		}
		s, err := service.Open(t.Context(), service.Options{
			Journal: store, Workflows: map[string]*service.Workflow{"order": {Plan: p, Wire: engine.OverWire(engine.World{Hub: hub})}},
		})
		must(t, err)
		const atOnce, each = 1000, 10
		tokens := make(chan struct{}, atOnce)
		begun, used := time.Now(), cputime.Used()
		for n := range atOnce * each {
			tokens <- struct{}{}
			go func() {
				defer func() { <-tokens }()
				id := fmt.Sprintf("%s-%d", kind[:1], n)
				if _, _, err := s.Start(t.Context(), "order", id, map[string]any{"request": id}); err != nil {
					t.Error(err)
				}
			}()
			for n%100 == 0 && s.Counts().Active > atOnce {
				time.Sleep(time.Millisecond)
			}
		}
		until(t, "all have ended", func() bool { return len(tokens) == 0 && s.Counts().Active == 0 })
		fmt.Printf("request and reply over Kafka, %d at once, %s: %.0f workflows/s (5000 are asked for), %.0f for each second of processor time, broker and mock included\n",
			atOnce, kind, atOnce*each/time.Since(begun).Seconds(), atOnce*each/(cputime.Used()-used).Seconds())
		must(t, s.Close(context.Background()))
		must(t, hub.Close(context.Background()))
		must(t, store.Close())
	}
}
