package schemadiff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/internal/cputime"
)

// Schemas that are made to take for ever are answered in time; "unknown" will do.
func TestHostileSchemasAreAnsweredInTime(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string][2]string{
		"choices of choices":     {choices(12, "a"), choices(12, "b")},
		"many forms":             {forms(14, "a"), forms(14, "b")},
		"too many forms":         {forms(200, "a"), forms(200, "b")},
		"diamonds":               {diamonds(30, "string"), diamonds(30, "integer")},
		"diamonds of properties": {props(30, "string"), props(30, "integer")},
		"recursive choices":      {recursive(6, "string"), recursive(6, "integer")},
		"long lists":             {`{type: array, minItems: 500, items: {type: integer}, uniqueItems: true}`, `{type: array, contains: {const: -1}}`},
		"long texts":             {`{type: string, minLength: 100000}`, `{type: string, pattern: "^(a|b)*c"}`},
		"many properties":        {wide(1500, "string"), wide(1500, "integer")},
		"many minimum":           {`{type: object, additionalProperties: true, minProperties: 90000}`, `{required: [x]}`},
		"automata that explode":  {`{type: string, pattern: "^(a|b)*a(a|b){14}$"}`, `{type: string, pattern: "^(a|b)*b(a|b){15}$"}`},
		"huge numbers":           {`{type: integer, minimum: 1e300, maximum: 2e300}`, `{type: number, multipleOf: 7}`},
		"lattices":               {`{type: integer, minimum: 1, maximum: 100000000, not: {anyOf: [{multipleOf: 2}, {multipleOf: 3}, {multipleOf: 5}, {multipleOf: 7}]}}`, `{multipleOf: 11}`},
		"conditions":             {conditions(40, 1), conditions(40, 2)},
		"dependencies":           {dependencies(40, "a"), dependencies(40, "b")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := read(t, "w.yaml", pair[0]), read(t, "r.yaml", pair[1])
			start := cputime.Start(t)
			k := schemadiff.Compare(w, r)
			a := k.Included()
			took := start()
			t.Logf("%s in %s, %s", a.Verdict, took.Round(time.Millisecond), a.Reason)
			if took > 3*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func choices(depth int, end string) string {
	s := fmt.Sprintf("{const: %s}", end)
	for i := range depth {
		s = fmt.Sprintf("{anyOf: [{type: object, properties: {p%d: %s}}, {type: array, items: {enum: [%d]}}]}", i, s, i)
	}
	return s
}

func forms(n int, end string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("{type: object, properties: {k%d: {type: string}, %s: {type: integer}}, required: [k%d]}", i, end, i))
	}
	return "{oneOf: [" + strings.Join(list, ", ") + "]}"
}

func diamonds(n int, end string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{$ref: '#/$defs/d0', $defs: {d%d: {type: %s}", n, end)
	for i := range n {
		fmt.Fprintf(&b, ", d%d: {anyOf: [{$ref: '#/$defs/d%d'}, {allOf: [{$ref: '#/$defs/d%d'}]}]}", i, i+1, i+1)
	}
	return b.String() + "}}"
}

func props(n int, end string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{$ref: '#/$defs/d0', $defs: {d%d: {type: %s}", n, end)
	for i := range n {
		fmt.Fprintf(&b, ", d%d: {type: object, properties: {l: {$ref: '#/$defs/d%d'}, r: {$ref: '#/$defs/d%d'}}}", i, i+1, i+1)
	}
	return b.String() + "}}"
}

func recursive(n int, end string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("{type: object, required: [k%d], properties: {k%d: {$ref: '#/$defs/n'}, v: {type: %s}}}", i, i, end))
	}
	return "{$ref: '#/$defs/n', $defs: {n: {oneOf: [{type: " + end + "}, " + strings.Join(list, ", ") + "]}}}"
}

func wide(n int, kind string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("p%d: {type: %s}", i, kind))
	}
	return "{type: object, properties: {" + strings.Join(list, ", ") + "}}"
}

func conditions(n, step int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("{if: {required: [a%d]}, then: {required: [a%d]}, else: {properties: {b%d: {type: string}}}}", i, i+step, i))
	}
	return "{type: object, additionalProperties: true, allOf: [" + strings.Join(list, ", ") + "]}"
}

func dependencies(n int, end string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("a%d: [a%d, %s]", i, (i+7)%n, end))
	}
	return "{type: object, additionalProperties: true, dependentRequired: {" + strings.Join(list, ", ") + "}}"
}
