package expr

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The codes of the problems this package finds.
const (
	// CodeSyntax is an expression, template or selector that cannot be read.
	CodeSyntax diag.Code = "expression/syntax"
	// CodeUnknown is a name that the expression language does not have.
	CodeUnknown diag.Code = "expression/unknown-name"
	// CodeTolerated is a form that is understood but that Arazzo does not allow.
	CodeTolerated diag.Code = "expression/not-standard"
	// CodeExtension is a form that a draft or an extension defines.
	CodeExtension diag.Code = "expression/extension"
	// CodeMeaning is a correct form that probably does not mean what was wanted.
	CodeMeaning diag.Code = "expression/suspicious"
	// CodeUnsupported is a construct that exists but that weft cannot evaluate.
	CodeUnsupported diag.Code = "expression/unsupported"
	// CodeCondition is a condition that cannot be read.
	CodeCondition diag.Code = "expression/condition"
	// CodeLimit is a text beyond the size that weft evaluates.
	CodeLimit diag.Code = "expression/limit"
)

// Problem is something wrong with a text that was parsed, and where in it.
type Problem struct {
	Code     diag.Code
	Severity diag.Severity
	// Offset and Length are bytes within the text that was parsed.
	Offset, Length int
	// Message says what is wrong and Help what to do, in the style of
	// [diag.Diagnostic].
	Message string
	Help    string
	// Replace is the text to put in place of the bytes meant, where HasReplace
	// says that this mends the problem.
	Replace    string
	HasReplace bool
	// Ref is the reference that is not declared, where [Expr.Bind] says so.
	Ref Ref
	// Path is the JSON Pointer from the value that was compiled to the string
	// meant; "" where a string was parsed on its own.
	Path string
	// Node is the string meant, where a node was compiled.
	Node *tree.Node
}

// String returns the problem for a log or a test.
func (p Problem) String() string {
	text := fmt.Sprintf("%s at %d+%d: %s", p.Severity, p.Offset, p.Length, p.Message)
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Help != "" {
		text += " (" + p.Help + ")"
	}
	return text
}

// Diagnostic turns the problem into a finding about a node: the problem's own
// where it has one, otherwise the one given.
func (p Problem) Diagnostic(node *tree.Node) diag.Diagnostic {
	if p.Node != nil {
		node = p.Node
	}
	span, exact := Locate(node, p.Offset, p.Length)
	d := diag.Diagnostic{
		Code: p.Code, Severity: p.Severity, Message: p.Message, Help: p.Help,
		Path: node.Path(), Span: span,
	}
	if p.HasReplace && exact {
		d.Fixes = []diag.Fix{{
			Title: fmt.Sprintf("write %s", p.Replace), Safe: p.safe(),
			Edits: []diag.Edit{{Span: span, Text: p.Replace}},
		}}
	}
	return d
}

// safe reports whether the replacement can be made without asking: it is the
// standard form of what was understood, and has no characters that could mean
// something to the YAML or JSON around it.
func (p Problem) safe() bool {
	return p.Code == CodeTolerated && !strings.ContainsAny(p.Replace, `'"\{}[]`)
}

// Worst returns the highest severity among the problems, or zero for none.
func Worst(problems []Problem) diag.Severity {
	var worst diag.Severity
	for _, p := range problems {
		worst = max(worst, p.Severity)
	}
	return worst
}

// report collects the problems of one parser.
type report struct {
	list []Problem
}

func (r *report) add(code diag.Code, severity diag.Severity, offset, length int, format string, args ...any) *Problem {
	r.list = append(r.list, Problem{
		Code: code, Severity: severity, Offset: offset, Length: length, Message: fmt.Sprintf(format, args...),
	})
	return &r.list[len(r.list)-1]
}

func (r *report) failed() bool { return Worst(r.list) == diag.Error }

// shift moves problems found in a part of a text to their place in the whole.
func shift(problems []Problem, by int) []Problem {
	for i := range problems {
		problems[i].Offset += by
	}
	return problems
}

func (p *Problem) help(format string, args ...any) *Problem {
	p.Help = fmt.Sprintf(format, args...)
	return p
}

func (p *Problem) replace(text string) { p.Replace, p.HasReplace = text, true }
