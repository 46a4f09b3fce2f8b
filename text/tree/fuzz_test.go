package tree_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func addSeeds(f *testing.F) {
	files, err := filepath.Glob("testdata/syntax/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil && filepath.Ext(path) != ".golden" {
			f.Add(data)
		}
	}
	for _, text := range []string{
		"a: &x\n  b: [1, {c: d}]\n? e\n: *x\n<<: *x\n", "- |2-\n    x\n- >+\n y\n\n- 'z'\n", "{a: b, ? c, \"d\":e, }", "%YAML 1.2\n--- !!map\na: !!str 1\n...\n",
		"é: \"\\u00e9\"\r\n- \u2028x\n", "a:\tb\n\tc\n", "[a: b, ? c : d, {}: e]", "\ufeffa: ~\n", "&a &b c: d", "!!str &a : x", "- - - - a\n    - b",
	} {
		f.Add([]byte(text))
	}
}

// Whatever is given, reading ends, every place lies in the text and in its
// parent's, and the values of the tree do not depend on being asked twice.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		file := source.NewFile("memory:///x", "x", data)
		root, findings := tree.Parse(file, tree.Options{MaxNodes: 10_000, MaxDepth: 50, Partial: true})
		for _, d := range findings {
			if d.Code == "" || d.Message == "" || d.Span.File != file || d.Span.Start < 0 || d.Span.End > len(data) || d.Span.End < d.Span.Start {
				t.Errorf("an incomplete finding: %+v", d)
			}
		}
		if root == nil {
			if len(findings) == 0 {
				t.Error("no root, and no finding that says why")
			}
			return
		}
		if root.Span.Start < 0 || root.Span.End < root.Span.Start || root.Span.End > len(data) {
			t.Fatalf("the root lies at %d-%d", root.Span.Start, root.Span.End)
		}
		checkStructure(t, root)
		if len(findings) > 0 {
			return
		}
		if _, err := json.Marshal(root.Value()); err != nil {
			t.Errorf("the value is not JSON: %v", err)
		}
	})
}

// A JSON text is the same value read as JSON and as YAML, of which it is part.
func FuzzJSONIsYAML(f *testing.F) {
	for _, text := range []string{`{"a": [1, 2.5e3, true, null, "x\n\u00e9"], "b": {}}`, `[]`, `"x"`, `-0.0`, `{"": {"<<": {"a": 1}}, "~": "yes"}`, "[\n1 ,\n2]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		asJSON, findings := tree.Parse(source.NewFile("memory:///x.json", "x.json", data), tree.Options{})
		if len(findings) > 0 {
			return // duplicate keys, half characters, long numbers
		}
		asYAML, findings := tree.ParseYAML(source.NewFile("memory:///x.yaml", "x.yaml", data))
		if len(findings) > 0 {
			return // what YAML cannot read: tabs, long keys, pairs of escapes
		}
		if diff := cmp.Diff(asJSON.Value(), asYAML.Value()); diff != "" {
			t.Errorf("JSON and YAML differ (-JSON +YAML):\n%s", diff)
		}
		checkPlaces(t, asYAML)
		checkPlaces(t, asJSON)
	})
}
