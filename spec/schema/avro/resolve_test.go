package avro_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	oracle "github.com/twmb/avro"

	"github.com/weft-dev/weft/spec/schema/avro"
)

func resolve(t testing.TB, reader, writer string) *avro.Resolution {
	t.Helper()
	r, err := avro.Resolve(parse(t, reader), parse(t, writer))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMismatches(t *testing.T) {
	t.Parallel()
	record := func(fields string) string { return `{"type":"record","name":"R","fields":[` + fields + `]}` }
	for _, c := range []struct {
		name, reader, writer string
		kind                 avro.MismatchKind
		at, path, words      string
	}{
		{"the same", `"int"`, `"int"`, "", "", "", ""},
		{"promotion", `"double"`, `"int"`, "", "", "", ""},
		{"no demotion", `"int"`, `"long"`, avro.TypeMismatch, "", "/", "takes an int, and the writer writes a long"},
		{"text as bytes", `"bytes"`, `"string"`, "", "", "", ""},
		{"field without default", record(`{"name":"a","type":"int"}`), record(``), avro.MissingDefault, "", "/fields/0", `asks for the field "a"`},
		{"field with default", record(`{"name":"a","type":"int","default":1}`), record(``), "", "", "", ""},
		{"alias", record(`{"name":"b","aliases":["a"],"type":"long"}`), record(`{"name":"a","type":"int"}`), "", "", "", ""},
		{"two for one", record(`{"name":"b","aliases":["a"],"type":"long"}`), record(`{"name":"a","type":"int"},{"name":"b","type":"int"}`), avro.AmbiguousField, "", "/fields/0", `stands for "b" and "a"`},
		{"deep", record(`{"name":"l","type":{"type":"array","items":{"type":"map","values":"int"}}}`), record(`{"name":"l","type":{"type":"array","items":{"type":"map","values":"string"}}}`), avro.TypeMismatch, ".l[].*", "/fields/0/type/items/values", "l[].*: the reader takes an int"},
		{"another record", `{"type":"record","name":"a.R","fields":[]}`, `{"type":"record","name":"a.S","fields":[]}`, avro.NameMismatch, "", "/name", "an alias of the reader"},
		{"another namespace", `{"type":"record","name":"a.R","fields":[]}`, `{"type":"record","name":"b.R","fields":[]}`, "", "", "", ""},
		{"an alias of the type", `{"type":"record","name":"a.R","aliases":["S"],"fields":[]}`, `{"type":"record","name":"a.S","fields":[]}`, "", "", "", ""},
		{"symbols", `{"type":"enum","name":"E","symbols":["A"]}`, `{"type":"enum","name":"E","symbols":["A","B","C"]}`, avro.MissingEnumSymbols, "", "/symbols", `may write "B" and "C"`},
		{"symbols with a default", `{"type":"enum","name":"E","symbols":["A"],"default":"A"}`, `{"type":"enum","name":"E","symbols":["A","B"]}`, "", "", "", ""},
		{"size", `{"type":"fixed","name":"F","size":2}`, `{"type":"fixed","name":"F","size":3}`, avro.FixedSizeMismatch, "", "/size", "takes 2 bytes"},
		{"branch", `["null","int"]`, `["null","string"]`, avro.MissingUnionBranch, "", "/1", "may write a string, for which the reader's union of null, int has no branch"},
		{"into a union", `["null","int"]`, `"int"`, "", "", "", ""},
		{"into a union by promotion", `["null","double"]`, `"int"`, "", "", "", ""},
		{"out of a union", `"int"`, `["int"]`, "", "", "", ""},
		{"out of a larger union", `"int"`, `["null","int"]`, avro.TypeMismatch, "", "/", "the writer writes null"},
		{"a branch that does not fit", `["null",` + record(`{"name":"a","type":"int"}`) + `]`, record(``), avro.MissingUnionBranch, "", "/", `that fits: the reader asks for the field "a"`},
		{"decimals", `{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, `{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}`, avro.DecimalMismatch, "", "/", "another number would be read"},
		{"recursive", `{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]},{"name":"v","type":"long"}]}`, `{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]},{"name":"v","type":"int"}]}`, "", "", "", ""},
		{"recursive and wrong", `{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]},{"name":"v","type":"int"}]}`, `{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]},{"name":"v","type":"long"}]}`, avro.TypeMismatch, ".v", "/fields/1/type", "v: "},
	} {
		r := resolve(t, c.reader, c.writer)
		if r.Readable() != (c.kind == "") || r.Readable() != (len(r.Mismatches) == 0) {
			t.Errorf("%s: readable %v: %v", c.name, r.Readable(), r.Mismatches)
			continue
		}
		if c.kind == "" {
			continue
		}
		m := r.Mismatches[0]
		if m.Kind != c.kind || m.At != c.at || m.ReaderPath != c.path || !strings.Contains(m.Message, c.words) {
			t.Errorf("%s: got %s at %q (%s): %s", c.name, m.Kind, m.At, m.ReaderPath, m.Message)
		}
		if m.ReaderNode() == nil || m.WriterNode() == nil {
			t.Errorf("%s: no places", c.name)
		}
		proven(t, r, &m)
	}
}

// proven makes a witness of a mismatch and sees that it is one.
func proven(t *testing.T, r *avro.Resolution, m *avro.Mismatch) {
	t.Helper()
	v, err := r.Witness(m)
	if err != nil {
		t.Errorf("%s: %v", m.Message, err)
		return
	}
	data, err := r.Writer.Encode(v)
	if err != nil {
		t.Errorf("%s: %v is not written: %v", m.Message, v, err)
		return
	}
	if got, err := r.Decode(data); err == nil {
		t.Errorf("%s: %v is read, as %v", m.Message, v, got)
	}
}

func TestAllMismatchesAreTold(t *testing.T) {
	t.Parallel()
	r := resolve(t,
		`{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"},{"name":"c","type":{"type":"record","name":"S","fields":[{"name":"d","type":"int"}]}}]}`,
		`{"type":"record","name":"R","fields":[{"name":"b","type":"string"},{"name":"c","type":{"type":"record","name":"T","fields":[]}}]}`)
	var kinds []avro.MismatchKind
	for _, m := range r.Mismatches {
		kinds = append(kinds, m.Kind)
		proven(t, r, &m)
	}
	if want := []avro.MismatchKind{avro.MissingDefault, avro.TypeMismatch, avro.NameMismatch, avro.MissingDefault}; !cmp.Equal(want, kinds) {
		t.Error(cmp.Diff(want, kinds))
	}
}

func TestReadersMakeTheirOwnOfWhatWasWritten(t *testing.T) {
	t.Parallel()
	const writer = `{"type":"record","name":"R","fields":[{"name":"gone","type":{"type":"array","items":"string"}},{"name":"n","type":"int"},
		{"name":"size","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"old","type":["null","string"]}]}`
	const reader = `{"type":"record","name":"x.R","fields":[{"name":"new","type":{"type":"array","items":"int"},"default":[1]},{"name":"fresh","aliases":["old"],"type":["bytes","null"]},
		{"name":"n","type":["null","double"]},{"name":"size","type":{"type":"enum","name":"E","symbols":["A","OTHER"],"default":"OTHER"}}]}`
	r := resolve(t, reader, writer)
	data, err := r.Writer.Encode(value(t, `{"gone":["x"],"n":3,"size":"B","old":"y"}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Decode(data)
	if want := value(t, `{"new":[1],"fresh":"y","n":3,"size":"OTHER"}`); err != nil || !cmp.Equal(want, got) {
		t.Errorf("%v %s", err, cmp.Diff(want, got))
	}
}

// TestRandomPairsAgainstAnotherLibrary holds verdicts against the oracle's, and
// what is read against what it reads.
func TestRandomPairsAgainstAnotherLibrary(t *testing.T) {
	t.Parallel()
	verdicts := map[bool]int{}
	for seed := range uint64(6000) {
		m := &maker{rng: rand.New(rand.NewPCG(seed, 11))}
		first := m.record(4)
		before, after := encode(t, first), encode(t, m.change(first))
		writer, w, ok := both(t, before)
		reader, r, ok2 := both(t, after)
		if !ok || !ok2 {
			continue
		}
		res, err := avro.Resolve(reader, writer)
		if err != nil {
			t.Fatal(err)
		}
		verdict := oracle.CheckCompatibility(w, r)
		verdicts[verdict == nil]++
		if verdict == nil && byBareAlias(res) {
			continue
		}
		if res.Readable() != (verdict == nil) {
			t.Fatalf("reader %s\nwriter %s\nours: %v\ntheirs: %v", after, before, res.Mismatches, verdict)
		}
		for i := range res.Mismatches {
			proven(t, res, &res.Mismatches[i])
		}
		if res.Readable() {
			readAlike(t, res, w, r, seed)
		}
	}
	if verdicts[true] < 500 || verdicts[false] < 500 {
		t.Errorf("the pairs are one-sided: %v", verdicts)
	}
}

// byBareAlias reports whether all that we find wrong are names that the oracle
// takes for one. An alias that is written without a namespace is in that of the
// type, as the specification and Java have it; the oracle takes it in any.
func byBareAlias(res *avro.Resolution) bool {
	bare := func(reader, writer *avro.Type) bool {
		return slices.ContainsFunc(reader.Aliases, func(alias string) bool {
			return alias[strings.LastIndexByte(alias, '.')+1:] == writer.Name[strings.LastIndexByte(writer.Name, '.')+1:]
		})
	}
	var all func(list []avro.Mismatch) bool
	all = func(list []avro.Mismatch) bool {
		return len(list) > 0 && !slices.ContainsFunc(list, func(m avro.Mismatch) bool {
			return !bare(m.Reader, m.Writer) && !all(m.Causes) &&
				!slices.ContainsFunc(m.Reader.Branches, func(b *avro.Type) bool { return bare(b, m.Writer) })
		})
	}
	return all(res.Mismatches)
}

func readAlike(t *testing.T, res *avro.Resolution, w, r *oracle.Schema, seed uint64) {
	t.Helper()
	v, err := res.Writer.Sample(seed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := res.Writer.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	got, err := res.Decode(data)
	if err != nil && strings.Contains(err.Error(), "UTF-8") {
		return // bytes may be read as text, but these are none; the oracle does not look
	}
	if err != nil {
		t.Fatalf("%v: %v", v, err)
	}
	ours, err := res.Reader.Encode(got)
	if err != nil {
		t.Fatalf("%v: %v", got, err)
	}
	resolved, err := oracle.Resolve(w, r)
	if err != nil {
		t.Fatal(err)
	}
	var their any
	if _, err := resolved.Decode(data, &their, oracle.TaggedUnions()); err != nil {
		t.Fatalf("%v: %v", v, err)
	}
	theirs, err := r.Encode(their)
	if err != nil {
		t.Fatalf("%v: %v", their, err)
	}
	back, err := res.Reader.Decode(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := res.Reader.Encode(back); err != nil || string(again) != string(ours) {
		t.Fatalf("%v is read as %v by us and as %v by them, %v", v, got, their, err)
	}
}
