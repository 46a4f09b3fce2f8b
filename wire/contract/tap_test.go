package contract_test

import (
	"context"
	"encoding/binary"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	_ "github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/contract"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/nats"
	"github.com/weft-dev/weft/wire/registry"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

type noFiles struct{}

func (noFiles) Open(context.Context, string) (*source.File, error) { return nil, os.ErrNotExist }

// service is the contract that the services of these tests are held against.
const service = `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
servers:
  local: {host: 'localhost:9092', protocol: kafka, bindings: {kafka: {schemaRegistryUrl: 'http://127.0.0.1:1'}}}
channels:
  orders:
    address: orders.eu
    messages: {Order: {$ref: '#/components/messages/Order'}}
    bindings: {kafka: {topicConfiguration: {max.message.bytes: 2000}}}
  regional:
    address: orders.{region}
    parameters: {region: {default: eu, enum: [eu, us], location: '$message.payload#/region'}}
    messages: {Order: {$ref: '#/components/messages/Order'}}
  asked: {address: asked, messages: {Ask: {$ref: '#/components/messages/Ask'}}}
  answered: {address: answered, messages: {Answer: {$ref: '#/components/messages/Ask'}}}
  avro:
    address: avro
    messages:
      Paid:
        contentType: application/vnd.apache.avro
        bindings: {kafka: {schemaIdLocation: payload}}
        payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: Paid, fields: [{name: id, type: long}]}}
  bare:
    address: bare
    messages:
      Paid:
        contentType: application/vnd.apache.avro+json
        payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: Paid, fields: [{name: id, type: long}]}}
operations:
  publish: {action: send, channel: {$ref: '#/channels/orders'}}
  spread: {action: send, channel: {$ref: '#/channels/regional'}}
  answer: {action: receive, channel: {$ref: '#/channels/asked'}, reply: {channel: {$ref: '#/channels/answered'}}}
  pay: {action: send, channel: {$ref: '#/channels/avro'}}
  payBare: {action: send, channel: {$ref: '#/channels/bare'}}
components:
  messages:
    Order:
      contentType: application/json
      headers: {type: object, required: [tenant], properties: {tenant: {type: string}}}
      bindings: {kafka: {key: {type: string, pattern: '^o-[0-9]+$'}}}
      payload:
        type: object
        required: [id, region]
        additionalProperties: false
        properties: {id: {type: integer, minimum: 1}, region: {type: string}, password: {type: string}}
    Ask:
      contentType: application/json
      correlationId: {location: '$message.header#/correlation'}
      payload: {type: object}
`

// anySchema lets a registry take whatever it is given.
type anySchema struct{}

func (anySchema) Types() []string { return []string{registry.Avro} }

func (anySchema) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	return registry.Form{Canonical: d.Text, Normalized: d.Text}, nil
}

func (anySchema) Compare(context.Context, string, registry.Document, []registry.Version) (registry.Verdict, error) {
	return registry.Verdict{Compatible: true}, nil
}

// bench is an embedded server on which services are tested.
type bench struct {
	*testing.T
	source   *endpoint.Source
	hub      *endpoint.Hub
	broker   *broker.Broker
	registry *registry.Client
	choice   endpoint.Choice
	// where consumers put what they refuse, and their replies
	dead, done string
}

func newBench(t *testing.T, protocol, document string) *bench {
	t.Helper()
	ws := ref.New(noFiles{}, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///orders.yaml", "orders.yaml", []byte(document))))
	if doc == nil || diag.Worst(findings) == diag.Error {
		t.Fatalf("the contract cannot be read: %v", findings)
	}
	server, err := embedded.Start(t.Context(), protocol, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := registry.NewServer(t.Context(), registry.Memory{}, anySchema{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(handler)
	options := registry.Options{URL: web.URL, Timeout: time.Minute}
	client, err := registry.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		T: t, source: endpoint.NewSource("orders", doc, languages.In(ws)), registry: client, dead: "todo.dead", done: "done",
		choice: endpoint.Choice{URL: server.URL, Create: true, Registry: options},
	}
	b.open()
	if b.broker, err = broker.Open(t.Context(), server.URL, broker.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		_ = b.hub.Close(ctx)
		_ = b.broker.Close(ctx)
		client.Close()
		web.Close()
		_ = server.Close()
	})
	if protocol == "kafka" { // as somebody set it up who did not read the contract
		if err := b.broker.Create(t.Context(), "orders.eu", driver.AddressSpec{}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// open has the hub that is tested go by the choice.
func (b *bench) open() {
	b.hub = endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"orders": b.choice}})
}

// send puts a message on the wire as a service would that knows no contract.
func (b *bench) send(address string, m *driver.Message) {
	b.Helper()
	sender, err := b.broker.Sender(b.Context(), driver.SenderOptions{Address: address, Create: &driver.AddressSpec{}})
	if err != nil {
		b.Fatal(err)
	}
	if err := sender.Send(b.Context(), m); err != nil {
		b.Fatal(err)
	}
}

// tap listens to one operation while messages are sent.
func (b *bench) tap(operation string, limit int, send func()) *contract.Check {
	b.Helper()
	ctx, stop := context.WithTimeout(b.Context(), time.Minute)
	defer stop()
	report, err := contract.Tap(ctx, b.hub, b.source, contract.TapOptions{
		Operations: []string{operation}, Limit: limit, Parameters: map[string]string{"region": "eu"}, OnReady: func() {
			if send == nil {
				time.AfterFunc(200*time.Millisecond, stop)
			} else {
				send()
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	return report.Checks[len(report.Checks)-1]
}

func order(body string, change func(*driver.Message)) *driver.Message {
	m := &driver.Message{Key: []byte("o-1"), Body: []byte(body), Headers: []driver.Header{
		{Name: "content-type", Value: []byte("application/json")}, {Name: "tenant", Value: []byte("acme")}, {Name: "authorization", Value: []byte("Bearer hunter2")},
	}}
	if change != nil {
		change(m)
	}
	return m
}

func setHeader(name, value string) func(*driver.Message) {
	return func(m *driver.Message) {
		for i := range m.Headers {
			if m.Headers[i].Name == name {
				m.Headers[i].Value = []byte(value)
			}
		}
	}
}

const goodOrder = `{"id":1,"region":"eu","password":"hunter2"}`

// A service that is wrong in one way is told so, in words, with its bytes.
func TestEachFaultOfAServiceIsNamed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, operation, address string
		message                  *driver.Message
		code                     diag.Code
		words, bytes             string
	}{
		{"content type", "publish", "orders.eu", order(goodOrder, setHeader("content-type", "application/xml")), contract.CodeContentType, `messages say that they are "application/xml", and the contract declares "application/json"`, `{"id":1,`},
		{"missing header", "publish", "orders.eu", order(goodOrder, func(m *driver.Message) { m.Headers = m.Headers[:1] }), contract.CodeHeader, "lacks a header that the contract requires: tenant", `{"id":1,`},
		{"extra field", "publish", "orders.eu", order(`{"id":1,"region":"eu","colour":"red"}`, nil), contract.CodeExtraField, "has a member that the contract forbids: colour", `"colour`},
		{"wrong key", "publish", "orders.eu", order(goodOrder, func(m *driver.Message) { m.Key = []byte("7") }), contract.CodeKey, "the key of the message Order is not the contract's", `{"id":1,`},
		{"no key", "publish", "orders.eu", order(goodOrder, func(m *driver.Message) { m.Key = nil }), contract.CodeKey, "there is none", `{"id":1,`},
		{"wrong address", "spread", "orders.eu", order(`{"id":1,"region":"us"}`, nil), contract.CodeAddress, `the parameter region of its address is "eu", and the message says "us" at $message.payload#/region`, `"region`},
		{"unknown schema id", "pay", "avro", &driver.Message{Body: []byte{0, 0, 0, 3, 0xe7, 2}}, contract.CodeSchemaID, "the id of a schema that the registry does not have", "00 00 00 03 e7 02"},
		{"no schema id", "pay", "avro", &driver.Message{Body: []byte{2}}, contract.CodeSchemaID, "its body does not begin with the id of a schema", "00000000  02"},
		{"invalid UTF-8", "publish", "orders.eu", order("{\"id\":1,\"region\":\"e\xff\"}", nil), contract.CodeNotUTF8, "the bytes of messages are not UTF-8", "65 ff 22"},
		{"oversized", "publish", "orders.eu", order(`{"id":1,"region":"`+strings.Repeat("x", 3000)+`"}`, nil), contract.CodeSize, "larger than the 2000 bytes that the contract declares", "78 78 78"},
		{"JSON for Avro", "payBare", "bare", &driver.Message{Body: []byte(`{"id":1}`)}, contract.CodeJSONForBytes, "the wire is declared Avro, and what is on it is plain JSON", `{"id":1}`},
		{"a payload that does not fit", "publish", "orders.eu", order(`{"id":0,"region":"eu"}`, nil), contract.CodePayload, "does not fit its schema: id", `{"id":0`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "kafka", service)
			check := b.tap(test.operation, 1, func() { b.send(test.address, test.message) })
			if check.Status != contract.Failed || check.Messages != 1 || len(check.Findings) != 1 {
				t.Fatalf("%s, %d messages, %+v", check.Status, check.Messages, check.Findings)
			}
			f := check.Findings[0]
			if f.Code != test.code || !strings.Contains(f.Message+f.Help, test.words) {
				t.Errorf("got %s: %s; %s", f.Code, f.Message, f.Help)
			}
			if !f.Span.IsValid() {
				t.Error("it does not say which place of the contract is broken")
			}
			if f.Evidence == nil || !strings.Contains(f.Evidence.Hex, test.bytes) {
				t.Fatalf("the bytes are not shown: %+v", f.Evidence)
			}
			if shown := f.Evidence.Hex + strings.Join(f.Evidence.Headers, "\n"); strings.Contains(shown, "hunter2") {
				t.Errorf("a secret is shown:\n%s", shown)
			}
		})
	}
}

func TestTheSchemaIDOfAnotherMessageIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", service)
	id, err := b.registry.Register(t.Context(), "other-value", registry.Schema{Type: registry.Avro, Text: `{"type":"record","name":"Other","fields":[{"name":"name","type":"string"}]}`}, false)
	if err != nil {
		t.Fatal(err)
	}
	check := b.tap("pay", 1, func() {
		b.send("avro", &driver.Message{Body: append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), 2, 'x')}) //nolint:gosec // a small id
	})
	if check.Status != contract.Failed || len(check.Findings) != 1 || check.Findings[0].Code != contract.CodeSchemaID {
		t.Errorf("%s %+v", check.Status, check.Findings)
	}
}

// ask is a request or a reply with a correlation id.
func ask(id, body string) *driver.Message {
	return &driver.Message{Body: []byte(body), Headers: []driver.Header{{Name: "content-type", Value: []byte("application/json")}, {Name: "correlation", Value: []byte(id)}}}
}

func TestAReplyWithAnothersCorrelationIDIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", service)
	with := func(id string) *driver.Message { return ask(id, `{}`) }
	check := b.tap("answer", 1, func() {
		b.send("asked", with("c-1"))
		b.send("answered", with("c-2"))
	})
	if check.Status != contract.Failed || len(check.Findings) != 1 || check.Findings[0].Code != contract.CodeCorrelation {
		t.Fatalf("%s %+v", check.Status, check.Findings)
	}
	check = b.tap("answer", 1, func() {
		b.send("asked", with("c-3"))
		b.send("answered", with("c-3"))
	})
	if check.Status != contract.Passed {
		t.Errorf("%s %+v", check.Status, check.Findings)
	}
}

// A request is heard with its reply: the limit is about requests, and those that
// were heard are waited for.
func TestALimitCountsRequestsWithTheirReplies(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", service)
	check := b.tap("answer", 2, func() {
		b.send("answered", ask("c-1", `{}`))
		b.send("asked", ask("c-1", `{}`))
		b.send("asked", ask("c-2", `{}`))
		b.send("answered", ask("c-1", `{}`)) // once more, which is no other reply
		b.send("answered", ask("c-2", `{}`))
	})
	if check.Status != contract.Passed || check.Messages != 3 {
		t.Errorf("%s, %d messages, %+v", check.Status, check.Messages, check.Findings)
	}
}

// A request that breaks the contract may be replied to, and a reply that does is
// no stranger: each is told once.
func TestAFaultyRequestIsNoReasonToDoubtItsReply(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", service)
	check := b.tap("answer", 2, func() {
		b.send("asked", ask("c-1", `7`))
		b.send("asked", ask("c-2", `{}`))
		b.send("answered", ask("c-1", `{}`))
		b.send("answered", ask("c-2", `7`))
	})
	if len(check.Findings) != 1 || check.Findings[0].Code != contract.CodePayload || check.Messages != 2 {
		t.Errorf("%d messages, %+v", check.Messages, check.Findings)
	}
}

func TestASilentServiceIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", service)
	check := b.tap("publish", 0, nil)
	if check.Status != contract.Failed || len(check.Findings) != 1 || check.Findings[0].Code != contract.CodeSilent {
		t.Errorf("%s %+v", check.Status, check.Findings)
	}
}

func TestARightServicePasses(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", service)
	check := b.tap("spread", 3, func() {
		for range 3 {
			b.send("orders.eu", order(goodOrder, nil))
		}
	})
	if check.Status != contract.Passed || check.Messages != 3 || len(check.Findings) != 0 {
		t.Errorf("%s, %d messages, %+v", check.Status, check.Messages, check.Findings)
	}
}

func TestAFaultOnAnotherProtocolIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t, "nats", strings.ReplaceAll(service, "protocol: kafka", "protocol: nats"))
	check := b.tap("publish", 1, func() { b.send("orders.eu", order(`{"id":1}`, func(m *driver.Message) { m.Key = nil })) })
	if check.Status != contract.Failed || check.Findings[0].Code != contract.CodePayload || !strings.Contains(check.Findings[0].Message, "region") {
		t.Errorf("%s %+v", check.Status, check.Findings)
	}
}
