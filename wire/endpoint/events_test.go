package endpoint_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// cloudEvents is a document whose messages are CloudEvents, one in each way.
const cloudEvents = `asyncapi: 3.0.0
id: urn:example:shop
info: {title: Events, version: 1.0.0}
channels:
  kafka: {address: a, messages: {Placed: {name: com.example.placed, payload: {type: object}, headers: {type: object, required: [ce_id], properties: {ce_id: {type: string}, ce_type: {type: string}, ce_subject: {type: string}}}}}}
  http: {address: b, messages: {Placed: {payload: {type: object}, headers: {type: object, properties: {ce-specversion: {type: string}, ce-subject: {type: string}, ce-type: {const: com.example.always}}}}}}
  mqtt: {address: c, messages: {Placed: {payload: {type: object}, headers: {type: object, properties: {id: {type: string}, source: {type: string}, type: {type: string}, specversion: {type: string}}}}}}
  structured: {address: d, messages: {Placed: {contentType: application/cloudevents+json, payload: {type: object, required: [data], properties: {type: {const: com.example.placed}, data: {type: object}}}}}}
  batch: {address: e, messages: {Placed: {contentType: application/cloudevents-batch+json, payload: {type: array}}}}
operations:
  kafka: {action: receive, channel: {$ref: '#/channels/kafka'}}
  http: {action: receive, channel: {$ref: '#/channels/http'}}
  mqtt: {action: receive, channel: {$ref: '#/channels/mqtt'}}
  structured: {action: receive, channel: {$ref: '#/channels/structured'}}
  batch: {action: receive, channel: {$ref: '#/channels/batch'}}
`

func TestEventsAreGivenWhatTheyMustHave(t *testing.T) {
	t.Parallel()
	s := loadText(t, "events.yaml", cloudEvents)
	for _, c := range []struct {
		operation string
		out       endpoint.Outgoing
		headers   map[string]string
		body      string
	}{
		{
			"kafka",
			endpoint.Outgoing{Payload: map[string]any{}, IdempotencyID: "i1", Timestamp: time.Unix(0, 5e8)},
			map[string]string{
				"ce_id": "i1", "ce_source": "urn:example:shop", "ce_specversion": "1.0", "ce_time": "1970-01-01T00:00:00.5Z", "ce_type": "com.example.placed",
				"content-type": "application/json", "weft-id": "i1",
			},
			"{}",
		},
		{
			"http",
			endpoint.Outgoing{Payload: map[string]any{}, IdempotencyID: "i1", Headers: map[string]any{"ce-subject": "für Ä", "ce-source": "/mine"}},
			map[string]string{
				"ce-id": "i1", "ce-source": "/mine", "ce-specversion": "1.0", "ce-subject": "f%C3%BCr%20%C3%84", "ce-type": "com.example.always",
				"content-type": "application/json", "weft-id": "i1",
			},
			"{}",
		},
		{
			"mqtt",
			endpoint.Outgoing{Payload: map[string]any{}, IdempotencyID: "i1", Headers: map[string]any{"id": "own"}},
			map[string]string{
				"id": "own", "source": "urn:example:shop", "specversion": "1.0", "type": "Placed", "content-type": "application/json", "weft-id": "i1",
			},
			"{}",
		},
		{
			"structured",
			endpoint.Outgoing{Payload: map[string]any{"data": map[string]any{"a": num("1")}}, IdempotencyID: "i1"},
			map[string]string{"content-type": "application/cloudevents+json", "weft-id": "i1"},
			`{"data":{"a":1},"datacontenttype":"application/json","id":"i1","source":"urn:example:shop","specversion":"1.0","type":"com.example.placed"}`,
		},
	} {
		codec, err := s.Codec(target(t, s, c.operation, endpoint.Send))
		if err != nil {
			t.Fatal(err)
		}
		raw, sent, err := codec.Encode(c.out)
		if err != nil {
			t.Errorf("%s: %v", c.operation, err)
			continue
		}
		headers := headersOf(raw)
		delete(headers, endpoint.HeaderTraceParent)
		if diff := cmp.Diff(c.headers, headers); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", c.operation, diff)
		}
		if string(raw.Body) != c.body {
			t.Errorf("%s: the body is %s, want %s", c.operation, raw.Body, c.body)
		}
		got, no := codec.Decode(raw)
		if no != nil {
			t.Errorf("%s: %s", c.operation, no.Explanation)
			continue
		}
		for name, value := range sent.Headers {
			if got.Headers[name] != value {
				t.Errorf("%s: the header %s is %v on arrival, was %v", c.operation, name, got.Headers[name], value)
			}
		}
		if len(c.out.Headers) > 0 && sent.Headers["ce-id"] != nil && c.out.Headers["ce-id"] != nil {
			t.Errorf("%s: the caller's headers were changed", c.operation)
		}
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	s := loadText(t, "events.yaml", cloudEvents)
	for operation, want := range map[string]string{"structured": "must be an object", "kafka": "ce_id"} {
		codec, err := s.Codec(target(t, s, operation, endpoint.Send))
		if err != nil {
			t.Fatal(err)
		}
		var payload any = map[string]any{}
		if operation == "structured" {
			payload = "text"
		}
		if _, _, err := codec.Encode(endpoint.Outgoing{Payload: payload}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", operation, err)
		}
	}
	codec, err := s.Codec(target(t, s, "http", endpoint.Send))
	if err != nil {
		t.Fatal(err)
	}
	invalid, is := errors.AsType[*endpoint.InvalidError](second(codec.Encode(endpoint.Outgoing{Payload: map[string]any{}, IdempotencyID: "1", Headers: map[string]any{"ce-time": "noon"}})))
	if !is || invalid.Part != "headers" || invalid.Violations[0].Message != "ce-time: must be a timestamp of RFC 3339" {
		t.Errorf("got %v", invalid)
	}
	if _, err := s.Codec(target(t, s, "batch", endpoint.Send)); err == nil || !strings.Contains(err.Error(), "each event by itself") {
		t.Errorf("a batch: %v", err)
	}
	for body, want := range map[string]string{
		`{"specversion":"1.0","type":"com.example.placed","source":"/a","data":{}}`:                    "id: is required",
		`{"specversion":"0.3","type":"com.example.placed","source":"/a","id":"1","data":{}}`:           "specversion: must be 1.0",
		`{"specversion":"1.0","type":"com.example.placed","source":"/a","id":"1"}`:                     "data",
		`{"specversion":"1.0","type":"com.example.placed","source":"/a","id":"1","data":{},"Bad":"x"}`: "Bad",
	} {
		codec, err := s.Codec(target(t, s, "structured", endpoint.Receive))
		if err != nil {
			t.Fatal(err)
		}
		if _, no := codec.Decode(&driver.Message{Body: []byte(body)}); no == nil || no.Reason != endpoint.Invalid || !strings.Contains(no.Explanation, want) {
			t.Errorf("%s: got %+v", body, no)
		}
	}
}

func second(_ *driver.Message, _ *endpoint.Message, err error) error { return err }

// What a mock makes up is an event, however little its schemas say.
func TestSamplesOfEvents(t *testing.T) {
	t.Parallel()
	s := loadText(t, "events.yaml", strings.NewReplacer(
		"required: [ce_id]", "required: [ce_id, ce_time, ce_source, ce_specversion]",
		"ce_subject: {type: string}", "ce_time: {type: string}, ce_source: {type: string}, ce_specversion: {type: string}",
		"required: [data], properties: {", "required: [data, id, time, specversion], properties: {id: {type: string}, time: {type: string}, specversion: {type: string}, ",
	).Replace(cloudEvents))
	for _, operation := range []string{"kafka", "http", "mqtt", "structured"} {
		codec, err := s.Codec(target(t, s, operation, endpoint.Send))
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(20) {
			out, err := codec.Sample("", "", seed)
			if err != nil {
				t.Fatal(err)
			}
			out.IdempotencyID = "i1"
			raw, _, err := codec.Encode(out)
			if err != nil {
				t.Fatalf("%s: %v", operation, err)
			}
			if _, no := codec.Decode(raw); no != nil {
				t.Errorf("%s: %s", operation, no.Explanation)
			}
		}
	}
}
