package machinetest_test

import (
	"os"
	"path/filepath"
	"slices"
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
	for _, row := range []string{
		"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13", "A14", "A15", "A16", "A17", "A18",
		"A19", "A21", "A22", "A23", "A24", "A25", "A26", "A27", "A28", "A29", "A31", "A32", "A33", "A34", "A36",
	} {
		if !slices.Contains(rows, row) {
			t.Errorf("no script names %s", row)
		}
	}
}
