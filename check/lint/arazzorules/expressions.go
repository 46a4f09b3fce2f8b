package arazzorules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

// expressionRules are the rules of the expression language. Which of them a
// text breaks is found by reading it; each rule reports its own.
func expressionRules() []*lint.Rule {
	step := func(fields string) string {
		return "- workflowId: order\n  inputs: {type: object, properties: {id: {type: string}}}\n  steps:\n    - stepId: place\n      operationId: place\n      " + fields + "\n"
	}
	rules := []*lint.Rule{{
		Code: expr.CodeSyntax, Severity: diag.Error,
		Summary: "expressions can be read",
		Why:     "An expression that cannot be read has no value, and the run would fail in the middle. It is told before anything is sent.",
		Good:    step("outputs: {order: '$response.body#/order'}"),
		Bad:     step("outputs: {order: '$response.body#order'}"),
	}, {
		Code: expr.CodeUnknown, Severity: diag.Error,
		Summary: "expressions use names that the language has",
		Why:     "A name that the language does not have is most often mistyped.",
		Good:    step("parameters: [{name: id, in: query, value: $inputs.id}]"),
		Bad:     step("parameters: [{name: id, in: query, value: $input.id}]"),
	}, {
		Code: expr.CodeTolerated, Severity: diag.Warning,
		Summary: "expressions are in the form of the specification",
		Why:     "Forms beyond the grammar of Arazzo 1.1 are understood here, but perhaps not by other tools.",
		Good:    step("outputs: {order: '$response.body#/order/id'}"),
		Bad:     step("outputs: {order: $response.body.order.id}"),
	}, {
		Code: expr.CodeExtension, Severity: diag.Info,
		Summary: "expressions use no names of drafts and extensions",
		Why:     "Names such as $elapsedTime were proposed and are understood, but no released version of Arazzo has them.",
		Good:    step("successCriteria: [{condition: $statusCode == 200}]"),
		Bad:     step("successCriteria: [{condition: $elapsedTime < 200}]"),
	}, {
		Code: expr.CodeMeaning, Severity: diag.Warning,
		Summary: "expressions and conditions can mean something",
		Why:     "Some correct forms never have a value or are always false, and are most often a mistake.",
		Good:    step("outputs: {id: $response.header.X-Id}"),
		Bad:     step("outputs: {id: $response.query.id}"),
	}, {
		Code: expr.CodeUnsupported, Severity: diag.Error,
		Summary: "expressions use only what can be evaluated",
		Why:     "A construct that is not supported is refused before anything is sent, and never skipped.",
		Good:    step("successCriteria: [{context: $response.body, condition: '^[a-z]+$', type: regex}]"),
		Bad:     step("successCriteria: [{context: $response.body, condition: '^(?=a)b', type: regex}]"),
	}, {
		Code: expr.CodeCondition, Severity: diag.Error,
		Summary: "conditions can be read",
		Why:     "A condition that cannot be read would fail every time. It is told before anything is sent.",
		Good:    step("successCriteria: [{condition: $statusCode == 200}]"),
		Bad:     step("successCriteria: [{condition: $statusCode = 200}]"),
	}, {
		Code: expr.CodeLimit, Severity: diag.Error,
		Summary: "expressions are of a size that can be evaluated",
		Why:     "A run evaluates expressions again and again, within bounded time and memory.",
		Good:    step("successCriteria: [{condition: $statusCode == 200}]"),
		Bad:     step("successCriteria: [{condition: '" + deep("$statusCode == 200") + "'}]"),
	}}
	for _, rule := range rules {
		rule.Run = run(expressionProblems)
	}
	return rules
}

// deep puts a condition in more parentheses than can be read.
func deep(condition string) string {
	for range 400 {
		condition = "(" + condition + ")"
	}
	return condition
}

func expressionProblems(p *pass) {
	for _, at := range p.sites() {
		for _, d := range at.problems {
			if d.Code == p.Code() {
				p.Add(d)
			}
		}
	}
}
