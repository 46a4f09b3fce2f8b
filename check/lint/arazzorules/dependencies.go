package arazzorules

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func dependencyRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/dependency-cycle", Severity: diag.Error,
		Summary: "nothing depends on itself, not even by way of others",
		Why:     "Each would wait for the other, and neither would ever run.",
		Good: `
- workflowId: order
  steps:
    - {stepId: confirm, operationId: confirm}
    - {stepId: pay, operationId: pay, dependsOn: [confirm]}
`,
		Bad: `
- workflowId: order
  steps:
    - {stepId: confirm, operationId: confirm, dependsOn: [pay]}
    - {stepId: pay, operationId: pay, dependsOn: [confirm]}
`,
		Run: run(dependencyCycles),
	}}
}

// edge is a dependency on a step or workflow, and where it is written.
type edge struct {
	to string
	at *tree.Node
}

func dependencyCycles(p *pass) {
	workflows := make(map[string][]edge)
	var order []string
	for _, w := range p.doc.Workflows {
		order = append(order, w.ID)
		for _, r := range w.DependsOn {
			if r.Source == "" {
				workflows[w.ID] = append(workflows[w.ID], edge{to: r.Workflow, at: r.Node})
			}
		}
	}
	p.cycles(order, workflows)
	p.stepCycles()
}

// stepCycles looks at the steps of all workflows together, because a step may
// depend on one of another workflow.
func (p *pass) stepCycles() {
	steps := make(map[string][]edge)
	var order []string
	for _, w := range p.doc.Workflows {
		for _, s := range w.Steps {
			name := stepName(w.ID, s.ID)
			order = append(order, name)
			for _, d := range s.DependsOn {
				if d.Source == "" {
					steps[name] = append(steps[name], edge{to: stepName(workflowOf(s, d), d.Step), at: d.Node})
				}
			}
		}
	}
	p.cycles(order, steps)
}

func workflowOf(s *arazzo.Step, d *arazzo.Dependency) string {
	if d.Workflow == "" {
		return s.Workflow.ID
	}
	return d.Workflow
}

// stepName names a step among those of all workflows.
func stepName(workflow, step string) string { return workflow + "\n" + step }

// cycles reports each edge that closes a circle. The walk keeps its own stack,
// for a hostile document may be as deep as it is long.
func (p *pass) cycles(order []string, edges map[string][]edge) {
	const unseen, onPath, done = 0, 1, 2
	state := make(map[string]int, len(order))
	type frame struct {
		name string
		next int
	}
	for _, start := range order {
		if state[start] != unseen {
			continue
		}
		state[start] = onPath
		stack := []frame{{name: start}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(edges[top.name]) {
				state[top.name] = done
				stack = stack[:len(stack)-1]
				continue
			}
			e := edges[top.name][top.next]
			top.next++
			switch state[e.to] {
			case unseen:
				state[e.to] = onPath
				stack = append(stack, frame{name: e.to})
			case onPath:
				var names []string
				for i := len(stack) - 1; i >= 0; i-- {
					names = append(names, plainName(stack[i].name))
					if stack[i].name == e.to {
						break
					}
				}
				p.reportCycle(e, names)
			}
		}
	}
}

func plainName(name string) string {
	if _, step, ok := strings.Cut(name, "\n"); ok {
		return step
	}
	return name
}

// reportCycle tells the way round; names are from the one that has the edge
// back to the one it leads to.
func (p *pass) reportCycle(e edge, names []string) {
	if len(names) == 1 {
		p.report(e.at, "it depends on itself", "remove this dependency")
		return
	}
	slices.Reverse(names)
	if len(names) > 6 {
		names = slices.Concat(names[:3], []string{"…"}, names[len(names)-2:])
	}
	way := strings.Join(append(names, names[0]), " → ")
	p.report(e.at, "these wait for each other for ever: "+way, "remove one of the dependencies")
}
