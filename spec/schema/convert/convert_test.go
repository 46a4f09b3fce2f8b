package convert_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// document loads a text alone, with what follows its references.
func document(t testing.TB, text string) (*tree.Node, jsonschema.Resolver) {
	t.Helper()
	ws := ref.New(source.Memory{}, ref.Options{})
	d := ws.Load(source.NewFile("memory:///a.json", "a.json", []byte(text)))
	if d.Root == nil {
		t.Fatalf("%s: %v", text, d.Findings)
	}
	return d.Root, jsonschema.In(ws)
}

func printed(t testing.TB, n *tree.Node) string {
	t.Helper()
	b, err := tree.Print(n, tree.JSON)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func avroOf(t testing.TB, text string) *avro.Schema {
	t.Helper()
	n, _ := document(t, text)
	s, err := avro.Parse(n)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func jsonOf(t testing.TB, text string) schema.Schema {
	t.Helper()
	n, refs := document(t, text)
	s, err := jsonschema.New(refs).Compile(n, schema.JSON(schema.Draft7))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func toAvro(t testing.TB, text string) (string, []diag.Diagnostic) {
	t.Helper()
	n, refs := document(t, text)
	out, found := convert.JSONSchemaToAvro(n, convert.Options{Name: "Root", Refs: refs})
	return printed(t, out), found
}

func value(t testing.TB, text string) any {
	t.Helper()
	v, err := schema.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestAvroToJSONSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ avro, want, found string }{
		{`"int"`, `{"type":"integer","format":"int32","minimum":-2147483648,"maximum":2147483647}`, ""},
		{`{"type":"long","logicalType":"timestamp-millis"}`, `{"type":"string","format":"date-time"}`, ""},
		{`{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}`, `{"type":"string","pattern":"^-?[0-9]{1,8}(\\.[0-9]{1,2})?$"}`, ""},
		{`["null","string"]`, `{"type":["null","string"]}`, ""},
		{`{"type":"map","values":"boolean"}`, `{"type":"object","additionalProperties":{"type":"boolean"}}`, ""},
		{
			`{"type":"enum","name":"a.E","symbols":["X"],"default":"X"}`, `{"type":"string","enum":["X"],"title":"E","x-avro-name":"a.E"}`,
			"schema-lost /default: a JSON Schema does not say what to take",
		},
		{
			`{"type":"record","name":"R","doc":"it","fields":[{"name":"a","type":"string","aliases":["b"],"doc":"one"},{"name":"c","type":["null","boolean"],"default":null}]}`,
			`{"type":"object","properties":{"a":{"type":"string","description":"one"},"c":{"type":["null","boolean"],"default":null}},"required":["a"],"title":"R","x-avro-name":"R","description":"it"}`,
			"schema-lost /fields/0/aliases: a JSON Schema has no aliases",
		},
		{
			`["string","bytes"]`,
			`{"anyOf":[{"type":"string"},{"type":"object","properties":{"bytes":{"type":"string","pattern":"^[\\u0000-\\u00ff]*$"}},"required":["bytes"],"additionalProperties":false},{"type":"string","pattern":"^[\\u0000-\\u00ff]*$"}]}`,
			`schema-union /1: in JSON bytes looks like string`,
		},
		{
			`{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"],"default":null}]}`,
			`{"allOf":[{"$ref":"#/definitions/R"}],"definitions":{"R":{"type":"object","properties":{"next":{"anyOf":[{"type":"null"},{"$ref":"#/definitions/R"}],"default":null}},"title":"R","x-avro-name":"R"}}}`, "",
		},
	} {
		n, found := convert.AvroToJSONSchema(avroOf(t, c.avro), convert.Options{})
		got := n.Value().(map[string]any)
		delete(got, "$schema")
		if want := value(t, c.want); !cmp.Equal(want, any(got)) {
			t.Errorf("%s: %s", c.avro, cmp.Diff(want, any(got)))
		}
		holds(t, c.avro, found, c.found)
	}
}

// holds looks for a finding as "code path: message".
func holds(t *testing.T, name string, found []diag.Diagnostic, want string) {
	t.Helper()
	var lines []string
	for _, d := range found {
		lines = append(lines, strings.TrimPrefix(string(d.Code), "convert/")+" "+d.Path+": "+d.Message)
	}
	all := strings.Join(lines, "\n")
	for _, w := range strings.Split(want, " && ") {
		if !strings.Contains(all, w) {
			t.Errorf("%s: want %q among\n%s", name, w, all)
		}
	}
	if want == "" && all != "" {
		t.Errorf("%s: findings\n%s", name, all)
	}
}

func TestJSONSchemaToAvro(t *testing.T) {
	t.Parallel()
	record := func(fields string) string { return `{"type":"record","name":"Root","fields":[` + fields + `]}` }
	for _, c := range []struct{ json, want, found string }{
		{`{"type":"integer"}`, `"long"`, ""},
		{`{"type":"integer","format":"int32"}`, `"int"`, ""},
		{`{"type":"string","format":"email","maxLength":5}`, `"string"`, `schema-lost /maxLength: Avro has no word for && schema-lost /format: Avro does not know the format "email"`},
		{`{"type":["string","null"]}`, `["null","string"]`, ""},
		{`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`, record(`{"name":"a","type":"string"}`), ""},
		{
			`{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer","default":3}}}`,
			record(`{"name":"a","type":["null","string"],"default":null},{"name":"b","type":"long","default":3}`), "schema-changed /properties/a: a property that may be left out",
		},
		{
			`{"type":"object","properties":{"order-id":{"type":"string"}},"required":["order-id"]}`, record(`{"name":"order_id","type":"string"}`),
			`schema-name /properties/order-id: the property "order-id" becomes the field "order_id"`,
		},
		{`{"enum":["A","B",null]}`, `["null",{"type":"enum","name":"Root","symbols":["A","B"]}]`, ""},
		{`{"enum":["a-b"]}`, `"string"`, "schema-lost /enum: the values are no symbols"},
		{`{"type":"object","additionalProperties":{"type":"number"}}`, `{"type":"map","values":"double"}`, ""},
		{`{"type":"object"}`, `{"type":"map","values":"string"}`, "schema-union : the object may hold anything"},
		{`{}`, `"string"`, "schema-union : any value is allowed here"},
		{`{"type":"array","items":true}`, `{"type":"array","items":"string"}`, "schema-union /items: any value"},
		{`{"oneOf":[{"type":"string"},{"type":"string","format":"uuid"}]}`, `"string"`, "schema-union /oneOf: a union has each type once: 2 branches became one string"},
		{`{"anyOf":[{"type":"integer"},{"type":"object","title":"some thing","properties":{}, "additionalProperties":false}]}`, `["long",{"type":"record","name":"SomeThing","fields":[]}]`, ""},
		{
			`{"allOf":[{"properties":{"a":{"type":"null"}},"required":["a"]},{"$ref":"#/definitions/b"}],"type":"object","definitions":{"b":{"properties":{"b":{"type":"boolean"}},"required":["b"]}}}`,
			record(`{"name":"a","type":"null"},{"name":"b","type":"boolean"}`), "",
		},
		{
			`{"$ref":"#/definitions/node","definitions":{"node":{"type":"object","properties":{"next":{"$ref":"#/definitions/node"}}}}}`,
			`{"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"],"default":null}]}`, "schema-changed /definitions/node/properties/next",
		},
		{`{"definitions":{"l":{"type":"array","items":{"$ref":"#/definitions/l"}}},"$ref":"#/definitions/l"}`, `{"type":"array","items":"string"}`, "schema-large"},
		{`{"type":"string","format":"date-time"}`, `{"type":"long","logicalType":"timestamp-millis"}`, ""},
		{`{"type":"object","patternProperties":{"a":{}},"properties":{"x":{"type":"null"}},"required":["x"]}`, record(`{"name":"x","type":"null"}`), "schema-lost /patternProperties"},
	} {
		got, found := toAvro(t, c.json)
		if want := value(t, c.want); !cmp.Equal(want, value(t, got)) {
			t.Errorf("%s: %s", c.json, cmp.Diff(want, value(t, got)))
		}
		holds(t, c.json, found, c.found)
		avroOf(t, got)
	}
}

const everything = `{"type":"record","name":"All","namespace":"x","doc":"all of it","fields":[
 {"name":"none","type":"null"},{"name":"flag","type":"boolean","default":true},{"name":"int","type":"int"},{"name":"long","type":"long"},
 {"name":"float","type":"float"},{"name":"double","type":"double"},{"name":"bytes","type":"bytes"},{"name":"text","type":"string","doc":"words"},
 {"name":"size","type":{"type":"enum","name":"Size","symbols":["S","M"]}},
 {"name":"key","type":{"type":"fixed","name":"Key","size":4}},
 {"name":"list","type":{"type":"array","items":"long"}},
 {"name":"map","type":{"type":"map","values":["null","string"]}},
 {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"whole","type":{"type":"bytes","logicalType":"decimal","precision":5,"scale":0}},
 {"name":"big","type":{"type":"bytes","logicalType":"big-decimal"}},
 {"name":"id","type":{"type":"string","logicalType":"uuid"}},
 {"name":"day","type":{"type":"int","logicalType":"date"}},
 {"name":"clock","type":{"type":"int","logicalType":"time-millis"}},
 {"name":"clock2","type":{"type":"long","logicalType":"time-micros"}},
 {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"at2","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"local","type":{"type":"long","logicalType":"local-timestamp-millis"}},
 {"name":"lasts","type":{"type":"fixed","name":"Lasts","size":12,"logicalType":"duration"}},
 {"name":"either","type":["null","int","string",{"type":"map","values":"int"}]},
 {"name":"size2","type":["null","Size"],"default":null},
 {"name":"next","type":["null","All"],"default":null},
 {"name":"note","type":"string","default":"none"}]}`

// TestValuesFitBothSchemas makes JSON of Avro and judges it by the JSON Schema
// that was made of the Avro schema.
func TestValuesFitBothSchemas(t *testing.T) {
	t.Parallel()
	for name, text := range withSeeds(t) {
		s := avroOf(t, text)
		for _, numbers := range []bool{false, true} {
			n, found := convert.AvroToJSONSchema(s, convert.Options{Numbers: numbers})
			if diag.Worst(found) >= diag.Error {
				t.Errorf("%s: %v", name, found)
			}
			js := jsonOf(t, printed(t, n))
			for seed := range uint64(60) {
				v, err := s.Sample(seed)
				if err != nil {
					t.Fatal(err)
				}
				data, err := s.Encode(v)
				if err != nil {
					t.Fatal(err)
				}
				got, err := s.DecodeWith(data, avro.DecodeOptions{Texts: !numbers})
				if err != nil {
					t.Fatal(err)
				}
				if found := js.Validate(got); len(found) > 0 {
					t.Fatalf("%s, numbers %v: %v: %s", name, numbers, got, found[0].Message)
				}
			}
		}
	}
}

// TestThereAndBackAgain makes Avro of the JSON Schema that was made of Avro:
// what was written by the first is read by the second as the same.
func TestThereAndBackAgain(t *testing.T) {
	t.Parallel()
	for name, text := range withSeeds(t) {
		s := avroOf(t, text)
		n, _ := convert.AvroToJSONSchema(s, convert.Options{})
		back, found := toAvro(t, printed(t, n))
		for _, d := range found {
			if d.Severity > diag.Info {
				t.Errorf("%s: %s %s: %s", name, d.Code, d.Path, d.Message)
			}
		}
		again := avroOf(t, back)
		r, err := avro.Resolve(again, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Mismatches {
			t.Errorf("%s: %s", name, m.Message)
		}
		if s.Fingerprint() != again.Fingerprint() && name != "order_created.avsc" && name != "order_delivered.avsc" {
			t.Errorf("%s:\n%s\n%s", name, s.Canonical(), again.Canonical())
		}
	}
}

func withSeeds(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{"everything": everything}
	t.Run("seeds", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(corpus.Seeds(t), "order-demo", "*.avsc"))
		if err != nil || len(files) != 4 {
			t.Fatalf("the seeds are %v, %v", files, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts[filepath.Base(f)] = string(data)
		}
	})
	return texts
}

func FuzzJSONSchemaToAvro(f *testing.F) {
	for _, text := range []string{
		`{"type":"object","properties":{"a":{"$ref":"#"}}}`, `{"allOf":[{"$ref":"#"},{}]}`, `{"oneOf":[{"type":"array","items":{}},{"type":"array"}]}`,
		`{"enum":[1,null]}`, `{"type":["object","null"],"properties":{"x":{"default":{}}}}`, `{"anyOf":[{"$ref":"#/anyOf/1"},{"$ref":"#/anyOf/0"}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///a.json", "a.json", []byte(text)))
		if d.Root == nil {
			return
		}
		out, found := convert.JSONSchemaToAvro(d.Root, convert.Options{Refs: jsonschema.In(ws)})
		n, _ := document(t, printed(t, out))
		if s, err := avro.Parse(n); err == nil {
			convert.AvroToJSONSchema(s, convert.Options{})
		} else if diag.Worst(found) < diag.Warning {
			t.Errorf("%s became %s: %v", text, printed(t, out), err)
		}
	})
}
