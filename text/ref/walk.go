package ref

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Reference is one "$ref" and what it names.
type Reference struct {
	// Holder is the object that holds the "$ref", and Value the "$ref" itself.
	Holder *tree.Node
	Value  *tree.Node
	// Target is what it names in one step, nil where there is a Finding or
	// where File is a text of another format.
	Target *tree.Node
	// File is the document that it names, where that could be opened.
	File    *source.File
	Finding *diag.Diagnostic
}

// WalkOptions say what Walk looks at.
type WalkOptions struct {
	// Skip reports that a node is data rather than description (an example, a
	// default), so that a "$ref" in it is only text. It may be nil.
	Skip func(n *tree.Node) bool
	// Visit is called for each reference, in the order of the documents. It
	// may be nil.
	Visit func(Reference)
}

// Walk follows every reference that can be reached from a node, each once, and
// returns what is wrong with them, each fault once: a value that many refer to
// is read once, however many ways lead to it. The findings about the texts of
// documents that are opened on the way are among the returned; those of the
// node's own document are not.
func (w *Workspace) Walk(ctx context.Context, root *tree.Node, opt WalkOptions) []diag.Diagnostic {
	if root == nil {
		return nil
	}
	k := &walker{w: w, ctx: ctx, opt: opt, seen: map[*tree.Node]bool{}, known: map[*diag.Diagnostic]bool{}}
	if own := w.Document(root.Span.File.URI()); own != nil {
		k.reported(own)
	}
	k.queue = []*tree.Node{root}
	for len(k.queue) > 0 && !k.full {
		n := k.queue[0]
		k.queue = k.queue[1:]
		k.visit(n)
	}
	return k.findings
}

type walker struct {
	w        *Workspace
	ctx      context.Context
	opt      WalkOptions
	queue    []*tree.Node // values that are referred to, and not yet looked at
	seen     map[*tree.Node]bool
	known    map[*diag.Diagnostic]bool
	findings []diag.Diagnostic
	refs     int
	full     bool
}

// reported keeps the findings of a document from being told again.
func (k *walker) reported(doc *Document) {
	for i := range doc.Findings {
		k.known[&doc.Findings[i]] = true
	}
}

func (k *walker) report(d *diag.Diagnostic) {
	if d == nil || k.known[d] {
		return
	}
	k.known[d] = true
	k.findings = append(k.findings, *d)
}

func (k *walker) visit(n *tree.Node) {
	for n != nil && n.Alias != nil {
		n = n.Alias // its content is looked at where it is written
	}
	if n == nil || k.full || k.seen[n] {
		return
	}
	if n.Kind != tree.Mapping && n.Kind != tree.Sequence {
		return
	}
	k.seen[n] = true
	if k.opt.Skip != nil && k.opt.Skip(n) {
		return
	}
	if value := Of(n); value != nil {
		k.follow(n, value)
	}
	for _, m := range n.Members {
		k.visit(m.Value)
	}
	for _, item := range n.Items {
		k.visit(item)
	}
}

func (k *walker) follow(holder, value *tree.Node) {
	k.refs++
	if most := k.w.opt.Limits.Refs; k.refs > most {
		k.full = true
		k.report(at(value, CodeTooMany, fmt.Sprintf("more than %d references are reached from this document", most),
			"split the description into several"))
		return
	}
	before := len(k.w.Documents())
	r := k.reference(holder, value)
	for _, doc := range k.w.Documents()[before:] {
		for i := range doc.Findings {
			k.report(&doc.Findings[i])
		}
	}
	k.report(r.Finding)
	if k.opt.Visit != nil {
		k.opt.Visit(r)
	}
	if r.Target != nil {
		k.queue = append(k.queue, r.Target)
	}
}

// reference takes one step, and looks to the end of the chain for a cycle.
func (k *walker) reference(holder, value *tree.Node) Reference {
	r := Reference{Holder: holder, Value: value}
	k.w.mu.Lock()
	o := k.w.step(k.ctx, value, 0)
	k.w.mu.Unlock()
	r.Target, r.Finding = o.target, o.finding
	if r.Target == nil {
		k.acceptRaw(&r)
		return r
	}
	r.File = r.Target.Span.File
	if _, problem := k.w.Resolve(k.ctx, value); problem != nil && problem.Code == CodeCycle {
		r.Target, r.Finding = nil, problem
	}
	return r
}

// acceptRaw takes a text of another format for what it is: a file, not a fault.
func (k *walker) acceptRaw(r *Reference) {
	if r.Finding == nil || r.Finding.Code != CodeNotData {
		return
	}
	f, _, problem := k.w.ResolveRaw(k.ctx, r.Value)
	if problem != nil {
		return
	}
	r.File = f
	if doc := k.w.Document(f.URI()); doc != nil && doc.Raw {
		r.Finding = nil
	}
}
