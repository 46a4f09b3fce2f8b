// Package plan is a workflow compiled: every name resolved, every expression
// parsed, every target checked, so that a run has nothing left to look up and
// nothing runs that could have been refused before.
//
// A Plan is plain data that never changes; any number of runs share it. The
// package must not know how anything is called or sent, nor what happens when:
// it says what there is, flow/machine says what comes next.
package plan

import (
	"time"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/source"
)

// Plan is a workflow and all that it can reach.
type Plan struct {
	Document *arazzo.Document
	// Root is the workflow to run.
	Root *Workflow
	// Workflows are those that can be reached: Root first, then each where it
	// is met first.
	Workflows []*Workflow
	// Channels are the places where reachable receives listen, in the order of
	// the steps. Those whose address is known are subscribed to before the
	// run's first side effect (A8).
	Channels []*Channel
	// Uses are the sources that reachable steps call, send to or receive from,
	// in the order of the documents: each needs a server to run against.
	Uses []*Use
	// CallbackStore is the URL of the server that keeps callbacks; "" where they
	// are kept with their run.
	CallbackStore string

	sums func() []Sum
}

// Use is a source that the plan needs, and what for.
type Use struct {
	// Name is the source's name in its Arazzo document. Where two documents
	// give one name to different sources, the second has a ' behind it.
	Name   string
	Source *Source
	// Calls, Sends and Receives say what steps do with it.
	Calls, Sends, Receives bool
}

// Workflow is one workflow, compiled.
type Workflow struct {
	ID string
	// Name is the ID, with the source's name before it ("pay.Charge") where the
	// workflow stands in another document. It is unique in the plan.
	Name     string
	Document *arazzo.Document
	Spec     *arazzo.Workflow
	// Inputs judges and completes what the workflow is given; nil takes
	// anything.
	Inputs schema.Schema
	// Declared are the names of the inputs that Inputs declares, in the order
	// written; Required those that must be given.
	Declared, Required []string
	// Secrets are where the inputs have values that must not be shown.
	Secrets [][]expr.Access
	// DependsOn are workflows that must have succeeded once in the run (A33).
	DependsOn []*Workflow
	// Ordered says that no step has a dependsOn, so the steps follow each
	// other strictly (A15). Otherwise they are a graph.
	Ordered bool
	Steps   []*Step
	Outputs []Output
	// Joins are the indexes of the steps that Outputs refer to.
	Joins []int

	byID map[string]*Step
}

// Step returns the step of that id, or nil.
func (w *Workflow) Step(id string) *Step {
	return w.byID[id]
}

// Kind is what a step does.
type Kind uint8

// The kinds of step.
const (
	Call    Kind = iota + 1 // calls an HTTP operation
	Send                    // sends a message
	Receive                 // waits for a message
	Invoke                  // runs another workflow
	Gather                  // waits for the answers to several messages
	Ask                     // asks a person and waits for the answer
	Respond                 // does nothing but give its outputs
)

// String returns the kind's name.
func (k Kind) String() string {
	//exhaustive:enforce
	switch k {
	case Call:
		return "call"
	case Send:
		return "send"
	case Receive:
		return "receive"
	case Invoke:
		return "workflow"
	case Gather:
		return "aggregate"
	case Ask:
		return "ask"
	case Respond:
		return "respond"
	}
	return "nothing"
}

// Step is one step, compiled. Which of Operation, Channel and Target are set
// depends on its Kind.
type Step struct {
	Workflow *Workflow
	Index    int
	ID       string
	Kind     Kind
	Spec     *arazzo.Step

	// Use is the source of a call, send or receive; nil for a workflow.
	Use *Use
	// Operation is what a call calls.
	Operation *openapi.Operation
	// Does is the operation of a send or receive; nil where the step names only
	// a channel.
	Does *asyncapi.Operation
	// Channel is where a send sends to or a receive listens.
	Channel *Channel
	// Messages are the candidates: what may be sent or received (A10).
	Messages []*Message
	// Target is the workflow that an Invoke runs.
	Target *Workflow

	// Fork says that later steps go on while this receive waits (A7). A
	// receive with actions that move control is not one.
	Fork bool
	// Timeout bounds one attempt; zero is none of its own (A13).
	Timeout time.Duration

	Parameters []Parameter
	Body       *Body
	// Correlation is the value that a received message has to carry, or that a
	// sent message is given where its author put none; nil for neither.
	Correlation *expr.Value
	// At is where the step itself says that its message has its correlation id,
	// or nil where the document says it.
	At *Place
	// Filter is a condition that a message must meet to be looked at (A9), or
	// nil.
	Filter *expr.Criterion

	Criteria  []*expr.Criterion
	OnSuccess []Action // the step's own, then the workflow's (A32)
	OnFailure []Action
	Outputs   []Output

	// Parts are, of a Gather, the receives that it waits for. They stand behind
	// it among the workflow's steps, begin when it begins and end with it. Each
	// has it as its Owner, and the name of its answer as its Part.
	Parts []*Step
	Owner *Step
	Part  string
	// Quorum is how many answers are enough, of a Gather.
	Quorum int
	// Question is what an Ask asks.
	Question *Question
	// Callbacks are registered before the message of a Send is sent, and
	// Tracking is the id by which they know it, or nil.
	Callbacks []*Callback
	Tracking  *expr.Value

	// After are the steps that dependsOn names.
	After []Dependency
	// Joins are the indexes of the steps whose outputs this one refers to:
	// while one of them is under way, or in a graph still to come, this waits.
	Joins []int
}

// Question is what a person is asked.
type Question struct {
	Prompt *expr.Value
	// Context is what the person has to know to answer, or nil.
	Context *expr.Value
	// Schema judges the answer, nil takes any; Form is the schema as data, for
	// whoever makes a form of it.
	Schema schema.Schema
	Form   any
	// Acknowledge says that the person only takes notice.
	Acknowledge bool
	// Continue says that the step succeeds without an answer when its time is
	// over.
	Continue bool
}

// Callback is a channel that is watched after the workflow has ended, and the
// webhook to which its messages are delivered.
type Callback struct {
	// Event is the channel as the step names it.
	Event    string
	Channel  *Channel
	Messages []*Message
	Webhook  *expr.Value
	// Filter is a condition that a message must meet, or nil.
	Filter *expr.Criterion
	// Base is the URL that a relative webhook is resolved against, or nil.
	Base *expr.Value

	spec *arazzo.CallbackEvent
}

// Dependency is one step that must have succeeded before.
type Dependency struct {
	Workflow *Workflow
	Index    int
	// Raw is the dependency as written.
	Raw string
}

// Step returns the step that is depended on.
func (d Dependency) Step() *Step { return d.Workflow.Steps[d.Index] }

// Channel is a place where messages are sent or received.
type Channel struct {
	Use  *Use
	Spec *asyncapi.Channel
	// Address is the address, perhaps with {parameters}; "" where only a
	// message tells (see ReplyTo).
	Address string
	// Parameters are the names in the address.
	Parameters []string
	// Messages are all that receives of the plan may take from it.
	Messages []*Message
	// ReplyTo is where the request has the address for its reply, for a
	// channel that has none of its own (A3). ReplyOf is the request's
	// operation.
	ReplyTo *Place
	ReplyOf *asyncapi.Operation
}

// Fixed reports whether the address is known before the run begins.
func (c *Channel) Fixed() bool { return c.ReplyTo == nil && len(c.Parameters) == 0 }

// Message is one kind of message that may be sent or received.
type Message struct {
	Spec *asyncapi.Message
	// Name is the message's key in its channel.
	Name string
	// Correlation is where the message has its correlation id; nil where only
	// the protocol's own field does (A5).
	Correlation *Place
}

// Location is where a parameter goes.
type Location uint8

// The locations.
const (
	InInput       Location = iota + 1 // an input of a workflow
	InPath                            // the path of a call
	InQuery                           // the query of a call
	InQueryString                     // the whole query of a call
	InHeader                          // a header of a call or message
	InCookie                          // a cookie of a call
	InAddress                         // a parameter of a channel's address
)

// String returns the location's name.
func (l Location) String() string {
	switch l {
	case InInput:
		return "input"
	case InPath:
		return "path"
	case InQuery:
		return "query"
	case InQueryString:
		return "querystring"
	case InHeader:
		return "header"
	case InCookie:
		return "cookie"
	case InAddress:
		return "address"
	}
	return "nowhere"
}

// Parameter is a value and where it goes.
type Parameter struct {
	Name  string
	In    Location
	Value *expr.Value
	// Required says that the target cannot do without it.
	Required bool
}

// Body is what a call or send carries.
type Body struct {
	// ContentType is the step's, or the target's (A36).
	ContentType string
	// Payload is nil where only replacements or nothing is given.
	Payload *expr.Value
	// Text says that the payload is written as a text, which is the body as it
	// is and no value to be encoded.
	Text         bool
	Replacements []Replacement
}

// The types of action.
const (
	End   = arazzo.ActionEnd   // ends the workflow
	Goto  = arazzo.ActionGoto  // takes control to a step or workflow, for good
	Retry = arazzo.ActionRetry // begins the step once more
)

// Action is what to do when a step has succeeded or failed.
type Action struct {
	Name string
	Type arazzo.ActionType
	// Step is the index of the step to go to, or -1.
	Step int
	// Workflow is the workflow to go to, or nil.
	Workflow   *Workflow
	Parameters []Parameter
	RetryAfter time.Duration
	RetryLimit int
	Criteria   []*expr.Criterion
	Span       source.Span
}

// MovesControl reports whether the action takes control elsewhere, so that
// nothing else may go on meanwhile (A7).
func (a *Action) MovesControl() bool {
	return a.Type != arazzo.ActionRetry || a.Step >= 0 || a.Workflow != nil
}

// Output is a named value.
type Output struct {
	Name  string
	Value *expr.Value
}

// Source is a document that a source description names. Exactly one of the
// documents is set.
type Source struct {
	Spec     *arazzo.Source
	OpenAPI  *openapi.Document
	AsyncAPI *asyncapi.Document
	Arazzo   *arazzo.Document
}

// Sources are the documents behind the source descriptions of the document
// that is compiled, and of those Arazzo documents in turn. A source that is
// not here could not be opened; whoever opened them has said why.
type Sources map[*arazzo.Source]*Source
