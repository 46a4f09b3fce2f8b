package temporal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/source"
)

// world is what workflows call and send to. It counts how often each effect was
// performed.
type world struct {
	mu    sync.Mutex
	times map[string]int
	call  func(context.Context, machine.CallHTTP) (machine.Responded, error)
	sent  func(machine.SendMessage)
}

func (w *world) did(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.times == nil {
		w.times = map[string]int{}
	}
	w.times[id]++
}

func (w *world) Call(ctx context.Context, e machine.CallHTTP) (machine.Responded, error) {
	w.did(e.ID)
	if w.call != nil {
		return w.call(ctx, e)
	}
	return machine.Responded{Status: 200, Method: e.Step.Operation.Method, Body: map[string]any{}}, nil
}

func (w *world) Send(_ context.Context, e machine.SendMessage) (machine.Sent, error) {
	w.did(e.ID)
	if w.sent != nil {
		w.sent(e)
	}
	return machine.Sent{Address: e.Address}, nil
}

func (w *world) Subscribe(context.Context, machine.Subscribe, func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	return nil, errors.New("nothing comes here")
}

func (w *world) wire() engine.Wire { return engine.Wire{Caller: w, Sender: w, Subscriber: w} }

// example compiles an example of the project.
func example(t *testing.T, name, document string, documents ...string) *plan.Plan {
	t.Helper()
	return compiled(t, filepath.Join("..", "..", "examples", name), document, documents...)
}

func compiled(t testing.TB, dir, document string, documents ...string) *plan.Plan {
	t.Helper()
	p, err := planIn(dir, document, documents...)
	must(t, err)
	return p
}

func planIn(dir, document string, documents ...string) (*plan.Plan, error) {
	docs := source.Memory{}
	for _, file := range append(documents, document) {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		docs["memory:///"+file] = string(data)
	}
	p, found := machinetest.Compile(docs, "memory:///"+document, "")
	if p == nil {
		return nil, errors.New(machinetest.Findings(found))
	}
	return p, nil
}

// placeOrder is a workflow whose documents stay as they are, since stored
// histories are of it.
func placeOrder(t testing.TB) *plan.Plan {
	return compiled(t, "testdata/place-order", "place-order.arazzo.yaml", "asyncapi/order.yaml", "openapi/order.yaml")
}

func orderInputs() map[string]any {
	return map[string]any{"CreateOrder": map[string]any{
		"orderRequestId": "req-1", "productId": json.Number("7"), "quantity": json.Number("2"),
	}}
}

func confirmation(id any) machine.Message {
	return machine.Message{
		ID: fmt.Sprintf("placed-%v", id), Address: "orders.placed", Names: []string{"OrderConfirmation"},
		Headers: map[string]any{"orderRequestId": id},
		Payload: map[string]any{"orderId": json.Number("4711"), "status": "accepted"},
	}
}

// hosting is a host of one workflow that has no Temporal yet.
func hosting(t testing.TB, p *plan.Plan, wire engine.Wire) *host {
	t.Helper()
	h := &host{draining: make(chan struct{}), opts: service.Options{
		Workflows: map[string]*service.Workflow{p.Root.ID: {Plan: p, Wire: wire}}, Log: func(line string) { t.Log(line) },
	}}
	must(t, h.hostable())
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
