package avro_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
)

const everything = `{"type":"record","name":"All","namespace":"x","fields":[
 {"name":"null","type":"null"},{"name":"flag","type":"boolean"},{"name":"int","type":"int"},{"name":"long","type":"long"},
 {"name":"float","type":"float"},{"name":"double","type":"double"},{"name":"bytes","type":"bytes"},{"name":"text","type":"string"},
 {"name":"size","type":{"type":"enum","name":"Size","symbols":["S","M"]}},
 {"name":"key","type":{"type":"fixed","name":"Key","size":4}},
 {"name":"list","type":{"type":"array","items":"long"}},
 {"name":"map","type":{"type":"map","values":["null","string"]}},
 {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"total","type":{"type":"fixed","name":"Total","size":8,"logicalType":"decimal","precision":18,"scale":4}},
 {"name":"big","type":{"type":"bytes","logicalType":"big-decimal"}},
 {"name":"id","type":{"type":"string","logicalType":"uuid"}},
 {"name":"id16","type":{"type":"fixed","name":"Id","size":16,"logicalType":"uuid"}},
 {"name":"day","type":{"type":"int","logicalType":"date"}},
 {"name":"clock","type":{"type":"int","logicalType":"time-millis"}},
 {"name":"clock2","type":{"type":"long","logicalType":"time-micros"}},
 {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"at2","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"at3","type":{"type":"long","logicalType":"timestamp-nanos"}},
 {"name":"local","type":{"type":"long","logicalType":"local-timestamp-millis"}},
 {"name":"lasts","type":{"type":"fixed","name":"Lasts","size":12,"logicalType":"duration"}},
 {"name":"either","type":["null","int","string",{"type":"map","values":"int"},"Key","Size"]},
 {"name":"next","type":["null","All"],"default":null},
 {"name":"note","type":"string","default":"none"}]}`

func TestValuesAreJudged(t *testing.T) {
	t.Parallel()
	s := parse(t, everything)
	for _, c := range []struct{ field, value, want string }{
		{"null", `null`, ""},
		{"null", `0`, "null: must be null, is a number"},
		{"flag", `"true"`, "flag: must be a boolean, is a string"},
		{"int", `1.0`, ""},
		{"int", `1e3`, ""},
		{"int", `1.5`, "int: must be a whole number, is 1.5"},
		{"int", `2147483648`, "int: must be an int, a whole number of 32 bits, is 2147483648"},
		{"int", `1e999999999`, "int: must be a whole number, is 1e999999999"},
		{"long", `9223372036854775807`, ""},
		{"long", `9223372036854775808`, "long: must be a whole number of 64 bits, is 9223372036854775808"},
		{"float", `1e39`, "float: must be a number that a float can hold, is 1e39"},
		{"float", `"NaN"`, ""},
		{"double", `"much"`, "double: must be a number, is a string"},
		{"bytes", `"\u0000\u00ff"`, ""},
		{"bytes", `"€"`, "must have only characters from"},
		{"text", `5`, "text: must be a string, is a number"},
		{"size", `"XL"`, `size: must be "S" or "M", is "XL"`},
		{"key", `"abc"`, "key: must be 4 bytes, is 3"},
		{"list", `[1,"2"]`, "list[1]: must be a whole number, is a string"},
		{"map", `{"a":null,"b":{"string":"x"},"c":"y"}`, ""},
		{"map", `{"a":3}`, "map.a: must be null or a string, is a number"},
		{"price", `12.5`, ""},
		{"price", `"12.50"`, ""},
		{"price", `"\u0004\u00e2"`, ""},
		{"price", `12.505`, "price: must have at most 2 digits after the point, is 12.505"},
		{"price", `123456789.00`, "price: must have at most 10 digits, 2 of them after the point, is 123456789.00"},
		{"price", `true`, "price: must be a number, is a boolean"},
		{"id", `"42"`, `id: must be a UUID, is "42"`},
		{"id16", `"123e4567-e89b-12d3-a456-426614174000"`, ""},
		{"day", `"2026-02-29"`, "day: must be a date as 2006-01-02, or a whole number"},
		{"day", `20000`, ""},
		{"clock", `"25:00:00"`, "clock: must be a time as 15:04:05"},
		{"clock", `86400000`, "must be a time of the day"},
		{"at", `"2026-11-22T10:00:00.123Z"`, ""},
		{"at", `"2026-11-22T10:00:00.1234Z"`, "must not be more exact than timestamp-millis"},
		{"at", `1790000000000`, ""},
		{"at3", `"2500-01-01T00:00:00Z"`, "is out of the range of 64 bits"},
		{"lasts", `"P1M2DT3.004S"`, ""},
		{"lasts", `"P1Y"`, "lasts: must be 12 bytes, is 3"},
		{"either", `{"x.Key":"abcd"}`, ""},
		{"either", `{"Key":"abcd"}`, ""},
		{"either", `{"Key":"abc"}`, "either.Key: must be 4 bytes, is 3"},
		{"either", `{"a":1}`, ""},
		{"either", `{"map":{"a":1}}`, ""},
		{"either", `{"a":"b"}`, "either.a: must be a whole number, is a string"},
		{"either", `true`, "either: must be null, an int, a string,"},
	} {
		object := sample(t, s, 1).(map[string]any)
		object[c.field] = value(t, c.value)
		found := s.Validate(object)
		switch {
		case c.want == "" && len(found) > 0:
			t.Errorf("%s = %s: %v", c.field, c.value, found[0].Message)
		case c.want != "" && (len(found) != 1 || !strings.Contains(found[0].Message, c.want)):
			t.Errorf("%s = %s: got %v, want %q", c.field, c.value, found, c.want)
		}
		_, err := s.Encode(object)
		if (err == nil) != (c.want == "") {
			t.Errorf("%s = %s: Encode says %v", c.field, c.value, err)
		}
		if err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %s: Encode says %v, want %q", c.field, c.value, err, c.want)
		}
	}
}

func sample(t testing.TB, s *avro.Schema, seed uint64) any {
	t.Helper()
	v, err := s.Sample(seed)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestViolationsPointAtTheSchema(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"fixed","name":"F","size":2}},{"name":"order","type":"int"}]}`)
	found := s.Validate(map[string]any{"f": "x", "ordr": "y"})
	want := []schema.Violation{
		{InstancePath: "/f", Keyword: "size", Message: "f: must be 2 bytes, is 1"},
		{InstancePath: "/order", Keyword: "fields", Message: "order: is required: the field has no default"},
		{InstancePath: "/ordr", Keyword: "fields", Message: `ordr: is not a field of record R; did you mean "order"?`},
	}
	if len(found) != len(want) {
		t.Fatalf("got %v", found)
	}
	for i, v := range found {
		if v.InstancePath != want[i].InstancePath || v.Keyword != want[i].Keyword || v.Message != want[i].Message || !v.Span.IsValid() || v.Schema == nil {
			t.Errorf("got %+v, want %+v", v, want[i])
		}
	}
}

func TestSamplesAreValidAndComeBackFromBytes(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"everything": everything}
	for name, text := range seedsIfThere(t) {
		texts[name] = text
	}
	for name, text := range texts {
		s := parse(t, text)
		for seed := range uint64(200) {
			v := sample(t, s, seed)
			if again := sample(t, s, seed); !cmp.Equal(v, again) {
				t.Fatalf("%s: seed %d makes two values: %s", name, seed, cmp.Diff(v, again))
			}
			roundTrip(t, s, v)
		}
	}
}

// roundTrip writes a value, reads it and writes it again, in every form.
func roundTrip(t *testing.T, s *avro.Schema, v any) {
	t.Helper()
	data, err := s.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, opt := range []avro.DecodeOptions{{}, {Texts: true}, {Tagged: true}, {Texts: true, Tagged: true}} {
		got, err := s.DecodeWith(data, opt)
		if err != nil {
			t.Fatalf("%v: %v", v, err)
		}
		if found := s.Validate(got); len(found) > 0 {
			t.Fatalf("%+v: %v is not valid: %s", opt, got, found[0].Message)
		}
		again, err := s.Encode(got)
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("%+v: %v became %v: %v", opt, v, got, err)
		}
	}
}

func TestDecodedTexts(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"type":"record","name":"R","fields":[
		{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
		{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
		{"name":"day","type":{"type":"int","logicalType":"date"}},
		{"name":"lasts","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}},
		{"name":"u","type":["null","string","bytes"]}]}`)
	data, err := s.Encode(value(t, `{"price":-0.05,"at":"2026-01-02T03:04:05.006Z","day":"1969-12-31","lasts":"P14MT0.5S","u":{"bytes":"a"}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.DecodeWith(data, avro.DecodeOptions{Texts: true})
	want := value(t, `{"price":"-0.05","at":"2026-01-02T03:04:05.006Z","day":"1969-12-31","lasts":"P14MT0.500S","u":{"bytes":"a"}}`)
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
	got, err = s.Decode(data)
	want = value(t, `{"price":-0.05,"at":1767323045006,"day":-1,"lasts":"P14MT0.500S","u":{"bytes":"a"}}`)
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
}

func TestApplyDefaults(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"type":"record","name":"R","fields":[
		{"name":"a","type":["null","string"],"default":null},
		{"name":"b","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":"\u0001\u0000"},
		{"name":"c","type":{"type":"record","name":"S","fields":[{"name":"d","type":"int","default":7},{"name":"e","type":"bytes","default":"\u00ff"}]},"default":{}},
		{"name":"l","type":{"type":"array","items":"S"},"default":[]}]}`)
	given := value(t, `{"l":[{"e":"x"}]}`)
	want := value(t, `{"a":null,"b":2.56,"c":{"d":7,"e":"ÿ"},"l":[{"d":7,"e":"x"}]}`)
	if got := s.ApplyDefaults(given); !cmp.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}
	if !cmp.Equal(given, value(t, `{"l":[{"e":"x"}]}`)) {
		t.Errorf("the value was changed: %v", given)
	}
	if got, want := len(s.Validate(given)), 0; got != want {
		t.Errorf("%d violations", got)
	}
}

func TestBytesAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, value, want string }{
		{`"long"`, `-64`, "\x7f"},
		{`"long"`, `64`, "\x80\x01"},
		{`"string"`, `"foo"`, "\x06foo"},
		{`{"type":"record","name":"test","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]}`, `{"a":27,"b":"foo"}`, "\x36\x06foo"},
		{`{"type":"array","items":"long"}`, `[3,27]`, "\x04\x06\x36\x00"},
		{`["null","string"]`, `null`, "\x00"},
		{`["null","string"]`, `"a"`, "\x02\x02a"},
	} {
		got, err := parse(t, c.schema).Encode(value(t, c.value))
		if err != nil || string(got) != c.want {
			t.Errorf("%s %s: got %q, %v", c.schema, c.value, got, err)
		}
	}
	// A block may have its size before it.
	got, err := parse(t, `{"type":"array","items":"long"}`).Decode([]byte("\x03\x04\x06\x36\x00"))
	if err != nil || !cmp.Equal(got, value(t, `[3,27]`)) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestHostileBytesAreRefused(t *testing.T) {
	t.Parallel()
	const huge = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" // 2^63-1
	for _, c := range []struct{ schema, data, want string }{
		{`"string"`, huge, "are announced"},
		{`"string"`, "\x01", "are announced"},
		{`{"type":"array","items":"null"}`, huge, "too many values"},
		{`{"type":"array","items":"null"}`, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "too many values"},
		{`{"type":"array","items":"int"}`, huge, "end within a number"},
		{`{"type":"map","values":"int"}`, huge, "end within a number"},
		{`{"type":"array","items":{"type":"record","name":"R","fields":[]}}`, huge, "too many values"},
		{`"long"`, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "more than 64 bits"},
		{`"int"`, "\xfe\xff\xff\xff\xff\xff\x01", "32 bits"},
		{`["null","int"]`, "\x04", "branch 2 is announced"},
		{`{"type":"enum","name":"E","symbols":["A"]}`, "\x01", "symbol -1 is announced"},
		{`"boolean"`, "\x02", "0 or 1"},
		{`"string"`, "\x02\xff", "UTF-8"},
		{`"int"`, "\x02\x02", "1 byte more"},
		{`{"type":"record","name":"R","fields":[{"name":"n","type":["null","R"]}]}`, strings.Repeat("\x02", 60_000), "nested too deeply"},
		{`{"type":"bytes","logicalType":"decimal","precision":2}`, "\x04\x7f\xff", "at most 2 digits"},
		{`{"type":"bytes","logicalType":"big-decimal"}`, "\x0e\x02\x01" + "\xfe\xff\xff\xff\x0f", "big-decimal"},
	} {
		_, err := parse(t, c.schema).Decode([]byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.schema, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	s := parse(f, everything)
	for seed := range uint64(5) {
		data, err := s.Encode(sample(f, s, seed))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		rng := rand.New(rand.NewPCG(seed, 1))
		data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := s.Decode(data)
		if err != nil {
			return
		}
		if len(s.Validate(v)) > 0 {
			return // a UUID that is none, a time beyond the day: bytes can hold them
		}
		again, err := s.Encode(v)
		if err != nil {
			t.Fatalf("%v: %v", v, err)
		}
		if w, err := s.Decode(again); err != nil || !cmp.Equal(v, w) {
			t.Fatalf("%v became %v: %v", v, w, err)
		}
	})
}
