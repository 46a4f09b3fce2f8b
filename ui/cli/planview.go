package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
)

// planStep is one step of a plan, for people and for programs.
type planStep struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Does says in a few words what the step does.
	Does string `json:"does"`
	// Waits are the steps that have to be done before, by dependsOn or because
	// their outputs are needed.
	Waits []string `json:"waitsFor,omitempty"`
	// Blocks says that what follows in the document goes on only after it.
	Blocks bool `json:"blocks"`
	// TimeoutMs is in milliseconds.
	TimeoutMs int64 `json:"timeoutMs,omitempty"`
}

// planWorkflow is one workflow of a plan.
type planWorkflow struct {
	ID    string     `json:"id"`
	Steps []planStep `json:"steps"`
}

// planDocument is the plan as "weft run --dry-run --format json" prints it.
type planDocument struct {
	Workflow  string         `json:"workflow"`
	Workflows []planWorkflow `json:"workflows"`
	// Sources are what the plan needs, each with the server it would use.
	Sources []planSource `json:"sources"`
	// MissingInputs are inputs that are required and that nobody gave.
	MissingInputs []string `json:"missingInputs,omitempty"`
	// Missing is all that a run would be refused for: servers, credentials,
	// inputs.
	Missing []string `json:"missing,omitempty"`
}

type planSource struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	// Problem says why there is no server.
	Problem string `json:"problem,omitempty"`
}

// showPlan prints what a run would do, and does nothing.
func (f *runFlags) showPlan(cmd *cobra.Command, c *compilation, where *servers, inputs map[string]any) error {
	document := viewPlan(c.plan, where, inputs, f.embedded)
	findings, missing := f.missing(c, where, inputs)
	if err := printFindings(cmd, findings); err != nil {
		return err
	}
	document.Missing = missing
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), document)
	}
	drawPlan(newScreen(cmd.OutOrStdout()), c.plan, &document)
	return nil
}

// missing is what a run would be refused for before it does anything. Findings
// are about the documents. Nobody is called.
func (f *runFlags) missing(c *compilation, where *servers, inputs map[string]any) (findings []diag.Diagnostic, missing []string) {
	checked := *c.plan
	checked.Uses = slices.DeleteFunc(slices.Clone(checked.Uses), func(u *plan.Use) bool { return f.embedded && !where.given(u.Name) })
	world := c.connect(where, nil)
	defer world.close()
	findings, err := world.engine.Check(&checked)
	missing = append(missing, lines(err)...)
	for _, flag := range f.forSources() {
		if _, ref, err := reference(flag[strings.Index(flag, "=")+1:]); err == nil {
			if _, err := ref.Resolve(); err != nil {
				name, _, _ := strings.Cut(flag, "=")
				missing = append(missing, "--credential "+name+": "+err.Error())
			}
		}
	}
	_, own := splitInputs(c.plan, inputs)
	_, violations := c.plan.Root.Accept(own)
	for _, v := range violations {
		missing = append(missing, "inputs: "+v.Message)
	}
	return atLeast(findings, diag.Warning), missing
}

// lines are errors that were joined, one by one.
func lines(err error) []string {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var list []string
		for _, one := range joined.Unwrap() {
			list = append(list, lines(one)...)
		}
		return list
	}
	return []string{err.Error()}
}

func viewPlan(p *plan.Plan, where *servers, inputs map[string]any, embedded bool) planDocument {
	document := planDocument{Workflow: p.Root.ID}
	for _, workflow := range p.Workflows {
		view := planWorkflow{ID: workflow.Name}
		for _, step := range workflow.Steps {
			view.Steps = append(view.Steps, viewStep(step))
		}
		document.Workflows = append(document.Workflows, view)
	}
	for _, use := range p.Uses {
		document.Sources = append(document.Sources, viewSource(use, where, embedded))
	}
	for _, name := range p.Root.Required {
		if _, given := inputs[name]; !given {
			document.MissingInputs = append(document.MissingInputs, name)
		}
	}
	return document
}

func viewSource(use *plan.Use, where *servers, embedded bool) planSource {
	view := planSource{Name: use.Name}
	if embedded && !where.given(use.Name) {
		view.URL = "embedded"
		return view
	}
	if err := where.reach(use); err != nil {
		view.Problem = err.Error()
		return view
	}
	view.URL = where.urlOf(use)
	return view
}

func viewStep(step *plan.Step) planStep {
	view := planStep{ID: step.ID, Kind: step.Kind.String(), Does: step.Summary(), Blocks: !step.Fork, TimeoutMs: step.Timeout.Milliseconds()}
	seen := map[string]bool{}
	for _, dependency := range step.After {
		view.Waits = appendOnce(view.Waits, seen, dependency.Step().ID)
	}
	for _, index := range step.Joins {
		view.Waits = appendOnce(view.Waits, seen, step.Workflow.Steps[index].ID)
	}
	return view
}

func appendOnce(list []string, seen map[string]bool, name string) []string {
	if seen[name] {
		return list
	}
	seen[name] = true
	return append(list, name)
}
