package arazzo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
)

// seedDocuments are the seeds as whole documents: fragments are put into the
// smallest document that can hold them.
func seedDocuments(t testing.TB) map[string][]byte {
	t.Helper()
	seeds := corpus.Seeds(t)
	all := make(map[string][]byte)
	for name, data := range files(t, filepath.Join(seeds, "async-patterns")) {
		switch {
		case !strings.Contains(name, ".fragment."):
			all[name] = data
		case strings.Contains(name, "issue-270"):
			all[name] = embed("1.1.0", "asyncapi", data)
		default:
			all[name] = embed("1.0.1", "openapi", data)
		}
	}
	data, err := os.ReadFile(filepath.Join(seeds, "place-order", "arazzo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all["place-order.yaml"] = data
	return all
}

// embed makes a document of a fragment that is a list of steps or of workflows.
func embed(version, sourceType string, fragment []byte) []byte {
	head := "arazzo: " + version + "\ninfo:\n  title: A fragment\n  version: 1.0.0\n" +
		"sourceDescriptions:\n  - name: api\n    url: https://example.com/api.yaml\n    type: " + sourceType + "\n"
	text := string(fragment)
	if strings.Contains(text, "\nworkflows:\n") {
		return []byte(head + text)
	}
	text = strings.ReplaceAll(text, "\n", "\n    ")
	return []byte(head + "workflows:\n  - workflowId: fragment\n    " + strings.TrimRight(text, " "))
}
