package plan

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// maxArazzoDocuments bounds how many Arazzo documents name each other.
const maxArazzoDocuments = 100

// Open opens the source descriptions of a document and, of those that are
// Arazzo documents, theirs in turn. A source that cannot be opened is a
// warning here: it is an error only for a workflow that needs it.
func Open(ctx context.Context, ws *ref.Workspace, doc *arazzo.Document) (Sources, []diag.Diagnostic) {
	o := &opener{ctx: ctx, ws: ws, sources: Sources{}, opened: map[*ref.Document]*Source{}, known: map[string]*ref.Document{}}
	if own := ws.Document(doc.URI); own != nil && doc.Self != "" {
		o.known[doc.Base] = own
	}
	o.document(doc)
	o.later()
	return o.sources, diag.Unique(o.found)
}

type opener struct {
	ctx     context.Context
	ws      *ref.Workspace
	sources Sources
	// opened are the documents by where they are: a document that two sources
	// name, or that names itself in the end, is read once.
	opened map[*ref.Document]*Source
	// known are the documents that say by "$self" where they belong.
	known map[string]*ref.Document
	// unopened are sources that could not be opened where they are said to be.
	unopened []unopened
	arazzo   int
	found    []diag.Diagnostic
}

// unopened is a source that may be met under its "$self" elsewhere.
type unopened struct {
	doc  *arazzo.Document
	spec *arazzo.Source
	err  error
}

// later opens what could not be opened before some other document was, which
// says that it is the one meant. Each round has fewer, or is the last.
func (o *opener) later() {
	for last := -1; len(o.unopened) > 0 && len(o.unopened) != last; {
		last = len(o.unopened)
		again := o.unopened
		o.unopened = nil
		for _, u := range again {
			if o.known[u.spec.Location] == nil {
				o.unopened = append(o.unopened, u)
				continue
			}
			o.add(u.doc, u.spec)
		}
	}
	for _, u := range o.unopened {
		o.fail(u.spec, u.err)
	}
}

func (o *opener) document(doc *arazzo.Document) {
	for _, spec := range doc.Sources {
		o.add(doc, spec)
	}
}

func (o *opener) add(doc *arazzo.Document, spec *arazzo.Source) {
	// A document is found by its "$self", wherever it was read from.
	d := o.known[spec.Location]
	if d == nil {
		var err error
		if d, err = arazzo.OpenSource(o.ctx, o.ws, doc, spec); err != nil {
			o.unopened = append(o.unopened, unopened{doc, spec, err})
			return
		}
	}
	src, err := o.source(d, spec)
	if err != nil {
		o.fail(spec, err)
		return
	}
	o.sources[spec] = src
}

func (o *opener) fail(spec *arazzo.Source, err error) {
	node := firstNode(spec.Node.Get("url"), spec.Node)
	o.found = append(o.found, diag.Diagnostic{
		Code: CodeSource, Severity: diag.Warning, Message: err.Error(), Span: node.Span, Path: node.Path(),
	})
}

func (o *opener) source(d *ref.Document, spec *arazzo.Source) (*Source, error) {
	if known, ok := o.opened[d]; ok {
		shared := *known
		shared.Spec = spec
		return &shared, nil
	}
	src := &Source{Spec: spec}
	o.opened[d] = src
	if d.Root == nil {
		return nil, fmt.Errorf("source %s is empty or cannot be read", spec.Name)
	}
	o.meet(d)
	kind := arazzo.Detect(d.Root)
	if kind == arazzo.SourceUnknown {
		kind = spec.Type
	}
	var found []diag.Diagnostic
	switch kind {
	case arazzo.SourceOpenAPI:
		src.OpenAPI, found = openapi.Load(o.ctx, o.ws, d)
	case arazzo.SourceAsyncAPI:
		src.AsyncAPI, found = asyncapi.Load(o.ctx, o.ws, d)
	case arazzo.SourceArazzo:
		if o.arazzo++; o.arazzo > maxArazzoDocuments {
			return nil, fmt.Errorf("more than %d Arazzo documents name each other", maxArazzoDocuments)
		}
		src.Arazzo, found = arazzo.Load(o.ctx, o.ws, d)
	}
	o.found = append(o.found, found...)
	if src.OpenAPI == nil && src.AsyncAPI == nil && src.Arazzo == nil {
		return nil, fmt.Errorf("source %s is no OpenAPI, AsyncAPI or Arazzo document that can be used", spec.Name)
	}
	if src.Arazzo != nil {
		o.document(src.Arazzo)
	}
	return src, nil
}

// meet remembers a document by its "$self", which must be a URI of its own to
// say anything.
func (o *opener) meet(d *ref.Document) {
	self := d.Root.Get("$self").Str()
	uri, _, err := source.Resolve(d.File.URI(), self)
	if self == "" || err != nil || o.known[uri] != nil {
		return
	}
	o.known[uri] = d
}
