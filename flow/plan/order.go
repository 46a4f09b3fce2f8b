package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// order resolves what depends on what, and finds circles.
func (c *compiler) order() {
	for _, w := range c.plan.Workflows {
		for _, s := range w.Steps {
			for _, d := range s.Spec.DependsOn {
				c.dependency(s, d)
			}
		}
	}
	for _, w := range c.plan.Workflows {
		if !w.Ordered {
			c.stepCycle(w)
		}
	}
	c.workflowCycle()
}

func (c *compiler) dependency(s *Step, d *arazzo.Dependency) {
	w := s.Workflow
	if d.Workflow != "" {
		if w = c.dependencyWorkflow(s, d); w == nil {
			return
		}
	}
	target := w.Step(d.Step)
	switch {
	case target == nil:
		c.fail(CodeDependency, d.Node, diag.DidYouMean(d.Step, stepIDs(w)), "workflow %s has no step %q", w.ID, d.Step)
	case target == s:
		c.fail(CodeCycle, d.Node, "remove it", "step %s depends on itself", s.ID)
	default:
		s.After = append(s.After, Dependency{Workflow: w, Index: target.Index, Raw: d.Raw})
	}
}

// dependencyWorkflow finds the workflow of a step elsewhere. It must be one
// that the run reaches in another way: dependsOn runs nothing.
func (c *compiler) dependencyWorkflow(s *Step, d *arazzo.Dependency) *Workflow {
	doc := s.Workflow.Document
	if d.Source != "" {
		src := c.source(s.Workflow, d.Source, d.Node)
		if src == nil {
			return nil
		}
		if src.Arazzo == nil {
			c.fail(CodeDependency, d.Node, "name a source of type arazzo", "source %s is no Arazzo document, so it has no steps", d.Source)
			return nil
		}
		doc = src.Arazzo
	}
	var ids []string
	for _, spec := range doc.Workflows {
		if spec.ID != d.Workflow {
			ids = append(ids, spec.ID)
			continue
		}
		if w, ok := c.flows[spec]; ok {
			return w
		}
		c.fail(CodeDependency, d.Node, fmt.Sprintf("run workflow %s in a step, or name it in dependsOn of the workflow", d.Workflow),
			"step %s depends on a step of workflow %s, which this run never reaches", s.ID, d.Workflow)
		return nil
	}
	c.fail(CodeDependency, d.Node, diag.DidYouMean(d.Workflow, ids), "there is no workflow %q", d.Workflow)
	return nil
}

// waitsFor are the steps of its own workflow that a step waits for.
func (s *Step) waitsFor() []int {
	var list []int
	for _, d := range s.After {
		if d.Workflow == s.Workflow {
			list = append(list, d.Index)
		}
	}
	for _, i := range s.Joins {
		if !slices.Contains(list, i) {
			list = append(list, i)
		}
	}
	return list
}

func (c *compiler) stepCycle(w *Workflow) {
	cycle := findCycle(len(w.Steps), func(i int) []int { return w.Steps[i].waitsFor() })
	if cycle == nil {
		return
	}
	names := make([]string, len(cycle))
	var node *tree.Node
	for i, index := range cycle {
		names[i] = w.Steps[index].ID
		if node == nil {
			node = w.Steps[index].Spec.Node.Get("dependsOn")
		}
	}
	c.fail(CodeCycle, firstNode(node, top(w.Steps[cycle[0]].Spec.Node)), "remove one of these dependencies or references",
		"steps wait for each other in a circle: %s", strings.Join(append(names, names[0]), " → "))
}

func (c *compiler) workflowCycle() {
	flows := c.plan.Workflows
	next := func(i int) []int {
		var list []int
		for _, need := range flows[i].DependsOn {
			list = append(list, slices.Index(flows, need))
		}
		return list
	}
	cycle := findCycle(len(flows), next)
	if cycle == nil {
		return
	}
	names := make([]string, len(cycle))
	for i, index := range cycle {
		names[i] = flows[index].Name
	}
	c.fail(CodeCycle, flows[cycle[0]].Spec.Node.Get("dependsOn"), "remove one of these dependencies",
		"workflows depend on each other in a circle: %s", strings.Join(append(names, names[0]), " → "))
}

// findCycle returns the nodes of one circle of a graph, in order, or nil. It
// does not recurse: documents may be deep.
func findCycle(count int, next func(int) []int) []int {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, count)
	type visit struct {
		node int
		rest []int
	}
	for start := range count {
		if state[start] != unseen {
			continue
		}
		state[start] = open
		path := []visit{{start, next(start)}}
		for len(path) > 0 {
			last := &path[len(path)-1]
			if len(last.rest) == 0 {
				state[last.node] = done
				path = path[:len(path)-1]
				continue
			}
			to := last.rest[0]
			last.rest = last.rest[1:]
			switch state[to] {
			case unseen:
				state[to] = open
				path = append(path, visit{to, next(to)})
			case open:
				var cycle []int
				for i := len(path) - 1; i >= 0; i-- {
					cycle = append(cycle, path[i].node)
					if path[i].node == to {
						break
					}
				}
				slices.Reverse(cycle)
				return cycle
			}
		}
	}
	return nil
}
