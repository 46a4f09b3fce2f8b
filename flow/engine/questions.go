package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/machine"
)

// Question is what a run asks a person.
type Question struct {
	// ID names the question; Step is the id of the step that asks.
	ID, Step string
	Prompt   string
	Context  any
	// Deadline is when an answer no longer counts; zero is never.
	Deadline time.Time
}

// QuestionError says that a run does not ask what is answered.
type QuestionError struct{ Why string }

// Error implements error.
func (e *QuestionError) Error() string { return e.Why }

// ask keeps a question until it is answered or abandoned.
func (r *runner) ask(e machine.AskPerson) {
	r.besides++ // an answer may come from outside
	r.mu.Lock()
	defer r.mu.Unlock()
	r.questions = append(r.questions, Question{ID: e.ID, Step: e.Step.ID, Prompt: e.Prompt, Context: e.Context, Deadline: e.Deadline})
}

// asked forgets a question.
func (r *runner) asked(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.questions)
	r.questions = slices.DeleteFunc(r.questions, func(q Question) bool { return q.ID == id })
	r.besides -= before - len(r.questions)
}

// Questions are what the run asks people now.
func (x *Running) Questions() []Question {
	x.runner.mu.Lock()
	defer x.runner.mu.Unlock()
	return slices.Clone(x.runner.questions)
}

// Question is what the step of that id asks now; the step may be "" where only
// one asks. Where nothing is asked the error is a *QuestionError.
func (x *Running) Question(step string) (Question, error) {
	questions := x.Questions()
	var names []string
	var fit []Question
	for _, q := range questions {
		names = append(names, q.Step)
		if step == "" || q.Step == step {
			fit = append(fit, q)
		}
	}
	switch {
	case len(questions) == 0:
		return Question{}, &QuestionError{"it asks nobody anything now"}
	case len(fit) == 0:
		return Question{}, &QuestionError{fmt.Sprintf("step %s asks nothing now; %s does", step, strings.Join(names, ", "))}
	case len(fit) > 1:
		return Question{}, &QuestionError{"several steps ask; say which is answered: " + strings.Join(names, ", ")}
	}
	return fit[0], nil
}
