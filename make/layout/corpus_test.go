package layout_test

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/layout"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// TestEveryDocumentKeepsWhatItSays lays out every document of the corpus and
// of the seeds: the values, the comments and the second layout are the same.
func TestEveryDocumentKeepsWhatItSays(t *testing.T) {
	t.Parallel()
	count := 0
	for _, dir := range []string{corpus.Dir(t), corpus.Seeds(t)} {
		each(t, dir, func(name string, data []byte) {
			f := source.NewFile("file://"+name, name, data)
			out, err := layout.Format(f)
			if err != nil {
				if !broken(f) {
					t.Errorf("%s: %v", name, err)
				}
				return
			}
			count++
			keeps(t, name, data, out)
		})
	}
	t.Logf("%d documents", count)
	if count < 150 {
		t.Errorf("only %d documents were laid out", count)
	}
}

func each(t *testing.T, dir string, visit func(name string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json", ".avsc"}, filepath.Ext(path)) {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			visit(path, data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// broken reports whether a text has faults of its own.
func broken(f *source.File) bool {
	_, findings := tree.Parse(f, tree.Options{})
	return len(findings) > 0
}

// keeps fails the test unless a layout says what the text said.
func keeps(t testing.TB, name string, data, out []byte) {
	t.Helper()
	f, g := source.NewFile("file://"+name, name, data), source.NewFile("file://"+name, name, out)
	before, _ := tree.Parse(f, tree.Options{})
	after, findings := tree.Parse(g, tree.Options{})
	if len(findings) > 0 {
		t.Fatalf("%s: %v\n%s", name, findings, out)
	}
	if diff := gocmp.Diff(before.Value(), after.Value()); diff != "" {
		t.Errorf("%s: the value changed:\n%s", name, diff)
	}
	have := commentsOf(string(out), after)
	for _, text := range commentsOf(string(data), before) {
		i := slices.Index(have, text)
		if i < 0 {
			t.Errorf("%s: the comment %q is lost", name, text)
			continue
		}
		have = slices.Delete(have, i, i+1)
	}
	again, err := layout.Format(g)
	if err != nil {
		t.Fatalf("%s: again: %v\n%s", name, err, out)
	}
	if diff := gocmp.Diff(string(out), string(again)); diff != "" {
		t.Errorf("%s: the second layout differs:\n%s", name, diff)
	}
}

// commentsOf are the comments as the parser's library sees them, which shares
// nothing with the way in which the layout finds them.
func commentsOf(text string, root *tree.Node) []string {
	if text[0] == '{' || strings.HasPrefix(text, "\ufeff") {
		return nil
	}
	var list []string
	seen := map[*tree.Comments]bool{}
	var walk func(n *tree.Node)
	walk = func(n *tree.Node) {
		if n == nil {
			return
		}
		if c := n.Comments; c != nil && !seen[c] {
			seen[c] = true
			for line := range strings.SplitSeq(cmp.Or(c.Head+"\n")+c.Line+"\n"+c.Foot, "\n") {
				if strings.TrimSpace(line) != "" {
					list = append(list, strings.TrimSpace(line))
				}
			}
		}
		if n.Alias != nil {
			return
		}
		for _, m := range n.Members {
			walk(m.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(root)
	slices.Sort(list)
	return list
}

// keepsValue is keeps without the comments, of which the parser's library has
// a view of its own in texts that nobody would write.
func keepsValue(t testing.TB, text string, out []byte) {
	t.Helper()
	before, _ := tree.Parse(source.NewFile("file:///x.yaml", "x.yaml", []byte(text)), tree.Options{})
	after, findings := tree.Parse(source.NewFile("file:///x.yaml", "x.yaml", out), tree.Options{})
	if len(findings) > 0 {
		t.Fatalf("%v\n%q\n%q", findings, text, out)
	}
	if diff := gocmp.Diff(before.Value(), after.Value()); diff != "" {
		t.Fatalf("the value changed:\n%s\n%q\n%q", diff, text, out)
	}
	again, err := layout.Format(source.NewFile("file:///x.yaml", "x.yaml", out))
	if err != nil || string(again) != string(out) {
		t.Fatalf("the second layout differs: %v\n%q\n%q\n%q", err, text, out, again)
	}
}
