package bundle_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

var modes = []bundle.Mode{bundle.Refs, bundle.Inline}

// files are texts by name.
type files map[string]string

func (f files) workspace() *ref.Workspace {
	memory := source.Memory{}
	for name, text := range f {
		memory["memory:///"+name] = text
	}
	return ref.New(memory, ref.Options{Limits: ref.Limits{Files: 20_000}})
}

func (f files) load(ws *ref.Workspace, names ...string) []*ref.Document {
	var documents []*ref.Document
	for _, name := range names {
		documents = append(documents, ws.Load(source.NewFile("memory:///"+name, name, []byte(f[name]))))
	}
	return documents
}

func (f files) bundle(opt bundle.Options, names ...string) *bundle.Result {
	ws := f.workspace()
	return bundle.Bundle(context.Background(), ws, f.load(ws, names...), opt)
}

// text is a bundle without errors, as YAML.
func text(t testing.TB, r *bundle.Result) string {
	t.Helper()
	for _, d := range r.Findings {
		if d.Severity >= diag.Error {
			t.Fatalf("%s: %s (%s)", d.Code, d.Message, d.Help)
		}
	}
	data, err := tree.Print(r.Root, tree.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func codes(r *bundle.Result) string {
	var list []string
	for _, d := range r.Findings {
		list = append(list, string(d.Code))
	}
	return strings.Join(slices.Compact(list), " ")
}

// keeps bundles a document in both modes and checks that it means the same, and
// that a bundle of the bundle is the bundle.
func (f files) keeps(t *testing.T, name string) map[bundle.Mode]string {
	t.Helper()
	ws := f.workspace()
	want := meaning(t, ws, f.load(ws, name)[0])
	texts := map[bundle.Mode]string{}
	for _, mode := range modes {
		got := text(t, f.bundle(bundle.Options{Mode: mode}, name))
		texts[mode] = got
		if diff := cmp.Diff(want, alone(t, got)); diff != "" {
			t.Errorf("%s means something else:\n%s\n%s", mode, diff, got)
		}
		again := text(t, files{"again.yaml": got}.bundle(bundle.Options{Mode: mode}, "again.yaml"))
		if again != got {
			t.Errorf("%s: the bundle of the bundle differs:\n%s", mode, cmp.Diff(got, again))
		}
	}
	return texts
}

const head = "asyncapi: 3.0.0\ninfo: {title: T, version: 1.0.0}\n"

// channel is a document with one channel whose message is given.
func channel(message string) string {
	return head + "channels:\n  c:\n    address: c\n    messages:\n      m: " + message + "\n"
}

func TestReferencesOfEveryForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files files
		// have and lack are parts of the bundle in the mode ref.
		have, lack []string
	}{
		"a whole file": {
			files{"a.yaml": channel("{payload: {$ref: order.json}}"), "order.json": `{"type":"object"}`},
			[]string{"$ref: '#/components/schemas/order'", "  schemas:\n    order:\n      type: object"},
			nil,
		},
		"a file in a file, relative to it": {
			files{
				"a.yaml": channel("{$ref: 'sub/m.yaml#/M'}"), "sub/m.yaml": "M: {payload: {$ref: '../p.yaml#/P'}}\n",
				"p.yaml": "P: {type: object, properties: {x: {$ref: '#/Q'}}}\nQ: {type: string}\n",
			},
			[]string{"messages:\n    M:", "    P:", "    Q:"},
			nil,
		},
		"a diamond is there once": {
			files{
				"a.yaml": channel("{payload: {type: object, properties: {x: {$ref: x.yaml}, y: {$ref: y.yaml}}}}"),
				"x.yaml": "properties: {z: {$ref: z.yaml}}", "y.yaml": "items: {$ref: z.yaml}", "z.yaml": "type: string # once\n",
			},
			[]string{"    z:\n      type: string # once"},
			[]string{"z-2"},
		},
		"equal content is shared": {
			files{
				"a.yaml":   channel("{payload: {type: object, properties: {x: {$ref: x/s.yaml}, y: {$ref: y/s.json}, z: {$ref: z/s.json}}}}"),
				"x/s.yaml": "type: string\nminLength: 1\n", "y/s.json": `{"minLength":1,"type":"string"}`, "z/s.json": `{"type":"integer"}`,
			},
			[]string{"    s:", "    s-2:\n      type: integer"},
			[]string{"s-3"},
		},
		"a name that is taken is numbered": {
			files{
				"a.yaml": channel("{payload: {$ref: order.json}}") + "components: {schemas: {order: {type: string}}}\n", "order.json": `{"type":"object"}`,
			},
			[]string{"$ref: '#/components/schemas/order-2'", "order-2:\n      type: object"},
			nil,
		},
		"a component that is a reference becomes its home": {
			files{
				"a.yaml": channel("{payload: {$ref: order.json}}") + "components: {schemas: {Mine: {$ref: order.json}}}\n", "order.json": `{"type":"object"}`,
			},
			[]string{"payload:\n          $ref: '#/components/schemas/Mine'", "Mine:\n      type: object"},
			[]string{"order"},
		},
		"a part of what moved is found there": {
			files{
				"a.yaml":  channel("{payload: {type: object, properties: {x: {$ref: 's.yaml#/S'}, y: {$ref: 's.yaml#/S/properties/y'}}}}"),
				"s.yaml":  "S: {properties: {y: {type: string, minLength: 3}}}",
				"un.yaml": "",
			},
			[]string{"'#/components/schemas/S/properties/y'"},
			nil,
		},
		"references that lead on": {
			files{"a.yaml": channel("{$ref: b.yaml}"), "b.yaml": "$ref: c.yaml#/M", "c.yaml": "M: {name: end, payload: {type: string}}"},
			[]string{"'#/components/messages/b'", "name: end"},
			[]string{"M:"},
		},
		"back into the document": {
			files{
				"a.yaml": channel("{$ref: b.yaml}") + "components: {schemas: {S: {type: string}}}\n",
				"b.yaml": "payload: {$ref: 'a.yaml#/components/schemas/S'}",
			},
			[]string{"$ref: '#/components/schemas/S'"},
			[]string{"S-2"},
		},
		"a circle across files": {
			files{"a.yaml": channel("{payload: {$ref: x.yaml}}"), "x.yaml": "properties: {y: {$ref: y.yaml}}", "y.yaml": "items: {$ref: x.yaml}"},
			[]string{"'#/components/schemas/x'", "'#/components/schemas/y'"},
			nil,
		},
		"siblings stay": {
			files{"a.yaml": channel("{payload: {properties: {x: {$ref: s.yaml, description: mine}}}}"), "s.yaml": "type: string"},
			[]string{"description: mine"},
			nil,
		},
		"paths with characters of their own": {
			files{"a.yaml": channel("{payload: {$ref: 's.yaml#/a~1b~0c%20d/%7Bx%7D'}}"), "s.yaml": "a/b~c d: {'{x}': {type: string, items: {$ref: '#/a~1b~0c%20d/%7Bx%7D'}}}"},
			[]string{"'#/components/schemas/x'"},
			nil,
		},
		"aliases are written out": {
			files{"a.yaml": channel("{payload: {$ref: s.yaml#/b}}"), "s.yaml": "a: &x {type: string}\nb: {properties: {p: *x, q: *x}}"},
			[]string{"p:\n          type: string", "q:\n          type: string"},
			[]string{"*x", "&x"},
		},
		"a whole document of AsyncAPI": {
			files{
				"a.yaml": channel("{$ref: 'b.yaml#/channels/c/messages/m'}"),
				"b.yaml": channel("{$ref: '#/components/messages/M'}") + "components: {messages: {M: {payload: {$ref: '#/components/schemas/P'}}}, schemas: {P: {type: string}}}\n",
			},
			[]string{"    P:\n      type: string"},
			nil,
		},
		"data and extensions are left alone": {
			files{
				"a.yaml": channel("{payload: {type: object, default: {$ref: none.yaml}, x-ref: {$ref: none.yaml}}, examples: [{payload: {$ref: none.yaml}}]}") +
					"x-more: {$ref: none.yaml}\n",
			},
			[]string{"$ref: none.yaml"},
			[]string{"components"},
		},
		"discriminators are left alone": {
			files{"a.yaml": channel("{payload: {schemaFormat: 'application/vnd.oai.openapi;version=3.0.0', schema: {discriminator: {propertyName: p, mapping: {a: './a.json'}}}}}")},
			[]string{"a: ./a.json"},
			nil,
		},
		"traits, bindings, parameters and correlation": {
			files{
				"a.yaml": head + "channels:\n  c:\n    address: 'c.{p}'\n    parameters: {p: {$ref: x.yaml#/p}}\n    bindings: {$ref: x.yaml#/b}\n    messages: {m: {traits: [{$ref: x.yaml#/t}], correlationId: {$ref: x.yaml#/i}}}\n",
				"x.yaml": "p: {description: P}\nb: {kafka: {partitions: 2}}\nt: {headers: {$ref: '#/h'}}\ni: {location: $message.header#/x}\nh: {type: object}\n",
			},
			[]string{"'#/components/parameters/p'", "'#/components/channelBindings/b'", "'#/components/messageTraits/t'", "'#/components/correlationIds/i'", "'#/components/schemas/h'"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.files.keeps(t, "a.yaml")[bundle.Refs]
			for _, part := range c.have {
				if !strings.Contains(got, part) {
					t.Errorf("%q is missing in\n%s", part, got)
				}
			}
			for _, part := range c.lack {
				if strings.Contains(got, part) {
					t.Errorf("%q is in\n%s", part, got)
				}
			}
		})
	}
}

// Where AsyncAPI 3 asks for references, they lead to where it asks for.
func TestDemandedReferences(t *testing.T) {
	t.Parallel()
	f := files{
		"a.yaml": head + `servers:
  main: {$ref: 'x.yaml#/servers/kafka'}
channels:
  known: {$ref: 'x.yaml#/channels/known'}
  own:
    servers: [{$ref: 'x.yaml#/servers/kafka'}]
    messages:
      a: {$ref: 'x.yaml#/messages/A'}
      b: {payload: {type: string}}
operations:
  one:
    action: send
    channel: {$ref: '#/channels/own'}
    messages: [{$ref: 'x.yaml#/messages/A'}]
  two:
    action: send
    channel: {$ref: 'x.yaml#/channels/known'}
    messages: [{$ref: 'x.yaml#/channels/known/messages/k'}]
    reply:
      channel: {$ref: 'x.yaml#/channels/other'}
      messages: [{$ref: 'x.yaml#/messages/A'}]
  three: {$ref: 'x.yaml#/operations/three'}
`,
		"x.yaml": `servers: {kafka: {host: h, protocol: kafka}}
channels:
  known: {address: known, messages: {k: {payload: {type: integer}}}}
  other: {address: other, messages: {o: {$ref: '#/messages/A'}}}
messages: {A: {payload: {type: boolean}}}
operations:
  three: {action: receive, channel: {$ref: '#/channels/known'}, messages: [{$ref: '#/channels/known/messages/k'}]}
`,
	}
	for _, mode := range modes {
		got := text(t, f.bundle(bundle.Options{Mode: mode}, "a.yaml"))
		for _, part := range []string{
			"servers:\n      - $ref: '#/servers/main'",
			"channel:\n      $ref: '#/channels/own'\n    messages:\n      - $ref: '#/channels/own/messages/a'",
			"channel:\n      $ref: '#/channels/known'\n    messages:\n      - $ref: '#/channels/known/messages/k'",
			"channel:\n        $ref: '#/channels/other'\n      messages:\n        - $ref: '#/channels/other/messages/o'",
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q is missing in\n%s", mode, part, got)
			}
		}
	}
}

func TestVersion2(t *testing.T) {
	t.Parallel()
	f := files{
		"a.yaml": "asyncapi: 2.6.0\ninfo: {title: T, version: 1.0.0}\nservers: {s: {$ref: x.yaml#/server}}\nchannels:\n  c: {$ref: 'x.yaml#/channels/c'}\n  d:\n    publish: {message: {oneOf: [{$ref: 'x.yaml#/m'}, {payload: {$ref: 'x.yaml#/p'}}]}}\n",
		"x.yaml": "server: {url: h, protocol: kafka}\nchannels: {c: {subscribe: {message: {$ref: '#/m'}}}}\nm: {name: M, payload: {$ref: '#/p'}}\np: {type: string}\n",
	}
	got := f.keeps(t, "a.yaml")
	for _, part := range []string{"'#/components/channels/c'", "'#/components/messages/m'", "'#/components/schemas/p'", "'#/components/servers/server'"} {
		if !strings.Contains(got[bundle.Refs], part) {
			t.Errorf("%s is missing in\n%s", part, got[bundle.Refs])
		}
	}
	// 2.0 has no home for channels: they take the place of the reference.
	f["a.yaml"] = "asyncapi: 2.0.0\ninfo: {title: T, version: 1.0.0}\nchannels:\n  c: {$ref: 'x.yaml#/channels/c'}\n"
	if got := f.keeps(t, "a.yaml")[bundle.Refs]; strings.Contains(got, "components/channels") || !strings.Contains(got, "'#/components/messages/m'") {
		t.Errorf("got\n%s", got)
	}
}

// Names that schemas give themselves lead to the same schemas in the bundle.
func TestNamesOfSchemas(t *testing.T) {
	t.Parallel()
	f := files{
		"a.yaml": channel("{payload: {schemaFormat: 'application/schema+json;version=2020-12', schema: {$ref: s.json}}}"),
		"s.json": `{"$id":"https://example.com/s.json","properties":{"a":{"$ref":"#here"},"b":{"$ref":"https://example.com/t.json"},"c":{"$ref":"#/$defs/c"}},
			"$defs":{"h":{"$anchor":"here","type":"string"},"t":{"$id":"t.json","type":"integer"},"c":{"type":"boolean"}}}`,
	}
	for _, mode := range modes {
		r := f.bundle(bundle.Options{Mode: mode}, "a.yaml")
		got := text(t, r)
		if strings.Contains(got, "#here") || strings.Contains(got, "s.json") || strings.Contains(got, "$ref: https") {
			t.Errorf("%s: got\n%s", mode, got)
		}
		if mode == bundle.Refs && (codes(r) != "bundle/id" || !strings.Contains(got, "/$defs/h'") || !strings.Contains(got, "$ref: '#/components/schemas/s/schema'")) {
			t.Errorf("%s: %s\n%s", mode, codes(r), got)
		}
		alone(t, got)
	}
	// In the document itself they are right as they are.
	f = files{"a.yaml": channel("{payload: {$id: 'https://example.com/s', properties: {a: {$ref: '#x'}, b: {$ref: '#/definitions/y'}}, definitions: {y: {$id: '#x', type: string}}}}")}
	got := text(t, f.bundle(bundle.Options{Mode: bundle.Refs}, "a.yaml"))
	for _, part := range []string{"$ref: '#x'", "$ref: '#/definitions/y'", "$id: https://example.com/s"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is missing in\n%s", part, got)
		}
	}
}

// Schemas in other languages are bundled as what they are.
func TestOtherLanguages(t *testing.T) {
	t.Parallel()
	proto := "syntax = \"proto3\";\nimport \"google/protobuf/timestamp.proto\";\nmessage M { string a = 1; }\n"
	f := files{
		"a.yaml": head + `channels:
  c:
    messages:
      p: {payload: {schemaFormat: 'application/vnd.google.protobuf;version=3', schema: {$ref: m.proto}}}
      q: {payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {$ref: order.avsc}}}
      r: {payload: {schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {$ref: order.avsc}}}
`,
		"m.proto":    proto,
		"order.avsc": `{"type":"record","name":"com.example.Order","fields":[{"name":"id","type":"string"}]}`,
	}
	got := f.keeps(t, "a.yaml")
	if !strings.Contains(got[bundle.Refs], "schema: |\n            syntax = \"proto3\";") {
		t.Errorf("the text is not there:\n%s", got[bundle.Refs])
	}
	if strings.Count(got[bundle.Refs], "$ref: '#/components/schemas/order/schema'") != 2 ||
		!strings.Contains(got[bundle.Refs], "    order:\n      schemaFormat: application/vnd.apache.avro;version=1.9.0\n      schema:\n        type: record") {
		t.Errorf("the Avro schema is not shared:\n%s", got[bundle.Refs])
	}
	f["m.proto"] = "syntax = \"proto3\";\nimport \"common.proto\";\n"
	if r := f.bundle(bundle.Options{Mode: bundle.Refs}, "a.yaml"); codes(r) != "bundle/text" || r.Root != nil {
		t.Errorf("imports: %s", codes(r))
	}
	f["common.proto"] = "syntax = \"proto3\";\nmessage Address { string city = 1; }\n"
	f["m.proto"] = "syntax = \"proto3\";\nimport \"common.proto\";\nmessage M { Address a = 1; }\n"
	r := f.bundle(bundle.Options{Mode: bundle.Refs}, "a.yaml")
	if text := r.Root.At("/channels/c/messages/p/payload/schema").Str(); !strings.Contains(text, "message M { Address a = 1; }") || !strings.Contains(text, "message Address { string city = 1; }") || strings.Contains(text, "import") {
		t.Errorf("what is imported is not there:\n%s", text)
	}
}

// An Avro type that comes in twice is defined the first time.
func TestAvroNames(t *testing.T) {
	t.Parallel()
	f := files{
		"a.yaml": head + `channels:
  c:
    messages:
      m:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            - $ref: a.avsc
            - {type: record, name: W, fields: [{name: a, type: {$ref: a.avsc}}, {name: b, type: [{$ref: b.avsc}, 'null']}]}
`,
		"a.avsc": `{"type":"record","name":"A","namespace":"com.example","fields":[{"name":"b","type":{"type":"enum","name":"B","symbols":["X"]}}]}`,
		"b.avsc": `{"type":"enum","name":"com.example.B","symbols":["X"]}`,
	}
	got := text(t, f.bundle(bundle.Options{Mode: bundle.Inline}, "a.yaml"))
	if strings.Count(got, "symbols:") != 1 || strings.Count(got, "name: A") != 1 || !strings.Contains(got, "type: com.example.A") {
		t.Errorf("got\n%s", got)
	}
}

// A type that is only named is put in where it is first named, once.
func TestCompleteAvro(t *testing.T) {
	t.Parallel()
	known := map[string]string{
		"com.example.B": `{"type":"record","name":"B","namespace":"com.example","fields":[{"name":"d","type":"com.example.D"}]}`,
		"com.example.C": `{"type":"record","name":"com.example.C","fields":[{"name":"d","type":["null","D"]}]}`,
		"com.example.D": `{"type":"enum","name":"com.example.D","symbols":["X"]}`,
	}
	got := bundle.CompleteAvro(`{"type": "record", "name": "com.example.A", "fields": [
  {"name": "b", "type": "B"}, {"name": "c", "type": {"type": "array", "items": "com.example.C"}}, {"name": "s", "type": "string"},
  {"name": "b2", "type": "com.example.B"}]}`, known)
	want := `{"type": "record", "name": "com.example.A", "fields": [
  {"name": "b", "type": {"type":"record","name":"B","namespace":"com.example","fields":[{"name":"d","type":{"type":"enum","name":"com.example.D","symbols":["X"]}}]}}, {"name": "c", "type": {"type": "array", "items": {"type":"record","name":"com.example.C","fields":[{"name":"d","type":["null","D"]}]}}}, {"name": "s", "type": "string"},
  {"name": "b2", "type": "com.example.B"}]}`
	if got != want {
		t.Error(cmp.Diff(want, got))
	}
	for _, text := range []string{"", "{", "syntax", `"string"`} {
		if got := bundle.CompleteAvro(text, known); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestFaultsAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files files
		codes string
	}{
		"nowhere":           {files{"a.yaml": channel("{$ref: 'b.yaml#/x'}"), "b.yaml": "y: 1"}, "text/ref-pointer"},
		"no file":           {files{"a.yaml": channel("{$ref: 'b.yaml#/x'}")}, "text/ref-not-found"},
		"no string":         {files{"a.yaml": channel("{$ref: 5}")}, "text/ref-value"},
		"empty":             {files{"a.yaml": channel("{$ref: }")}, "text/ref-value"},
		"broken file":       {files{"a.yaml": channel("{$ref: b.yaml}"), "b.yaml": "{a"}, "text/syntax"},
		"broken":            {files{"a.yaml": "asyncapi: [3.0.0"}, "text/syntax"},
		"only circles":      {files{"a.yaml": channel("{$ref: b.yaml}"), "b.yaml": "$ref: c.yaml", "c.yaml": "$ref: b.yaml"}, "text/ref-cycle"},
		"no kind":           {files{"a.yaml": "hello: world"}, "bundle/not-supported"},
		"version 4":         {files{"a.yaml": "asyncapi: 4.0.0"}, "bundle/not-supported"},
		"swagger":           {files{"a.yaml": "swagger: '2.0'"}, "bundle/not-supported"},
		"a text, no schema": {files{"a.yaml": channel("{$ref: b.proto}"), "b.proto": "x"}, "bundle/text"},
		"part of a text":    {files{"a.yaml": channel("{payload: {schemaFormat: 'application/vnd.google.protobuf', schema: {$ref: 'b.proto#/M'}}}"), "b.proto": "x"}, "bundle/text"},
	} {
		for _, mode := range modes {
			r := c.files.bundle(bundle.Options{Mode: mode}, "a.yaml")
			if codes(r) != c.codes || r.Root != nil {
				t.Errorf("%s (%s): %q, want %q", name, mode, codes(r), c.codes)
			}
		}
	}
}

func TestOtherSpecifications(t *testing.T) {
	t.Parallel()
	f := files{
		"open.yaml": `openapi: 3.1.0
info: {title: T, version: 1.0.0}
paths:
  /a: {$ref: 'x.yaml#/paths/a'}
  /b:
    post:
      parameters: [{$ref: 'x.yaml#/parameters/p'}]
      requestBody: {content: {application/json: {schema: {$ref: 'x.yaml#/schemas/S'}}}}
      responses: {'200': {$ref: 'x.yaml#/responses/ok'}}
`,
		"x.yaml": `paths: {a: {get: {responses: {'200': {$ref: '#/responses/ok'}}}}}
parameters: {p: {name: p, in: query, schema: {type: string}}}
schemas: {S: {type: object, properties: {s: {$ref: '#/schemas/S'}}}}
responses: {ok: {description: fine}}
`,
		"flow.yaml":   "arazzo: 1.0.1\ninfo: {title: T, version: 1.0.0}\nsourceDescriptions: [{name: a, url: ./open.yaml, type: openapi}]\nworkflows:\n  - workflowId: w\n    inputs: {$ref: 'x.yaml#/schemas/S'}\n    steps: [{stepId: s, operationId: a}]\n",
		"schema.json": `{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"s":{"$ref":"x.yaml#/schemas/S"}}}`,
	}
	for name, parts := range map[string][]string{
		"open.yaml":   {"'#/components/parameters/p'", "'#/components/schemas/S'", "'#/components/responses/ok'"},
		"flow.yaml":   {"'#/components/inputs/S'", "url: ./open.yaml"},
		"schema.json": {"'#/$defs/S'"},
	} {
		for _, mode := range modes {
			got := text(t, f.bundle(bundle.Options{Mode: mode}, name))
			if strings.Contains(got, "x.yaml") {
				t.Errorf("%s (%s) still refers to a file:\n%s", name, mode, got)
			}
			for _, part := range parts {
				if mode == bundle.Refs && !strings.Contains(got, part) {
					t.Errorf("%s: %s is missing in\n%s", name, part, got)
				}
			}
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	f := files{
		"a.yaml": head + "tags: [{name: x}]\nchannels:\n  a: {messages: {m: {$ref: '#/components/messages/M'}}}\ncomponents: {messages: {M: {payload: {$ref: p.yaml}}}}\n",
		"b.yaml": "asyncapi: 3.0.0\ninfo: {title: Other, version: 2.0.0}\nservers: {s: {host: h, protocol: kafka}}\nchannels:\n  b: {messages: {m: {$ref: '#/components/messages/M'}, o: {$ref: '#/components/messages/Other'}}}\n" +
			"operations: {o: {action: send, channel: {$ref: '#/channels/b'}}}\ncomponents: {messages: {M: {payload: {$ref: './p.yaml'}}, Other: {payload: {$ref: p.yaml}}}}\n",
		"p.yaml": "type: string\n",
	}
	for _, mode := range modes {
		got := text(t, f.bundle(bundle.Options{Mode: mode}, "a.yaml", "b.yaml"))
		for _, part := range []string{"title: T", "  a:\n", "  b:\n", "    M:\n", "    Other:\n", "host: h", "  o:\n"} {
			if !strings.Contains(got, part) || strings.Contains(got, "M-2") {
				t.Errorf("%s: %q is missing in\n%s", mode, part, got)
			}
		}
		alone(t, got)
	}
	for name, text := range map[string]string{
		"bundle/conflict": head + "components: {messages: {M: {payload: {type: integer}}}}\n",
		"bundle/versions": "asyncapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\n",
	} {
		f["c.yaml"] = text
		if r := f.bundle(bundle.Options{Mode: bundle.Refs}, "a.yaml", "c.yaml"); codes(r) != name || r.Root != nil {
			t.Errorf("%s: %q", name, codes(r))
		} else if d := r.Findings[0]; d.Span.File.Name() != "c.yaml" || name == "bundle/conflict" && (len(d.Related) != 1 || d.Related[0].Span.File.Name() != "a.yaml") {
			t.Errorf("%s is told at the wrong place: %+v", name, d)
		}
	}
}

// What is hostile costs little, and says what is wrong.
func TestHostileReferences(t *testing.T) {
	t.Parallel()
	diamonds := files{"a.yaml": channel("{payload: {$ref: d0.yaml}}")}
	for i := range 40 {
		diamonds[fmt.Sprintf("d%d.yaml", i)] = fmt.Sprintf("properties: {a: {$ref: d%d.yaml}, b: {$ref: d%d.yaml}}", i+1, i+1)
	}
	diamonds["d40.yaml"] = "type: string"
	chain := files{"a.yaml": channel("{payload: {$ref: c0.yaml}}")}
	for i := range 3_000 {
		chain[fmt.Sprintf("c%d.yaml", i)] = fmt.Sprintf("items: {$ref: c%d.yaml}", i+1)
	}
	chain["c3000.yaml"] = "type: string"
	dense := files{"a.yaml": channel("{payload: {$ref: 's.yaml#/s0'}}"), "s.yaml": ""}
	for i := range 60 {
		dense["s.yaml"] += fmt.Sprintf("s%d: {properties: {", i)
		for j := range 60 {
			dense["s.yaml"] += fmt.Sprintf("p%d: {$ref: '#/s%d'}, ", j, j)
		}
		dense["s.yaml"] += "}}\n"
	}
	for name, c := range map[string]struct {
		files       files
		ref, inline string
	}{
		"40 diamonds":          {diamonds, "", "bundle/too-large"},
		"3,000 files":          {chain, "", ""},
		"60 dense in a circle": {dense, "", "bundle/too-large"},
	} {
		for mode, want := range map[bundle.Mode]string{bundle.Refs: c.ref, bundle.Inline: c.inline} {
			begin := cputime.Start(t)
			r := c.files.bundle(bundle.Options{Mode: mode}, "a.yaml")
			if took := begin(); took > 10*time.Second {
				t.Errorf("%s (%s) took %s", name, mode, took)
			}
			if got := codes(r); !strings.Contains(got, want) || want == "" && r.Root == nil {
				t.Errorf("%s (%s): %.200q, want %q", name, mode, got, want)
			}
		}
	}
}

func BenchmarkChannels(b *testing.B) {
	for _, n := range []int{20, 200, 2_000} {
		f := files{"messages.yaml": "messages:\n", "a.yaml": head + "channels:\n"}
		var channels, operations, messages strings.Builder
		for i := range n {
			fmt.Fprintf(&channels, "  c%d: {address: c%d, messages: {m: {$ref: 'messages.yaml#/messages/M%d'}}}\n", i, i, i)
			fmt.Fprintf(&operations, "  o%d: {action: send, channel: {$ref: '#/channels/c%d'}, messages: [{$ref: 'messages.yaml#/messages/M%d'}]}\n", i, i, i)
			fmt.Fprintf(&messages, "  M%d: {payload: {type: object, properties: {id: {$ref: 'id.yaml'}, n: {type: integer, minimum: %d}}}}\n", i, i)
		}
		f["a.yaml"] += channels.String() + "operations:\n" + operations.String()
		f["messages.yaml"] += messages.String()
		f["id.yaml"] = "type: string\n"
		for _, mode := range modes {
			b.Run(fmt.Sprintf("%s/%d", mode, n), func(b *testing.B) {
				for b.Loop() {
					text(b, f.bundle(bundle.Options{Mode: mode}, "a.yaml"))
				}
			})
		}
	}
}

// References that are resolved while a value is judged are kept where they
// still mean the same, and refused where not.
func TestDynamicReferences(t *testing.T) {
	t.Parallel()
	root := func(schema string) string {
		return head + "channels:\n  c:\n    messages:\n      m: {payload: {schemaFormat: 'application/schema+json;version=2020-12', schema: " + schema + "}}\n"
	}
	const node = `{"$dynamicAnchor":"node","type":"object","properties":{"next":{"$dynamicRef":"#node"}},"$defs":{"x":{"$dynamicRef":"#node"}}}`
	for name, c := range map[string]struct {
		files files
		want  string
	}{
		"in one file":          {files{"a.yaml": root("{$ref: tree.json}"), "tree.json": node}, ""},
		"two of one name":      {files{"a.yaml": root("{anyOf: [{$ref: tree.json}, {$ref: other.json}]}"), "tree.json": node, "other.json": node[:len(node)-1] + `,"maxProperties":1}`}, "bundle/dynamic"},
		"to another file":      {files{"a.yaml": root("{$dynamicRef: 'tree.json#node'}"), "tree.json": node}, "bundle/dynamic"},
		"the anchor is not in": {files{"a.yaml": root("{$ref: 'tree.json#/$defs/x'}"), "tree.json": node}, "bundle/dynamic"},
	} {
		for _, mode := range modes {
			r := c.files.bundle(bundle.Options{Mode: mode}, "a.yaml")
			got := ""
			for _, d := range r.Findings {
				if d.Severity >= diag.Error {
					got = string(d.Code)
				}
			}
			if got != c.want {
				t.Errorf("%s, %s: %q, %v", name, mode, got, r.Findings)
			}
		}
	}
}
