// Package arazzorules are the rules by which Arazzo descriptions are judged
// beyond their structure: names that exist, expressions that can be read,
// operations that are there. Each rule is data with its reason and two
// examples, one file a group of rules that share their reading.
//
// It must not run anything, nor know how findings are shown.
package arazzorules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

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
func Rules() []*lint.Rule {
	list := slices.Concat(
		nameRules(), targetRules(), dependencyRules(), actionRules(), parameterRules(),
		sourceRules(), expressionRules(), referenceRules(), callRules(), readingRules(),
	)
	for _, rule := range list {
		rule.Good, rule.Bad = wholeDocument(rule.Good), wholeDocument(rule.Bad)
	}
	slices.SortFunc(list, func(a, b *lint.Rule) int { return cmp.Compare(a.Code, b.Code) })
	return list
}

// Kind is the kind of Arazzo documents. The workspace opens the sources that it
// may; what cannot be opened is a finding of its own.
func Kind() lint.Kind {
	return lint.Kind{Name: "arazzo", Title: "Arazzo", Shaped: true, Read: read, Rules: Rules()}
}

func read(lp *lint.Pass) (found []diag.Diagnostic, ok bool) {
	doc, found := arazzo.Load(lp.Context, lp.Workspace, lp.Document)
	if doc == nil {
		return found, false
	}
	lp.Model = newPass(lp, doc)
	return found, true
}

// run makes a rule's Run of a function that looks at what all rules share.
func run(rule func(*pass)) func(*lint.Pass) {
	return func(lp *lint.Pass) { rule(lp.Model.(*pass)) }
}

// pass is one document being judged. What several rules read is read once.
type pass struct {
	*lint.Pass
	doc *arazzo.Document

	opened      map[*arazzo.Source]*catalog
	suggestions int
	all         []*site
	inputs      map[*arazzo.Workflow]*inputNames
}

func newPass(lp *lint.Pass, doc *arazzo.Document) *pass {
	return &pass{
		Pass: lp, doc: doc,
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

func (p *pass) reportAt(n *tree.Node, span source.Span, message, help string) *diag.Diagnostic {
	d := p.ReportSpan(n, span, "%s", message)
	d.Help = help
	return d
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
