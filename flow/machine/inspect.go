package machine

import (
	"slices"
	"time"

	"github.com/weft-dev/weft/flow/plan"
)

// Snapshot returns how the run stands, in the form of its result: steps that
// have not ended are in the states that they are in.
func (m *Machine) Snapshot() Result {
	if m.state == RunNew {
		return Result{State: RunNew}
	}
	m.quiet = true
	defer func() { m.quiet = false }()
	return m.result(m.failure)
}

// Wait is a step that waits for something from outside.
type Wait struct {
	// Step is the step's path.
	Step string
	// State says what it waits for.
	State StepState
	// Address is where a receive listens.
	Address string
	// Correlation is the value that a received message has to carry, or nil.
	Correlation any
	// Until is its deadline, or the end of its delay; zero is never.
	Until time.Time
}

// Waits lists the steps that wait for something from outside.
func (m *Machine) Waits() []Wait {
	var list []Wait
	for _, f := range m.frames {
		if f.state.ended() {
			continue
		}
		for _, s := range f.open() {
			if !s.state.Active() || s.state == StepInvoking || s.state == StepRecovering {
				continue
			}
			w := Wait{Step: s.path(), State: s.state, Until: s.deadline}
			if s.state == StepReceiving {
				w.Address = s.subscribe.address
				if s.awaits {
					w.Correlation = s.expected
				}
			}
			if s.state == StepDelayed && s.recovery != nil {
				w.Until = s.recovery.notBefore
			}
			list = append(list, w)
		}
	}
	return list
}

// Standing lists what the run waits for: its timers, its questions and what it
// listens to. It reports false where something else is under way, such as a
// call: then the run does more than wait.
func (m *Machine) Standing() ([]Effect, bool) {
	if m.state != RunRunning || m.unarmed > 0 || len(m.held) > 0 {
		return nil, false
	}
	list := make([]Effect, 0, len(m.outstanding)+len(m.subscriptions))
	for _, s := range m.subscriptions {
		list = append(list, s.effect())
	}
	for _, effect := range m.outstanding {
		switch effect.(type) {
		case SetTimer, AskPerson:
			list = append(list, effect)
		default:
			return nil, false
		}
	}
	return list, true
}

// Interest says which messages of a subscription may matter to a run. Whoever
// hands messages to many runs can look up those that a message is for; that it
// really is one Wants says.
type Interest struct {
	// Any is every message.
	Any bool
	// Keys are those of which one has to be in the message.
	Keys []Key
	// Armed changes when another step begins to wait. What a queue had for it
	// before, which is not its until then, may be its now.
	Armed int
}

// Key is a correlation id and where a message has it; a Place of nil is the
// protocol's own field.
type Key struct {
	Place *plan.Place
	Value string
}

// Interest returns what of a subscription may matter to the run as it stands.
// It takes in all that Wants does, and perhaps more.
func (m *Machine) Interest(subscriptionID string) Interest {
	o, ok := m.owners[subscriptionID]
	if !ok || o.subscription == nil || m.state.Ended() {
		return Interest{}
	}
	sub := o.subscription
	total := Interest{Armed: m.armedAt(sub)}
	for _, flow := range m.plan.Workflows {
		for _, def := range flow.Steps {
			if def.Kind != plan.Receive || def.Channel.Use != sub.channel.Use || def.Channel.Fixed() && def.Channel.Address != sub.address {
				continue
			}
			if m.interest(flow, def, sub, &total); total.Any {
				total.Keys = nil
				return total
			}
		}
	}
	return total
}

// interest adds what one step may take, now or later.
func (m *Machine) interest(flow *plan.Workflow, def *plan.Step, sub *subscription, total *Interest) {
	running := false
	for _, f := range m.frames {
		if f.flow != flow || f.state.ended() {
			continue
		}
		running = true
		s := f.steps[def.Index]
		if s.state == StepReceiving && s.subscribe != sub {
			continue
		}
		value, known := m.expects(s)
		text, isText := value.(string)
		if !known || !isText {
			// A number may be written in several ways.
			total.Any = true
			return
		}
		total.addKeys(def, text)
	}
	if !running {
		total.Any = true // it may begin, with inputs unknown today
	}
}

// expects is the correlation id that a step waits for, or would.
func (m *Machine) expects(s *step) (any, bool) {
	if s.state == StepReceiving {
		return s.expected, s.awaits
	}
	if s.def.Correlation == nil {
		return nil, false
	}
	value, err := s.def.Correlation.Eval(m.scope(s))
	return value, err == nil && value != nil
}

func (i *Interest) addKeys(def *plan.Step, value string) {
	for _, candidate := range def.Messages {
		place := candidate.Correlation
		if def.At != nil {
			place = def.At
		}
		if key := (Key{place, value}); !slices.Contains(i.Keys, key) {
			i.Keys = append(i.Keys, key)
		}
	}
}
