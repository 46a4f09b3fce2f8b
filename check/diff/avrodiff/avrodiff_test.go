package avrodiff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	oracle "github.com/twmb/avro"

	"github.com/weft-dev/weft/check/diff/avrodiff"
	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func parse(t testing.TB, text string) *avro.Schema {
	t.Helper()
	n, found := tree.Parse(source.NewFile("memory:///a.avsc", "a.avsc", []byte(text)), tree.Options{})
	if n == nil {
		t.Fatalf("%s: %v", text, found)
	}
	s, err := avro.Parse(n)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

const (
	yes = schemadiff.Accepted
	no  = schemadiff.Refused
)

func record(fields ...string) string {
	return `{"type":"record","name":"Order","namespace":"shop","fields":[` + strings.Join(fields, ",") + `]}`
}

func field(rest string) string { return `{"name":"f","type":` + rest + `}` }

func enum(rest string) string { return `{"type":"enum","name":"Size","symbols":` + rest + `}` }

func fixed(rest string) string { return `{"type":"fixed","name":"Key","size":` + rest + `}` }

func decimal(p, s int) string {
	return fmt.Sprintf(`{"type":"bytes","logicalType":"decimal","precision":%d,"scale":%d}`, p, s)
}

// TestChanges goes through what can change. Forward is whether readers of the
// old version read the new, backward the other way.
func TestChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, old, new    string
		forward, backward schemadiff.Verdict
		kinds             string
	}{
		{"nothing", record(field(`"int"`)), record(field(`"int"`)), yes, yes, ""},
		{"doc", record(`{"name":"f","type":"int","doc":"old"}`), record(`{"name":"f","type":"int","doc":"new"}`), yes, yes, ""},
		{"order of fields", record(field(`"int"`), `{"name":"g","type":"int"}`), record(`{"name":"g","type":"int"}`, field(`"int"`)), yes, yes, ""},
		{"field added without default", record(), record(field(`"int"`)), yes, no, "avro-field-added<"},
		{"field added with default", record(), record(`{"name":"f","type":"int","default":1}`), yes, yes, "avro-field-added"},
		{"field removed without default", record(field(`"int"`)), record(), no, yes, "avro-field-removed>"},
		{"field removed with default", record(`{"name":"f","type":"int","default":1}`), record(), yes, yes, "avro-field-removed"},
		{"optional field added", record(), record(`{"name":"f","type":["null","int"],"default":null}`), yes, yes, "avro-field-added"},
		{"optional field added without default", record(), record(field(`["null","int"]`)), yes, no, "avro-field-added<"},
		{"field renamed", record(field(`"int"`)), record(`{"name":"g","type":"int"}`), no, no, "avro-field-added< avro-field-removed>"},
		{"field renamed with alias", record(field(`"int"`)), record(`{"name":"g","aliases":["f"],"type":"int"}`), no, yes, "avro-field-renamed>"},
		{"field renamed with alias and default", record(`{"name":"f","type":"int","default":0}`), record(`{"name":"g","aliases":["f"],"type":"int","default":0}`), yes, yes, "avro-field-renamed"},
		{"alias added", record(field(`"int"`)), record(`{"name":"f","aliases":["e"],"type":"int"}`), yes, yes, "avro-alias-changed"},
		{"default added", record(field(`"int"`)), record(`{"name":"f","type":"int","default":1}`), yes, yes, "avro-default-added"},
		{"default removed", record(`{"name":"f","type":"int","default":1}`), record(field(`"int"`)), yes, yes, "avro-default-removed"},
		{"default changed", record(`{"name":"f","type":"int","default":1}`), record(`{"name":"f","type":"int","default":2}`), yes, yes, "avro-default-changed"},
		{"int to long", record(field(`"int"`)), record(field(`"long"`)), no, yes, "avro-type-changed>"},
		{"int to float", record(field(`"int"`)), record(field(`"float"`)), no, yes, "avro-type-changed>"},
		{"long to int", record(field(`"long"`)), record(field(`"int"`)), yes, no, "avro-type-changed<"},
		{"long to double", record(field(`"long"`)), record(field(`"double"`)), no, yes, "avro-type-changed>"},
		{"float to double", record(field(`"float"`)), record(field(`"double"`)), no, yes, "avro-type-changed>"},
		{"string to bytes", record(field(`"string"`)), record(field(`"bytes"`)), yes, yes, "avro-type-changed"},
		{"int to string", record(field(`"int"`)), record(field(`"string"`)), no, no, "avro-type-changed<>"},
		{"became nullable", record(field(`"int"`)), record(field(`["null","int"]`)), no, yes, "avro-branch-added>"},
		{"no longer nullable", record(field(`["null","int"]`)), record(field(`"int"`)), yes, no, "avro-branch-removed<"},
		{"branch added", record(field(`["null","int"]`)), record(field(`["null","int","string"]`)), no, yes, "avro-branch-added>"},
		{"branch removed", record(field(`["null","int","string"]`)), record(field(`["null","int"]`)), yes, no, "avro-branch-removed<"},
		{"branch changed", record(field(`["null","int"]`)), record(field(`["null","long"]`)), no, yes, "avro-type-changed>"},
		{"branches moved", record(field(`["null","int"]`)), record(field(`["int","null"]`)), yes, yes, ""},
		{"field in a branch", record(field(`["null",{"type":"record","name":"S","fields":[]}]`)), record(field(`["null",{"type":"record","name":"S","fields":[{"name":"x","type":"int"}]}]`)), yes, no, "avro-field-added<"},
		{"symbol added", enum(`["A"]`), enum(`["A","B"]`), no, yes, "avro-symbol-added>"},
		{"symbol added, default", enum(`["A"],"default":"A"`), enum(`["A","B"],"default":"A"`), yes, yes, "avro-symbol-added"},
		{"symbol removed", enum(`["A","B"]`), enum(`["A"]`), yes, no, "avro-symbol-removed<"},
		{"symbols moved", enum(`["A","B"]`), enum(`["B","A"]`), yes, yes, "avro-symbol-moved"},
		{"enum default removed", enum(`["A"],"default":"A"`), enum(`["A"]`), yes, yes, "avro-enum-default"},
		{"size", fixed("4"), fixed("8"), no, no, "avro-size-changed<>"},
		{"type renamed", fixed("4"), `{"type":"fixed","name":"Id","size":4}`, no, no, "avro-type-renamed<>"},
		{"type renamed with alias", fixed("4"), `{"type":"fixed","name":"Id","aliases":["Key"],"size":4}`, no, yes, "avro-type-renamed>"},
		{"another namespace", `{"type":"fixed","name":"a.Key","size":4}`, `{"type":"fixed","name":"b.Key","size":4}`, yes, yes, "avro-type-renamed"},
		{"scale", decimal(4, 2), decimal(4, 1), no, no, "avro-logical-type<>"},
		{"precision", decimal(4, 2), decimal(6, 2), no, no, "avro-logical-type<>"},
		{"decimal no longer", decimal(4, 2), `"bytes"`, yes, yes, "avro-logical-type"},
		{"millis to micros", `{"type":"long","logicalType":"timestamp-millis"}`, `{"type":"long","logicalType":"timestamp-micros"}`, yes, yes, "avro-logical-type"},
		{"sort order", record(field(`"int"`)), record(`{"name":"f","type":"int","order":"descending"}`), yes, yes, "avro-sort-order"},
		{"deep", record(field(`{"type":"array","items":{"type":"map","values":"int"}}`)), record(field(`{"type":"array","items":{"type":"map","values":"long"}}`)), no, yes, "avro-type-changed>"},
		{
			"recursive", record(`{"name":"next","type":["null","Order"]}`, field(`"int"`)), record(`{"name":"next","type":["null","Order"]}`, field(`"long"`)),
			no, yes, "avro-type-changed>",
		},
		{"a definition that moved", record(`{"name":"a","type":`+fixed("2")+`}`, `{"name":"b","type":"Key"}`), record(`{"name":"b","type":`+fixed("2")+`}`, `{"name":"a","type":"Key"}`), yes, yes, ""},
	} {
		c1 := avrodiff.Compare(parse(t, c.old), parse(t, c.new))
		if c1.Forward != c.forward || c1.Backward != c.backward || kinds(c1, ">", "<") != c.kinds {
			t.Errorf("%s: forward %v, backward %v, %s %s", c.name, c1.Forward, c1.Backward, kinds(c1, ">", "<"), c1.Reason)
		}
		proofs(t, c.name, c.old, c.new, c1)
		// The other direction of time has the other verdicts.
		c2 := avrodiff.Compare(parse(t, c.new), parse(t, c.old))
		if c2.Forward != c.backward || c2.Backward != c.forward {
			t.Errorf("%s, backwards: forward %v, backward %v, %s", c.name, c2.Forward, c2.Backward, kinds(c2, ">", "<"))
		}
		proofs(t, c.name, c.new, c.old, c2)
	}
}

// kinds lists the changes, each with the directions that it breaks.
func kinds(c *avrodiff.Comparison, forward, backward string) string {
	var list []string
	for _, change := range c.Changes {
		s := string(change.Kind)
		if change.Backward != nil {
			s += backward
		}
		if change.Forward != nil {
			s += forward
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// proofs sees, by the other library alone, that each witness is written by one
// version and not read by the other.
func proofs(t *testing.T, name, before, after string, c *avrodiff.Comparison) {
	t.Helper()
	for _, change := range c.Changes {
		proof(t, name, before, after, change.Forward)
		proof(t, name, after, before, change.Backward)
		if change.Before == nil || change.After == nil {
			t.Errorf("%s: %s has no places", name, change.Kind)
		}
	}
}

func proof(t *testing.T, name, reader, writer string, b *avrodiff.Break) {
	t.Helper()
	if b == nil {
		return
	}
	if b.Doubt != "" {
		t.Errorf("%s: %s", name, b.Doubt)
		return
	}
	if b.Refusal == "" || b.Mismatch.Message == "" {
		t.Errorf("%s: nothing is said", name)
	}
	data, err := parse(t, writer).Encode(b.Witness)
	if err != nil {
		t.Errorf("%s: %v: %v", name, b.Witness, err)
		return
	}
	w, r := oracle.MustParse(writer), oracle.MustParse(reader)
	var v any
	if _, err := w.Decode(data, &v); err != nil {
		t.Errorf("%s: the witness %v is not what the writer writes: %v", name, b.Witness, err)
	}
	resolved, err := oracle.Resolve(w, r)
	if err != nil {
		return
	}
	if _, err := resolved.Decode(data, &v); err == nil && !nullable(b) {
		t.Errorf("%s: the witness %v is read", name, b.Witness)
	}
}

// TestVerdictsAgreeWithAnotherLibrary compares thousands of pairs of schemas.
func TestVerdictsAgreeWithAnotherLibrary(t *testing.T) {
	t.Parallel()
	seen := map[schemadiff.Verdict]int{}
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 5))
		before, after := random(t, rng), random(t, rng)
		c := avrodiff.Compare(parse(t, before), parse(t, after))
		for _, side := range []struct {
			verdict        schemadiff.Verdict
			reader, writer string
		}{{c.Forward, before, after}, {c.Backward, after, before}} {
			want := schemadiff.Accepted
			if oracle.CheckCompatibility(oracle.MustParse(side.writer), oracle.MustParse(side.reader)) != nil {
				want = schemadiff.Refused
			}
			seen[side.verdict]++
			if side.verdict == no && want == yes && onlyNullable(c, side.reader == before) {
				continue
			}
			if side.verdict != want {
				t.Fatalf("reader %s\nwriter %s: %v, want %v: %s", side.reader, side.writer, side.verdict, want, c.Reason)
			}
		}
		proofs(t, "random", before, after, c)
	}
	if seen[yes] < 400 || seen[no] < 400 {
		t.Errorf("the pairs are one-sided: %v", seen)
	}
}

// nullable reports whether a break is of a field that may be null and has no
// default. By the specification, and in Java, a reader needs a default for what
// was not written; the other library takes null.
func nullable(b *avrodiff.Break) bool {
	m := b.Mismatch
	return m.Kind == avro.MissingDefault && len(m.Field.Type.Branches) > 0 && m.Field.Type.Branches[0].Kind == avro.Null
}

func onlyNullable(c *avrodiff.Comparison, forward bool) bool {
	return !slices.ContainsFunc(c.Changes, func(change avrodiff.Change) bool {
		b := change.Backward
		if forward {
			b = change.Forward
		}
		return b != nil && !nullable(b)
	})
}

// random makes an order of which two are versions of one another.
func random(t testing.TB, rng *rand.Rand) string {
	t.Helper()
	types := []string{
		`"int"`, `"long"`, `["null","int"]`, `["null","long","string"]`, `"string"`, `"bytes"`, `["string","null"]`,
		`{"type":"array","items":"int"}`, `{"type":"array","items":["null","long"]}`, decimal(4, 2), decimal(4, 1),
		`["null","Order"]`,
	}
	named := []string{
		enum(`["A","B"]`), enum(`["A","C"],"default":"A"`), fixed("4"), fixed("5"),
		`["null",{"type":"record","name":"Line","fields":[{"name":"n","type":"int"}]}]`,
		`{"type":"record","name":"Line","fields":[{"name":"n","type":"long"},{"name":"m","type":"string","default":""}]}`,
	}
	var fields []string
	rng.Shuffle(len(named), func(i, j int) { named[i], named[j] = named[j], named[i] })
	for i, name := range []string{"a", "b", "c"} {
		if rng.IntN(5) == 0 {
			continue
		}
		text, extra := types[rng.IntN(len(types))], ""
		switch {
		case i == 0 && rng.IntN(2) == 0:
			text = named[0]
		case rng.IntN(2) == 0:
			text = `"int"`
			if rng.IntN(2) == 0 {
				extra = `,"default":1`
			}
		}
		fields = append(fields, fmt.Sprintf(`{"name":%q,"type":%s%s}`, name, text, extra))
	}
	if rng.IntN(3) == 0 {
		fields = append(fields, `{"name":"d","type":"int","aliases":["e"],"default":2}`)
	}
	return record(fields...)
}

func TestStandaloneSchemasSayTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		s := parse(t, random(t, rand.New(rand.NewPCG(seed, 9))))
		text, err := schema.EncodeJSON(s.Standalone().Value())
		if err != nil {
			t.Fatal(err)
		}
		again := parse(t, string(text))
		if c := avrodiff.Compare(s, again); len(c.Changes) > 0 || s.Fingerprint() != again.Fingerprint() {
			t.Errorf("%s: %v", text, c.Changes)
		}
	}
}
