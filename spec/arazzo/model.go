// Package arazzo reads Arazzo descriptions, versions 1.0 and 1.1, into
// workflows, steps, criteria, actions and outputs. It exists so that what runs
// a workflow and what judges one see the same thing, with every reusable object
// resolved, every choice of the specification parsed, and the place of each
// kept.
//
// It must not know OpenAPI or AsyncAPI: a step's target is parsed to the name
// of a source and of an operation there, and no further. It evaluates nothing.
package arazzo

import (
	"time"

	"github.com/weft-dev/weft/text/tree"
)

// Document is one Arazzo description (§ Arazzo Specification Object). Every
// object of the model keeps its Node, which is never nil for an object that was
// written in the document.
type Document struct {
	Node *tree.Node
	// URI is where the document was read from.
	URI string
	// Self is the "$self" field as written, or "".
	Self string
	// Base is the URI against which relative URLs of sources are resolved:
	// "$self" resolved against URI, or URI itself.
	Base string
	// Version is the document's "arazzo" field.
	Version Version
	// Draft says that the document is written in the draft of 1.1 (some step
	// has a "kind"), whose older forms are then read with a warning.
	Draft bool

	Info       Info
	Sources    []*Source
	Workflows  []*Workflow
	Components Components

	workflows map[string]*Workflow // the first of each id
}

// Version is the version of the specification that a document names.
type Version struct {
	Text         string
	Major, Minor int
}

// Info is the document's metadata (§ Info Object).
type Info struct {
	Node        *tree.Node
	Title       string
	Summary     string
	Description string
	Version     string
}

// SourceType is the language of a source description.
type SourceType uint8

// The types of source. A source without a type is SourceUnknown: the document
// itself tells when it is opened.
const (
	SourceUnknown SourceType = iota
	SourceOpenAPI
	SourceAsyncAPI
	SourceArazzo
)

// String returns the type as the specification writes it, or "unknown".
func (t SourceType) String() string {
	switch t {
	case SourceOpenAPI:
		return "openapi"
	case SourceAsyncAPI:
		return "asyncapi"
	case SourceArazzo:
		return "arazzo"
	}
	return "unknown"
}

// Source names a document whose operations or workflows are used
// (§ Source Description Object).
type Source struct {
	Node *tree.Node
	Name string
	// URL is as written; Location is URL resolved against the document's Base.
	URL      string
	Location string
	Type     SourceType
	// TypeVersion is the draft extension "x-asyncapi-version", or "".
	TypeVersion string
}

// Workflow is a list of steps that reaches an objective (§ Workflow Object).
type Workflow struct {
	Node        *tree.Node
	Document    *Document
	ID          string
	Summary     string
	Description string
	// Inputs is the JSON Schema of the inputs as written (it may be a "$ref"),
	// or nil.
	Inputs    *tree.Node
	DependsOn []*WorkflowRef
	Steps     []*Step
	// SuccessActions, FailureActions and Parameters hold for every step that
	// does not override them by name.
	SuccessActions []*Action
	FailureActions []*Action
	Parameters     []*Parameter
	Outputs        []*Output
	// Callbacks is the draft extension "x-async-callbacks", or nil.
	Callbacks *AsyncCallbacks

	steps map[string]*Step // the first of each id
}

// WorkflowRef names a workflow of this document or, where Source is not "", of
// an Arazzo source.
type WorkflowRef struct {
	Node     *tree.Node
	Raw      string
	Source   string
	Workflow string
}

// Direction is what an asynchronous step does with a channel.
type Direction uint8

// The directions. A step on an HTTP operation or a workflow has none.
const (
	DirectionNone Direction = iota
	Send
	Receive
)

// String returns the direction as the specification writes it, or "".
func (d Direction) String() string {
	switch d {
	case Send:
		return "send"
	case Receive:
		return "receive"
	}
	return ""
}

// Step is one call: of an operation, a channel or a workflow (§ Step Object).
type Step struct {
	Node        *tree.Node
	Workflow    *Workflow
	Index       int // among the workflow's steps, from 0
	ID          string
	Description string
	Target      Target
	Action      Direction
	// Timeout is how long one attempt may take; zero where none is written
	// (see HasTimeout). The document counts milliseconds.
	Timeout    time.Duration
	HasTimeout bool
	// CorrelationID is the value that a received message has to carry, or nil.
	CorrelationID   *Value
	DependsOn       []*Dependency
	Parameters      []*Parameter
	RequestBody     *RequestBody
	SuccessCriteria []*Criterion
	OnSuccess       []*Action
	OnFailure       []*Action
	Outputs         []*Output

	// Kind is the field "kind" of the 1.1 draft, or "".
	Kind string
	// MessageFilter is the extension "x-message-filter": a simple condition
	// that a message must meet before it counts as received. Nil without one.
	MessageFilter *tree.Node
	// Async, Aggregate, FinalResponse and Interaction are the extensions of the
	// public discussion, nil where absent. With one of them the step's Target is
	// a placeholder and must not be called.
	Async         *AsyncOperation
	Aggregate     *AsyncAggregate
	FinalResponse *FinalResponse
	// Interaction is the extension "x-interaction", or nil.
	Interaction *Interaction
}

// Asynchronous reports whether the step sends or receives a message, in the
// specification's own form or in that of the extensions.
func (s *Step) Asynchronous() bool {
	return s.Action != DirectionNone || s.Target.Kind == TargetChannel || s.Async != nil || s.Aggregate != nil
}

// Placeholder reports whether the step's target is written only because the
// format asks for one, and an extension says what to do instead.
func (s *Step) Placeholder() bool {
	return s.Async != nil || s.Aggregate != nil || s.FinalResponse != nil || s.Interaction != nil
}

// TargetKind says which field names what a step calls.
type TargetKind uint8

// The kinds of target. TargetNone is a step whose target is missing or cannot
// be read; a finding says so.
const (
	TargetNone TargetKind = iota
	// TargetOperation is an operation by its id (Source, Name).
	TargetOperation
	// TargetOperationPath is an operation by pointer (Source, Pointer).
	TargetOperationPath
	// TargetChannel is a channel by pointer (Source, Pointer) or, leniently, by
	// its name (Source, Name).
	TargetChannel
	// TargetWorkflow is a workflow by its id (Source, Name).
	TargetWorkflow
)

// String returns the field that writes this kind of target, or "none".
func (k TargetKind) String() string {
	switch k {
	case TargetOperation:
		return "operationId"
	case TargetOperationPath:
		return "operationPath"
	case TargetChannel:
		return "channelPath"
	case TargetWorkflow:
		return "workflowId"
	}
	return "none"
}

// Target is what a step calls, as far as this document tells.
type Target struct {
	Kind TargetKind
	// Node is the value of the field that names the target; nil for TargetNone.
	Node *tree.Node
	Raw  string
	// Source is the name of the source description meant, or "" where none is
	// named: the only one, or for a workflow this document.
	Source string
	// Name is an operationId, a workflowId or the name of a channel.
	Name string
	// Pointer is the decoded JSON Pointer ("/paths/~1orders/get") of a path.
	Pointer string
	// Lenient says that the target is not in the form that the specification
	// asks for, but was understood; a finding says so.
	Lenient bool
}

// Dependency is one entry of a step's dependsOn.
type Dependency struct {
	Node *tree.Node
	Raw  string
	// Source and Workflow are "" for a step of the same document and of the
	// same workflow.
	Source   string
	Workflow string
	Step     string
	// Draft says that it is written "$steps.name", as in the draft of 1.1.
	Draft bool
}

// Location is where a parameter goes.
type Location uint8

// The locations. InNone is a parameter without "in": an input of a workflow.
const (
	InNone Location = iota
	InPath
	InQuery
	InQueryString
	InHeader
	InCookie
	// InChannel is a parameter of a channel's address. It is in the published
	// JSON Schema but not in the text of 1.1.
	InChannel
)

// String returns the location as the specification writes it, or "".
func (l Location) String() string {
	switch l {
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
	case InChannel:
		return "channel"
	}
	return ""
}

// Parameter is a named value that is passed to a target (§ Parameter Object),
// with the component that it refers to already looked up: Name and In are the
// component's, and Value is the reference's own where it has one.
type Parameter struct {
	// Node is the object where the parameter is used; for a Reusable Object
	// that object, and Definition is the component.
	Node       *tree.Node
	Definition *tree.Node
	// Reference is the expression of a Reusable Object, or "".
	Reference string
	Name      string
	In        Location
	Value     Value
}

// ActionType is what an action does.
type ActionType uint8

// The types of action. Retry is only a failure action's.
const (
	ActionNone ActionType = iota
	ActionEnd
	ActionGoto
	ActionRetry
)

// String returns the type as the specification writes it, or "".
func (t ActionType) String() string {
	switch t {
	case ActionEnd:
		return "end"
	case ActionGoto:
		return "goto"
	case ActionRetry:
		return "retry"
	}
	return ""
}

// Action is a success or a failure action (§ Success Action Object, § Failure
// Action Object), with the component that it refers to already looked up.
type Action struct {
	// Node is the object where the action is used; for a Reusable Object that
	// object, and Definition is the component.
	Node       *tree.Node
	Definition *tree.Node
	Reference  string

	Name string
	Type ActionType
	// Workflow is the target of a goto or retry into a workflow, or nil.
	Workflow *WorkflowRef
	// StepID is the target of a goto or retry to a step, or "".
	StepID     string
	Parameters []*Parameter
	// RetryAfter is how long to wait before another attempt; the document
	// counts decimal seconds. Zero where none is written.
	RetryAfter time.Duration
	// RetryLimit is how many retries may be made: 1 where none is written.
	RetryLimit int
	Criteria   []*Criterion
}

// Output is one named output of a step or workflow.
type Output struct {
	Key   *tree.Node
	Name  string
	Value Value
}

// Value is a constant, a string with runtime expressions, or a Selector Object.
// In the draft extensions it may also be an array or object of values.
type Value struct {
	Node *tree.Node
	// Selector is set where the value is a Selector Object.
	Selector *Selector
}

// Text returns the value where it is written as a string, and whether it is.
func (v Value) Text() (string, bool) {
	return v.Node.Str(), v.Node.Is(tree.String)
}

// Language is the language of a condition or of a selector.
type Language uint8

// The languages. Simple and Regex are only a criterion's, JSONPointer only a
// selector's.
const (
	LanguageNone Language = iota
	Simple
	Regex
	JSONPath
	XPath
	JSONPointer
)

// String returns the language as the specification writes it, or "".
func (l Language) String() string {
	switch l {
	case Simple:
		return "simple"
	case Regex:
		return "regex"
	case JSONPath:
		return "jsonpath"
	case XPath:
		return "xpath"
	case JSONPointer:
		return "jsonpointer"
	}
	return ""
}

// ExpressionType is a language and its version (§ Expression Type Object).
type ExpressionType struct {
	// Node is the string or object that names the type; nil where it is a
	// default.
	Node     *tree.Node
	Language Language
	// Version is as written, or the default of the language: "rfc9535",
	// "xpath-31", "rfc6901"; "" for simple and regex.
	Version string
}

// Selector picks a part of structured data (§ Selector Object).
type Selector struct {
	Node     *tree.Node
	Context  *tree.Node // a runtime expression
	Selector *tree.Node
	Type     ExpressionType
}

// Criterion is one condition (§ Criterion Object).
type Criterion struct {
	Node *tree.Node
	// Context is a runtime expression, or nil.
	Context   *tree.Node
	Condition *tree.Node
	Type      ExpressionType
}

// RequestBody is what a step sends (§ Request Body Object).
type RequestBody struct {
	Node        *tree.Node
	ContentType string
	// Payload is any value with runtime expressions and Selector Objects inside
	// (see AsSelector), or nil.
	Payload      *tree.Node
	Replacements []*Replacement
}

// Replacement sets one place of a payload (§ Payload Replacement Object).
type Replacement struct {
	Node   *tree.Node
	Target *tree.Node
	// Type is nil where the payload's media type decides: JSON Pointer for
	// JSON, XPath for XML.
	Type  *ExpressionType
	Value Value
}

// Components are the reusable objects (§ Components Object), each list in the
// order written.
type Components struct {
	Node           *tree.Node
	Inputs         []*Input
	Parameters     []*Component[Parameter]
	SuccessActions []*Component[Action]
	FailureActions []*Component[Action]
}

// Input is a reusable JSON Schema of inputs.
type Input struct {
	Key    *tree.Node
	Name   string
	Schema *tree.Node
}

// Component is a reusable object under its name.
type Component[T any] struct {
	Key   *tree.Node
	Name  string
	Value *T
}
