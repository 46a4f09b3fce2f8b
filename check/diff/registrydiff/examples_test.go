package registrydiff

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// quiet are kinds of differences in texts that no reader looks at; only the
// registry's own examples name them.
var quiet = []string{"ID_CHANGED", "TITLE_CHANGED", "DESCRIPTION_CHANGED"}

// The registry's own examples are not part of this project. Where a folder of
// them is named, every verdict in it must be ours, for the same reasons.
func TestVerdictsAreThoseOfTheRegistrysOwnExamples(t *testing.T) {
	dir := os.Getenv("WEFT_REGISTRY_EXAMPLES")
	if dir == "" {
		t.Skip("WEFT_REGISTRY_EXAMPLES names no folder with diff-*-examples*.json")
	}
	files, err := filepath.Glob(filepath.Join(dir, "diff-*examples*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in %s: %v", dir, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, findings := tree.Parse(source.NewFile("file:///examples.yaml", "examples.yaml", data), tree.Options{})
		if root == nil {
			t.Fatal(findings)
		}
		for _, item := range root.Items {
			example(t, filepath.Base(file), item)
		}
	}
}

func example(t *testing.T, file string, item *tree.Node) {
	t.Run(file+"/"+item.Get("description").Str(), func(t *testing.T) {
		var schemas []*Parsed
		for _, key := range []string{"original_schema", "update_schema"} {
			text, err := json.Marshal(item.Get(key).Value())
			if err != nil {
				t.Fatal(err)
			}
			p, err := Parse(Schema{Type: JSON, Text: string(text)})
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			schemas = append(schemas, p)
		}
		_, list, err := compareJSON(schemas[0].json, schemas[1].json)
		if err != nil {
			t.Fatal(err)
		}
		if compatible(list) != item.Get("compatible").True() {
			t.Errorf("compatible: %v; %v", compatible(list), list)
		}
		var got, want []string
		for _, d := range list {
			got = append(got, d.kind.name)
		}
		for _, change := range item.Get("changes").Items {
			name, _, _ := strings.Cut(change.Str(), " ")
			if !slices.Contains(quiet, name) {
				want = append(want, name)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
