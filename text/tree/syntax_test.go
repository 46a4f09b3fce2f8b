package tree_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Each file in testdata/syntax has one mistake that people make; the golden
// file beside it is what they are told.
func TestMistakesAreExplained(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/syntax/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if filepath.Ext(path) == ".golden" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f := source.NewFile("file:///"+path, filepath.Base(path), data)
			_, findings := tree.Parse(f, tree.Options{})
			if len(findings) == 0 {
				t.Error("nothing is found")
			}
			for _, d := range findings {
				if d.Help == "" || d.Message == "" || !strings.HasPrefix(string(d.Code), "text/") {
					t.Errorf("a finding is incomplete: %+v", d)
				}
				if d.Span.Start < 0 || d.Span.End > len(data) || d.Span.End < d.Span.Start {
					t.Errorf("a finding lies outside of the text: %d-%d", d.Span.Start, d.Span.End)
				}
			}
			var b bytes.Buffer
			if err := diag.Write(&b, diag.FormatText, diag.Report{Findings: findings}); err != nil {
				t.Fatal(err)
			}
			golden.Assert(t, b.Bytes(), path+".golden")
		})
	}
}
