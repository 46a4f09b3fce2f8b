package examples_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/make/examples"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// of makes examples of a schema and fails the test unless each fits it.
func of(t *testing.T, text string, opt examples.Options) []examples.Value {
	t.Helper()
	ws := ref.New(source.Memory{}, ref.Options{})
	root := ws.Load(source.NewFile("memory:///s.yaml", "s.yaml", []byte(text))).Root
	set := languages.In(ws)
	list, err := examples.Of(t.Context(), ws, set, root, schema.JSON(schema.Draft7), opt)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	compiled, err := set.Compile(root, schema.JSON(schema.Draft7))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		if faults := compiled.Validate(v.Node.Value()); len(faults) > 0 {
			t.Errorf("%s: %q: %s", text, v.Name, faults[0].Message)
		}
	}
	return list
}

func names(list []examples.Value) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.Name)
	}
	return out
}

func TestExamplesShowTheUsualAndTheEdges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schema string
		names  []string
	}{
		{"{type: string}", []string{"happy path"}},
		{"{type: object, required: [a], properties: {a: {type: string}, b: {type: string}}}", []string{"happy path", "only what is required"}},
		{"{enum: [a, b, c]}", []string{"happy path", "b", "c"}},
		{"{type: object, required: [s], properties: {s: {enum: [x, y]}}}", []string{"happy path", "s: y"}},
		{"{oneOf: [{title: A, type: integer}, {title: B, type: string}]}", []string{"happy path", "B"}},
		{"{type: integer, minimum: 3, maximum: 90}", []string{"happy path", "smallest values", "largest values"}},
		{"{type: string, minLength: 2, maxLength: 30}", []string{"happy path", "smallest values", "largest values"}},
		{"{type: array, items: {type: string}}", []string{"happy path", "empty lists"}},
		{"{const: 7}", []string{"happy path"}},
	} {
		if diff := cmp.Diff(c.names, names(of(t, c.schema, examples.Options{}))); diff != "" {
			t.Errorf("%s: %s", c.schema, diff)
		}
	}
}

func TestLimitsAreMet(t *testing.T) {
	t.Parallel()
	list := of(t, "{type: array, minItems: 1, maxItems: 4, items: {type: integer, minimum: 3, exclusiveMaximum: 90}}", examples.Options{})
	got := map[string]any{}
	for _, v := range list {
		got[v.Name] = len(v.Node.Items)
		if v.Name == "largest values" && v.Node.Items[0].Text != "89" || v.Name == "smallest values" && v.Node.Items[0].Text != "3" {
			t.Errorf("%s: %v", v.Name, v.Node.Value())
		}
	}
	if got["largest values"] != 4 || got["smallest values"] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestValuesLookLikeTheirNames(t *testing.T) {
	t.Parallel()
	n := of(t, "{properties: {customerEmail: {type: string}, orderId: {type: string}, currency: {type: string}, createdAt: {type: string}, quantity: {type: integer}, id: {type: string, format: uuid}, code: {type: string, pattern: '^[A-Z]{2}$'}, own: {type: string, examples: [mine]}}}", examples.Options{})[0].Node
	for name, part := range map[string]string{"customerEmail": "@example.com", "orderId": "ORD-", "createdAt": "2025-", "own": "mine"} {
		if !strings.Contains(n.Get(name).Text, part) {
			t.Errorf("%s is %q", name, n.Get(name).Text)
		}
	}
	if keys := n.Members[0].Key.Text; keys != "customerEmail" {
		t.Errorf("the first field is %s, not that of the schema", keys)
	}
}

func TestTheSameSeedMakesTheSame(t *testing.T) {
	t.Parallel()
	const text = "{type: object, properties: {id: {type: string, format: uuid}, n: {type: integer, minimum: 0}}}"
	value := func(seed uint64) any { return of(t, text, examples.Options{Seed: seed})[0].Node.Value() }
	if diff := cmp.Diff(value(3), value(3)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(value(3), value(4)) {
		t.Error("another seed makes the same")
	}
}

func TestHardSchemasHaveExamplesToo(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{type: object, required: [k], properties: {k: {enum: [a, b]}}, if: {properties: {k: {const: a}}}, then: {required: [x]}, else: {required: [y]}}",
		"{type: object, required: [kids], properties: {kids: {type: array, items: {$ref: '#'}}}}",
		"{allOf: [{type: object, required: [a], properties: {a: {minimum: 3}}}, {required: [b], properties: {b: {enum: [x]}, a: {maximum: 4, type: integer}}}]}",
		"true", "{type: [string, 'null'], maxLength: 2}", "{type: array, uniqueItems: true, minItems: 3, items: {enum: [1, 2, 3]}}",
	} {
		if list := of(t, text, examples.Options{}); len(list) == 0 {
			t.Errorf("%s: none", text)
		}
	}
	ws := ref.New(source.Memory{}, ref.Options{})
	_, err := examples.Of(t.Context(), ws, languages.In(ws), &tree.Node{Kind: tree.Bool, Text: "false", Span: source.Span{File: source.NewFile("memory:///s.yaml", "s.yaml", []byte("false")), End: 5}}, schema.JSON(schema.Draft7), examples.Options{})
	if err == nil {
		t.Error("nothing fits false, and yet there is an example")
	}
}
