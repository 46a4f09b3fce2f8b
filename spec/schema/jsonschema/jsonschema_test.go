package jsonschema_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func parse(t testing.TB, name, text string) *tree.Node {
	t.Helper()
	root, findings := tree.Parse(source.NewFile("memory:///"+name, name, []byte(text)), tree.Options{})
	if root == nil {
		t.Fatalf("%s cannot be read: %v", name, findings)
	}
	return root
}

func value(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func compile(t testing.TB, dialect schema.Dialect, text string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.New(nil).Schema(parse(t, "schema.yaml", text), dialect)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func messages(list []schema.Violation) []string {
	out := []string{}
	for _, v := range list {
		out = append(out, v.Message)
	}
	return out
}

const order = `
type: object
required: [orderRequestId, quantity]
additionalProperties: false
properties:
  orderRequestId: {type: string, format: uuid}
  quantity: {type: integer, minimum: 1, maximum: 99}
  status: {enum: [new, paid]}
  lines:
    type: array
    minItems: 1
    uniqueItems: true
    items:
      type: object
      required: [sku]
      properties:
        sku: {type: string, pattern: '^[A-Z]{2}-\d+$', maxLength: 8}
        price: {type: number, exclusiveMinimum: 0, multipleOf: 0.01}
`

func TestViolationsArePlainWords(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, order)
	for _, c := range []struct {
		value string
		want  []string
	}{
		{`{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":2}`, []string{}},
		{`{"quantity":"two"}`, []string{"orderRequestId: is required", "quantity: must be an integer, is a string"}},
		{`"x"`, []string{"must be an object, is a string"}},
		{`{"orderRequestId":"x","quantity":0}`, []string{`orderRequestId: must be a UUID, is "x"`, "quantity: must be 1 or more, is 0"}},
		{
			`{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":100,"colour":"red"}`,
			[]string{"colour: is not allowed here", "quantity: must be 99 or less, is 100"},
		},
		{
			`{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":1,"status":"lost","lines":[]}`,
			[]string{"lines: must have at least 1 item, has 0", `status: must be "new" or "paid", is "lost"`},
		},
		{
			`{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":1,"lines":[{"sku":"AB-1"},{"sku":"ab","price":0},{}]}`,
			[]string{"lines[1].price: must be more than 0, is 0", `lines[1].sku: must match the pattern "^[A-Z]{2}-\\d+$", is "ab"`, "lines[2].sku: is required"},
		},
		{`{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":1.5}`, []string{"quantity: must be an integer, is a number"}},
		{`{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":1.0}`, []string{}},
	} {
		if diff := cmp.Diff(c.want, messages(s.Validate(value(t, c.value)))); diff != "" {
			t.Errorf("%s: %s", c.value, diff)
		}
	}
}

func TestViolationPointsAtTheContract(t *testing.T) {
	t.Parallel()
	root := parse(t, "api.yaml", `components:
  schemas:
    Order:
      properties:
        id: {$ref: '#/components/schemas/ID'}
    ID:
      type: string
      minLength: 3
`)
	s, err := jsonschema.New(nil).Schema(root.At("/components/schemas/Order"), schema.Draft7)
	if err != nil {
		t.Fatal(err)
	}
	list := s.Validate(value(t, `{"id":"x"}`))
	if len(list) != 1 {
		t.Fatalf("got %d violations, want 1: %v", len(list), list)
	}
	v := list[0]
	if v.InstancePath != "/id" || v.Keyword != "minLength" || v.Schema != root.At("/components/schemas/ID") || string(v.Span.Text()) != "3" {
		t.Errorf("got %+v at %q", v, v.Span.Text())
	}
}

func TestDialects(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		dialect schema.Dialect
		schema  string
		good    []string
		bad     []string
	}{
		{"exclusiveMinimum is a flag in draft-04", schema.Draft4, `{minimum: 3, exclusiveMinimum: true}`, []string{`4`}, []string{`3`}},
		{"const is unknown to draft-04", schema.Draft4, `{const: 1}`, []string{`2`}, nil},
		{"siblings of $ref are ignored in draft-07", schema.Draft7, `{definitions: {s: {type: string}}, properties: {a: {$ref: '#/definitions/s', minLength: 5}}}`, []string{`{"a":"x"}`}, []string{`{"a":1}`}},
		{"siblings of $ref count in 2020-12", schema.Draft2020, `{$defs: {s: {type: string}}, properties: {a: {$ref: '#/$defs/s', minLength: 5}}}`, []string{`{"a":"xxxxx"}`}, []string{`{"a":1}`, `{"a":"x"}`}},
		{"$schema overrules the default", schema.Draft2020, `{$schema: 'http://json-schema.org/draft-04/schema#', minimum: 3, exclusiveMinimum: true}`, []string{`4`}, []string{`3`}},
		{"prefixItems in 2020-12", schema.Draft2020, `{prefixItems: [{type: string}], items: {type: integer}}`, []string{`["a",1]`}, []string{`[1]`, `["a","b"]`}},
		{"items as a list until 2019-09", schema.Draft7, `{items: [{type: string}], additionalItems: false}`, []string{`["a"]`}, []string{`["a",1]`}},
		{"unevaluatedProperties", schema.Draft2020, `{allOf: [{properties: {a: {type: string}}}], unevaluatedProperties: false}`, []string{`{"a":"x"}`}, []string{`{"b":1}`}},
		{"dependentRequired", schema.Draft2019, `{dependentRequired: {a: [b]}}`, []string{`{"a":1,"b":1}`, `{}`}, []string{`{"a":1}`}},
		{"nullable in OpenAPI 3.0", schema.OpenAPI30, `{type: string, nullable: true}`, []string{`null`, `"x"`}, []string{`1`}},
		{"nullable needs a type", schema.OpenAPI30, `{type: string, nullable: false}`, []string{`"x"`}, []string{`null`}},
		{"exclusiveMaximum in OpenAPI 3.0", schema.OpenAPI30, `{type: number, maximum: 5, exclusiveMaximum: true}`, []string{`4.9`}, []string{`5`}},
		{"exclusiveMaximum false in OpenAPI 3.0", schema.OpenAPI30, `{type: number, maximum: 5, exclusiveMaximum: false}`, []string{`5`}, []string{`5.1`}},
		{"unknown formats are annotations", schema.Draft7, `{type: string, format: home-made}`, []string{`"x"`}, nil},
		{"int32", schema.OpenAPI30, `{type: integer, format: int32}`, []string{`2147483647`, `-2147483648`}, []string{`2147483648`}},
		{"known formats hold in 2020-12 too", schema.Draft2020, `{format: date-time}`, []string{`"2026-01-02T03:04:05Z"`}, []string{`"yesterday"`}},
		{"boolean schemas", schema.Draft7, `{properties: {a: true, b: false}}`, []string{`{"a":1}`}, []string{`{"b":1}`}},
		{"look-ahead patterns", schema.Draft7, `{pattern: '^(?!x)[a-z]+$'}`, []string{`"abc"`}, []string{`"xyz"`}},
		{"escapes that only ECMA has", schema.Draft7, `{pattern: '^\u00e9$'}`, []string{`"é"`}, []string{`"e"`}},
		{"anchors", schema.Draft2020, `{$defs: {s: {$anchor: here, type: string}}, properties: {a: {$ref: '#here'}}}`, []string{`{"a":"x"}`}, []string{`{"a":1}`}},
		{"an $id of its own", schema.Draft7, `{outer: {$id: 'https://example.com/o.json', definitions: {s: {type: string}}, properties: {a: {$ref: '#/definitions/s'}, b: {$ref: 'o.json#/definitions/s'}}}, allOf: [{$ref: '#/outer'}]}`, []string{`{"a":"x","b":"y"}`}, []string{`{"a":1}`, `{"b":1}`}},
		{"recursion through $recursiveRef", schema.Draft2019, `{type: object, properties: {child: {$recursiveRef: '#'}}}`, []string{`{"child":{"child":{}}}`}, []string{`{"child":{"child":1}}`}},
		{"dynamic references with one target", schema.Draft2020, `{$dynamicAnchor: node, type: object, properties: {child: {$dynamicRef: '#node'}}}`, []string{`{"child":{"child":{}}}`}, []string{`{"child":{"child":1}}`}},
		{"if then else", schema.Draft7, `{if: {properties: {k: {const: a}}, required: [k]}, then: {required: [x]}, else: {required: [y]}}`, []string{`{"k":"a","x":1}`, `{"y":1}`}, []string{`{"k":"a"}`, `{"k":"b","x":1}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := compile(t, c.dialect, c.schema)
			for _, good := range c.good {
				if list := s.Validate(value(t, good)); len(list) > 0 {
					t.Errorf("%s should fit: %v", good, messages(list))
				}
			}
			for _, bad := range c.bad {
				if len(s.Validate(value(t, bad))) == 0 {
					t.Errorf("%s should not fit", bad)
				}
			}
		})
	}
}

func TestChoicesNameTheFormThatWasMeant(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `
oneOf:
  - type: object
    required: [kind, radius]
    properties: {kind: {const: circle}, radius: {type: number}}
  - type: object
    required: [kind, side]
    properties: {kind: {const: square}, side: {type: number}}
`)
	got := messages(s.Validate(value(t, `{"kind":"square","side":"long"}`)))
	if diff := cmp.Diff([]string{"side: must be a number, is a string"}, got); diff != "" {
		t.Error(diff)
	}
	nearest := compile(t, schema.Draft7, `{anyOf: [{required: [a, b, c]}, {required: [x], properties: {y: {type: integer}}}]}`)
	want := []string{"fits none of the allowed forms; nearest: x: is required"}
	if diff := cmp.Diff(want, messages(nearest.Validate(value(t, `{"y":1}`)))); diff != "" {
		t.Error(diff)
	}
	either := compile(t, schema.Draft7, `{anyOf: [{type: string}, {type: "null"}]}`)
	if diff := cmp.Diff([]string{"must be a string or null, is a number"}, messages(either.Validate(value(t, `1`)))); diff != "" {
		t.Error(diff)
	}
}

func TestWrongSchemasAreErrorsWithAPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, place, want string }{
		{`{properties: {a: {type: strnig}}}`, "/properties/a/type", "is not valid"},
		{`{properties: {a: {$ref: '#/nowhere'}}}`, "/properties/a/$ref", "leads nowhere"},
		{`{properties: {a: {$ref: '#/title'}}, title: x}`, "/properties/a/$ref", "is not a schema: it is a string"},
		{`{pattern: '['}`, "/pattern", ""},
		{`{$schema: 'https://example.com/mine'}`, "/$schema", "is not supported: use"},
		{`{minimum: 1e99999999}`, "/minimum", "out of the range"},
		{`{properties: {a: {$ref: 'https://example.com/x.json'}}}`, "/properties/a/$ref", "leads nowhere"},
	} {
		_, err := jsonschema.New(nil).Schema(parse(t, "s.yaml", c.schema), schema.Draft7)
		e, ok := errors.AsType[*jsonschema.Error](err)
		if !ok {
			t.Errorf("%s: got error %v, want a *jsonschema.Error", c.schema, err)
			continue
		}
		if e.Node.Path() != c.place || !strings.Contains(e.Message, c.want) {
			t.Errorf("%s: got %q at %q, want %q at %q", c.schema, e.Message, e.Node.Path(), c.want, c.place)
		}
		if strings.Contains(err.Error(), "weft:") {
			t.Errorf("%s: the error speaks of internals: %v", c.schema, err)
		}
	}
}

func TestRecursionCostsNothing(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `
definitions:
  tree: {type: object, required: [name], properties: {name: {type: string}, children: {type: array, items: {$ref: '#/definitions/tree'}}}}
allOf: [{$ref: '#/definitions/tree'}]
`)
	if list := s.Validate(value(t, `{"name":"a","children":[{"name":"b","children":[{"name":3}]}]}`)); len(list) != 1 || list[0].InstancePath != "/children/0/children/0/name" {
		t.Errorf("got %+v", list)
	}
}

func TestHostileValues(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `{properties: {n: {type: number, minimum: 1}}}`)
	deep := any("x")
	for range 5000 {
		deep = []any{deep}
	}
	for name, v := range map[string]any{
		"an exponent that would fill the memory": map[string]any{"n": json.Number("1e999999999")},
		"deep nesting":                           deep,
	} {
		if len(s.Validate(v)) == 0 {
			t.Errorf("%s is accepted", name)
		}
	}
	many := make([]any, 1000)
	for i := range many {
		many[i] = json.Number("1")
	}
	list := compile(t, schema.Draft7, `{items: {type: string}}`).Validate(many)
	if len(list) == 0 || len(list) > schema.MaxViolations {
		t.Errorf("got %d violations, want 1 to %d", len(list), schema.MaxViolations)
	}
}

func TestSlowPatternsEnd(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `{pattern: '^(?=(a+)+$)b'}`)
	if len(s.Validate(strings.Repeat("a", 60)+"!")) == 0 {
		t.Error("the value should not fit")
	}
}

func TestApplyDefaults(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft2020, `
type: object
$defs: {size: {type: string, default: M}}
properties:
  quantity: {type: integer, default: 1}
  size: {$ref: '#/$defs/size'}
  ship: {type: object, default: {}, properties: {speed: {default: slow}}}
  lines: {type: array, items: {properties: {n: {default: 7}}}}
allOf: [{properties: {gift: {default: false}}}]
`)
	before := value(t, `{"size":"L","lines":[{},{"n":1}]}`)
	got := s.ApplyDefaults(before)
	want := value(t, `{"quantity":1,"size":"L","ship":{"speed":"slow"},"lines":[{"n":7},{"n":1}],"gift":false}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(value(t, `{"size":"L","lines":[{},{"n":1}]}`), before); diff != "" {
		t.Errorf("the value that was given changed: %s", diff)
	}
}

func TestDefaultsOfARecursiveSchemaEnd(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `
definitions: {a: {default: {}, properties: {x: {$ref: '#/definitions/a'}, y: {$ref: '#/definitions/a'}}}}
properties: {a: {$ref: '#/definitions/a'}}
`)
	if got := s.ApplyDefaults(map[string]any{}); got == nil {
		t.Error("got nothing")
	}
}

type refs map[string]*tree.Node

func (r refs) Resolve(ref *tree.Node) (*tree.Node, error) {
	file, fragment, _ := strings.Cut(ref.Text, "#")
	root, ok := r[file]
	if !ok {
		return nil, fmt.Errorf("%s is not among the documents", file)
	}
	return root.At(fragment), nil
}

func TestReferencesAcrossDocumentsOfSeveralDialects(t *testing.T) {
	t.Parallel()
	other := parse(t, "other.json", `{"$schema":"http://json-schema.org/draft-04/schema#","definitions":{"n":{"minimum":3,"exclusiveMinimum":true}}}`)
	root := parse(t, "api.yaml", `{properties: {n: {$ref: 'other.json#/definitions/n'}, m: {$ref: 'missing.json'}}}`)
	set := jsonschema.New(refs{"other.json": other})
	if _, err := set.Schema(root, schema.Draft2020); err == nil || !strings.Contains(err.Error(), "missing.json is not among the documents") {
		t.Errorf("got %v", err)
	}
	good := parse(t, "api.yaml", `{properties: {n: {$ref: 'other.json#/definitions/n'}}}`)
	s, err := set.Schema(good, schema.Draft2020)
	if err != nil {
		t.Fatal(err)
	}
	if list := s.Validate(value(t, `{"n":3}`)); len(list) != 1 || list[0].Span.File.Name() != "other.json" {
		t.Errorf("got %+v", list)
	}
}

func TestASchemaIsCompiledOnce(t *testing.T) {
	t.Parallel()
	node := parse(t, "s.yaml", order)
	set := jsonschema.New(nil)
	a, err1 := set.Schema(node, schema.Draft7)
	b, err2 := set.Schema(node, schema.Draft7)
	if err1 != nil || err2 != nil || a != b {
		t.Errorf("got %p (%v) and %p (%v)", a, err1, b, err2)
	}
}

func TestPropertyTypes(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `
definitions: {n: {type: [integer, "null"]}}
allOf: [{properties: {a: {$ref: '#/definitions/n'}, b: {enum: [x]}}}]
oneOf: [{properties: {a: {anyOf: [{type: string}]}, c: true}}]
`)
	want := map[string][]string{"a": {"integer", "null", "string"}, "b": {"string"}, "c": nil}
	if diff := cmp.Diff(want, s.PropertyTypes()); diff != "" {
		t.Error(diff)
	}
}

func TestConstant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{`{const: a}`: "a", `{enum: [3]}`: json.Number("3"), `{enum: [1, 2]}`: nil, `{type: string}`: nil} {
		if got, _ := compile(t, schema.Draft7, text).Constant(); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestReferencesThroughAWorkspace(t *testing.T) {
	t.Parallel()
	w := ref.New(files{"memory:///types.yaml": "id: {type: integer}\n"}, ref.Options{})
	doc := w.Load(source.NewFile("memory:///api.yaml", "api.yaml", []byte("properties: {id: {$ref: './types.yaml#/id', minimum: 5}, x: {$ref: './types.yaml#/idd'}}\n")))
	set := jsonschema.New(jsonschema.In(w))
	s, err := set.Schema(doc.Root.At("/properties/id"), schema.Draft2020)
	if err != nil {
		t.Fatal(err)
	}
	if s.Valid(json.Number("4")) || !s.Valid(json.Number("5")) || s.Valid("5") {
		t.Error("the reference and what stands beside it do not both count")
	}
	if _, err := set.Schema(doc.Root.At("/properties/x"), schema.Draft2020); err == nil || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("got %v, want a suggestion", err)
	}
}

type files map[string]string

func (f files) Open(_ context.Context, uri string) (*source.File, error) {
	text, ok := f[uri]
	if !ok {
		return nil, fmt.Errorf("no file %s", uri)
	}
	return source.NewFile(uri, uri, []byte(text)), nil
}

// TestJudgingIsBounded: schemas in which the number of steps explodes, in the
// schema's size or in the value's depth.
func TestJudgingIsBounded(t *testing.T) {
	t.Parallel()
	var diamonds strings.Builder
	diamonds.WriteString("definitions:\n")
	for i := range 40 {
		fmt.Fprintf(&diamonds, "  d%d: {format: email, allOf: [{$ref: '#/definitions/d%d'}, {$ref: '#/definitions/d%d'}]}\n", i, i+1, i+1)
	}
	diamonds.WriteString("  d40: {type: object}\nallOf: [{$ref: '#/definitions/d0'}]\n")
	s := compile(t, schema.Draft7, diamonds.String())
	if got := messages(s.Validate(map[string]any{})); len(got) != 1 || !strings.Contains(got[0], "too many steps") {
		t.Errorf("diamonds: got %v", got)
	}
	if _, err := s.Sample(1); err == nil {
		t.Error("diamonds: a value that cannot be judged was given as one that fits")
	}

	s = compile(t, schema.Draft7, `
definitions: {a: {allOf: [{properties: {a: {$ref: '#/definitions/a'}}}, {properties: {a: {$ref: '#/definitions/a'}}}]}}
allOf: [{$ref: '#/definitions/a'}]
`)
	deep := any(map[string]any{})
	for range 60 {
		deep = map[string]any{"a": deep}
	}
	if got := messages(s.Validate(deep)); len(got) != 1 || !strings.Contains(got[0], "too many steps") {
		t.Errorf("recursion: got %v", got)
	}
	if !s.Valid(value(t, `{"a":{"a":{}}}`)) {
		t.Error("recursion: a small value is refused")
	}

	formats := compile(t, schema.Draft7, `{definitions: {a: {properties: {a: {$ref: '#/definitions/a'}, e: {type: string, format: email}}}}, allOf: [{$ref: '#/definitions/a'}]}`)
	if diff := cmp.Diff([]string{`a.e: must be an email address, is "x"`}, messages(formats.Validate(value(t, `{"a":{"e":"x"}}`)))); diff != "" {
		t.Errorf("a format in a recursive schema: %s", diff)
	}
}

func TestASchemaInAFormatOfItsOwn(t *testing.T) {
	t.Parallel()
	root := parse(t, "api.yaml", `
good: {schemaFormat: application/schema+json;version=2020-12, schema: {$ref: '#/string', minLength: 3}}
string: {type: string}
avro: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: string}}
a: {properties: {x: {$ref: '#/good'}}}
b: {properties: {x: {$ref: '#/avro'}}}
`)
	set := jsonschema.New(nil)
	s, err := set.Schema(root.Get("a"), schema.Draft7)
	if err != nil {
		t.Fatal(err)
	}
	if s.Valid(value(t, `{"x":"ab"}`)) || !s.Valid(value(t, `{"x":"abc"}`)) || s.Valid(value(t, `{"x":1}`)) {
		t.Error("the schema inside is not read by its own dialect")
	}
	if _, err := set.Schema(root.Get("b"), schema.Draft7); err == nil || !strings.Contains(err.Error(), "are not supported here") {
		t.Errorf("got %v", err)
	}
}
