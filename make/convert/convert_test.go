package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// open opens a file of the corpus, and what lies around it.
func open(t testing.TB, path string) (*ref.Workspace, *ref.Document) {
	t.Helper()
	file, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := source.Local(filepath.Join(corpus.Dir(t), ".."))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	ws := ref.New(dir, ref.Options{})
	return ws, ws.Load(file)
}

// memory opens a text, beside which others may stand.
func memory(t testing.TB, name, text string, others ...string) (*ref.Workspace, *ref.Document) {
	t.Helper()
	files := source.Memory{"memory:///" + name: text}
	for i := 0; i+1 < len(others); i += 2 {
		files["memory:///"+others[i]] = others[i+1]
	}
	ws := ref.New(files, ref.Options{})
	d, err := ws.Open(t.Context(), "memory:///"+name)
	if err != nil {
		t.Fatal(err)
	}
	return ws, d
}

func converted(t testing.TB, ws *ref.Workspace, d *ref.Document, opt convert.Options) *convert.Result {
	t.Helper()
	result, err := convert.Convert(t.Context(), ws, d, opt)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func convertedText(t testing.TB, text string, opt convert.Options) *convert.Result {
	t.Helper()
	ws, d := memory(t, "document.yaml", text)
	return converted(t, ws, d, opt)
}

// TestExamplesOfRules runs the examples: what is said of the bad one is what
// the rule says, and nothing is said of the good one.
func TestExamplesOfRules(t *testing.T) {
	t.Parallel()
	for _, rule := range convert.Explained() {
		if rule.Summary == "" || rule.Why == "" || rule.Severity == 0 {
			t.Errorf("%s is not complete", rule.Code)
		}
		if rule.Bad == "" {
			continue
		}
		opt := convert.Options{To: rule.To}
		for _, f := range convertedText(t, rule.Good, opt).Findings {
			t.Errorf("%s: good: %s %s: %s", rule.Code, f.Path, f.Code, f.Message)
		}
		found := convertedText(t, rule.Bad, opt).Findings
		if len(found) == 0 {
			t.Errorf("%s: bad: nothing is said", rule.Code)
		}
		worst := diag.Severity(0)
		for _, f := range found {
			worst = max(worst, f.Severity)
			if f.Code != rule.Code {
				t.Errorf("%s: bad: %s %s: %s", rule.Code, f.Path, f.Code, f.Message)
			}
		}
		if worst > rule.Severity {
			t.Errorf("%s: bad: worse than the rule says: %s", rule.Code, worst)
		}
	}
}
