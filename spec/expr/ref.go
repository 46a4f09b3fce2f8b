package expr

import "strings"

// Root is the first name of an expression, which says what kind of thing it
// refers to.
type Root uint8

// The roots. The last three belong to drafts and extensions, not to Arazzo.
const (
	URL                Root = iota + 1 // $url
	Method                             // $method
	StatusCode                         // $statusCode
	Request                            // $request
	Response                           // $response
	Message                            // $message
	Inputs                             // $inputs
	Outputs                            // $outputs
	Steps                              // $steps
	Workflows                          // $workflows
	SourceDescriptions                 // $sourceDescriptions
	Components                         // $components
	Self                               // $self
	ElapsedTime                        // $elapsedTime
	Async                              // $x-async
	AsyncAggregate                     // $x-async-aggregate
)

var rootNames = [...]string{
	URL: "url", Method: "method", StatusCode: "statusCode", Request: "request", Response: "response",
	Message: "message", Inputs: "inputs", Outputs: "outputs", Steps: "steps", Workflows: "workflows",
	SourceDescriptions: "sourceDescriptions", Components: "components", Self: "self",
	ElapsedTime: "elapsedTime", Async: "x-async", AsyncAggregate: "x-async-aggregate",
}

// String returns the root as it is written, with its "$".
func (r Root) String() string {
	if r == 0 || int(r) >= len(rootNames) {
		return ""
	}
	return "$" + rootNames[r]
}

func rootOf(name string) (Root, bool) {
	for i := range rootNames {
		if i > 0 && rootNames[i] == name {
			return Root(i), true
		}
	}
	return 0, false
}

// Part is the second name of an expression where the root has parts.
type Part string

// The parts of a request, response or message, of a step or workflow, and of
// the components. A message's payload is its body: both are written, and
// [Body] stands for both.
const (
	Header    Part = "header"
	Query     Part = "query"
	Path      Part = "path"
	Body      Part = "body"
	Timestamp Part = "timestamp"

	PartInputs  Part = "inputs"
	PartOutputs Part = "outputs"
	PartStep    Part = "steps" // $workflows.w.steps.s, the step itself

	Parameters     Part = "parameters"
	SuccessActions Part = "successActions"
	FailureActions Part = "failureActions"
)

// Ref is what an expression refers to, before anything is picked out of it by
// a pointer. It is comparable, so it can be the key of a map.
type Ref struct {
	Root Root
	// Source is the source description of $sourceDescriptions.
	Source string
	// Workflow is the workflow of $workflows.
	Workflow string
	// Step is the step of $steps and of $workflows.w.steps.
	Step string
	// Part is which part of the root is meant; "" where the root has none.
	Part Part
	// Name is the header (without regard to case), the query or path parameter,
	// the input, the output, the component, the member of an extension's root,
	// or what follows the source description's name. With Inputs, Outputs and a
	// step's or workflow's inputs and outputs "" means all of them, as an
	// object.
	Name string
}

// String returns the reference as an expression.
func (r Ref) String() string {
	var b strings.Builder
	b.WriteString(r.Root.String())
	add := func(name string) {
		if name != "" {
			b.WriteByte('.')
			b.WriteString(name)
		}
	}
	add(r.Source)
	add(r.Workflow)
	if r.Root == Workflows && r.Step != "" {
		add(string(PartStep))
	}
	add(r.Step)
	switch {
	case r.Root == Message && r.Part == Body:
		add("payload")
	case r.Part != PartStep:
		add(string(r.Part))
	}
	add(r.Name)
	return b.String()
}

// Env is what expressions are evaluated against: the values a run knows at one
// moment.
type Env interface {
	// Lookup returns the value of a reference in the form of plain data, and
	// false where there is none, which is not the same as null. A message's or
	// response's header is looked up without regard to case.
	Lookup(ref Ref) (value any, ok bool)
}

// EnvFunc makes an Env of a function.
type EnvFunc func(ref Ref) (value any, ok bool)

// Lookup calls the function.
func (f EnvFunc) Lookup(ref Ref) (any, bool) { return f(ref) }

// Overlay returns an Env that asks each of the given ones in turn until one
// knows the reference.
func Overlay(envs ...Env) Env {
	return EnvFunc(func(ref Ref) (any, bool) {
		for _, env := range envs {
			if value, ok := env.Lookup(ref); ok {
				return value, true
			}
		}
		return nil, false
	})
}
