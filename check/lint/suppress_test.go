package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// judge gives the findings about comments, and about addresses that end in a
// slash, a line each: where and what.
func judge(t testing.TB, name, text string, others source.Memory) []string {
	t.Helper()
	result := rules.Linter().Lint(t.Context(), ref.New(others, ref.Options{}), source.NewFile("memory:///"+name, name, []byte(text)))
	var list []string
	for _, d := range result.Findings {
		if family, _, _ := strings.Cut(string(d.Code), "/"); family == "lint" || d.Code == "asyncapi/address-slash" {
			start, _ := d.Span.Range()
			list = append(list, fmt.Sprintf("%d:%d %s", start.Line, start.Column, d.Code))
		}
	}
	return list
}

const head = "asyncapi: 3.0.0\ninfo: {title: t, version: 1.0.0}\n"

func TestWhatACommentIsAbout(t *testing.T) {
	t.Parallel()
	const slash = "asyncapi/address-slash"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"the key on the next line, and all below": {"channels:\n  # weft-ignore " + slash + " -- r\n  a:\n    address: a/\n  b: {address: b/}\n", []string{"7:16 " + slash}},
		"the key on its line":                     {"channels:\n  a:\n    address: a/ # weft-ignore " + slash + " -- r\n  b: {address: b/}\n", []string{"6:16 " + slash}},
		"the outermost that begins on the line":   {"channels: {a: {address: a/}, b: {address: b/}} # weft-ignore " + slash + " -- r\n", nil},
		"over comments and empty lines":           {"channels:\n  # weft-ignore " + slash + " -- r\n  # and so on\n\n  a: {address: a/}\n", nil},
		"the whole file":                          {"# weft-ignore-file " + slash + " -- r\nchannels: {a: {address: a/}}\n", nil},
		"patterns":                                {"channels:\n  a: {address: a/} # weft-ignore asyncapi/* -- r\n", nil},
		"several codes, one of them needless":     {"channels:\n  a: {address: a/} # weft-ignore asyncapi/binding, " + slash + " -- r\n", []string{"4:34 lint/ignore-unused"}},
		"without a reason":                        {"channels:\n  a: {address: a/} # weft-ignore " + slash + "\n", []string{"4:22 lint/ignore-reason"}},
		"a code that there is not":                {"channels:\n  a: {address: a/} # weft-ignore asyncapi/slash -- r\n", []string{"4:16 " + slash, "4:34 lint/ignore-unknown"}},
		"nothing said":                            {"channels: {} # weft-ignore\n", []string{"3:16 lint/ignore"}},
		"another word":                            {"channels: {} # weft-ignore-all x -- r\n", []string{"3:16 lint/ignore"}},
		"at the end of the file":                  {"channels: {}\n# weft-ignore " + slash + " -- r\n", []string{"4:3 lint/ignore"}},
		"on a line on which nothing begins":       {"channels: {a: {address: a/\n} # weft-ignore " + slash + " -- r\n}\n", []string{"3:25 " + slash, "4:5 lint/ignore"}},
		"in a text it is none":                    {"x-a: \"# weft-ignore " + slash + " -- r\"\nx-b: |\n  # weft-ignore " + slash + " -- r\nchannels: {a: {address: a/}}\n", []string{"6:25 " + slash}},
		"in a key it is none":                     {"\"# weft-ignore " + slash + "\": {}\nchannels: {a: {address: a/}}\n", []string{"4:25 " + slash}},
		"without a blank before it it is none":    {"channels: {a: {address: a/}}\nx-a: b# weft-ignore " + slash + " -- r\n", []string{"3:25 " + slash}},
		"with Windows line ends":                  {"channels:\r\n  # weft-ignore " + slash + " -- r\r\n  a: {address: a/}\r\n", nil},
		"an item of a list":                       {"x-a:\n  # weft-ignore " + slash + " -- r\n  - name: b\nchannels: {a: {address: a/}}\n", []string{"4:17 lint/ignore-unused", "6:25 " + slash}},
	} {
		if got := judge(t, "d.yaml", head+c.text, nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// A comment in a file that is referred to counts there, but whether it is
// needed is told only where that file is judged: others may need it.
func TestCommentsInOtherFiles(t *testing.T) {
	t.Parallel()
	others := source.Memory{"memory:///c.yaml": "address: c/ # weft-ignore asyncapi/address-slash, asyncapi/binding -- r\n"}
	if got := judge(t, "d.yaml", head+"channels: {c: {$ref: ./c.yaml}}\n", others); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

// Thousands of comments are looked at in no time, and those beyond a limit not
// at all.
func TestManyCommentsAreCheap(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(head + "channels:\n")
	for i := range 1300 {
		fmt.Fprintf(&b, "  a%d: {} # weft-ignore asyncapi/x -- r\n", i)
	}
	start := cputime.Start(t)
	judge(t, "d.yaml", b.String(), nil)
	if took := start(); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestPatternsOfCodes(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]bool{
		"*": true, "a/b": true, "a/*": true, "*/b": true, "a/?": true, "a/[a-c]": true,
		"a": false, "*b": false, "a/": false, "a/[": false, "": false,
	} {
		if got := lint.MatchCode(pattern, "a/b"); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
}

// FuzzComments judges documents with comments of any form: nothing breaks, and
// each finding is complete and inside its file.
func FuzzComments(f *testing.F) {
	f.Add("channels:\n  # weft-ignore a/b -- r\n  a: {address: a/}\n")
	f.Add("- &x # weft-ignore\n- *x # weft-ignore-file *, a\n")
	f.Add("a: |\n  # weft-ignore x\n\r# weft-ignore-file\t*,,x --")
	linter := rules.Linter()
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("memory:///d.yaml", "d.yaml", []byte(head+text))
		for _, d := range linter.Lint(t.Context(), ref.New(source.Memory{}, ref.Options{}), file).Findings {
			if d.Code == "" || d.Message == "" || d.Severity < diag.Hint || d.Span.Start < 0 || d.Span.End < d.Span.Start || (d.Span.File == file && d.Span.End > len(file.Data())) {
				t.Errorf("the finding is not complete: %+v", d)
			}
		}
	})
}
