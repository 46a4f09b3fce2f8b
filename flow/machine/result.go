package machine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/expr"
)

func (m *Machine) result(failure *Failure) Result {
	r := Result{
		Run: m.run, Workflow: m.plan.Root.Name, State: m.state, Failure: failure,
		Started: m.started, Ended: m.now,
	}
	top := m.top.last()
	r.Outputs = top.outputs
	if r.Outputs == nil { // it was stopped: outputs as far as they are known
		r.Outputs = m.evaluate(scope{m: m, frame: top}, top.flow.Outputs, nil)
	}
	for _, f := range m.frames {
		if f.caller == (caller{}) {
			r.Steps = appendSteps(r.Steps, f)
		}
	}
	return r
}

// appendSteps lists a frame's steps in the order of the document, each before
// those of the workflows that it ran.
func appendSteps(list []StepResult, f *frame) []StepResult {
	for _, child := range f.children {
		list = appendAll(list, child)
	}
	for _, s := range f.steps {
		list = append(list, s.result())
		for _, child := range s.children {
			list = appendAll(list, child)
		}
	}
	return list
}

// appendAll lists a frame's steps and those of the workflows that gotos led to.
func appendAll(list []StepResult, f *frame) []StepResult {
	for ; f != nil; f = f.next {
		list = appendSteps(list, f)
	}
	return list
}

func (s *step) result() StepResult {
	r := StepResult{
		ID: s.def.ID, Path: s.path(), Workflow: s.frame.flow.Name, Kind: s.def.Kind, State: s.state,
		Attempts: s.attempt, Outputs: s.outputs, Criteria: s.criteria, Failure: s.failure,
	}
	if r.State == StepWaiting && s.frame.state.ended() {
		r.State = StepSkipped
	}
	if !s.first.IsZero() && !s.ended.IsZero() {
		r.Duration = s.ended.Sub(s.first)
	}
	return r
}

// describe says what became of a criterion, with the values that decided it.
func describe(outcome expr.Outcome, condition string) CriterionResult {
	r := CriterionResult{Condition: condition, Passed: outcome.Passed}
	if r.Passed {
		return r
	}
	var parts []string
	for _, c := range outcome.Comparisons {
		if !c.Passed {
			parts = append(parts, comparison(c))
		}
	}
	if outcome.Err != nil && len(parts) == 0 {
		parts = append(parts, outcome.Err.Error())
	}
	r.Detail = strings.Join(parts, "; ")
	if r.Detail == "" {
		r.Detail = "it is not true"
	}
	return r
}

func comparison(c expr.Comparison) string {
	left := operand(c.Left)
	switch c.Op {
	case "is true":
		return left + " and not true"
	case "matches":
		return fmt.Sprintf("%s, which %s does not match", left, quote(c.Right.Text))
	case "selects":
		return fmt.Sprintf("%s selects nothing in it: %s", quote(c.Right.Text), left)
	}
	right := operand(c.Right)
	if right == "" {
		return left
	}
	return left + ", " + right
}

// operand says what one side of a comparison was; a literal says nothing.
func operand(o expr.Operand) string {
	switch {
	case o.Missing:
		return o.Text + " has no value"
	case strings.HasPrefix(strings.TrimLeft(o.Text, "({"), "$"):
		return o.Text + " is " + show(o.Value)
	}
	return ""
}

// maxShown bounds how much of a value a text shows, in bytes.
const maxShown = 200

// show writes a value as people read it: JSON, cut short.
func show(value any) string {
	text := expr.Text(value)
	if s, ok := value.(string); ok {
		text = strconv.Quote(s)
	}
	if len(text) > maxShown {
		return strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}

func quote(text string) string { return strconv.Quote(text) }
