package registrydiff_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/internal/golden"
)

// Each block of testdata/pairs is a reason to be there, an old and a new schema,
// and what is said of them in both directions: "yes" or "no" with the registry's
// words for why, and what weft adds. FULL is both; with two versions the
// transitive levels are the same as the others.
func TestPairs(t *testing.T) {
	for name, kind := range map[string]registrydiff.Type{"avro": registrydiff.Avro, "json": registrydiff.JSON, "protobuf": registrydiff.Protobuf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := "testdata/pairs/" + name + ".txt"
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
				lines := strings.SplitN(block, "\n", 4)
				fmt.Fprintf(&out, "%s\n%s\n%s\n", lines[0], lines[1], lines[2])
				judged(t, &out, kind, lines[1], lines[2])
				out.WriteByte('\n')
			}
			golden.Assert(t, append(bytes.TrimSpace(out.Bytes()), '\n'), file)
		})
	}
}

func judged(t *testing.T, out *bytes.Buffer, kind registrydiff.Type, before, after string) {
	old, next := parse(t, kind, before), parse(t, kind, after)
	both := true
	for _, level := range []registrydiff.Level{registrydiff.Backward, registrydiff.Forward} {
		report := compare(t, level, next, old)
		both = both && report.Compatible
		word := "no "
		if report.Compatible {
			word = "yes"
		}
		fmt.Fprintf(out, "%-8s %s", strings.ToLower(string(level)), word)
		for _, p := range report.Problems {
			fmt.Fprintf(out, " %s %s", p.Kind, p.Path)
		}
		out.WriteByte('\n')
		for _, n := range report.Notes {
			fmt.Fprintf(out, "  note: %s\n", n.Message)
		}
		if transitive := compare(t, level+"_TRANSITIVE", next, old); transitive.Compatible != report.Compatible {
			t.Errorf("%s: %s and its transitive form differ", after, level)
		}
	}
	for _, level := range []registrydiff.Level{registrydiff.Full, registrydiff.FullTransitive} {
		if report := compare(t, level, next, old); report.Compatible != both {
			t.Errorf("%s: %s is not both directions", after, level)
		}
	}
	if !compare(t, registrydiff.None, next, old).Compatible {
		t.Errorf("%s: NONE refuses", after)
	}
}

func parse(t *testing.T, kind registrydiff.Type, text string) *registrydiff.Parsed {
	t.Helper()
	p, err := registrydiff.Parse(registrydiff.Schema{Type: kind, Text: text})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func compare(t *testing.T, level registrydiff.Level, next *registrydiff.Parsed, earlier ...*registrydiff.Parsed) *registrydiff.Report {
	t.Helper()
	var versions []registrydiff.Version
	for i, p := range earlier {
		versions = append(versions, registrydiff.Version{Number: i + 1, Schema: p})
	}
	report, err := registrydiff.Compare(level, next, versions)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// The levels that are not transitive look at the last version only.
func TestTransitiveLevelsLookAtAllVersions(t *testing.T) {
	record := func(fields string) *registrydiff.Parsed {
		return parse(t, registrydiff.Avro, `{"type":"record","name":"R","fields":[`+fields+`]}`)
	}
	const a, b, bDefault = `{"name":"a","type":"int"}`, `{"name":"b","type":"int"}`, `{"name":"b","type":"int","default":0}`
	for _, c := range []struct {
		name                 string
		first, second, third string
		last, all            map[registrydiff.Level]bool
	}{
		{
			"a default is taken away after it was needed", a, a + "," + bDefault, a + "," + b,
			map[registrydiff.Level]bool{registrydiff.Backward: true, registrydiff.Forward: true, registrydiff.Full: true},
			map[registrydiff.Level]bool{registrydiff.Backward: false, registrydiff.Forward: true, registrydiff.Full: false},
		},
		{
			"a field that old readers need goes in two steps", a + "," + b, a + "," + bDefault, a,
			map[registrydiff.Level]bool{registrydiff.Backward: true, registrydiff.Forward: true, registrydiff.Full: true},
			map[registrydiff.Level]bool{registrydiff.Backward: true, registrydiff.Forward: false, registrydiff.Full: false},
		},
	} {
		versions := []*registrydiff.Parsed{record(c.first), record(c.second)}
		next := record(c.third)
		for level, want := range c.last {
			if got := compare(t, level, next, versions...).Compatible; got != want {
				t.Errorf("%s: %s is %v", c.name, level, got)
			}
		}
		for level, want := range c.all {
			report := compare(t, level+"_TRANSITIVE", next, versions...)
			if report.Compatible != want {
				t.Errorf("%s: %s_TRANSITIVE is %v", c.name, level, report.Compatible)
			}
			for _, p := range report.Problems {
				if p.Version != 1 {
					t.Errorf("%s: the version blamed is %d", c.name, p.Version)
				}
			}
		}
	}
}

func TestSchemasOfDifferentTypesDoNotFollowOneAnother(t *testing.T) {
	report := compare(t, registrydiff.Backward, parse(t, registrydiff.JSON, `{}`), parse(t, registrydiff.Avro, `"int"`))
	if report.Compatible || report.Problems[0].Kind != "SCHEMA_TYPE_CHANGED" {
		t.Errorf("%+v", report)
	}
}

func TestWhatIsNoSchema(t *testing.T) {
	for _, c := range []struct {
		kind       registrydiff.Type
		text, want string
	}{
		{registrydiff.JSON, ``, "not JSON"},
		{registrydiff.JSON, `[]`, "an object, true or false"},
		{registrydiff.JSON, `{}{}`, "more than one value"},
		{registrydiff.JSON, `{"properties":{"a":3}}`, "there must be a schema"},
		{registrydiff.JSON, `{"type":"strnig"}`, "strnig"},
		{registrydiff.JSON, `{"$ref":"other.json"}`, "not among its references"},
		{registrydiff.JSON, `{"$ref":"#/definitions/none"}`, "leads nowhere"},
		{registrydiff.JSON, `{"allOf":{}}`, "a list of schemas"},
		{registrydiff.JSON, strings.Repeat(`{"not":`, 300) + `{}` + strings.Repeat(`}`, 300), "nested more than 200 deep"},
		{registrydiff.Avro, `{"type":"record"}`, "name"},
		{registrydiff.Avro, `{"type":"strnig"}`, "strnig"},
		{registrydiff.Avro, `{`, "not JSON"},
		{registrydiff.Protobuf, `message {`, "line 1"},
		{registrydiff.Protobuf, `import "other.proto";`, "other.proto"},
		{"XSD", `<a/>`, "not supported"},
	} {
		_, err := registrydiff.Parse(registrydiff.Schema{Type: c.kind, Text: c.text})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %.60q: %v, want %q", c.kind, c.text, err, c.want)
		}
	}
}

func TestReferencesByName(t *testing.T) {
	for _, c := range []struct {
		kind     registrydiff.Type
		text     string
		old, new []registrydiff.Used
		fine     bool
	}{
		{
			registrydiff.JSON, `{"properties":{"a":{"$ref":"a.json#/definitions/x"}}}`,
			[]registrydiff.Used{{Name: "a.json", Text: `{"definitions":{"x":{"type":"integer"}}}`}},
			[]registrydiff.Used{{Name: "a.json", Text: `{"definitions":{"x":{"type":"number"}}}`}},
			true,
		},
		{
			registrydiff.JSON, `{"properties":{"a":{"$ref":"https://shop.example/a"}}}`,
			[]registrydiff.Used{{Name: "https://shop.example/a", Text: `{"type":"number"}`}},
			[]registrydiff.Used{{Name: "a.json", Text: `{"$id":"https://shop.example/a","type":"integer"}`}},
			false,
		},
		{
			registrydiff.Avro, `{"type":"record","name":"R","fields":[{"name":"a","type":"x.A"}]}`,
			[]registrydiff.Used{{Name: "x.A", Text: `{"type":"record","name":"A","namespace":"x","fields":[]}`}},
			[]registrydiff.Used{{Name: "x.A", Text: `{"type":"record","name":"A","namespace":"x","fields":[{"name":"n","type":"int"}]}`}},
			false,
		},
	} {
		var parsed []*registrydiff.Parsed
		for _, uses := range [][]registrydiff.Used{c.old, c.new} {
			p, err := registrydiff.Parse(registrydiff.Schema{Type: c.kind, Text: c.text, Uses: uses})
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, p)
		}
		if got := compare(t, registrydiff.Backward, parsed[1], parsed[0]); got.Compatible != c.fine {
			t.Errorf("%s: %+v", c.text, got)
		}
	}
}

func TestFormsThatAreTheSame(t *testing.T) {
	for _, c := range []struct {
		kind              registrydiff.Type
		one, other        string
		canonical, normal bool
	}{
		{registrydiff.Avro, ` "string" `, `{"type":"string"}`, true, true},
		{registrydiff.Avro, `{"name":"R","type":"record","namespace":"a","fields":[{"type":"int","name":"x"}]}`, `{"type":"record","name":"a.R","fields":[{"name":"x","type":{"type":"int"}}]}`, true, true},
		{registrydiff.Avro, `{"type":"long","logicalType":"date","x":1,"b":2}`, `{"type":"long","b":2,"x":1,"logicalType":"date"}`, false, true},
		{registrydiff.Avro, `{"type":"record","name":"R","fields":[],"doc":"a"}`, `{"type":"record","name":"R","fields":[]}`, false, false},
		{registrydiff.JSON, `{ "type": "string", "title": "A" }`, `{"type":"string","title":"A"}`, true, true},
		{registrydiff.JSON, `{"type":"string","title":"A"}`, `{"title":"A","type":"string"}`, false, true},
		{registrydiff.Protobuf, `syntax="proto3"; message M{}`, "syntax=\"proto3\"; // it\nmessage M{}", false, true},
		{registrydiff.Protobuf, `syntax="proto3"; message M{}`, `syntax="proto3"; message N{}`, false, false},
	} {
		a, b := parse(t, c.kind, c.one), parse(t, c.kind, c.other)
		if (a.Canonical() == b.Canonical()) != c.canonical {
			t.Errorf("canonical: %s | %s", a.Canonical(), b.Canonical())
		}
		if (a.Normalized() == b.Normalized()) != c.normal {
			t.Errorf("normalized: %s | %s", a.Normalized(), b.Normalized())
		}
		parse(t, c.kind, a.Canonical())
		parse(t, c.kind, a.Normalized())
	}
}
