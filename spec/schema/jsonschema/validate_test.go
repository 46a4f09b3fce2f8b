package jsonschema_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
)

const orderValue = `{"orderRequestId":"7d444840-9dc0-11d1-b245-5ffdce74fad2","quantity":2,"lines":[{"sku":"AB-1","price":1.25},{"sku":"AB-2"}]}`

// BenchmarkValidateOrder judges one order, with the oracle beside it.
func BenchmarkValidateOrder(b *testing.B) {
	s, v := compile(b, schema.Draft7, order), value(b, orderValue)
	o, err := newOracle(parse(b, "order.yaml", order).Value(), "", schema.Draft7)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("weft", func(b *testing.B) {
		cputime.PerOp(b, func() {
			if list := s.Validate(v); len(list) > 0 {
				b.Fatal(list)
			}
		})
	})
	b.Run("oracle", func(b *testing.B) {
		cputime.PerOp(b, func() {
			if !o.fits(v) {
				b.Fatal("does not fit")
			}
		})
	})
}

func BenchmarkCompileOrder(b *testing.B) {
	node := parse(b, "order.yaml", order)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonschema.New(nil).Schema(node, schema.Draft7); err != nil {
			b.Fatal(err)
		}
	}
}

// TestJudgingCostsNoMemory is not parallel, since it counts what is taken.
func TestJudgingCostsNoMemory(t *testing.T) {
	choice := compile(t, schema.Draft2020, `{$defs: {n: {type: integer}}, anyOf: [{type: string, format: email}, {oneOf: [{type: array, items: {$ref: '#/$defs/n', maximum: 9}}, {type: object}]}]}`)
	for _, c := range []struct {
		schema *jsonschema.Schema
		value  any
	}{
		{compile(t, schema.Draft7, order), value(t, orderValue)},
		{choice, value(t, `[1,2,3.0,4e0]`)},
		{choice, "someone@example.com"},
	} {
		if list := c.schema.Validate(c.value); len(list) > 0 {
			t.Errorf("%v: %v", c.value, messages(list))
		}
		if got := testing.AllocsPerRun(100, func() { c.schema.Validate(c.value) }); got > 0 {
			t.Errorf("%v: %v allocations", c.value, got)
		}
	}
}

func TestNumbersAreExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, good, bad string }{
		{`{multipleOf: 0.01}`, `1.13 0 -4.02 1e3 123456789012345678901234567890.12`, `0.001 1e-3 123456789012345678901234567890.123`},
		{`{multipleOf: 1e-8}`, `12391239123 0.00000001 1e-8`, `1e-9`},
		{`{multipleOf: 1e300}`, `1e301 0 3e300`, `1 1e299`},
		{`{multipleOf: 3}`, `3 9e0 300 999999999999999999999`, `1 10 1000000000000000000000`},
		{`{minimum: 9007199254740993}`, `9007199254740993 9007199254740993.0 1e17`, `9007199254740992 -1e400`},
		{`{exclusiveMaximum: 0.1}`, `0.09999999999999999999999 -1 0`, `0.1 0.10 1e-1 0.1000000000000000000001`},
		{`{type: integer}`, `1 1.0 1e2 10e-1 100000000000000000000.0`, `1.5 1e-1 100000000000000000000.5`},
		{`{const: 1}`, `1 1.0 10e-1 0.1e1 1.000000000000000000000000`, `1.1 -1 1.000000000000000000000001`},
		{`{enum: [100, 0.5]}`, `1e2 100.00 5e-1`, `10 50 0.05`},
	} {
		s := compile(t, schema.Draft7, c.schema)
		for text := range strings.FieldsSeq(c.good) {
			if list := s.Validate(json.Number(text)); len(list) > 0 {
				t.Errorf("%s: %s: %v", c.schema, text, messages(list))
			}
		}
		for text := range strings.FieldsSeq(c.bad) {
			if len(s.Validate(json.Number(text))) == 0 {
				t.Errorf("%s: %s should not fit", c.schema, text)
			}
		}
	}
}

func TestPlainGoNumbersAreNumbers(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `{type: integer, minimum: 2, maximum: 18446744073709551615}`)
	for _, good := range []any{2, int8(3), int64(4), uint64(1<<64 - 1), 5.0, float32(6)} {
		if list := s.Validate(good); len(list) > 0 {
			t.Errorf("%T: %v", good, messages(list))
		}
	}
	for _, bad := range []any{1, 2.5, uint8(0), -3.0, struct{}{}, json.Number("abc"), json.Number(""), json.Number("5/2")} {
		if len(s.Validate(bad)) == 0 {
			t.Errorf("%T %v should not fit", bad, bad)
		}
	}
}

func TestEqualItemsAreFound(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `{uniqueItems: true}`)
	var many []any
	for i := range 50_000 {
		n := strconv.Itoa(i)
		many = append(many, json.Number(n+".5"), n, []any{json.Number(n)}, map[string]any{"a": n, "b": nil}, []any{[]any{}, json.Number(n)})
	}
	if list := s.Validate(many); len(list) > 0 {
		t.Errorf("many different items: %v", messages(list))
	}
	for _, twin := range []any{json.Number("7.50"), "7", []any{json.Number("7.0")}, map[string]any{"b": nil, "a": "7"}} {
		list := s.Validate(append(many[:len(many):len(many)], twin))
		if len(list) != 1 || !strings.Contains(list[0].Message, fmt.Sprintf("and [%d] are equal", len(many))) {
			t.Errorf("%v: %v", twin, messages(list))
		}
	}
	few := value(t, `[1, true, {"a":[1,null]}, "1", {"a":[1.0,null]}]`)
	want := []string{"must not repeat an item: [2] and [4] are equal"}
	if diff := cmp.Diff(want, messages(s.Validate(few))); diff != "" {
		t.Error(diff)
	}
}

func TestManyFaultsAreCutOff(t *testing.T) {
	t.Parallel()
	var items []any
	for range 300_000 {
		items = append(items, map[string]any{"a": "x", "b": "y"})
	}
	s := compile(t, schema.Draft7, `{items: {properties: {a: {type: integer}, b: {anyOf: [{type: integer}, {maxLength: 0}]}}}}`)
	if list := s.Validate(items); len(list) != schema.MaxViolations {
		t.Errorf("got %d violations", len(list))
	}
}

func TestSchemasThatMeetThemselves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schema    string
		good, bad string // values
	}{
		{`{definitions: {a: {$ref: '#/definitions/b'}, b: {$ref: '#/definitions/a'}}, properties: {x: {$ref: '#/definitions/a'}}}`, `{}`, `{"x":1}`},
		{`{type: string, allOf: [{$ref: '#'}]}`, ``, `"x"`},
		{`{anyOf: [{$ref: '#'}, {type: string}]}`, `"x"`, `1`},
		{`{if: {required: [a]}, then: {$ref: '#'}}`, `{}`, `{"a":1}`},
		{`{properties: {a: {$ref: '#'}}, required: [b]}`, `{"b":1,"a":{"b":1}}`, `{"b":1,"a":{}}`},
		{`{dependencies: {a: {$ref: '#'}}}`, `{"b":1}`, `{"a":1}`},
	} {
		s := compile(t, schema.Draft7, c.schema)
		if c.good != "" && !s.Valid(value(t, c.good)) {
			t.Errorf("%s: %s should fit: %v", c.schema, c.good, messages(s.Validate(value(t, c.good))))
		}
		if s.Valid(value(t, c.bad)) {
			t.Errorf("%s: %s should not fit", c.schema, c.bad)
		}
	}
}

func TestSchemasOfSchemas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url       string
		good, bad []string
	}{
		{
			"http://json-schema.org/draft-04/schema#",
			[]string{`{"minimum":1,"exclusiveMinimum":true}`, `{"additionalProperties":false}`, `{"id":"x","not":{}}`},
			[]string{`{"exclusiveMinimum":true}`, `true`, `{"required":[]}`, `{"items":true}`, `{"exclusiveMinimum":1}`},
		},
		{
			"http://json-schema.org/draft-07/schema#",
			[]string{`true`, `{"type":["string","null"],"items":[{}],"if":{},"examples":[1],"$comment":"x"}`, `{"anything":1}`},
			[]string{`1`, `{"type":"strnig"}`, `{"properties":{"a":{"minLength":-1}}}`, `{"pattern":"["}`, `{"patternProperties":{"[":{}}}`, `{"title":1}`, `{"allOf":[]}`},
		},
		{
			"https://json-schema.org/draft/2020-12/schema",
			[]string{`{"prefixItems":[true],"items":false,"$anchor":"_a","$defs":{"x":{}},"required":[]}`, `{"$id":"x#"}`},
			[]string{`{"items":[{}]}`, `{"$anchor":"1"}`, `{"$id":"x#y"}`, `{"dependentRequired":{"a":["b","b"]}}`, `{"unevaluatedItems":1}`, `{"$vocabulary":{"no":true}}`},
		},
	} {
		s := compile(t, schema.Draft7, `{$ref: '`+c.url+`'}`)
		for _, good := range c.good {
			if list := s.Validate(value(t, good)); len(list) > 0 {
				t.Errorf("%s: %s: %v", c.url, good, messages(list))
			}
		}
		for _, bad := range c.bad {
			if len(s.Validate(value(t, bad))) == 0 {
				t.Errorf("%s: %s should not fit", c.url, bad)
			}
		}
	}
}

func TestOneSetServesMany(t *testing.T) {
	t.Parallel()
	root := parse(t, "s.yaml", `
definitions:
  tree: {type: object, properties: {kids: {type: array, items: {$ref: '#/definitions/tree'}}, email: {format: email}}, additionalProperties: false}
a: {$ref: '#/definitions/tree'}
b: {allOf: [{$ref: '#/definitions/tree'}], unevaluatedProperties: false}
c: {properties: {t: {$ref: '#/a'}, broken: {type: nonsense}}}
`)
	set := jsonschema.New(nil)
	good, bad := value(t, `{"kids":[{"email":"a@b.c"},{}]}`), value(t, `{"kids":[{"email":"a"},{"x":1}]}`)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for _, name := range []string{"c", "b", "a"} {
				s, err := set.Schema(root.Get(name), schema.Draft2020)
				if (err != nil) != (name == "c") {
					t.Errorf("%d: %s: %v", i, name, err)
				}
				if err == nil && (!s.Valid(good) || len(s.Validate(bad)) < 2) {
					t.Errorf("%d: %s: %v", i, name, messages(s.Validate(bad)))
				}
			}
		})
	}
	wait.Wait()
}

// TestUnfitPartsAreFoundWhereverTheyAre: also where the schema does not look,
// and however it comes to look there.
func TestUnfitPartsAreFoundWhereverTheyAre(t *testing.T) {
	t.Parallel()
	wild := json.Number("1e999999999")
	deep := any("x")
	for range 1100 {
		deep = []any{deep}
	}
	for _, text := range []string{
		`true`, `{}`, `{type: object}`, `{minProperties: 1}`, `{properties: {a: true}}`, `{properties: {a: {}, b: {}, c: {}}}`,
		`{properties: {a: {type: object}}, additionalProperties: true}`, `{additionalProperties: {title: x}}`, `{patternProperties: {'^a': {minItems: 0}}}`,
		`{properties: {a: {properties: {b: {}}}}, required: [a]}`, `{allOf: [{properties: {a: {}}}]}`, `{not: {required: [zz]}}`,
		`{properties: {a: {properties: {b: {items: [{}]}}}}}`, `{properties: {a: {properties: {b: {contains: true}}}}}`,
		`{definitions: {r: {properties: {a: {$ref: '#/definitions/r'}}}}, $ref: '#/definitions/r'}`,
	} {
		s := compile(t, schema.Draft7, text)
		for _, bad := range []any{wild, deep} {
			for _, v := range []any{
				map[string]any{"a": bad}, map[string]any{"a": map[string]any{"b": []any{"x", bad}}}, map[string]any{"b": map[string]any{"c": bad}},
			} {
				if s.Valid(v) || len(s.Validate(v)) != 1 {
					t.Errorf("%s: %.80v is accepted", text, v)
				}
			}
			if s.Valid(bad) || s.Valid([]any{bad}) && strings.Contains(text, "object") {
				t.Errorf("%s: %.80v is accepted", text, bad)
			}
		}
		if good := value(t, `{"a":{"b":["x",1]},"c":1}`); !s.Valid(good) {
			t.Errorf("%s: %v", text, messages(s.Validate(good)))
		}
	}
}

func TestALongChainOfReferencesEnds(t *testing.T) {
	t.Parallel()
	chain := func(links int) (*jsonschema.Schema, error) {
		var b strings.Builder
		b.WriteString(`{"definitions":{`)
		for i := range links {
			fmt.Fprintf(&b, `"d%d":{"allOf":[{"$ref":"#/definitions/d%d"}]},`, i, i+1)
		}
		fmt.Fprintf(&b, `"d%d":{"type":"object"}},"allOf":[{"$ref":"#/definitions/d0"}]}`, links)
		return jsonschema.New(nil).Schema(parse(t, "s.json", b.String()), schema.Draft7)
	}
	s, err := chain(1000)
	if err != nil || !s.Valid(map[string]any{}) || s.Valid("x") {
		t.Errorf("a chain that is long: %v", err)
	}
	if _, err := chain(60_000); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a chain that is too long: got error %v", err)
	}
}
