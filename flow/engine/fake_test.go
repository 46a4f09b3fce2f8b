package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild())
	}
	os.Exit(leaks.Run(m))
}

// world is an HTTP service and a broker in memory. What it does is decided by
// the functions; what was done is counted.
type world struct {
	call   func(context.Context, machine.CallHTTP) (machine.Responded, error)
	onSend func(*world, machine.SendMessage) error

	mu    sync.Mutex
	calls []machine.CallHTTP
	sends []machine.SendMessage
	log   map[string][]machine.Message // by address: it can be read again
	heard map[string]*sync.Cond
	fails error // of subscriptions
}

func newWorld() *world {
	return &world{log: map[string][]machine.Message{}, heard: map[string]*sync.Cond{}}
}

func (w *world) wire() engine.Wire { return engine.Wire{Caller: w, Sender: w, Subscriber: w} }

func (w *world) Call(ctx context.Context, c machine.CallHTTP) (machine.Responded, error) {
	w.mu.Lock()
	w.calls = append(w.calls, c)
	w.mu.Unlock()
	if w.call == nil {
		return machine.Responded{Status: 200, Method: c.Step.Operation.Method, URL: "http://shop" + c.Step.Operation.Path, Body: map[string]any{}}, nil
	}
	return w.call(ctx, c)
}

func (w *world) Send(_ context.Context, m machine.SendMessage) (machine.Sent, error) {
	w.mu.Lock()
	w.sends = append(w.sends, m)
	w.mu.Unlock()
	if w.onSend != nil {
		if err := w.onSend(w, m); err != nil {
			return machine.Sent{}, err
		}
	}
	return machine.Sent{Address: m.Address}, nil
}

func (w *world) cond(address string) *sync.Cond {
	if w.heard[address] == nil {
		w.heard[address] = sync.NewCond(&w.mu)
	}
	return w.heard[address]
}

// publish stores a message; its name is taken from the header "message".
func (w *world) publish(address string, m machine.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m.ID = fmt.Sprintf("%s@%d", address, len(w.log[address]))
	m.Address = address
	w.log[address] = append(w.log[address], m)
	w.cond(address).Broadcast()
}

type fakeSubscription struct {
	w       *world
	address string
	start   int
	stopped bool
	done    chan struct{}
}

func (s *fakeSubscription) Positions() []string { return []string{fmt.Sprint(s.start)} }

func (s *fakeSubscription) Close() error {
	s.w.mu.Lock()
	s.stopped = true
	s.w.cond(s.address).Broadcast()
	s.w.mu.Unlock()
	<-s.done
	return nil
}

func (w *world) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	if w.fails != nil {
		return nil, w.fails
	}
	w.mu.Lock()
	s := &fakeSubscription{w: w, address: e.Address, start: len(w.log[e.Address]), done: make(chan struct{})}
	end := s.start
	w.mu.Unlock()
	if len(e.Positions) > 0 {
		fmt.Sscan(e.Positions[0], &s.start)
	}
	next := s.start
	for ; next < end; next++ {
		if err := deliver(ctx, w.delivery(e.Address, next)); err != nil {
			return nil, err
		}
	}
	go func() {
		defer close(s.done)
		for {
			w.mu.Lock()
			for next >= len(w.log[e.Address]) && !s.stopped {
				w.cond(e.Address).Wait()
			}
			stopped := s.stopped
			w.mu.Unlock()
			if stopped || deliver(ctx, w.delivery(e.Address, next)) != nil {
				return
			}
			next++
		}
	}()
	return s, nil
}

func (w *world) delivery(address string, i int) engine.Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.log[address][i]
	d := engine.Delivery{Message: m}
	if len(m.Names) == 0 {
		d.Rejected = "invalid: orderId: is missing"
	}
	return d
}

func (w *world) sendCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sends)
}

// watch collects happenings.
type watch struct {
	mu   sync.Mutex
	list []machine.Happening
}

func (w *watch) Observe(h machine.Happening) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, h)
}

func (w *watch) count(kind machine.HappeningKind) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, h := range w.list {
		if h.Kind == kind {
			n++
		}
	}
	return n
}

// compileDocs compiles a workflow of texts that stand beside each other, with
// the sources of package machinetest.
func compileSteps(t testing.TB, workflows string) *plan.Plan {
	t.Helper()
	docs := source.Memory{}
	for _, name := range []string{"shop.yaml", "bus.yaml"} {
		data, err := os.ReadFile("../machinetest/testdata/sources/" + name)
		must(t, err)
		docs["memory:///"+name] = string(data)
	}
	docs["memory:///w.yaml"] = "arazzo: 1.1.0\ninfo: {title: T, version: 1.0.0}\nsourceDescriptions:\n" +
		"  - {name: shop, url: shop.yaml, type: openapi}\n  - {name: bus, url: bus.yaml, type: asyncapi}\nworkflows:\n" + workflows
	return compiled(t, docs, "memory:///w.yaml")
}

func compiled(t testing.TB, docs source.Memory, uri string) *plan.Plan {
	t.Helper()
	p, found := machinetest.Compile(docs, uri, "")
	if p == nil || diag.Worst(found) == diag.Error {
		t.Fatalf("the workflow does not compile:\n%s", machinetest.Findings(found))
	}
	return p
}

// placeOrder compiles the example of the project.
func placeOrder(t testing.TB) *plan.Plan {
	t.Helper()
	p, err := placeOrderPlan()
	must(t, err)
	return p
}

func placeOrderPlan() (*plan.Plan, error) {
	docs := source.Memory{}
	root := filepath.Join("..", "..", "examples", "place-order")
	for _, name := range []string{"place-order.arazzo.yaml", "asyncapi/order.yaml", "openapi/order.yaml"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		docs["memory:///"+name] = string(data)
	}
	p, found := machinetest.Compile(docs, "memory:///place-order.arazzo.yaml", "")
	if p == nil {
		return nil, errors.New(machinetest.Findings(found))
	}
	return p, nil
}

func orderInputs() map[string]any {
	return map[string]any{"CreateOrder": map[string]any{
		"orderRequestId": "req-1", "productId": json.Number("7"), "quantity": json.Number("2"),
	}}
}

// confirms answers each order with a confirmation.
func confirms(w *world, m machine.SendMessage) error {
	w.publish("orders.placed", confirmation(m.Headers["orderRequestId"]))
	return nil
}

func confirmation(id any) machine.Message {
	return machine.Message{
		Names: []string{"OrderConfirmation"}, Headers: map[string]any{"orderRequestId": id},
		Payload: map[string]any{"orderId": json.Number("4711"), "status": "accepted"},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}
