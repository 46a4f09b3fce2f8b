package machine

import (
	"time"
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
