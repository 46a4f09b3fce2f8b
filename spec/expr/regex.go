package expr

import (
	"errors"
	"regexp/syntax"
	"strings"
)

// regexp reports a pattern that RE2 cannot compile, with the reason in the
// words of someone who knows Perl's or JavaScript's patterns.
func (r *report) regexp(text string, err error) {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s", err)
		return
	}
	start := max(0, strings.Index(text, bad.Expr))
	length := min(len(bad.Expr), len(text)-start)
	for _, construct := range unsupportedPatterns {
		if at := strings.Index(text[start:], construct.starts); at >= 0 && strings.HasPrefix(bad.Expr, construct.starts) {
			r.add(CodeUnsupported, errorSeverity, start+at, length, "%s is not supported in patterns", construct.name).
				help("patterns are RE2, which has no look-around and no back-references; use two criteria instead")
			return
		}
	}
	r.add(CodeSyntax, errorSeverity, start, length, "%s", bad.Code)
}

var unsupportedPatterns = []struct{ starts, name string }{
	{"(?=", "look-ahead"},
	{"(?!", "look-ahead"},
	{"(?<=", "look-behind"},
	{"(?<!", "look-behind"},
	{"(?>", "an atomic group"},
	{`\k`, "a back-reference"},
	{`\1`, "a back-reference"},
	{`\2`, "a back-reference"},
	{`\3`, "a back-reference"},
	{`\4`, "a back-reference"},
	{`\5`, "a back-reference"},
	{`\6`, "a back-reference"},
	{`\7`, "a back-reference"},
	{`\8`, "a back-reference"},
	{`\9`, "a back-reference"},
}
