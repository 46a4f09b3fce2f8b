package ruleset

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
)

// The codes of what is wrong with a ruleset, beyond faults of structure.
const (
	CodeExtends       diag.Code = "weft/extends"
	CodeCycle         diag.Code = "weft/extends-cycle"
	CodeUnknown       diag.Code = "weft/unknown-rule"
	CodeFixed         diag.Code = "weft/fixed-severity"
	CodeGiven         diag.Code = "weft/given"
	CodePattern       diag.Code = "weft/pattern"
	CodeSchema        diag.Code = "weft/schema"
	CodeNoCheck       diag.Code = "weft/no-check"
	CodeIgnoreExpired diag.Code = "weft/ignore-expired"
	CodeIgnoreUnused  diag.Code = "weft/ignore-unused"
)

// explanations are the rules that a ruleset itself is judged by.
func explanations() []*lint.Rule {
	rule := func(code diag.Code, severity diag.Severity, summary, why, good, bad string) *lint.Rule {
		return &lint.Rule{Code: code, Severity: severity, Summary: summary, Why: why, Good: good, Bad: bad}
	}
	const custom = "custom:\n  owner:\n    given: "
	const ignored = "ignores:\n  - code: asyncapi/address-slash\n    files: legacy.yaml\n    reason: the gateway wants it so\n"
	return []*lint.Rule{
		rule(CodeExtends, diag.Error, "a ruleset extends sets that there are and files that can be read",
			"Without what it builds on, documents are judged by other rules than their authors believe.",
			"extends: weft:strict\n", "extends: weft:strickt\n"),
		rule(CodeCycle, diag.Error, "no ruleset extends itself", "Of two files that extend each other, neither is the one that builds on the other.", "", ""),
		rule(CodeUnknown, diag.Error, "a ruleset names rules that there are", "A code that is misspelt changes nothing.",
			"rules: {practice/*: hint}\n", "rules: {practise/*: hint}\n"),
		rule(CodeFixed, diag.Error, "a ruleset leaves alone what says that a text could not be judged",
			"A document that cannot be read has not been judged. To pass over that would be to say that all is well.",
			"rules: {text/duplicate-key: warning}\n", "rules: {text/syntax: off}\n"),
		rule(CodeGiven, diag.Error, "a rule of the project looks at something that can be found",
			"A rule that looks at nothing finds nothing.",
			custom+"channels\n    then: {field: x-owner, defined: true}\n", custom+"chanels\n    then: {field: x-owner, defined: true}\n"),
		rule(CodePattern, diag.Error, "regular expressions can be read",
			"They are of the RE2 kind, which takes time in proportion to the text: no look-ahead, and no back-references.",
			custom+"channels\n    then: {field: address, pattern: '^[a-z]+'}\n", custom+"channels\n    then: {field: address, pattern: '^(?=a)[a-z]+'}\n"),
		rule(CodeSchema, diag.Error, "the schema of a rule is a JSON Schema", "A schema that cannot be read judges nothing.",
			custom+"channels\n    then: {schema: {required: [x-owner]}}\n", custom+"channels\n    then: {schema: {type: objekt}}\n"),
		rule(CodeNoCheck, diag.Error, "a rule of the project asks for something", "Without a check it finds nothing.",
			custom+"channels\n    then: {field: x-owner, truthy: true}\n", custom+"channels\n    then: {field: x-owner}\n"),
		rule(CodeIgnoreExpired, diag.Warning, "what is ignored until a day is mended by then",
			"The day was set so that somebody would look at it again. What was ignored is reported since.", "", ""),
		rule(CodeIgnoreUnused, diag.Info, "what is to be ignored is there",
			"What it ignored was mended. Left there, it would hide the next fault of the kind. It is told only of documents that are judged in a run.", ignored, ""),
	}
}
