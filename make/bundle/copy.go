package bundle

import (
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// copy returns a copy of a value for the bundle, and takes down the references
// in it. Aliases are written out; a key that is there twice counts once.
func (b *bundler) copy(n *tree.Node, within *expansion) *tree.Node {
	if b.full {
		return &tree.Node{Kind: tree.Null, Text: "null", Span: n.Span}
	}
	b.grew(1+len(n.Text)/textUnit, n)
	c := &tree.Node{Kind: n.Kind, Span: n.Span, Text: n.Text, Comments: n.Comments}
	for _, item := range n.Items {
		c.Append(b.copy(item, within))
	}
	for _, m := range n.Members {
		if n.Get(m.Key.Text) == m.Value {
			set(c, m.Key, b.copy(m.Value, within))
		}
	}
	if isEntry(n) {
		b.clones[n] = c
	}
	if value := ref.Of(n); value != nil {
		b.jobs = append(b.jobs, &job{holder: c, origin: n, within: within})
	}
	return c
}

// textUnit is how many bytes of text count like one more value.
const textUnit = 256

// set adds a member that is not there yet; the key is shared with the original,
// since nothing changes it.
func set(n, key, value *tree.Node) {
	n.Set(key.Text, value)
	n.Members[value.Index].Key, value.Key = key, key
}

// isEntry reports whether a value may be what a reference to a message of a
// channel leads to.
func isEntry(n *tree.Node) bool {
	return n.Key != nil && n.Parent != nil && n.Parent.Name() == "messages"
}

// replace puts a value in the place of another, with the comments of both.
func replace(old, value *tree.Node) {
	parent := old.Parent
	value.Parent, value.Key, value.Index = parent, old.Key, old.Index
	if parent.Kind == tree.Sequence {
		parent.Items[old.Index] = value
	} else {
		parent.Members[old.Index].Value = value
	}
	value.Comments = joined(old, value)
}

// joined are the comments of a reference and of what it is replaced by.
func joined(old, value *tree.Node) *tree.Comments {
	var all tree.Comments
	for _, n := range []*tree.Node{old, ref.Of(old), value} {
		if n == nil || n.Comments == nil {
			continue
		}
		all.Head = lines(all.Head, n.Comments.Head)
		all.Line = lines(all.Line, n.Comments.Line)
		all.Foot = lines(all.Foot, n.Comments.Foot)
	}
	if all == (tree.Comments{}) {
		return nil
	}
	if all.Line != "" && value.Kind == tree.Mapping { // beside a reference, above what it stands for
		all.Head, all.Line = lines(all.Head, all.Line), ""
	}
	return &all
}

func lines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
