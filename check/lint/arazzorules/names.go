package arazzorules

import (
	"fmt"
	"regexp"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func nameRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/duplicate-name", Severity: diag.Error,
		Summary: "workflows, the steps of a workflow and sources have names of their own",
		Why:     "References by name mean one thing. With two of a name, which one is meant would depend on the tool.",
		Good: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place}
    - {stepId: pay, operationId: pay}
`,
		Bad: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place}
    - {stepId: place, operationId: pay}
`,
		Run: run(duplicateNames),
	}, {
		Code: "arazzo/name-pattern", Severity: diag.Warning,
		Summary: "ids of workflows and steps have only letters, digits, \"-\" and \"_\"",
		Why:     "Runtime expressions can only name such ids: a dot in one ends the name.",
		Good:    "- workflowId: place-order\n  steps: [{stepId: send_order, operationId: place}]\n",
		Bad:     "- workflowId: place.order\n  steps: [{stepId: send order, operationId: place}]\n",
		Run:     run(namePattern),
	}}
}

func duplicateNames(p *pass) {
	var sources, workflows []*tree.Node
	for _, s := range p.doc.Sources {
		sources = append(sources, s.Node.Get("name"))
	}
	for _, w := range p.doc.Workflows {
		workflows = append(workflows, w.Node.Get("workflowId"))
		var steps []*tree.Node
		for _, s := range w.Steps {
			steps = append(steps, s.Node.Get("stepId"))
		}
		p.duplicates("step of this workflow", steps)
	}
	p.duplicates("source", sources)
	p.duplicates("workflow", workflows)
}

func (p *pass) duplicates(what string, names []*tree.Node) {
	first := make(map[string]*tree.Node, len(names))
	for _, n := range names {
		if !n.Is(tree.String) {
			continue
		}
		other := first[n.Text]
		if other == nil {
			first[n.Text] = n
			continue
		}
		p.report(n, fmt.Sprintf("another %s is called %q already", what, n.Text), "give it a name of its own").
			Related = []diag.Related{{Message: "the first is here", Span: other.Span}}
	}
}

var idForm = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_\-]+$`) }}

func namePattern(p *pass) {
	check := func(n *tree.Node) {
		if n.Is(tree.String) && !idForm.Get().MatchString(n.Text) {
			p.report(n, fmt.Sprintf("no expression can name %q", n.Text), `use only letters, digits, "-" and "_"`)
		}
	}
	for _, w := range p.doc.Workflows {
		check(w.Node.Get("workflowId"))
		for _, s := range w.Steps {
			check(s.Node.Get("stepId"))
		}
	}
}
