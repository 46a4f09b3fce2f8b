package arazzorules

import (
	"fmt"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
)

func parameterRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/duplicate-parameter", Severity: diag.Error,
		Summary: "a list has each parameter once",
		Why:     "A parameter is its name and its place. With two of them, which value is sent would depend on the tool.",
		Good: `
- workflowId: order
  steps:
    - stepId: place
      operationId: place
      parameters: [{name: id, in: query, value: 1}, {name: id, in: header, value: 2}]
`,
		Bad: `
- workflowId: order
  steps:
    - stepId: place
      operationId: place
      parameters: [{name: id, in: query, value: 1}, {name: id, in: query, value: 2}]
`,
		Run: run(duplicateParameters),
	}, {
		Code: "arazzo/parameter-place", Severity: diag.Error,
		Summary: "a parameter goes where its target takes parameters",
		Why:     "A value that has no place, or a place that the target does not have, is not sent.",
		Good: `
- workflowId: order
  steps:
    - {stepId: place, operationId: $sourceDescriptions.api.place, parameters: [{name: id, in: query, value: 1}]}
`,
		Bad: `
- workflowId: order
  steps:
    - {stepId: place, operationId: $sourceDescriptions.api.place, parameters: [{name: id, in: channel, value: 1}]}
`,
		Run: run(parameterPlaces),
	}, {
		Code: "arazzo/parameter-needless-place", Severity: diag.Warning,
		Summary: "a parameter of a workflow has no place",
		Why:     "It is an input of the workflow. A place says that an operation was meant.",
		Good: `
- workflowId: order
  steps: [{stepId: pay, workflowId: pay, parameters: [{name: id, value: 1}]}]
- workflowId: pay
  steps: [{stepId: pay, operationId: pay}]
`,
		Bad: `
- workflowId: order
  steps: [{stepId: pay, workflowId: pay, parameters: [{name: id, in: query, value: 1}]}]
- workflowId: pay
  steps: [{stepId: pay, operationId: pay}]
`,
		Run: run(needlessPlaces),
	}}
}

func duplicateParameters(p *pass) {
	for _, w := range p.doc.Workflows {
		p.duplicateParameters(w.Parameters)
		for _, s := range w.Steps {
			p.duplicateParameters(s.Parameters)
		}
	}
	p.eachAction(func(_ *arazzo.Workflow, a *arazzo.Action) { p.duplicateParameters(a.Parameters) })
}

func (p *pass) duplicateParameters(list []*arazzo.Parameter) {
	type identity struct {
		name string
		in   arazzo.Location
	}
	first := make(map[identity]*arazzo.Parameter, len(list))
	for _, param := range list {
		id := identity{param.Name, param.In}
		other := first[id]
		switch {
		case other == nil:
			first[id] = param
		case !same(param.Node, other.Node):
			p.reportKey(param.Node, fmt.Sprintf("the list has the parameter %q twice%s", param.Name, inPlace(param.In)), "remove one of them").
				Related = []diag.Related{{Message: "the first is here", Span: headOf(other.Node)}}
		}
	}
}

func inPlace(in arazzo.Location) string {
	if in == arazzo.InNone {
		return ""
	}
	return " in " + in.String()
}

func parameterPlaces(p *pass) {
	p.eachStep(func(s *arazzo.Step) {
		if s.Target.Kind == arazzo.TargetNone || s.Target.Kind == arazzo.TargetWorkflow {
			return
		}
		kind := p.kindOf(s)
		var query *arazzo.Parameter
		for _, param := range s.Parameters {
			if param.In == arazzo.InQuery {
				query = param
			}
		}
		for _, param := range s.Parameters {
			p.parameterPlace(param, kind, query)
		}
	})
}

func (p *pass) parameterPlace(param *arazzo.Parameter, kind arazzo.SourceType, query *arazzo.Parameter) {
	switch {
	case param.Reference != "" && !param.Definition.Has("in"):
		p.report(param.Node, fmt.Sprintf("the parameter %q goes to an operation, and its component does not say where", param.Name), "add \"in\" to the component").
			Related = []diag.Related{{Message: "the component is here", Span: headOf(param.Definition)}}
	case param.In == arazzo.InChannel && kind == arazzo.SourceOpenAPI:
		p.report(param.Definition.Get("in"), "an HTTP operation has no channel", "use path, query, querystring, header or cookie")
	case kind == arazzo.SourceAsyncAPI && (param.In == arazzo.InCookie || param.In == arazzo.InQueryString):
		p.report(param.Definition.Get("in"), fmt.Sprintf("a message has no %s", param.In), "use header, or channel for a parameter of the channel's address")
	case param.In == arazzo.InQueryString && query != nil:
		p.report(param.Definition.Get("in"), "a query string is the whole query, and cannot stand beside query parameters", "put all of it into one").
			Related = []diag.Related{{Message: "the query parameter is here", Span: headOf(query.Node)}}
	}
}

func needlessPlaces(p *pass) {
	p.eachStep(func(s *arazzo.Step) {
		if s.Target.Kind != arazzo.TargetWorkflow {
			return
		}
		for _, param := range s.Parameters {
			if param.In != arazzo.InNone {
				p.report(param.Definition.Get("in"), fmt.Sprintf("%q is an input of a workflow and has no place", param.Name), `remove "in"`)
			}
		}
	})
}
