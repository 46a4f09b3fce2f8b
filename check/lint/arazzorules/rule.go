// Package arazzorules are the rules by which Arazzo descriptions are judged
// beyond their structure: names that exist, expressions that can be read,
// operations that are there. Each rule is data with its reason and two
// examples, one file a group of rules that share their reading.
//
// It must not run anything, nor know how findings are shown.
package arazzorules

import (
	"context"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Rule is one rule.
type Rule struct {
	Code     diag.Code
	Severity diag.Severity
	// Summary says in one sentence, without a full stop, what should be so, and
	// Why what goes wrong otherwise.
	Summary string
	Why     string
	// Good and Bad are documents that keep to the rule and that do not. In the
	// files of this package they are only the workflows, where that is enough;
	// Rules makes whole documents of them.
	Good, Bad string

	// run is nil for what spec/arazzo finds while it reads.
	run func(*pass)
}

const exampleHead = `arazzo: 1.1.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions:
- {name: api, url: ./api.yaml, type: openapi}
- {name: events, url: ./events.yaml, type: asyncapi}
workflows:
`

func wholeDocument(example string) string {
	if strings.HasPrefix(example, "arazzo:") {
		return example
	}
	return exampleHead + strings.TrimPrefix(example, "\n")
}

// Rules are all rules in the order of their codes, those that spec/arazzo
// checks while it reads among them.
func Rules() []*Rule {
	list := slices.Concat(
		nameRules(), targetRules(), dependencyRules(), actionRules(), parameterRules(),
		sourceRules(), expressionRules(), referenceRules(), callRules(), readingRules(),
	)
	for _, rule := range list {
		rule.Good, rule.Bad = wholeDocument(rule.Good), wholeDocument(rule.Bad)
	}
	slices.SortFunc(list, func(a, b *Rule) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return list
}

// Check judges a document by all rules. The workspace opens the sources that
// it may; what cannot be opened is a finding of its own.
func Check(ctx context.Context, ws *ref.Workspace, doc *arazzo.Document) []diag.Diagnostic {
	p := newPass(ctx, ws, doc)
	for _, rule := range Rules() {
		if rule.run == nil {
			continue
		}
		p.rule, p.told = rule, 0
		rule.run(p)
	}
	return diag.Unique(p.found)
}

// pass is one document being judged. What several rules read is read once.
type pass struct {
	ctx   context.Context
	ws    *ref.Workspace
	doc   *arazzo.Document
	rule  *Rule
	told  int // findings of the rule so far
	found []diag.Diagnostic

	opened      map[*arazzo.Source]*catalog
	suggestions int
	all         []*site
	inputs      map[*arazzo.Workflow]*inputNames
}

func newPass(ctx context.Context, ws *ref.Workspace, doc *arazzo.Document) *pass {
	return &pass{
		ctx: ctx, ws: ws, doc: doc,
		opened: make(map[*arazzo.Source]*catalog),
		inputs: make(map[*arazzo.Workflow]*inputNames),
	}
}

// report adds a finding of the current rule about a node.
func (p *pass) report(n *tree.Node, message, help string) *diag.Diagnostic {
	return p.reportAt(n, n.Span, message, help)
}

// reportKey adds a finding about the key of a node, or its first line.
func (p *pass) reportKey(n *tree.Node, message, help string) *diag.Diagnostic {
	return p.reportAt(n, headOf(n), message, help)
}

// maxFindings is the most findings of one rule: nobody reads more.
const maxFindings = 500

func (p *pass) reportAt(n *tree.Node, span source.Span, message, help string) *diag.Diagnostic {
	if p.told++; p.told > maxFindings {
		return &diag.Diagnostic{}
	}
	p.found = append(p.found, diag.Diagnostic{
		Code: p.rule.Code, Severity: p.rule.Severity, Message: message, Help: help, Path: n.Path(), Span: span,
	})
	return &p.found[len(p.found)-1]
}

// headOf is what to underline for a whole object: its key, else its first line.
func headOf(n *tree.Node) source.Span {
	if n.Key != nil {
		return n.Key.Span
	}
	span := n.Span
	for i, c := range span.Text() {
		if c == '\n' || c == '\r' {
			span.End = span.Start + i
			break
		}
	}
	return span
}
