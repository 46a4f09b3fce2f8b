package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every code that the source gives to a finding is one that can be asked for.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, rule := range explained() {
		known[string(rule.Code)] = true
		if rule.Summary == "" || rule.Why == "" {
			t.Errorf("%s has an explanation that says nothing", rule.Code)
		}
	}
	used := codesOfSource(t)
	if len(used) < 100 {
		t.Fatalf("only %d codes were found in the source: the search is broken", len(used))
	}
	for _, code := range slices.Sorted(maps.Keys(used)) {
		if !known[code] {
			t.Errorf("%s (in %s) is not explained", code, used[code])
		}
	}
}

// codesOfSource are the codes that are written in the source, and the file of
// each: constants and fields of the type of codes, and the kinds of faults of
// structure behind the name of each specification's tables.
func codesOfSource(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && name != "." || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, code := range codesOfFile(t, name, text) {
			used[code] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// codesOfFile are the codes in one file: constants of the type diag.Code, and
// what the field Code of a finding is set to.
func codesOfFile(t *testing.T, name string, text []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if code, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(code, "/") {
				list = append(list, code)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if isCode(n.Type) {
				for _, value := range n.Values {
					add(value)
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
				add(n.Value)
			}
		}
		return true
	})
	return list
}

func isCode(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "Code"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Code"
	}
	return false
}

// The faults of structure have codes that no file writes out: a kind of
// document and a kind of fault.
func TestEveryFaultOfStructureIsExplained(t *testing.T) {
	t.Parallel()
	known := codes(explained())
	text, err := os.ReadFile("../../spec/shape/table.go")
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	for line := range strings.Lines(string(text)) {
		if name, rest, ok := strings.Cut(strings.TrimSpace(line), "="); ok && strings.HasPrefix(name, "Code") {
			faults = append(faults, strings.Split(rest, "\"")[1])
		}
	}
	if len(faults) < 10 {
		t.Fatalf("only %q were found: the search is broken", faults)
	}
	for _, kind := range []string{"asyncapi", "arazzo", "openapi"} {
		for _, fault := range faults {
			if !slices.Contains(known, kind+"/"+fault) {
				t.Errorf("%s/%s is not explained", kind, fault)
			}
		}
	}
}
