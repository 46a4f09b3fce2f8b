package rules_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// TestFindingsStandInTheirFiles asks of every finding in real documents that
// what is underlined is there, and is the value, or the key, that it names.
func TestFindingsStandInTheirFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus.Dir(t), "asyncapi")
	texts := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(filepath.Ext(path), "y") {
			return err
		}
		data, err := os.ReadFile(path)
		texts[filepath.ToSlash(strings.TrimPrefix(path, dir))] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "rule-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []foreignCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		texts[c.Rule+": "+c.Case+".json"] = string(c.Document)
	}
	found := 0
	for name, text := range texts {
		for _, d := range judgeAll(t, name, text) {
			found++
			stands(t, d)
		}
	}
	t.Logf("%d findings in %d documents", found, len(texts))
}

func stands(t *testing.T, d diag.Diagnostic) {
	t.Helper()
	if d.Span.File == nil {
		t.Errorf("%s: no file: %s", d.Code, d.Message)
		return
	}
	size := len(d.Span.File.Data())
	root, _ := tree.Parse(d.Span.File, tree.Options{})
	n := root.At(d.Path)
	inValue := n != nil && within(d.Span, n.Span)
	inKey := n != nil && n.Key != nil && within(d.Span, n.Key.Span)
	switch {
	case d.Span.Start < 0 || d.Span.End > size || d.Span.Start > d.Span.End:
		t.Errorf("%s: %s: the place is outside of the file", d.Span.File.Name(), d.Code)
	case n == nil:
		t.Errorf("%s: %s: nothing is at %q: %s", d.Span.File.Name(), d.Code, d.Path, d.Message)
	case !inValue && !inKey:
		t.Errorf("%s: %s: %q underlines %q, which is not at %q", d.Span.File.Name(), d.Code, d.Message, d.Span.Text(), d.Path)
	}
}

func within(inner, outer source.Span) bool {
	return inner.Start >= outer.Start && inner.End <= outer.End
}
