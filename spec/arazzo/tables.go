package arazzo

import (
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

// Names of the objects that tables and checks both mention.
const (
	objectStep      = "step"
	objectSelector  = "selector"
	objectParameter = "parameter"
	objectReusable  = "reusable object"
)

const (
	namePattern = `^[A-Za-z0-9.\-_]+$`
	nameWords   = `letters, digits, ".", "-" and "_"`
	specLink    = "https://spec.openapis.org/arazzo/v1.1.0.html#"
)

// Tables are the structure of Arazzo documents. Where the text of the
// specification and its published JSON Schema disagree, the text counts; the
// cases are listed in testdata/disagreements.txt.
var Tables = lazy.Of[shape.Tables]{Make: func() shape.Tables {
	return shape.Tables{
		Name: "arazzo", Title: "Arazzo", Root: "description",
		Versions: []string{"1.0", "1.1"},
		Objects: concat(
			rootObjects(), workflowObjects(), stepObjects(), actionObjects(),
			valueObjects(), componentObjects(), extensionObjects(), schemaObjects(),
		),
	}
}}

func concat(lists ...[]shape.Object) []shape.Object {
	var all []shape.Object
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func rootObjects() []shape.Object {
	return []shape.Object{{
		Name: "description", Title: "Arazzo Specification Object", Link: specLink + "arazzo-specification-object",
		Doc: "The root of an Arazzo description.", Extensions: true, Check: checkDescription,
		Fields: []shape.Field{
			{Name: "arazzo", Required: true, Type: shape.String(), Doc: "The version of the Arazzo Specification that the document is written in."},
			{Name: "$self", Since: "1.1", Type: shape.String().Format("uri-reference").Then(checkSelf), Doc: "The document's own URI, against which relative references in it are resolved."},
			{Name: "info", Required: true, Type: shape.Is("info"), Doc: "What the document is about."},
			{Name: "sourceDescriptions", Required: true, Type: shape.List(shape.Is("source description")).MinItems(1).Unique(), Doc: "The documents whose operations and workflows are used."},
			{Name: "workflows", Required: true, Type: shape.List(shape.Is("workflow")).MinItems(1).Unique(), Doc: "The workflows."},
			{Name: "components", Type: shape.Is("components"), Doc: "Objects that other places refer to."},
		},
	}, {
		Name: "info", Title: "Info Object", Link: specLink + "info-object",
		Doc: "Metadata about the workflows.", Extensions: true,
		Fields: []shape.Field{
			{Name: "title", Required: true, Type: shape.String(), Doc: "A title for people."},
			{Name: "summary", Type: shape.String(), Doc: "A short summary."},
			{Name: "description", Type: shape.String(), Doc: "The purpose of the workflows, in CommonMark."},
			{Name: "version", Required: true, Type: shape.String(), Doc: "The version of this document, not of the specification."},
		},
	}, {
		Name: "source description", Title: "Source Description Object", Link: specLink + "source-description-object",
		Doc: "A document whose operations or workflows are used.", Extensions: true,
		Fields: []shape.Field{
			{Name: "name", Required: true, Type: shape.String().Pattern(`^[A-Za-z0-9_\-]+$`, `letters, digits, "-" and "_"`), Doc: "The name by which expressions mean this source."},
			{Name: "url", Required: true, Type: shape.String().Format("uri-reference"), Doc: "Where the document is, absolute or relative to this one."},
			{Name: "type", Until: "1.0", Type: shape.String().Enum("openapi", "arazzo"), Doc: "What kind of document it is."},
			{Name: "type", Since: "1.1", Type: shape.String().Enum("openapi", "asyncapi", "arazzo"), Doc: "What kind of document it is."},
			{Name: extIsAsync, Type: shape.Boolean().Then(checkIsAsync), Doc: "The document is AsyncAPI, in a version of Arazzo that does not know it."},
			{Name: extVersion, Type: shape.String(), Doc: "The version of AsyncAPI of the document."},
		},
	}}
}

func workflowObjects() []shape.Object {
	return []shape.Object{{
		Name: "workflow", Title: "Workflow Object", Link: specLink + "workflow-object",
		Doc: "Steps across one or more services that reach an objective.", Extensions: true,
		Fields: []shape.Field{
			{Name: "workflowId", Required: true, Type: shape.String(), Doc: "The name of the workflow, unique in the document; upper and lower case differ."},
			{Name: "summary", Type: shape.String(), Doc: "The objective in a few words."},
			{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
			{Name: "inputs", Type: schemaType(), Doc: "A JSON Schema (2020-12) of the workflow's inputs."},
			{Name: "dependsOn", Type: shape.List(shape.String()).Unique(), Doc: "Workflows that must be complete before this one."},
			{Name: "steps", Required: true, Type: shape.List(shape.Is(objectStep)).MinItems(1).Unique(), Doc: "The steps in their order."},
			{Name: "successActions", Type: actionList("success action"), Doc: "Success actions of all steps; a step overrides them by name."},
			{Name: "failureActions", Type: actionList("failure action"), Doc: "Failure actions of all steps; a step overrides them by name."},
			{Name: "outputs", Until: "1.0", Type: stringOutputs(), Doc: "The workflow's outputs by name, each a runtime expression."},
			{Name: "outputs", Since: "1.1", Type: outputs(), Doc: "The workflow's outputs by name, each a runtime expression or a selector."},
			{Name: "parameters", Type: parameterList(), Doc: "Parameters of all steps; a step overrides them by name and place."},
			{Name: extCallbacks, Type: shape.Is("async callbacks extension"), Doc: "Callbacks after the workflow has ended."},
		},
	}}
}

func stepObjects() []shape.Object {
	return []shape.Object{{
		Name: objectStep, Title: "Step Object", Link: specLink + "step-object",
		Doc: "A call of an operation, a channel or another workflow.", Extensions: true,
		Check: checkStep,
		Fields: append([]shape.Field{
			{Name: "stepId", Required: true, Type: shape.String(), Doc: "The name of the step, unique in its workflow; upper and lower case differ."},
			{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
			{Name: "operationId", Type: shape.String(), Doc: `The operation to call: its id, or "$sourceDescriptions.<name>.<operationId>".`},
			{Name: "operationPath", Type: shape.String(), Doc: `The operation to call by its place: "{$sourceDescriptions.<name>.url}#/paths/…".`},
			{Name: "channelPath", Since: "1.1", Type: shape.String(), Doc: `The channel to use by its place: "{$sourceDescriptions.<name>.url}#/channels/…".`},
			{Name: "workflowId", Type: shape.String(), Doc: `The workflow to run: its id, or "$sourceDescriptions.<name>.<workflowId>".`},
			{Name: "action", Since: "1.1", Type: shape.String().Enum("send", "receive"), Doc: "Whether the step sends a message to the channel or receives one."},
			{Name: "timeout", Since: "1.1", Type: shape.Integer().Min(0), Doc: "How long the step may take, in milliseconds."},
			{Name: "correlationId", Since: "1.1", Type: shape.Either(shape.String(), shape.Number(), shape.Boolean(), shape.Map(shape.Any()), shape.List(shape.Any())).Called("a value"), Doc: "The value that a received message must carry to be the one that is meant."},
			{Name: "dependsOn", Since: "1.1", Type: shape.List(shape.String().NonEmpty()).MinItems(1).Unique(), Doc: "Steps that must be complete before this one."},
			{Name: "parameters", Type: parameterList(), Doc: "Values for the parameters of the operation, or the inputs of the workflow."},
			{Name: "requestBody", Type: shape.Is("request body"), Doc: "What is sent."},
			{Name: "successCriteria", Type: shape.List(shape.Is("criterion")).MinItems(1).Unique(), Doc: "Conditions that must all hold for the step to succeed."},
			{Name: "onSuccess", Type: actionList("success action"), Doc: "What to do when the step has succeeded; the first that applies."},
			{Name: "onFailure", Type: actionList("failure action"), Doc: "What to do when the step has failed; the first that applies."},
			{Name: "outputs", Until: "1.0", Type: stringOutputs(), Doc: "The step's outputs by name, each a runtime expression."},
			{Name: "outputs", Since: "1.1", Type: outputs(), Doc: "The step's outputs by name, each a runtime expression or a selector."},
			{Name: "kind", Since: "1.1", Type: shape.String().Enum("openapi", "asyncapi", "arazzo").Then(checkKind), Doc: "The kind of the step's source, in the draft of 1.1. The source's type says it now."},
			{Name: "channel", Since: "1.1", Type: shape.String().Then(checkChannel), Doc: `The step's channel, in the first proposal. It is "channelPath" now.`},
		}, stepExtensions()...),
	}, {
		Name: "request body", Title: "Request Body Object", Link: specLink + "request-body-object",
		Doc: "What a step sends, and as what.", Extensions: true,
		Fields: []shape.Field{
			{Name: "contentType", Type: shape.String(), Doc: "The media type; without it the operation's own."},
			{Name: "payload", Type: shape.Any(), Doc: "The body, with runtime expressions and selectors inside."},
			{Name: "replacements", Type: shape.List(shape.Is("payload replacement")).Unique(), Doc: "Places of the payload that are set to other values."},
		},
	}, {
		Name: "payload replacement", Title: "Payload Replacement Object", Link: specLink + "payload-replacement-object",
		Doc: "A place within a payload and the value to set there.", Extensions: true,
		Fields: []shape.Field{
			{Name: "target", Required: true, Type: shape.String(), Doc: "The place: a JSON Pointer, a JSONPath or an XPath."},
			{Name: "targetSelectorType", Since: "1.1", Type: selectorType(), Doc: "The language of target; without it the payload's media type decides."},
			{Name: "value", Until: "1.0", Required: true, Type: shape.Any(), Doc: "The value: a constant or a runtime expression."},
			{Name: "value", Since: "1.1", Required: true, Type: value(), Doc: "The value: a constant, a runtime expression or a selector."},
		},
	}, {
		Name: "criterion", Title: "Criterion Object", Link: specLink + "criterion-object",
		Doc: "A condition.", Extensions: true, Check: checkCriterion,
		Fields: []shape.Field{
			{Name: "context", Type: shape.String(), Doc: "A runtime expression for what the condition looks at."},
			{Name: "condition", Required: true, Type: shape.String(), Doc: "The condition."},
			{Name: "type", Type: shape.Either(shape.String().Enum("simple", "regex", "jsonpath", "xpath"), shape.Is("expression type")), Doc: "The language of the condition; simple where it is missing."},
		},
	}}
}

func actionObjects() []shape.Object {
	name := shape.Field{Name: "name", Required: true, Type: shape.String(), Doc: "The action's name; upper and lower case differ."}
	workflow := shape.Field{Name: "workflowId", Type: shape.String(), Doc: "The workflow to go to."}
	step := shape.Field{Name: "stepId", Type: shape.String(), Doc: "The step of this workflow to go to."}
	parameters := shape.Field{Name: "parameters", Since: "1.1", Type: parameterList(), Doc: "Values for the inputs of the workflow to go to."}
	return []shape.Object{{
		Name: "success action", Title: "Success Action Object", Link: specLink + "success-action-object",
		Doc: "What to do when a step has succeeded.", Extensions: true, Check: checkAction,
		Fields: []shape.Field{
			name,
			{Name: "type", Required: true, Type: shape.String().Enum("end", "goto"), Doc: "End the workflow, or go on elsewhere."},
			workflow, step, parameters,
			{Name: "criteria", Type: shape.List(shape.Is("criterion")).MinItems(1).Unique(), Doc: "Conditions that must all hold for the action to apply."},
		},
	}, {
		Name: "failure action", Title: "Failure Action Object", Link: specLink + "failure-action-object",
		Doc: "What to do when a step has failed.", Extensions: true, Check: checkAction,
		Fields: []shape.Field{
			name,
			{Name: "type", Required: true, Type: shape.String().Enum("end", "retry", "goto"), Doc: "End the workflow, go on elsewhere, or try the step again."},
			workflow, step, parameters,
			{Name: "retryAfter", Type: shape.Number().Min(0), Doc: "How many seconds to wait before another attempt."},
			{Name: "retryLimit", Type: shape.Integer().Min(0), Doc: "How many times to try again; once where it is missing."},
			{Name: "criteria", Type: shape.List(shape.Is("criterion")).Unique(), Doc: "Conditions that must all hold for the action to apply."},
		},
	}}
}

func valueObjects() []shape.Object {
	return []shape.Object{{
		Name: objectParameter, Title: "Parameter Object", Link: specLink + "parameter-object",
		Doc: "A value for one parameter of an operation, or one input of a workflow.", Extensions: true,
		Fields: []shape.Field{
			{Name: "name", Required: true, Type: shape.String(), Doc: "The parameter's name; upper and lower case differ."},
			{Name: "in", Until: "1.0", Type: shape.String().Enum("path", "query", "header", "cookie"), Doc: "Where the parameter goes."},
			{Name: "in", Since: "1.1", Type: shape.String().Enum("path", "query", "querystring", "header", "cookie", "channel"), Doc: "Where the parameter goes."},
			{Name: "value", Until: "1.0", Required: true, Type: shape.Any(), Doc: "The value: a constant or a runtime expression."},
			{Name: "value", Since: "1.1", Required: true, Type: value(), Doc: "The value: a constant, a runtime expression or a selector."},
		},
	}, {
		Name: objectReusable, Title: "Reusable Object", Link: specLink + "reusable-object",
		Doc: "A reference to an object of the components. What else it has is ignored.", Loose: true,
		Fields: []shape.Field{
			{Name: "reference", Required: true, Type: shape.String(), Doc: `What is meant: "$components.<type>.<name>".`},
			{Name: "value", Type: shape.Any(), Doc: "A value in place of that of the parameter referred to."},
		},
	}, {
		Name: objectSelector, Title: "Selector Object", Link: specLink + "selector-object", Since: "1.1",
		Doc: "A part of structured data.", Extensions: true,
		Fields: []shape.Field{
			{Name: "context", Required: true, Type: shape.String(), Doc: "A runtime expression for the data."},
			{Name: "selector", Required: true, Type: shape.String(), Doc: "The expression that picks a part of it."},
			{Name: "type", Required: true, Type: selectorType(), Doc: "The language of the selector."},
		},
	}, {
		Name: "expression type", Title: "Expression Type Object", Link: specLink + "expression-type-object",
		Doc: "A language and its version.", Extensions: true, Check: checkExpressionType,
		Fields: []shape.Field{
			{Name: "type", Until: "1.0", Required: true, Type: shape.String().Enum("jsonpath", "xpath"), Doc: "The language."},
			{Name: "type", Since: "1.1", Required: true, Type: shape.String().Enum("jsonpath", "xpath", "jsonpointer"), Doc: "The language."},
			{Name: "version", Required: true, Type: shape.String(), Doc: "The version of the language, as rfc9535 or xpath-31."},
		},
	}}
}

func componentObjects() []shape.Object {
	return []shape.Object{{
		Name: "components", Title: "Components Object", Link: specLink + "components-object",
		Doc: "Objects that have no effect unless something refers to them.", Extensions: true,
		Fields: []shape.Field{
			{Name: "inputs", Type: named(schemaType()), Doc: "Schemas of inputs, for $ref."},
			{Name: "parameters", Type: named(shape.Is(objectParameter)), Doc: "Parameters."},
			{Name: "successActions", Type: named(shape.Is("success action")), Doc: "Success actions."},
			{Name: "failureActions", Type: named(shape.Is("failure action")), Doc: "Failure actions."},
		},
	}}
}

func named(t *shape.Type) *shape.Type { return shape.Map(t).Keys(namePattern, nameWords) }

func stringOutputs() *shape.Type {
	expression := shape.String().Called("a runtime expression")
	return named(shape.Pick(func(n *tree.Node) int {
		if ofExtension(n) {
			return 1
		}
		return 0
	}, expression, shape.Any()))
}

func outputs() *shape.Type {
	expression := shape.String().Called("a runtime expression or a selector")
	return named(shape.Pick(func(n *tree.Node) int {
		switch {
		case ofExtension(n):
			return 2
		case n.Is(tree.Mapping):
			return 1
		}
		return 0
	}, expression, shape.Is(objectSelector), shape.Any()))
}

// ofExtension reports whether an output belongs to a step that does what an
// extension says; there outputs may be nested and computed.
func ofExtension(output *tree.Node) bool {
	if output.Parent == nil {
		return false
	}
	step := output.Parent.Parent
	for _, name := range placeholderExtensions {
		if step.Has(name) {
			return true
		}
	}
	return false
}

// value is a constant, an expression or a selector. An object that is not
// clearly meant as a selector is a constant.
func value() *shape.Type {
	return shape.Pick(func(n *tree.Node) int {
		if looksLikeSelector(n) {
			return 1
		}
		return 0
	}, shape.Any(), shape.Is(objectSelector))
}

func selectorType() *shape.Type {
	return shape.Either(shape.String().Enum("jsonpath", "xpath", "jsonpointer"), shape.Is("expression type"))
}

func parameterList() *shape.Type {
	return shape.List(orReusable(shape.Is(objectParameter))).Unique()
}

func actionList(object string) *shape.Type {
	return shape.List(orReusable(shape.Is(object))).Unique()
}

func orReusable(t *shape.Type) *shape.Type {
	return shape.IfHas("reference", shape.Is(objectReusable), t)
}
