package mock_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/kafka"
	"github.com/weft-dev/weft/wire/mock"
	"github.com/weft-dev/weft/wire/trace"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

type noFiles struct{}

func (noFiles) Open(context.Context, string) (*source.File, error) { return nil, os.ErrNotExist }

func load(t testing.TB, name, path string) *endpoint.Source {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ws := ref.New(noFiles{}, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///"+name, name, data)))
	if doc == nil || len(findings) > 0 {
		t.Fatalf("%s cannot be read: %v", path, findings)
	}
	return endpoint.NewSource(name, doc, languages.In(ws))
}

// stage is an embedded Kafka with a hub on it.
type stage struct {
	testing.TB
	hub *endpoint.Hub
	url string
}

func newStage(t testing.TB, names ...string) *stage {
	t.Helper()
	server, err := embedded.Start(t.Context(), "kafka", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	choices := map[string]endpoint.Choice{}
	for _, name := range names {
		choices[name] = endpoint.Choice{URL: server.URL, Embedded: true}
	}
	mux := &broker.Mux{}
	mux.Register(kafka.Driver{})
	s := &stage{t, endpoint.NewHub(endpoint.HubOptions{Mux: mux, Choices: choices}), server.URL}
	t.Cleanup(func() {
		if err := s.hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stage) target(source *endpoint.Source, id string, intent endpoint.Intent) *endpoint.Target {
	s.Helper()
	op, err := source.Operation(id)
	if err != nil {
		s.Fatal(err)
	}
	target, err := endpoint.Resolve(op, intent)
	if err != nil {
		s.Fatal(err)
	}
	return target
}

func (s *stage) sender(source *endpoint.Source, id string) *endpoint.Sender {
	s.Helper()
	sender, err := s.hub.Sender(s.Context(), source, s.target(source, id, endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		s.Fatal(err)
	}
	return sender
}

func (s *stage) receiver(source *endpoint.Source, id string, opt endpoint.ReceiverOptions) *endpoint.Receiver {
	s.Helper()
	receiver, err := s.hub.Receiver(s.Context(), source, s.target(source, id, endpoint.Receive), opt)
	if err != nil {
		s.Fatal(err)
	}
	return receiver
}

// correlated receives until the message with that correlation id comes.
func (s *stage) correlated(r *endpoint.Receiver, id any) *endpoint.Message {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	for {
		messages, err := r.Receive(ctx, 0)
		if err != nil {
			s.Fatal(err)
		}
		for _, m := range messages {
			if endpoint.Matches(id, m.CorrelationID) {
				return m
			}
		}
	}
}

// events collects what a mock tells.
type events struct {
	mu   sync.Mutex
	list []mock.Event
}

func (e *events) add(event mock.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, event)
}

// first is what it told first.
func (e *events) first() mock.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.list[0]
}

func (e *events) kinds() map[mock.Kind]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	counts := map[mock.Kind]int{}
	for _, event := range e.list {
		counts[event.Kind]++
	}
	return counts
}

func (s *stage) play(source *endpoint.Source, opt mock.Options) (*mock.Mock, *events) {
	s.Helper()
	told := &events{}
	opt.OnEvent = told.add
	m, err := mock.Start(s.Context(), s.hub, source, opt)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := m.Close(); err != nil {
			s.Error(err)
		}
	})
	return m, told
}

// soon waits until nothing is wrong any more.
func soon(t testing.TB, wrong func() string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		text := wrong()
		if text == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(text)
		}
	}
}

func num(text string) json.Number { return json.Number(text) }

func traceOf(id string) string { return trace.Context{}.Next(id).Parent }

// sameTrace reports whether a reply belongs to the trace of the request that was
// sent with an id, as something of its own.
func sameTrace(reply *endpoint.Message, id string) bool {
	begun := traceOf(id)
	return reply.TraceParent[:35] == begun[:35] && reply.TraceParent != begun && reply.TraceState == "shop=1"
}

func TestARequestIsAnsweredWithItsCorrelationID(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	m, told := s.play(source, mock.Options{})
	replies := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{})
	sender := s.sender(source, "placeOrder")

	send := func(id string, product, quantity string) {
		t.Helper()
		sent, err := sender.Send(t.Context(), endpoint.Outgoing{
			Payload: map[string]any{"productId": num(product), "quantity": num(quantity)}, GeneratedID: id, IdempotencyID: "send-" + id, TraceParent: traceOf(id), TraceState: "shop=1",
		})
		if err != nil {
			t.Fatal(err)
		}
		if sent.CorrelationID != id || sent.Address != "place-order" {
			t.Errorf("sent %+v", sent)
		}
	}
	send("other", "8", "1")
	send("mine", "7", "2")
	reply := s.correlated(replies, "mine")
	want := map[string]any{"orderId": num("42"), "status": "confirmed"}
	if diff := cmp.Diff(want, reply.Payload); diff != "" {
		t.Errorf("the pair of examples was not used: %s", diff)
	}
	if reply.Name != "Confirmed" || !sameTrace(reply, "mine") || reply.IdempotencyID != "send-mine/reply" || reply.Position == "" {
		t.Errorf("got %+v", reply)
	}
	send("mine", "7", "2") // once more, with the same id
	s.correlated(replies, "mine")
	// The reply may be here before its sender has the broker's confirmation.
	soon(t, func() string {
		return cmp.Diff(mock.Count{Received: 3, Repeated: 1, Answered: 3}, m.Counts()["placeOrder"])
	})
	soon(t, func() string { return cmp.Diff(3, told.kinds()[mock.Answered]) })
	if kinds := told.kinds(); kinds[mock.Received] != 3 || kinds[mock.Answered] != 3 || kinds[mock.Skipped] != 1 || kinds[mock.Failed] != 0 {
		t.Errorf("told %v", kinds)
	}
}

func TestThePairOfExamplesIsUsed(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	s.play(source, mock.Options{})
	replies := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{})
	_, err := s.sender(source, "placeOrder").Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("8"), "quantity": num("1")}, CorrelationID: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"orderId": num("43"), "status": "refused"}, s.correlated(replies, "x").Payload); diff != "" {
		t.Error(diff)
	}
}

func TestAReplyGoesWhereTheRequestSays(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	s.play(source, mock.Options{Delay: time.Millisecond})
	replies := s.receiver(source, "quote", endpoint.ReceiverOptions{Address: "my-inbox"})
	sent, err := s.sender(source, "quote").Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("5")}, CorrelationID: "q", ReplyTo: "my-inbox"})
	if err != nil {
		t.Fatal(err)
	}
	if sent.Payload.(map[string]any)["replyTo"] != "my-inbox" {
		t.Errorf("the address is not where the contract says: %+v", sent.Payload)
	}
	reply := s.correlated(replies, "q").Payload.(map[string]any)
	if reply["productId"] != num("5") {
		t.Errorf("the reply is about another product: %v", reply)
	}
}

func TestWhatTheContractDoesNotKnowIsReportedAndNeverReturned(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	m, _ := s.play(source, mock.Options{})
	var rejected []*endpoint.Rejected
	replies := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{OnRejected: func(r *endpoint.Rejected) { rejected = append(rejected, r) }})

	raw := s.raw("order-confirmed")
	raw("not json", "orderRequestId", "mine")
	raw(`{"orderId":0,"status":"confirmed"}`, "orderRequestId", "mine")
	raw(`{"orderId":1,"status":"confirmed"}`, "other", "mine")
	requests := s.raw("place-order")
	requests(`{"productId":"x"}`, "orderRequestId", "r")
	_, err := s.sender(source, "placeOrder").Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("7"), "quantity": num("2")}, CorrelationID: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	if reply := s.correlated(replies, "mine"); reply.Payload.(map[string]any)["orderId"] != num("42") {
		t.Errorf("got %v", reply.Payload)
	}
	var words []string
	for _, r := range rejected {
		words = append(words, string(r.Reason)+": "+r.Explanation)
	}
	want := []string{
		"not decodable: its body is not JSON: invalid character 'o' in literal null (expecting 'u')",
		"invalid: its payload does not fit: orderId: must be 1 or more, is 0",
		"invalid: its headers do not fit: orderRequestId: is required",
	}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Error(diff)
	}
	if replies.Rejected() != 3 || m.Counts()["placeOrder"].Rejected != 1 {
		t.Errorf("counted %d and %+v", replies.Rejected(), m.Counts())
	}
}

// raw sends bytes past the contract.
func (s *stage) raw(topic string) func(body string, header ...string) {
	mux := &broker.Mux{}
	mux.Register(kafka.Driver{})
	b, err := mux.Open(s.Context(), s.url, broker.Config{})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = b.Close(context.Background()) })
	sender, err := b.Sender(s.Context(), driver.SenderOptions{Address: topic})
	if err != nil {
		s.Fatal(err)
	}
	return func(body string, header ...string) {
		s.Helper()
		err := sender.Send(s.Context(), &driver.Message{Body: []byte(body), Headers: []driver.Header{{Name: header[0], Value: []byte(header[1])}}})
		if err != nil {
			s.Fatal(err)
		}
	}
}

func TestAnInvalidPayloadIsNotSent(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	m, _ := s.play(source, mock.Options{})
	_, err := s.sender(source, "placeOrder").Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("7"), "quantity": "two"}, CorrelationID: "x"})
	if _, ok := errors.AsType[*endpoint.InvalidError](err); !ok || !strings.Contains(err.Error(), "quantity: must be an integer, is a string") {
		t.Errorf("got %v", err)
	}
	if n := m.Counts()["placeOrder"].Received; n != 0 {
		t.Errorf("%d messages arrived", n)
	}
}

// TestAReceiverGoesOnWhereItsPositionsWere is what a workflow counts on: what
// came between taking positions and receiving, also in another process, is not
// lost, and several receivers each see everything.
func TestAReceiverGoesOnWhereItsPositionsWere(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	s.play(source, mock.Options{})
	early := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{})
	positions := early.Positions()
	if len(positions) == 0 {
		t.Fatal("a receiver has no positions before its first message")
	}
	if err := early.Close(); err != nil {
		t.Fatal(err)
	}
	sender := s.sender(source, "placeOrder")
	for _, id := range []string{"a", "b"} {
		if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("7"), "quantity": num("2")}, CorrelationID: id}); err != nil {
			t.Fatal(err)
		}
	}
	one := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{Start: driver.StartAt(positions...)})
	two := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{Start: driver.StartAt(positions...)})
	a := s.correlated(one, "a")
	if again := s.correlated(two, "a"); again.Identity() != a.Identity() || a.Identity() == "" {
		t.Errorf("one message has the identities %q and %q", a.Identity(), again.Identity())
	}
	after := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{Start: driver.StartAt(a.Next)})
	if b := s.correlated(after, "b"); b.Identity() == a.Identity() {
		t.Error("two messages have one identity")
	}
}

func TestTheSeedOfPets(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Pets")
	source := load(t, "Pets", filepath.Join(corpus.Seeds(t), "place-order", "pet-asyncapi.yaml"))
	s.play(source, mock.Options{Seed: 1})
	replies := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{})
	sender := s.sender(source, "placeOrder")
	var orders []any
	for range 2 {
		sent, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"petId": num("1")}, CorrelationID: "req-1", IdempotencyID: "same"})
		if err != nil {
			t.Fatal(err)
		}
		if sent.Headers["orderRequestId"] != "req-1" {
			t.Errorf("sent %+v", sent.Headers)
		}
		reply := s.correlated(replies, "req-1")
		if reply.Headers["orderRequestId"] != "req-1" {
			t.Errorf("the headers are %v", reply.Headers)
		}
		orders = append(orders, reply.Payload.(map[string]any)["orderId"])
	}
	if orders[0] == nil || orders[0] != orders[1] {
		t.Errorf("the same request was answered with the orders %v", orders)
	}
}

func TestMissingTopicSaysWhatToDo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	source := load(t, "Orders", "testdata/orders.yaml")
	mux := &broker.Mux{}
	mux.Register(kafka.Driver{})
	hub := endpoint.NewHub(endpoint.HubOptions{Mux: mux, Choices: map[string]endpoint.Choice{"Orders": {URL: s.url}}})
	t.Cleanup(func() { _ = hub.Close(context.Background()) })
	_, err := hub.Sender(t.Context(), source, s.target(source, "placeOrder", endpoint.Send), endpoint.SenderOptions{})
	if !errors.Is(err, driver.ErrNoSuchAddress) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"Orders", s.url, `"place-order"`, "channel placeOrder", "create it"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	m, _ := s.play(source, mock.Options{})
	replies := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{})
	if _, err := s.sender(source, "placeOrder").Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("7"), "quantity": num("2")}, CorrelationID: "x"}); err != nil {
		t.Fatal(err)
	}
	s.correlated(replies, "x")
	soon(t, func() string {
		w := httptest.NewRecorder()
		mock.Status(m).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return cmp.Diff(`{"Orders":{"placeOrder":{"received":1,"repeated":0,"answered":1,"rejected":0}}}`, strings.TrimSpace(w.Body.String()))
	})
}

func TestClosingAMockLeavesWhatItHasNotAnsweredToTheNext(t *testing.T) {
	t.Parallel()
	s := newStage(t, "Orders")
	source := load(t, "Orders", "testdata/orders.yaml")
	told := &events{}
	slow, err := mock.Start(t.Context(), s.hub, source, mock.Options{Delay: time.Hour, OnEvent: told.add})
	if err != nil {
		t.Fatal(err)
	}
	replies := s.receiver(source, "placeOrder", endpoint.ReceiverOptions{})
	if _, err := s.sender(source, "placeOrder").Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"productId": num("7"), "quantity": num("2")}, CorrelationID: "x"}); err != nil {
		t.Fatal(err)
	}
	soon(t, func() string { return cmp.Diff(1, told.kinds()[mock.Received]) })
	if err := slow.Close(); err != nil {
		t.Fatal(err)
	}
	s.play(source, mock.Options{})
	s.correlated(replies, "x")
}
