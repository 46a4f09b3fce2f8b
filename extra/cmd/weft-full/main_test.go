package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weft-full": func() { os.Exit(run()) }})
}

// TestScripts runs every file of testdata/script, as ui/cli does.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			return nil
		},
	})
}

// TestWhatWeftHasIsHereToo compares the imports of the two mains.
func TestWhatWeftHasIsHereToo(t *testing.T) {
	full := driversOf(t, "main.go")
	for _, driver := range driversOf(t, "../../../cmd/weft/main.go") {
		if !slices.Contains(full, driver) {
			t.Errorf("weft has %s, and weft-full has not: import it in main.go", driver)
		}
	}
}

func driversOf(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var drivers []string
	for _, i := range file.Imports {
		if name := strings.Trim(i.Path.Value, `"`); strings.Contains(name, "/wire/") {
			drivers = append(drivers, name)
		}
	}
	return drivers
}
