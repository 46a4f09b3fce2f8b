package cli

import (
	"context"
	"io"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/oauth"
)

// compilation is a plan with the documents that it is made of.
type compilation struct {
	name       string
	plan       *plan.Plan
	references jsonschema.Resolver
	schemas    *schema.Set
	web        oauth.Client
	close      func()
}

// compile reads an Arazzo document and the sources it names, and makes the plan
// of a workflow. The plan is nil where a finding is an error.
func compile(ctx context.Context, stdin io.Reader, r *reading, name, workflow string, strict bool) (*compilation, []diag.Diagnostic, error) {
	text, err := file(stdin, name)
	if err != nil {
		return nil, nil, err
	}
	ws, release, err := r.workspace(name)
	if err != nil {
		return nil, nil, err
	}
	c := &compilation{name: name, references: jsonschema.In(ws), schemas: languages.In(ws), web: asker{r}, close: release}
	findings := c.make(ctx, ws, ws.Load(text), workflow, strict)
	diag.Sort(findings)
	return c, diag.Unique(findings), nil
}

func (c *compilation) make(ctx context.Context, ws *ref.Workspace, doc *ref.Document, workflow string, strict bool) []diag.Diagnostic {
	findings := doc.Findings
	if doc.Root == nil || diag.Worst(findings) == diag.Error {
		return findings
	}
	if arazzo.Detect(doc.Root) != arazzo.SourceArazzo {
		return append(findings, diag.Diagnostic{
			Code: "arazzo/not-arazzo", Severity: diag.Error, Span: beginning(doc), Path: doc.Root.Path(),
			Message: "this is no Arazzo document, so it has no workflow to run",
			Help:    "an Arazzo document begins with: arazzo: 1.1.0",
		})
	}
	document, found := arazzo.Load(ctx, ws, doc)
	findings = append(findings, found...)
	if document == nil || diag.Worst(found) == diag.Error {
		return findings
	}
	sources, found := plan.Open(ctx, ws, document)
	findings = append(findings, found...)
	if diag.Worst(found) == diag.Error {
		return findings
	}
	compiled, found := plan.Compile(document, sources, workflow, plan.Options{References: c.references, StrictPerspective: strict})
	c.plan = compiled
	return append(findings, found...)
}

// head is what a journal keeps, so that the plan can be made again.
func (c *compilation) head(where *servers, embedded bool) engine.Head {
	return engine.Head{
		Document: absolute(c.name), Workflow: c.plan.Root.ID, Servers: where.texts(), Embedded: embedded,
	}
}

// beginning is the place to underline where a whole document is not what it
// should be: its first key.
func beginning(doc *ref.Document) source.Span {
	if len(doc.Root.Members) > 0 {
		return doc.Root.Members[0].Key.Span
	}
	return source.Span{File: doc.File, Start: doc.Root.Span.Start, End: min(doc.Root.Span.Start+1, doc.Root.Span.End)}
}
