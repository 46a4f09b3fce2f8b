package schemadiff_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weft-dev/weft/check/diff/schemadiff"
)

var pairs = flag.Int("pairs", 1000, "how many pairs of random schemas are compared")

// TestNoAnswerIsWrong compares random pairs of schemas. A "yes" must stand
// against values of the writer's schema and changes of them; a "no" must come
// with a value that both validators judge as claimed; and "unknown" must be rare
// where only common keywords are used.
func TestNoAnswerIsWrong(t *testing.T) {
	t.Parallel()
	for _, family := range []struct {
		name    string
		maker   maker
		unknown float64
	}{
		{"common", maker{}, 0.05},
		{"all", maker{all: true}, 0.20},
	} {
		t.Run(family.name, func(t *testing.T) {
			t.Parallel()
			count := map[schemadiff.Verdict]int{}
			for seed := range uint64(*pairs) {
				count[onePair(t, family.maker, seed)]++
			}
			t.Logf("%d pairs: %v", *pairs, count)
			if share := float64(count[schemadiff.Unknown]) / float64(*pairs); share > family.unknown {
				t.Errorf("%.1f %% are unknown, want at most %.0f %%", 100*share, 100*family.unknown)
			}
		})
	}
}

func onePair(t *testing.T, m maker, seed uint64) schemadiff.Verdict {
	t.Helper()
	m.rng = rand.New(rand.NewPCG(seed, 7))
	a := m.schema(3)
	b := m.mutate(a, 3)
	if m.rng.IntN(4) == 0 {
		b = m.schema(3)
	}
	w, r := read(t, "w.json", text(a)), read(t, "r.json", text(b))
	got := schemadiff.Included(w, r)
	switch got.Verdict {
	case schemadiff.Refused:
		if !schemadiff.Writes(w)(got.Witness) || schemadiff.Reads(r, got.Witness) {
			t.Errorf("seed %d: the witness %s proves nothing\n%s\n%s", seed, text(got.Witness), text(a), text(b))
		}
	case schemadiff.Accepted:
		if v, ok := m.counterexample(w, r); ok {
			t.Errorf("seed %d: said yes, but %s\n%s\n%s", seed, text(v), text(a), text(b))
		}
	case schemadiff.Unknown:
		if testing.Verbose() {
			t.Logf("seed %d: %s\n%s\n%s", seed, got.Reason, text(a), text(b))
		}
	}
	return got.Verdict
}

// counterexample looks for one without any reasoning.
func (m maker) counterexample(w, r schemadiff.Schema) (any, bool) {
	values := append(schemadiff.Samples(w, 4), schemadiff.Samples(r, 2)...)
	for range 20 {
		values = append(values, m.value(3))
	}
	writes := schemadiff.Writes(w)
	for _, v := range values {
		for range 6 {
			if writes(v) && !schemadiff.Reads(r, v) {
				return v, true
			}
			v = m.change(v)
		}
	}
	return nil, false
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// maker makes random schemas, and random values that they are about.
type maker struct {
	rng *rand.Rand
	all bool // also the keywords that are less common
}

type dict = map[string]any

func (m maker) of(list ...any) any { return list[m.rng.IntN(len(list))] }

func (m maker) name() string { return m.of("a", "b", "c").(string) }

func (m maker) chance(n int) bool { return m.rng.IntN(n) == 0 }

func (m maker) schema(depth int) any {
	if depth == 0 || m.chance(12) {
		return m.of(true, dict{}, dict{"type": "string"}, dict{"type": "integer"}, dict{"const": "x"}, dict{"type": "boolean"}, false)
	}
	s := dict{}
	switch m.rng.IntN(6) {
	case 0:
		m.numbers(s)
	case 1:
		m.strings(s)
	case 2, 3:
		m.objects(s, depth)
	case 4:
		m.arrays(s, depth)
	case 5:
		m.forms(s, depth)
	}
	return s
}

func (m maker) numbers(s dict) {
	s["type"] = m.of("integer", "number", []any{"integer", "null"})
	for key, values := range sorted(map[string][]any{
		"minimum": {0, 1, -3}, "maximum": {5, 10, 2.5}, "exclusiveMinimum": {0, 2}, "exclusiveMaximum": {6, 4}, "multipleOf": {2, 3, 0.5},
	}) {
		if m.chance(4) {
			s[key] = m.of(values...)
		}
	}
	if m.chance(6) {
		s["enum"] = []any{1, 2, m.rng.IntN(5)}
	}
}

func (m maker) strings(s dict) {
	s["type"] = m.of("string", "string", []any{"string", "null"})
	for key, values := range sorted(map[string][]any{
		"minLength": {1, 2}, "maxLength": {3, 5}, "pattern": {"^a", "^[ab]+$", "b"}, "format": {"date", "date-time", "email"},
	}) {
		if m.chance(4) {
			s[key] = m.of(values...)
		}
	}
	if m.chance(4) {
		s["enum"] = []any{"a", "b", m.of("c", "ab", "abc")}
	}
}

func (m maker) objects(s dict, depth int) {
	s["type"] = "object"
	props := dict{}
	for range m.rng.IntN(4) {
		props[m.name()] = m.schema(depth - 1)
	}
	s["properties"] = props
	if m.chance(2) {
		s["required"] = []any{m.name()}
	}
	if m.chance(4) {
		s["additionalProperties"] = m.of(true, false, m.schema(depth-1))
	}
	if !m.all {
		return
	}
	for key, value := range sorted(map[string]any{
		"patternProperties": dict{m.of("^a", "[bc]", "^x").(string): m.schema(depth - 1)},
		"propertyNames":     dict{"pattern": m.of("^[ab]", "c$")},
		"minProperties":     1, "maxProperties": m.rng.IntN(3),
		"dependentRequired": dict{m.name(): []any{m.name()}},
		"dependentSchemas":  dict{m.name(): m.schema(depth - 1)},
	}) {
		if m.chance(7) {
			s[key] = value
		}
	}
}

func (m maker) arrays(s dict, depth int) {
	s["type"] = "array"
	for key, value := range sorted(map[string]any{"items": m.schema(depth - 1), "minItems": m.rng.IntN(3), "maxItems": m.rng.IntN(4)}) {
		if m.chance(2) {
			s[key] = value
		}
	}
	if !m.all {
		return
	}
	for key, value := range sorted(map[string]any{
		"prefixItems": []any{m.schema(depth - 1), m.schema(depth - 1)}, "uniqueItems": true, "contains": m.schema(depth - 1),
	}) {
		if m.chance(4) {
			s[key] = value
		}
	}
	if s["contains"] != nil && m.chance(3) {
		s[m.of("minContains", "maxContains").(string)] = m.rng.IntN(3)
	}
}

func (m maker) forms(s dict, depth int) {
	two := []any{m.schema(depth - 1), m.schema(depth - 1)}
	switch n := m.rng.IntN(6); {
	case n < 2:
		s["allOf"] = two
	case n < 4 || !m.all:
		s[m.of("anyOf", "oneOf").(string)] = two
	case n == 4:
		s["not"] = two[0]
		if m.chance(2) {
			s["type"] = m.of("string", "object", "integer")
		}
	default:
		s["if"], s["then"], s["else"] = two[0], two[1], m.schema(depth-1)
	}
}

// mutate makes a schema that differs from another in a place or two.
func (m maker) mutate(v any, depth int) any {
	s, ok := v.(dict)
	if !ok || m.chance(8) {
		return m.schema(depth)
	}
	out := dict{}
	for key, below := range sorted(s) {
		out[key] = m.mutateBelow(key, below, depth)
	}
	if m.chance(5) {
		for key := range sorted(out) {
			delete(out, key)
			break
		}
	}
	return out
}

func (m maker) mutateBelow(key string, v any, depth int) any {
	switch key {
	case "properties", "patternProperties", "dependentSchemas":
		out := dict{}
		for name, below := range sorted(v.(dict)) {
			if !m.chance(8) {
				out[name] = m.maybe(below, depth-1)
			}
		}
		return out
	case "allOf", "anyOf", "oneOf", "prefixItems":
		var out []any
		for _, below := range v.([]any) {
			out = append(out, m.maybe(below, depth-1))
		}
		return out
	case "items", "contains", "additionalProperties", "not", "if", "then", "else":
		return m.maybe(v, depth-1)
	}
	return v
}

func (m maker) maybe(v any, depth int) any {
	if m.chance(2) {
		return m.mutate(v, max(depth, 0))
	}
	return v
}

// value makes a value of anything.
func (m maker) value(depth int) any {
	n := m.rng.IntN(8)
	if depth == 0 {
		n = m.rng.IntN(6)
	}
	switch n {
	case 0:
		return nil
	case 1:
		return m.chance(2)
	case 2, 3:
		return json.Number(m.of("0", "1", "2", "3", "6", "2.5", "-3", "0.25").(string))
	case 4, 5:
		return m.of("", "a", "b", "ab", "abc", "x", "2026-01-01", "user@example.com")
	case 6:
		list := []any{}
		for range m.rng.IntN(4) {
			list = append(list, m.value(depth-1))
		}
		return list
	}
	o := dict{}
	for range m.rng.IntN(4) {
		o[m.name()] = m.value(depth - 1)
	}
	return o
}

// change makes a value that differs from another in one place.
func (m maker) change(v any) any {
	switch v := v.(type) {
	case dict:
		o := dict{}
		for name, below := range v {
			o[name] = below
		}
		name := m.name()
		switch _, have := o[name]; {
		case have && m.chance(2):
			delete(o, name)
		case have:
			o[name] = m.change(o[name])
		default:
			o[name] = m.value(1)
		}
		return o
	case []any:
		list := append([]any{}, v...)
		if len(list) > 0 && m.chance(2) {
			i := m.rng.IntN(len(list))
			list[i] = m.change(list[i])
			return list
		}
		return append(list, m.value(1))
	}
	return m.value(2)
}

// sorted walks a map in the order of its keys, so that a seed always makes the
// same.
func sorted[T any](m map[string]T) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
