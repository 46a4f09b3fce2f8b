package cli

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
)

// errorsOf are the codes of the errors that a document has.
func errorsOf(t *testing.T, args ...string) map[string]int {
	t.Helper()
	_, stdout, _ := weft(t, append([]string{"validate", "--offline", "--format", "json"}, args...)...)
	var found []struct{ Code, Severity string }
	if err := json.Unmarshal([]byte(stdout), &found); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	codes := map[string]int{}
	for _, f := range found {
		if f.Severity == "error" {
			codes[f.Code]++
		}
	}
	return codes
}

// A bundle has no fault that its documents do not have.
func TestBundlesAreAsValidAsTheirDocuments(t *testing.T) {
	root := corpus.Dir(t)
	out := filepath.Join(t.TempDir(), "bundle.yaml")
	seen := 0
	err := filepath.WalkDir(filepath.Join(root, "asyncapi"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yml") && !strings.HasSuffix(path, "asyncapi.yaml") {
			return err
		}
		before := errorsOf(t, "--root", root, path)
		for _, mode := range []string{"ref", "inline"} {
			if code, _, stderr := weft(t, "bundle", "--root", root, "--offline", "--mode", mode, "-o", out, path); code != exitFine {
				if !strings.Contains(stderr, "text/ref-not-allowed") { // it refers to the network
					t.Errorf("%s (%s): %s", path, mode, stderr)
				}
				continue
			}
			seen++
			after := errorsOf(t, out)
			for _, code := range slices.Sorted(maps.Keys(after)) {
				if before[code] == 0 {
					t.Errorf("%s (%s) has %s, which the document has not", path, mode, code)
				}
			}
			if err := os.Remove(out); err != nil {
				t.Fatal(err)
			}
		}
		return nil
	})
	if err != nil || seen < 40 {
		t.Fatalf("%d bundles were judged: %v", seen, err)
	}
}
