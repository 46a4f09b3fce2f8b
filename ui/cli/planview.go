package cli

import (
	"fmt"
	"io"
	"strings"

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
}

type planSource struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	// Problem says why there is no server.
	Problem string `json:"problem,omitempty"`
}

// showPlan prints what a run would do, and does nothing.
func (f *runFlags) showPlan(out io.Writer, p *plan.Plan, where *servers, inputs map[string]any) error {
	document := viewPlan(p, where, inputs, f.embedded)
	if f.format == "json" {
		return printJSON(out, document)
	}
	printPlan(newScreen(out), p, &document)
	return nil
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

// printPlan adds to the plan's own words where its sources are and what is
// missing.
func printPlan(out *screen, p *plan.Plan, document *planDocument) {
	for line := range strings.Lines(p.String()) {
		fmt.Fprintln(out, diag.Safe(strings.TrimSuffix(line, "\n")))
	}
	fmt.Fprintln(out, "\nwould use:")
	for _, source := range document.Sources {
		where := diag.Safe(source.URL)
		if source.Problem != "" {
			where = out.paint(red, diag.Safe(source.Problem))
		}
		fmt.Fprintf(out, "  %s: %s\n", diag.Safe(source.Name), where)
	}
	for _, name := range document.MissingInputs {
		fmt.Fprintf(out, "%s\n", out.paint(red, "the input "+diag.Safe(name)+" is required and not given; use --input or --inputs"))
	}
}
