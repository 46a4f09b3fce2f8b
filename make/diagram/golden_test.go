package diagram_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/golden"
)

// Every document of testdata is drawn, beside it.
func TestDrawings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden.Assert(t, []byte(drawn(t, string(text)).SVG()), strings.TrimSuffix(file, ".yaml")+".svg")
	}
}
