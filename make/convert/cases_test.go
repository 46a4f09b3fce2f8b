package convert_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/tree"
)

// TestCases converts in.yaml of each file of testdata/cases, with the other
// files beside it, and compares the result and the findings with the golden
// file. What is converted once more stays as it is.
func TestCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var in string
			var opt convert.Options
			var others []string
			for _, f := range txtar.Parse(data).Files {
				switch f.Name {
				case "in.yaml":
					in = string(f.Data)
				case "to":
					opt.To = strings.TrimSpace(string(f.Data))
				default:
					others = append(others, f.Name, string(f.Data))
				}
			}
			ws, d := memory(t, "in.yaml", in, others...)
			result := converted(t, ws, d, opt)
			var b bytes.Buffer
			fmt.Fprintf(&b, "%s -> %s\n-- out.yaml --\n%s-- findings --\n", result.From, result.To, result.Text)
			for _, f := range result.Findings {
				start, _ := f.Span.Range()
				fmt.Fprintf(&b, "%d:%d %s %s: %s\n", start.Line, start.Column, f.Severity, f.Code, f.Message)
			}
			golden.Assert(t, b.Bytes(), strings.TrimSuffix(path, ".txtar")+".golden")
			_, d = again(ws, d, result)
			again, err := tree.Print(d.Root, tree.YAML)
			if err != nil || !bytes.Equal(again, result.Text) {
				t.Errorf("what is written reads as something else: %v\n%s", err, again)
			}
		})
	}
}
