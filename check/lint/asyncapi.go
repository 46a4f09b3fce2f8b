package lint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// AsyncAPI is the kind of AsyncAPI documents, judged by their structure, their
// references and the rules.
func AsyncAPI(rules []*Rule) Kind {
	return Kind{
		Name: "asyncapi", Title: "AsyncAPI", Rules: rules,
		Check: func(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
			return checkAsyncAPI(ctx, ws, d, rules)
		},
	}
}

func checkAsyncAPI(ctx context.Context, ws *ref.Workspace, d *ref.Document, rules []*Rule) []diag.Diagnostic {
	model, found := asyncapi.Load(ctx, ws, d)
	if model == nil {
		return found
	}
	found = append(found, ws.Walk(ctx, d.Root, ref.WalkOptions{Skip: IsSchemaData})...)
	found = withoutRepeats(found, asyncapi.Check(ctx, ws, d))
	p := &Pass{Context: ctx, Workspace: ws, Root: d.Root, AsyncAPI: model, Schemas: languages.In(ws)}
	for _, rule := range rules {
		if rule.Run == nil {
			continue
		}
		p.rule, p.here = rule, 0
		rule.Run(p)
	}
	return append(found, p.found...)
}

// withoutRepeats adds the findings about structure to those about references,
// but for those that say in other words what is wrong with a "$ref".
func withoutRepeats(references, structure []diag.Diagnostic) []diag.Diagnostic {
	type place struct {
		file *source.File
		path string
	}
	said := make(map[place]bool, len(references))
	for i := range references {
		said[place{references[i].Span.File, references[i].Path}] = true
	}
	return append(references, slices.DeleteFunc(structure, func(f diag.Diagnostic) bool {
		kind := f.Code[strings.IndexByte(string(f.Code), '/')+1:]
		return said[place{f.Span.File, f.Path}] && (kind == shape.CodeWrongType || kind == shape.CodeBadFormat)
	})...)
}

// dataKeys are the keys below which a document holds data, not description: a
// "$ref" there is text.
var dataKeys = []string{"default", "const", "enum", "example", "examples"}

// nameMaps are the keys of maps whose own keys are names that an author chose,
// such as a property called "default".
var nameMaps = []string{"properties", "patternProperties", "definitions", "$defs", "dependencies", "schemas", "messages", "parameters", "channels", "operations", "servers", "variables", "headers"}

// IsSchemaData reports whether a node is data by its key: an example, a
// default. It is what ref.WalkOptions.Skip is for.
func IsSchemaData(n *tree.Node) bool {
	return n.Key != nil && slices.Contains(dataKeys, n.Key.Text) && !slices.Contains(nameMaps, n.Parent.Name())
}

// Pass is one document being judged by one rule.
type Pass struct {
	Context   context.Context
	Workspace *ref.Workspace
	// Root is the document as written, and AsyncAPI what it means.
	Root     *tree.Node
	AsyncAPI *asyncapi.Document
	// Schemas compiles and checks the schemas of the document.
	Schemas *schema.Set

	rule     *Rule
	found    []diag.Diagnostic
	here     int // findings of the rule
	compared int // names compared so far
}

// CodeTooMany is the code of the finding that there are more of a rule's.
const CodeTooMany diag.Code = "lint/too-many-findings"

const (
	// mostFindings is how often one rule is reported in one run.
	mostFindings = 1000
	// mostCompared is how many names are compared to suggest others, in all.
	mostCompared = 200_000
)

// Nearest returns the name that was probably meant, or "". A document cannot
// make it cost more than some time in all.
func (p *Pass) Nearest(name string, candidates []string) string {
	if p.compared += len(candidates); p.compared > mostCompared {
		return ""
	}
	return diag.Nearest(name, candidates)
}

// Report adds a finding about a node's value. What it returns is for more to
// be added, before the next finding.
func (p *Pass) Report(n *tree.Node, format string, args ...any) *diag.Diagnostic {
	return p.report(n, n.Span, fmt.Sprintf(format, args...))
}

// ReportKey adds a finding about a node's key or, where it has none, about its
// first byte: for what is wrong with a whole object.
func (p *Pass) ReportKey(n *tree.Node, format string, args ...any) *diag.Diagnostic {
	return p.report(n, Head(n), fmt.Sprintf(format, args...))
}

func (p *Pass) report(n *tree.Node, at source.Span, message string) *diag.Diagnostic {
	switch p.here++; {
	case p.here == mostFindings+1:
		message = fmt.Sprintf("there are more than %d findings of %s: mend those, and look again", mostFindings, p.rule.Code)
		p.found = append(p.found, diag.Diagnostic{Code: CodeTooMany, Severity: p.rule.Severity, Message: message, Path: n.Path(), Span: at})
		return &diag.Diagnostic{}
	case p.here > mostFindings:
		return &diag.Diagnostic{}
	}
	p.found = append(p.found, diag.Diagnostic{
		Code: p.rule.Code, Severity: p.rule.Severity, Message: message, Path: n.Path(), Span: at,
	})
	return &p.found[len(p.found)-1]
}

// Head is the text that stands for a whole object: its key, or its first byte.
func Head(n *tree.Node) source.Span {
	if n.Key != nil {
		return n.Key.Span
	}
	s := n.Span
	s.End = min(s.End, s.Start+1)
	return s
}

// Resolve returns what a value is after all references, or nil. It does not
// report: references are judged once, for all.
func (p *Pass) Resolve(n *tree.Node) *tree.Node {
	if n == nil {
		return nil
	}
	target, _ := p.Workspace.Resolve(p.Context, n)
	return target
}

// Target returns where a reference leads in one step, or nil for what is none.
func (p *Pass) Target(n *tree.Node) *tree.Node {
	if ref.Of(n) == nil {
		return nil
	}
	target, _ := p.Workspace.Target(p.Context, n)
	return target
}
