package conformance_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weft-dev/weft/internal/conformance"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func TestFixturesAreAsTheirSchemaSays(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "fixture.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	node, found := tree.Parse(source.NewFile("memory:///fixture.schema.json", "fixture.schema.json", data), tree.Options{})
	if len(found) > 0 {
		t.Fatal(found)
	}
	judge, err := jsonschema.New(nil).Schema(node, schema.Draft2020)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range load(t).Fixtures {
		value, err := conformance.Plain(filepath.Join(root, "fixtures", f.Name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range judge.Validate(value) {
			t.Errorf("%s: %s", f.Name, v.Message)
		}
	}
}
