package avro_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func node(t testing.TB, text string) *tree.Node {
	t.Helper()
	n, found := tree.Parse(source.NewFile("memory:///order.avsc", "order.avsc", []byte(text)), tree.Options{})
	if n == nil {
		t.Fatalf("%s: %v", text, found)
	}
	return n
}

func parse(t testing.TB, text string) *avro.Schema {
	t.Helper()
	s, err := avro.Parse(node(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func value(t testing.TB, text string) any {
	t.Helper()
	v, err := schema.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func check(t testing.TB, text, version string) []diag.Diagnostic {
	t.Helper()
	return avro.New(nil).Check(t.Context(), node(t, text), schema.Format{Family: schema.Avro, Version: version})
}

// seeds are the schemas of the order example.
func seeds(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(corpus.Seeds(t), "order-demo", "*.avsc"))
	if err != nil || len(files) != 4 {
		t.Fatalf("the seeds are %v, %v", files, err)
	}
	texts := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(f)] = string(data)
	}
	return texts
}

func TestExamplesOfRules(t *testing.T) {
	t.Parallel()
	rules := avro.Rules()
	for i, rule := range rules {
		if i > 0 && rules[i-1].Code >= rule.Code {
			t.Errorf("%s is not in its place", rule.Code)
		}
		if rule.Summary == "" || rule.Why == "" || rule.Severity == 0 {
			t.Errorf("%s is not complete", rule.Code)
		}
		if rule.Good == "" {
			continue
		}
		for _, d := range check(t, rule.Good, "") {
			t.Errorf("%s: good: %s %s: %s", rule.Code, d.Path, d.Code, d.Message)
		}
		found := check(t, rule.Bad, "")
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Code == rule.Code && d.Severity == rule.Severity }) {
			t.Errorf("%s: bad: the findings are %v", rule.Code, found)
		}
		for _, d := range found {
			if d.Code != rule.Code {
				t.Errorf("%s: bad: %s %s: %s", rule.Code, d.Path, d.Code, d.Message)
			}
		}
	}
}

func TestFaultsAreToldWhereTheyStand(t *testing.T) {
	t.Parallel()
	field := func(rest string) string {
		return `{"type":"record","name":"R","namespace":"a.b","fields":[{"name":"f",` + rest + `}]}`
	}
	for _, c := range []struct {
		schema, version string
		code            diag.Code
		path            string
		want            string // in the message, or in the help after " | "
	}{
		{`"strng"`, "", avro.CodeUnknownType, "", `did you mean "string"?`},
		{`"Int"`, "", avro.CodeUnknownType, "", `write "int"`},
		{`"integer"`, "", avro.CodeUnknownType, "", `Avro calls it "int"`},
		{`"uuid"`, "", avro.CodeUnknownType, "", `{"type": "string", "logicalType": "uuid"}`},
		{`3`, "", avro.CodeType, "", "is a number"},
		{`[]`, "", avro.CodeRequired, "", "at least one schema"},
		{field(`"type":"array","items":"string"`), "", avro.CodeUnknownType, "/fields/0/type", `write {"type": "array", …}`},
		{`{"typ":"string"}`, "", avro.CodeRequired, "", `is "typ" meant to be it?`},
		{`{"fields":[]}`, "", avro.CodeRequired, "", `probably {"type": "record"}`},
		{`{"type":"record","name":"R"}`, "", avro.CodeRequired, "", `"fields": []`},
		{`{"type":"record","fields":[]}`, "", avro.CodeRequired, "", `needs "name"`},
		{`{"type":"enum","name":"E"}`, "", avro.CodeRequired, "", `needs "symbols"`},
		{`{"type":"enum","name":"E","symbols":[]}`, "", avro.CodeRequired, "/symbols", "at least one"},
		{`{"type":"enum","name":"E","symbols":["a-b"]}`, "", avro.CodeName, "/symbols/0", `for example "a_b"`},
		{`{"type":"map"}`, "", avro.CodeRequired, "", `needs "values"`},
		{`{"type":"fixed","name":"F"}`, "", avro.CodeRequired, "", `needs "size"`},
		{`{"type":"fixed","name":"F","size":1.5}`, "", avro.CodeSize, "/size", "is 1.5"},
		{`{"type":"fixed","name":"int","size":1}`, "", avro.CodeName, "/name", "Avro's own"},
		{`{"type":"fixed","name":"a..F","size":1}`, "", avro.CodeName, "/name", "not a name"},
		{field(`"type":["null","string"],"default":"x"`), "1.11.0", avro.CodeDefault, "/fields/0/default", `put "string" first in the union`},
		{field(`"type":"int","default":null`), "", avro.CodeDefault, "/fields/0/default", `["null", "int"]`},
		{field(`"type":["null","int"],"default":"null"`), "", avro.CodeDefault, "/fields/0/default", "without quotes"},
		{field(`"type":"int","default":2147483648`), "", avro.CodeDefault, "/fields/0/default", "32 bits"},
		{field(`"type":"bytes","default":"€"`), "", avro.CodeDefault, "/fields/0/default", `\u00FF`},
		{field(`"type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2},"default":1.5`), "", avro.CodeDefault, "/fields/0/default", "not a number"},
		{field(`"type":{"type":"array","items":"int"},"default":[1,"2"]`), "", avro.CodeDefault, "/fields/0/default", "[1]: must be a whole number"},
		{field(`"type":{"type":"record","name":"S","fields":[{"name":"x","type":"int"}]},"default":{}`), "", avro.CodeDefault, "/fields/0/default", `needs "x"`},
		{field(`"type":"long","order":"asc"`), "", avro.CodeType, "/fields/0/order", "ascending"},
		{field(`"type":{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":10}`), "", avro.CodeDecimal, "/fields/0/type/precision", "make the size 5"},
		{field(`"type":{"type":"bytes","logicalType":"decimal","precision":2,"scale":3}`), "", avro.CodeDecimal, "/fields/0/type/scale", "larger than its precision"},
		{field(`"type":{"type":"bytes","logicalType":"decimal","precision":1000000000}`), "", avro.CodeDecimal, "/fields/0/type/precision", "not supported"},
		{field(`"type":{"type":"int","logicalType":"timestamp-millis"}`), "", avro.CodeLogical, "/fields/0/type/logicalType", "it is for a long"},
		{field(`"type":{"type":"long","logicalType":"timestamp-mills"}`), "", avro.CodeLogical, "/fields/0/type/logicalType", `did you mean "timestamp-millis"?`},
		{field(`"type":{"type":"fixed","name":"D","size":11,"logicalType":"duration"}`), "", avro.CodeLogical, "/fields/0/type/logicalType", "a size of 12"},
		{field(`"type":{"type":"long","logicalType":"timestamp-nanos"}`), "1.9.0", avro.CodeVersion, "/fields/0/type/logicalType", "it came with 1.12"},
		{field(`"type":"X"},{"name":"g","type":{"type":"fixed","name":"X","size":1}`), "", avro.CodeUnknownType, "/fields/0/type", "before it is defined"},
		{field(`"type":"S"},{"name":"g","type":{"type":"fixed","name":"S","namespace":"c","size":1}`), "", avro.CodeUnknownType, "/fields/0/type", `the whole name, "c.S"`},
		{field(`"type":"int","aliases":["g"]},{"name":"g","type":"int"`), "", avro.CodeAlias, "/fields/0/aliases/0", "another field"},
		{field(`"type":"int","defualt":1`), "", avro.CodeMisspelt, "/fields/0/defualt", `did you mean "default"?`},
		{field(`"type":"a.b.R"`), "", avro.CodeEndless, "/fields/0", "no value of it ends"},
	} {
		found := check(t, c.schema, c.version)
		if len(found) != 1 {
			t.Errorf("%s: %d findings: %v", c.schema, len(found), found)
			continue
		}
		d := found[0]
		if d.Code != c.code || d.Path != c.path || !strings.Contains(d.Message+" | "+d.Help, c.want) {
			t.Errorf("%s:\n got %s at %q: %s | %s\nwant %s at %q: %s", c.schema, d.Code, d.Path, d.Message, d.Help, c.code, c.path, c.want)
		}
		if !d.Span.IsValid() || d.Span.End > len(d.Span.File.Data()) {
			t.Errorf("%s: the place is %v", c.schema, d.Span)
		}
	}
}

func TestDefaultsOfUnionsGoByTheVersion(t *testing.T) {
	t.Parallel()
	const text = `{"type":"record","name":"R","fields":[{"name":"f","type":["null","string"],"default":"x"}]}`
	for version, want := range map[string]diag.Severity{"1.12.0": 0, "": diag.Warning, "1.9.0": diag.Error} {
		if got := diag.Worst(check(t, text, version)); got != want {
			t.Errorf("%q: got %v, want %v", version, got, want)
		}
	}
}

func TestNamesAreQualifiedByWhatIsAround(t *testing.T) {
	t.Parallel()
	s := parse(t, `{"type":"record","name":"a.b.R","aliases":["Old","x.Old"],"fields":[
		{"name":"inner","type":{"type":"record","name":"S","fields":[{"name":"f","type":{"type":"fixed","name":"F","namespace":"","size":1}},{"name":"g","type":["null","R"]}]}},
		{"name":"other","type":{"type":"S"}}]}`)
	for _, name := range []string{"a.b.R", "a.b.S", "F"} {
		if s.Named(name) == nil {
			t.Errorf("%s is not there", name)
		}
	}
	if s.Type.Field("other").Type != s.Named("a.b.S") || !slices.Equal(s.Type.Aliases, []string{"a.b.Old", "x.Old"}) {
		t.Errorf("got %v %v", s.Type.Field("other").Type, s.Type.Aliases)
	}
}

func TestTheOrderExampleIsClean(t *testing.T) {
	t.Parallel()
	for name, text := range seeds(t) {
		for _, d := range check(t, text, "1.9.0") {
			t.Errorf("%s: %s %s", name, d.Code, d.Message)
		}
	}
}

// seedsIfThere are the schemas of the order example, or none.
func seedsIfThere(t *testing.T) map[string]string {
	t.Helper()
	var texts map[string]string
	t.Run("seeds", func(t *testing.T) { texts = seeds(t) })
	return texts
}
