package machinetest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/flow/machinetest"
)

func TestEveryRowOfTheSemanticsHasAScript(t *testing.T) {
	paths, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		script, err := machinetest.Parse(data)
		if err != nil {
			t.Fatal(path, err)
		}
		rows = append(rows, script.Rows()...)
	}
	rows = append(rows, rowsOfTheCommandLine(t)...)
	for n := range 38 {
		if row := fmt.Sprintf("A%d", n+1); !slices.Contains(rows, row) {
			t.Errorf("no script names %s", row)
		}
	}
}

// rowsOfTheCommandLine are the rows that scripts of the command line name:
// servers and credentials are no business of the machine.
func rowsOfTheCommandLine(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../ui/cli/testdata/script/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts of the command line", err)
	}
	var rows []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		if row, _, ok := strings.Cut(strings.TrimPrefix(first, "# "), ":"); ok && strings.HasPrefix(row, "A") {
			rows = append(rows, row)
		}
	}
	return rows
}
