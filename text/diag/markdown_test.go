package diag_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func TestMarkdownShowsTextsAsTheyAre(t *testing.T) {
	t.Parallel()
	file := source.NewFile("file:///p/a|b.yaml", "a|b.yaml", []byte("a: 1\n"))
	r := diag.Report{Findings: []diag.Diagnostic{{
		Code: "a/b", Severity: diag.Error, Span: source.Span{File: file, End: 1},
		Message: "x | y\n| `code` <img src=x> [l](http://e.com) @everyone #1 *b* _i_ &amp; ~~s~~ \x1b[2J",
	}}}
	got := string(write(t, diag.FormatMarkdown, r))
	row := strings.Split(got, "\n")[4]
	const want = "| error | a&#124;b.yaml&#58;1&#58;1 | x &#124; y\\\\n&#124; \\`code\\` &#60;img src=x&#62; \\[l\\]\\(http&#58;//e.com\\) &#64;everyone \\#1 \\*b\\* \\_i\\_ &#38;amp; \\~\\~s\\~\\~ \\\\x1b\\[2J | a/b |"
	if row != want {
		t.Errorf("got  %s\nwant %s", row, want)
	}
}

func TestMarkdownFitsIntoAComment(t *testing.T) {
	t.Parallel()
	var r diag.Report
	for i := range 5000 {
		r.Findings = append(r.Findings, diag.Diagnostic{Code: "a/b", Severity: diag.Warning, Message: fmt.Sprintf("finding %d %s", i, strings.Repeat("x", 2000))})
	}
	r.Findings = append(r.Findings, diag.Diagnostic{Code: "z/z", Severity: diag.Error, Message: "the worst"})
	got := string(write(t, diag.FormatMarkdown, r))
	if len(got) > 65_000 || !strings.Contains(got, "the worst") || !strings.Contains(got, " more\n") {
		t.Errorf("%d bytes: %.300s … %s", len(got), got, got[len(got)-100:])
	}
}
