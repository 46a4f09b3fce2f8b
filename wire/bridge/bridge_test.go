package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/kafka"
	"github.com/weft-dev/weft/wire/registry"
	"github.com/weft-dev/weft/wire/sqs"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// shop sends orders in Avro, framed with the id of a registry.
const shop = `asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
servers:
  local: {host: 'localhost:9092', protocol: kafka, bindings: {kafka: {schemaRegistryUrl: 'http://localhost:8081', schemaRegistryVendor: confluent}}}
channels:
  orders:
    address: orders.created
    bindings: {kafka: {partitions: 4}}
    messages: {OrderCreated: {$ref: '#/components/messages/OrderCreated'}}
operations:
  publishOrder: {action: send, channel: {$ref: '#/channels/orders'}}
components:
  messages:
    OrderCreated:
      contentType: application/vnd.apache.avro
      headers: {type: object, properties: {region: {type: string}}}
      bindings: {kafka: {key: {type: string}, schemaIdLocation: payload}}
      payload:
        schemaFormat: application/vnd.apache.avro;version=1.9.0
        schema:
          type: record
          name: OrderCreated
          fields:
            - {name: order_id, type: string}
            - {name: number, type: long}
            - {name: total, type: {type: bytes, logicalType: decimal, precision: 10, scale: 2}}
            - {name: created_at, type: {type: long, logicalType: timestamp-millis}}
            - {name: items, type: {type: array, items: {type: record, name: Item, fields: [{name: sku, type: string}, {name: price, type: {type: bytes, logicalType: decimal, precision: 10, scale: 2}}]}}}
`

// store receives orders in JSON.
const store = `asyncapi: 3.0.0
info: {title: Store, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'localhost:4566', protocol: sqs}}
channels:
  orders:
    address: order-events.fifo
    messages: {Order: {$ref: '#/components/messages/Order'}}
    bindings: {sqs: {queue: {name: order-events, fifoQueue: true}}}
operations:
  receiveOrder: {action: receive, channel: {$ref: '#/channels/orders'}}
components:
  messages:
    Order:
      headers: {type: object, properties: {region: {type: string}}}
      payload:
        type: object
        required: [id, number, total, createdAt, lines]
        additionalProperties: false
        properties:
          id: {type: string, maxLength: 40}
          number: {type: integer}
          total: {type: string}
          createdAt: {type: string, format: date-time}
          lines: {type: array, items: {type: object, required: [sku, price], properties: {sku: {type: string}, price: {type: string}}}}
`

const conversion = `{
  "payload": {
    "id": "$message.payload#/order_id", "number": "$message.payload#/number",
    "total": {"$text": "$message.payload#/total"}, "createdAt": {"$time": "$message.payload#/created_at"},
    "lines": {"$each": "$message.payload#/items", "item": {"sku": "$inputs.item#/sku", "price": {"$text": "$inputs.item#/price"}}}
  }
}`

func load(t testing.TB, name, text string) *endpoint.Source {
	t.Helper()
	ws := ref.New(source.Memory{}, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("memory:///"+name, name, []byte(text))))
	if doc == nil || len(findings) > 0 {
		t.Fatalf("%s cannot be read: %v", name, findings)
	}
	return endpoint.NewSource(name, doc, languages.In(ws))
}

func end(t testing.TB, s *endpoint.Source, id string, intent endpoint.Intent) bridge.End {
	t.Helper()
	op, err := s.Operation(id)
	if err != nil {
		t.Fatal(err)
	}
	return bridge.End{Source: s, Target: endpoint.RequestOf(op, intent)}
}

func mapping(t testing.TB, text string) *bridge.Mapping {
	t.Helper()
	value, err := schema.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m, err := bridge.ParseMapping(value)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// world is a Kafka with a registry, and an SQS.
type world struct {
	testing.TB
	hub      *endpoint.Hub
	from, to *endpoint.Source
	urls     map[string]string // of the servers, by the name of the source
}

func newWorld(t testing.TB) *world {
	t.Helper()
	urls := map[string]string{"shop": start(t, "kafka"), "store": start(t, "sqs")}
	choices := map[string]endpoint.Choice{"shop": {URL: urls["shop"], Create: true, Embedded: true}, "store": {URL: urls["store"], Create: true, Embedded: true}}
	handler, err := registry.NewServer(t.Context(), registry.Memory{}, takesAll{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := registry.Listen(handler, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	choice := choices["shop"]
	choice.Registry.URL = listener.URL
	choices["shop"] = choice
	mux := &broker.Mux{}
	mux.Register(kafka.Driver{})
	mux.Register(sqs.Driver{})
	w := &world{t, endpoint.NewHub(endpoint.HubOptions{Mux: mux, Choices: choices}), load(t, "shop", shop), load(t, "store", store), urls}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(w.hub.Close(ctx), listener.Close(ctx)); err != nil {
			t.Error(err)
		}
	})
	return w
}

func start(t testing.TB, protocol string) string {
	t.Helper()
	server, err := embedded.Start(t.Context(), protocol, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// takesAll judges nothing.
type takesAll struct{}

func (takesAll) Types() []string { return []string{registry.Avro} }

func (takesAll) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	return registry.Form{Canonical: d.Text, Normalized: d.Text}, nil
}

func (takesAll) Compare(context.Context, string, registry.Document, []registry.Version) (registry.Verdict, error) {
	return registry.Verdict{Compatible: true}, nil
}

func order(key string, number int) endpoint.Outgoing {
	return endpoint.Outgoing{
		Key: key, Headers: map[string]any{"region": "north"}, IdempotencyID: fmt.Sprintf("%s/%d", key, number),
		Payload: map[string]any{
			"order_id": fmt.Sprintf("%s-%d", key, number), "number": json.Number(fmt.Sprint(number)), "total": json.Number("12.50"),
			"created_at": json.Number("1767225600000"),
			"items":      []any{map[string]any{"sku": "apple", "price": json.Number("6.25")}},
		},
	}
}

// publish sends orders to the shop's topic.
func (w *world) publish(list ...endpoint.Outgoing) {
	w.Helper()
	e := end(w, w.from, "publishOrder", endpoint.Send)
	sender, err := w.hub.Sender(w.Context(), e.Source, e.Target, endpoint.SenderOptions{})
	if err != nil {
		w.Fatal(err)
	}
	var encoded []*endpoint.Message
	for _, out := range list {
		m, err := sender.Encode(out)
		if err != nil {
			w.Fatal(err)
		}
		encoded = append(encoded, m)
	}
	if err := sender.SendAll(w.Context(), encoded); err != nil {
		w.Fatal(err)
	}
}

func (w *world) open(opt bridge.Options) *bridge.Bridge {
	w.Helper()
	if opt.Group == "" {
		opt.Group = "bridge"
	}
	opt.Start = driver.StartBeginning()
	b, err := bridge.Open(w.Context(), w.hub, end(w, w.from, "publishOrder", endpoint.Receive), end(w, w.to, "receiveOrder", endpoint.Send), opt)
	if err != nil {
		w.Fatal(err)
	}
	return b
}

// take receives n different messages from the store's queue.
func (w *world) take(n int) []*endpoint.Message {
	w.Helper()
	e := end(w, w.to, "receiveOrder", endpoint.Receive)
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	r, err := w.hub.Receiver(ctx, e.Source, e.Target, endpoint.ReceiverOptions{OnRejected: func(no *endpoint.Rejected) { w.Error(no) }})
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var all []*endpoint.Message
	seen := map[string]bool{}
	for len(seen) < n {
		list, err := r.Receive(ctx, 0)
		if err != nil {
			w.Fatalf("%d of %d arrived: %v", len(seen), n, err)
		}
		for _, m := range list {
			seen[m.IdempotencyID] = true
			all = append(all, m)
		}
		if err := r.Ack(ctx, list...); err != nil {
			w.Fatal(err)
		}
	}
	return all
}

func TestAvroOnKafkaBecomesJSONOnSQS(t *testing.T) {
	w := newWorld(t)
	b := w.open(bridge.Options{Mapping: mapping(t, conversion), Limit: 1})
	w.publish(order("ann", 1))
	if err := b.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := w.take(1)[0]
	want := map[string]any{
		"id": "ann-1", "number": json.Number("1"), "total": "12.50", "createdAt": "2026-01-01T00:00:00.000Z",
		"lines": []any{map[string]any{"sku": "apple", "price": "6.25"}},
	}
	if diff := cmp.Diff(want, got.Payload); diff != "" {
		t.Errorf("the payload (-want +got):\n%s", diff)
	}
	if got.Key != "ann" || got.Headers["region"] != "north" || got.IdempotencyID != "ann/1" || got.ContentType != "application/json" {
		t.Errorf("key %q, headers %v, id %q, content type %q", got.Key, got.Headers, got.IdempotencyID, got.ContentType)
	}
	if c := b.Counts(); c.Received != 1 || c.Carried != 1 || c.BytesIn == 0 || c.BytesOut == 0 {
		t.Errorf("it counted %+v", c)
	}
}

func TestOrderPerKeyHoldsAcrossBridgesThatShareTheWork(t *testing.T) {
	w := newWorld(t)
	const keys, each = 20, 50
	var list []endpoint.Outgoing
	for number := range each {
		for key := range keys {
			list = append(list, order(fmt.Sprintf("k%d", key), number))
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 2 {
		b := w.open(bridge.Options{Mapping: mapping(t, conversion), OnEvent: func(e bridge.Event) { t.Log(e) }})
		running.Go(func() {
			if err := b.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	w.publish(list...)
	next := map[string]int{}
	for _, m := range w.take(len(list)) {
		number := intOf(t, m.Payload, "number")
		switch want := next[m.Key]; {
		case number == want:
			next[m.Key]++
		case number > want:
			t.Fatalf("%s: %d arrived before %d", m.Key, number, want)
		}
	}
	stop()
	running.Wait()
}

func intOf(t testing.TB, payload any, name string) int {
	t.Helper()
	object, _ := payload.(map[string]any)
	number, _ := object[name].(json.Number)
	n, err := number.Int64()
	if err != nil {
		t.Fatalf("%v has no %s", payload, name)
	}
	return int(n)
}

func TestAMessageThatCannotBeCarriedStopsTheBridgeAndStays(t *testing.T) {
	w := newWorld(t)
	long := order("ann", 2)
	long.Payload.(map[string]any)["order_id"] = strings.Repeat("x", 41)
	w.publish(order("ann", 1), long, order("ann", 3))
	err := w.open(bridge.Options{Mapping: mapping(t, conversion)}).Run(t.Context())
	stopped, ok := errors.AsType[*bridge.StoppedError](err)
	if !ok || !strings.Contains(err.Error(), "at most 40") {
		t.Fatalf("it ended with %v", err)
	}
	if stopped.ID == "" {
		t.Error("it does not say which message")
	}
	// whoever goes on meets it again, and can let it go
	var skipped []string
	b := w.open(bridge.Options{Mapping: mapping(t, conversion), OnFailure: bridge.Skip, Limit: 2, OnEvent: func(e bridge.Event) {
		if e.Kind == bridge.Skipped {
			skipped = append(skipped, e.ID())
		}
	}})
	if err := b.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 1 || skipped[0] != stopped.ID {
		t.Errorf("skipped %v, it had stopped at %s", skipped, stopped.ID)
	}
	var ids []string
	for _, m := range w.take(2) {
		ids = append(ids, m.IdempotencyID)
	}
	if diff := cmp.Diff([]string{"ann/1", "ann/3"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestDeadLettersStayAtTheSource(t *testing.T) {
	w := newWorld(t)
	long := order("ann", 1)
	long.Payload.(map[string]any)["order_id"] = strings.Repeat("x", 41)
	w.publish(long, order("ann", 2))
	b := w.open(bridge.Options{Mapping: mapping(t, conversion), OnFailure: bridge.Bury, DeadLetter: "orders.dead", Limit: 2})
	if err := b.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := b.Counts(); c.DeadLetters != 1 || c.Carried != 1 {
		t.Errorf("it counted %+v", c)
	}
	e := end(t, w.from, "publishOrder", endpoint.Receive)
	r, err := w.hub.Receiver(t.Context(), e.Source, e.Target, endpoint.ReceiverOptions{Address: "orders.dead", Group: "graves", Start: driver.StartBeginning()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	list, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].IdempotencyID != "ann/1" {
		t.Errorf("the dead letter is %q", list[0].IdempotencyID)
	}
}

func TestAMappingChoosesAndChanges(t *testing.T) {
	w := newWorld(t)
	w.publish(order("ann", 1), order("bob", 2))
	text := strings.Replace(conversion, `{`, `{"when": "$message.payload#/number > 1", "key": "customer {$inputs.key}", "headers": {"region": "${{ message.header.region + '-west' }}"},`, 1)
	b := w.open(bridge.Options{Mapping: mapping(t, text), Limit: 2})
	if err := b.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := w.take(1)[0]
	if got.Key != "customer bob" || got.Headers["region"] != "north-west" {
		t.Errorf("key %q, headers %v", got.Key, got.Headers)
	}
	if c := b.Counts(); c.Passed != 1 || c.Carried != 1 {
		t.Errorf("it counted %+v", c)
	}
}

func TestATrialShowsWhatWouldBeSent(t *testing.T) {
	w := newWorld(t)
	from, to := end(t, w.from, "publishOrder", endpoint.Receive), end(t, w.to, "receiveOrder", endpoint.Send)
	trials, err := bridge.Try(w.hub, from, to, mapping(t, conversion), 7)
	if err != nil || len(trials) != 1 || trials[0].Err != nil {
		t.Fatalf("%+v: %v", trials, err)
	}
	if _, ok := trials[0].Out.Payload.(map[string]any)["createdAt"].(string); !ok {
		t.Errorf("it would send %v", trials[0].Out.Payload)
	}
	trials, err = bridge.Try(w.hub, from, to, nil, 7)
	if _, invalid := errors.AsType[*endpoint.InvalidError](trials[0].Err); err != nil || !invalid {
		t.Errorf("without a mapping: %v, %v", trials[0].Err, err)
	}
}
