package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild())
	}
	os.Exit(leaks.Run(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")))
}

// bus is a broker that lives in the test, spoken to over HTTP so that a process
// which is killed does not take it along. It answers each order on "placed",
// unless it is mute, and counts the ids of what it was sent.
type bus struct {
	mu     sync.Mutex
	sends  map[string]map[string]int // how often, by request and effect id
	placed []machine.Message
	more   chan struct{}
	mute   bool
}

func newBus(t testing.TB) (*bus, string) {
	b := &bus{sends: map[string]map[string]int{}, more: make(chan struct{})}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return b, server.URL
}

type order struct{ ID, Request string }

func (b *bus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/send":
		var o order
		_ = json.NewDecoder(r.Body).Decode(&o)
		b.take(o)
	case "/read":
		from, _ := strconv.Atoi(r.URL.Query().Get("from"))
		_ = json.NewEncoder(w).Encode(b.read(from))
	}
}

func (b *bus) take(o order) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sends[o.Request] == nil {
		b.sends[o.Request] = map[string]int{}
	}
	b.sends[o.Request][o.ID]++
	if !b.mute {
		b.place(o.Request)
	}
}

func (b *bus) place(request string) {
	b.placed = append(b.placed, machine.Message{
		ID: fmt.Sprintf("placed@%d", len(b.placed)), Address: "placed", Names: []string{"Placed"},
		Headers: map[string]any{"requestId": request}, Payload: map[string]any{"for": request},
	})
	close(b.more)
	b.more = make(chan struct{})
}

// took waits until the bus has an order.
func (b *bus) took(t testing.TB, request string) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		b.mu.Lock()
		n := len(b.sends[request])
		b.mu.Unlock()
		if n > 0 {
			return
		}
	}
	t.Fatalf("order %s was not sent", request)
}

func (b *bus) read(from int) []machine.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	if from >= len(b.placed) {
		more := b.more
		b.mu.Unlock()
		select {
		case <-more:
		case <-time.After(50 * time.Millisecond):
		}
		b.mu.Lock()
	}
	return b.placed[min(from, len(b.placed)):]
}

// wire is a process's connection to the bus. One reader serves all runs.
type wire struct {
	url    string
	client *http.Client
	stop   context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex
	cond *sync.Cond
	log  []machine.Message
}

func newWire(url string) *wire {
	w := &wire{url: url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, done: make(chan struct{})}
	w.cond = sync.NewCond(&w.mu)
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	_ = w.fetch(ctx)
	go func() {
		defer close(w.done)
		for ctx.Err() == nil {
			_ = w.fetch(ctx)
		}
	}()
	return w
}

func (w *wire) close() {
	w.stop()
	<-w.done
	w.client.CloseIdleConnections()
}

func (w *wire) fetch(ctx context.Context) error {
	w.mu.Lock()
	from := len(w.log)
	w.mu.Unlock()
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/read?from=%d", w.url, from), nil)
	answer, err := w.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var list []machine.Message
	err = json.NewDecoder(answer.Body).Decode(&list)
	w.mu.Lock()
	defer w.mu.Unlock()
	if extra := from + len(list) - len(w.log); extra > 0 { // another may have fetched some
		w.log = append(w.log, list[len(list)-extra:]...)
	}
	w.cond.Broadcast()
	return err
}

func (w *wire) Send(ctx context.Context, m machine.SendMessage) (machine.Sent, error) {
	body, err := json.Marshal(order{m.ID, fmt.Sprint(m.Headers["requestId"])})
	if err != nil {
		return machine.Sent{}, err
	}
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/send", bytes.NewReader(body))
	answer, err := w.client.Do(request)
	if err != nil {
		return machine.Sent{}, err
	}
	return machine.Sent{Address: m.Address}, answer.Body.Close()
}

type subscription struct {
	w         *wire
	mu        sync.Mutex
	next      int
	stopped   bool
	delivered chan struct{}
}

func (s *subscription) Positions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []string{strconv.Itoa(s.next)}
}

func (s *subscription) Close() error {
	s.w.mu.Lock()
	s.stopped = true
	s.w.cond.Broadcast()
	s.w.mu.Unlock()
	<-s.delivered
	return nil
}

func (w *wire) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	return w.SubscribeBatch(ctx, e, func(ctx context.Context, list []engine.Delivery) error {
		for _, d := range list {
			if err := deliver(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *wire) SubscribeBatch(ctx context.Context, e machine.Subscribe, deliver func(context.Context, []engine.Delivery) error) (engine.Subscription, error) {
	if err := w.fetch(ctx); err != nil {
		return nil, err
	}
	w.mu.Lock()
	s := &subscription{w: w, next: len(w.log), delivered: make(chan struct{})}
	stored := w.log
	w.mu.Unlock()
	if len(e.Positions) > 0 {
		s.next, _ = strconv.Atoi(e.Positions[0])
	}
	if s.next < len(stored) {
		if err := deliver(ctx, deliveries(stored[s.next:])); err != nil {
			return nil, err
		}
		s.next = len(stored)
	}
	go s.read(ctx, deliver)
	return s, nil
}

func deliveries(messages []machine.Message) []engine.Delivery {
	list := make([]engine.Delivery, len(messages))
	for i := range messages {
		list[i].Message = messages[i]
	}
	return list
}

func (s *subscription) read(ctx context.Context, deliver func(context.Context, []engine.Delivery) error) {
	defer close(s.delivered)
	for {
		s.w.mu.Lock()
		for s.next >= len(s.w.log) && !s.stopped {
			s.w.cond.Wait()
		}
		if s.stopped {
			s.w.mu.Unlock()
			return
		}
		list := deliveries(s.w.log[s.next:])
		s.w.mu.Unlock()
		if deliver(ctx, list) != nil {
			if ctx.Err() != nil {
				return
			}
			time.Sleep(time.Millisecond)
			continue
		}
		s.mu.Lock()
		s.next += len(list)
		s.mu.Unlock()
	}
}

// orders sends an order and waits for what answers it.
const orders = `arazzo: 1.1.0
info: {title: T, version: 1.0.0}
sourceDescriptions:
  - {name: bus, url: bus.yaml, type: asyncapi}
workflows:
  - workflowId: order
    inputs: {type: object, required: [request], properties: {request: {type: string}, extra: {type: string}}}
%s
    steps:
      - stepId: send
        operationId: $sourceDescriptions.bus.placeOrder
        action: send
        parameters: [{name: requestId, in: header, value: $inputs.request}]
        requestBody: {payload: {n: 1}}
      - stepId: hear
        operationId: $sourceDescriptions.bus.placeOrder
        action: receive
        correlationId: $inputs.request
        outputs: {for: $message.payload#/for}
    outputs: {for: $steps.hear.outputs.for}
`

func compile(t testing.TB, extensions string) *plan.Plan {
	t.Helper()
	p, err := compiled(extensions)
	must(t, err)
	return p
}

func compiled(extensions string) (*plan.Plan, error) {
	data, err := os.ReadFile("../machinetest/testdata/sources/bus.yaml")
	if err != nil {
		return nil, err
	}
	docs := source.Memory{"memory:///bus.yaml": string(data), "memory:///w.yaml": fmt.Sprintf(orders, extensions)}
	p, found := machinetest.Compile(docs, "memory:///w.yaml", "")
	if p == nil || diag.Worst(found) == diag.Error {
		return nil, fmt.Errorf("the workflow does not compile:\n%s", machinetest.Findings(found))
	}
	return p, nil
}

// open makes a service of the one workflow.
func open(t testing.TB, p *plan.Plan, store journal.Store, url string, change func(*service.Workflow)) *service.Service {
	t.Helper()
	w := newWire(url)
	t.Cleanup(w.close)
	workflow := &service.Workflow{Plan: p, Wire: engine.Wire{Sender: w, Subscriber: w}}
	if change != nil {
		change(workflow)
	}
	s, err := service.Open(t.Context(), service.Options{Journal: store, Idle: 5 * time.Millisecond, Workflows: map[string]*service.Workflow{"order": workflow}})
	must(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// ended waits until a run has ended.
func ended(t testing.TB, s *service.Service, id string) service.Detail {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		d, err := s.Show(t.Context(), id)
		must(t, err)
		if d.Status != "running" {
			return d
		}
	}
	t.Fatalf("run %s does not end", id)
	return service.Detail{}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
