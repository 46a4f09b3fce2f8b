package arazzorules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func callRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/unknown-parameter", Severity: diag.Warning,
		Summary: "a step gives the parameters that its operation or workflow has",
		Why:     "A parameter that is not declared is most often mistyped; a service ignores it, or refuses the call.",
		Good:    "- workflowId: order\n  steps: [{stepId: list, operationId: list, parameters: [{name: limit, in: query, value: 5}]}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: list, operationId: list, parameters: [{name: limits, in: query, value: 5}]}]\n",
		Run:     run(unknownParameters),
	}, {
		Code: "arazzo/missing-parameter", Severity: diag.Warning,
		Summary: "a step gives what its operation or workflow requires",
		Why:     "A call without a required parameter, body or input is refused, and one without a path parameter has no address.",
		Good:    "- workflowId: order\n  steps: [{stepId: read, operationId: read, parameters: [{name: id, in: path, value: 5}]}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: read, operationId: read}]\n",
		Run:     run(missingParameters),
	}}
}

// httpOperation is the operation of an OpenAPI document that a step calls, or
// nil where that is not known.
func (p *pass) httpOperation(s *arazzo.Step) *openapi.Operation {
	if s.Placeholder() || s.Action != arazzo.DirectionNone {
		return nil
	}
	var found *openapi.Operation
	for _, source := range p.sourcesOf(s.Target) {
		c := p.catalog(source)
		if c.openapi == nil {
			continue
		}
		op := c.openapi.ByID(s.Target.Name)
		if s.Target.Kind == arazzo.TargetOperationPath {
			op = c.openapi.ByPointer(s.Target.Pointer)
		}
		switch {
		case op == nil:
		case found != nil:
			return nil // another rule tells that it is ambiguous
		default:
			found = op
		}
	}
	return found
}

// calledInputs are the inputs of the workflow of this document that a step
// runs, or nil.
func (p *pass) calledInputs(s *arazzo.Step) (*arazzo.Workflow, *inputNames) {
	if s.Target.Kind != arazzo.TargetWorkflow || s.Target.Source != "" {
		return nil, nil
	}
	w := p.doc.Workflow(s.Target.Name)
	if w == nil {
		return nil, nil
	}
	return w, p.inputsOf(w)
}

// undeclaredHeaders are sent without being parameters of an operation
// (§ Parameter Object of OpenAPI, "in").
var undeclaredHeaders = []string{"accept", "authorization", "content-type", "cookie"}

func unknownParameters(p *pass) {
	p.eachStep(func(s *arazzo.Step) {
		if op := p.httpOperation(s); op != nil {
			for _, param := range s.Parameters {
				p.unknownParameter(op, param)
			}
		}
		w, inputs := p.calledInputs(s)
		if inputs == nil || inputs.open {
			return
		}
		for _, param := range s.Parameters {
			if nameNode(param) != nil && !slices.Contains(inputs.names, param.Name) {
				p.report(nameNode(param), fmt.Sprintf("the workflow %q has no input %q", w.ID, param.Name), p.among(param.Name, inputs.names, "inputs"))
			}
		}
	})
}

func nameNode(param *arazzo.Parameter) *tree.Node {
	if param.Reference != "" {
		return param.Node.Get("reference")
	}
	return param.Node.Get("name")
}

func (p *pass) unknownParameter(op *openapi.Operation, param *arazzo.Parameter) {
	in := httpLocation(param.In)
	at := nameNode(param)
	if at == nil || in == openapi.InUnknown || op.Parameter(in, param.Name) != nil {
		return
	}
	if in == openapi.InHeader && (slices.Contains(undeclaredHeaders, strings.ToLower(param.Name)) || carriesKey(op, param.Name)) {
		return
	}
	var names []string
	for _, known := range op.Parameters {
		if known.Name == param.Name {
			p.report(at, fmt.Sprintf("the operation has the parameter %q in %s, not in %s", param.Name, known.In, param.In), fmt.Sprintf("write \"in: %s\"", known.In))
			return
		}
		if known.In == in {
			names = append(names, known.Name)
		}
	}
	p.report(at, fmt.Sprintf("%s has no parameter %q in %s", operationName(op), param.Name, param.In), p.among(param.Name, names, "parameters in "+param.In.String()))
}

// carriesKey reports whether a header is that of an API key of the operation.
func carriesKey(op *openapi.Operation, header string) bool {
	for _, requirement := range op.Security {
		for _, s := range requirement.Schemes {
			if s.Scheme != nil && s.Scheme.In == openapi.InHeader && strings.EqualFold(s.Scheme.ParameterName, header) {
				return true
			}
		}
	}
	return false
}

func operationName(op *openapi.Operation) string {
	if op.ID != "" {
		return fmt.Sprintf("the operation %q", op.ID)
	}
	return "the operation " + op.Method + " " + op.Path
}

func httpLocation(in arazzo.Location) openapi.Location {
	for l := openapi.InPath; l <= openapi.InCookie; l++ {
		if l.String() == in.String() {
			return l
		}
	}
	return openapi.InUnknown
}

func missingParameters(p *pass) {
	p.eachStep(func(s *arazzo.Step) {
		if op := p.httpOperation(s); op != nil {
			p.missingOfOperation(s, op)
		}
		if w, inputs := p.calledInputs(s); inputs != nil {
			p.missingInputs(s, w)
		}
	})
}

// missingOfOperation leaves out what a default fills in.
func (p *pass) missingOfOperation(s *arazzo.Step, op *openapi.Operation) {
	for _, param := range op.Parameters {
		if param.Required && !givesParameter(s, param) && !param.Schema.Has("default") {
			p.report(s.Target.Node, fmt.Sprintf("%s requires the parameter %q in %s", operationName(op), param.Name, param.In), "give it a value in \"parameters\"")
		}
	}
	if op.RequestBody != nil && op.RequestBody.Required && s.RequestBody == nil {
		p.report(s.Target.Node, operationName(op)+" requires a body", "give it in \"requestBody\"")
	}
}

func givesParameter(s *arazzo.Step, want *openapi.Parameter) bool {
	for _, list := range [][]*arazzo.Parameter{s.Parameters, s.Workflow.Parameters} {
		for _, param := range list {
			if httpLocation(param.In) != want.In {
				continue
			}
			if param.Name == want.Name || want.In == openapi.InHeader && strings.EqualFold(param.Name, want.Name) {
				return true
			}
		}
	}
	return false
}

func (p *pass) missingInputs(s *arazzo.Step, w *arazzo.Workflow) {
	schema := w.InputSchema(p.Context, p.Workspace)
	required := schema.Get("required")
	if !required.Is(tree.Sequence) {
		return
	}
	for _, name := range required.Items {
		given := func(param *arazzo.Parameter) bool { return param.Name == name.Text }
		if !name.Is(tree.String) || slices.ContainsFunc(s.Parameters, given) || slices.ContainsFunc(s.Workflow.Parameters, given) {
			continue
		}
		if schema.Get("properties").Get(name.Text).Has("default") {
			continue
		}
		p.report(s.Target.Node, fmt.Sprintf("the workflow %q requires the input %q", w.ID, name.Text), "give it a value in \"parameters\"")
	}
}
