package plan

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

// maxArazzoDocuments bounds how many Arazzo documents name each other.
const maxArazzoDocuments = 100

// Open opens the source descriptions of a document and, of those that are
// Arazzo documents, theirs in turn. A source that cannot be opened is a
// warning here: it is an error only for a workflow that needs it.
func Open(ctx context.Context, ws *ref.Workspace, doc *arazzo.Document) (Sources, []diag.Diagnostic) {
	o := &opener{ctx: ctx, ws: ws, sources: Sources{}, opened: map[*ref.Document]*Source{}}
	o.document(doc)
	return o.sources, diag.Unique(o.found)
}

type opener struct {
	ctx     context.Context
	ws      *ref.Workspace
	sources Sources
	// opened are the documents by where they are: a document that two sources
	// name, or that names itself in the end, is read once.
	opened map[*ref.Document]*Source
	arazzo int
	found  []diag.Diagnostic
}

func (o *opener) document(doc *arazzo.Document) {
	for _, spec := range doc.Sources {
		src, err := o.source(doc, spec)
		if err != nil {
			node := firstNode(spec.Node.Get("url"), spec.Node)
			o.found = append(o.found, diag.Diagnostic{
				Code: CodeSource, Severity: diag.Warning, Message: err.Error(), Span: node.Span, Path: node.Path(),
			})
			continue
		}
		o.sources[spec] = src
	}
}

func (o *opener) source(doc *arazzo.Document, spec *arazzo.Source) (*Source, error) {
	d, err := arazzo.OpenSource(o.ctx, o.ws, doc, spec)
	if err != nil {
		return nil, err
	}
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
