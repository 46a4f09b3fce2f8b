package machine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/weft-dev/weft/flow/plan"
)

// gathering is how a step stands that waits for several answers. Each answer is
// awaited by a part, which is a receive like any other.
type gathering struct {
	arming    bool // its parts begin: none of them ends it yet
	timedOut  bool
	completed time.Time
}

func (m *Machine) beginGather(s *step) {
	m.boundWait(s)
	m.move(s, StepGathering)
	m.tellStep(s, Happening{
		Kind: WaitBegan, Until: s.deadline, ByDefault: s.def.Timeout == 0,
		Text: fmt.Sprintf("%d of %d answers", s.def.Quorum, len(s.def.Parts)),
	})
	s.exchange.gathering.arming = true
	for _, part := range s.parts() {
		if s.partial && part.state == StepSucceeded {
			continue // a further attempt waits for what is missing
		}
		m.reset(part)
		m.activate(part)
		if s.state != StepGathering {
			return // a part could not begin
		}
	}
	s.exchange.gathering.arming = false
	if !m.gathered(s) {
		m.armTimeout(s)
	}
}

// parts are the receives of a step that waits for several answers.
func (s *step) parts() []*step {
	parts := make([]*step, len(s.def.Parts))
	for i, def := range s.def.Parts {
		parts[i] = s.frame.steps[def.Index]
	}
	return parts
}

// gathered ends the wait where enough answers are there, and reports whether
// they are.
func (m *Machine) gathered(s *step) bool {
	if s.state != StepGathering || s.exchange.gathering.arming {
		return false
	}
	if len(s.answers()) < s.def.Quorum {
		return false
	}
	s.exchange.gathering.completed = m.now
	m.cancelTimer(s, timerTimeout)
	m.abandonParts(s)
	m.judge(s)
	return true
}

// gatheringEnded goes on with the answers that came in time. Criteria may be
// content with them; without any, all that were asked for are needed.
func (m *Machine) gatheringEnded(s *step, failure *Failure) {
	s.exchange.gathering.timedOut, s.partial = true, true
	m.abandonParts(s)
	if len(s.def.Criteria) > 0 {
		m.judge(s)
		return
	}
	failure.Message = fmt.Sprintf("%d of %d answers came within %s; %d are needed", len(s.answers()), len(s.def.Parts), s.deadline.Sub(s.began), s.def.Quorum)
	failure.Help = "to go on with fewer, state successCriteria that are content with them, such as $x-async-aggregate.receivedCount > 0"
	m.fail(s, failure)
}

func (m *Machine) abandonParts(s *step) {
	for _, part := range s.parts() {
		m.abandon(part)
	}
}

// partFailed makes the owner fail with a part that could not even begin.
func (m *Machine) partFailed(part *step) {
	m.move(part, StepFailed)
	m.settleStep(part)
	owner := part.frame.steps[part.def.Owner.Index]
	m.abandonParts(owner)
	m.cancelTimer(owner, timerTimeout)
	m.fail(owner, part.failure)
}

// answers are the payloads that came, by the names of the parts.
func (s *step) answers() map[string]any {
	answers := map[string]any{}
	for _, part := range s.parts() {
		if part.state == StepSucceeded && part.exchange.hasMessage {
			answers[part.def.Part] = part.exchange.message.Payload
		}
	}
	return answers
}

// missing are the ids of the answers that did not come in time.
func (s *step) missing() []any {
	missing := []any{}
	for _, part := range s.parts() {
		if s.exchange.gathering.timedOut && part.state != StepSucceeded {
			missing = append(missing, part.expected)
		}
	}
	return missing
}

// aggregate is a member of $x-async-aggregate.
func (e scope) aggregate(name string) (any, bool) {
	if e.step.def.Kind != plan.Gather {
		return nil, false
	}
	g := &e.step.exchange.gathering
	switch name {
	case "responses":
		return e.step.answers(), true
	case "completed":
		return !g.completed.IsZero(), true
	case "completedAt":
		if g.completed.IsZero() {
			return nil, true
		}
		return g.completed.UTC().Format(time.RFC3339Nano), true
	case "receivedCount":
		return json.Number(strconv.Itoa(len(e.step.answers()))), true
	case "timedOut":
		return g.timedOut, true
	case "failed":
		return e.step.missing(), true
	}
	return nil, false
}

// async is a member of $x-async.
func (e scope) async(name string) (any, bool) {
	s := e.step
	switch name {
	case "correlationId":
		return s.exchange.correlation, s.exchange.correlation != nil
	case "messageReceived":
		return s.def.Kind == plan.Receive && (e.message != nil || s.exchange.hasMessage), true
	case "trackingId":
		if s.def.Tracking == nil {
			return nil, false
		}
		value, err := s.def.Tracking.Eval(e)
		return value, err == nil
	case "callbacks":
		list := make([]any, len(s.callbacks))
		for i, r := range s.callbacks {
			list[i] = map[string]any{"id": r.ID, "event": r.Event, "webhook": r.Webhook}
		}
		return list, true
	}
	return nil, false
}
