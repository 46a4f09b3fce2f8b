package tree_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// eachDocument calls do for every YAML and JSON file below the directories.
func eachDocument(t *testing.T, do func(t *testing.T, f *source.File), dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			switch filepath.Ext(path) {
			case ".yaml", ".yml", ".json", ".avsc":
			default:
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(filepath.Dir(dir), path)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				do(t, source.NewFile("file://"+path, name, data))
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheCorpusIsReadWithExactPlaces(t *testing.T) {
	t.Parallel()
	eachDocument(t, func(t *testing.T, f *source.File) {
		root, findings := tree.Parse(f, tree.Options{})
		for _, d := range findings {
			start, _ := d.Span.Range()
			t.Logf("%s:%d:%d: %s [%s]", f.Name(), start.Line, start.Column, d.Message, d.Code)
		}
		if root == nil {
			t.Fatal("no root")
		}
		checkPlaces(t, root)
	}, corpus.Dir(t), corpus.Seeds(t))
}

// checkPlaces checks for every node that its span lies in its parent's, comes
// after its elder sibling's, and, for a scalar, reads as the value it has.
func checkPlaces(t testing.TB, n *tree.Node) {
	t.Helper()
	checkStructure(t, n)
	checkScalars(t, n)
}

func checkStructure(t testing.TB, n *tree.Node) {
	t.Helper()
	if n.Alias != nil {
		return
	}
	at := n.Span.Start
	follow := func(c *tree.Node, what string) {
		if c.Span.Start < at || c.Span.End < c.Span.Start || c.Span.End > n.Span.End {
			t.Errorf("%s: %s %s at %d-%d is not within %d-%d", n.Path(), what, c.Text, c.Span.Start, c.Span.End, at, n.Span.End)
		}
		at = c.Span.End
	}
	for i, m := range n.Members {
		if m.Value.Parent != n || m.Value.Key != m.Key || m.Value.Index != i {
			t.Errorf("%s: member %d does not know its place", n.Path(), i)
		}
		if isMerged(m) {
			continue // it stands where it was merged from
		}
		follow(m.Key, "the key")
		follow(m.Value, "the value")
		checkStructure(t, m.Value)
	}
	for i, item := range n.Items {
		if item.Parent != n || item.Key != nil || item.Index != i {
			t.Errorf("%s: item %d does not know its place", n.Path(), i)
		}
		follow(item, "the item")
		checkStructure(t, item)
	}
}

func isMerged(m tree.Member) bool { return m.Value.Alias != nil && m.Value.Alias.Key == m.Key }

func checkScalars(t testing.TB, n *tree.Node) {
	t.Helper()
	if n.Alias != nil {
		if text := string(n.Span.Text()); text[0] != '*' {
			t.Errorf("%s: an alias covers %q", n.Path(), text)
		}
		return
	}
	if n.Kind != tree.Mapping && n.Kind != tree.Sequence {
		checkScalar(t, n)
	}
	for _, m := range n.Members {
		if !isMerged(m) {
			checkKey(t, m.Key)
			checkScalars(t, m.Value)
		}
	}
	for _, item := range n.Items {
		checkScalars(t, item)
	}
}

func checkKey(t testing.TB, key *tree.Node) {
	t.Helper()
	text := string(key.Span.Text())
	if text == "" || text[0] == '*' {
		return
	}
	read, findings := tree.Parse(alone(key.Span.File, text), tree.Options{})
	if len(findings) > 0 || read == nil || len(read.Members) != 1 {
		t.Errorf("key %q covers %q, which is no key: %v", key.Text, text, findings)
		return
	}
	if got := read.Members[0].Value; got.Text != key.Text && text != key.Text {
		t.Errorf("key %q covers %q, which reads %q", key.Text, text, got.Text)
	}
}

// alone makes a document of the text of one scalar of a file.
func alone(f *source.File, text string) *source.File {
	if strings.HasSuffix(f.Name(), ".json") {
		return source.NewFile("memory:///k.json", "k.json", []byte(`{"k":`+text+"}"))
	}
	return source.NewFile("memory:///k", "k", []byte("k: "+text+"\n"))
}

func checkScalar(t testing.TB, n *tree.Node) {
	t.Helper()
	text := string(n.Span.Text())
	if text == "" {
		if n.Text != "null" && n.Text != "" {
			t.Errorf("%s: nothing is written, yet it reads %q", n.Path(), n.Text)
		}
		return
	}
	if header := strings.TrimLeft(text, "|>+-"); header != text && header != "" && header[0] >= '1' && header[0] <= '9' {
		return // its indentation depends on where it stands
	}
	read, findings := tree.Parse(alone(n.Span.File, text), tree.Options{})
	if len(findings) > 0 || read == nil {
		t.Errorf("%s covers %q, which is no scalar: %v", n.Path(), text, findings)
		return
	}
	got := read.Get("k")
	want := *n
	if text[0] == '|' || text[0] == '>' {
		got.Text, want.Text = strings.TrimRight(got.Text, "\n"), strings.TrimRight(want.Text, "\n")
	}
	if diff := cmp.Diff(want.Value(), got.Value()); diff != "" {
		t.Errorf("%s covers %q, which reads otherwise:\n%s", n.Path(), text, diff)
	}
}
