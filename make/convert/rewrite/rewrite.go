// Package rewrite is what every conversion of a document does besides knowing
// two specifications: it copies values with their comments, remembers where
// each of them went, and in the end makes every reference lead to where its
// target is now. What a conversion loses or guesses is reported here, as
// findings at the places of the source.
//
// It must not know any specification.
package rewrite

import (
	"context"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Document is a document that is being rewritten.
type Document struct {
	Context   context.Context
	Workspace *ref.Workspace
	// From is the source.
	From *ref.Document
	// Data reports that a node is data, so that a "$ref" in it is only text.
	Data func(*tree.Node) bool
	// Elsewhere returns the node that a value of another document becomes when
	// that document is converted by itself, or nil where it stays what it is.
	// It may be nil.
	Elsewhere func(target *tree.Node) *tree.Node

	Findings

	spent, budget int // bytes of what was copied

	moved map[*tree.Node]*tree.Node // from the source to what stands for it now
	order []*tree.Node              // the keys of moved, as they came
	links []link
}

// link is the value of a "$ref" that has to be written.
type link struct {
	value *tree.Node // of the new "$ref"
	// One of these says what it has to lead to.
	from   *tree.Node // the "$ref" of the source that it stands for
	target *tree.Node // a value of the source
	fresh  *tree.Node // a value of the result
}

// New begins to rewrite a document.
func New(ctx context.Context, ws *ref.Workspace, from *ref.Document) *Document {
	return &Document{
		Context: ctx, Workspace: ws, From: from,
		Data:   func(*tree.Node) bool { return false },
		moved:  map[*tree.Node]*tree.Node{},
		budget: freeCopies + copyFactor*len(from.File.Data()),
	}
}

// What is referred to from many places may have to be written out at each. A
// result may be so many times larger than its source, and small ones more.
const (
	copyFactor = 20
	freeCopies = 4 << 20
	nodeCost   = 32
)

// CodeTooLarge is the code of the finding for a result beyond that.
const CodeTooLarge diag.Code = "convert/too-large"

// Finish writes the references of a result and returns it with what is to say
// about it; it is nil where it is too large.
func (d *Document) Finish(root *tree.Node) (*tree.Node, []diag.Diagnostic) {
	d.Link(root)
	if d.spent > d.budget {
		d.Say(CodeTooLarge, diag.Error, d.From.Root, "write what many places refer to as components that may stay references",
			"the result would be more than %d times as large as the document", copyFactor)
		return nil, d.All()
	}
	return root, d.All()
}

// Became says that a value of the source is now another one. The first word
// about a value counts.
func (d *Document) Became(old, fresh *tree.Node) {
	if old == nil || fresh == nil || d.moved[old] != nil {
		return
	}
	d.moved[old] = fresh
	d.order = append(d.order, old)
}

// Now is what a value of the source became, or nil.
func (d *Document) Now(old *tree.Node) *tree.Node { return d.moved[old] }

// Copy returns a value with its comments as part of the result.
func (d *Document) Copy(old *tree.Node) *tree.Node { return d.copy(old, false) }

func (d *Document) copy(old *tree.Node, data bool) *tree.Node {
	if old == nil {
		return nil
	}
	n := d.Bare(old)
	n.Text = old.Text
	if d.spent += len(old.Text); d.spent > d.budget {
		return n
	}
	data = data || d.Data(old)
	for _, item := range old.Items {
		n.Append(d.copy(item, data))
	}
	for _, m := range old.Members {
		if old.Get(m.Key.Text) == m.Value { // a key that is written twice counts once
			Put(n, m.Key, d.copy(m.Value, data))
		}
	}
	if value := ref.Of(n); value != nil && !data {
		d.links = append(d.links, link{value: value, from: ref.Of(old)})
	}
	return n
}

// Bare returns an empty value of the result, of the kind and with the comments
// of one of the source, which it stands for.
func (d *Document) Bare(old *tree.Node) *tree.Node {
	n := &tree.Node{Kind: old.Kind, Span: old.Span}
	d.spent += nodeCost
	Comment(n, old)
	d.Became(old, n)
	return n
}

// Ref returns a Reference Object that will lead to what a value of the source
// becomes.
func (d *Document) Ref(target *tree.Node) *tree.Node {
	return d.reference(link{target: target})
}

// RefTo returns a Reference Object that will lead to a value of the result.
func (d *Document) RefTo(fresh *tree.Node) *tree.Node {
	return d.reference(link{fresh: fresh})
}

func (d *Document) reference(l link) *tree.Node {
	l.value = tree.NewString("")
	n := tree.NewObject()
	n.Set(ref.Keyword, l.value)
	d.links = append(d.links, l)
	return n
}

// Repeat makes something of values of the source once more. References to
// those values lead to what else they become.
func (d *Document) Repeat(work func() *tree.Node) *tree.Node {
	before := len(d.order)
	n := work()
	for _, old := range d.order[before:] {
		delete(d.moved, old)
	}
	d.order = d.order[:before]
	return n
}

// State is how far a document has been rewritten.
type State struct{ moved, links, findings int }

// State returns how far the work is.
func (d *Document) State() State {
	return State{len(d.order), len(d.links), len(d.Findings.list)}
}

// Undo forgets what was done since.
func (d *Document) Undo(s State) {
	for _, old := range d.order[s.moved:] {
		delete(d.moved, old)
	}
	d.order, d.links, d.Findings.list = d.order[:s.moved], d.links[:s.links], d.Findings.list[:s.findings]
}

// Put adds a member to the end of an object, under the key of the source,
// whose place is kept.
func Put(n, key, value *tree.Node) {
	n.Set(key.Text, value)
	value.Key.Span = key.Span
}

// Comment adds the comments of a value to another.
func Comment(n, from *tree.Node) {
	if from == nil || from.Comments == nil {
		return
	}
	c := tree.Comments{}
	if n.Comments != nil {
		c = *n.Comments
	}
	c.Head = lines(c.Head, from.Comments.Head)
	c.Line = lines(c.Line, from.Comments.Line)
	c.Foot = lines(c.Foot, from.Comments.Foot)
	n.Comments = &c
}

func lines(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
