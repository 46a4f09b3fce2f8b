package arazzorules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
)

// readingRules explain what spec/arazzo finds while it reads a document, beyond
// faults of structure.
func readingRules() []*lint.Rule {
	step := func(fields string) string {
		return "- workflowId: order\n  steps: [{stepId: place, " + fields + "}]\n"
	}
	return []*lint.Rule{{
		Code: "arazzo/" + arazzo.CodeVersion, Severity: diag.Error,
		Summary: "the version of the specification is one that is read",
		Why:     "A document of another version may mean something else by the same fields.",
		Good:    step("operationId: place"),
		Bad: `arazzo: 2.0.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions: [{name: api, url: ./api.yaml, type: openapi}]
workflows: [{workflowId: order, steps: [{stepId: place, operationId: place}]}]
`,
	}, {
		Code: "arazzo/" + arazzo.CodeDraftKind, Severity: diag.Warning,
		Summary: "steps have no \"kind\"",
		Why:     "The draft of 1.1 had it. In 1.1 the source's type says what kind of step it is, and tools may refuse the field.",
		Good:    step("operationId: $sourceDescriptions.events.orderPlaced, action: send"),
		Bad:     step("operationId: $sourceDescriptions.events.orderPlaced, action: send, kind: asyncapi"),
	}, {
		Code: "arazzo/" + arazzo.CodeDraftChannel, Severity: diag.Warning,
		Summary: "steps name a channel by \"channelPath\"",
		Why:     "The first proposal of asynchronous steps had \"channel\"; no released version does.",
		Good:    step("channelPath: '{$sourceDescriptions.events.url}#/channels/orders', action: receive"),
		Bad:     step("channel: $sourceDescriptions.events.orders, action: receive"),
	}, {
		Code: "arazzo/" + arazzo.CodeDraftDependency, Severity: diag.Error,
		Summary: "a step of the same workflow is named by its id alone in \"dependsOn\"",
		Why:     "\"$steps.\" was the form of the draft of 1.1; in a document of the draft it is only a warning.",
		Good: `
- workflowId: order
  steps: [{stepId: place, operationId: place}, {stepId: pay, operationId: pay, dependsOn: [place]}]
`,
		Bad: `
- workflowId: order
  steps: [{stepId: place, operationId: place}, {stepId: pay, operationId: pay, dependsOn: [$steps.place]}]
`,
	}, {
		Code: "arazzo/" + arazzo.CodeDraftExtension, Severity: diag.Info,
		Summary: "asynchronous steps are written in the form of 1.1",
		Why:     "The extensions of the discussion before 1.1 are understood here, but perhaps not by other tools.",
		Good:    step("operationId: $sourceDescriptions.events.orderPlaced, action: send"),
		Bad:     step("operationId: placeholder, x-async-operation: {type: send, channel: orders}"),
	}, {
		Code: "arazzo/" + arazzo.CodeTargetForm, Severity: diag.Warning,
		Summary: "operations and channels are named in the form of the specification",
		Why:     "Other forms are understood here where they mean one thing, but perhaps not by other tools.",
		Good:    step("operationPath: '{$sourceDescriptions.api.url}#/paths/~1orders/post'"),
		Bad:     step("operationPath: $sourceDescriptions.api.place"),
	}, {
		Code: "arazzo/" + arazzo.CodeBadTarget, Severity: diag.Error,
		Summary: "what a step calls is named in a form that can be read",
		Why:     "A target that cannot be read cannot be called.",
		Good:    step("operationId: $sourceDescriptions.api.place"),
		Bad:     step("operationId: $sourceDescription.api.place"),
	}, {
		Code: "arazzo/" + arazzo.CodeBadDependency, Severity: diag.Error,
		Summary: "what a step depends on is named in a form that can be read",
		Why:     "A dependency that cannot be read would never be met.",
		Good: `
- workflowId: order
  steps: [{stepId: pay, operationId: pay, dependsOn: [$workflows.login.steps.login]}]
- workflowId: login
  steps: [{stepId: login, operationId: confirm}]
`,
		Bad: `
- workflowId: order
  steps: [{stepId: pay, operationId: pay, dependsOn: [$workflows.login.login]}]
- workflowId: login
  steps: [{stepId: login, operationId: confirm}]
`,
	}, {
		Code: "arazzo/" + arazzo.CodeReference, Severity: diag.Error,
		Summary: "a Reusable Object refers to a component of its kind that is there",
		Why:     "Without the component there is nothing to use.",
		Good: exampleHead + `- workflowId: order
  steps: [{stepId: place, operationId: place, parameters: [{reference: $components.parameters.page}]}]
components: {parameters: {page: {name: id, in: query, value: 1}}}
`,
		Bad: exampleHead + `- workflowId: order
  steps: [{stepId: place, operationId: place, parameters: [{reference: $components.parameters.pages}]}]
components: {parameters: {page: {name: id, in: query, value: 1}}}
`,
	}}
}
