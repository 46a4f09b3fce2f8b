package arazzorules_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/source"
)

// The seeds are in older forms, which are read with the findings of the golden
// file; a fragment is put into the smallest document that can hold it.
func TestFindingsAboutTheSeeds(t *testing.T) {
	t.Parallel()
	dir := corpus.Seeds(t)
	files := make(source.Memory)
	names, err := filepath.Glob(filepath.Join(dir, "async-patterns", "*.yaml"))
	if err != nil || len(names) < 5 {
		t.Fatalf("%d documents in %s: %v", len(names), dir, err)
	}
	for _, name := range append(names, filepath.Join(dir, "place-order", "arazzo.yaml")) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files["memory:///"+filepath.Base(name)] = document(filepath.Base(name), string(data))
	}
	var out strings.Builder
	for _, uri := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&out, "%s\n", strings.TrimPrefix(uri, "memory:///"))
		for _, line := range show(judge(t, files, uri)) {
			fmt.Fprintf(&out, "  %s\n", line)
		}
	}
	golden.Assert(t, []byte(out.String()), "testdata/seeds.golden")
}

func document(name, text string) string {
	if !strings.Contains(name, ".fragment.") {
		return text
	}
	version, kind := "1.0.1", "openapi"
	if strings.HasPrefix(name, "issue-270") {
		version, kind = "1.1.0", "asyncapi"
	}
	head := "arazzo: " + version + "\ninfo: {title: A fragment, version: 1.0.0}\nsourceDescriptions: [{name: api, url: api.yaml, type: " + kind + "}]\n"
	if strings.Contains(text, "\nworkflows:\n") {
		return head + text
	}
	return head + "workflows:\n- workflowId: fragment\n  " + strings.ReplaceAll(text, "\n", "\n  ") + "\n"
}
