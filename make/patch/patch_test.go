package patch_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func parse(t interface{ Fatalf(string, ...any) }, name, text string) *tree.Node {
	root, findings := tree.Parse(source.NewFile("file:///"+name, name, []byte(text)), tree.Options{})
	if root == nil || len(findings) > 0 {
		t.Fatalf("%v in\n%s", findings, text)
	}
	return root
}

func value(t interface{ Fatalf(string, ...any) }, text string) *tree.Node {
	return parse(t, "value.yaml", text)
}

// Each case is a text, a change, and the text after it.
func TestChangesLeaveTheRestAsItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, text string
		change           func(*patch.Patch, *tree.Node)
		want             string
	}{
		{
			"a member in block style", "a.yaml", "a:\n    b: 1  # one\n    # last\nc: 2\n",
			func(p *patch.Patch, r *tree.Node) { p.Add(r.Get("a"), "x", value(t, "{k: [1, {z: w}]}")) },
			"a:\n    b: 1  # one\n    x:\n      k:\n        - 1\n        - z: w\n    # last\nc: 2\n",
		},
		{
			"a member behind another", "a.yaml", "a: 1 # one\nb: 2\n",
			func(p *patch.Patch, r *tree.Node) { p.AddAfter(r, "x", value(t, "'yes'"), "a") },
			"a: 1 # one\nx: 'yes'\nb: 2\n",
		},
		{
			"a member before the first", "a.yaml", "- a: 1\n  b: 2\n",
			func(p *patch.Patch, r *tree.Node) { p.AddBehind(r.Items[0], -1, "x", value(t, "{k: 1}")) },
			"- x:\n    k: 1\n  a: 1\n  b: 2\n",
		},
		{
			"a member in braces", "a.yaml", "a: { b: 1 } # c\n",
			func(p *patch.Patch, r *tree.Node) { p.Add(r.Get("a"), "x", value(t, "['y, z', w]")) },
			"a: { b: 1, x: ['y, z', w] } # c\n",
		},
		{
			"a member of nothing", "a.yaml", "a: {} # c\nb:\nd: []\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Add(r.Get("a"), "x", value(t, "1"))
				p.Add(r.Get("b"), "k", value(t, "{z: 1}"))
				p.Append(r.Get("d"), value(t, "2"))
			},
			"a:\n  x: 1 # c\nb:\n  k:\n    z: 1\nd:\n  - 2\n",
		},
		{
			"items", "a.yaml", "a:\n- 1\n- 2 # two\nb: [1,\n    2]\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Append(r.Get("a"), value(t, "{c: 3}"))
				p.Append(r.Get("b"), value(t, "3"))
			},
			"a:\n- 1\n- 2 # two\n- c: 3\nb: [1,\n    2, 3]\n",
		},
		{
			"removal with its comments", "a.yaml", "# of a\na: 1\n\n# of b\nb:\n  c: 2\n  # end of b\nd: 3 # d\n",
			func(p *patch.Patch, r *tree.Node) { p.Remove(r.Get("b")) },
			"# of a\na: 1\n\n  # end of b\nd: 3 # d\n",
		},
		{
			"removal of the first of an item", "a.yaml", "- a: 1\n  b: 2\n- c\n",
			func(p *patch.Patch, r *tree.Node) { p.Remove(r.Items[0].Get("a")) },
			"- b: 2\n- c\n",
		},
		{
			"removal of all", "a.yaml", "a:\n  b: 1\nc: {d: 1}\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Remove(r.At("/a/b"))
				p.Remove(r.At("/c/d"))
			},
			"a: {}\nc: {}\n",
		},
		{
			"removals in braces", "a.yaml", "a: {b: 1, c: 2, d: 3}\ne: [1, 2, 3]\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Remove(r.At("/a/c"))
				p.Remove(r.At("/a/d"))
				p.Remove(r.At("/e/0"))
			},
			"a: {b: 1}\ne: [2, 3]\n",
		},
		{
			"replacement", "a.yaml", "a: 'x' # c\nb:\n  c: 1\nd: {e: 1}\nf: # g\n  h: 1\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Replace(r.Get("a"), value(t, "y"))
				p.Replace(r.Get("b"), value(t, "{$ref: '#/x'}"))
				p.Replace(r.At("/d/e"), value(t, "{x: 1}"))
				p.Replace(r.Get("f"), value(t, "{x: 1}"))
			},
			"a: 'y' # c\nb:\n  $ref: '#/x'\nd: {e: {x: 1}}\nf: # g\n  x: 1\n",
		},
		{
			"other names", "a.yaml", "a: 1\n\"b\": 2\n'c': 3\nd: {e: 1}\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Rename(r.Get("a"), "yes")
				p.Rename(r.Get("b"), "x")
				p.Rename(r.Get("c"), "it's")
				p.Rename(r.At("/d/e"), "f")
			},
			"'yes': 1\n\"x\": 2\n'it''s': 3\nd: {f: 1}\n",
		},
		{
			"JSON over lines", "a.json", "{\n\t\"a\": {\n\t\t\"b\": 1\n\t},\n\t\"c\": [1, 2]\n}\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Add(r.Get("a"), "x", value(t, "{y: [1]}"))
				p.Append(r.Get("c"), value(t, "{z: \"q\"}"))
				p.Add(r, "n", value(t, "{}"))
			},
			"{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"x\": {\n\t\t\t\"y\": [\n\t\t\t\t1\n\t\t\t]\n\t\t}\n\t},\n\t\"c\": [1, 2, {\"z\": \"q\"}],\n\t\"n\": {}\n}\n",
		},
		{
			"JSON on a line", "a.json", `{"a":{"b":1}}`,
			func(p *patch.Patch, r *tree.Node) { p.Add(r.Get("a"), "x", value(t, "{y: [1]}")) },
			`{"a":{"b":1,"x":{"y":[1]}}}`,
		},
		{
			"a change inside of what goes", "a.yaml", "a:\n  b: 1\nc: 2\n",
			func(p *patch.Patch, r *tree.Node) {
				p.Add(r.Get("a"), "x", value(t, "1"))
				p.Remove(r.Get("a"))
			},
			"c: 2\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := patch.New()
			c.change(p, parse(t, c.file, c.text))
			out, err := p.Texts()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(out[0].Text)); diff != "" {
				t.Errorf("%s\n%s", diff, out[0].Text)
			}
			parse(t, c.file, string(out[0].Text))
		})
	}
}

func TestWhatAMergeKeyBringsIsNotChangedHere(t *testing.T) {
	t.Parallel()
	root := parse(t, "a.yaml", "a: &a\n  b: 1\nc:\n  <<: *a\n  d: 2\n")
	p := patch.New()
	p.Remove(root.At("/c/b"))
	if _, err := p.Texts(); err == nil || !strings.Contains(err.Error(), "a.yaml:2: \"b\" comes from a merge key") {
		t.Errorf("got %v", err)
	}
}

// drawValue draws an object or array, and drawText a way to write it.
func drawValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 {
		kind = rapid.IntRange(4, 5).Draw(t, "root")
	}
	switch {
	case kind == 4 || kind == 3 && depth < 3:
		object := map[string]any{}
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			object[rapid.SampledFrom([]string{"a", "b", "c d", "e: f", "yes"}).Draw(t, "key")] = drawValue(t, depth+1)
		}
		return object
	case kind == 5 && depth < 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list = append(list, drawValue(t, depth+1))
		}
		return list
	}
	return rapid.SampledFrom([]any{nil, true, json.Number("1"), "", "x", "a, b", "# no", "two\nlines\n", "it's \"so\""}).Draw(t, "scalar")
}

func write(t *rapid.T, n *tree.Node) (name, text string) {
	format := tree.YAML
	style := rapid.SampledFrom([]string{"block", "mixed", "json", "line", "flow"}).Draw(t, "style")
	if style == "json" || style == "line" {
		format = tree.JSON
	}
	out, err := tree.Print(n, format)
	if err != nil {
		t.Fatal(err)
	}
	text = string(out)
	switch style {
	case "json":
		return "a.json", text
	case "line":
		line, _ := json.Marshal(json.RawMessage(text))
		return "a.json", string(line)
	case "flow":
		line, err := tree.Print(n, tree.JSON)
		if err != nil {
			t.Fatal(err)
		}
		return "a.yaml", string(line)
	case "mixed":
		text = strings.ReplaceAll(text, "\n- ", "\n# c\n- ")
	}
	return "a.yaml", text
}

// A change of the text is the same change of the value.
func TestAChangeOfTheTextIsThatOfTheValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start, err := tree.FromValue(drawValue(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		name, text := write(t, start)
		root := parse(t, name, text)
		want := root.Clone()
		p := patch.New()
		for i := range rapid.IntRange(1, 3).Draw(t, "changes") {
			change(t, p, root, want, i)
		}
		out, err := p.Texts()
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		got := root
		if len(out) > 0 {
			got = parse(t, name, string(out[0].Text))
			text += "-----\n" + string(out[0].Text)
		}
		if diff := cmp.Diff(plain(want), got.Value()); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
	})
}

// change makes a change of a random node, and the same of a copy. Additions
// have names of their own, and values are removed and replaced only once.
func change(t *rapid.T, p *patch.Patch, root, want *tree.Node, i int) {
	var places []*tree.Node
	var walk func(n *tree.Node)
	walk = func(n *tree.Node) {
		places = append(places, n)
		for _, m := range n.Members {
			walk(m.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(root)
	n := rapid.SampledFrom(places).Draw(t, "place")
	same := want.At(n.Path())
	if same == nil || same.Anchor == "gone" {
		return
	}
	added, err := tree.FromValue(drawValue(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case n.Kind == tree.Mapping:
		key := fmt.Sprintf("new%d", i)
		p.Add(n, key, added)
		same.Set(key, added.Clone())
	case n.Kind == tree.Sequence:
		p.Append(n, added)
		same.Append(added.Clone())
	case n.Parent != nil && n.Parent.Kind == tree.Mapping && same.Anchor == "":
		if rapid.Bool().Draw(t, "remove") {
			p.Remove(n)
			same.Anchor = "gone"
		} else {
			p.Replace(n, added)
			parent := same.Parent
			copied := added.Clone()
			copied.Anchor = "gone" // for further changes
			parent.Set(n.Key.Text, copied)
			copied.Comments = &tree.Comments{}
		}
	}
}

// plain is the value of a copy without what is gone. What replaced a value is
// marked too, by comments.
func plain(n *tree.Node) any {
	switch n.Kind {
	case tree.Mapping:
		object := map[string]any{}
		for _, m := range n.Members {
			if m.Value.Anchor != "gone" || m.Value.Comments != nil {
				object[m.Key.Text] = plain(m.Value)
			}
		}
		return object
	case tree.Sequence:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, plain(item))
		}
		return list
	}
	return n.Value()
}
