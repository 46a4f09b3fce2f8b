// Package patch changes values inside of a YAML or JSON text and leaves every
// other byte as it is: comments, order and layout survive a change next to
// them. It exists because a document that is printed anew after a change of one
// field shows a change of everything.
//
// It must not know any specification, nor files: it turns wishes about nodes
// into edits of the text that they were read from.
package patch

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Patch collects changes of the texts of some documents. All changes are to the
// texts as they were read; none sees the effect of another. A value that is
// taken away or replaced takes the changes inside of it with it.
type Patch struct {
	containers map[*tree.Node]*change
	order      []*change
	texts      []text
	instead    map[*tree.Node]bool // the values that are replaced
	err        error
}

// change is what happens to one object or array.
type change struct {
	node    *tree.Node
	removed map[int]bool
	added   []addition
}

// addition is a member or item that is new, behind the entry of a number; -1 is
// before the first.
type addition struct {
	behind int
	key    string
	value  *tree.Node
}

// text replaces one value or key.
type text struct {
	node  *tree.Node
	value *tree.Node // nil for a key
	key   string
}

// New returns a patch that changes nothing yet.
func New() *Patch {
	return &Patch{containers: map[*tree.Node]*change{}, instead: map[*tree.Node]bool{}}
}

// Empty reports whether the patch changes nothing.
func (p *Patch) Empty() bool { return len(p.order) == 0 && len(p.texts) == 0 }

// fail remembers the first thing that cannot be done.
func (p *Patch) fail(n *tree.Node, format string, args ...any) {
	if p.err == nil {
		start, _ := n.Span.Range()
		p.err = fmt.Errorf("%s:%d: %s", n.Span.File.Name(), start.Line, fmt.Sprintf(format, args...))
	}
}

// Written is where a value stands that may be an alias of another.
func Written(n *tree.Node) *tree.Node {
	for n != nil && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func (p *Patch) change(n *tree.Node) *change {
	n = Written(n)
	c := p.containers[n]
	if c == nil {
		c = &change{node: n, removed: map[int]bool{}}
		p.containers[n] = c
		p.order = append(p.order, c)
	}
	return c
}

// Add adds a member to the end of an object.
func (p *Patch) Add(object *tree.Node, key string, value *tree.Node) {
	p.AddBehind(object, object.Len()-1, key, value)
}

// AddBehind adds a member behind the member of a number; -1 is before the first.
func (p *Patch) AddBehind(object *tree.Node, behind int, key string, value *tree.Node) {
	if !object.Is(tree.Mapping) && !object.Is(tree.Null) {
		p.fail(object, "%q can be added only to an object", key)
		return
	}
	c := p.change(object)
	c.added = append(c.added, addition{behind, key, value})
}

// AddAfter adds a member behind the last of some members that is there, or at
// the end where none is.
func (p *Patch) AddAfter(object *tree.Node, key string, value *tree.Node, after ...string) {
	behind := -1
	for i := range object.Members {
		if slices.Contains(after, object.Members[i].Key.Text) {
			behind = i
		}
	}
	if behind < 0 {
		behind = object.Len() - 1
	}
	p.AddBehind(object, behind, key, value)
}

// Append adds an item to the end of an array.
func (p *Patch) Append(array *tree.Node, value *tree.Node) {
	if !array.Is(tree.Sequence) {
		p.fail(array, "an item can be added only to an array")
		return
	}
	c := p.change(array)
	c.added = append(c.added, addition{behind: array.Len() - 1, value: value})
}

// Remove takes a member or an item away, with the comments above it.
func (p *Patch) Remove(n *tree.Node) {
	if n.Parent == nil {
		p.fail(n, "the whole document cannot be removed")
		return
	}
	p.change(n.Parent).removed[n.Index] = true
}

// Replace puts another value in the place of one.
func (p *Patch) Replace(n, value *tree.Node) {
	p.texts = append(p.texts, text{node: n, value: value})
	p.instead[n] = true
}

// Rename gives a member another key.
func (p *Patch) Rename(n *tree.Node, key string) {
	p.texts = append(p.texts, text{node: n, key: key})
}

// Texts returns the new texts of the documents that change, by their files in
// the order in which they were first changed.
func (p *Patch) Texts() ([]Changed, error) {
	edits := map[*source.File][]diag.Edit{}
	var files []*source.File
	add := func(e diag.Edit) {
		if edits[e.Span.File] == nil {
			files = append(files, e.Span.File)
		}
		edits[e.Span.File] = append(edits[e.Span.File], e)
	}
	// Where two additions fall on one place, that to the inner value comes first.
	slices.SortStableFunc(p.order, func(a, b *change) int { return depth(b.node) - depth(a.node) })
	for _, c := range p.order {
		if p.err == nil && !p.gone(c.node) {
			for _, e := range p.container(c) {
				add(e)
			}
		}
	}
	for _, t := range p.texts {
		if p.err == nil && !p.goneWith(t) {
			add(p.text(t))
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	var out []Changed
	for _, f := range files {
		data, err := tree.Apply(f.Data(), edits[f])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		out = append(out, Changed{File: f, Text: data})
	}
	return out, nil
}

func depth(n *tree.Node) int {
	levels := 0
	for ; n.Parent != nil; n = n.Parent {
		levels++
	}
	return levels
}

// Changed is a file and its new text.
type Changed struct {
	File *source.File
	Text []byte
}

// gone reports whether a value stands in another that is removed or replaced.
func (p *Patch) gone(n *tree.Node) bool {
	for ; n != nil; n = n.Parent {
		if p.instead[n] {
			return true
		}
		if n.Parent == nil {
			return false
		}
		if c := p.containers[n.Parent]; c != nil && c.removed[n.Index] {
			return true
		}
	}
	return false
}

func (p *Patch) goneWith(t text) bool {
	if t.value == nil {
		return p.gone(t.node.Parent) || p.removed(t.node)
	}
	return p.removed(t.node) || p.gone(t.node.Parent)
}

func (p *Patch) removed(n *tree.Node) bool {
	c := p.containers[n.Parent]
	return c != nil && c.removed[n.Index]
}

// own reports whether a member is written in its object, and not brought in by
// a merge key.
func own(object *tree.Node, i int) bool {
	k := object.Members[i].Key.Span
	return k.File == object.Span.File && k.Start >= object.Span.Start && k.End <= object.Span.End
}

func isFlow(n *tree.Node) bool {
	text := n.Span.Text()
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	return n.Kind != tree.Mapping || n.Len() == 0 || n.Members[0].Key.Span.Start != n.Span.Start
}

// entry is the span of one entry of a collection, from its key to the end of
// its value.
func entry(c *tree.Node, i int) (start, end int) {
	if c.Kind == tree.Sequence {
		return c.Items[i].Span.Start, c.Items[i].Span.End
	}
	m := c.Members[i]
	start, end = m.Key.Span.Start, max(m.Key.Span.End, m.Value.Span.End)
	if m.Value.Span.End <= m.Key.Span.End {
		data := c.Span.File.Data()
		if colon := bytes.IndexByte(data[end:], ':'); colon >= 0 && len(bytes.TrimSpace(data[end:end+colon])) == 0 {
			end += colon + 1
		}
	}
	return start, end
}
