package expr_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// TestCorpus reads every expression of the valid documents of the corpus.
func TestCorpus(t *testing.T) {
	t.Parallel()
	var files []string
	for _, folder := range []string{"pass", "examples"} {
		found, err := filepath.Glob(filepath.Join(corpus.Dir(t), "arazzo", folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 30 {
		t.Fatalf("only %d documents", len(files))
	}
	reader := corpusReader{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, problems := tree.Parse(source.NewFile("file://"+file, filepath.Base(file), text), tree.Options{})
		if diag.Worst(problems) == diag.Error {
			t.Fatalf("%s: %v", file, problems)
		}
		if root.Has("arazzo") {
			reader.read(t, root.Get("workflows"))
		}
	}
	if reader.count < 150 {
		t.Errorf("only %d expressions were read", reader.count)
	}
}

// targets are fields that say what a step calls. They are no expressions, for
// the most part, and spec/arazzo reads them.
var targets = []string{"operationPath", "channelPath", "operationId", "workflowId", "stepId"}

type corpusReader struct{ count int }

func (r *corpusReader) read(t *testing.T, n *tree.Node) {
	var problems []expr.Problem
	switch {
	case n.Has("condition"):
		_, problems = expr.NewCriterion(criterionOf(n))
	case n.Is(tree.Mapping):
		for _, m := range n.Members {
			r.read(t, m.Value)
		}
		return
	case n.Is(tree.Sequence):
		for _, item := range n.Items {
			r.read(t, item)
		}
		return
	case slices.Contains(targets, n.Name()) || n.Parent.Name() == "dependsOn": // spec/arazzo reads those
		return
	case n.Name() == "$ref" || n.Name() == "description":
		return
	default:
		_, problems = expr.CompileNode(n)
	}
	r.count++
	if expr.Worst(problems) == diag.Error {
		t.Errorf("%s %s: %v", n.Span.File.Name(), n.Path(), problems)
	}
}

func criterionOf(n *tree.Node) expr.CriterionSource {
	c := expr.CriterionSource{Condition: n.Get("condition").Str(), Context: n.Get("context").Str(), Type: n.Get("type").Str()}
	if kind := n.Get("type"); kind.Is(tree.Mapping) {
		c.Type, c.Version = kind.Get("type").Str(), kind.Get("version").Str()
	}
	return c
}
