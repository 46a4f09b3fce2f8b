package machinetest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/internal/golden"
)

func TestScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			script, err := machinetest.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := script.Run()
			if err != nil {
				t.Fatal(err)
			}
			golden.Assert(t, got, path)
		})
	}
}
