package plan

import "github.com/weft-dev/weft/text/diag"

// Rules describes the findings that compiling makes, for explanations. The
// severity is the worst that a finding of the code can have.
func Rules() []diag.Rule {
	rule := func(code diag.Code, severity diag.Severity, summary, why string) diag.Rule {
		return diag.Rule{Code: code, Severity: severity, Summary: summary, Why: why}
	}
	return []diag.Rule{
		rule(CodeWorkflow, diag.Error, "a workflow that is named is there", "There is nothing to run by that name."),
		rule(CodeSource, diag.Error, "the sources of a workflow are described and can be opened", "What a step calls is described in its source; without it nothing can be sent."),
		rule(CodeTarget, diag.Error, "what a step calls is in its source", "A step that calls what is not there would fail in the middle of a run. It is told before anything is sent."),
		rule(CodeAmbiguous, diag.Error, "the name of what a step calls is in one source only", "With two of a name, which one is called would depend on the tool. Name the source before it."),
		rule(CodeAction, diag.Error, "a step on a channel says whether it sends or receives", "A channel carries messages both ways, and the step alone knows which it means."),
		rule(CodePerspective, diag.Error, "a step does the opposite of what the application does", "A document is written from the side of its application: what it sends is received by a workflow. Both sending on one channel means that one of them is described from the wrong side."),
		rule(CodeReply, diag.Error, "a reply says where it goes and what it is", "A step that waits for a reply must know its address and its message."),
		rule(CodeCorrelation, diag.Error, "messages that belong together have a place for what tells so", "Without a place for the correlation id in a message, which of several is the answer is a guess."),
		rule(CodeParameter, diag.Error, "a step gives the parameters that its target has, and those it needs", "A parameter that is missing leaves a hole in an address; one that nobody knows is never sent."),
		rule(CodeBody, diag.Error, "a step has a body where one is needed, and none where none can be", "A message without its payload would be refused by its receivers."),
		rule(CodeReference, diag.Error, "what an expression names is declared", "An expression that names nothing has no value, and the run would fail in the middle."),
		rule(CodeForward, diag.Error, "no step uses what a later one gives", "Steps run in their order, so the value is not there yet."),
		rule(CodeDependency, diag.Error, "what a step depends on is there and runs before it", "A step that waits for what never ends never runs."),
		rule(CodeCycle, diag.Error, "no steps or workflows wait for each other", "In a circle nobody can begin."),
		rule(CodeJump, diag.Error, "where an action leads is there", "A run that should go on at a step that is not there could only fail."),
		rule(CodeStandstill, diag.Error, "no step waits for an answer to what is sent only after it", "The step that waits holds up the one it waits for, until its time is over."),
		rule(CodeUnreachable, diag.Warning, "each step can run", "A step that no way leads to does nothing, though its author thinks it does."),
		rule(CodeInputs, diag.Error, "the schema of a workflow's inputs can be used", "Inputs are checked before a run begins."),
		rule(CodeUnsupported, diag.Error, "a workflow asks only for what can be run", "What is not supported is refused before anything is sent, and never skipped."),
	}
}
