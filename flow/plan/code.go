package plan

import "github.com/weft-dev/weft/text/diag"

// The codes of the findings that compiling makes. Those of the expressions
// themselves are spec/expr's.
const (
	// CodeWorkflow is a workflow that is named and not there.
	CodeWorkflow diag.Code = "workflow/unknown-workflow"
	// CodeSource is a source description that is not there or was not opened.
	CodeSource diag.Code = "workflow/source"
	// CodeTarget is an operation, channel or path that is named and not there.
	CodeTarget diag.Code = "workflow/unknown-target"
	// CodeAmbiguous is a name that several sources have.
	CodeAmbiguous diag.Code = "workflow/ambiguous-target"
	// CodeAction is an asynchronous step that does not say what it does, or
	// says it where it has no meaning.
	CodeAction diag.Code = "workflow/action"
	// CodePerspective is a step whose action is the document's own, so that
	// the document seems to be written from the caller's side (A2).
	CodePerspective diag.Code = "workflow/perspective"
	// CodeReply is a reply of which the document does not say enough (A3).
	CodeReply diag.Code = "workflow/reply"
	// CodeCorrelation is a correlation id that no place is known for (A5).
	CodeCorrelation diag.Code = "workflow/correlation"
	// CodeParameter is a parameter that its target does not have, or needs and
	// is not given.
	CodeParameter diag.Code = "workflow/parameter"
	// CodeBody is a body where none can be, or that is needed and missing.
	CodeBody diag.Code = "workflow/body"
	// CodeReference is an expression that names something not declared.
	CodeReference diag.Code = "workflow/reference"
	// CodeForward is a reference to a step that comes later.
	CodeForward diag.Code = "workflow/forward-reference"
	// CodeDependency is a dependsOn that cannot be met (A16).
	CodeDependency diag.Code = "workflow/dependency"
	// CodeCycle is steps or workflows that wait for each other.
	CodeCycle diag.Code = "workflow/cycle"
	// CodeJump is a goto or retry whose target is not there.
	CodeJump diag.Code = "workflow/unknown-step"
	// CodeStandstill is a step that waits and so holds up the one that sends
	// what it waits for the answer to.
	CodeStandstill diag.Code = "workflow/standstill"
	// CodeUnreachable is a step that can never run.
	CodeUnreachable diag.Code = "workflow/unreachable"
	// CodeInputs is a schema of inputs that cannot be used.
	CodeInputs diag.Code = "workflow/inputs"
	// CodeUnsupported is something that exists and that weft does not run yet.
	CodeUnsupported diag.Code = "workflow/unsupported"
)
