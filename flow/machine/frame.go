package machine

import (
	"fmt"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/plan"
)

// frame is one running of a workflow: the root's, a step's, a prerequisite's,
// a retry's, or where a goto led.
type frame struct {
	flow   *plan.Workflow
	prefix string // of the ids of its steps
	path   string // of its steps, for people: "Pay/"
	index  int    // among the run's frames
	inputs map[string]any
	caller caller
	state  frameState
	steps  []*step
	low    int     // all steps before this index have ended
	late   []*step // receives whose address is not known from the start

	prepared int // prerequisites that are done
	outcome  outcome
	outputs  map[string]any
	failure  *Failure
	children []*frame // prerequisites
	lastCall *step    // the call that was answered last, here or in a workflow that a step ran
	next     *frame   // where a goto led

	responded *step // the final response, which gives the outputs where none are declared
}

type frameState string

const (
	framePreparing frameState = "preparing" // its prerequisites run
	frameRunning   frameState = "running"
	frameEnding    frameState = "ending" // its outcome is known; some steps still finish
	frameSucceeded frameState = "succeeded"
	frameFailed    frameState = "failed"
	frameCancelled frameState = "cancelled"
	frameLeft      frameState = "left" // a goto took control to another workflow
)

func (s frameState) ended() bool {
	return s == frameSucceeded || s == frameFailed || s == frameCancelled || s == frameLeft
}

// outcome is how a frame that is ending will end.
type outcome struct {
	state   frameState
	failure *Failure
	// next and inputs are where a goto leads.
	next   *plan.Workflow
	inputs map[string]any
}

// caller is who wants to know how a frame ended; the zero caller is the run.
type caller struct {
	step   *step  // invoked it, or refers to it in a retry
	retry  bool   // of the two, the latter
	frame  *frame // has it as a prerequisite
	nobody bool   // whoever wanted to know no longer does
}

// step is one step in a frame.
type step struct {
	def   *plan.Step
	frame *frame
	state StepState

	attempt int    // how often it was begun, over the whole frame
	id      string // of the present attempt: the idempotency key of what it does
	began   time.Time
	first   time.Time // when the first attempt since it was last waiting began
	ended   time.Time
	retries map[string]int // used up, by the action's name

	deadline  time.Time
	expected  any // the correlation value, of a receive
	awaits    bool
	armed     int // order in which receives began to wait
	subscribe *subscription
	child     *frame // what an invoke runs, last
	children  []*frame

	partial   bool           // its last attempt ended before all answers were there
	callbacks []Registration // asked to be kept, in this and earlier attempts
	unkept    int            // of them, those that are not kept yet

	exchange exchange
	outputs  map[string]any
	criteria []CriterionResult
	failure  *Failure

	recovery *recovery // the retry under way
	lending  *step     // it runs as what that step's retry refers to
	lent     StepState // and stood so before
}

// recovery is a retry that has been decided on.
type recovery struct {
	action    *plan.Action
	notBefore time.Time
}

func (m *Machine) newFrame(flow *plan.Workflow, prefix string, inputs map[string]any, by caller) *frame {
	f := &frame{flow: flow, prefix: prefix, index: len(m.frames), inputs: inputs, caller: by, state: framePreparing}
	f.steps = make([]*step, len(flow.Steps))
	room := make([]step, len(flow.Steps))
	for i, def := range flow.Steps {
		room[i] = step{def: def, frame: f, state: StepWaiting}
		f.steps[i] = &room[i]
		if def.Kind == plan.Receive && !def.Channel.Fixed() {
			f.late = append(f.late, f.steps[i])
		}
	}
	if by.step != nil {
		f.path = by.step.path() + "/"
	}
	m.frames = append(m.frames, f)
	m.latest[flow] = f
	m.armFrame(f)
	return f
}

// path names the step for people: the steps that led to it before it.
func (s *step) path() string { return s.frame.path + s.def.ID }

// escape keeps ids unambiguous whatever steps are called.
func escape(id string) string {
	if !strings.ContainsAny(id, "~/#>@") {
		return id
	}
	return strings.NewReplacer("~", "~0", "/", "~1", "#", "~2", ">", "~3", "@", "~4").Replace(id)
}

func (m *Machine) move(s *step, to StepState) {
	if err := checkStep(s.path(), s.state, to); err != nil {
		m.broken(err)
		return
	}
	s.state = to
	if !to.Settled() {
		s.frame.low = min(s.frame.low, s.def.Index)
	}
}

// advance does what can be done until something has to be waited for.
func (m *Machine) advance() {
	for m.fault == nil && !m.state.Ended() && m.unarmed == 0 {
		if m.state == RunArming {
			m.setRun(RunRunning)
		}
		if !m.schedule() && !m.unblock() {
			return
		}
	}
}

// schedule gives each frame its turn until one of them did something.
func (m *Machine) schedule() bool {
	for _, f := range m.frames {
		if !f.state.ended() && m.turn(f) {
			return true
		}
	}
	return false
}

func (m *Machine) turn(f *frame) bool {
	switch f.state {
	case framePreparing:
		return m.prepare(f)
	case frameRunning:
		return m.startReady(f) || m.endIfDone(f)
	case frameEnding:
		return m.finishIfDrained(f)
	}
	return false
}

// prepare runs the workflows that the frame's depends on, one after the
// other, each once in a run (A33).
func (m *Machine) prepare(f *frame) bool {
	if f.prepared == len(f.flow.DependsOn) {
		f.state = frameRunning
		return true
	}
	need := f.flow.DependsOn[f.prepared]
	there := m.latest[need].last()
	switch {
	case there == nil:
		return m.beginPrerequisite(f, need)
	case there.state == frameSucceeded:
		f.prepared++
		return true
	case there.state.ended():
		m.conclude(f, outcome{state: frameFailed, failure: &Failure{
			Code:    FailDependency,
			Message: fmt.Sprintf("workflow %s depends on workflow %s, which failed: %s", f.flow.Name, need.Name, there.failure.text()),
		}})
		return true
	}
	return false // it is under way
}

// last follows the gotos from one workflow to another.
func (f *frame) last() *frame {
	for f != nil && f.next != nil {
		f = f.next
	}
	return f
}

func (m *Machine) beginPrerequisite(f *frame, need *plan.Workflow) bool {
	inputs, failure := accept(need, m.inputsFor(f, need))
	if failure != nil {
		m.conclude(f, outcome{state: frameFailed, failure: failure})
		return true
	}
	child := m.newFrame(need, fmt.Sprintf("%s/@%s", m.run, escape(need.Name)), inputs, caller{frame: f})
	f.children = append(f.children, child)
	return true
}

// inputsFor returns what a prerequisite is given: its own, or those of the
// dependent that it declares too.
func (m *Machine) inputsFor(f *frame, need *plan.Workflow) map[string]any {
	inputs := map[string]any{}
	for _, name := range need.Declared {
		if value, ok := f.inputs[name]; ok {
			inputs[name] = value
		}
	}
	for name, value := range m.more[need.Name] {
		inputs[name] = value
	}
	return inputs
}

// open are the steps from the first that has not ended.
func (f *frame) open() []*step {
	for f.low < len(f.steps) && f.steps[f.low].state.Settled() {
		f.low++
	}
	return f.steps[f.low:]
}

// startReady begins the first step whose turn it is.
func (m *Machine) startReady(f *frame) bool {
	busy := 0
	open := f.open()
	for _, s := range open {
		if s.state.Active() && !s.forked() {
			busy++
		}
	}
	var broken *step
	for _, s := range open {
		if s.state.Settled() || s.def.Owner != nil { // parts begin with their owner
			continue
		}
		if s.state.Active() {
			if f.flow.Ordered && !s.forked() {
				return false
			}
			continue
		}
		switch m.readiness(f, s) {
		case ready:
			if busy < m.opts.Parallel {
				m.activate(s)
				return true
			}
		case hopeless:
			if broken == nil {
				broken = s
			}
		}
		if f.flow.Ordered {
			break
		}
	}
	// What depends on a step that failed fails only now that nothing else can
	// go on: an action may still lead back and mend it.
	if broken != nil && busy == 0 && !f.waits() {
		m.dependencyFailed(broken)
		return true
	}
	return false
}

// forked reports whether later steps may go on while this one is under way.
func (s *step) forked() bool {
	return s.def.Fork && s.state != StepRecovering && s.lending == nil
}

// waits reports whether a step of the frame is under way.
func (f *frame) waits() bool {
	for _, s := range f.open() {
		if s.state.Active() {
			return true
		}
	}
	return false
}

type readiness uint8

const (
	notYet readiness = iota
	ready
	hopeless // something it depends on failed or was jumped over
)

func (m *Machine) readiness(f *frame, s *step) readiness {
	result := ready
	for i := range s.def.After {
		switch m.dependency(f, &s.def.After[i]) {
		case hopeless:
			return hopeless
		case notYet:
			result = notYet
		}
	}
	for _, i := range s.def.Joins {
		other := f.steps[i]
		if other != s && (other.state.Active() || (!f.flow.Ordered && other.state == StepWaiting)) {
			result = notYet
		}
	}
	return result
}

func (m *Machine) dependency(f *frame, d *plan.Dependency) readiness {
	if d.Workflow != f.flow {
		f = m.latest[d.Workflow]
	}
	if f == nil {
		return notYet
	}
	switch state := f.steps[d.Index].state; {
	case state == StepSucceeded:
		return ready
	case state.Settled():
		return hopeless
	case f.state.ended():
		return hopeless
	}
	return notYet
}

// unblock ends a run in which nothing is under way and nothing can begin: what
// waits then waits for something that will never be.
func (m *Machine) unblock() bool {
	for _, f := range m.frames {
		for _, s := range f.open() {
			if s.state.Active() && s.state != StepInvoking && s.state != StepRecovering {
				return false // its outcome will come
			}
		}
	}
	for _, f := range m.frames {
		if f.state != frameRunning {
			continue
		}
		for _, s := range f.open() {
			if s.state == StepWaiting {
				m.dependencyFailed(s)
				return true
			}
		}
	}
	m.stop(RunFailed, &Failure{Code: FailDependency, Message: "nothing is under way and nothing can begin: workflows wait for each other"})
	return true
}

func (m *Machine) endIfDone(f *frame) bool {
	for _, s := range f.open() {
		if !s.state.Settled() {
			return false
		}
	}
	m.conclude(f, outcome{state: frameSucceeded})
	return true
}
