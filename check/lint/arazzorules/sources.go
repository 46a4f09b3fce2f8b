package arazzorules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func sourceRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/source-unavailable", Severity: diag.Warning,
		Summary: "sources can be opened",
		Why:     "What a workflow calls is judged against its source. A workflow whose source cannot be opened cannot run.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.api.place}]\n",
		Bad:     missingSource,
		Run:     run(unavailableSources),
	}, {
		Code: "arazzo/source-type", Severity: diag.Error,
		Summary: "the type of a source is that of the document",
		Why:     "A step is called as its source's type says. Calling an AsyncAPI operation over HTTP, or the other way round, cannot work.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.api.place}]\n",
		Bad:     wrongSourceType,
		Run:     run(sourceTypes),
	}, {
		Code: "arazzo/unknown-operation", Severity: diag.Error,
		Summary: "the operation or channel that a step calls is in its source",
		Why:     "A step whose operation is not there cannot be called. It is told before anything is sent.",
		Good:    "- workflowId: order\n  steps: [{stepId: pay, operationId: $sourceDescriptions.api.pay}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: pay, operationId: $sourceDescriptions.api.payy}]\n",
		Run:     run(unknownOperations),
	}, {
		Code: "arazzo/ambiguous-operation", Severity: diag.Error,
		Summary: "an operationId says which source it is in, where more than one has it",
		Why:     "Which of the operations is meant would depend on the tool (§ Step Object, operationId).",
		Good:    "- workflowId: order\n  steps: [{stepId: status, operationId: $sourceDescriptions.api.status}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: status, operationId: status}]\n",
		Run:     run(ambiguousOperations),
	}}
}

const missingSource = `arazzo: 1.1.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions: [{name: api, url: ./nowhere.yaml, type: openapi}]
workflows:
- workflowId: order
  steps: [{stepId: place, operationId: place}]
`

const wrongSourceType = `arazzo: 1.1.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions: [{name: api, url: ./api.yaml, type: asyncapi}]
workflows:
- workflowId: order
  steps: [{stepId: place, operationId: place, action: send}]
`

func unavailableSources(p *pass) {
	for _, s := range p.doc.Sources {
		if s.URL == "" {
			continue // a fault of structure
		}
		c := p.catalog(s)
		switch {
		case c.broken != nil:
			p.report(s.Node.Get("url"), fmt.Sprintf("the source %q cannot be read: %s", s.Name, brokenReason(c)), "check what is in that document")
		case c.err == nil:
		case c.notFound():
			p.report(s.Node.Get("url"), fmt.Sprintf("the source %q is not there, so that its operations are not checked", s.Name), "correct the url; it is relative to this document or to \"$self\"")
		default:
			p.report(s.Node.Get("url"), fmt.Sprintf("the source %q was not opened (%s), so that its operations are not checked", s.Name, reason(c.err)), openHelp(c.err)).
				Severity = diag.Info
		}
	}
}

func brokenReason(c *catalog) string {
	for _, d := range c.broken.Findings {
		if d.Severity == diag.Error {
			return d.Message
		}
	}
	return "it has no value"
}

func reason(err error) string {
	if e, ok := errors.AsType[*source.OpenError](err); ok {
		return e.Reason
	}
	return err.Error()
}

func openHelp(err error) string {
	if e, ok := errors.AsType[*source.OpenError](err); ok {
		return e.Help
	}
	return ""
}

func sourceTypes(p *pass) {
	for _, s := range p.doc.Sources {
		c := p.catalog(s)
		if !c.known() || s.URL == "" || s.Type == arazzo.SourceUnknown {
			continue
		}
		switch kind := arazzo.Detect(c.root); {
		case kind == arazzo.SourceUnknown:
			p.report(s.Node.Get("url"), fmt.Sprintf("the document of the source %q is no OpenAPI, AsyncAPI or Arazzo description", s.Name), "correct the url")
		case kind != s.Type:
			at := s.Node.Get("type")
			if at == nil { // the extension says it
				at = s.Node
			}
			p.report(at, fmt.Sprintf("the document of the source %q is of type %s", s.Name, kind), fmt.Sprintf("write \"type: %s\", or correct the url", kind))
		}
	}
}

func unknownOperations(p *pass) {
	p.eachTarget(func(t arazzo.Target) {
		switch t.Kind {
		case arazzo.TargetOperation:
			p.operation(t)
		case arazzo.TargetOperationPath:
			p.operationPath(t)
		case arazzo.TargetChannel:
			p.channel(t)
		}
	})
}

func (p *pass) operation(t arazzo.Target) {
	var known []string
	sources := p.sourcesOf(t)
	if len(sources) == 0 {
		return // another rule tells
	}
	for _, s := range sources {
		c := p.catalog(s)
		if !c.known() || c.kind == arazzo.SourceUnknown || c.hasOperation(t.Name) {
			return
		}
		known = append(known, c.operations...)
	}
	p.report(t.Node, fmt.Sprintf("there is no operation %q in %s", t.Name, sourceNames(sources)), p.among(t.Name, known, "operations"))
}

func sourceNames(sources []*arazzo.Source) string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name)
	}
	if len(names) == 1 {
		return fmt.Sprintf("the source %q", names[0])
	}
	return "the sources " + join(names)
}

// only returns the one source that a path can be in, if its names are known.
func (p *pass) only(t arazzo.Target) (*arazzo.Source, *catalog) {
	sources := p.sourcesOf(t)
	if len(sources) != 1 {
		return nil, nil
	}
	c := p.catalog(sources[0])
	if !c.known() {
		return nil, nil
	}
	return sources[0], c
}

// operationPath needs a path and a method, even where the source is not there to
// tell which it has.
func (p *pass) operationPath(t arazzo.Target) {
	s, c := p.only(t)
	if s == nil && strings.Count(t.Pointer, "/") < 3 {
		p.report(t.Node, fmt.Sprintf("%q is no operation", t.Pointer), "an operation is at /paths/<path>/<method>, with \"/\" in the path written \"~1\"")
	}
	if s == nil || c.openapi == nil || c.openapi.ByPointer(t.Pointer) != nil {
		return
	}
	help := "a path is /paths/<path>/<method>, with \"/\" in the path written \"~1\""
	pointers := c.openapi.Pointers()
	if near := p.nearest(t.Pointer, pointers); near != "" {
		help = near
	}
	if i := slices.IndexFunc(pointers, func(x string) bool { return strings.HasPrefix(x, t.Pointer+"/") }); i >= 0 {
		help = fmt.Sprintf("this is a path; name its operation, as %q", pointers[i])
	}
	p.report(t.Node, fmt.Sprintf("there is no operation at %q in the source %q", t.Pointer, s.Name), help)
}

func (p *pass) channel(t arazzo.Target) {
	s, c := p.only(t)
	if s == nil || c.kind != arazzo.SourceAsyncAPI {
		return
	}
	if t.Pointer == "" {
		if !slices.Contains(c.channels(), t.Name) {
			p.report(t.Node, fmt.Sprintf("there is no channel %q in the source %q", t.Name, s.Name), p.among(t.Name, c.channels(), "channels"))
		}
		return
	}
	name, ok := strings.CutPrefix(t.Pointer, "/channels/")
	if !ok || strings.Contains(name, "/") || c.root.At(t.Pointer) == nil {
		p.report(t.Node, fmt.Sprintf("there is no channel at %q in the source %q", t.Pointer, s.Name), p.among(tree.UnescapePointer(name), c.channels(), "channels"))
	}
}

func ambiguousOperations(p *pass) {
	p.eachTarget(func(t arazzo.Target) {
		if t.Kind != arazzo.TargetOperation || t.Source != "" || len(p.callable()) < 2 {
			return
		}
		var owners []string
		for _, s := range p.callable() {
			if p.catalog(s).hasOperation(t.Name) {
				owners = append(owners, s.Name)
			}
		}
		if len(owners) > 1 {
			p.report(t.Node, fmt.Sprintf("the operation %q is in the sources %s", t.Name, join(owners)), fmt.Sprintf("write \"$sourceDescriptions.%s.%s\", or with another source", owners[0], t.Name))
		}
	})
}
