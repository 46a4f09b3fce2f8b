package tree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func printed(t testing.TB, n *tree.Node, format tree.Format) []byte {
	t.Helper()
	text, err := tree.Print(n, format)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const commented = `# The orders of the shop.
# Second line.

# what it is
asyncapi: 3.0.0 # the version
info:
  # for people
  title: 'Orders: all'
  description: |
    First line.
      indented

    Last line.
  empty: {}
  none:
  list: [] # empty too
# after info

channels: # all of them
  orders:
    address: /orders/{id}
    tags:
    # the first
    - name: a
      count: 0x10
    - # nested
      - 1
      - [2, three]
    '200': "line\nbreak\ttab"
    "yes": no
    on: 2024-01-01
    ratio: 1.50
    big: 123456789012345678901234567890
    &x ref: &y {$ref: '#/info'}
    alias: *y
# the end
`

func TestPrintKeepsOrderAndComments(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", commented)
	text := printed(t, root, tree.YAML)
	golden.Assert(t, text, "testdata/print.yaml.golden")
	golden.Assert(t, printed(t, root, tree.JSON), "testdata/print.json.golden")
	again := mustParse(t, "x.yaml", string(text))
	if diff := cmp.Diff(string(text), string(printed(t, again, tree.YAML))); diff != "" {
		t.Errorf("printing what was printed gives another text (-first +second):\n%s", diff)
	}
}

// sameValue checks that a node printed reads as the same value.
func sameValue(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, n *tree.Node,
) {
	for name, format := range map[string]tree.Format{"x.yaml": tree.YAML, "x.json": tree.JSON} {
		text, err := tree.Print(n, format)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f := source.NewFile("memory:///"+name, name, text)
		again, findings := tree.Parse(f, tree.Options{})
		if len(findings) > 0 && findings[0].Code != tree.CodeEmpty {
			t.Fatalf("%s: %s at %q in\n%s", name, findings[0].Message, findings[0].Span.Text(), text)
		}
		if diff := cmp.Diff(n.Value(), again.Value()); diff != "" {
			t.Errorf("%s reads as another value (-want +got):\n%s\n%s", name, diff, text)
		}
	}
}

func TestTheCorpusPrintsAsTheSameValue(t *testing.T) {
	t.Parallel()
	eachDocument(t, func(t *testing.T, f *source.File) {
		root, _ := tree.Parse(f, tree.Options{})
		sameValue(t, root)
	}, corpus.Dir(t), corpus.Seeds(t))
}

// words are strings that a writer of YAML easily gets wrong.
var words = []string{
	"", " ", "a", "a b", " a", "a ", "a: b", "a:", ":a", "a #b", "#a", "a#b", "-", "- a", "-a", "--- a", "---", "...", "?", "? a", "!a", "&a", "*a", "@a", "`a", "%a", "|", ">", "'", "\"", "it's", "[", "]", "{", "}", "{a}", "a,b", ",",
	"null", "Null", "~", "true", "True", "yes", "No", "on", "y", "n", "1", "-1", "+1", "1.5", ".5", "1e3", "0x1f", "0o7", "007", "1_000", "12:30", "2024-01-01", "2001-12-14t21:59:43.10-05:00", ".inf", ".nan", "<<", "=", ".", "..", "./a", "../a", "./a: b", "../a #b", "3.0.0", "1.2.3:4",
	"\n", "\n\n", "a\n", "a\nb", "a\nb\n", "a\n\nb\n", "\na", "a\n\n", " a\nb", "a\n b", "a \nb", "a\n \nb", "\ta\nb", "a\n\tb", "a\tb", "\t", "\r\n", "a\r", "a\x00b", "\x1b[0m", "\u0085", "a\u2028b", "\ufeff", "\u00a0", "é", "日本", "😀", "\u202e", "\\", "a\\b", "\"a\"", "'a'",
	"#/components/x", "http://a/b", "a: b: c", "key:value", "application/json", strings.Repeat("long ", 300), strings.Repeat("x", 1500), "\U0010ffff", "\ufffd", "a\n#b", "a\n- b\n", "a\n---\nb", "a\n...\n",
}

func genString() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(words), rapid.String(), rapid.Map(rapid.SliceOfN(rapid.SampledFrom(words), 1, 3), func(l []string) string { return strings.Join(l, "") }))
}

func genNode(depth int) *rapid.Generator[*tree.Node] {
	return rapid.Custom(func(t *rapid.T) *tree.Node {
		most := 6
		if depth == 0 {
			most = 4
		}
		n := genBare(t, rapid.IntRange(0, most).Draw(t, "kind"), depth)
		if rapid.IntRange(0, 3).Draw(t, "comments") == 0 {
			comment := rapid.SampledFrom([]string{"", "note", "two\nlines", "with # hash", "- like an item", "a: b"})
			n.Comments = &tree.Comments{Head: comment.Draw(t, "head"), Line: comment.Draw(t, "line"), Foot: comment.Draw(t, "foot")}
		}
		return n
	})
}

func genBare(t *rapid.T, kind, depth int) *tree.Node {
	switch kind {
	case 0:
		return &tree.Node{Kind: tree.Null, Text: "null"}
	case 1:
		return &tree.Node{Kind: tree.Bool, Text: rapid.SampledFrom([]string{"true", "false"}).Draw(t, "bool")}
	case 2:
		return &tree.Node{Kind: tree.Number, Text: rapid.SampledFrom([]string{"0", "-1", "1.50", "1e400", "123456789012345678901234567890", "-0.0", "1E+2"}).Draw(t, "number")}
	case 5:
		return tree.NewArray(rapid.SliceOfN(genNode(depth-1), 0, 4).Draw(t, "items")...)
	case 6:
		object := tree.NewObject()
		for range rapid.IntRange(0, 4).Draw(t, "size") {
			object.Set(genString().Draw(t, "key"), genNode(depth-1).Draw(t, "value"))
		}
		return object
	}
	return tree.NewString(genString().Draw(t, "string"))
}

func TestWhatIsPrintedReadsAsTheSameValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { sameValue(t, genNode(4).Draw(t, "node")) })
}

func TestEachWordPrintsAsItself(t *testing.T) {
	t.Parallel()
	for _, word := range words {
		sameValue(t, tree.NewString(word))
		object := tree.NewObject()
		object.Set(word, tree.NewString(word))
		sameValue(t, tree.NewArray(object, tree.NewString(word)))
	}
}

func TestPrintRefusesWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	circle := tree.NewArray()
	circle.Items = append(circle.Items, circle)
	object := tree.NewObject()
	object.Members = append(object.Members, tree.Member{Key: tree.NewString("a"), Value: object})
	for name, n := range map[string]*tree.Node{
		"not UTF-8": tree.NewString("\xff"), "no number": {Kind: tree.Number, Text: "x"}, "a circle": circle, "a circle of objects": object,
	} {
		for _, format := range []tree.Format{tree.YAML, tree.JSON} {
			if text, err := tree.Print(n, format); err == nil {
				t.Errorf("%s is written as %.20q", name, text)
			}
		}
	}
	if got := printed(t, nil, tree.JSON); string(got) != "null\n" {
		t.Errorf("no node is %q", got)
	}
}

func TestNodesOfPlainData(t *testing.T) {
	t.Parallel()
	value := map[string]any{"b": []any{nil, true, "x", json.Number("1.50")}, "a": map[string]any{}}
	n, err := tree.FromValue(value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value, n.Value()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n.Members[0].Key.Text != "a" || n.At("/b/2").Path() != "/b/2" {
		t.Error("the members are not in the order of their keys, or do not know their place")
	}
	if n, err := tree.FromValue([]any{1, int64(2), 1.5}); err != nil || len(n.Items) != 3 || n.Items[2].Text != "1.5" {
		t.Errorf("Go's numbers: %v, %v", n.Value(), err)
	}
	for _, bad := range []any{struct{}{}, []any{func() {}}, map[string]any{"a": make(chan int)}, json.Number("x"), []string{"a"}} {
		if _, err := tree.FromValue(bad); err == nil {
			t.Errorf("%T is taken for a value", bad)
		}
	}
}

func TestCloneWritesAliasesOut(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", "a: &a {x: [1]}\nb: *a\nc: {<<: *a, y: 2}\n")
	c := root.Clone()
	if diff := cmp.Diff(root.Value(), c.Value()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := c.At("/b/x/0"); n.Path() != "/b/x/0" || n.Span != root.At("/a/x/0").Span || c.At("/b").Alias != nil {
		t.Errorf("an alias is still one: %s", n.Path())
	}
	c.At("/b/x").Append(tree.NewString("new"))
	c.Get("c").Set("x", tree.NewString("set"))
	if root.At("/a/x").Len() != 1 || root.At("/c/x").Kind != tree.Sequence {
		t.Error("changing the copy changes the original")
	}
}

func TestEditsAreMadeTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	f := source.NewFile("memory:///a", "a", []byte("0123456789"))
	edit := func(start, end int, text string) diag.Edit {
		return diag.Edit{Span: source.Span{File: f, Start: start, End: end}, Text: text}
	}
	for _, test := range []struct {
		want  string
		edits []diag.Edit
	}{
		{"0123456789", nil},
		{"ab23456Z", []diag.Edit{edit(7, 10, "Z"), edit(0, 2, "ab")}},
		{"0AB1b3456789", []diag.Edit{edit(1, 1, "A"), edit(2, 3, "b"), edit(1, 1, "B")}},
		{"01XY456789", []diag.Edit{edit(3, 4, "Y"), edit(2, 3, "X")}},
		{"0123456789!", []diag.Edit{edit(10, 10, "!")}},
		{"01I2X456789", []diag.Edit{edit(2, 2, "I"), edit(3, 4, "X")}},
	} {
		got, err := tree.Apply(f.Data(), test.edits)
		if err != nil || string(got) != test.want {
			t.Errorf("got %q (%v), want %q", got, err, test.want)
		}
	}
	for _, bad := range [][]diag.Edit{{edit(0, 3, ""), edit(2, 4, "")}, {edit(0, 3, ""), edit(1, 1, "x")}} {
		if _, err := tree.Apply(f.Data(), bad); !errors.Is(err, tree.ErrOverlap) {
			t.Errorf("edits that overlap: %v", err)
		}
	}
	other := source.NewFile("memory:///b", "b", nil)
	for _, bad := range [][]diag.Edit{{edit(-1, 0, "")}, {edit(5, 4, "")}, {edit(5, 11, "")}, {edit(0, 1, ""), {Span: source.Span{File: other, Start: 2, End: 2}}}} {
		if _, err := tree.Apply(f.Data(), bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
	if !bytes.Equal(f.Data(), []byte("0123456789")) {
		t.Error("the text itself is changed")
	}
}

func TestTheCorpusKeepsItsCommentsAndPrintsTheSameTwice(t *testing.T) {
	t.Parallel()
	eachDocument(t, func(t *testing.T, f *source.File) {
		if strings.HasSuffix(f.Name(), ".json") {
			t.Skip("JSON has no comments")
		}
		root, findings := tree.Parse(f, tree.Options{})
		text := printed(t, root, tree.YAML)
		for line := range strings.SplitSeq(string(f.Data()), "\n") {
			at := strings.Index(line, "# ")
			if at < 0 || at > 0 && line[at-1] != ' ' {
				continue
			}
			if comment := strings.TrimSpace(line[at:]); !bytes.Contains(text, []byte(comment)) {
				t.Errorf("a comment is lost: %s", comment)
			}
		}
		if len(findings) > 0 {
			return
		}
		again := mustParse(t, "x.yaml", string(text))
		if diff := cmp.Diff(string(text), string(printed(t, again, tree.YAML))); diff != "" {
			t.Errorf("printing what was printed gives another text (-first +second):\n%s", diff)
		}
	}, corpus.Dir(t), corpus.Seeds(t))
}
