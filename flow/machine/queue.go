package machine

// Claims reports whether a message of a queue is the run's, and where it is
// not, why. A queue gives each message to one receiver alone, so that a run may
// take only what a step waits for now: what it took and had no use for would be
// lost to whom it is for (A11). What was recorded before is the run's too, since
// it only comes again. It changes nothing.
func (m *Machine) Claims(subscriptionID string, message *Message) (claims bool, why string) {
	o, ok := m.owners[subscriptionID]
	if !ok || o.subscription == nil {
		return false, "the run does not listen there"
	}
	s := o.subscription
	if message.ID != "" && s.seen[message.ID] {
		return true, ""
	}
	why = "no step waits for it"
	for _, step := range m.waiting(s) {
		ok, reason := m.matches(step, message)
		if ok && !m.state.Ended() {
			return true, ""
		}
		why = firstOf(reason, why)
	}
	return false, why
}

// Seen reports whether a message of a subscription was recorded before.
func (m *Machine) Seen(subscriptionID string, message *Message) bool {
	o, ok := m.owners[subscriptionID]
	return ok && o.subscription != nil && message.ID != "" && o.subscription.seen[message.ID]
}

// armedAt is how many waits were begun by the latest of those that wait at a
// subscription, or 0: it changes when another step begins to wait there.
func (m *Machine) armedAt(sub *subscription) int {
	latest := 0
	for _, f := range m.frames {
		for _, s := range f.steps {
			if s.state == StepReceiving && s.subscribe == sub {
				latest = max(latest, s.armed)
			}
		}
	}
	return latest
}
