package expr_test

import (
	"testing"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func TestProblemsPointIntoTheDocument(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, underlined string }{
		"plain":          {"v: $input.a\n", "$input"},
		"quoted":         {"v: 'x {$input.a}'\n", "$input"},
		"double quoted":  {"v: \"x {$input.a}\"\n", "$input"},
		"json":           {`{"v": "x {$input.a}"}`, "$input"},
		"literal block":  {"v: |\n    {\n      \"a\": \"{$input.a}\"\n    }\nw: 1\n", "$input"},
		"stripped block": {"v: |-\r\n  x\r\n  {$input.a}\r\n", "$input"},
		"escapes":        {`v: "\u0078 {$input.a}"`, `"\u0078 {$input.a}"`},
		"in a list":      {"v: [a, {b: $input.a}]\n", "$input"},
	} {
		root, problems := tree.Parse(source.NewFile("memory:///x.yaml", "x.yaml", []byte(c.text)), tree.Options{})
		if diag.Worst(problems) == diag.Error {
			t.Fatal(name, problems)
		}
		_, found := expr.CompileNode(root)
		if len(found) != 1 {
			t.Errorf("%s: problems are %v", name, found)
			continue
		}
		d := found[0].Diagnostic(root)
		if got := string(d.Span.Text()); got != c.underlined {
			t.Errorf("%s: underlines %q, want %q", name, got, c.underlined)
		}
		if exact := c.underlined == "$input"; exact != (len(d.Fixes) == 1) {
			t.Errorf("%s: fixes are %v", name, d.Fixes)
		}
	}
}
