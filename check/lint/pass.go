package lint

import (
	"context"
	"fmt"
	"strconv"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Pass is one document being judged by one rule.
type Pass struct {
	Context   context.Context
	Workspace *ref.Workspace
	// Document is the text, and Root the document as written.
	Document *ref.Document
	Root     *tree.Node
	// AsyncAPI is what the document means, where it is an AsyncAPI document.
	AsyncAPI *asyncapi.Document
	// Model is what a document of another kind means, as the rules of the kind
	// know it.
	Model any
	// Schemas compiles and checks the schemas of the document.
	Schemas *schema.Set
	// References are those of the document, and of all it refers to, that lead
	// somewhere; known of AsyncAPI documents.
	References []ref.Reference

	before   []diag.Diagnostic // see Said
	policy   Policy
	shared   map[string]any // see Shared
	rule     *Rule
	found    []diag.Diagnostic
	marks    []Mark // see Mark
	here     int    // findings of the rule
	compared int    // names compared so far
}

// NewPass returns a pass over a document by a policy, which may be nil.
func NewPass(ctx context.Context, ws *ref.Workspace, d *ref.Document, policy Policy) *Pass {
	return &Pass{
		Context: ctx, Workspace: ws, Document: d, Root: d.Root,
		Schemas: languages.In(ws), policy: policy,
	}
}

// Judge runs the rules that count and returns what they report.
func (p *Pass) Judge(rules []*Rule) []diag.Diagnostic {
	for _, rule := range rules {
		if rule.Run == nil || !runs(rule, p.policy, p.Document.File) {
			continue
		}
		p.rule, p.here = rule, 0
		rule.Run(p)
	}
	found := p.found
	p.found = nil
	return found
}

// Code is the code of the rule that runs: some rules share what they do.
func (p *Pass) Code() diag.Code { return p.rule.Code }

// option is what a ruleset says to the rule, or nil.
func (p *Pass) option(name string) *tree.Node {
	if p.policy == nil {
		return nil
	}
	return p.policy.Option(p.rule.Code, name, p.Document.File)
}

// fallback is what holds where a ruleset says nothing. An option that the rule
// does not declare is a mistake in the rule.
func (p *Pass) fallback(name string) any {
	for _, o := range p.rule.Options {
		if o.Name == name {
			return o.Default
		}
	}
	panic(fmt.Sprintf("the rule %s has no option %q", p.rule.Code, name))
}

// OptionString returns an option that is a text.
func (p *Pass) OptionString(name string) string {
	usual, _ := p.fallback(name).(string)
	if n := p.option(name); n.Is(tree.String) {
		return n.Text
	}
	return usual
}

// OptionStrings returns an option that is a list of texts.
func (p *Pass) OptionStrings(name string) []string {
	usual, _ := p.fallback(name).([]string)
	n := p.option(name)
	if !n.Is(tree.Sequence) {
		return usual
	}
	list := make([]string, len(n.Items))
	for i, item := range n.Items {
		list[i] = item.Text
	}
	return list
}

// OptionInt returns an option that is a whole number.
func (p *Pass) OptionInt(name string) int {
	usual, _ := p.fallback(name).(int)
	if n := p.option(name); n.Is(tree.Number) {
		if v, err := strconv.Atoi(n.Text); err == nil {
			return v
		}
	}
	return usual
}

// OptionBool returns an option that is true or false.
func (p *Pass) OptionBool(name string) bool {
	usual, _ := p.fallback(name).(bool)
	if n := p.option(name); n.Is(tree.Bool) {
		return n.True()
	}
	return usual
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
	return p.report(n, n.Underline(), fmt.Sprintf(format, args...))
}

// ReportKey adds a finding about a node's key or, where it has none, about its
// first byte: for what is wrong with a whole object.
func (p *Pass) ReportKey(n *tree.Node, format string, args ...any) *diag.Diagnostic {
	return p.report(n, Head(n), fmt.Sprintf(format, args...))
}

// ReportSpan adds a finding about a part of a node's text.
func (p *Pass) ReportSpan(n *tree.Node, at source.Span, format string, args ...any) *diag.Diagnostic {
	return p.report(n, at, fmt.Sprintf(format, args...))
}

func (p *Pass) report(n *tree.Node, at source.Span, message string) *diag.Diagnostic {
	return p.Add(diag.Diagnostic{
		Code: p.rule.Code, Severity: p.rule.Severity, Message: message, Path: n.Path(), Span: at,
	})
}

// Add adds a finding that was made elsewhere.
func (p *Pass) Add(d diag.Diagnostic) *diag.Diagnostic {
	switch p.here++; {
	case p.here == mostFindings+1:
		d = diag.Diagnostic{
			Code: CodeTooMany, Severity: d.Severity, Path: d.Path, Span: d.Span,
			Message: fmt.Sprintf("there are more than %d findings of %s: mend those, and look again", mostFindings, p.rule.Code),
		}
	case p.here > mostFindings:
		return &diag.Diagnostic{}
	}
	p.found = append(p.found, d)
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
