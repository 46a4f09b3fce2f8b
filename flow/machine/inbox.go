package machine

import (
	"fmt"
	"slices"
	"time"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/expr"
)

// subscription is an address that the run listens to, and its inbox: what
// arrived there and no step has waited for yet (A8).
type subscription struct {
	key       string
	id        string
	channel   *plan.Channel
	address   string
	positions []string
	standing  bool
	seen      map[string]bool // ids of messages, to know a second delivery (A11)
	inbox     []kept
}

type kept struct {
	message Message
	number  int // order of arrival
	at      time.Time
}

func (s *subscription) effect() Subscribe {
	return Subscribe{ID: s.id, Channel: s.channel, Address: s.address, Positions: s.positions, Messages: s.channel.Messages}
}

func (m *Machine) subscribed(e Subscribed) error {
	o, ok := m.owners[e.ID]
	if !ok || o.subscription == nil {
		return &EventError{e.kind(), string(m.state), "there is no subscription " + quote(e.ID)}
	}
	s := o.subscription
	if s.standing || m.state.Ended() {
		return nil
	}
	s.standing = true
	if len(s.positions) == 0 {
		s.positions = slices.Clone(e.Positions)
	}
	m.unarmed--
	m.tell(Happening{Kind: SubscribeDone, Effect: s.id, Address: s.address, Text: s.channel.Use.Name})
	m.release()
	return nil
}

func (m *Machine) subscribeFailed(e SubscribeFailed) error {
	o, ok := m.owners[e.ID]
	if !ok || o.subscription == nil {
		return &EventError{e.kind(), string(m.state), "there is no subscription " + quote(e.ID)}
	}
	if m.state.Ended() {
		return nil
	}
	s := o.subscription
	m.stop(RunFailed, &Failure{
		Code:    FailSubscribe,
		Message: fmt.Sprintf("cannot listen to %s of %s: %s", s.address, s.channel.Use.Name, e.Error),
	})
	return nil
}

// Wants reports whether a message that came in on a subscription may matter to
// the run, and where not, why. The host asks before it records an Arrived:
// what the run has no use for stays out of its history. It changes nothing.
func (m *Machine) Wants(subscriptionID string, message *Message) (bool, string) {
	o, ok := m.owners[subscriptionID]
	if !ok || o.subscription == nil || m.state.Ended() {
		return false, "the run does not listen there"
	}
	s := o.subscription
	if message.ID != "" && s.seen[message.ID] {
		return false, "it was delivered before"
	}
	why := "no step waits for it"
	for _, flow := range m.plan.Workflows {
		for _, def := range flow.Steps {
			if def.Kind != plan.Receive || def.Channel.Use != s.channel.Use {
				continue
			}
			wanted, reason := m.mayTake(flow, def, s, message)
			if wanted {
				return true, ""
			}
			if reason != "" {
				why = reason
			}
		}
	}
	return false, why
}

// mayTake reports whether a step may take the message, now or later. What
// cannot be told yet counts as yes.
func (m *Machine) mayTake(flow *plan.Workflow, def *plan.Step, sub *subscription, message *Message) (bool, string) {
	if def.Channel.Fixed() && def.Channel.Address != sub.address {
		return false, ""
	}
	running, why := false, reasonType
	for _, f := range m.frames {
		if f.flow != flow || f.state.ended() {
			continue
		}
		running = true
		ok, reason := m.mayTakeIn(f.steps[def.Index], sub, message)
		if ok {
			return true, ""
		}
		why = firstOf(reason, why)
	}
	if running {
		return false, why
	}
	// The workflow may begin, or begin again, with inputs unknown today.
	return isCandidate(def, message), why
}

func (m *Machine) mayTakeIn(s *step, sub *subscription, message *Message) (bool, string) {
	def := s.def
	if s.state == StepReceiving {
		if s.subscribe != sub {
			return false, ""
		}
		return m.matches(s, message)
	}
	if !isCandidate(def, message) {
		return false, reasonType
	}
	if def.Correlation == nil {
		return true, ""
	}
	value, err := def.Correlation.Eval(m.scope(s))
	if err != nil || value == nil {
		return true, ""
	}
	return correlates(def, value, message)
}

const reasonType = "it is of no type that is waited for"

// matches reports whether a step that waits takes the message (A9, A10).
func (m *Machine) matches(s *step, message *Message) (bool, string) {
	if !isCandidate(s.def, message) {
		return false, reasonType
	}
	if s.awaits {
		if ok, why := correlates(s.def, s.expected, message); !ok {
			return false, why
		}
	}
	if s.def.Filter != nil {
		env := m.scope(s)
		env.message = message
		if outcome := s.def.Filter.Eval(env); !outcome.Passed {
			return false, "its filter is false: " + describe(outcome, s.def.Filter.Source().Condition).Detail
		}
	}
	return true, ""
}

func isCandidate(def *plan.Step, message *Message) bool {
	for _, candidate := range def.Messages {
		if slices.Contains(message.Names, candidate.Name) {
			return true
		}
	}
	return false
}

// correlates looks for the expected value where each candidate has it, or in
// the protocol's own field (A5).
func correlates(def *plan.Step, expected any, message *Message) (bool, string) {
	why := "it has no correlation id"
	for _, candidate := range def.Messages {
		if !slices.Contains(message.Names, candidate.Name) {
			continue
		}
		place := candidate.Correlation
		if def.At != nil {
			place = def.At
		}
		found, ok := any(message.Correlation), message.Correlation != ""
		if place != nil {
			found, ok = place.Get(message.Headers, message.Payload)
		}
		if !ok {
			if place != nil {
				why = fmt.Sprintf("it has no correlation id at %s", place)
			}
			continue
		}
		if sameID(expected, found) {
			return true, ""
		}
		why = fmt.Sprintf("its correlation id is %s, not %s", show(found), show(expected))
	}
	return false, why
}

// sameID compares correlation ids: texts exactly, numbers by their value. Wires
// without types carry a number as its text.
func sameID(expected, found any) bool {
	a, aText := expected.(string)
	b, bText := found.(string)
	switch {
	case aText && bText:
		return a == b
	case aText:
		return a == expr.Text(found)
	case bText:
		return b == expr.Text(expected)
	}
	return expr.Equal(expected, found)
}

func (m *Machine) arrived(e Arrived) error {
	o, ok := m.owners[e.Subscription]
	if ok && o.step != nil {
		return m.answered(o, e)
	}
	if !ok || o.subscription == nil {
		return &EventError{e.kind(), string(m.state), "there is no subscription " + quote(e.Subscription)}
	}
	sub := o.subscription
	if m.state.Ended() || e.Message.ID != "" && sub.seen[e.Message.ID] {
		return nil
	}
	if e.Message.ID != "" {
		sub.seen[e.Message.ID] = true
	}
	m.dropOld()
	for _, s := range m.waiting(sub) {
		if ok, _ := m.matches(s, &e.Message); ok {
			m.cancelTimer(s, timerTimeout)
			m.take(s, e.Message)
			return nil
		}
	}
	m.arrivals++
	sub.inbox = append(sub.inbox, kept{message: e.Message, number: m.arrivals, at: m.now})
	m.kept++
	m.keptBytes += e.Message.Size
	m.tell(Happening{Kind: MessageKept, Address: sub.address, Effect: sub.id, Payload: e.Message.Payload, Headers: e.Message.Headers})
	m.makeRoom()
	return nil
}

// waiting returns the steps that wait on a subscription, the first to wait
// first (A12).
func (m *Machine) waiting(sub *subscription) []*step {
	var list []*step
	for _, f := range m.frames {
		for _, s := range f.steps {
			if s.state == StepReceiving && s.subscribe == sub {
				list = append(list, s)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *step) int { return a.armed - b.armed })
	return list
}

// takeKept gives a step that begins to wait the first message in the inbox
// that it takes.
func (m *Machine) takeKept(s *step) bool {
	m.dropOld()
	sub := s.subscribe
	for i := range sub.inbox {
		if ok, _ := m.matches(s, &sub.inbox[i].message); ok {
			message := sub.inbox[i].message
			m.remove(sub, i)
			m.take(s, message)
			return true
		}
	}
	return false
}

func (m *Machine) take(s *step, message Message) {
	s.exchange.setMessage(message)
	m.took = message.Headers
	m.tellStep(s, Happening{Kind: MessageCame, Address: s.subscribe.address, Headers: message.Headers, Payload: message.Payload})
	m.judge(s)
}

func (m *Machine) remove(sub *subscription, i int) {
	m.kept--
	m.keptBytes -= sub.inbox[i].message.Size
	sub.inbox = slices.Delete(sub.inbox, i, i+1)
}

// dropOld drops messages that nobody wanted for too long.
func (m *Machine) dropOld() {
	for _, sub := range m.subscriptions {
		for len(sub.inbox) > 0 && m.now.Sub(sub.inbox[0].at) > m.opts.InboxTTL {
			m.drop(sub, fmt.Sprintf("nobody wanted it for %s", m.opts.InboxTTL))
		}
	}
}

// makeRoom drops the oldest messages of all inboxes until the bounds hold.
func (m *Machine) makeRoom() {
	for m.kept > m.opts.InboxMessages || m.keptBytes > m.opts.InboxBytes && m.kept > 0 {
		var oldest *subscription
		for _, sub := range m.subscriptions {
			if len(sub.inbox) > 0 && (oldest == nil || sub.inbox[0].number < oldest.inbox[0].number) {
				oldest = sub
			}
		}
		m.drop(oldest, "the inbox is full")
	}
}

func (m *Machine) drop(sub *subscription, why string) {
	m.tell(Happening{Kind: MessageDropped, Address: sub.address, Effect: sub.id, Text: why, Payload: sub.inbox[0].message.Payload})
	m.remove(sub, 0)
}
