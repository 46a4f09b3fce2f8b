package machine

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/expr"
)

// fail ends an attempt. A failure action may take it up; without one the
// workflow has failed.
func (m *Machine) fail(s *step, failure *Failure) {
	if failure.Step == "" {
		failure.Step = s.path()
	}
	s.failure = failure
	if s.def.Owner != nil {
		m.partFailed(s)
		return
	}
	if s.frame.state == frameEnding {
		m.move(s, StepFailed)
		m.settleStep(s)
		m.failedWhileEnding(s)
		return
	}
	m.tryFailureActions(s)
}

// tryFailureActions takes the first failure action whose criteria hold and,
// of retries, whose budget is not used up (A29–A31).
func (m *Machine) tryFailureActions(s *step) {
	for i := range s.def.OnFailure {
		action := &s.def.OnFailure[i]
		if s.lending != nil && action.MovesControl() {
			continue // control returns to the step that it runs for
		}
		if action.Type == plan.Retry && !s.mayRetry(action) {
			continue
		}
		if !m.holds(s, action) {
			continue
		}
		if action.Type == plan.Retry {
			m.retry(s, action)
			return
		}
		m.move(s, StepFailed)
		m.settleStep(s)
		m.act(s, action, s.failure)
		return
	}
	m.move(s, StepFailed)
	m.settleStep(s)
	if s.lending != nil {
		m.lendingDone(s, false)
		return
	}
	m.conclude(s.frame, outcome{state: frameFailed, failure: s.failure})
}

// mayRetry reports whether the action's budget is not used up. What failed
// because of another step is not mended by doing it again.
func (s *step) mayRetry(action *plan.Action) bool {
	return s.failure.Code != FailDependency && s.retries[action.Name] < action.RetryLimit
}

func (m *Machine) holds(s *step, action *plan.Action) bool {
	for _, criterion := range action.Criteria {
		if !criterion.Eval(m.scope(s)).Passed {
			return false
		}
	}
	return true
}

func (m *Machine) actOnSuccess(s *step) {
	for i := range s.def.OnSuccess {
		if action := &s.def.OnSuccess[i]; m.holds(s, action) {
			m.act(s, action, nil)
			return
		}
	}
}

// act does an end or a goto. The failure is nil after a success.
func (m *Machine) act(s *step, action *plan.Action, failure *Failure) {
	f := s.frame
	told := Happening{Kind: ActionTaken, Text: fmt.Sprintf("%s (%s)", action.Name, action.Type)}
	switch {
	case action.Type == plan.End && failure == nil:
		m.tellStep(s, told)
		m.conclude(f, outcome{state: frameSucceeded})
	case action.Type == plan.End:
		m.tellStep(s, told)
		m.conclude(f, outcome{state: frameFailed, failure: failure})
	case action.Workflow != nil:
		told.Text += " to workflow " + action.Workflow.Name
		m.tellStep(s, told)
		m.leave(s, action)
	default:
		told.Text += " to step " + f.steps[action.Step].def.ID
		m.tellStep(s, told)
		m.jump(f, s.def.Index, action.Step)
	}
}

// leave takes control to another workflow, for good (A28).
func (m *Machine) leave(s *step, action *plan.Action) {
	inputs, failure := m.inputs(s, action.Parameters)
	if failure == nil {
		inputs, failure = accept(action.Workflow, inputs)
	}
	if failure != nil {
		failure.Step = s.path()
		m.conclude(s.frame, outcome{state: frameFailed, failure: failure})
		return
	}
	m.conclude(s.frame, outcome{state: frameLeft, next: action.Workflow, inputs: inputs})
}

// jump takes control from one step to another. What lies between is skipped,
// and does not count as done; what is gone back over will be done again.
func (m *Machine) jump(f *frame, from, to int) {
	if to > from {
		for _, s := range f.steps[from+1 : to] {
			if s.state == StepWaiting {
				m.skip(s)
			}
		}
		last := to + 1
		if f.flow.Ordered {
			last = len(f.steps)
		}
		for _, s := range f.steps[to:last] {
			m.reset(s)
		}
		return
	}
	for _, s := range f.steps[to:] {
		m.abandon(s)
		m.reset(s)
	}
}

func (m *Machine) skip(s *step) {
	m.move(s, StepSkipped)
	s.ended = m.now
	m.abandonParts(s)
}

// reset lets a step that has ended be begun again.
func (m *Machine) reset(s *step) {
	if s.state.Settled() {
		m.move(s, StepWaiting)
		s.outputs = nil
	}
}

// abandon ends a step that nobody waits for any more, whatever it is at.
func (m *Machine) abandon(s *step) {
	if s.state.Settled() {
		return
	}
	m.cancelTimer(s, timerTimeout)
	m.cancelTimer(s, timerDelay)
	switch s.state {
	case StepCalling, StepSending:
		m.giveUp(s)
	case StepAsking:
		m.giveUp(s)
	case StepRegistering:
		m.giveUpCallbacks(s)
	case StepInvoking:
		m.disown(s.child)
	case StepRecovering:
		m.disownRecovery(s)
	}
	m.skip(s)
}

// disown ends a workflow whose caller no longer wants to know.
func (m *Machine) disown(f *frame) {
	f = f.last()
	if f == nil || f.state.ended() {
		return
	}
	f.caller.nobody = true
	m.conclude(f, outcome{state: frameCancelled})
}

func (m *Machine) disownRecovery(s *step) {
	for _, f := range s.children {
		m.disown(f)
	}
	for _, other := range s.frame.steps {
		if other.lending == s {
			other.lending = nil
			m.abandon(other)
		}
	}
}

// retry begins another attempt: what the action refers to runs first, and then
// the delay is waited for, counted from the failure.
func (m *Machine) retry(s *step, action *plan.Action) {
	if s.retries == nil {
		s.retries = map[string]int{}
	}
	s.retries[action.Name]++
	delay := action.RetryAfter
	if after, ok := m.retryAfter(s); ok {
		delay = after
	}
	s.recovery = &recovery{action: action, notBefore: m.now.Add(delay)}
	m.tellStep(s, Happening{
		Kind: RetryPlanned, Failure: s.failure, Until: s.recovery.notBefore, Criteria: s.criteria,
		Text: fmt.Sprintf("%s: retry %d of %d", action.Name, s.retries[action.Name], action.RetryLimit),
	})
	switch {
	case action.Workflow != nil:
		m.recoverByWorkflow(s, action)
	case action.Step >= 0:
		m.recoverByStep(s, s.frame.steps[action.Step])
	default:
		m.delay(s)
	}
}

// delay waits until the next attempt is due.
func (m *Machine) delay(s *step) {
	if s.state != StepDelayed {
		m.move(s, StepDelayed)
	}
	if s.recovery.notBefore.After(m.now) {
		m.setTimer(s, timerDelay, s.recovery.notBefore)
		return
	}
	m.attemptStep(s)
}

func (m *Machine) recoverByWorkflow(s *step, action *plan.Action) {
	inputs, failure := m.inputs(s, action.Parameters)
	if failure == nil {
		inputs, failure = accept(action.Workflow, inputs)
	}
	if failure == nil && s.frame.depth() >= maxDepth {
		failure = &Failure{Code: FailLimit, Message: fmt.Sprintf("workflows run each other deeper than %d", maxDepth)}
	}
	m.move(s, StepRecovering)
	if failure != nil {
		m.recovered(s, failure)
		return
	}
	prefix := s.id + "~" + escape(action.Name)
	child := m.newFrame(action.Workflow, prefix, inputs, caller{step: s, retry: true})
	s.children = append(s.children, child)
}

func (m *Machine) recoverByStep(s, other *step) {
	m.move(s, StepRecovering)
	if other.state.Active() || other == s {
		m.recovered(s, &Failure{Code: FailAction, Message: fmt.Sprintf("step %s is under way and cannot run again for the retry", other.path())})
		return
	}
	other.lending, other.lent = s, other.state
	m.reset(other)
	m.activate(other)
}

// lendingDone returns control to the step whose retry this one ran for. It
// then stands as before, so that its own turn still comes, but its outputs
// stay.
func (m *Machine) lendingDone(s *step, ok bool) {
	borrower, outputs := s.lending, s.outputs
	s.lending = nil
	if s.lent == StepWaiting {
		m.move(s, StepWaiting)
		s.outputs = outputs
	}
	if borrower.state != StepRecovering {
		return
	}
	if ok {
		m.recovered(borrower, nil)
		return
	}
	m.recovered(borrower, &Failure{Code: FailAction, Message: fmt.Sprintf("step %s, which the retry needs, failed: %s", s.path(), s.failure.text())})
}

// recovered goes on with a retry once what it refers to has run. Where that
// failed, so has the retry, and the next failure action has its turn.
func (m *Machine) recovered(s *step, failure *Failure) {
	if failure == nil {
		m.delay(s)
		return
	}
	m.tellStep(s, Happening{Kind: Noted, Text: "the retry cannot be made: " + failure.Message})
	s.retries[s.recovery.action.Name] = s.recovery.action.RetryLimit
	if s.frame.state == frameEnding {
		m.move(s, StepFailed)
		m.settleStep(s)
		return
	}
	m.tryFailureActions(s)
}

// maxRetryAfter bounds what a server can make us wait.
const maxRetryAfter = time.Hour

// retryAfter reads the header Retry-After (RFC 9110 section 10.2.3): seconds,
// or a date.
func (m *Machine) retryAfter(s *step) (time.Duration, bool) {
	value, ok := plan.HeaderValue(s.exchange.headers, "Retry-After")
	if !ok {
		return 0, false
	}
	text, _ := value.(string)
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter), true
	}
	at, ok := parseDate(text)
	if !ok {
		return 0, false
	}
	// The server's own clock counts, where it tells it.
	now := m.now
	if date, _ := plan.HeaderValue(s.exchange.headers, "Date"); date != nil {
		if told, ok := parseDate(expr.Text(date)); ok {
			now = told
		}
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}

// parseDate reads a date in the three forms of HTTP (RFC 9110 section 5.6.7).
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC850, time.ANSIC} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// conclude decides how a workflow ends. Calls and sends under way are waited
// for, so that what they did is known; nothing new begins.
func (m *Machine) conclude(f *frame, how outcome) {
	if f.state.ended() {
		return
	}
	if f.state == frameEnding {
		// Its end was decided before; only being cancelled overrules that.
		if how.state == frameCancelled {
			f.outcome = how
		}
		return
	}
	f.state, f.outcome = frameEnding, how
	for _, s := range f.steps {
		if !m.finishes(f, s) {
			m.abandon(s)
		}
	}
	for _, child := range f.children {
		m.disown(child)
	}
}

// finishes reports whether a step of a workflow that is about to end is still
// waited for.
func (m *Machine) finishes(f *frame, s *step) bool {
	if s.state == StepCalling || s.state == StepSending {
		return f.outcome.state != frameCancelled
	}
	if f.outcome.state != frameSucceeded || !s.state.Active() {
		return false
	}
	if s.def.Owner != nil {
		s = f.steps[s.def.Owner.Index]
	}
	for _, i := range f.flow.Joins {
		if f.steps[i] == s {
			return true // the workflow's outputs refer to it (A7)
		}
	}
	return false
}

// failedWhileEnding makes a workflow fail that was about to succeed, when a
// step fails that it still waited for.
func (m *Machine) failedWhileEnding(s *step) {
	if s.lending != nil {
		return
	}
	if f := s.frame; f.outcome.state == frameSucceeded {
		f.outcome = outcome{state: frameFailed, failure: s.failure}
		for _, other := range f.steps {
			if !m.finishes(f, other) {
				m.abandon(other)
			}
		}
	}
}

func (m *Machine) finishIfDrained(f *frame) bool {
	if f.waits() {
		return false
	}
	env := scope{m: m, frame: f}
	f.outputs = m.evaluate(env, f.flow.Outputs, nil)
	if len(f.flow.Outputs) == 0 && f.responded != nil {
		f.outputs = f.responded.outputs // the workflow's answer is its final response
	}
	f.state, f.failure = f.outcome.state, f.outcome.failure
	if f.state == frameLeft {
		m.follow(f)
		return true
	}
	m.report(f)
	return true
}

// follow begins the workflow that a goto leads to in place of the one left.
func (m *Machine) follow(f *frame) {
	prefix := fmt.Sprintf("%s/>%s#%d", m.run, escape(f.outcome.next.Name), len(m.frames))
	f.next = m.newFrame(f.outcome.next, prefix, f.outcome.inputs, f.caller)
	f.next.path = f.path
}

// report tells whoever wanted to know how a workflow ended.
func (m *Machine) report(f *frame) {
	by := f.caller
	switch {
	case by.nobody:
	case by.frame != nil: // it looks for itself
	case by.step == nil:
		if f.state == frameSucceeded {
			m.top = f
			m.end(RunSucceeded, nil)
			return
		}
		m.top = f
		m.end(RunFailed, f.failure)
	case by.retry:
		m.recovered(by.step, m.workflowFailure(f))
	case by.step.state == StepInvoking:
		m.invoked(by.step, f)
	}
}

func (m *Machine) workflowFailure(f *frame) *Failure {
	if f.state == frameSucceeded {
		return nil
	}
	return &Failure{Code: FailWorkflow, Message: fmt.Sprintf("workflow %s failed: %s", f.flow.Name, f.failure.text())}
}

func (m *Machine) invoked(s *step, f *frame) {
	m.cancelTimer(s, timerTimeout)
	s.exchange.outputs = f.outputs
	if failure := m.workflowFailure(f); failure != nil {
		m.fail(s, failure)
		return
	}
	m.judge(s)
}
