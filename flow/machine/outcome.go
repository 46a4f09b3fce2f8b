package machine

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
)

func (m *Machine) responded(s *step, e Responded) {
	m.cancelTimer(s, timerTimeout)
	x := &s.exchange
	x.url, x.method, x.status, x.answered, x.body = e.URL, e.Method, e.Status, true, e.Body
	x.headers = make(map[string]any, len(e.Headers))
	for name, values := range e.Headers {
		if len(values) > 0 {
			x.headers[name] = values[0] // expressions see single values only
		}
	}
	for f := s.frame; f != nil; f = f.above() {
		f.lastCall = s
	}
	m.tellStep(s, Happening{
		Kind: ResponseCame, Method: e.Method, Address: e.URL, Status: e.Status,
		Headers: x.headers, Payload: e.Body, Text: e.Problem,
	})
	if e.Problem != "" {
		m.fail(s, &Failure{Code: FailBody, Step: s.path(), Message: fmt.Sprintf("%s answered %d with a body that cannot be read: %s", e.URL, e.Status, e.Problem)})
		return
	}
	m.judge(s)
}

func (m *Machine) callFailed(s *step, e CallFailed) {
	m.cancelTimer(s, timerTimeout)
	s.exchange.url = e.URL
	m.fail(s, &Failure{
		Code: FailCall, Step: s.path(), Message: fmt.Sprintf("%s %s got no answer: %s", s.def.Operation.Method, firstOf(e.URL, s.def.Operation.Path), e.Error),
		Help: fmt.Sprintf("check that the server of %s runs, or name another with --server %s=URL", s.def.Use.Name, s.def.Use.Name),
	})
}

func (m *Machine) sent(s *step, e Sent) {
	m.cancelTimer(s, timerTimeout)
	message := &s.exchange.message
	if e.Headers != nil {
		message.Headers = e.Headers
	}
	if e.Payload != nil {
		message.Payload = e.Payload
	}
	message.Timestamp = m.now
	message.Address = firstOf(e.Address, message.Address)
	m.tellStep(s, Happening{Kind: MessageSent, Address: message.Address, Text: e.Position, Headers: message.Headers, Payload: message.Payload})
	m.judge(s)
}

func (m *Machine) sendFailed(s *step, e SendFailed) {
	m.cancelTimer(s, timerTimeout)
	m.fail(s, &Failure{Code: FailSend, Step: s.path(), Message: fmt.Sprintf("the message was not sent to %s: %s", s.exchange.message.Address, e.Error)})
}

func (m *Machine) timerFired(s *step, e TimerFired) {
	if strings.HasSuffix(e.ID, timerDelay) {
		if s.state == StepDelayed {
			m.attemptStep(s)
		}
		return
	}
	failure := &Failure{Code: FailTimeout, Step: s.path()}
	limit := s.deadline.Sub(s.began)
	switch s.state {
	case StepCalling:
		failure.Message = fmt.Sprintf("%s %s gave no answer within %s", s.def.Operation.Method, s.def.Operation.Path, limit)
		m.giveUp(s)
	case StepSending:
		failure.Message = fmt.Sprintf("the broker did not confirm the message to %s within %s", s.exchange.message.Address, limit)
		m.giveUp(s)
	case StepInvoking:
		failure.Message = fmt.Sprintf("workflow %s did not end within %s", s.def.Target.Name, limit)
		m.disown(s.child)
	case StepReceiving:
		failure.Message = fmt.Sprintf("no %s came on %s within %s%s", s.awaited(), s.subscribe.address, limit, passedText(s, e.Passed))
		if s.def.Timeout == 0 {
			failure.Help = "that is the default; give the step a timeout, or use --receive-timeout"
		}
	case StepGathering:
		m.gatheringEnded(s, failure)
		return
	case StepAsking:
		m.noAnswer(s, failure)
		return
	case StepRegistering:
		failure.Message = fmt.Sprintf("its callbacks were not registered within %s", limit)
		m.giveUpCallbacks(s)
	default:
		return
	}
	m.fail(s, failure)
}

// awaited says in words which message a receive waits for.
func (s *step) awaited() string {
	if !s.awaits {
		return "message"
	}
	return "message with the correlation id " + show(s.expected)
}

func passedText(s *step, passed []Passed) string {
	for _, p := range passed {
		if p.Subscription != s.subscribe.id || p.Count == 0 {
			continue
		}
		messages := "messages"
		if p.Count == 1 {
			messages = "message"
		}
		return fmt.Sprintf("; %d other %s came, of the last: %s", p.Count, messages, p.Last)
	}
	return ""
}

// giveUp says that the outcome of the attempt's effect no longer counts.
func (m *Machine) giveUp(s *step) {
	if m.settle(s.id) {
		m.emit(Abandon{ID: s.id})
	}
}

// judge decides by its criteria whether an attempt that was answered has
// succeeded.
func (m *Machine) judge(s *step) {
	if failure := m.check(s); failure != nil {
		m.fail(s, failure)
		return
	}
	m.succeed(s)
}

func (m *Machine) check(s *step) *Failure {
	if len(s.def.Criteria) == 0 {
		return m.checkStatus(s)
	}
	var failed []CriterionResult
	for _, criterion := range s.def.Criteria {
		result := describe(criterion.Eval(m.scope(s)), criterion.Source().Condition)
		s.criteria = append(s.criteria, result)
		if !result.Passed {
			failed = append(failed, result)
		}
	}
	m.tellStep(s, Happening{Kind: CriteriaChecked, Criteria: s.criteria})
	if len(failed) == 0 {
		return nil
	}
	text := "success criterion " + quote(failed[0].Condition) + " is false: " + failed[0].Detail
	if len(failed) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(failed)-1)
	}
	return &Failure{Code: FailCriteria, Step: s.path(), Message: text, Criteria: failed}
}

// checkStatus is the rule for calls that state no criteria: 2xx is success
// and nothing else is (A26).
func (m *Machine) checkStatus(s *step) *Failure {
	if s.def.Kind != plan.Call || s.exchange.status/100 == 2 {
		return nil
	}
	status := s.exchange.status
	return &Failure{
		Code: FailStatus, Step: s.path(),
		Message: fmt.Sprintf("%s %s answered %d, and without success criteria only 2xx is a success", s.exchange.method, s.exchange.url, status),
		Help:    "state successCriteria if this answer is right",
	}
}

func (m *Machine) succeed(s *step) {
	s.outputs = m.evaluate(m.scope(s), s.def.Outputs, s)
	m.move(s, StepSucceeded)
	m.settleStep(s)
	m.armFrame(s.frame)
	if s.def.Owner != nil {
		m.gathered(s.frame.steps[s.def.Owner.Index])
		return
	}
	if s.lending != nil {
		m.lendingDone(s, true)
		return
	}
	if s.frame.state == frameRunning {
		m.actOnSuccess(s)
	}
}

// evaluate makes outputs. One without a value is left out, and told of.
func (m *Machine) evaluate(env scope, outputs []plan.Output, s *step) map[string]any {
	values := make(map[string]any, len(outputs))
	for _, o := range outputs {
		value, err := o.Value.Eval(env)
		if err == nil {
			values[o.Name] = value
			continue
		}
		h := Happening{Kind: Noted, Text: fmt.Sprintf("output %s has no value: %s", o.Name, err)}
		if s != nil {
			m.tellStep(s, h)
		} else {
			h.Workflow = env.frame.flow.Name
			m.tell(h)
		}
	}
	return values
}

func (m *Machine) settleStep(s *step) {
	s.ended = m.now
	m.tellStep(s, Happening{
		Kind: StepEnded, Took: s.ended.Sub(s.first), Text: string(s.state),
		Outputs: s.outputs, Criteria: s.criteria, Failure: s.failure,
	})
}

func (m *Machine) dependencyFailed(s *step) {
	s.first, s.ended = m.now, m.now
	failure := &Failure{Code: FailDependency, Step: s.path(), Message: m.whyBlocked(s)}
	m.fail(s, failure)
}

// whyBlocked says what a step that cannot begin depends on.
func (m *Machine) whyBlocked(s *step) string {
	for i := range s.def.After {
		d := &s.def.After[i]
		f := s.frame
		if d.Workflow != f.flow {
			f = m.latest[d.Workflow]
		}
		if f == nil {
			return fmt.Sprintf("it depends on %s, whose workflow never runs", d.Raw)
		}
		switch other := f.steps[d.Index]; other.state {
		case StepFailed:
			return fmt.Sprintf("it depends on step %s, which failed: %s", other.path(), other.failure.text())
		case StepSkipped:
			return fmt.Sprintf("it depends on step %s, which was jumped over", other.path())
		case StepSucceeded:
		default:
			return fmt.Sprintf("it depends on step %s, which is %s and cannot go on", other.path(), other.state)
		}
	}
	return "what it depends on never comes"
}

func (f *Failure) text() string {
	if f == nil {
		return "it did not say why"
	}
	return f.Message
}
