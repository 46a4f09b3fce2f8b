package plan_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// compileFile compiles every workflow of a document on disk.
func compileFile(t *testing.T, path string) map[string][]diag.Diagnostic {
	t.Helper()
	dir, err := source.Local(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	ctx := context.Background()
	ws := ref.New(dir, ref.Options{})
	f, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := arazzo.Load(ctx, ws, ws.Load(f))
	if doc == nil {
		return nil
	}
	sources, _ := plan.Open(ctx, ws, doc)
	results := map[string][]diag.Diagnostic{}
	for _, w := range doc.Workflows {
		p, found := plan.Compile(doc, sources, w.ID, plan.Options{References: jsonschema.In(ws)})
		if (p == nil) != (diag.Worst(found) == diag.Error) {
			t.Errorf("%s, %s: there is a plan or an error, never both or none", path, w.ID)
		}
		if p != nil && p.String() == "" {
			t.Errorf("%s, %s: the plan prints nothing", path, w.ID)
		}
		results[w.ID] = found
	}
	return results
}

// Whatever a document says, there is a plan or an error, never both or none.
// What the specification's own examples are told is kept, to be read.
func TestCorpus(t *testing.T) {
	var told bytes.Buffer
	for _, folder := range []string{"pass", "fail", "examples"} {
		paths, err := filepath.Glob(filepath.Join(corpus.Dir(t), "arazzo", folder, "*"))
		if err != nil || len(paths) == 0 {
			t.Fatal("no documents in", folder, err)
		}
		for _, path := range paths {
			found := compileFile(t, path)
			if folder != "examples" {
				continue
			}
			for _, id := range slices.Sorted(maps.Keys(found)) {
				fmt.Fprintf(&told, "%s %s\n", filepath.Base(path), id)
				for _, d := range found[id] {
					start, _ := d.Span.Range()
					fmt.Fprintf(&told, "  %s %s %d:%d %s\n", d.Severity, d.Code, start.Line, start.Column, d.Message)
				}
			}
		}
	}
	golden.Assert(t, told.Bytes(), "testdata/examples.golden")
}
