package arazzo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// parse reads a document that is known to be well-formed YAML.
func parse(t testing.TB, name string, data []byte) *tree.Node {
	t.Helper()
	root, found := tree.Parse(source.NewFile("memory:///"+name, name, data), tree.Options{})
	if root == nil || diag.Worst(found) == diag.Error {
		t.Fatalf("%s: %v", name, found)
	}
	return root
}

// judge gives the findings of a document that stands alone: structure and model.
func judge(root *tree.Node) (*arazzo.Document, []diag.Diagnostic) {
	doc, found := arazzo.Read(root, root.Span.File.URI())
	found = append(arazzo.Check(root), found...)
	diag.Sort(found)
	return doc, found
}

func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no documents in %s: %v", dir, err)
	}
	all := make(map[string][]byte, len(names))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = data
	}
	return all
}

func errorsOf(found []diag.Diagnostic) []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, d := range found {
		if d.Severity == diag.Error {
			list = append(list, d)
		}
	}
	return list
}

func TestPassingDocumentsHaveNoErrors(t *testing.T) {
	t.Parallel()
	for name, data := range files(t, filepath.Join(corpus.Dir(t), "arazzo", "pass")) {
		_, found := judge(parse(t, name, data))
		for _, d := range errorsOf(found) {
			t.Errorf("%s: %s %s: %s", name, d.Path, d.Code, d.Message)
		}
	}
}

// fault is the finding that a document of the corpus was written for.
type fault struct {
	code diag.Code
	path string
}

var faults = map[string][]fault{
	"async-channelPath-without-action.arazzo.yaml":                {{"arazzo/missing-field", "/workflows/0/steps/0"}},
	"async-depends-on-duplicate-values.arazzo.yaml":               {{"arazzo/duplicate-item", "/workflows/0/steps/1/dependsOn/1"}},
	"async-depends-on-invalid-reference.arazzo.yaml":              {{"arazzo/draft-dependency", "/workflows/0/steps/1/dependsOn/0"}},
	"channel-path-is-invalid-for-openapi.arazzo.yaml":             {{"arazzo/missing-field", "/workflows/0/steps/0"}},
	"invalid-async-correlation-id-non-receive-action.arazzo.yaml": {{"arazzo/field-conflict", "/workflows/0/steps/0/correlationId"}},
	"invalid-async-parameter-without-in.arazzo.yaml":              {{"arazzo/missing-field", "/workflows/0/steps/0/parameters/0"}},
	"invalid-expression-type-object.arazzo.yaml": {
		{"arazzo/missing-field", "/workflows/0/steps/0/outputs/brokenSelector"},
		{"arazzo/unknown-field", "/workflows/0/steps/0/outputs/brokenSelector/expression"},
		{"arazzo/bad-value", "/workflows/0/steps/0/outputs/brokenSelector/type/version"},
	},
	"invalid-openapi-parameter-without-in.arazzo.yaml": {{"arazzo/missing-field", "/workflows/0/steps/0/parameters/0"}},
	"invalid-querystring-without-value.arazzo.yaml":    {{"arazzo/missing-field", "/workflows/0/steps/0/parameters/0"}},
	"invalid-selector-object.arazzo.yaml": {
		{"arazzo/missing-field", "/workflows/0/steps/0/outputs/brokenOutput"}, // context
		{"arazzo/missing-field", "/workflows/0/steps/0/outputs/brokenOutput"}, // type
		{"arazzo/unknown-field", "/workflows/0/steps/0/outputs/brokenOutput/expression"},
	},
	"invalid-targetSelectorType.arazzo.yaml":                 {{"arazzo/bad-value", "/workflows/0/steps/0/requestBody/replacements/0/targetSelectorType"}},
	"invalid-workflow-step-with-operationId.arazzo.yaml":     {{"arazzo/field-conflict", "/workflows/0/steps/0/workflowId"}},
	"not-an-object.yaml":                                     {{"arazzo/wrong-type", ""}},
	"openapi-both-operationId-and-operationPath.arazzo.yaml": {{"arazzo/field-conflict", "/workflows/0/steps/0/operationPath"}},
	"openapi-missing-operation-target.arazzo.yaml":           {{"arazzo/missing-field", "/workflows/0/steps/0"}},
	"workflow-duplicate-parameters.arazzo.yaml":              {{"arazzo/duplicate-item", "/workflows/0/steps/0/parameters/1"}},
	"workflow-step-with-action.arazzo.yaml":                  {{"arazzo/field-conflict", "/workflows/0/steps/0/action"}},
	"workflow-step-with-channelPath.arazzo.yaml":             {{"arazzo/field-conflict", "/workflows/0/steps/0/workflowId"}},
}

// Each failing document has the errors it was written for, and no others.
func TestFailingDocumentsFailForTheirReason(t *testing.T) {
	t.Parallel()
	documents := files(t, filepath.Join(corpus.Dir(t), "arazzo", "fail"))
	for name := range faults {
		if documents[name] == nil {
			t.Errorf("%s is expected and not in the corpus", name)
		}
	}
	for name, data := range documents {
		_, found := judge(parse(t, name, data))
		missing := append([]fault(nil), faults[name]...)
		for _, d := range errorsOf(found) {
			i := indexOf(missing, fault{d.Code, d.Path})
			if i < 0 {
				t.Errorf("%s: unexpected %s %s: %s", name, d.Path, d.Code, d.Message)
				continue
			}
			missing = append(missing[:i], missing[i+1:]...)
		}
		for _, f := range missing {
			t.Errorf("%s: %s at %q was not found", name, f.code, f.path)
		}
		if len(faults[name]) == 0 {
			t.Errorf("%s: no error is expected of it; say which it was written for", name)
		}
	}
}

func indexOf(list []fault, f fault) int {
	for i := range list {
		if list[i] == f {
			return i
		}
	}
	return -1
}
