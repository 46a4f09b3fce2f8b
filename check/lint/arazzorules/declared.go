package arazzorules

import (
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/tree"
)

// declared tells, for a place, whether what a reference names is there. What
// cannot be known without running is taken to be.
func (p *pass) declared(at *site) func(expr.Ref) bool {
	return func(r expr.Ref) bool {
		switch r.Root {
		case expr.Inputs:
			return at.workflow == nil || p.hasInput(at.workflow, r.Name)
		case expr.Outputs:
			return p.hasOutput(at, r.Name)
		case expr.Steps:
			return at.workflow == nil || hasStepOutput(at.workflow.Step(r.Step), r)
		case expr.Workflows:
			return p.hasWorkflowName(r)
		case expr.SourceDescriptions:
			return p.doc.Source(r.Source) != nil
		case expr.Components:
			return p.hasComponent(r)
		}
		return true
	}
}

// hasOutput looks for "$outputs.name": in a step that runs a workflow, an
// output of that workflow; anywhere else, one of the workflow's own.
func (p *pass) hasOutput(at *site, name string) bool {
	if name == "" || at.workflow == nil {
		return true
	}
	if at.step == nil || at.step.Target.Kind != arazzo.TargetWorkflow {
		return at.workflow.Output(name) != nil
	}
	called := p.calledWorkflow(at.step)
	return called == nil || called.Output(name) != nil
}

// calledWorkflow is the workflow that a step runs, or nil where it is not known.
func (p *pass) calledWorkflow(s *arazzo.Step) *arazzo.Workflow {
	doc := p.doc
	if s.Target.Source != "" {
		doc = p.arazzoSource(s.Target.Source)
	}
	if doc == nil {
		return nil
	}
	return doc.Workflow(s.Target.Name)
}

func hasStepOutput(s *arazzo.Step, r expr.Ref) bool {
	switch {
	case s == nil:
		return false
	case r.Part != expr.PartOutputs || r.Name == "":
		return true
	}
	return s.Output(r.Name) != nil
}

func (p *pass) hasWorkflowName(r expr.Ref) bool {
	w := p.doc.Workflow(r.Workflow)
	switch {
	case w == nil:
		return false
	case r.Part == expr.PartStep:
		return w.Step(r.Step) != nil
	case r.Name == "":
		return true
	case r.Part == expr.PartInputs:
		return p.hasInput(w, r.Name)
	}
	return w.Output(r.Name) != nil
}

func (p *pass) hasComponent(r expr.Ref) bool {
	for _, name := range p.componentNames(r.Part) {
		if name == r.Name {
			return true
		}
	}
	return false
}

func (p *pass) componentNames(part expr.Part) []string {
	c := p.doc.Components
	var names []string
	switch part {
	case expr.Parameters:
		for _, x := range c.Parameters {
			names = append(names, x.Name)
		}
	case expr.SuccessActions:
		for _, x := range c.SuccessActions {
			names = append(names, x.Name)
		}
	case expr.FailureActions:
		for _, x := range c.FailureActions {
			names = append(names, x.Name)
		}
	}
	return names
}

// inputNames are the inputs that a workflow's schema declares.
type inputNames struct {
	names []string
	// open says that there may be others: there is no schema, or it says more
	// than its properties.
	open bool
}

func (p *pass) inputsOf(w *arazzo.Workflow) *inputNames {
	if have := p.inputs[w]; have != nil {
		return have
	}
	in := &inputNames{}
	schema := w.InputSchema(p.Context, p.Workspace)
	properties := schema.Get("properties")
	if !properties.Is(tree.Mapping) {
		in.open = true
	}
	for _, m := range membersOf(properties) {
		in.names = append(in.names, m.Key.Text)
	}
	for _, keyword := range []string{"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties", "dependentSchemas"} {
		in.open = in.open || schema.Has(keyword)
	}
	if additional := schema.Get("additionalProperties"); additional.Is(tree.Mapping) || additional.True() {
		in.open = true
	}
	p.inputs[w] = in
	return in
}

// hasInput reports whether an input is declared. Where there may be others than
// those listed, a name without dots is; of one with dots the longest listed
// part decides.
func (p *pass) hasInput(w *arazzo.Workflow, name string) bool {
	in := p.inputsOf(w)
	for _, known := range in.names {
		if known == name {
			return true
		}
	}
	return name == "" || in.open && !strings.Contains(name, ".")
}
