package arazzorules

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

func referenceRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/unknown-input", Severity: diag.Warning,
		Summary: "an input that an expression names is one of the workflow's",
		Why:     "An input that is not declared has no value unless a caller happens to give it.",
		Good: `
- workflowId: order
  inputs: {type: object, properties: {orderId: {type: string}}}
  steps: [{stepId: place, operationId: place, parameters: [{name: id, in: query, value: $inputs.orderId}]}]
`,
		Bad: `
- workflowId: order
  inputs: {type: object, properties: {orderId: {type: string}}}
  steps: [{stepId: place, operationId: place, parameters: [{name: id, in: query, value: $inputs.orderid}]}]
`,
		Run: run(unknownInputs),
	}, {
		Code: "arazzo/unknown-output", Severity: diag.Warning,
		Summary: "an output that an expression names is one of the step's or workflow's",
		Why:     "An output that is not declared never has a value.",
		Good: `
- workflowId: order
  steps: [{stepId: place, operationId: place, outputs: {orderId: '$response.body#/id'}}]
  outputs: {id: $steps.place.outputs.orderId}
`,
		Bad: `
- workflowId: order
  steps: [{stepId: place, operationId: place, outputs: {orderId: '$response.body#/id'}}]
  outputs: {id: $steps.place.outputs.id}
`,
		Run: run(unknownOutputs),
	}, {
		Code: "arazzo/unknown-reference", Severity: diag.Error,
		Summary: "steps, workflows, sources and components that expressions name are there",
		Why:     "An expression that names nothing never has a value.",
		Good: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place, outputs: {id: '$response.body#/id'}}
    - {stepId: pay, operationId: pay, parameters: [{name: id, in: query, value: $steps.place.outputs.id}]}
`,
		Bad: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place, outputs: {id: '$response.body#/id'}}
    - {stepId: pay, operationId: pay, parameters: [{name: id, in: query, value: $steps.Place.outputs.id}]}
`,
		Run: run(unknownReferences),
	}, {
		Code: "arazzo/forward-reference", Severity: diag.Error,
		Summary: "in a workflow that runs in its order, no step uses outputs of a later one",
		Why:     "Without \"dependsOn\" steps run strictly in their order, so that the output is not there yet (§ Step Dependencies and Execution Order).",
		Good: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place, outputs: {id: '$response.body#/id'}}
    - {stepId: pay, operationId: pay, parameters: [{name: id, in: query, value: $steps.place.outputs.id}]}
`,
		Bad: `
- workflowId: order
  steps:
    - {stepId: pay, operationId: pay, parameters: [{name: id, in: query, value: $steps.place.outputs.id}]}
    - {stepId: place, operationId: place, outputs: {id: '$response.body#/id'}}
`,
		Run: run(forwardReferences),
	}, {
		Code: "arazzo/own-output", Severity: diag.Warning,
		Summary: "what a step sends does not use the step's own outputs",
		Why:     "A step has outputs when it is done; before that they have no value, but for a step that runs again.",
		Good: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place, outputs: {id: '$response.body#/id'}}
    - {stepId: pay, operationId: pay, parameters: [{name: id, in: query, value: $steps.place.outputs.id}]}
`,
		Bad: `
- workflowId: order
  steps:
    - stepId: place
      operationId: place
      parameters: [{name: id, in: query, value: $steps.place.outputs.id}]
      outputs: {id: '$response.body#/id'}
`,
		Run: run(ownOutputs),
	}, {
		Code: "arazzo/expression-context", Severity: diag.Warning,
		Summary: "expressions use what their step has: a response, or a message",
		Why:     "An HTTP step has a request and a response, a message step has a message; the other never has a value.",
		Good: `
- workflowId: order
  steps: [{stepId: place, operationId: $sourceDescriptions.events.orderPlaced, action: send, outputs: {id: '$message.payload#/id'}}]
`,
		Bad: `
- workflowId: order
  steps: [{stepId: place, operationId: $sourceDescriptions.events.orderPlaced, action: send, outputs: {id: '$response.body#/id'}}]
`,
		Run: run(expressionContext),
	}}
}

// undeclared calls visit for each reference of which no reading is declared.
func (p *pass) undeclared(visit func(*site, use)) {
	for _, at := range p.sites() {
		for _, u := range at.refs {
			if !u.declared {
				visit(at, u)
			}
		}
	}
}

// reportUse reports at the expression.
func (p *pass) reportUse(u use, message, help string) {
	p.reportAt(u.node, u.at.Span, message, help)
}

// firstName is a name as far as its first dot: what is listed seldom has dots.
func firstName(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}

func unknownInputs(p *pass) {
	p.undeclared(func(at *site, u use) {
		w := at.workflow
		switch {
		case u.ref.Root == expr.Inputs:
		case u.ref.Root == expr.Workflows && u.ref.Part == expr.PartInputs && p.doc.Workflow(u.ref.Workflow) != nil:
			w = p.doc.Workflow(u.ref.Workflow)
		default:
			return
		}
		name := firstName(u.ref.Name)
		p.reportUse(u, fmt.Sprintf("the workflow %q declares no input %q", w.ID, name), p.among(name, p.inputsOf(w).names, "inputs"))
	})
}

func unknownOutputs(p *pass) {
	p.undeclared(func(at *site, u use) {
		name := firstName(u.ref.Name)
		switch u.ref.Root {
		case expr.Steps:
			if s := at.workflow.Step(u.ref.Step); s != nil {
				p.reportUse(u, fmt.Sprintf("the step %q has no output %q", s.ID, name), p.among(name, outputNames(s.Outputs), "outputs"))
			}
		case expr.Outputs:
			w := at.workflow
			if at.step != nil && at.step.Target.Kind == arazzo.TargetWorkflow {
				w = p.calledWorkflow(at.step)
			}
			p.reportUse(u, fmt.Sprintf("the workflow %q has no output %q", w.ID, name), p.among(name, outputNames(w.Outputs), "outputs"))
		case expr.Workflows:
			if w := p.doc.Workflow(u.ref.Workflow); w != nil && u.ref.Part == expr.PartOutputs {
				p.reportUse(u, fmt.Sprintf("the workflow %q has no output %q", w.ID, name), p.among(name, outputNames(w.Outputs), "outputs"))
			}
		}
	})
}

func outputNames(list []*arazzo.Output) []string {
	var names []string
	for _, o := range list {
		names = append(names, o.Name)
	}
	return names
}

func unknownReferences(p *pass) {
	p.undeclared(func(at *site, u use) {
		switch r := u.ref; r.Root {
		case expr.Steps:
			if at.workflow.Step(r.Step) == nil {
				p.reportUse(u, fmt.Sprintf("the workflow %q has no step %q", at.workflow.ID, r.Step), p.among(r.Step, at.workflow.StepIDs(), "steps"))
			}
		case expr.Workflows:
			w := p.doc.Workflow(r.Workflow)
			switch {
			case w == nil:
				p.reportUse(u, fmt.Sprintf("there is no workflow %q", r.Workflow), p.among(r.Workflow, p.doc.WorkflowIDs(), "workflows"))
			case r.Part == expr.PartStep:
				p.reportUse(u, fmt.Sprintf("the workflow %q has no step %q", w.ID, r.Step), p.among(r.Step, w.StepIDs(), "steps"))
			}
		case expr.SourceDescriptions:
			p.reportUse(u, fmt.Sprintf("there is no source %q", r.Source), p.among(r.Source, p.doc.SourceNames(), "sources"))
		case expr.Components:
			p.reportUse(u, fmt.Sprintf("there is no %q in components.%s", r.Name, r.Part), p.among(r.Name, p.componentNames(r.Part), string(r.Part)))
		}
	})
}

// stepUses calls visit for each reference to the outputs of a step of the same
// workflow, from within a step.
func (p *pass) stepUses(visit func(at *site, u use, s *arazzo.Step)) {
	for _, at := range p.sites() {
		if at.step == nil {
			continue
		}
		for _, u := range at.refs {
			if u.ref.Root != expr.Steps {
				continue
			}
			if s := at.workflow.Step(u.ref.Step); s != nil {
				visit(at, u, s)
			}
		}
	}
}

func forwardReferences(p *pass) {
	p.stepUses(func(at *site, u use, s *arazzo.Step) {
		if s.Index > at.step.Index && !at.workflow.Graph() {
			p.reportUse(u, fmt.Sprintf("the step %q runs after this one", s.ID), fmt.Sprintf("move it before %q, or say \"dependsOn: [%s]\"", at.step.ID, s.ID))
		}
	})
}

func ownOutputs(p *pass) {
	p.stepUses(func(at *site, u use, s *arazzo.Step) {
		if s == at.step && at.when == before && u.declared {
			p.reportUse(u, fmt.Sprintf("the step %q has no outputs yet when this is sent", s.ID), "")
		}
	})
}

// httpRoots are what only a step on an HTTP operation has.
var httpRoots = lazy.Of[map[expr.Root]bool]{Make: func() map[expr.Root]bool {
	return map[expr.Root]bool{expr.URL: true, expr.Method: true, expr.StatusCode: true, expr.Request: true, expr.Response: true}
}}

func expressionContext(p *pass) {
	for _, at := range p.sites() {
		if at.step == nil || at.step.Placeholder() {
			continue
		}
		kind := p.kindOf(at.step)
		for _, u := range at.refs {
			switch {
			case httpRoots.Get()[u.ref.Root] && (kind == arazzo.SourceAsyncAPI || at.step.Action != arazzo.DirectionNone):
				p.reportUse(u, fmt.Sprintf("a step on a message has no %s", u.ref.Root), "use $message.header.<name> or $message.payload")
			case u.ref.Root == expr.Message && kind == arazzo.SourceOpenAPI && at.step.Action == arazzo.DirectionNone:
				p.reportUse(u, "a step on an HTTP operation has no $message", "use $request and $response")
			}
		}
	}
}
