package tree_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// codesIn returns the values of the constants of type diag.Code in a package.
func codesIn(t *testing.T, dir string) []diag.Code {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var codes []diag.Code
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Code") {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				if code, err := strconv.Unquote(literal.Value); err == nil {
					codes = append(codes, diag.Code(code))
				}
			}
			return true
		})
	}
	return codes
}

func TestEachCodeIsExplainedByAnExample(t *testing.T) {
	t.Parallel()
	rules := map[diag.Code]diag.Rule{}
	for _, rule := range tree.Rules() {
		rules[rule.Code] = rule
	}
	codes := codesIn(t, ".")
	if len(codes) != len(rules) {
		t.Errorf("%d codes and %d rules", len(codes), len(rules))
	}
	for _, code := range codes {
		rule := rules[code]
		if rule.Summary == "" || rule.Why == "" || rule.Severity == 0 || (rule.Good == "") != (rule.Bad == "") {
			t.Errorf("%s is not explained: %+v", code, rule)
		}
		if rule.Bad == "" {
			continue
		}
		if _, findings := parse(t, "x.yaml", rule.Good); len(findings) > 0 {
			t.Errorf("the good example of %s has %v", code, findings)
		}
		if _, findings := parse(t, "x.yaml", rule.Bad); len(findings) != 1 || findings[0].Code != code {
			t.Errorf("the bad example of %s has %v", code, findings)
		}
	}
}
