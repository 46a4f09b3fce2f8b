package arazzorules

import (
	"fmt"
	"reflect"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func actionRules() []*lint.Rule {
	return []*lint.Rule{{
		Code: "arazzo/action-missing", Severity: diag.Error,
		Summary: "a step on an AsyncAPI operation says whether it sends or receives",
		Why:     "An AsyncAPI document describes one party. Which side the workflow is on only the step can say.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.events.orderPlaced, action: send}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.events.orderPlaced}]\n",
		Run:     run(missingActions),
	}, {
		Code: "arazzo/action-not-async", Severity: diag.Warning,
		Summary: "only a step on an AsyncAPI operation has \"action\"",
		Why:     "An HTTP operation is a request with a response; it neither sends nor receives a message.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.api.place}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: place, operationId: $sourceDescriptions.api.place, action: send}]\n",
		Run:     run(needlessActions),
	}, {
		Code: "arazzo/duplicate-action", Severity: diag.Error,
		Summary: "the actions of a list have names of their own",
		Why:     "Actions of a step override those of its workflow by name, and retries are counted by name.",
		Good: `
- workflowId: order
  steps:
    - stepId: place
      operationId: place
      onFailure: [{name: again, type: retry}, {name: stop, type: end}]
`,
		Bad: `
- workflowId: order
  steps:
    - stepId: place
      operationId: place
      onFailure: [{name: again, type: retry}, {name: again, type: end}]
`,
		Run: run(duplicateActions),
	}, {
		Code: "arazzo/unused-action-field", Severity: diag.Warning,
		Summary: "actions have only fields that their type uses",
		Why:     "A target of an action that ends the workflow, or a delay of one that goes on, does nothing; most often the type is wrong.",
		Good:    "- workflowId: order\n  steps: [{stepId: place, operationId: place, onFailure: [{name: again, type: retry, retryAfter: 1}]}]\n",
		Bad:     "- workflowId: order\n  steps: [{stepId: place, operationId: place, onFailure: [{name: again, type: end, retryAfter: 1}]}]\n",
		Run:     run(unusedActionFields),
	}}
}

func (p *pass) eachStep(visit func(*arazzo.Step)) {
	for _, w := range p.doc.Workflows {
		for _, s := range w.Steps {
			visit(s)
		}
	}
}

func missingActions(p *pass) {
	p.eachStep(func(s *arazzo.Step) {
		if s.Node.Has("action") || p.kindOf(s) != arazzo.SourceAsyncAPI || s.Target.Kind != arazzo.TargetOperation {
			return
		}
		p.report(s.Target.Node, "this is an operation of an AsyncAPI document, and the step does not say what it does there", `add "action: send" or "action: receive"`)
	})
}

func needlessActions(p *pass) {
	p.eachStep(func(s *arazzo.Step) {
		action := s.Node.Get("action")
		if action == nil {
			action = s.Node.Get("channelPath")
		}
		if action == nil || p.kindOf(s) != arazzo.SourceOpenAPI {
			return
		}
		p.reportKey(action, fmt.Sprintf("the step calls an OpenAPI document, where %q has no meaning", action.Name()), "remove it, or name an operation of an AsyncAPI document")
	})
}

func duplicateActions(p *pass) {
	for _, w := range p.doc.Workflows {
		lists := [][]*arazzo.Action{w.SuccessActions, w.FailureActions}
		for _, s := range w.Steps {
			lists = append(lists, s.OnSuccess, s.OnFailure)
		}
		for _, list := range lists {
			p.duplicateActions(list)
		}
	}
}

func (p *pass) duplicateActions(list []*arazzo.Action) {
	first := make(map[string]*arazzo.Action, len(list))
	for _, a := range list {
		other := first[a.Name]
		switch {
		case other == nil:
			first[a.Name] = a
		case a.Name != "" && !same(a.Node, other.Node):
			p.reportKey(a.Node, fmt.Sprintf("another action of the list is called %q already", a.Name), "give it a name of its own").
				Related = []diag.Related{{Message: "the first is here", Span: headOf(other.Node)}}
		}
	}
}

// same reports whether two items are written alike; that is a fault of
// structure, which is reported as such.
func same(a, b *tree.Node) bool { return reflect.DeepEqual(a.Value(), b.Value()) }

// actionFields are the fields that only some types of action use.
var actionFields = lazy.Of[map[string][]arazzo.ActionType]{Make: func() map[string][]arazzo.ActionType {
	return map[string][]arazzo.ActionType{
		"workflowId": {arazzo.ActionGoto, arazzo.ActionRetry},
		"stepId":     {arazzo.ActionGoto, arazzo.ActionRetry},
		"retryAfter": {arazzo.ActionRetry},
		"retryLimit": {arazzo.ActionRetry},
	}
}}

func unusedActionFields(p *pass) {
	p.eachAction(func(_ *arazzo.Workflow, a *arazzo.Action) {
		for _, m := range a.Definition.Members {
			types, ok := actionFields.Get()[m.Key.Text]
			if !ok || a.Type == arazzo.ActionNone || contains(types, a.Type) {
				continue
			}
			p.reportKey(m.Value, fmt.Sprintf("%q does nothing in an action of type %s", m.Key.Text, a.Type), "remove it, or change the type")
		}
	})
}

func contains(list []arazzo.ActionType, t arazzo.ActionType) bool {
	for _, other := range list {
		if other == t {
			return true
		}
	}
	return false
}
