package rules_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Wherever a finding is, it lies inside the file that it names, and underlines
// something of the node that its path names: its key, its value, or a part of
// these. Documents are those of the corpus, and the same with lines left out,
// doubled and cut.
func TestFindingsUnderlineWhatTheyName(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(3, 5))
	count := 0
	for _, dir := range []string{filepath.Join(corpus.Dir(t), "asyncapi"), filepath.Join(corpus.Dir(t), "bundle"), filepath.Join(corpus.Dir(t), "arazzo"), corpus.Seeds(t)} {
		for _, path := range documentFiles(t, dir) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			count += positions(t, path, string(data))
			for range 3 {
				count += positions(t, path, damage(chance, string(data)))
			}
		}
	}
	t.Logf("%d findings", count)
	if count < 1000 {
		t.Errorf("only %d findings", count)
	}
}

func documentFiles(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !entry.IsDir() && (ext == ".yml" || ext == ".yaml" || ext == ".json") && entry.Name() != "rule-cases.json" {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// damage changes a line or two of a text.
func damage(chance *rand.Rand, text string) string {
	lines := strings.Split(text, "\n")
	for range 1 + chance.IntN(2) {
		i := chance.IntN(len(lines))
		switch chance.IntN(4) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += "\n" + lines[i]
		case 2:
			lines[i] = lines[i][:chance.IntN(len(lines[i])+1)]
		case 3:
			lines[i] = strings.Replace(lines[i], "e", "ö", 1)
		}
	}
	return strings.Join(lines, "\n")
}

// positions judges a document and returns how many findings it has.
func positions(t *testing.T, path, text string) int {
	t.Helper()
	local, err := source.Local(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	ws := ref.New(local, ref.Options{})
	found := rules.Linter().Lint(t.Context(), ws, source.NewFile(source.FileURI(path), filepath.Base(path), []byte(text))).Findings
	for i := range found {
		if fault := misplaced(ws, &found[i]); fault != "" {
			t.Errorf("%s: %s: %s: %s", path, found[i].Code, found[i].Message, fault)
		}
	}
	return len(found)
}

func misplaced(ws *ref.Workspace, d *diag.Diagnostic) string {
	s := d.Span
	switch {
	case s.File == nil:
		return "is nowhere"
	case s.Start < 0 || s.End < s.Start || s.End > len(s.File.Data()):
		return "lies outside of its file"
	case s.End == s.Start && s.Start < len(s.File.Data()) && !isOfText(d):
		return "underlines nothing"
	}
	doc := ws.Document(s.File.URI())
	if doc == nil || doc.Root == nil || isOfText(d) {
		return "" // a finding about the text has no node
	}
	nodes := at(doc.Root, d.Path)
	for _, node := range nodes {
		whole := node.Span
		if node.Key != nil {
			whole.Start = min(node.Key.Span.Start, whole.Start)
		} else if whole.Start == whole.End {
			whole = node.Underline()
		}
		if s.Start >= whole.Start && s.End <= max(whole.End, whole.Start) || node.Key != nil && s == node.Key.Span {
			return ""
		}
	}
	if len(nodes) == 0 {
		return "has a path that leads nowhere: " + d.Path
	}
	return "underlines " + quoteShort(s) + ", which is not at " + d.Path
}

// isOfText reports whether a finding is about how a document is written.
func isOfText(d *diag.Diagnostic) bool {
	return strings.HasPrefix(string(d.Code), "text/") && !strings.HasPrefix(string(d.Code), "text/ref-")
}

func quoteShort(s source.Span) string {
	text := string(s.Text())
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return "\"" + text + "\""
}

// at are the nodes that a JSON Pointer names: several where a key is there
// twice.
func at(root *tree.Node, pointer string) []*tree.Node {
	nodes := []*tree.Node{root}
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		var next []*tree.Node
		for _, n := range nodes {
			for _, m := range n.Members {
				if m.Key.Text == token {
					next = append(next, m.Value)
				}
			}
			if i, err := strconv.Atoi(token); err == nil && i < len(n.Items) {
				next = append(next, n.Items[i])
			}
		}
		nodes = next
	}
	return nodes
}
