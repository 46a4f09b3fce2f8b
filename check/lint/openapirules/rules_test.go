package openapirules_test

import (
	"slices"
	"testing"

	"github.com/weft-dev/weft/check/lint/openapirules"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func judge(t *testing.T, text string) []diag.Diagnostic {
	t.Helper()
	ws := ref.New(source.Memory{"memory:///api.yaml": text}, ref.Options{})
	doc, err := ws.Open(t.Context(), "memory:///api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, found := openapi.Load(t.Context(), ws, doc)
	return append(found, doc.Findings...)
}

func TestExamplesOfRules(t *testing.T) {
	t.Parallel()
	rules := openapirules.Rules()
	for i, rule := range rules {
		if i > 0 && rules[i-1].Code >= rule.Code {
			t.Errorf("%s is not in its place", rule.Code)
		}
		if rule.Summary == "" || rule.Why == "" || rule.Severity == 0 {
			t.Errorf("%s is not complete", rule.Code)
		}
		for _, d := range judge(t, rule.Good) {
			t.Errorf("%s: good: %s %s: %s", rule.Code, d.Path, d.Code, d.Message)
		}
		found := judge(t, rule.Bad)
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
