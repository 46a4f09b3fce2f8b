package arazzorules

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func targetRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/unknown-source", Severity: diag.Error,
		Summary: "what is named as a source is one of the sourceDescriptions",
		Why:     "Without the source there is no operation to call. Upper and lower case differ in names.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.api.place}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.apis.place}]\n",
		Run:     run(unknownSources),
	}, {
		Code: "arazzo/name-case", Severity: diag.Warning,
		Summary: "sources are named with the same upper and lower case",
		Why:     "Names are case-sensitive. What was meant is clear enough to be no error here, but running refuses it.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.api.place}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.API.place}]\n",
		Run:     run(sourceCase),
	}, {
		Code: "arazzo/unknown-workflow", Severity: diag.Error,
		Summary: "what is named as a workflow is one of this document or of an arazzo source",
		Why:     "A step, an action or a dependency that means no workflow cannot run.",
		Good:    "- workflowId: order\n  steps: [{stepId: pay, workflowId: payment}]\n- workflowId: payment\n  steps: [{stepId: pay, operationId: pay}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: pay, workflowId: payments}]\n- workflowId: payment\n  steps: [{stepId: pay, operationId: pay}]\n",
		Run:     run(unknownWorkflows),
	}, {
		Code: "arazzo/unknown-step", Severity: diag.Error,
		Summary: "what is named as a step is one of the workflow",
		Why:     "An action or a dependency that means no step would never be met.",
		Good: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place, onFailure: [{name: again, type: goto, stepId: place}]}
`,
		Bad: `
- workflowId: order
  steps:
    - {stepId: place, operationId: place, onFailure: [{name: again, type: goto, stepId: Place}]}
`,
		Run: run(unknownSteps),
	}}
}

func unknownSources(p *pass) {
	p.eachSourceName(func(n *tree.Node, name string) {
		if p.inOtherCase(name) == "" {
			p.report(n, fmt.Sprintf("there is no source %q", name), p.among(name, p.doc.SourceNames(), "sources"))
		}
	})
}

func sourceCase(p *pass) {
	p.eachSourceName(func(n *tree.Node, name string) {
		if other := p.inOtherCase(name); other != "" {
			p.report(n, fmt.Sprintf("the source is called %q, and upper and lower case differ", other), fmt.Sprintf("write %q in place of %q", other, name))
		}
	})
}

// inOtherCase returns the source whose name differs only in case, or "".
func (p *pass) inOtherCase(name string) string {
	for _, known := range p.doc.SourceNames() {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return ""
}

// eachSourceName calls visit for each name of a source that there is not, in
// every place but expressions, which have a rule of their own.
func (p *pass) eachSourceName(visit func(n *tree.Node, name string)) {
	check := func(n *tree.Node, name string) {
		if name != "" && p.doc.Source(name) == nil {
			visit(n, name)
		}
	}
	p.eachTarget(func(t arazzo.Target) { check(t.Node, t.Source) })
	p.eachWorkflowRef(func(r *arazzo.WorkflowRef) { check(r.Node, r.Source) })
	p.eachDependency(func(_ *arazzo.Step, d *arazzo.Dependency) { check(d.Node, d.Source) })
}

// Suggestions compare a name with all known ones. Beyond these numbers that
// would only cost time.
const (
	maxSuggestions = 200
	maxCandidates  = 2000
)

// among is help for an unknown name: the nearest known one, or all of a few.
func (p *pass) among(name string, known []string, what string) string {
	if near := p.nearest(name, known); near != "" {
		return near
	}
	switch {
	case len(known) == 0:
		return "there are no " + what
	case len(known) <= 8:
		return fmt.Sprintf("the %s are %s", what, join(known))
	}
	return ""
}

func (p *pass) nearest(name string, known []string) string {
	p.suggestions++
	if p.suggestions > maxSuggestions || len(known) > maxCandidates {
		return ""
	}
	return diag.DidYouMean(name, known)
}

func join(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += fmt.Sprintf("%q", name)
	}
	return text
}

// eachTarget calls visit for the target of each step that calls one.
func (p *pass) eachTarget(visit func(arazzo.Target)) {
	for _, w := range p.doc.Workflows {
		for _, s := range w.Steps {
			if s.Target.Kind != arazzo.TargetNone && !s.Placeholder() {
				visit(s.Target)
			}
			if s.Async != nil && s.Async.Operation.Kind != arazzo.TargetNone {
				visit(s.Async.Operation)
			}
		}
	}
}

func (p *pass) eachWorkflowRef(visit func(*arazzo.WorkflowRef)) {
	for _, w := range p.doc.Workflows {
		for _, r := range w.DependsOn {
			visit(r)
		}
	}
	p.eachAction(func(_ *arazzo.Workflow, a *arazzo.Action) {
		if a.Workflow != nil {
			visit(a.Workflow)
		}
	})
}

func (p *pass) eachDependency(visit func(*arazzo.Step, *arazzo.Dependency)) {
	for _, w := range p.doc.Workflows {
		for _, s := range w.Steps {
			for _, d := range s.DependsOn {
				visit(s, d)
			}
		}
	}
}

// eachAction calls visit for each action where it is used: a component for
// each workflow that refers to it.
func (p *pass) eachAction(visit func(*arazzo.Workflow, *arazzo.Action)) {
	for _, w := range p.doc.Workflows {
		lists := [][]*arazzo.Action{w.SuccessActions, w.FailureActions}
		for _, s := range w.Steps {
			lists = append(lists, s.OnSuccess, s.OnFailure)
		}
		for _, list := range lists {
			for _, a := range list {
				visit(w, a)
			}
		}
	}
}

func unknownWorkflows(p *pass) {
	p.eachTarget(func(t arazzo.Target) {
		if t.Kind == arazzo.TargetWorkflow {
			p.workflow(t.Node, t.Source, t.Name)
		}
	})
	p.eachWorkflowRef(func(r *arazzo.WorkflowRef) { p.workflow(r.Node, r.Source, r.Workflow) })
	p.eachDependency(func(_ *arazzo.Step, d *arazzo.Dependency) {
		if d.Workflow != "" {
			p.workflow(d.Node, d.Source, d.Workflow)
		}
	})
}

// workflow reports a workflow that is not there. One of a source that cannot be
// opened may be.
func (p *pass) workflow(n *tree.Node, source, id string) {
	doc := p.doc
	if source != "" {
		doc = p.arazzoSource(source)
	}
	if doc == nil || doc.Workflow(id) != nil {
		return
	}
	where := ""
	if source != "" {
		where = fmt.Sprintf(" in the source %q", source)
	}
	p.report(n, fmt.Sprintf("there is no workflow %q%s", id, where), p.among(id, doc.WorkflowIDs(), "workflows"))
}

// arazzoSource returns the model of an arazzo source, or nil.
func (p *pass) arazzoSource(name string) *arazzo.Document {
	s := p.doc.Source(name)
	if s == nil {
		return nil
	}
	return p.catalog(s).arazzo
}

func unknownSteps(p *pass) {
	p.eachDependency(func(s *arazzo.Step, d *arazzo.Dependency) {
		if w := p.dependencyWorkflow(s, d); w != nil {
			p.step(d.Node, w, d.Step)
		}
	})
	p.eachAction(func(w *arazzo.Workflow, a *arazzo.Action) {
		if a.StepID != "" {
			p.step(a.Definition.Get("stepId"), w, a.StepID)
		}
	})
}

// dependencyWorkflow returns the workflow that has the step depended on, or nil
// where that is not known.
func (p *pass) dependencyWorkflow(s *arazzo.Step, d *arazzo.Dependency) *arazzo.Workflow {
	doc := p.doc
	if d.Source != "" {
		doc = p.arazzoSource(d.Source)
	}
	switch {
	case doc == nil:
		return nil
	case d.Workflow == "":
		return s.Workflow
	}
	return doc.Workflow(d.Workflow)
}

func (p *pass) step(n *tree.Node, w *arazzo.Workflow, id string) {
	if w.Step(id) == nil {
		p.report(n, fmt.Sprintf("the workflow %q has no step %q", w.ID, id), p.among(id, w.StepIDs(), "steps"))
	}
}
