package jsonschema_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
)

// checkWritten holds what is judged and written at once against what is judged
// and written one after the other.
func checkWritten(t *rapid.T, s *jsonschema.Schema, v any) {
	got, ok := s.AppendJSON([]byte("before"), v)
	if !ok {
		return // then nothing is said
	}
	want, err := schema.EncodeJSON(v)
	if err != nil || !s.Valid(v) || string(got) != "before"+string(want) {
		t.Fatalf("%s is written as %s; it is %s (%v), and fits: %t", rendered(v), got, want, err, s.Valid(v))
	}
}

func TestWhatFitsIsWrittenWhileItIsJudged(t *testing.T) {
	t.Parallel()
	recursive := `{type: object, properties: {below: {$ref: '#'}, "<a>": {type: string}}}`
	for _, c := range []struct {
		schema, value string
		written       bool
	}{
		{order, orderValue, true},
		{order, `{"quantity":2}`, false},
		{order, strings.Replace(orderValue, "AB-1", "ab", 1), false},
		{recursive, `{"below":{"below":{"<a>":"\u2028"},"z":[1.50,null,true]}}`, true},
		{recursive, `{"below":{"below":{"<a>":1}}}`, false},
		{`{properties: {b: {type: integer}}, required: [a]}`, `{"a":[],"b":1.0,"c":{}}`, true},
		{`{properties: {b: {type: integer}}, required: [a]}`, `{"b":1.0}`, false},
		{`{properties: {b: {}}, additionalProperties: {type: "null"}}`, `{"a":null,"b":1}`, true},
		{`{properties: {b: {}}, additionalProperties: {type: "null"}}`, `{"a":0,"b":1}`, false},
		{`{items: {oneOf: [{type: integer, maximum: 3}, {type: string}]}}`, `[1,"x",3]`, true},
		{`{items: {oneOf: [{type: integer, maximum: 3}, {type: string}]}}`, `[1,"x",4]`, false},
		{`{items: {type: number}, uniqueItems: true}`, `[1,1.0]`, false},
		{`{items: {type: number}, uniqueItems: true, minItems: 2, maxItems: 3}`, `[1,1.1]`, true},
		{`{items: {type: number}, maxItems: 3}`, `[1,2,3,4]`, false},
		{`true`, `{"b":1,"a":[]}`, true},
		{`false`, `1`, false},
		{`{type: number}`, `1e999`, false},
		{`{properties: {a: true}}`, `{"a":1e999}`, false},
	} {
		s, v := compile(t, schema.Draft7, c.schema), value(t, c.value)
		got, ok := s.AppendJSON(nil, v)
		if ok != c.written {
			t.Errorf("%s: %s was written: %t", c.schema, c.value, ok)
			continue
		}
		if want, err := schema.EncodeJSON(v); ok && (err != nil || string(got) != string(want)) {
			t.Errorf("%s: wrote %s, want %s (%v)", c.schema, got, want, err)
		}
	}
}

// TestWhatIsNotPlainIsNotWritten leaves it to those who know to deal with it.
func TestWhatIsNotPlainIsNotWritten(t *testing.T) {
	t.Parallel()
	deep := any(map[string]any{})
	for range 2000 {
		deep = map[string]any{"below": deep}
	}
	s := compile(t, schema.Draft7, `{type: [object, array, number, string], properties: {below: {$ref: '#'}}, items: {$ref: '#'}}`)
	for name, v := range map[string]any{
		"a nil map": map[string]any(nil), "a nil list": []any{[]any(nil)}, "a float": math.NaN(), "a channel": make(chan int),
		"no number": json.Number("01"), "an empty number": []any{json.Number("")}, "too deep": deep,
	} {
		if got, ok := s.AppendJSON(nil, v); ok {
			if want, err := schema.EncodeJSON(v); err != nil || string(want) != string(got) || !s.Valid(v) {
				t.Errorf("%s was written as %s, want %s (%v)", name, got, want, err)
			}
		}
	}
}

// BenchmarkWriteOrder judges and writes one order.
func BenchmarkWriteOrder(b *testing.B) {
	s, v := compile(b, schema.Draft7, order), value(b, orderValue)
	b.Run("at once", func(b *testing.B) {
		cputime.PerOp(b, func() {
			if _, ok := s.AppendJSON(make([]byte, 0, 256), v); !ok {
				b.Fatal("does not fit")
			}
		})
	})
	b.Run("one after the other", func(b *testing.B) {
		cputime.PerOp(b, func() {
			if list := s.Validate(v); len(list) > 0 {
				b.Fatal(list)
			}
			if _, err := schema.EncodeJSON(v); err != nil {
				b.Fatal(err)
			}
		})
	})
}
