package plan

import (
	"slices"

	"github.com/weft-dev/weft/spec/arazzo"
)

// listen finds the steps that can run, and the channels on which those that
// receive will listen (A8).
func (c *compiler) listen() {
	for _, w := range c.plan.Workflows {
		c.standstill(w)
		reached := w.reachable()
		for i, s := range w.Steps {
			if !reached[i] {
				c.warn(CodeUnreachable, top(s.Spec.Node), "remove it, or lead to it with a goto", "step %s can never run", s.ID)
				continue
			}
			if s.Kind == Receive && s.Channel != nil && !slices.Contains(c.plan.Channels, s.Channel) {
				c.plan.Channels = append(c.plan.Channels, s.Channel)
			}
		}
	}
}

// standstill warns of a receive that holds up what follows (A7) while it waits
// for the answer to something that is sent only after it.
func (c *compiler) standstill(w *Workflow) {
	for i, s := range w.Steps {
		if s.Kind != Receive || s.Fork || s.Does == nil {
			continue
		}
		sends := func(other *Step) bool { return other.Kind == Send && other.Does == s.Does }
		later := slices.IndexFunc(w.Steps[i:], sends)
		if later < 0 || slices.ContainsFunc(w.Steps[:i], sends) {
			continue
		}
		c.warn(CodeStandstill, top(s.Spec.Node), "put the step that sends first: the run listens before it sends anyhow",
			"step %s has actions that move control, so step %s has to wait for it; but it waits for the answer to what that step sends",
			s.ID, w.Steps[i+later].ID)
	}
}

// reachable reports for each step whether it can run. In a graph every step
// may; in order, control may leave before.
func (w *Workflow) reachable() []bool {
	reached := make([]bool, len(w.Steps))
	queue := []int{}
	visit := func(i int) {
		if i >= 0 && i < len(reached) && !reached[i] {
			reached[i] = true
			queue = append(queue, i)
		}
	}
	visit(0)
	if !w.Ordered {
		for i := range w.Steps {
			visit(i)
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		s := w.Steps[i]
		for _, part := range s.Parts {
			visit(part.Index)
		}
		if s.Owner == nil && !alwaysMoves(s.OnSuccess) {
			visit(i + 1 + len(s.Parts))
		}
		for _, list := range [][]Action{s.OnSuccess, s.OnFailure} {
			for j := range list {
				visit(list[j].Step)
			}
		}
	}
	return reached
}

// alwaysMoves reports whether some success action takes control away in any
// case.
func alwaysMoves(actions []Action) bool {
	return slices.ContainsFunc(actions, func(a Action) bool {
		return len(a.Criteria) == 0 && (a.Type == arazzo.ActionEnd || a.Type == arazzo.ActionGoto)
	})
}
