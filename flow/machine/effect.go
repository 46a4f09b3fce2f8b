package machine

import (
	"time"

	"github.com/weft-dev/weft/flow/plan"
)

// Effect is something the machine wants done or told. An effect's id is the
// same on every replay: it is the idempotency key of what is done.
type Effect interface{ effect() }

// Cause is why a call is made or a message sent: for the run, and after the
// message that the run took last, or that began it.
type Cause struct {
	Run string
	// Headers are that message's, of one that began the run those that say where
	// in a trace it is; nil before there is one.
	Headers map[string]any
}

// Effects that have an outcome: each is answered by an event with its id.
type (
	// Subscribe asks for a subscription, answered by Subscribed or
	// SubscribeFailed and then by Arrived. It stands until the run ends.
	Subscribe struct {
		ID      string
		Channel *plan.Channel
		// Address is the channel's address with its parameters filled in.
		Address string
		// Positions are where to take it up again; none means from now on.
		Positions []string
		// Messages are all candidates of all steps that listen here.
		Messages []*plan.Message
	}

	// CallHTTP asks for a call, answered by Responded or CallFailed.
	CallHTTP struct {
		ID         string
		Step       *plan.Step
		Parameters []Value
		// ContentType and Body are the request's body; HasBody tells a body of
		// null from none. Text says that the body is a text to be sent as it is.
		ContentType string
		Body        any
		HasBody     bool
		Text        bool
		Cause       Cause
		// Deadline is when the answer no longer counts; zero is never.
		Deadline time.Time
	}

	// SendMessage asks for a message to be sent, answered by Sent or
	// SendFailed.
	SendMessage struct {
		ID      string
		Step    *plan.Step
		Address string
		Headers map[string]any
		Payload any
		// HasPayload tells a payload of null from none. Text says that the
		// payload is a text to be sent as it is.
		HasPayload  bool
		Text        bool
		ContentType string
		Cause       Cause
		// Correlation is the message's correlation id, or "".
		Correlation string
		// ReplyTo is where the reply is awaited, or "".
		ReplyTo  string
		Deadline time.Time
	}

	// AskPerson asks for a person's answer, answered by what Answer makes. It
	// may take days; the answer is judged by the question's schema, and one that
	// does not fit is refused (see AnswerError) and changes nothing.
	AskPerson struct {
		ID      string
		Step    *plan.Step
		Prompt  string
		Context any
		// Deadline is when an answer no longer counts; zero is never.
		Deadline time.Time
	}

	// KeepCallback asks for a registration to be kept, answered by Kept or
	// KeepFailed. From then on, and also after the run has ended, the host
	// watches the channel and delivers each message that the registration
	// takes to its webhook, at least once and with an id that stays the same.
	KeepCallback struct {
		ID           string
		Callback     *plan.Callback
		Registration Registration
	}

	// SetTimer asks for TimerFired at a time.
	SetTimer struct {
		ID string
		At time.Time
	}
)

// Effects without an outcome.
type (
	// CancelTimer takes a SetTimer back.
	CancelTimer struct{ ID string }
	// Abandon says that the outcome of a call or send no longer counts.
	Abandon struct{ ID string }
	// Complete says that the run has ended and how.
	Complete struct{ Result Result }
	// Tell is something people may want to see.
	Tell struct{ Happening Happening }
)

func (Subscribe) effect()    {}
func (CallHTTP) effect()     {}
func (SendMessage) effect()  {}
func (SetTimer) effect()     {}
func (AskPerson) effect()    {}
func (KeepCallback) effect() {}
func (CancelTimer) effect()  {}
func (Abandon) effect()      {}
func (Complete) effect()     {}
func (Tell) effect()         {}

// Value is a parameter with its value.
type Value struct {
	Name  string
	In    plan.Location
	Value any
}

// Result is how a run ended.
type Result struct {
	Run      string
	Workflow string
	State    RunState
	Outputs  map[string]any
	// Failure says why, unless the run succeeded.
	Failure *Failure
	Steps   []StepResult
	Started time.Time
	Ended   time.Time
}

// StepResult is how a step ended. Steps of workflows that steps ran are here
// too, after the step that ran them.
type StepResult struct {
	// ID is the step's; Path has the steps that led to its workflow before it,
	// "Pay/Charge".
	ID       string
	Path     string
	Workflow string
	Kind     plan.Kind
	State    StepState
	// Attempts counts how often it was begun.
	Attempts int
	// Duration is from its first attempt to its end.
	Duration time.Duration
	Outputs  map[string]any
	Criteria []CriterionResult
	Failure  *Failure
}

// CriterionResult is what became of one criterion.
type CriterionResult struct {
	Condition string
	Passed    bool
	// Detail says why not, with the values on both sides.
	Detail string
}

// Failure says why a step or run failed, for people.
type Failure struct {
	// Code is one of the Fail constants.
	Code FailCode
	// Step is the path of the step that failed, or "" for the run itself.
	Step    string
	Message string
	// Help says what to do, or is "".
	Help string
	// Criteria are those that were false.
	Criteria []CriterionResult
}

// FailCode is a kind of failure.
type FailCode string

// The kinds of failure.
const (
	FailCriteria   FailCode = "criteria"   // a success criterion was false
	FailStatus     FailCode = "status"     // no criteria, and the status was not 2xx (A26)
	FailTimeout    FailCode = "timeout"    // nothing came in time
	FailCall       FailCode = "call"       // an HTTP call got no answer
	FailBody       FailCode = "body"       // the answer's body cannot be read
	FailSend       FailCode = "send"       // the broker did not take a message
	FailSubscribe  FailCode = "subscribe"  // a subscription could not be made
	FailValue      FailCode = "value"      // something that is needed has no value
	FailInputs     FailCode = "inputs"     // a workflow was given inputs that do not fit
	FailDependency FailCode = "dependency" // what it depends on failed or never ran
	FailWorkflow   FailCode = "workflow"   // the workflow that a step ran failed
	FailCallback   FailCode = "callback"   // a callback could not be registered
	FailAction     FailCode = "action"     // a failure action ended the workflow
	FailLimit      FailCode = "limit"      // a bound was reached
	FailCancelled  FailCode = "cancelled"  // the run was ended from outside
)

// Happening is something that happened in a run, for those who watch.
type Happening struct {
	Kind HappeningKind
	// At is when.
	At time.Time
	// Workflow and Step say where: the workflow's name and the step's path.
	Workflow string
	Step     string
	StepKind plan.Kind
	// Effect is the id of the effect meant, where there is one.
	Effect  string
	Attempt int
	// Cause is why a call is made or a message sent, and why a run began.
	Cause Cause
	// Text says what happened beyond the kind, in a few words.
	Text string
	// Address is a channel's, or the URL of a call.
	Address string
	// Method and Status are of a call.
	Method string
	Status int
	// Until is a deadline or the end of a delay. ByDefault says that the step
	// states no timeout and the deadline is the run's default (A13).
	Until     time.Time
	ByDefault bool
	// Took is how long a step took that ended.
	Took     time.Duration
	Headers  map[string]any
	Payload  any
	Outputs  map[string]any
	Criteria []CriterionResult
	Failure  *Failure
}

// HappeningKind is a kind of happening.
type HappeningKind string

// The kinds of happening.
const (
	RunBegan        HappeningKind = "run began"
	SubscribeBegan  HappeningKind = "subscribing"
	SubscribeDone   HappeningKind = "subscribed"
	StepBegan       HappeningKind = "step began"
	RequestSent     HappeningKind = "request"
	ResponseCame    HappeningKind = "response"
	MessageSending  HappeningKind = "sending"
	MessageSent     HappeningKind = "sent"
	WaitBegan       HappeningKind = "waiting"
	MessageCame     HappeningKind = "received"
	MessageKept     HappeningKind = "kept"     // for a step to come
	MessageDropped  HappeningKind = "dropped"  // the inbox was full, or it was too old
	MessagePassed   HappeningKind = "passed"   // a message that was not for this run
	CriteriaChecked HappeningKind = "criteria" // with both sides' values
	PersonAsked     HappeningKind = "asked"
	PersonAnswered  HappeningKind = "answered"
	CallbackKept    HappeningKind = "callback" // it outlives the run
	RetryPlanned    HappeningKind = "retry"
	ActionTaken     HappeningKind = "action" // goto or end
	StepEnded       HappeningKind = "step ended"
	RunResumed      HappeningKind = "resumed"
	RunEnded        HappeningKind = "run ended"
	Noted           HappeningKind = "note"
)
