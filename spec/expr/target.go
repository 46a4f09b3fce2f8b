package expr

import "strings"

// StepRef names a step as "dependsOn" does.
type StepRef struct {
	// Source is the source description that has the workflow, and Workflow the
	// workflow that has the step; "" for the document and workflow at hand.
	Source   string
	Workflow string
	Step     string
}

// String returns the reference in the form of Arazzo 1.1.
func (s StepRef) String() string {
	switch {
	case s.Source != "":
		return "$sourceDescriptions." + s.Source + "." + s.Workflow + ".steps." + s.Step
	case s.Workflow != "":
		return "$workflows." + s.Workflow + ".steps." + s.Step
	}
	return s.Step
}

// ParseStepRef reads a step that a step depends on: its id,
// "$workflows.w.steps.s", "$sourceDescriptions.d.w.steps.s", or, with a
// warning, "$steps.s" as a draft of Arazzo 1.1 had it.
func ParseStepRef(text string) (StepRef, []Problem) {
	var r report
	if !strings.HasPrefix(text, "$") {
		return StepRef{Step: text}, r.notEmpty(text, "a step").list
	}
	e := r.whole(text)
	if e == nil {
		return StepRef{}, r.list
	}
	ref := e.ref
	switch {
	case ref.Part == PartStep && ref.Root == Steps:
		r.add(CodeExtension, warningSeverity, 0, len(text), "%s is from a draft", text).
			help("write %s", ref.Step).replace(ref.Step)
		return StepRef{Step: ref.Step}, r.list
	case ref.Part == PartStep:
		return StepRef{Workflow: ref.Workflow, Step: ref.Step}, r.list
	case ref.Root == SourceDescriptions:
		if workflow, step, ok := strings.Cut(ref.Name, ".steps."); ok && workflow != "" && step != "" {
			return StepRef{Source: ref.Source, Workflow: workflow, Step: step}, r.list
		}
	}
	r.add(CodeSyntax, errorSeverity, 0, len(text), "%s names no step", clip(text)).
		help("write a step's id, $workflows.WORKFLOW.steps.STEP or $sourceDescriptions.NAME.WORKFLOW.steps.STEP")
	return StepRef{}, r.list
}

func (r *report) notEmpty(text, what string) *report {
	if strings.TrimSpace(text) == "" {
		r.add(CodeSyntax, errorSeverity, 0, len(text), "here stands the name of %s", what)
	}
	return r
}

// OperationRef names an operation, a channel or a workflow, of a source
// description or of the only one there is.
type OperationRef struct {
	// Source is the source description; "" where none is named.
	Source string
	// Name is an operationId or workflowId; "" where a pointer is given.
	Name string
	// Pointer is the JSON Pointer within the source's document, "/paths/…",
	// decoded as RFC 6901 section 6 says; "" where a name is given.
	Pointer string
}

// ParseOperationRef reads an operationId or workflowId of a step: a plain name
// or "$sourceDescriptions.NAME.ID".
func ParseOperationRef(text string) (OperationRef, []Problem) {
	var r report
	if !strings.HasPrefix(text, "$") {
		return OperationRef{Name: text}, r.notEmpty(text, "an operation or a workflow").list
	}
	e := r.whole(text)
	if e == nil {
		return OperationRef{}, r.list
	}
	switch ref := e.ref; {
	case ref.Root != SourceDescriptions:
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s names no operation", clip(text)).
			help("write an operationId or $sourceDescriptions.NAME.OPERATION")
	case ref.Name != "":
		return OperationRef{Source: ref.Source, Name: ref.Name}, r.list
	case len(e.Path()) > 0:
		r.add(CodeSyntax, errorSeverity, 0, len(text), "a pointer stands in operationPath or channelPath, not here").
			help("write $sourceDescriptions.%s.OPERATION", ref.Source)
	default:
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s names no operation", clip(text)).
			help("write %s.OPERATION", clip(text))
	}
	return OperationRef{}, r.list
}

// ParseOperationPath reads an operationPath or channelPath:
// "{$sourceDescriptions.NAME.url}#/POINTER". Two other forms that documents
// have are understood with a warning: "$sourceDescriptions.NAME#/POINTER" and
// the form of an operationId.
func ParseOperationPath(text string) (OperationRef, []Problem) {
	var r report
	source, pointer, found := strings.Cut(text, "#")
	inner, braced := strings.CutPrefix(source, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	if !strings.HasPrefix(inner, "$") || braced != closed {
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%q names no operation or channel", clip(text)).
			help("write {$sourceDescriptions.NAME.url}#/paths/~1orders/get, or as the document needs it")
		return OperationRef{}, r.list
	}
	e := r.whole(inner)
	if e == nil {
		if braced {
			shift(r.list, 1)
		}
		return OperationRef{}, r.list
	}
	if e.ref.Root != SourceDescriptions {
		r.add(CodeSyntax, errorSeverity, 0, len(source), "%s is no source description", inner).
			help("write {$sourceDescriptions.NAME.url}")
		return OperationRef{}, r.list
	}
	return r.operationPath(text, e.ref, pointer, braced, found)
}

func (r *report) operationPath(text string, ref Ref, pointer string, braced, found bool) (OperationRef, []Problem) {
	at := len(text) - len(pointer)
	standard := "{$sourceDescriptions." + ref.Source + ".url}"
	switch {
	case !found && ref.Name != "" && ref.Name != "url":
		r.add(CodeTolerated, warningSeverity, 0, len(text), "this is the form of an operationId").
			help("write it as operationId: $sourceDescriptions.%s.%s", ref.Source, ref.Name)
		return OperationRef{Source: ref.Source, Name: ref.Name}, r.list
	case !found || pointer == "" || pointer[0] != '/':
		r.add(CodeSyntax, errorSeverity, 0, len(text), "the pointer to the operation or channel is missing").
			help("write %s#/paths/~1orders/get, or as the document needs it", standard)
		return OperationRef{}, r.list
	case ref.Name != "" && ref.Name != "url":
		r.add(CodeUnknown, errorSeverity, 0, at-1, "a pointer needs the url of the source description, not %q", ref.Name).
			help("write %s", standard).replace(standard)
		return OperationRef{}, r.list
	case !braced || ref.Name == "":
		r.add(CodeTolerated, warningSeverity, 0, at-1, "this is not the standard form").
			help("write %s", standard).replace(standard)
	}
	decoded := r.pointer(percentDecoded(pointer), at)
	if r.failed() {
		return OperationRef{}, r.list
	}
	return OperationRef{Source: ref.Source, Pointer: Pointer(decoded)}, r.list
}
