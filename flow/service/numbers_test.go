package service_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/thrift"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/kafka"
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
// nothing else. Its log is brought in as seldom as the journal's.
type bare struct {
	queue chan *bareWrite
}

type bareWrite struct {
	data []byte
	done chan error
}

func newBare(t testing.TB) *bare {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4096)")
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

// entrySize is what an entry of a run of the plan takes, in the middle.
func entrySize(t testing.TB, p *plan.Plan) int {
	t.Helper()
	store := journal.NewMemory(time.Now)
	_, err := engine.Run(t.Context(), p, nil, engine.Options{Journal: store, RunID: "r", Wire: engine.Wire{Sender: instant{}}})
	must(t, err)
	entries, err := store.Read(t.Context(), "r", 0)
	must(t, err)
	slices.SortFunc(entries, func(x, y []byte) int { return len(x) - len(y) })
	return len(entries[len(entries)/2])
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
	thrift.CollectLater() // as our binaries do
	entry := make([]byte, entrySize(t, p))
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

// echo answers each order with its id, as fast as the library that is below
// our own driver can: what is measured is the workflows.
func echo(t testing.TB, url string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.TrimPrefix(url, "kafka://")), kgo.ConsumeTopics("orders"), kgo.ProducerLinger(0),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.FetchMaxWait(time.Second))
	must(t, err)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			fetches := client.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			fetches.EachRecord(func(r *kgo.Record) {
				reply := &kgo.Record{Topic: "placed", Headers: r.Headers, Value: []byte("{}")}
				client.Produce(context.Background(), reply, func(_ *kgo.Record, err error) {
					if err != nil && !errors.Is(err, kgo.ErrClientClosed) {
						t.Errorf("a reply is not sent: %v", err)
					}
				})
			})
		}
	})
	t.Cleanup(func() {
		client.Close()
		work.Wait()
	})
}

// Complete workflows that send a request over an embedded Kafka and wait for
// the reply. Both journals take turns; the medians count.
func TestNumbersOfRequestAndReply(t *testing.T) {
	if !*numbers {
		t.Skip("make bench-durable measures")
	}
	thrift.CollectLater() // as our binaries do
	p := planOf(t, `      - stepId: send
        operationId: $sourceDescriptions.bus.placeOrder
        action: send
        parameters: [{name: requestId, in: header, value: $inputs.request}]
        requestBody: {payload: {n: 1}}
      - {stepId: hear, operationId: $sourceDescriptions.bus.placeOrder, action: receive, correlationId: $inputs.request}
`)
	kafka, err := embedded.Start(t.Context(), "kafka", embedded.Options{Addresses: []string{"orders", "placed"}})
	must(t, err)
	t.Cleanup(func() { must(t, kafka.Close()) })
	echo(t, kafka.URL)
	kinds := []string{"in memory", "durable"}
	byClock, byProcessor := map[string][]float64{}, map[string][]float64{}
	const turns, warm = 7, 1
	for turn := range warm + turns {
		for _, kind := range kinds {
			clock, processor := requestAndReply(t, p, kafka.URL, kind, turn)
			if turn >= warm {
				byClock[kind], byProcessor[kind] = append(byClock[kind], clock), append(byProcessor[kind], processor)
			}
		}
	}
	for _, kind := range kinds {
		fmt.Printf("request and reply over Kafka, %d at once, %s: %.0f workflows/s (5000 are asked for), %.0f for each second of processor time, broker and peer included\n",
			repliesAtOnce, kind, median(byClock[kind]), median(byProcessor[kind]))
	}
}

const repliesAtOnce = 1000

// requestAndReply gives how many workflows end in a second, by the clock and of
// the processor's time.
func requestAndReply(t *testing.T, p *plan.Plan, url, kind string, turn int) (byClock, byProcessor float64) {
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"bus": {URL: url, Embedded: true}}})
	var store journal.Store = journal.NewMemory(time.Now)
	var err error
	if kind == "durable" {
		store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "j.db"), sqlite.Options{})
		must(t, err)
	}
	s, err := service.Open(t.Context(), service.Options{
		// Where other processes keep ours from the processor, answers come late:
		// how runs leave memory is measured elsewhere.
		Idle: time.Minute, Journal: store,
		Workflows: map[string]*service.Workflow{"order": {Plan: p, Wire: engine.OverWire(engine.World{Hub: hub})}},
	})
	must(t, err)
	const all = 10 * repliesAtOnce
	next := make(chan int)
	var work sync.WaitGroup
	for range repliesAtOnce {
		work.Go(func() {
			for n := range next {
				id := fmt.Sprintf("%s-%d-%d", kind[:1], turn, n)
				if _, _, err := s.Start(t.Context(), "order", id, map[string]any{"request": id}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	begun, used := time.Now(), cputime.Used()
	for n := range all {
		for n%100 == 0 && s.Counts().Active > repliesAtOnce {
			time.Sleep(time.Millisecond)
		}
		next <- n
	}
	close(next)
	work.Wait()
	until(t, "all have ended", func() bool { return s.Counts().Active == 0 })
	byClock, byProcessor = all/time.Since(begun).Seconds(), all/(cputime.Used()-used).Seconds()
	must(t, s.Close(context.Background()))
	must(t, hub.Close(context.Background()))
	must(t, store.Close())
	return byClock, byProcessor
}
