package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/kafka"
	"github.com/weft-dev/weft/wire/registry"
)

// anySchema lets a registry take whatever it is given.
type anySchema struct{}

func (anySchema) Types() []string { return []string{registry.Avro, registry.JSON, registry.Protobuf} }

func (anySchema) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	return registry.Form{Canonical: d.Text, Normalized: d.Text}, nil
}

func (anySchema) Compare(context.Context, string, registry.Document, []registry.Version) (registry.Verdict, error) {
	return registry.Verdict{Compatible: true}, nil
}

// framed is a document whose messages say which schema they were written by.
const framed = `asyncapi: 3.0.0
info: {title: Framed, version: 1.0.0}
servers:
  local: {host: 'localhost:9092', protocol: kafka, bindings: {kafka: {schemaRegistryUrl: 'http://127.0.0.1:1', schemaRegistryVendor: confluent}}}
channels:
  avro: {address: avro, messages: {order: {contentType: avro/binary, bindings: {kafka: {schemaIdLocation: payload, schemaIdPayloadEncoding: '4'}}, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: &avro {type: record, name: Order, namespace: shop, fields: [{name: id, type: long}, {name: note, type: string, default: none}]}}}}}
  avroHeader: {address: avroHeader, messages: {order: {contentType: avro/binary, bindings: {kafka: {schemaIdLocation: header}}, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: *avro}}}}
  proto:
    address: proto
    messages:
      order:
        contentType: application/x-protobuf
        bindings: {kafka: {schemaIdPayloadEncoding: confluent, schemaLookupStrategy: RecordIdStrategy}}
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = "proto3";
            package shop;
            message Order {
              int64 id = 1;
              string note = 2;
            }
  json: {address: json, messages: {order: {contentType: application/json, bindings: {kafka: {schemaLookupStrategy: io.confluent.kafka.serializers.subject.TopicRecordNameStrategy}}, payload: {title: Order, type: object, required: [id], properties: {id: {type: integer}}}}}}
  protoHeader:
    address: protoHeader
    messages:
      order:
        contentType: application/x-protobuf
        bindings: {kafka: {schemaIdLocation: header}}
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = "proto3";
            message Other { int64 id = 1; }
            message Order { int64 id = 1; }
            message Holder { Order order = 1; Other other = 2; }
operations:
  avro: {action: receive, channel: {$ref: '#/channels/avro'}}
  avroHeader: {action: receive, channel: {$ref: '#/channels/avroHeader'}}
  proto: {action: receive, channel: {$ref: '#/channels/proto'}}
  protoHeader: {action: receive, channel: {$ref: '#/channels/protoHeader'}}
  json: {action: receive, channel: {$ref: '#/channels/json'}}
`

// playing is a hub on an embedded Kafka with a registry beside it.
type playing struct {
	hub      *endpoint.Hub
	source   *endpoint.Source
	registry *registry.Client
	choice   endpoint.Choice
}

func play(t *testing.T, create bool) *playing {
	t.Helper()
	kafka, err := embedded.Start(t.Context(), "kafka", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := registry.NewServer(t.Context(), registry.Memory{}, anySchema{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	options := registry.Options{URL: server.URL, Timeout: time.Minute}
	client, err := registry.NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	p := &playing{
		source: loadText(t, "framed.yaml", framed), registry: client,
		choice: endpoint.Choice{URL: kafka.URL, Create: create, Registry: options},
	}
	p.hub = endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": p.choice}, Broker: broker.Config{Attempts: 2}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(p.hub.Close(ctx), kafka.Close()); err != nil {
			t.Error(err)
		}
		client.Close()
		server.Close()
	})
	return p
}

func (p *playing) receiver(t *testing.T, operation string, rejected func(*endpoint.Rejected)) *endpoint.Receiver {
	t.Helper()
	r, err := p.hub.Receiver(t.Context(), p.source, target(t, p.source, operation, endpoint.Receive), endpoint.ReceiverOptions{OnRejected: rejected})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// raw opens a sender of bytes that no contract has a say in.
func (p *playing) raw(t *testing.T, address string) func(body []byte, headers ...driver.Header) {
	t.Helper()
	b, err := broker.Default.Open(t.Context(), p.choice.URL, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(context.Background()) })
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return func(body []byte, headers ...driver.Header) {
		t.Helper()
		if err := sender.Send(t.Context(), &driver.Message{Body: body, Headers: headers}); err != nil {
			t.Fatal(err)
		}
	}
}

func receiveOne(t *testing.T, r *endpoint.Receiver) *endpoint.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	list, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func TestMessagesSayWhichSchemaTheyWereWrittenBy(t *testing.T) {
	p := play(t, true)
	for _, c := range []struct {
		operation, subject string
		payload            map[string]any
		body               string // 0x00, the id as #, the rest
		header             string
	}{
		{"avro", "avro-value", map[string]any{"id": num("7"), "note": "x"}, "\x00\x00\x00\x00#\x0e\x02x", ""},
		{"avroHeader", "avroHeader-value", map[string]any{"id": num("7"), "note": "x"}, "\x0e\x02x", "guid"},
		{"proto", "shop.Order", map[string]any{"id": "7", "note": "x"}, "\x00\x00\x00\x00#\x00\x08\x07\x12\x01x", ""},
		{"protoHeader", "protoHeader-value", map[string]any{"order": map[string]any{"id": "7"}}, "\x0a\x02\x08\x07", "guid and indexes"},
		{"json", "json-Order", map[string]any{"id": num("7")}, "\x00\x00\x00\x00#{\"id\":7}", ""},
	} {
		t.Run(c.operation, func(t *testing.T) {
			r := p.receiver(t, c.operation, func(no *endpoint.Rejected) { t.Errorf("rejected: %s", no.Explanation) })
			s, err := p.hub.Sender(t.Context(), p.source, target(t, p.source, c.operation, endpoint.Send), endpoint.SenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Send(t.Context(), endpoint.Outgoing{Payload: c.payload}); err != nil {
				t.Fatal(err)
			}
			got := receiveOne(t, r)
			if diff := cmp.Diff(any(c.payload), got.Payload); diff != "" {
				t.Errorf("what arrives differs (-want +got):\n%s", diff)
			}
			registered, err := p.registry.Version(t.Context(), c.subject, registry.Latest, false)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Replace(c.body, "#", string(rune(registered.ID)), 1); string(got.Raw.Body) != want {
				t.Errorf("the body is %q, want %q", got.Raw.Body, want)
			}
			header := headersOf(got.Raw)[endpoint.HeaderSchemaID]
			switch c.header {
			case "":
				if header != "" {
					t.Errorf("it has the header %q", header)
				}
			case "guid":
				if len(header) != 17 || header[0] != 1 || got.Headers[endpoint.HeaderSchemaID] != registered.GUID {
					t.Errorf("the header is %q, and shown as %v", header, got.Headers[endpoint.HeaderSchemaID])
				}
			default: // one index, which is 2, in zigzag
				if len(header) != 19 || header[17:] != "\x02\x04" {
					t.Errorf("the header is %q", header)
				}
			}
		})
	}
}

func TestAWriterOfAnotherVersionIsRead(t *testing.T) {
	p := play(t, true)
	id, err := p.registry.Register(t.Context(), "avro-value", registry.Schema{
		Text: `{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"more","type":"string"},{"name":"id","type":"int"}]}`,
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	r := p.receiver(t, "avro", func(no *endpoint.Rejected) { t.Errorf("rejected: %s", no.Explanation) })
	p.raw(t, "avro")([]byte{0, 0, 0, 0, byte(id), 2, 'm', 14})
	if diff := cmp.Diff(any(map[string]any{"id": num("7"), "note": "none"}), receiveOne(t, r).Payload); diff != "" {
		t.Errorf("what arrives differs (-want +got):\n%s", diff)
	}
}

func TestAWriterWhoseSchemaRefersToOthersIsRead(t *testing.T) {
	p := play(t, true)
	if _, err := p.registry.Register(t.Context(), "note", registry.Schema{Text: `{"type":"enum","name":"Note","namespace":"shop","symbols":["a","b"]}`}, false); err != nil {
		t.Fatal(err)
	}
	id, err := p.registry.Register(t.Context(), "avro-value", registry.Schema{
		Text:       `{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"kind","type":"shop.Note"},{"name":"id","type":"long"}]}`,
		References: []registry.Reference{{Name: "shop.Note", Subject: "note", Version: 1}},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	r := p.receiver(t, "avro", func(no *endpoint.Rejected) { t.Errorf("rejected: %s", no.Explanation) })
	p.raw(t, "avro")([]byte{0, 0, 0, 0, byte(id), 2, 14})
	if diff := cmp.Diff(any(map[string]any{"id": num("7"), "note": "none"}), receiveOne(t, r).Payload); diff != "" {
		t.Errorf("what arrives differs (-want +got):\n%s", diff)
	}
}

func TestFramesThatNobodyCanReadAreRejectedInWords(t *testing.T) {
	p := play(t, true)
	other, err := p.registry.Register(t.Context(), "x", registry.Schema{Text: `{"type":"object"}`, Type: registry.JSON}, false)
	if err != nil {
		t.Fatal(err)
	}
	rejections := make(chan *endpoint.Rejected, 10)
	r := p.receiver(t, "avro", func(no *endpoint.Rejected) { rejections <- no })
	h := p.receiver(t, "avroHeader", func(no *endpoint.Rejected) { rejections <- no })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	for _, receiver := range []*endpoint.Receiver{r, h} {
		go func() { _, _ = receiver.Receive(ctx, 1); done <- struct{}{} }()
	}
	defer func() { cancel(); <-done; <-done }()
	bare, header := p.raw(t, "avro"), p.raw(t, "avroHeader")
	for _, c := range []struct {
		body   []byte
		header []byte
		reason endpoint.Reason
		want   string
	}{
		{body: []byte{14, 2, 'x'}, reason: endpoint.NotDecodable, want: "does not begin with the id of a schema"},
		{body: []byte{1, 0, 0, 0, 1, 14, 2, 'x'}, reason: endpoint.NotDecodable, want: "does not begin with the id of a schema"},
		{body: []byte{0, 0, 0, 9, 9, 14, 2, 'x'}, reason: endpoint.UnknownSchema, want: "has no schema 2313"},
		{body: []byte{0, 0, 0, 0, byte(other), 14, 2, 'x'}, reason: endpoint.OtherMessage, want: "is in JSON, and the contract's in AVRO"},
		{body: []byte{14, 2, 'x'}, header: []byte{0, 1}, reason: endpoint.NotDecodable, want: "neither"},
		{body: []byte{14, 2, 'x'}, header: []byte{0, 0, 0, 0, 1, 1}, reason: endpoint.NotDecodable, want: "1 bytes too long"},
		{body: []byte{14, 2, 'x'}, header: append([]byte{1}, make([]byte, 16)...), reason: endpoint.UnknownSchema, want: "has no schema 00000000-0000-0000-0000-000000000000"},
	} {
		if c.header == nil {
			bare(c.body)
		} else {
			header(c.body, driver.Header{Name: endpoint.HeaderSchemaID, Value: c.header})
		}
		select {
		case no := <-rejections:
			if no.Reason != c.reason || !strings.Contains(no.Explanation, c.want) {
				t.Errorf("%q: %s: %s, want %s: %s", c.body, no.Reason, no.Explanation, c.reason, c.want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q: is not rejected", c.body)
		}
	}
}

func TestSchemasAreRegisteredOnlyWhereThatIsAllowed(t *testing.T) {
	p := play(t, false)
	made := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: p.choice.URL, Create: true, Registry: p.choice.Registry}}})
	defer func() { _ = made.Close(context.Background()) }()
	open := func(hub *endpoint.Hub, operation string) error {
		s, err := hub.Sender(t.Context(), p.source, target(t, p.source, operation, endpoint.Send), endpoint.SenderOptions{})
		if err != nil {
			return err
		}
		return s.Close(t.Context())
	}
	if err := open(made, "json"); err != nil {
		t.Fatal(err)
	}
	if err := open(p.hub, "json"); err != nil {
		t.Errorf("what is registered is not found: %v", err)
	}
	if _, err := p.registry.DeleteSubject(t.Context(), "json-Order", false); err != nil {
		t.Fatal(err)
	}
	fresh := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": p.choice}})
	defer func() { _ = fresh.Close(context.Background()) }()
	err := open(fresh, "json")
	if err == nil || !strings.Contains(err.Error(), `subject "json-Order"`) || !strings.Contains(err.Error(), "--create") {
		t.Errorf("got %v", err)
	}
	if names, err := p.registry.Subjects(t.Context(), false); err != nil || slices.Contains(names, "json-Order") {
		t.Errorf("it was registered all the same: %v, %v", names, err)
	}
}

func TestARegistryThatIsNotThereIsToldByName(t *testing.T) {
	p := play(t, true)
	choice := p.choice
	choice.Registry = registry.Options{Timeout: time.Second} // that of the document
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": choice}})
	defer func() { _ = hub.Close(context.Background()) }()
	_, err := hub.Sender(t.Context(), p.source, target(t, p.source, "avro", endpoint.Send), endpoint.SenderOptions{})
	if err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}

// TestAMessageWaitsForItsRegistry takes a registry away while messages arrive:
// none is lost, and who receives is told why there is none.
func TestAMessageWaitsForItsRegistry(t *testing.T) {
	p := play(t, true)
	var away atomic.Bool
	var told atomic.Int32
	options := endpoint.HubOptions{
		Choices: map[string]endpoint.Choice{"Orders": p.choice},
		Broker:  broker.Config{OnEvent: func(broker.Event) { told.Add(1) }},
		Registry: func(o registry.Options) (endpoint.Registry, error) {
			client, err := registry.NewClient(o)
			return &moody{Client: client, away: &away}, err
		},
	}
	hub := endpoint.NewHub(options)
	defer func() { _ = hub.Close(context.Background()) }()
	rejected := 0
	where := target(t, p.source, "avro", endpoint.Receive)
	r, err := hub.Receiver(t.Context(), p.source, where, endpoint.ReceiverOptions{OnRejected: func(*endpoint.Rejected) { rejected++ }})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := hub.Sender(t.Context(), p.source, target(t, p.source, "avro", endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	before := r.Positions()
	away.Store(true)
	for _, item := range []string{"a", "b"} {
		if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"id": json.Number("7"), "note": item}}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = r.Receive(t.Context(), 0)
	if !errors.Is(err, driver.ErrUnreachable) || !driver.Retryable(err) || !strings.Contains(err.Error(), "check that the schema registry runs") {
		t.Fatalf("received %v, want an error that names the registry", err)
	}
	if told.Load() == 0 || rejected > 0 || !cmp.Equal(r.Positions(), before) {
		t.Errorf("%d events, %d rejected, at %v, want some, none and %v", told.Load(), rejected, r.Positions(), before)
	}
	away.Store(false)
	for want := 2; want > 0; {
		got, err := r.Receive(t.Context(), 1)
		if err != nil || len(got) != 1 {
			t.Fatalf("received %v, %v", got, err)
		}
		want -= len(got)
	}
	if cmp.Equal(r.Positions(), before) || rejected > 0 {
		t.Errorf("at %v after two messages, %d rejected", r.Positions(), rejected)
	}
}

// moody is a registry that is sometimes away for those who read.
type moody struct {
	*registry.Client
	away *atomic.Bool
}

func (m *moody) ByID(ctx context.Context, id int) (registry.Schema, error) {
	if m.away.Load() {
		return registry.Schema{}, errors.New("connection refused")
	}
	return m.Client.ByID(ctx, id)
}

func TestWhatFramesCannotDoIsToldBefore(t *testing.T) {
	t.Parallel()
	for binding, want := range map[string]string{
		"schemaIdLocation: body":     "must be payload or header",
		"schemaIdPayloadEncoding: 5": "is not supported yet",
		"schemaIdLocation: header, schemaIdPayloadEncoding: apicurio-legacy": "where the id is in a header",
		"schemaLookupStrategy: com.example.MyOwnOnes":                        "is not supported yet",
	} {
		s := loadText(t, "framed.yaml", strings.Replace(framed, "schemaIdLocation: payload, schemaIdPayloadEncoding: '4'", binding, 1))
		hub := endpoint.NewHub(endpoint.HubOptions{})
		found := hub.Check(s, target(t, s, "avro", endpoint.Send))
		if len(found) != 1 || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: got %+v", binding, found)
		}
	}
}

// keyed is a document whose keys are no text.
const keyed = `asyncapi: 3.0.0
info: {title: Keyed, version: 1.0.0}
servers:
  local: {host: 'localhost:9092', protocol: kafka, bindings: {kafka: {schemaRegistryUrl: 'http://127.0.0.1:1', schemaRegistryVendor: confluent}}}
channels:
  avro: {address: avro, messages: {order: {bindings: {kafka: {schemaIdLocation: payload, key: &key {type: record, name: OrderKey, namespace: shop, fields: [{name: id, type: long}]}}}, payload: {title: Order, type: object}}}}
  record: {address: record, messages: {order: {bindings: {kafka: {schemaLookupStrategy: RecordIdStrategy, key: *key}}, payload: {title: Order, type: object}}}}
  header: {address: header, messages: {order: {bindings: {kafka: {schemaIdLocation: header, key: {type: long}}}, payload: {type: object}}}}
  json: {address: json, messages: {order: {bindings: {kafka: {schemaIdLocation: payload, key: {type: object, required: [id], properties: {id: {type: integer}}}}}, payload: {type: object}}}}
  text: {address: text, messages: {order: {bindings: {kafka: {schemaIdLocation: payload, key: {type: string}}}, payload: {type: object}}}}
  bare: {address: bare, messages: {order: {bindings: {kafka: {key: *key}}, payload: {type: object}}}}
  wide: {address: wide, messages: {order: {contentType: avro/binary, bindings: {kafka: {schemaIdPayloadEncoding: apicurio-legacy, key: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: string}}}}, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: *key}}}}
  newer: {address: newer, messages: {order: {contentType: avro/binary, bindings: {kafka: {schemaIdPayloadEncoding: apicurio-new}}, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: *key}}}}
operations:
  avro: {action: receive, channel: {$ref: '#/channels/avro'}}
  record: {action: receive, channel: {$ref: '#/channels/record'}}
  header: {action: receive, channel: {$ref: '#/channels/header'}}
  json: {action: receive, channel: {$ref: '#/channels/json'}}
  text: {action: receive, channel: {$ref: '#/channels/text'}}
  bare: {action: receive, channel: {$ref: '#/channels/bare'}}
  wide: {action: receive, channel: {$ref: '#/channels/wide'}}
  newer: {action: receive, channel: {$ref: '#/channels/newer'}}
`

func TestKeysSayWhichSchemaTheyWereWrittenBy(t *testing.T) {
	p := play(t, true)
	p.source = loadText(t, "keyed.yaml", keyed)
	object := map[string]any{"id": num("7")}
	for _, c := range []struct {
		operation, subject string
		key                any
		raw                string // the id as #
		shown              string
	}{
		{"avro", "avro-key", object, "\x00\x00\x00\x00#\x0e", `{"id":7}`},
		{"record", "shop.OrderKey", object, "\x00\x00\x00\x00#\x0e", `{"id":7}`},
		{"header", "header-key", num("7"), "\x0e", "7"},
		{"json", "json-key", object, "\x00\x00\x00\x00#{\"id\":7}", `{"id":7}`},
		{"text", "", "k", "k", "k"},
		{"bare", "", object, "\x0e", `{"id":7}`},
		{"wide", "wide-key", "k", "\x00\x00\x00\x00\x00\x00\x00\x00#\x02k", "k"},
		{"newer", "", "k", "k", "k"},
	} {
		t.Run(c.operation, func(t *testing.T) {
			r := p.receiver(t, c.operation, func(no *endpoint.Rejected) { t.Errorf("rejected: %s", no.Explanation) })
			s, err := p.hub.Sender(t.Context(), p.source, target(t, p.source, c.operation, endpoint.Send), endpoint.SenderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			sent, err := s.Send(t.Context(), endpoint.Outgoing{Payload: object, Key: c.key})
			if err != nil {
				t.Fatal(err)
			}
			got := receiveOne(t, r)
			if got.Key != c.shown || sent.Key != c.shown || cmp.Diff(any(object), got.Payload) != "" {
				t.Errorf("%q was sent, %q with %v arrived, want %q", sent.Key, got.Key, got.Payload, c.shown)
			}
			want := c.raw
			if c.subject != "" {
				registered, err := p.registry.Version(t.Context(), c.subject, registry.Latest, false)
				if err != nil {
					t.Fatal(err)
				}
				want = strings.Replace(want, "#", string(rune(registered.ID)), 1)
			}
			if string(got.Raw.Key) != want {
				t.Errorf("the key is %q, want %q", got.Raw.Key, want)
			}
			if _, there := headersOf(got.Raw)[endpoint.HeaderKeySchemaID]; there != (c.operation == "header") {
				t.Errorf("headers are %v", headersOf(got.Raw))
			}
		})
	}
}

func TestKeysThatCannotBeReadAreRejected(t *testing.T) {
	p := play(t, true)
	p.source = loadText(t, "keyed.yaml", keyed)
	for operation, c := range map[string]struct{ key, want string }{
		"avro": {"plain", "its key does not begin with the id of a schema"},
		"bare": {"\xff", "its key cannot be read by its schema"},
		"wide": {"\x00\x00\x00\x00\x01\x02k", "its body does not begin"},
	} {
		var said []string
		r := p.receiver(t, operation, func(no *endpoint.Rejected) { said = append(said, no.Explanation) })
		// The schemas are registered by a sender, which sends nothing.
		if _, err := p.hub.Sender(t.Context(), p.source, target(t, p.source, operation, endpoint.Send), endpoint.SenderOptions{}); err != nil {
			t.Fatal(err)
		}
		// As somebody sends it who has other ideas of keys.
		body := []byte("{}")
		if operation == "avro" {
			value, err := p.registry.Version(t.Context(), "avro-value", registry.Latest, false)
			if err != nil {
				t.Fatal(err)
			}
			body = append([]byte{0, 0, 0, 0, byte(value.ID)}, body...)
		}
		p.keyed(t, operation, c.key, body)
		listen := func() {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, _ = r.Receive(ctx, 1)
		}
		for limit := time.Now().Add(time.Minute); len(said) == 0 && time.Now().Before(limit); {
			listen()
		}
		listen() // and is said once
		if len(said) != 1 || !strings.Contains(said[0], c.want) {
			t.Errorf("%s: rejected as %q, want %q", operation, said, c.want)
		}
	}
}

// keyed sends bytes with a key of bytes.
func (p *playing) keyed(t *testing.T, address, key string, body []byte) {
	t.Helper()
	b, err := broker.Default.Open(t.Context(), p.choice.URL, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), &driver.Message{Key: []byte(key), Body: body}); err != nil {
		t.Fatal(err)
	}
}
