// Package ref opens a document and all it refers to, and turns every "$ref"
// into the node it means or into a finding that says why not.
//
// It knows JSON references, JSON Pointers and where documents are. It must not
// know what any document means: which places may hold a reference, and what a
// key beside a "$ref" is good for, is the business of a specification.
package ref

import (
	"context"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The codes of the findings about references.
const (
	CodeValue        diag.Code = "text/ref-value"         // "$ref" is not a proper reference
	CodePointer      diag.Code = "text/ref-pointer"       // the fragment names nothing
	CodeAnchor       diag.Code = "text/ref-anchor"        // the fragment is a plain name
	CodeCycle        diag.Code = "text/ref-cycle"         // references that only name one another
	CodeTooLong      diag.Code = "text/ref-too-long"      // too long a chain of references
	CodeNotFound     diag.Code = "text/ref-not-found"     // there is no such document
	CodeNotAllowed   diag.Code = "text/ref-not-allowed"   // the document may not be read
	CodeUnavailable  diag.Code = "text/ref-unavailable"   // the document could not be read now
	CodeNotText      diag.Code = "text/ref-not-text"      // the document is not text, or too much of it
	CodeNotSupported diag.Code = "text/ref-not-supported" // this form of address is not known
	CodeNotData      diag.Code = "text/ref-not-data"      // the document is text, but not YAML or JSON
	CodeTooMany      diag.Code = "text/ref-too-many"      // a limit of the workspace
)

// Limits bound what opening one document may cost. A zero field is its
// default.
type Limits struct {
	Files int // documents that are opened; 1,000
	Refs  int // references that Walk follows; 1,000,000
	Bytes int // size of all documents together; 128 MB
	Hops  int // references that name one another before the value; 1,000
}

func (l Limits) withDefaults() Limits {
	defaults := Limits{Files: 1_000, Refs: 1_000_000, Bytes: 128 << 20, Hops: 1_000}
	for _, f := range []struct{ have, def *int }{
		{&l.Files, &defaults.Files}, {&l.Refs, &defaults.Refs}, {&l.Bytes, &defaults.Bytes}, {&l.Hops, &defaults.Hops},
	} {
		if *f.have <= 0 {
			*f.have = *f.def
		}
	}
	return l
}

// Options say how a workspace reads.
type Options struct {
	Limits Limits
	Parse  tree.Options
	// Folders are the URIs of folders, each with a slash at its end, from which
	// a language whose texts name one another by paths without a base looks
	// for them first, in that order.
	Folders []string
}

// Document is one text of a workspace.
type Document struct {
	File *source.File
	// Root is the text's value; nil where it cannot be read, and where Raw.
	Root *tree.Node
	// Findings are about the text itself. They are complete once it is loaded.
	Findings []diag.Diagnostic
	// Raw says that the text is neither YAML nor JSON, by its name.
	Raw bool
}

// Workspace holds the documents that one another refer to, each read once. It
// is safe for concurrent use; who waits for a document that is being opened
// keeps others waiting.
type Workspace struct {
	mu sync.Mutex

	opener  source.Opener
	opt     Options
	opened  map[string]*opened // by URI
	order   []*Document
	bytes   int
	targets map[*tree.Node]*outcome // by the value of "$ref"
}

// opened is a document, or why there is none.
type opened struct {
	doc *Document
	err error
}

// New returns a workspace that opens documents with opener.
func New(opener source.Opener, opt Options) *Workspace {
	opt.Limits = opt.Limits.withDefaults()
	return &Workspace{
		opener: opener, opt: opt,
		opened:  map[string]*opened{},
		targets: map[*tree.Node]*outcome{},
	}
}

// Folders are those of the options.
func (w *Workspace) Folders() []string { return w.opt.Folders }

// Load takes a text that was read elsewhere into the workspace, usually the
// document a user named. A text whose URI is known already is not read again.
func (w *Workspace) Load(f *source.File) *Document {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.load(f)
}

func (w *Workspace) load(f *source.File) *Document {
	if have := w.opened[f.URI()]; have != nil && have.doc != nil {
		return have.doc
	}
	doc := &Document{File: f, Raw: isRaw(f.URI())}
	if !doc.Raw {
		doc.Root, doc.Findings = tree.Parse(f, w.opt.Parse)
	}
	w.opened[f.URI()] = &opened{doc: doc}
	w.order = append(w.order, doc)
	w.bytes += len(f.Data())
	return doc
}

// Documents returns what has been loaded so far, in that order.
func (w *Workspace) Documents() []*Document {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clip(w.order)
}

// Document returns the document at an absolute URI if it has been loaded.
func (w *Workspace) Document(uri string) *Document {
	w.mu.Lock()
	defer w.mu.Unlock()
	if have := w.opened[uri]; have != nil {
		return have.doc
	}
	return nil
}

// Findings returns what is wrong with the texts loaded so far, in order.
func (w *Workspace) Findings() []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, doc := range w.Documents() {
		list = append(list, doc.Findings...)
	}
	return list
}

// Open opens the document at an absolute URI, once. The error wraps one of the
// kinds of package source.
func (w *Workspace) Open(ctx context.Context, uri string) (*Document, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open(ctx, uri)
}

func (w *Workspace) open(ctx context.Context, uri string) (*Document, error) {
	if have := w.opened[uri]; have != nil {
		return have.doc, have.err
	}
	if err := w.checkLimits(uri); err != nil {
		return nil, err
	}
	f, err := w.opener.Open(ctx, uri)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err // another context may do better
	case err != nil:
		w.opened[uri] = &opened{err: err}
		return nil, err
	}
	doc := w.load(f)
	w.opened[uri] = &opened{doc: doc} // the opener may have moved: both are this
	return doc, nil
}

func (w *Workspace) checkLimits(uri string) error {
	switch {
	case len(w.order) >= w.opt.Limits.Files:
		return &source.OpenError{
			URI: source.Redact(uri), Kind: errTooMany,
			Reason: "too many documents refer to one another", Help: "bundle some of them into one",
		}
	case w.bytes >= w.opt.Limits.Bytes:
		return &source.OpenError{
			URI: source.Redact(uri), Kind: errTooMany,
			Reason: "the documents that refer to one another are too large together", Help: "refer to fewer of them",
		}
	}
	return nil
}

// isRaw reports whether a text is certainly neither YAML nor JSON.
func isRaw(uri string) bool {
	if cut := strings.IndexAny(uri, "?#"); cut >= 0 {
		uri = uri[:cut]
	}
	switch strings.ToLower(path.Ext(uri)) {
	case ".proto", ".xsd", ".xml", ".wsdl", ".raml", ".graphql", ".gql", ".avdl", ".md", ".txt", ".html", ".csv", ".rnc", ".thrift", ".fbs", ".go":
		return true
	}
	return false
}
