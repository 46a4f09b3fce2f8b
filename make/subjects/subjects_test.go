package subjects_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/make/subjects"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// payloads loads a document with one message for each payload.
func payloads(t *testing.T, files source.Memory, written ...string) ([]subjects.Payload, []diag.Diagnostic) {
	t.Helper()
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: T, version: 1.0.0}\nchannels:\n  c:\n    address: topic\n    messages:\n")
	for i, payload := range written {
		b.WriteString("      m" + string(rune('0'+i)) + ":\n        payload: " + payload + "\n")
	}
	b.WriteString("components: {schemas: {Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}}}}\n")
	ws := ref.New(files, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///a/asyncapi.yaml", "asyncapi.yaml", []byte(b.String()))))
	if doc == nil {
		t.Fatal(findings)
	}
	return subjects.Of(t.Context(), ws, doc)
}

const avroFormat = `{schemaFormat: "application/vnd.apache.avro;version=1.9.0", schema: `

func TestSchemasStandAlone(t *testing.T) {
	files := source.Memory{
		"file:///a/money.avsc":  `{"type":"record","name":"Money","namespace":"x","fields":[{"name":"cents","type":"long"}]}`,
		"file:///a/parts.json":  `{"definitions":{"Node":{"type":"string","maxLength":3},"More":{"$ref":"#/definitions/Node"}}}`,
		"file:///a/own.json":    `{"properties":{"a":{"$ref":"#/definitions/A"},"b":{"$ref":"other.json#/A"}},"definitions":{"A":{"type":"string"},"Unused":{}}}`,
		"file:///a/other.json":  `{"A":{"type":"object","properties":{"next":{"$ref":"#/A"}}}}`,
		"file:///a/order.proto": `syntax = "proto3"; message Order { string id = 1; }`,
	}
	for _, c := range []struct{ name, payload, want string }{
		{"plain", `{type: string}`, `{"type":"string"}`},
		{"recursive", `{$ref: '#/components/schemas/Node'}`, `{"type":"object","properties":{"next":{"$ref":"#"}}}`},
		{
			"two of one name", `{properties: {a: {$ref: '#/components/schemas/Node'}, b: {$ref: 'parts.json#/definitions/More'}}}`,
			`{"properties":{"a":{"$ref":"#/definitions/Node"},"b":{"$ref":"#/definitions/More"}},"definitions":{
				"Node":{"type":"object","properties":{"next":{"$ref":"#/definitions/Node"}}},
				"More":{"$ref":"#/definitions/Node2"},"Node2":{"type":"string","maxLength":3}}}`,
		},
		{
			"definitions of its own", `{$ref: own.json}`,
			`{"properties":{"a":{"$ref":"#/definitions/A"},"b":{"$ref":"#/definitions/A2"}},"definitions":{"A":{"type":"string"},"A2":{"type":"object","properties":{"next":{"$ref":"#/definitions/A2"}}}}}`,
		},
		{
			"avro, a type used twice", avroFormat + `{type: record, name: R, fields: [{name: a, type: {$ref: money.avsc}}, {name: b, type: {$ref: money.avsc}}]}}`,
			`{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"record","name":"Money","namespace":"x","fields":[{"name":"cents","type":"long"}]}},{"name":"b","type":"x.Money"}]}`,
		},
		{"avro, a file", avroFormat + `{$ref: money.avsc}}`, files["file:///a/money.avsc"]},
	} {
		list, findings := payloads(t, files, c.payload)
		if len(list) != 1 || len(findings) > 0 {
			t.Errorf("%s: %v %v", c.name, list, findings)
			continue
		}
		var got, want any
		if err := json.Unmarshal([]byte(list[0].Text), &got); err != nil {
			t.Errorf("%s: %s: %v", c.name, list[0].Text, err)
		}
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	list, findings := payloads(t, files,
		`{schemaFormat: "application/vnd.google.protobuf;version=3", schema: {$ref: order.proto}}`,
		`{schemaFormat: "application/vnd.google.protobuf;version=3", schema: 'syntax = "proto3"; message M {}'}`)
	if len(list) != 2 || list[0].Text != files["file:///a/order.proto"] || !strings.HasSuffix(list[1].Text, "message M {}") {
		t.Errorf("protobuf: %v %v", list, findings)
	}
}

func TestWhatCannotBeRegistered(t *testing.T) {
	for payload, want := range map[string]diag.Code{
		`{schemaFormat: "application/raml+yaml;version=1.0", schema: {type: string}}`: subjects.CodeLanguage,
		`{properties: {a: {$ref: absent.json}}}`:                                      subjects.CodeUnread,
		`{schemaFormat: "application/vnd.google.protobuf;version=3", schema: {a: 1}}`: subjects.CodeUnread,
	} {
		list, findings := payloads(t, source.Memory{}, payload)
		if len(list) != 0 || len(findings) != 1 || findings[0].Code != want || !findings[0].Span.IsValid() {
			t.Errorf("%s: %v %v", payload, list, findings)
		}
	}
}
