package diag_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func TestRemarksAboutADocumentAreOneLine(t *testing.T) {
	t.Parallel()
	a := source.NewFile("file:///a.yaml", "a.yaml", []byte("asyncapi: 3.0.0\n"))
	b := source.NewFile("file:///b.yaml", "b.yaml", []byte("asyncapi: 3.0.0\n"))
	remark := func(f *source.File, code diag.Code, s diag.Severity) diag.Diagnostic {
		return diag.Diagnostic{Code: code, Severity: s, Message: "it has no " + string(code), Span: source.Span{File: f, Start: 0, End: 8}}
	}
	report := diag.Report{
		Rules: []diag.Rule{{Code: "of/id", Remark: true}, {Code: "of/tags", Remark: true}, {Code: "of/names"}},
		Findings: []diag.Diagnostic{
			remark(a, "of/id", diag.Hint), remark(a, "of/tags", diag.Info), remark(a, "of/names", diag.Info),
			remark(b, "of/id", diag.Info), remark(b, "of/tags", diag.Warning),
		},
	}
	text := func(r diag.Report) string {
		var out strings.Builder
		if err := diag.Write(&out, diag.FormatText, r); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	got := text(report)
	for want, count := range map[string]int{
		"a.yaml:1:1: info: the document could say more of itself: 2 remarks (--verbose tells each)  [of/id, of/tags]\n": 1,
		"it has no of/names":                1,
		"b.yaml:1:1: info: it has no of/id": 1, // alone, it is told itself
		"warning: it has no of/tags":        1, // somebody made it matter
	} {
		if strings.Count(got, want) != count {
			t.Errorf("%q is not there %d times in\n%s", want, count, got)
		}
	}
	report.Verbose = true
	if strings.Contains(text(report), "remarks") {
		t.Error("verbose folds")
	}
	report.Verbose, report.FailOn = false, diag.Hint
	if strings.Contains(text(report), "remarks") {
		t.Error("what makes a run fail is folded")
	}
}
