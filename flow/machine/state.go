package machine

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/internal/lazy"
)

// RunState is how a run stands.
type RunState string

// The states of a run.
const (
	RunNew       RunState = "new"       // nothing has happened
	RunArming    RunState = "arming"    // subscriptions are being made; no side effect yet
	RunRunning   RunState = "running"   // steps are under way
	RunSucceeded RunState = "succeeded" // it reached its end
	RunFailed    RunState = "failed"    // a step failed and no action took it up
	RunCancelled RunState = "cancelled" // it was ended from outside
)

// Ended reports whether nothing more can happen.
func (s RunState) Ended() bool {
	return s == RunSucceeded || s == RunFailed || s == RunCancelled
}

// StepState is how a step stands.
type StepState string

// The states of a step.
const (
	StepWaiting     StepState = "waiting"     // for its turn, or for what it depends on
	StepCalling     StepState = "calling"     // an HTTP call is under way
	StepSending     StepState = "sending"     // a message is on its way to the broker
	StepReceiving   StepState = "receiving"   // it is armed and listens
	StepInvoking    StepState = "invoking"    // another workflow runs for it
	StepGathering   StepState = "gathering"   // its parts listen
	StepAsking      StepState = "asking"      // a person was asked
	StepRegistering StepState = "registering" // callbacks are being kept before it sends
	StepResponding  StepState = "responding"  // it gives its outputs and does nothing else
	StepRecovering  StepState = "recovering"  // what a retry refers to runs first
	StepDelayed     StepState = "delayed"     // it waits before another attempt
	StepSucceeded   StepState = "succeeded"
	StepFailed      StepState = "failed"
	StepSkipped     StepState = "skipped" // control jumped over it, or the workflow ended first
)

// Settled reports whether the step has ended, for now: a goto may begin it
// again.
func (s StepState) Settled() bool {
	return s == StepSucceeded || s == StepFailed || s == StepSkipped
}

// Active reports whether the step has begun and not ended.
func (s StepState) Active() bool { return s != StepWaiting && !s.Settled() }

var runTransitions = lazy.Of[map[RunState][]RunState]{Make: func() map[RunState][]RunState {
	return map[RunState][]RunState{
		RunNew:     {RunArming},
		RunArming:  {RunRunning, RunFailed, RunCancelled},
		RunRunning: {RunSucceeded, RunFailed, RunCancelled},
		// Somebody wants it tried again.
		RunFailed:    {RunArming},
		RunCancelled: {RunArming},
	}
}}

var stepTransitions = lazy.Of[map[StepState][]StepState]{Make: func() map[StepState][]StepState {
	return map[StepState][]StepState{
		StepWaiting:     {StepCalling, StepSending, StepReceiving, StepInvoking, StepGathering, StepAsking, StepRegistering, StepResponding, StepDelayed, StepRecovering, StepFailed, StepSkipped},
		StepCalling:     {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepSending:     {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepReceiving:   {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepInvoking:    {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepGathering:   {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepAsking:      {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepRegistering: {StepSending, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepResponding:  {StepSucceeded, StepFailed, StepDelayed, StepRecovering, StepSkipped},
		StepRecovering:  {StepDelayed, StepRecovering, StepCalling, StepSending, StepReceiving, StepInvoking, StepGathering, StepAsking, StepRegistering, StepResponding, StepFailed, StepSkipped},
		StepDelayed:     {StepRecovering, StepCalling, StepSending, StepReceiving, StepInvoking, StepGathering, StepAsking, StepRegistering, StepResponding, StepFailed, StepSkipped},
		StepSucceeded:   {StepWaiting},
		StepFailed:      {StepWaiting},
		StepSkipped:     {StepWaiting},
	}
}}

// TransitionError is a change of state that the table does not have. It names
// both states; it means that the history is not one this machine wrote.
type TransitionError struct {
	What     string // "run" or the step
	From, To string
}

// Error implements error.
func (e *TransitionError) Error() string {
	return fmt.Sprintf("%s cannot go from %s to %s", e.What, e.From, e.To)
}

// EventError is an event that cannot happen now.
type EventError struct {
	Event string
	State string
	Why   string
}

// Error implements error.
func (e *EventError) Error() string {
	return fmt.Sprintf("event %s cannot happen while %s: %s", e.Event, e.State, e.Why)
}

func checkRun(from, to RunState) error {
	if slices.Contains(runTransitions.Get()[from], to) {
		return nil
	}
	return &TransitionError{What: "the run", From: string(from), To: string(to)}
}

func checkStep(step string, from, to StepState) error {
	if slices.Contains(stepTransitions.Get()[from], to) {
		return nil
	}
	return &TransitionError{What: "step " + step, From: string(from), To: string(to)}
}
