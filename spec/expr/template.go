package expr

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// Template is a string that may have expressions in it. It never changes.
//
//	$inputs.name                    one expression: the result keeps its type
//	${{ inputs.a + inputs.b }}      one computed value: the result keeps its type
//	https://{$inputs.host}/orders   text, with the values put in
//	inv-${{inputs.orderId}}         text, with a computed value put in
//
// A brace that does not open an expression is itself, so that JSON and XML may
// be written as templates.
type Template struct {
	text  string
	parts []part
	// typed says that the one part is the whole value and keeps its type.
	typed bool
}

// part is a piece of a template: text, an expression or a computed value.
type part struct {
	literal  string
	expr     *Expr
	computed *Computed
}

func (p part) isLiteral() bool { return p.expr == nil && p.computed == nil }

// ParseTemplate reads a string that may have expressions in it. A string that
// starts like an expression but names an unknown root is literal text, unless
// the name is so near to a known one that it must be a mistake.
func ParseTemplate(text string) (*Template, []Problem) {
	var r report
	t := r.template(text)
	if r.failed() {
		return nil, r.list
	}
	return t, r.list
}

func (r *report) template(text string) *Template {
	if !strings.Contains(text, "$") {
		return &Template{text: text, parts: []part{{literal: text}}}
	}
	if len(text) > maxTemplate {
		r.add(CodeLimit, errorSeverity, 0, len(text), "the text is longer than %d bytes", maxTemplate)
		return nil
	}
	if t := r.typedTemplate(text); t != nil || r.failed() {
		return t
	}
	return r.embedded(text)
}

// typedTemplate reads a string that is one expression or computed value.
func (r *report) typedTemplate(text string) *Template {
	trimmed := strings.TrimSpace(text)
	at := strings.Index(text, trimmed)
	if inner, ok := wholeComputed(trimmed); ok {
		c := r.computed(inner, at+len("${{"))
		return &Template{text: text, typed: true, parts: []part{{computed: c}}}
	}
	if text[0] != '$' || strings.HasPrefix(text, "${{") {
		return nil
	}
	name := text[1 : 1+rootLength(text[1:])]
	if _, known := rootOf(name); !known {
		r.suspectRoot(text, name, 0)
		return nil
	}
	if after := text[1+len(name):]; after != "" && strings.IndexByte(".#[", after[0]) < 0 {
		r.add(CodeMeaning, warningSeverity, 0, 1+len(name), "this is text, not an expression").
			help("write {$%s} to put the value in", name)
		return nil
	}
	if length := prefixLength(text); length < len(text) {
		return r.prefixed(text, length)
	}
	e, problems := Parse(text)
	if e == nil && strings.ContainsAny(text, " \t\r\n") {
		problems[len(problems)-1].help("put braces around an expression that stands in text, as {$inputs.name}")
	}
	r.list = append(r.list, problems...)
	return &Template{text: text, typed: true, parts: []part{{expr: e}}}
}

func wholeComputed(text string) (string, bool) {
	inner, opened := strings.CutPrefix(text, "${{")
	inner, closed := strings.CutSuffix(inner, "}}")
	return inner, opened && closed && !strings.Contains(inner, "}}")
}

// suspectRoot reports a root that is nearly a known one, where the text goes on
// as an expression does.
func (r *report) suspectRoot(text, name string, at int) {
	after := text[1+len(name):]
	if name == "" || after == "" || (after[0] != '.' && after[0] != '#') {
		return
	}
	if best := diag.Nearest(name, rootNames[1:ElapsedTime]); best != "" {
		r.add(CodeUnknown, errorSeverity, at, 1+len(name), "there is no $%s", name).
			help("did you mean $%s?", best).replace("$" + best)
	}
}

// prefixLength returns how much of a text that starts with an expression is
// the expression, where a path or a query follows as in
// "$inputs.callbackUrl/completed".
func prefixLength(text string) int {
	dot := strings.IndexByte(text, '.')
	if dot < 0 {
		return len(text)
	}
	root, _ := rootOf(text[1:dot])
	if root != Inputs && root != Outputs && root != Steps {
		return len(text)
	}
	for i := dot; i < len(text); i++ {
		switch text[i] {
		case '/', '?':
			return i
		case '#', '[', '{':
			return len(text)
		}
	}
	return len(text)
}

// prefixed reads an expression that runs into text without braces.
func (r *report) prefixed(text string, length int) *Template {
	e, problems := Parse(text[:length])
	r.list = append(r.list, problems...)
	if e == nil {
		return nil
	}
	fixed := "{" + text[:length] + "}"
	r.add(CodeTolerated, warningSeverity, 0, length, "text follows the expression without braces around it").
		help("write %s", clip(fixed+text[length:])).replace(fixed)
	rest := r.embedded(text[length:])
	if rest == nil {
		return nil
	}
	return &Template{text: text, parts: append([]part{{expr: e}}, rest.parts...)}
}

// embedded reads text with "{$…}" and "${{…}}" in it.
func (r *report) embedded(text string) *Template {
	t := &Template{text: text}
	from := 0
	for at := 0; at < len(text); {
		open := strings.IndexByte(text[at:], '{')
		if open < 0 {
			break
		}
		at += open
		piece, start, end := r.opening(text, at)
		if end == 0 {
			at++
			continue
		}
		t.literal(text[from:start])
		t.parts = append(t.parts, piece)
		if from, at = end, end; len(t.parts) > maxParts {
			r.add(CodeLimit, errorSeverity, 0, len(text), "the text has more than %d expressions", maxParts)
			return nil
		}
	}
	t.literal(text[from:])
	return t
}

func (t *Template) literal(text string) {
	if text != "" || len(t.parts) == 0 {
		t.parts = append(t.parts, part{literal: text})
	}
}

// opening reads what a brace at a place opens. The end is 0 where it opens
// nothing.
func (r *report) opening(text string, at int) (piece part, start, end int) {
	if at > 0 && text[at-1] == '$' && strings.HasPrefix(text[at:], "{{") {
		return r.openComputed(text, at)
	}
	if !strings.HasPrefix(text[at:], "{$") {
		return part{}, 0, 0
	}
	inner := text[at+1:]
	name := inner[1 : 1+rootLength(inner[1:])]
	if _, known := rootOf(name); !known {
		r.suspectRoot(inner, name, at+1)
		return part{}, 0, 0
	}
	length := strings.IndexByte(inner, '}')
	if length < 0 {
		r.add(CodeSyntax, errorSeverity, at, 1, "the brace is not closed").help("write {$%s…}", name)
		return part{}, 0, 0
	}
	e, problems := Parse(inner[:length])
	r.list = append(r.list, shift(problems, at+1)...)
	return part{expr: e}, at, at + 1 + length + 1
}

func (r *report) openComputed(text string, at int) (piece part, start, end int) {
	length := strings.Index(text[at:], "}}")
	if length < 0 {
		r.add(CodeSyntax, errorSeverity, at-1, 3, "the computed value is not closed").help("write ${{ … }}")
		return part{}, 0, 0
	}
	c := r.computed(text[at+2:at+length], at+2)
	return part{computed: c}, at - 1, at + length + 2
}

// String returns the template as it was written.
func (t *Template) String() string { return t.text }

// IsLiteral reports whether the string has no expressions in it.
func (t *Template) IsLiteral() bool {
	return len(t.parts) == 0 || len(t.parts) == 1 && t.parts[0].isLiteral()
}

// IsTyped reports whether the string is exactly one expression or computed
// value, so that the result keeps its type.
func (t *Template) IsTyped() bool { return t.typed }

// Expr returns the expression where the string is exactly one, or nil.
func (t *Template) Expr() *Expr {
	if !t.typed {
		return nil
	}
	return t.parts[0].expr
}

// Refs returns what the template's expressions refer to, in order.
func (t *Template) Refs() []Ref {
	var refs []Ref
	for _, p := range t.parts {
		refs = append(refs, p.refs()...)
	}
	return refs
}

func (p part) refs() []Ref {
	switch {
	case p.expr != nil:
		return []Ref{p.expr.ref}
	case p.computed != nil:
		return p.computed.Refs()
	}
	return nil
}

// Bind decides how to read names with dots, as [Expr.Bind] does, in every
// expression of the template.
func (t *Template) Bind(declared func(Ref) bool) (*Template, []Problem) {
	bound := *t
	bound.parts = make([]part, len(t.parts))
	var problems []Problem
	for i, p := range t.parts {
		bound.parts[i] = p
		found := []Problem(nil)
		switch {
		case p.expr != nil:
			bound.parts[i].expr, found = p.expr.Bind(declared)
		case p.computed != nil:
			bound.parts[i].computed, found = p.computed.Bind(declared)
		}
		problems = append(problems, t.place(p, found)...)
	}
	if Worst(problems) == errorSeverity {
		return nil, problems
	}
	return &bound, problems
}

// place moves a part's problems to where the part stands.
func (t *Template) place(p part, problems []Problem) []Problem {
	if len(problems) == 0 || t.typed {
		return problems
	}
	text := ""
	if p.expr != nil {
		text = p.expr.text
	} else {
		text = p.computed.text
	}
	return shift(problems, max(0, strings.Index(t.text, text)))
}

// Eval returns the template's value: of any type where it is one expression or
// computed value, otherwise a string. The error is a [*MissingError] where an
// expression is missing.
func (t *Template) Eval(env Env) (any, error) {
	if t.typed {
		return t.parts[0].eval(env)
	}
	return t.Text(env, Plain)
}

func (p part) eval(env Env) (any, error) {
	if p.computed != nil {
		return p.computed.Eval(env)
	}
	if value, ok := p.expr.Eval(env); ok {
		return value, nil
	}
	return nil, &MissingError{Missing: []Missing{{Expr: p.expr.text, Ref: p.expr.ref}}}
}

// Text returns the template as text of some syntax, with every value put in as
// that syntax needs it.
func (t *Template) Text(env Env, syntax Syntax) (string, error) {
	var b strings.Builder
	state := quoting{syntax: syntax}
	var missing MissingError
	for _, p := range t.parts {
		if p.isLiteral() {
			b.WriteString(p.literal)
			state.read(p.literal)
			continue
		}
		value, err := p.eval(env)
		if missing.collect(err, "") {
			continue
		}
		if err != nil {
			return "", err
		}
		b.WriteString(state.put(value))
		if b.Len() > maxOutput {
			return "", fmt.Errorf("the text grows beyond %d bytes", maxOutput)
		}
	}
	return b.String(), missing.orNil()
}
