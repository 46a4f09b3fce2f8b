package endpoint_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// encodings is a document with one operation for each way in which payloads
// are written.
const encodings = `asyncapi: 3.0.0
info: {title: Encodings, version: 1.0.0}
channels:
  avro: {address: avro, messages: {order: {contentType: avro/binary, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: &avro {type: record, name: Order, fields: [{name: id, type: long}, {name: note, type: ["null", string], default: null}]}}}}}
  avroSingle: {address: avroSingle, messages: {order: {contentType: avro/binary; encoding=single-object, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: *avro}}}}
  avroJSON: {address: avroJSON, messages: {order: {contentType: application/json, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: *avro}}}}
  avroBytes: {address: avroBytes, messages: {order: {contentType: application/octet-stream, payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: *avro}}}}
  proto:
    address: proto
    messages:
      order:
        contentType: application/x-protobuf
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: |
            syntax = "proto3";
            message Order {
              int64 id = 1;
              string note = 2;
            }
  text: {address: text, messages: {line: {contentType: text/plain, payload: {type: string}}}}
  bytes: {address: bytes, messages: {photo: {contentType: application/octet-stream}}}
  lost: {address: lost, messages: {order: {contentType: avro/binary, payload: {type: object}}}}
operations:
  avro: {action: receive, channel: {$ref: '#/channels/avro'}}
  avroSingle: {action: receive, channel: {$ref: '#/channels/avroSingle'}}
  avroJSON: {action: receive, channel: {$ref: '#/channels/avroJSON'}}
  avroBytes: {action: receive, channel: {$ref: '#/channels/avroBytes'}}
  proto: {action: receive, channel: {$ref: '#/channels/proto'}}
  text: {action: receive, channel: {$ref: '#/channels/text'}}
  bytes: {action: receive, channel: {$ref: '#/channels/bytes'}}
  lost: {action: receive, channel: {$ref: '#/channels/lost'}}
`

func TestPayloadsAreWrittenAsTheirContentTypeSays(t *testing.T) {
	t.Parallel()
	s := loadText(t, "encodings.yaml", encodings)
	for _, c := range []struct {
		operation string
		payload   any
		body      []byte
		arrives   any // nil: the payload
	}{
		{"avro", map[string]any{"id": num("7"), "note": "x"}, []byte{14, 2, 2, 'x'}, nil},
		{"avro", map[string]any{"id": num("7")}, []byte{14, 0}, map[string]any{"id": num("7"), "note": nil}},
		{"avroBytes", map[string]any{"id": num("-1"), "note": nil}, []byte{1, 0}, nil},
		{"avroJSON", map[string]any{"id": num("7"), "note": "x"}, []byte(`{"id":7,"note":"x"}`), nil},
		{"proto", map[string]any{"id": "7", "note": "x"}, []byte{8, 7, 18, 1, 'x'}, nil},
		{"text", "one line", []byte("one line"), nil},
		{"bytes", "AP8=", []byte{0, 255}, nil},
	} {
		codec, err := s.Codec(target(t, s, c.operation, endpoint.Send))
		if err != nil {
			t.Fatalf("%s: %v", c.operation, err)
		}
		raw, _, err := codec.Encode(endpoint.Outgoing{Payload: c.payload})
		if err != nil {
			t.Fatalf("%s: %v", c.operation, err)
		}
		if !bytes.Equal(raw.Body, c.body) {
			t.Errorf("%s: written as %q, want %q", c.operation, raw.Body, c.body)
		}
		got, no := codec.Decode(raw)
		if no != nil {
			t.Fatalf("%s: %s", c.operation, no.Explanation)
		}
		want := c.arrives
		if want == nil {
			want = c.payload
		}
		if diff := cmp.Diff(want, got.Payload); diff != "" {
			t.Errorf("%s: what arrives differs (-want +got):\n%s", c.operation, diff)
		}
	}
}

func TestWhatCannotBeWrittenOrReadIsRefused(t *testing.T) {
	t.Parallel()
	s := loadText(t, "encodings.yaml", encodings)
	if _, err := s.Codec(target(t, s, "lost", endpoint.Send)); err == nil || !strings.Contains(err.Error(), "give the payload a schemaFormat") {
		t.Errorf("bytes without a schema for them: %v", err)
	}
	for _, c := range []struct {
		operation string
		payload   any
		want      string
	}{
		{"avro", map[string]any{"id": "seven"}, "id"},
		{"proto", map[string]any{"note": num("7")}, "note"},
		{"bytes", "not base64!", "base64"},
		{"bytes", num("7"), "base64"},
	} {
		codec, err := s.Codec(target(t, s, c.operation, endpoint.Send))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := codec.Encode(endpoint.Outgoing{Payload: c.payload}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a word on %q", c.operation, err, c.want)
		}
	}
	for operation, body := range map[string][]byte{"avro": {14, 2, 200, 1}, "avroBytes": []byte(`{"id":7}`), "proto": {255, 255}, "avroJSON": {14, 0}} {
		codec, err := s.Codec(target(t, s, operation, endpoint.Receive))
		if err != nil {
			t.Fatal(err)
		}
		if message, no := codec.Decode(&driver.Message{Body: body}); no == nil {
			t.Errorf("%s: the bytes %q are taken for %v", operation, body, message.Payload)
		}
	}
}

// What a mock makes up can be written and read in every language.
func TestSamplesInEveryLanguage(t *testing.T) {
	t.Parallel()
	s := loadText(t, "encodings.yaml", encodings)
	for _, operation := range []string{"avro", "avroBytes", "avroJSON", "proto", "text", "bytes"} {
		codec, err := s.Codec(target(t, s, operation, endpoint.Send))
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(20) {
			out, err := codec.Sample("", "", seed)
			if err != nil {
				t.Fatalf("%s: %v", operation, err)
			}
			raw, _, err := codec.Encode(out)
			if err != nil {
				t.Fatalf("%s: %v", operation, err)
			}
			if _, no := codec.Decode(raw); no != nil {
				t.Errorf("%s: %v is refused: %s", operation, out.Payload, no.Explanation)
			}
		}
	}
}

func TestSingleObjectsSayTheirSchema(t *testing.T) {
	t.Parallel()
	s := loadText(t, "encodings.yaml", encodings)
	decode := func(operation string, body []byte) (*endpoint.Message, *endpoint.Rejected) {
		c, err := s.Codec(target(t, s, operation, endpoint.Receive))
		if err != nil {
			t.Fatal(err)
		}
		return c.Decode(&driver.Message{Body: body})
	}
	single, err := s.Codec(target(t, s, "avroSingle", endpoint.Send))
	if err != nil {
		t.Fatal(err)
	}
	payload := map[string]any{"id": num("7"), "note": "x"}
	raw, _, err := single.Encode(endpoint.Outgoing{Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	// The mark, then CRC-64-AVRO of {"name":"Order","type":"record","fields":[{"name":"id","type":"long"},{"name":"note","type":["null","string"]}]}.
	if body := raw.Body; len(body) != 14 || body[0] != 0xc3 || body[1] != 1 || !bytes.Equal(body[10:], []byte{14, 2, 2, 'x'}) {
		t.Fatalf("written as %x", body)
	}
	for _, operation := range []string{"avroSingle", "avro"} {
		got, no := decode(operation, raw.Body)
		if no != nil {
			t.Fatalf("%s: %s", operation, no.Explanation)
		}
		if diff := cmp.Diff(any(payload), got.Payload); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operation, diff)
		}
	}
	other := bytes.Clone(raw.Body)
	other[5] ^= 1
	for _, body := range [][]byte{other, {14, 2, 2, 'x'}} {
		if _, no := decode("avroSingle", body); no == nil || no.Reason != endpoint.NotDecodable {
			t.Errorf("%x: got %+v", body, no)
		}
	}
	for contentType, want := range map[string]string{"avro/binary; encoding=json": "is not supported yet", "application/x-protobuf; encoding=single-object": "needs a schema in Avro"} {
		operation := "avro"
		if strings.Contains(contentType, "proto") {
			operation = "proto"
		}
		c, err := s.Codec(target(t, s, operation, endpoint.Send))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Encode(endpoint.Outgoing{Payload: map[string]any{"id": num("7")}, ContentType: contentType}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", contentType, err)
		}
	}
}
