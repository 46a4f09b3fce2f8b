package archtest

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheSourceKeepsToTheTable(t *testing.T) {
	t.Parallel()
	found, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if found["internal/archtest"] == nil {
		t.Fatal("the reader did not find this package; it reads the wrong directory")
	}
	for _, fault := range judge(found, Table) {
		t.Error(fault)
	}
}

func TestTheTableKeepsToTheDirectionOfTheWings(t *testing.T) {
	t.Parallel()
	for _, fault := range judgeTable(Table) {
		t.Error(fault)
	}
}

func TestARowThatPointsUpwardsIsFound(t *testing.T) {
	t.Parallel()
	faults := judgeTable([]Room{{Path: "spec/expr", Ours: []string{"text/...", "flow/plan"}}, {Path: "check/lint", Ours: []string{"wire/broker"}}})
	expect(t, faults, "spec/expr allows flow/plan", "check/lint allows wire/broker")
}

func TestARowThatStandsTwiceIsFound(t *testing.T) {
	t.Parallel()
	expect(t, judgeTable([]Room{{Path: "text/tree"}, {Path: "text/tree"}}), "two rows of text/tree")
}

// The house of these tests: a table, and below it files that go against it.
var house = []Room{
	{Path: "text/source"},
	{Path: "text/tree", Ours: []string{"text/source"}, Theirs: []string{"go.yaml.in/yaml/v4"}},
	{Path: "spec/expr", Ours: []string{"text/..."}, Never: []Reach{{"net/...", "it is pure"}}},
	{Path: "wire/drivertest", ForTests: true},
	{Path: "ui/cli", Ours: []string{"text/..."}, Without: []Reach{{"database/sql/...", "it keeps nothing"}}},
	{Path: "cmd/weft", Ours: []string{"ui/..."}},
}

var plainHouse = map[string]string{
	"text/source/a.go":     "// Package source is there.\npackage source",
	"text/tree/a.go":       "// Package tree is there.\npackage tree\nimport _ \"go.yaml.in/yaml/v4\"\nimport _ \"github.com/weft-dev/weft/text/source\"",
	"spec/expr/a.go":       "// Package expr is there.\npackage expr\nimport _ \"github.com/weft-dev/weft/text/tree\"",
	"wire/drivertest/a.go": "// Package drivertest is there.\npackage drivertest\nimport _ \"go.uber.org/goleak\"",
	"ui/cli/a.go":          "// Package cli is there.\npackage cli",
	"cmd/weft/a.go":        "// Command weft is there.\npackage main\nimport \"os\"\nfunc main() { os.Exit(0) }",
	// None of these counts: the go command does not build them with the module.
	"text/testdata/a.go": "package broken_import\nimport _ \"text/template\"",
	"tools/go.mod":       "module tools",
	"tools/a.go":         "package tools\nimport _ \"text/template\"",
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	const weft = "github.com/weft-dev/weft/"
	tests := []struct {
		name  string
		files map[string]string // added to the plain house; an empty text takes a file away
		want  []string
	}{
		{"nothing is wrong", nil, nil},
		{
			"unlisted package",
			map[string]string{"text/misc/a.go": "// Package misc is there.\npackage misc"},
			[]string{"text/misc: the package is not in"},
		},
		{
			"row without a package",
			map[string]string{"ui/cli/a.go": ""},
			[]string{"ui/cli: internal/archtest/table.go lists a package that does not exist"},
		},
		{
			"upward import",
			map[string]string{"text/source/b.go": "package source\nimport _ \"" + weft + "spec/expr\""},
			[]string{"text/source/b.go:2:8: text/source must not import github.com/weft-dev/weft/spec/expr: the table allows none"},
		},
		{
			"upward import behind a build tag",
			map[string]string{"text/source/b.go": "//go:build plan9\n\npackage source\nimport _ \"" + weft + "spec/expr\""},
			[]string{"text/source must not import"},
		},
		{
			"somebody else's library",
			map[string]string{"text/source/b.go": "package source\nimport _ \"go.yaml.in/yaml/v4\""},
			[]string{"text/source must not import go.yaml.in/yaml/v4"},
		},
		{
			"a library whose name only begins like an allowed one",
			map[string]string{"text/tree/b.go": "package tree\nimport _ \"go.yaml.in/yaml/v40\""},
			[]string{"text/tree must not import go.yaml.in/yaml/v40"},
		},
		{
			"reach through another room",
			map[string]string{"text/source/b.go": "package source\nimport _ \"net/http\""},
			[]string{"spec/expr must not reach net/http: it is pure\n\tspec/expr -> text/tree -> text/source -> net/http"},
		},
		{
			"closed part of the standard library",
			map[string]string{
				"ui/cli/b.go":      "package cli\nimport _ \"database/sql/driver\"",
				"ui/cli/b_test.go": "package cli\nimport _ \"database/sql\"",
			},
			[]string{"ui/cli must not import database/sql/driver: it keeps nothing"},
		},
		{
			"template",
			map[string]string{"ui/cli/b.go": "package cli\nimport _ \"text/template\""},
			[]string{"ui/cli must not import text/template"},
		},
		{
			"test room in code",
			map[string]string{"cmd/weft/b.go": "package main\nimport _ \"" + weft + "wire/drivertest\""},
			[]string{"must not import github.com/weft-dev/weft/wire/drivertest: it is for tests only"},
		},
		{
			"test room in a test",
			map[string]string{"text/tree/b_test.go": "package tree\nimport _ \"" + weft + "wire/drivertest\""},
			nil,
		},
		{
			"test library in code",
			map[string]string{"ui/cli/b.go": "package cli\nimport _ \"github.com/asyncapi/spec-json-schemas/v6\""},
			[]string{"must not import github.com/asyncapi/spec-json-schemas/v6: it is for tests only"},
		},
		{
			"test library in a test",
			map[string]string{"ui/cli/b_test.go": "package cli\nimport _ \"github.com/asyncapi/spec-json-schemas/v6\""},
			nil,
		},
		{
			"unknown library in a test",
			map[string]string{"ui/cli/b_test.go": "package cli\nimport _ \"github.com/stretchr/testify\""},
			[]string{"must not import github.com/stretchr/testify"},
		},
		{
			"face in a lower test",
			map[string]string{"text/tree/b_test.go": "package tree\nimport _ \"" + weft + "ui/cli\""},
			[]string{"faces are leaves"},
		},
		{
			"end of the process",
			map[string]string{"ui/cli/b.go": "package cli\nimport \"os\"\nfunc f() { os.Exit(1) }"},
			[]string{"ui/cli/b.go:3:12: ui/cli must not end the process"},
		},
		{
			"no package comment",
			map[string]string{"ui/cli/a.go": "package cli"},
			[]string{"ui/cli: there is no package comment"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found, err := read(build(test.files))
			if err != nil {
				t.Fatal(err)
			}
			expect(t, judge(found, house), test.want...)
		})
	}
}

func build(changes map[string]string) fstest.MapFS {
	files := make(fstest.MapFS)
	for _, texts := range []map[string]string{plainHouse, changes} {
		for name, text := range texts {
			files[name] = &fstest.MapFile{Data: []byte(text)}
			if text == "" {
				delete(files, name)
			}
		}
	}
	return files
}

func expect(t *testing.T, faults []string, want ...string) {
	t.Helper()
	if len(faults) != len(want) {
		t.Fatalf("%d faults, want %d:\n%s", len(faults), len(want), strings.Join(faults, "\n"))
	}
	for i := range want {
		if !strings.Contains(faults[i], want[i]) {
			t.Errorf("fault %d is\n%s\nand does not hold\n%s", i, faults[i], want[i])
		}
	}
}
