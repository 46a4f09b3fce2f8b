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

// The same for Protobuf; of the kinds only those that refuse are told.
func TestVerdictsAreThoseOfTheRegistrysOwnExamplesOfProtobuf(t *testing.T) {
	dir := os.Getenv("WEFT_REGISTRY_EXAMPLES")
	if dir == "" {
		t.Skip("WEFT_REGISTRY_EXAMPLES names no folder with proto-examples.json")
	}
	data, err := os.ReadFile(filepath.Join(dir, "proto-examples.json"))
	if err != nil {
		t.Fatal(err)
	}
	type dependency struct{ Name, Dependency string }
	var list []struct {
		Description string
		Original    string       `json:"original_schema"`
		Update      string       `json:"update_schema"`
		Before      []dependency `json:"original_dependencies"`
		After       []dependency `json:"update_dependencies"`
		Compatible  bool
		Changes     []string
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	uses := func(list []dependency) (uses []Used) {
		for _, d := range list {
			uses = append(uses, Used{Name: d.Name, Text: d.Dependency})
		}
		return uses
	}
	for _, e := range list {
		t.Run(e.Description, func(t *testing.T) {
			old, err := Parse(Schema{Type: Protobuf, Text: e.Original, Uses: uses(e.Before)})
			if err != nil {
				t.Fatal(err)
			}
			update, err := Parse(Schema{Type: Protobuf, Text: e.Update, Uses: uses(e.After)})
			if err != nil {
				t.Fatal(err)
			}
			report, err := Compare(Backward, update, []Version{{Number: 1, Schema: old}})
			if err != nil || report.Compatible != e.Compatible {
				t.Errorf("%v, %v; want %v %v", report, err, e.Compatible, e.Changes)
			}
		})
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
