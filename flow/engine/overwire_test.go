package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	wirehttp "github.com/weft-dev/weft/wire/http"
	_ "github.com/weft-dev/weft/wire/inmem"
	_ "github.com/weft-dev/weft/wire/kafka"
	"github.com/weft-dev/weft/wire/mock"
	"github.com/weft-dev/weft/wire/trace"
)

// surroundings are an embedded broker, a mock of the order service on it, and
// one of its REST API.
type surroundings struct {
	url    string // of the broker
	hub    *endpoint.Hub
	source *endpoint.Source
	rest   *httptest.Server
	http   *wirehttp.Client
}

func surround(t *testing.T, p *plan.Plan) *surroundings {
	t.Helper()
	return surroundBy(t, p, "kafka", embedded.Options{})
}

func surroundBy(t *testing.T, p *plan.Plan, protocol string, options embedded.Options) *surroundings {
	t.Helper()
	server, err := embedded.Start(t.Context(), protocol, options)
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	s := &surroundings{url: server.URL, http: wirehttp.New(wirehttp.Options{})}
	t.Cleanup(s.http.Close)
	choice := endpoint.Choice{URL: server.URL, Create: true}
	s.hub = endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"AsyncOrderApi": choice}})
	t.Cleanup(func() { must(t, s.hub.Close(context.Background())) })
	for _, use := range p.Uses {
		if use.Source.AsyncAPI != nil {
			s.source = endpoint.NewSource(use.Name, use.Source.AsyncAPI, nil)
		} else {
			s.rest = httptest.NewServer(mock.NewHandler(use.Name, use.Source.OpenAPI, nil, mock.Options{}))
			t.Cleanup(s.rest.Close)
		}
	}
	return s
}

func (s *surroundings) world() engine.World {
	return engine.World{Hub: s.hub, HTTP: s.http, Servers: map[string]wirehttp.Choice{"OrderApi": {URL: s.rest.URL}}}
}

func (s *surroundings) wire() engine.Wire { return engine.OverWire(s.world()) }

func (s *surroundings) play(t *testing.T) *mock.Mock {
	t.Helper()
	m, err := mock.Start(t.Context(), s.hub, s.source, mock.Options{})
	must(t, err)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func TestPlaceOrderOverKafkaAndHTTP(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	s := surround(t, p)
	m := s.play(t)
	result, err := engine.Run(t.Context(), p, orderInputs(), engine.Options{Wire: s.wire()})
	must(t, err)
	if !result.Succeeded() || result.Outputs["orderId"] != json.Number("4711") {
		t.Errorf("%+v %+v", result, result.Error)
	}
	if n := m.Counts()["PlaceOrder"].Received; n != 1 {
		t.Errorf("the service received %d orders", n)
	}
}

// What a run does after it took a message belongs to that message's trace: the
// service answers in the run's own, and the call comes after the answer.
func TestARunIsOneTrace(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	s := surround(t, p)
	seen := make(chan string, 10)
	m, err := mock.Start(t.Context(), s.hub, s.source, mock.Options{OnEvent: func(e mock.Event) {
		if e.Message != nil {
			seen <- e.Message.TraceParent
		}
	}})
	must(t, err)
	defer m.Close()
	rest := s.rest.Config.Handler
	s.rest.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("traceparent")
		rest.ServeHTTP(w, r)
	})
	result, err := engine.Run(t.Context(), p, orderInputs(), engine.Options{Wire: s.wire(), RunID: "one"})
	must(t, err)
	if !result.Succeeded() {
		t.Fatalf("%+v", result.Error)
	}
	begun := trace.Context{}.Next("one").Parent
	ids := map[string]bool{begun: true}
	for len(ids) < 4 { // the order, its answer, and the call
		select {
		case at := <-seen:
			if len(at) != len(begun) || at[:35] != begun[:35] {
				t.Fatalf("%q is not in the trace that begins with %q", at, begun)
			}
			ids[at] = true
		case <-time.After(time.Minute):
			t.Fatalf("only %v were seen", ids)
		}
	}
}

// Nobody plays the service while the run waits; it is stopped, the service
// answers, and the run goes on: it finds the reply at the positions that it
// recorded, and sends nothing again.
func TestAReplyThatCameWhileDownIsFoundInKafka(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	s := surround(t, p)
	store := journal.NewMemory(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	stopAfterSend := engine.ObserverFunc(func(h machine.Happening) {
		if h.Kind == machine.MessageSent {
			cancel()
		}
	})
	_, err := engine.Run(ctx, p, orderInputs(), engine.Options{Wire: s.wire(), Journal: store, RunID: "r", Observer: stopAfterSend})
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Fatal(err)
	}

	// The reply, among others that are not for this run, or for nobody.
	reply := &endpoint.Target{Operation: p.Root.Steps[0].Does, Intent: endpoint.Send, Reply: true, Channel: p.Root.Steps[0].Channel.Spec, Messages: p.Root.Steps[0].Does.Reply.Messages}
	sender, err := s.hub.Sender(t.Context(), s.source, reply, endpoint.SenderOptions{})
	must(t, err)
	for _, id := range []string{"other-1", "req-1", "other-2"} {
		_, err = sender.Send(t.Context(), endpoint.Outgoing{
			Headers: map[string]any{"orderRequestId": id}, Payload: map[string]any{"orderId": json.Number("5"), "status": "accepted"},
		})
		must(t, err)
	}
	seen := &watch{}
	result, err := engine.Resume(t.Context(), p, "r", engine.Options{
		Wire: s.wire(), Journal: store, Observer: seen,
		Now: func() time.Time { return time.Now().Add(time.Hour) }, // after the deadline
	})
	must(t, err)
	if !result.Succeeded() || result.Outputs["orderId"] != json.Number("5") {
		t.Errorf("%+v %+v", result, result.Error)
	}
	if seen.count(machine.MessageSending) != 0 {
		t.Error("the order was sent again")
	}
}

func TestWhatIsNoMessageOfTheContractIsToldOf(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	s := surround(t, p)
	seen := make(chan machine.Happening, 10)
	observer := engine.ObserverFunc(func(h machine.Happening) {
		switch h.Kind {
		case machine.MessageSent:
			go s.sendRaw(t, p, `{"orderId":`)
		case machine.MessagePassed:
			seen <- h
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() {
		h := <-seen
		contains(t, h.Text, "not decodable")
		cancel()
	}()
	result, err := engine.Run(ctx, p, orderInputs(), engine.Options{Wire: s.wire(), Observer: observer})
	must(t, err)
	if result.Status != "cancelled" {
		t.Errorf("%+v", result)
	}
}

// sendRaw sends bytes that break the contract.
func (s *surroundings) sendRaw(t *testing.T, p *plan.Plan, body string) {
	reply := &endpoint.Target{Operation: p.Root.Steps[0].Does, Intent: endpoint.Send, Reply: true, Channel: p.Root.Steps[0].Channel.Spec, Messages: p.Root.Steps[0].Does.Reply.Messages}
	sender, err := s.hub.Sender(t.Context(), s.source, reply, endpoint.SenderOptions{})
	if err != nil {
		t.Error(err)
		return
	}
	message, err := sender.Encode(endpoint.Outgoing{
		Headers: map[string]any{"orderRequestId": "req-1"}, Payload: map[string]any{"orderId": json.Number("5"), "status": "accepted"},
	})
	if err != nil {
		t.Error(err)
		return
	}
	message.Raw = &driver.Message{Headers: message.Raw.Headers, Body: []byte(body)}
	if err := sender.SendEncoded(t.Context(), message); err != nil {
		t.Error(err)
	}
}

func TestACallCarriesItsIdempotencyKeyAndTrace(t *testing.T) {
	t.Parallel()
	headers := make(chan http.Header, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header
		w.WriteHeader(http.StatusCreated)
	}))
	defer server.Close()
	p := compileSteps(t, `
  - workflowId: w
    steps: [{stepId: add, operationId: $sourceDescriptions.shop.addItem, requestBody: {payload: {name: a}}}]
`)
	client := wirehttp.New(wirehttp.Options{})
	defer client.Close()
	wire := engine.OverWire(engine.World{HTTP: client, Servers: map[string]wirehttp.Choice{"shop": {URL: server.URL}}})
	result, err := engine.Run(t.Context(), p, nil, engine.Options{Wire: wire, RunID: "r"})
	must(t, err)
	got := <-headers
	if key := got.Get("Idempotency-Key"); key != "r/add/1" || !result.Succeeded() {
		t.Errorf("key %q: %+v", key, result.Error)
	}
	if at, want := got.Get("traceparent"), (trace.Context{}).Next("r").Next("r/add/1").Parent; at != want {
		t.Errorf("the call is at %q of a trace, want %q", at, want)
	}
}
