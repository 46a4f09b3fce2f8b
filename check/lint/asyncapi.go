package lint

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

// AsyncAPI is the kind of AsyncAPI documents, judged by their structure, their
// references and the rules.
func AsyncAPI(rules []*Rule) Kind {
	return Kind{
		Name: "asyncapi", Title: "AsyncAPI", Shaped: true, Rules: rules,
		Read: readAsyncAPI,
	}
}

func readAsyncAPI(p *Pass) (found []diag.Diagnostic, ok bool) {
	model, found := asyncapi.Load(p.Context, p.Workspace, p.Document)
	if model == nil {
		return found, false
	}
	p.AsyncAPI = model
	found = append(found, p.Workspace.Walk(p.Context, p.Root, ref.WalkOptions{Skip: asyncapi.IsData, Visit: p.visit})...)
	return withoutRepeats(found, asyncapi.Check(p.Context, p.Workspace, p.Document)), true
}

func (p *Pass) visit(r ref.Reference) {
	if r.Target != nil {
		p.References = append(p.References, r)
	}
}

// withoutRepeats adds the findings about structure to those about references,
// but for those that say in other words what is wrong with a "$ref".
func withoutRepeats(references, structure []diag.Diagnostic) []diag.Diagnostic {
	said := make(map[place]bool, len(references))
	for i := range references {
		said[place{references[i].Span.File, references[i].Path}] = true
	}
	return append(references, slices.DeleteFunc(structure, func(f diag.Diagnostic) bool {
		kind := f.Code[strings.IndexByte(string(f.Code), '/')+1:]
		return said[place{f.Span.File, f.Path}] && (kind == shape.CodeWrongType || kind == shape.CodeBadFormat)
	})...)
}
