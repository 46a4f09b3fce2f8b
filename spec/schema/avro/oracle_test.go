package avro_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	oracle "github.com/twmb/avro"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// maker makes schemas by chance, as plain data.
type maker struct {
	rng   *rand.Rand
	named []string
	count int
}

func (m *maker) pick(list ...string) string { return list[m.rng.IntN(len(list))] }

func (m *maker) schema(depth int) any {
	n := m.rng.IntN(20)
	if depth <= 0 {
		n = m.rng.IntN(11)
	}
	switch {
	case n < 8:
		return m.pick("null", "boolean", "int", "long", "float", "double", "bytes", "string")
	case n < 9 && len(m.named) > 0:
		return m.pick(m.named...)
	case n < 11:
		return m.logical()
	case n < 12:
		return map[string]any{"type": "array", "items": m.schema(depth - 1)}
	case n < 13:
		return map[string]any{"type": "map", "values": m.schema(depth - 1)}
	case n < 15:
		return m.union(depth)
	case n < 16:
		return m.enum()
	case n < 17:
		return map[string]any{"type": "fixed", "name": m.name("F"), "size": 1 + m.rng.IntN(3)}
	}
	return m.record(depth)
}

func (m *maker) logical() any {
	switch m.rng.IntN(5) {
	case 0:
		return map[string]any{"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": m.rng.IntN(2)}
	case 1:
		return map[string]any{"type": "long", "logicalType": "timestamp-millis"}
	case 2:
		return map[string]any{"type": "int", "logicalType": "date"}
	case 3:
		return map[string]any{"type": "string", "logicalType": "uuid"}
	}
	return map[string]any{"type": "long", "logicalType": "time-micros"}
}

func (m *maker) name(prefix string) string {
	m.count++
	name := fmt.Sprintf("%s%d", prefix, m.count)
	if m.rng.IntN(4) == 0 {
		name = m.pick("a.", "b.c.") + name
	}
	m.named = append(m.named, name)
	return name
}

func (m *maker) enum() any {
	e := map[string]any{"type": "enum", "name": m.name("E"), "symbols": []any{"A", "B", "C"}[:1+m.rng.IntN(3)]}
	if m.rng.IntN(4) == 0 {
		e["default"] = "A"
	}
	return e
}

func (m *maker) union(depth int) any {
	kinds := []any{"null", "int", "string", "bytes", "double", map[string]any{"type": "long", "logicalType": "timestamp-millis"}}
	m.rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	list := slices.Clone(kinds[:1+m.rng.IntN(3)])
	for range m.rng.IntN(2) {
		list = append(list, m.record(depth-1))
	}
	if m.rng.IntN(4) == 0 {
		list = append(list, map[string]any{"type": "map", "values": m.schema(depth - 2)})
	}
	return list
}

func (m *maker) record(depth int) any {
	name := m.name("R")
	r := map[string]any{"type": "record", "name": name}
	var fields []any
	for i := range m.rng.IntN(4) {
		f := map[string]any{"name": fmt.Sprintf("f%d", i), "type": m.schema(depth - 1)}
		if m.rng.IntN(3) == 0 {
			f["type"], f["default"] = "int", 3
		}
		fields = append(fields, f)
	}
	if m.rng.IntN(5) == 0 {
		fields = append(fields, map[string]any{"name": "next", "type": []any{"null", name}, "default": nil})
	}
	r["fields"] = append([]any{}, fields...)
	return r
}

// change makes another version of a schema.
func (m *maker) change(v any) any {
	switch v := v.(type) {
	case string:
		if m.rng.IntN(10) == 0 {
			return m.pick("int", "long", "float", "double", "bytes", "string", "null")
		}
		return v
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			if m.rng.IntN(10) > 0 || len(v) == 1 {
				list = append(list, m.change(item))
			}
		}
		if m.rng.IntN(5) == 0 {
			list = append(list, m.pick("int", "string", "boolean"))
		}
		if len(list) == 1 && m.rng.IntN(2) == 0 {
			return list[0]
		}
		return list
	case map[string]any:
		return m.changeObject(v)
	}
	return v
}

func (m *maker) changeObject(v map[string]any) any {
	c := map[string]any{}
	for _, key := range slices.Sorted(keys(v)) {
		c[key] = v[key]
	}
	for _, key := range []string{"items", "values"} {
		if part, ok := c[key]; ok {
			c[key] = m.change(part)
		}
	}
	if fields, ok := c["fields"].([]any); ok {
		c["fields"] = m.changeFields(fields)
	}
	switch {
	case c["symbols"] != nil && m.rng.IntN(4) == 0:
		c["symbols"] = []any{"A", "D"}
	case c["size"] != nil && m.rng.IntN(6) == 0:
		c["size"] = 2
	case c["scale"] != nil && m.rng.IntN(6) == 0:
		c["scale"] = 2
	case c["name"] != nil && m.rng.IntN(15) == 0:
		c["aliases"] = []any{c["name"]}
		c["name"] = fmt.Sprint("x.New", strings.ReplaceAll(fmt.Sprint(c["name"]), ".", "_"))
	}
	return c
}

func keys(v map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

func (m *maker) changeFields(fields []any) []any {
	list := []any{}
	for _, f := range fields {
		if m.rng.IntN(8) == 0 {
			continue
		}
		field := map[string]any{}
		for k, v := range f.(map[string]any) {
			field[k] = v
		}
		if field["default"] == nil {
			field["type"] = m.change(field["type"])
		}
		if m.rng.IntN(10) == 0 {
			field["aliases"] = []any{field["name"]}
			field["name"] = fmt.Sprint(field["name"], "x")
		}
		list = append(list, field)
	}
	if m.rng.IntN(6) == 0 {
		list = append(list, map[string]any{"name": "more", "type": "string"})
	}
	if m.rng.IntN(6) == 0 {
		list = append(list, map[string]any{"name": "extra", "type": "string", "default": "e"})
	}
	m.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func encode(t testing.TB, v any) string {
	t.Helper()
	n, err := tree.FromValue(v)
	if err != nil {
		t.Fatal(err)
	}
	b, err := schema.EncodeJSON(n.Value())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// both reads a schema by ours and by the oracle; false where it has a fault.
func both(t testing.TB, text string) (*avro.Schema, *oracle.Schema, bool) {
	t.Helper()
	n, _ := tree.Parse(source.NewFile("memory:///a.avsc", "a.avsc", []byte(text)), tree.Options{})
	ours, err := avro.Parse(n)
	theirs, err2 := oracle.Parse(text)
	if (err == nil) != (err2 == nil) && !agreed(err, err2) {
		t.Errorf("%s:\nours: %v\ntheirs: %v", text, err, err2)
	}
	return ours, theirs, err == nil && err2 == nil
}

// agreed says where we differ from the oracle on purpose.
func agreed(ours, theirs error) bool {
	if theirs != nil {
		return false
	}
	for _, reason := range []string{
		"needs at least one schema",    // the oracle takes a union without branches, which no value fits
		"holds itself by its field",    // the oracle takes a schema that no value fits
		"is used before it is defined", // the oracle looks ahead; the specification says that nobody need
	} {
		if strings.Contains(ours.Error(), reason) {
			return true
		}
	}
	return false
}

func TestRandomSchemasAgainstAnotherLibrary(t *testing.T) {
	t.Parallel()
	good := 0
	for seed := range uint64(4000) {
		m := &maker{rng: rand.New(rand.NewPCG(seed, 7))}
		text := encode(t, m.schema(4))
		ours, theirs, ok := both(t, text)
		if !ok {
			continue
		}
		good++
		if !bytes.Equal(ours.Canonical(), theirs.Canonical()) {
			t.Fatalf("%s: canonical\n%s\n%s", text, ours.Canonical(), theirs.Canonical())
		}
		v, err := ours.Sample(seed)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		sameBytes(t, text, ours, theirs, v)
	}
	if good < 2000 {
		t.Errorf("only %d schemas were good", good)
	}
}

// sameBytes holds what we write against what the oracle reads and writes.
func sameBytes(t *testing.T, text string, ours *avro.Schema, theirs *oracle.Schema, v any) {
	t.Helper()
	data, err := ours.Encode(v)
	if err != nil {
		t.Fatalf("%s: %v: %v", text, v, err)
	}
	var got any
	rest, err := theirs.Decode(data, &got, oracle.TaggedUnions())
	if err != nil || len(rest) > 0 {
		t.Fatalf("%s: %v: %v, %d left", text, v, err, len(rest))
	}
	again, err := theirs.Encode(got)
	if err != nil {
		t.Fatalf("%s: %v: %v", text, got, err)
	}
	// Maps have no order of their own in the oracle.
	if !strings.Contains(text, `"map"`) && !bytes.Equal(data, again) {
		t.Fatalf("%s: %v\n%x\n%x", text, v, data, again)
	}
	back, err := ours.Decode(again)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if round, err := ours.Encode(back); err != nil || !bytes.Equal(round, data) {
		t.Fatalf("%s: %v became %v, %v", text, v, back, err)
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	// From the specification's own table of test vectors.
	for text, want := range map[string]uint64{`"null"`: 0x63dd24e7cc258f8a, `"int"`: 0x7275d51a3f395c8f} {
		if got := parse(t, text).Fingerprint(); got != want {
			t.Errorf("%s: %016x, want %016x", text, got, want)
		}
	}
	s := parse(t, everything)
	v := sample(t, s, 3)
	single, err := s.EncodeSingle(v)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if _, err := oracle.MustParse(everything).DecodeSingleObject(single, &got); err != nil {
		t.Error(err)
	}
	if _, err := s.DecodeSingle(single); err != nil {
		t.Error(err)
	}
	if _, err := parse(t, `"int"`).DecodeSingle(single); err == nil || !strings.Contains(err.Error(), "another schema") {
		t.Errorf("got %v", err)
	}
}

func TestConfluentHeader(t *testing.T) {
	t.Parallel()
	data := append(avro.AppendConfluent(nil, 258), "rest"...)
	if id, rest, err := avro.CutConfluent(data); id != 258 || string(rest) != "rest" || err != nil || !bytes.HasPrefix(data, []byte{0, 0, 0, 1, 2}) {
		t.Errorf("%d %q %v %x", id, rest, err, data)
	}
	for _, bad := range []string{"", "\x00\x00\x00\x00", "\x01\x00\x00\x00\x01x"} {
		if _, _, err := avro.CutConfluent([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
