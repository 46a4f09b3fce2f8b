package machine

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
)

// retried takes a run up again that has failed or was cancelled, from a step
// of the run's workflow on. What came before stays as it is; that step and
// those written after it are done again, as new attempts with ids of their own.
func (m *Machine) retried(e Retried) error {
	if m.state != RunFailed && m.state != RunCancelled {
		return &EventError{e.kind(), string(m.state), "only a run that failed or was cancelled can be tried again"}
	}
	f := m.top
	at, err := stepFrom(f.flow, e, m.state)
	if err != nil {
		return err
	}
	m.setRun(RunArming)
	m.failure = nil
	f.state, f.outcome, f.outputs, f.failure, f.next = frameRunning, outcome{}, nil, nil, nil
	for _, s := range f.steps[at:] {
		m.reset(s)
		s.retries, s.failure, s.criteria, s.recovery, s.child = nil, nil, nil, nil, nil
	}
	m.tell(Happening{Kind: RunResumed, Workflow: f.flow.Name, Text: "from step " + f.steps[at].def.ID})
	m.listenAgain()
	return nil
}

// listenAgain asks for every subscription once more, each from where it was.
func (m *Machine) listenAgain() {
	m.unarmed = len(m.subscriptions)
	for _, s := range m.subscriptions {
		s.standing = false
		m.out = append(m.out, s.effect())
	}
}

func stepFrom(flow *plan.Workflow, e Retried, state RunState) (int, error) {
	ids := make([]string, len(flow.Steps))
	for i, s := range flow.Steps {
		if s.ID == e.From {
			return i, nil
		}
		ids[i] = s.ID
	}
	why := fmt.Sprintf("workflow %s has no step %s", flow.Name, quote(e.From))
	why += "; it has " + strings.Join(ids, ", ")
	return 0, &EventError{e.kind(), string(state), why}
}
