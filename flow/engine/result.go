package engine

import (
	"time"

	"github.com/weft-dev/weft/flow/machine"
)

// Result is how a run ended, in the shape that "weft run --format json" prints.
type Result struct {
	Run      string `json:"run"`
	Workflow string `json:"workflow"`
	// Status is "succeeded", "failed" or "cancelled".
	Status  string         `json:"status"`
	Outputs map[string]any `json:"outputs"`
	// Error says why the run did not succeed.
	Error *Error `json:"error,omitempty"`
	Steps []Step `json:"steps"`

	Started time.Time `json:"started"`
	// DurationMs is in milliseconds.
	DurationMs int64 `json:"durationMs"`
}

// Error says why a run or step failed.
type Error struct {
	// Code is one of machine's Fail constants.
	Code string `json:"code"`
	// Step is the path of the step that failed, or "".
	Step     string      `json:"step,omitempty"`
	Message  string      `json:"message"`
	Help     string      `json:"help,omitempty"`
	Criteria []Criterion `json:"criteria,omitempty"`
}

// Step is how a step ended.
type Step struct {
	ID string `json:"id"`
	// Path has the steps that led to it before it, where a step ran a workflow.
	Path     string `json:"path,omitempty"`
	Workflow string `json:"workflow,omitempty"`
	Kind     string `json:"kind"`
	// Status is "succeeded", "failed" or "skipped".
	Status     string         `json:"status"`
	Attempts   int            `json:"attempts"`
	DurationMs int64          `json:"durationMs"`
	Outputs    map[string]any `json:"outputs,omitempty"`
	Criteria   []Criterion    `json:"criteria,omitempty"`
	Error      *Error         `json:"error,omitempty"`
}

// Criterion is what became of a criterion.
type Criterion struct {
	Condition string `json:"condition"`
	Passed    bool   `json:"passed"`
	Detail    string `json:"detail,omitempty"`
}

// Succeeded reports whether the run reached its end.
func (r *Result) Succeeded() bool { return r.Status == string(machine.RunSucceeded) }

func resultOf(m machine.Result) Result {
	r := Result{
		Run: m.Run, Workflow: m.Workflow, Status: string(m.State), Outputs: m.Outputs, Error: errorOf(m.Failure),
		Steps: make([]Step, len(m.Steps)), Started: m.Started, DurationMs: m.Ended.Sub(m.Started).Milliseconds(),
	}
	if r.Outputs == nil {
		r.Outputs = map[string]any{}
	}
	for i, s := range m.Steps {
		r.Steps[i] = Step{
			ID: s.ID, Kind: s.Kind.String(), Status: string(s.State), Attempts: s.Attempts,
			DurationMs: s.Duration.Milliseconds(), Outputs: s.Outputs, Criteria: criteriaOf(s.Criteria), Error: errorOf(s.Failure),
		}
		if s.Path != s.ID {
			r.Steps[i].Path, r.Steps[i].Workflow = s.Path, s.Workflow
		}
	}
	return r
}

func errorOf(f *machine.Failure) *Error {
	if f == nil {
		return nil
	}
	return &Error{Code: string(f.Code), Step: f.Step, Message: f.Message, Help: f.Help, Criteria: criteriaOf(f.Criteria)}
}

func criteriaOf(list []machine.CriterionResult) []Criterion {
	out := make([]Criterion, len(list))
	for i, c := range list {
		out[i] = Criterion{Condition: c.Condition, Passed: c.Passed, Detail: c.Detail}
	}
	return out
}
