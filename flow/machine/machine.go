package machine

import (
	"errors"
	"slices"
	"time"

	"github.com/weft-dev/weft/flow/plan"
)

// Machine is one run of a plan. It is not safe for concurrent use: a run is a
// single history.
type Machine struct {
	plan    *plan.Plan
	state   RunState
	run     string
	opts    Options
	more    map[string]map[string]any
	now     time.Time
	started time.Time

	top    *frame   // the frame whose end is the run's
	frames []*frame // in the order in which they began
	latest map[*plan.Workflow]*frame
	begun  int // steps begun, repetitions counted

	subscriptions []*subscription
	unarmed       int // subscriptions that do not stand yet
	kept          int // messages in all inboxes, and their bytes
	keptBytes     int
	arrivals      int
	took          map[string]any // the headers of the message that was taken last
	trigger       map[string]any // those of the message that began the run

	outstanding []Effect // what was asked for and has no outcome, in order
	owners      map[string]*owner
	held        []Effect // asked for again once the subscriptions stand

	failure *Failure // why the run failed
	out     []Effect
	quiet   bool // nothing is told: values are only tried out
	fault   error
}

// owner is who an effect's outcome is for. A settled one stays, to tell a
// late outcome from one that was never asked for.
type owner struct {
	step         *step
	attempt      string // the step's id when it asked
	subscription *subscription
	settled      bool
}

// New returns the machine of a run that has not begun.
func New(p *plan.Plan) *Machine {
	return &Machine{
		plan:   p,
		state:  RunNew,
		latest: map[*plan.Workflow]*frame{},
		owners: map[string]*owner{},
	}
}

// State returns how the run stands.
func (m *Machine) State() RunState { return m.state }

// Step takes the next event of the run's history and returns what to do about
// it, in order. It fails for an event that cannot happen now, and then nothing
// has changed; outcomes that come too late are no such events, they have no
// effects. A *TransitionError is a fault of the machine itself, after which
// every Step fails.
func (m *Machine) Step(event Event) ([]Effect, error) {
	if m.fault != nil {
		return nil, m.fault
	}
	m.out = nil
	before := m.now
	// A clock that is set back does not undo what has happened.
	if event.When().After(m.now) {
		m.now = event.When()
	}
	if err := m.handle(event); err != nil {
		m.now = before
		return nil, err
	}
	m.advance()
	if m.fault != nil {
		return nil, m.fault
	}
	return m.out, nil
}

func (m *Machine) handle(event Event) error {
	switch e := event.(type) {
	case nil:
		return errors.New("there is no event")
	case Started:
		return m.start(e)
	}
	if m.state == RunNew {
		return &EventError{event.kind(), string(m.state), "the run has not started"}
	}
	switch e := event.(type) {
	case Subscribed:
		return m.subscribed(e)
	case SubscribeFailed:
		return m.subscribeFailed(e)
	case Arrived:
		return m.arrived(e)
	case Cancelled:
		m.cancelled(e)
		return nil
	case Resumed:
		m.resumed()
		return nil
	case Retried:
		return m.retried(e)
	}
	return m.outcome(event)
}

// outcome hands an event to the step that asked for it.
func (m *Machine) outcome(event Event) error {
	id := outcomeOf(event)
	o, ok := m.owners[id]
	if !ok {
		return &EventError{event.kind(), string(m.state), "nothing was asked for under the id " + quote(id)}
	}
	if o.settled || m.state.Ended() {
		return nil // it came too late
	}
	if !fits(event, m.effect(id)) {
		return &EventError{event.kind(), string(m.state), "the effect " + quote(id) + " has another kind of outcome"}
	}
	m.settle(id)
	s := o.step
	if s == nil || s.id != o.attempt {
		return nil
	}
	switch e := event.(type) {
	case Responded:
		m.responded(s, e)
	case CallFailed:
		m.callFailed(s, e)
	case Sent:
		m.sent(s, e)
	case SendFailed:
		m.sendFailed(s, e)
	case TimerFired:
		m.timerFired(s, e)
	case Kept:
		m.callbackKept(s)
	case KeepFailed:
		m.keepFailed(s, e)
	}
	return nil
}

func outcomeOf(event Event) string {
	switch e := event.(type) {
	case Responded:
		return e.ID
	case CallFailed:
		return e.ID
	case Sent:
		return e.ID
	case SendFailed:
		return e.ID
	case TimerFired:
		return e.ID
	case Kept:
		return e.ID
	case KeepFailed:
		return e.ID
	}
	return ""
}

func fits(event Event, effect Effect) bool {
	switch event.(type) {
	case Responded, CallFailed:
		_, ok := effect.(CallHTTP)
		return ok
	case Sent, SendFailed:
		_, ok := effect.(SendMessage)
		return ok
	case TimerFired:
		_, ok := effect.(SetTimer)
		return ok
	case Kept, KeepFailed:
		_, ok := effect.(KeepCallback)
		return ok
	}
	return false
}

func (m *Machine) start(e Started) error {
	if m.state != RunNew {
		return &EventError{e.kind(), string(m.state), "it has started before"}
	}
	if e.Run == "" {
		return &EventError{e.kind(), string(m.state), "the run has no name"}
	}
	m.setRun(RunArming)
	m.run, m.opts, m.more, m.started = e.Run, e.Options.withDefaults(), e.More, m.now
	m.trigger, m.took = e.Trigger, e.Trigger
	m.tell(Happening{Kind: RunBegan, Workflow: m.plan.Root.Name, Cause: m.cause()})
	for _, c := range m.plan.Channels {
		if c.Fixed() {
			m.subscribe(c, c.Address)
		}
	}
	m.top = m.newFrame(m.plan.Root, m.run, e.Inputs, caller{})
	return nil
}

func (o Options) withDefaults() Options {
	o.Parallel = max(o.Parallel, 1)
	o.MaxSteps = positive(o.MaxSteps, DefaultMaxSteps)
	o.InboxMessages = positive(o.InboxMessages, DefaultInboxMessages)
	o.InboxBytes = positive(o.InboxBytes, DefaultInboxBytes)
	o.InboxTTL = positive(o.InboxTTL, DefaultInboxTTL)
	return o
}

func positive[N int | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}

// cancelled ends the run at once: nothing is waited for.
func (m *Machine) cancelled(e Cancelled) {
	if m.state.Ended() {
		return
	}
	reason := e.Reason
	if reason == "" {
		reason = "it was cancelled"
	}
	m.stop(RunCancelled, &Failure{Code: FailCancelled, Message: reason})
}

// stop ends the run wherever it stands.
func (m *Machine) stop(state RunState, failure *Failure) {
	for _, f := range m.frames {
		if f.state.ended() {
			continue
		}
		for _, s := range f.steps {
			m.abandon(s)
		}
		f.state = frameCancelled
	}
	m.end(state, failure)
}

// end ends the run.
func (m *Machine) end(state RunState, failure *Failure) {
	m.setRun(state)
	m.failure = failure
	result := m.result(failure)
	m.tell(Happening{
		Kind: RunEnded, Workflow: result.Workflow, Failure: failure, Outputs: result.Outputs, Took: m.now.Sub(m.started),
		Cause: Cause{Run: m.run, Headers: m.trigger},
	})
	m.emit(Complete{Result: result})
}

// resumed asks again for all that is under way. Subscriptions come first: a
// reply to what is sent again must not be missed.
func (m *Machine) resumed() {
	m.tell(Happening{Kind: RunResumed, Workflow: m.top.flow.Name})
	if m.state.Ended() {
		m.emit(Complete{Result: m.result(m.failure)})
		return
	}
	m.held = nil
	m.listenAgain()
	m.held = slices.Clone(m.outstanding)
	m.release()
}

// release asks for what was held back, once the subscriptions stand.
func (m *Machine) release() {
	if m.unarmed > 0 {
		return
	}
	for _, effect := range m.held {
		if id := idOf(effect); !m.owners[id].settled {
			m.out = append(m.out, effect)
		}
	}
	m.held = nil
}

// ask emits an effect that has an outcome.
func (m *Machine) ask(effect Effect, s *step) {
	m.outstanding = append(m.outstanding, effect)
	m.owners[idOf(effect)] = &owner{step: s, attempt: s.id}
	m.emit(effect)
}

// settle notes that an effect has its outcome, or needs none any more. It
// reports whether there was one to wait for.
func (m *Machine) settle(id string) bool {
	o, ok := m.owners[id]
	if !ok || o.settled {
		return false
	}
	o.settled = true
	m.outstanding = slices.DeleteFunc(m.outstanding, func(e Effect) bool { return idOf(e) == id })
	return true
}

// effect returns the outstanding effect of that id.
func (m *Machine) effect(id string) Effect {
	for _, e := range m.outstanding {
		if idOf(e) == id {
			return e
		}
	}
	return nil
}

func idOf(effect Effect) string {
	switch e := effect.(type) {
	case Subscribe:
		return e.ID
	case CallHTTP:
		return e.ID
	case SendMessage:
		return e.ID
	case SetTimer:
		return e.ID
	case AskPerson:
		return e.ID
	case KeepCallback:
		return e.ID
	}
	return ""
}

func (m *Machine) emit(effect Effect) { m.out = append(m.out, effect) }

func (m *Machine) tell(h Happening) {
	if m.quiet {
		return
	}
	h.At = m.now
	m.emit(Tell{h})
}

// setTimer asks for a time to be told to a step's present attempt.
func (m *Machine) setTimer(s *step, name string, at time.Time) {
	m.ask(SetTimer{ID: s.id + name, At: at}, s)
}

func (m *Machine) cancelTimer(s *step, name string) {
	if id := s.id + name; m.settle(id) {
		m.emit(CancelTimer{ID: id})
	}
}

// The timers of an attempt.
const (
	timerTimeout = "/timeout"
	timerDelay   = "/delay"
)

func (m *Machine) setRun(to RunState) {
	if err := checkRun(m.state, to); err != nil {
		m.broken(err)
		return
	}
	m.state = to
}

// broken keeps the first fault of the machine itself.
func (m *Machine) broken(err error) {
	if m.fault == nil {
		m.fault = err
	}
}
