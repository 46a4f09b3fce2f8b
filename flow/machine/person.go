package machine

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/expr"
)

// AnswerError is a person's answer that does not fit. The run has not changed,
// so the person may be told and asked once more.
type AnswerError struct {
	// Problems are in the words of the schema.
	Problems []string
}

// Error lists the problems.
func (e *AnswerError) Error() string {
	return "the answer does not fit: " + strings.Join(e.Problems, "; ")
}

// Unwrap returns it as an event that cannot happen.
func (e *AnswerError) Unwrap() error {
	return &EventError{Arrived{}.kind(), string(StepAsking), e.Error()}
}

func (m *Machine) beginAsk(s *step) *Failure {
	q := s.def.Question
	prompt, failure := m.need(s, "the prompt", q.Prompt)
	if failure != nil {
		return failure
	}
	effect := AskPerson{ID: s.id, Step: s.def, Prompt: expr.Text(prompt), Deadline: s.deadline}
	if q.Context != nil {
		if effect.Context, failure = m.need(s, "the context", q.Context); failure != nil {
			return failure
		}
	}
	m.move(s, StepAsking)
	m.tellStep(s, Happening{Kind: PersonAsked, Text: effect.Prompt, Payload: effect.Context, Until: s.deadline})
	m.ask(effect, s)
	m.armTimeout(s)
	return nil
}

// answered takes a person's answer, which must fit.
func (m *Machine) answered(o *owner, e Arrived) error {
	if _, isAsk := m.effect(e.Subscription).(AskPerson); !isAsk && !o.settled {
		return &EventError{e.kind(), string(m.state), "the effect " + quote(e.Subscription) + " asks no person"}
	}
	s := o.step
	if o.settled || m.state.Ended() || s.id != o.attempt || s.state != StepAsking {
		return nil // it came too late
	}
	if problems := s.def.Question.Judge(e.Message.Payload); len(problems) > 0 {
		return &AnswerError{problems}
	}
	m.settle(e.Subscription)
	m.cancelTimer(s, timerTimeout)
	s.exchange.setMessage(e.Message)
	m.tellStep(s, Happening{Kind: PersonAnswered, Payload: e.Message.Payload, Headers: e.Message.Headers})
	m.judge(s)
	return nil
}

// noAnswer ends a question whose time is over.
func (m *Machine) noAnswer(s *step, failure *Failure) {
	m.giveUp(s)
	if s.def.Question.Continue {
		m.tellStep(s, Happening{Kind: Noted, Text: "nobody answered in time; it goes on without an answer"})
		m.judge(s)
		return
	}
	failure.Message = fmt.Sprintf("nobody answered within %s", s.deadline.Sub(s.began))
	m.fail(s, failure)
}
