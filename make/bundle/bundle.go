// Package bundle makes one self-contained document of a document and all that
// it refers to, and merges several documents into one. What comes out means
// the same as what went in.
//
// It works on nodes and on references that others follow: it must not know
// where texts come from, nor how a registry is spoken to.
package bundle

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Mode is what becomes of references that lead out of a document.
type Mode string

// The modes.
const (
	// Refs moves what they lead to into the components of the document, each
	// once, and lets them lead there.
	Refs Mode = "ref"
	// Inline puts what they lead to in their place. Those that lead in a circle
	// cannot be replaced; they are treated as by Refs.
	Inline Mode = "inline"
)

// Options say how documents are bundled.
type Options struct {
	Mode Mode
	// MaxNodes bounds how many keys and values a bundle may have; 0 is 500,000
	// and as many as the texts have bytes that it is made of.
	MaxNodes int
}

const defaultMaxNodes = 500_000

// Moved is a value of another text that became part of the bundle.
type Moved struct {
	// From is the text, as it may be shown, and the place in it.
	From string
	// To is the JSON Pointer of the place in the bundle, with its "#".
	To string
}

// Result is a bundle, or why there is none.
type Result struct {
	// Root is the bundle; nil where a finding is an error.
	Root *tree.Node
	// Findings are what stood in the way, and, as infos, what is worth knowing
	// about the bundle.
	Findings []diag.Diagnostic
	// Moved are the components that were added, in their order.
	Moved []Moved
}

// Bundle makes a self-contained document of documents that are open in a
// workspace. Several are merged: see Merge.
func Bundle(ctx context.Context, ws *ref.Workspace, documents []*ref.Document, opt Options) *Result {
	b := &bundler{
		ctx: ctx, ws: ws, opt: opt,
		roots:    map[*tree.Node]bool{},
		placed:   map[target]string{},
		shared:   map[string]string{},
		reported: map[*diag.Diagnostic]bool{},
		clones:   map[*tree.Node]*tree.Node{},
		inlined:  map[*tree.Node]*tree.Node{},
		entries:  map[*tree.Node]string{},
		changed:  map[*tree.Node]bool{},
		names:    map[*tree.Node]*names{},
		equal:    map[*tree.Node]bool{},
		unnamed:  map[*tree.Node]bool{},
	}
	if !b.open(documents) {
		return &Result{Findings: b.findings}
	}
	b.adopt()
	b.run()
	b.finish()
	if diag.Worst(b.findings) >= diag.Error {
		return &Result{Findings: diag.Unique(b.findings)}
	}
	return &Result{Root: b.root, Findings: diag.Unique(b.findings), Moved: b.moved}
}

// target is a value that references lead to, in the language in which the
// place that refers to it reads it.
type target struct {
	node   *tree.Node
	format string // a schemaFormat, or ""
}

type bundler struct {
	ctx context.Context
	ws  *ref.Workspace
	opt Options

	language *language
	root     *tree.Node          // the bundle
	roots    map[*tree.Node]bool // the roots of the documents that are bundled

	jobs  []*job // references that were not looked at yet
	later []*job // those that need to know where others lead
	nodes int    // keys and values in the bundle
	most  int    // how many there may be, as far as is known

	placed  map[target]string // where in the bundle a value is, as a JSON Pointer
	shared  map[string]string // the same by content, for values without references
	clones  map[*tree.Node]*tree.Node
	inlined map[*tree.Node]*tree.Node // what a value of the bundle is the copy of
	entries map[*tree.Node]string     // channels and servers of the root, by what they stand for
	changed map[*tree.Node]bool       // the values of "$ref" that were rewritten
	equal   map[*tree.Node]bool       // values of documents that are merged, which the first has too
	unnamed map[*tree.Node]bool       // schemas whose names were left out
	names   map[*tree.Node]*names     // by the root of a text
	indexed map[string]bool           // the sections whose own components are in shared
	moved   []Moved

	findings []diag.Diagnostic
	reported map[*diag.Diagnostic]bool
	full     bool
}

// job is one reference of the bundle.
type job struct {
	holder *tree.Node // in the bundle
	origin *tree.Node // the same where it was written
	within *expansion // what it was put in the place of, in Inline
}

// expansion is a chain of values that were put in the place of references, the
// innermost first.
type expansion struct {
	node  *tree.Node
	outer *expansion
	depth int
}

func (e *expansion) has(n *tree.Node) bool {
	for ; e != nil; e = e.outer {
		if e.node == n {
			return true
		}
	}
	return false
}

// open checks the documents, and copies or merges them.
func (b *bundler) open(documents []*ref.Document) bool {
	for _, d := range documents {
		for i := range d.Findings {
			b.report(&d.Findings[i])
		}
		if !b.known(d) {
			return false
		}
		b.roots[d.Root] = true
	}
	if diag.Worst(b.findings) >= diag.Error || len(documents) == 0 {
		return false
	}
	b.root = b.copy(documents[0].Root, nil)
	if len(documents) > 1 {
		b.merge(documents)
	}
	return diag.Worst(b.findings) < diag.Error
}

// known checks that a document can be bundled, in the language of the others.
func (b *bundler) known(d *ref.Document) bool {
	if d.Root == nil {
		if len(b.findings) == 0 {
			b.refuse(CodeNotBundled, source.Span{File: d.File}, "this is no document that refers to others", "name an AsyncAPI, OpenAPI, Arazzo or JSON Schema document")
		}
		return false
	}
	l, finding := languageOf(d)
	if finding != nil {
		b.report(finding)
		return false
	}
	if b.language == nil {
		b.language = l
		return true
	}
	return b.sameLanguage(d, l)
}

func (b *bundler) report(d *diag.Diagnostic) {
	if d == nil || b.reported[d] {
		return
	}
	b.reported[d] = true
	b.findings = append(b.findings, *d)
}

func (b *bundler) refuse(code diag.Code, span source.Span, message, help string) {
	b.findings = append(b.findings, diag.Diagnostic{Code: code, Severity: diag.Error, Span: span, Message: message, Help: help})
}

func (b *bundler) info(code diag.Code, at *tree.Node, message, help string) {
	b.findings = append(b.findings, diag.Diagnostic{Code: code, Severity: diag.Info, Span: at.Span, Path: at.Path(), Message: message, Help: help})
}

// run looks at references until there are no more. Each may bring new ones.
func (b *bundler) run() {
	for len(b.jobs)+len(b.later) > 0 && !b.full && b.ctx.Err() == nil {
		if len(b.jobs) == 0 {
			b.jobs, b.later = b.later, nil
			for _, j := range b.jobs {
				b.messageOfChannel(j)
			}
			b.jobs = b.jobs[:0]
			continue
		}
		j := b.jobs[0]
		b.jobs = b.jobs[1:]
		b.follow(j)
	}
	if b.ctx.Err() != nil {
		b.refuse(CodeNotBundled, b.root.Span, "it was interrupted", "")
	}
}

// finish does what can be done only when everything is in its place.
func (b *bundler) finish() {
	if diag.Worst(b.findings) >= diag.Error {
		return
	}
	b.avroSchemas(b.root)
	b.protobufTexts(b.root)
	b.withoutIDs(b.root)
	b.dynamic()
}

// grew stops where the bundle becomes too large.
func (b *bundler) grew(n int, at *tree.Node) {
	b.nodes += n
	if b.nodes <= b.most || b.full {
		return
	}
	if b.most = b.limit(); b.nodes <= b.most {
		return
	}
	b.full = true
	help := "bundle fewer documents"
	if b.opt.Mode == Inline {
		help = "use the mode ref, in which what is referred to many times is there once"
	}
	b.refuse(CodeTooLarge, at.Span, fmt.Sprintf("the bundle would have more than %d keys and values", b.most), help)
}

// limit is how many keys and values the bundle may have. It grows with what is
// read: a large document may become a large bundle, a small one may not.
func (b *bundler) limit() int {
	if b.opt.MaxNodes > 0 {
		return b.opt.MaxNodes
	}
	limit := defaultMaxNodes
	for _, d := range b.ws.Documents() {
		limit += len(d.File.Data())
	}
	return limit
}
