package schemadiff_test

import (
	"encoding/json"
	"testing"

	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func read(t testing.TB, name, text string) schemadiff.Schema {
	t.Helper()
	f := source.NewFile("memory:///"+name, name, []byte(text))
	ws := ref.New(source.Memory{}, ref.Options{})
	d := ws.Load(f)
	if d.Root == nil {
		t.Fatalf("%s: %v", text, d.Findings)
	}
	return schemadiff.Schema{In: schemadiff.In(ws), Node: d.Root, Dialect: schema.Draft2020}
}

func TestInclusion(t *testing.T) {
	t.Parallel()
	const (
		yes     = schemadiff.Accepted
		no      = schemadiff.Refused
		unknown = schemadiff.Unknown
	)
	for _, c := range []struct {
		name           string
		writer, reader string
		want           schemadiff.Verdict
	}{
		{"the same", `{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string}}}`, yes},
		{"anything", `true`, `{}`, yes},
		{"nothing is written", `false`, `{type: string}`, yes},
		{"nothing is read", `{type: string}`, `false`, no},
		{"type widened", `{type: integer}`, `{type: number}`, yes},
		{"type narrowed", `{type: number}`, `{type: integer}`, no},
		{"null let in", `{type: [string, "null"]}`, `{type: string}`, no},
		{"optional property that the reader does not know", `{type: object, properties: {a: {}, b: {}}}`, `{type: object, properties: {a: {}}}`, yes},
		{"optional property that the writer does not know", `{type: object, properties: {a: {}}}`, `{type: object, properties: {a: {}, b: {type: string}}}`, yes},
		{"the same, where the writer is open", `{type: object, additionalProperties: true, properties: {a: {}}}`, `{type: object, properties: {a: {}, b: {type: string}}}`, no},
		{"required", `{type: object, properties: {a: {}}}`, `{type: object, required: [a]}`, no},
		{"required of what is not declared", `{type: object, properties: {a: {}}, required: [a]}`, `{required: [b]}`, no},
		{"required, and written", `{type: object, properties: {a: {}}, required: [a]}`, `{required: [a]}`, yes},
		{"closed reader", `{type: object, properties: {a: {}, b: {}}}`, `{properties: {a: {}}, additionalProperties: false}`, no},
		{"closed reader that knows all", `{type: object, properties: {a: {}}}`, `{properties: {a: {}, b: {}}, additionalProperties: false}`, yes},
		{
			"deep", `{type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: object, properties: {c: {type: string}}}}}}}}`,
			`{type: object, properties: {a: {type: object, properties: {b: {type: array, items: {type: object, properties: {c: {type: string, maxLength: 3}}}}}}}}`, no,
		},
		{"enum widened", `{enum: [a, b]}`, `{enum: [a, b, c]}`, yes},
		{"enum narrowed", `{enum: [a, b, c]}`, `{enum: [a, b]}`, no},
		{"bare enum read as a type", `{enum: [a, b]}`, `{type: string}`, yes},
		{"const read as an enum", `{const: a}`, `{enum: [a, b]}`, yes},
		{"all of an integer range are listed", `{type: integer, minimum: 1, maximum: 3}`, `{enum: [1, 2, 3]}`, yes},
		{"not all of an integer range", `{type: integer, minimum: 1, maximum: 4}`, `{enum: [1, 2, 3]}`, no},
		{"booleans are two", `{type: boolean}`, `{enum: [true, false]}`, yes},
		{"bounds", `{type: number, minimum: 1, maximum: 5}`, `{minimum: 0, exclusiveMaximum: 6}`, yes},
		{"exclusive bound", `{type: number, maximum: 5}`, `{exclusiveMaximum: 5}`, no},
		{"exclusive bound of integers", `{type: integer, exclusiveMaximum: 5}`, `{maximum: 4}`, yes},
		{"multiples", `{type: integer, multipleOf: 6}`, `{multipleOf: 3}`, yes},
		{"multiples the other way", `{type: integer, multipleOf: 3}`, `{multipleOf: 6}`, no},
		{"multiples together", `{allOf: [{type: integer, multipleOf: 2}, {multipleOf: 3}]}`, `{multipleOf: 6}`, yes},
		{"decimals", `{type: number, multipleOf: 0.01}`, `{multipleOf: 0.1}`, no},
		{"int32", `{type: integer, format: int32}`, `{type: integer, format: int64}`, yes},
		{"int64", `{type: integer, format: int64}`, `{type: integer, format: int32}`, no},
		{"length", `{type: string, maxLength: 5}`, `{maxLength: 10}`, yes},
		{"length the other way", `{type: string, maxLength: 10}`, `{maxLength: 5}`, no},
		{"pattern", `{type: string, pattern: '^[a-c]{2,3}$'}`, `{pattern: '^[a-z]+$'}`, yes},
		{"pattern the other way", `{type: string, pattern: '^[a-z]+$'}`, `{pattern: '^[a-c]{2,3}$'}`, no},
		{"pattern and length", `{type: string, pattern: '^[a-z]{4}$'}`, `{minLength: 4, maxLength: 4}`, yes},
		{"pattern that an enum fits", `{enum: [ab, cd]}`, `{pattern: '^[a-d]{2}$'}`, yes},
		{"unanchored", `{type: string, pattern: 'abc'}`, `{pattern: 'b'}`, yes},
		{"word boundaries", `{type: string, pattern: '^\bfoo\b'}`, `{pattern: '^foo'}`, yes},
		{"look-ahead is beyond us", `{type: string, pattern: '^(?=a)b?a'}`, `{pattern: '^a+$', maxLength: 100}`, no},
		{"format added", `{type: string}`, `{type: string, format: date-time}`, no},
		{"format dropped", `{type: string, format: date-time}`, `{type: string}`, yes},
		{"format changed", `{type: string, format: date}`, `{type: string, format: date-time}`, no},
		{"format that nobody knows", `{type: string}`, `{type: string, format: hexadecimal}`, yes},
		{"uri is a reference", `{type: string, format: uri}`, `{type: string, format: uri-reference}`, yes},
		{"items", `{type: array, items: {type: integer}}`, `{items: {type: number}}`, yes},
		{"items narrowed", `{type: array, items: {type: number}}`, `{items: {type: integer}}`, no},
		{"no items at all", `{type: array, maxItems: 0, items: {type: number}}`, `{items: {type: integer}}`, yes},
		{"prefix", `{type: array, prefixItems: [{type: string}], items: {type: integer}, minItems: 2}`, `{prefixItems: [{type: string}, {type: integer}]}`, yes},
		{"prefix of another kind", `{type: array, prefixItems: [{type: string}], items: {type: integer}}`, `{prefixItems: [{type: string}, {type: string}]}`, no},
		{"fewer items", `{type: array, minItems: 2}`, `{minItems: 3}`, no},
		{"unique", `{type: array, items: {type: integer}}`, `{uniqueItems: true}`, no},
		{"unique by another way", `{type: array, maxItems: 1}`, `{uniqueItems: true}`, yes},
		{"unique booleans are two at most", `{type: array, items: {type: boolean}, uniqueItems: true}`, `{maxItems: 2}`, yes},
		{"contains", `{type: array, items: {type: integer}, minItems: 1}`, `{contains: {type: integer}}`, yes},
		{"contains, or is empty", `{type: array, items: {type: integer}}`, `{contains: {type: integer}}`, no},
		{"contains both", `{type: array, contains: {const: 1}}`, `{contains: {type: integer}}`, yes},
		{"contains enough", `{type: array, contains: {const: 1}, minContains: 2}`, `{minItems: 2}`, yes},
		{"allOf taken apart", `{allOf: [{type: object, properties: {a: {type: string}}, required: [a]}, {properties: {b: {}}}]}`, `{type: object, properties: {a: {type: string}, b: {}}, required: [a]}`, yes},
		{"allOf put together", `{type: object, properties: {a: {type: string}, b: {}}, required: [a]}`, `{allOf: [{type: object, properties: {a: {type: string}}, required: [a]}, {properties: {b: {}}}]}`, yes},
		{"anyOf is a list of types", `{anyOf: [{type: string}, {type: "null"}]}`, `{type: [string, "null"]}`, yes},
		{"branch added", `{oneOf: [{type: string}, {type: integer}, {type: boolean}]}`, `{oneOf: [{type: string}, {type: integer}]}`, no},
		{"branch that overlaps", `{oneOf: [{type: object, required: [a], properties: {a: {}, b: {}}}]}`, `{oneOf: [{type: object, required: [a]}, {type: object, required: [b]}]}`, no},
		{"branch that does not", `{oneOf: [{type: string}]}`, `{oneOf: [{type: string}, {type: integer}]}`, yes},
		{"branches reordered", `{oneOf: [{type: string, maxLength: 3}, {type: integer}]}`, `{oneOf: [{type: integer}, {type: string, maxLength: 3}]}`, yes},
		{
			"discriminated", `{oneOf: [{type: object, properties: {k: {const: a}, x: {type: string}}, required: [k]}, {type: object, properties: {k: {const: b}}, required: [k]}]}`,
			`{type: object, properties: {k: {enum: [a, b]}}, required: [k]}`, yes,
		},
		{"not", `{type: string, not: {const: a}}`, `{not: {enum: [a]}}`, yes},
		{"not the other way", `{type: string}`, `{not: {const: a}}`, no},
		{
			"if then", `{type: object, properties: {k: {enum: [a, b]}, x: {}}, if: {properties: {k: {const: a}}}, then: {required: [x]}, required: [k]}`,
			`{anyOf: [{required: [x]}, {properties: {k: {const: b}}}]}`, yes,
		},
		{
			"if then changed", `{type: object, properties: {k: {enum: [a, b]}, x: {}}, required: [k]}`,
			`{if: {properties: {k: {const: a}}}, then: {required: [x]}}`, no,
		},
		{"dependentRequired", `{type: object, properties: {a: {}, b: {}}, dependentRequired: {a: [b]}}`, `{anyOf: [{required: [b]}, {not: {required: [a]}}]}`, yes},
		{"dependentRequired added", `{type: object, properties: {a: {}, b: {}}}`, `{dependentRequired: {a: [b]}}`, no},
		{"dependentSchemas", `{type: object, properties: {a: {}, b: {type: string}}}`, `{dependentSchemas: {a: {properties: {b: {maxLength: 2}}}}}`, no},
		{"patternProperties", `{type: object, patternProperties: {'^x-': {type: string}}}`, `{patternProperties: {'^x': {type: string}}}`, yes},
		{"patternProperties narrowed", `{type: object, patternProperties: {'^x': {type: string}}}`, `{patternProperties: {'^x-': {maxLength: 2}}}`, no},
		{"map values", `{type: object, additionalProperties: {type: integer}}`, `{additionalProperties: {type: number}}`, yes},
		{"map values narrowed", `{type: object, additionalProperties: {type: number}}`, `{additionalProperties: {type: integer}}`, no},
		{"propertyNames", `{type: object, additionalProperties: true, propertyNames: {pattern: '^[a-c]+$'}}`, `{propertyNames: {pattern: '^[a-z]+$'}}`, yes},
		{"propertyNames added", `{type: object, properties: {aB: {}}}`, `{propertyNames: {pattern: '^[a-z]+$'}}`, no},
		{"more properties than there are", `{type: object, properties: {a: {}, b: {}}}`, `{maxProperties: 2}`, yes},
		{"as many properties as asked for", `{type: object, properties: {a: {}, b: {}}, minProperties: 2}`, `{required: [a, b]}`, yes},
		{
			"recursion", `{$ref: '#/$defs/n', $defs: {n: {type: object, properties: {v: {type: integer}, next: {$ref: '#/$defs/n'}}}}}`,
			`{$ref: '#/$defs/m', $defs: {m: {type: object, properties: {v: {type: number}, next: {$ref: '#/$defs/m'}}}}}`, yes,
		},
		{
			"recursion, the other way", `{$ref: '#/$defs/n', $defs: {n: {type: object, properties: {v: {type: number}, next: {$ref: '#/$defs/n'}}}}}`,
			`{$ref: '#/$defs/m', $defs: {m: {type: object, properties: {v: {type: integer}, next: {$ref: '#/$defs/m'}}}}}`, no,
		},
		{"recursion that never ends", `{$ref: '#/$defs/n', $defs: {n: {type: object, required: [next], properties: {next: {$ref: '#/$defs/n'}}}}}`, `{type: string}`, yes},
		{
			"unrolled recursion", `{$ref: '#/$defs/n', $defs: {n: {type: object, properties: {next: {$ref: '#/$defs/n'}}}}}`,
			`{$ref: '#/$defs/m', $defs: {m: {type: object, properties: {next: {type: object, properties: {next: {$ref: '#/$defs/m'}}}}}}}`, yes,
		},
		{"unevaluatedProperties", `{type: object, properties: {a: {}}}`, `{properties: {b: {}}, unevaluatedProperties: false}`, no},
		{"unevaluatedProperties that cannot be told", `{type: object, properties: {a: {type: string}}}`, `{allOf: [{properties: {a: {}}}], unevaluatedProperties: false}`, unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, r := read(t, "w.yaml", c.writer), read(t, "r.yaml", c.reader)
			got := schemadiff.Included(w, r)
			if got.Verdict != c.want {
				witness, _ := json.Marshal(got.Witness)
				t.Errorf("got %s %s %s, want %s", got.Verdict, witness, got.Reason, c.want)
			}
			if (got.Verdict == no) != (len(got.Violations) > 0) {
				t.Errorf("%s with the violations %v", got.Verdict, got.Violations)
			}
		})
	}
}
