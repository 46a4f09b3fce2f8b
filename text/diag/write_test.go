package diag_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// span finds a text in a file.
func span(t testing.TB, f *source.File, text string) source.Span {
	t.Helper()
	at := strings.Index(string(f.Data()), text)
	if at < 0 {
		t.Fatalf("%s has no %q", f.Name(), text)
	}
	return source.Span{File: f, Start: at, End: at + len(text)}
}

func report(t testing.TB) diag.Report {
	t.Helper()
	plain := source.NewFile("file:///srv/api/orders.yaml", "api/orders.yaml", []byte(
		"asyncapi: 3.0.0\nchannels:\n  orders:\n    adress: orders/created\n\ttabbed:\tvalue\n    größe: 注文 here\r\n"+
			"    long: "+strings.Repeat("abcdefghi ", 30)+"MARK "+strings.Repeat("klmnopqrs ", 30)+"\n"))
	hostile := source.NewFile("file:///srv/evil.yaml", "evil\x1b[31m.yaml", []byte("title: \"a\x1b]0;owned\a\u202eb\" # \xff\n"))
	return diag.Report{
		Version: "1.2.3",
		Files:   []string{"api/orders.yaml", "clean.yaml", "evil\x1b[31m.yaml"},
		Rules: []diag.Rule{{
			Code: "asyncapi/unknown-field", Severity: diag.Error, Summary: "a field that the object does not have",
			Why: "a misspelt field is silently ignored by tools", URL: "https://example.com/unknown-field",
		}},
		Findings: []diag.Diagnostic{
			{
				Code: "asyncapi/unknown-field", Severity: diag.Error, Message: `a channel has no field "adress"`,
				Path: "/channels/orders/adress", Span: span(t, plain, "adress"), Help: `did you mean "address"?`,
				Related: []diag.Related{{Message: "the channel", Span: span(t, plain, "orders:")}},
				Fixes:   []diag.Fix{{Title: "rename it", Safe: true, Edits: []diag.Edit{{Span: span(t, plain, "adress"), Text: "address"}}}},
			},
			{Code: "style/tab", Severity: diag.Warning, Message: "a tab", Path: "/channels/tabbed", Span: span(t, plain, "value")},
			{Code: "style/words", Severity: diag.Warning, Message: "wide characters", Span: span(t, plain, "here")},
			{Code: "style/long", Severity: diag.Warning, Message: "a mark in a long line", Span: span(t, plain, "MARK")},
			{Code: "style/end", Severity: diag.Info, Message: "the end of the file", Help: "add a line", Span: source.Span{File: plain, Start: len(plain.Data()), End: len(plain.Data())}},
			{Code: "style/lines", Severity: diag.Warning, Message: "several lines", Span: source.Span{File: plain, Start: 0, End: 40}},
			{
				Code: "style/evil", Severity: diag.Error, Message: "the title is \x1b[2Jgone\n::error::owned", Path: "/title",
				Span: span(t, hostile, "\"a\x1b]0;owned\a\u202eb\""), Help: "50% & <more>",
			},
			{Code: "style/hint", Severity: diag.Hint, Message: "a matter of taste", Span: span(t, plain, "orders:")},
			{Code: "run/none", Severity: diag.Warning, Message: "about no file at all"},
			{Code: "run/none", Severity: diag.Warning, Message: "about no file at all"}, // the same once more
		},
	}
}

func TestEachFormatWritesTheReport(t *testing.T) {
	t.Parallel()
	for _, format := range diag.Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			got := write(t, format, report(t))
			golden.Assert(t, got, "testdata/report."+string(format)+".golden")
			if format != diag.FormatJSON && format != diag.FormatSARIF && format != diag.FormatGitLab {
				for _, c := range []string{"\x1b", "\a", "\u202e"} {
					if bytes.Contains(got, []byte(c)) {
						t.Errorf("the character %q of a document reaches the terminal", c)
					}
				}
			}
		})
	}
}

func write(t testing.TB, format diag.Format, r diag.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := diag.Write(&b, format, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnEmptyReportIsStillOne(t *testing.T) {
	t.Parallel()
	empty := diag.Report{Files: []string{"a.yaml"}}
	if got := write(t, diag.FormatText, empty); len(got) != 0 {
		t.Errorf("text: %q, want nothing", got)
	}
	for _, format := range []diag.Format{diag.FormatJSON, diag.FormatGitLab} {
		if got := write(t, format, empty); string(got) != "[]\n" {
			t.Errorf("%s: %q, want an empty list", format, got)
		}
	}
	var log struct {
		Runs []struct{ Results []any }
	}
	if err := json.Unmarshal(write(t, diag.FormatSARIF, empty), &log); err != nil || len(log.Runs) != 1 || log.Runs[0].Results == nil {
		t.Errorf("sarif: %v %+v, want a run with an empty list of results", err, log)
	}
	if got := write(t, diag.FormatJUnit, empty); !bytes.Contains(got, []byte(`<testcase name="no findings" classname="a.yaml"/>`)) {
		t.Errorf("junit: %s, want a case that passes", got)
	}
}

func TestTheMachineFormatsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, format := range []diag.Format{diag.FormatJSON, diag.FormatSARIF, diag.FormatGitLab} {
		if got := write(t, format, report(t)); !json.Valid(got) {
			t.Errorf("%s is not JSON", format)
		}
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Name  string     `xml:"name,attr"`
			Cases []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(write(t, diag.FormatJUnit, report(t)), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Failures != 2 || len(suites.Suites) != 4 {
		t.Errorf("junit has %d failures in %d suites, want 2 in 4", suites.Failures, len(suites.Suites))
	}
}

func TestColoursComeOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Findings = r.Findings[:1]
	r.Color = true
	golden.Assert(t, write(t, diag.FormatText, r), "testdata/color.golden")
}

// A document may be one line, and have a thousand findings on it: each is shown
// with what is around it, without reading the whole line again.
func TestManyFindingsOnALongLineAreCheap(t *testing.T) {
	t.Parallel()
	f := source.NewFile("file:///l.json", "l.json", []byte("["+strings.Repeat(`"注文 x", `, 16_000)+"1]"))
	r := diag.Report{Width: 60}
	for i := range 1000 {
		at := 1 + i*12
		r.Findings = append(r.Findings, diag.Diagnostic{Code: "a/b", Severity: diag.Error, Message: "m", Span: source.Span{File: f, Start: at, End: at + 10}})
	}
	var out bytes.Buffer
	start := cputime.Start(t)
	if err := diag.Write(&out, diag.FormatText, r); err != nil {
		t.Fatal(err)
	}
	if took := start(); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	lines := strings.Split(out.String(), "\n")
	for i, line := range lines[3*500 : 3*500+3] {
		if i == 1 && !(strings.Contains(line, "…") && strings.HasSuffix(line, "…") && strings.Contains(line, `"注文 x"`)) {
			t.Errorf("the line is shown as %q", line)
		}
		if i == 2 && !strings.HasSuffix(line, strings.Repeat("^", 8)) {
			t.Errorf("the mark is %q", line)
		}
	}
}

func TestAnUnknownFormatIsRefusedByName(t *testing.T) {
	t.Parallel()
	err := diag.Write(&bytes.Buffer{}, "yaml", diag.Report{})
	if err == nil || !strings.Contains(err.Error(), `no format "yaml"; choose one of text, json, sarif`) {
		t.Errorf("got %v", err)
	}
}

func TestSeverities(t *testing.T) {
	t.Parallel()
	for _, s := range []diag.Severity{diag.Hint, diag.Info, diag.Warning, diag.Error} {
		if got, err := diag.ParseSeverity(strings.ToUpper(s.String())); got != s || err != nil {
			t.Errorf("ParseSeverity(%q) is %v, %v", s, got, err)
		}
	}
	if _, err := diag.ParseSeverity("fatal"); err == nil {
		t.Error("a severity that does not exist is accepted")
	}
	list := report(t).Findings
	if got, want := diag.Summary(list), "2 errors, 6 warnings, 1 info, 1 hint"; got != want {
		t.Errorf("Summary is %q, want %q", got, want)
	}
	if got := diag.Summary(nil); got != "no findings" {
		t.Errorf("Summary of nothing is %q", got)
	}
	if got := diag.Count(list, diag.Warning); got != 8 {
		t.Errorf("%d findings count, want 8", got)
	}
	if got := diag.Worst(list); got != diag.Error {
		t.Errorf("the worst is %s", got)
	}
}

func TestFingerprintsDoNotMoveWithLines(t *testing.T) {
	t.Parallel()
	prints := func(text string) []string {
		f := source.NewFile("file:///a.yaml", "a.yaml", []byte(text))
		s := span(t, f, "here")
		r := diag.Report{Findings: []diag.Diagnostic{
			{Code: "x/y", Severity: diag.Error, Message: "m", Path: "/p", Span: s},
			{Code: "x/y", Severity: diag.Error, Message: "m", Path: "/p", Span: source.Span{File: f, Start: s.Start, End: s.End + 1}},
		}}
		var issues []struct{ Fingerprint string }
		if err := json.Unmarshal(write(t, diag.FormatGitLab, r), &issues); err != nil {
			t.Fatal(err)
		}
		return []string{issues[0].Fingerprint, issues[1].Fingerprint}
	}
	before, after := prints("here \n"), prints("\n\n  here \n")
	if before[0] != after[0] || before[1] != after[1] {
		t.Error("a fingerprint changes when lines are put before the finding")
	}
	if before[0] == before[1] {
		t.Error("two findings have one fingerprint")
	}
}

func TestAFaultMetTwiceIsToldOnce(t *testing.T) {
	t.Parallel()
	finding := func() diag.Diagnostic {
		f := source.NewFile("file:///a.yaml", "a.yaml", []byte("here")) // read again for each
		return diag.Diagnostic{Code: "x/y", Severity: diag.Error, Message: "m", Span: span(t, f, "here")}
	}
	other := finding()
	other.Message = "n"
	if got := diag.Unique([]diag.Diagnostic{other, finding(), finding()}); len(got) != 2 {
		t.Errorf("%d findings are left, want 2", len(got))
	}
}
