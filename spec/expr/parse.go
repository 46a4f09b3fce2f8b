package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/diag"
)

// Parse reads a text that is one runtime expression and nothing else. The
// expression is nil where a problem is an error.
func Parse(text string) (*Expr, []Problem) {
	var r report
	e := r.whole(text)
	if e != nil && e.ref.Part == PartStep {
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s names a step, not a value", text).
			help("write %s.outputs.NAME for one of its outputs", text)
	}
	if e != nil && e.ref.Root == SourceDescriptions && e.ref.Name == "" {
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s names a source description, not a value", e.ref).
			help("write %s.url, or %s.OPERATION", e.ref, e.ref)
	}
	if r.failed() {
		return nil, r.list
	}
	return e, r.list
}

// whole reads an expression; it also accepts the references to a step and to a
// source description, which are no values.
func (r *report) whole(text string) *Expr {
	if len(text) > maxText {
		r.tooLong(len(text))
		return nil
	}
	p := &parser{report: r, text: text}
	e := p.expression()
	if e == nil || r.failed() {
		return nil
	}
	return e
}

// parser reads one expression, which is all of text.
type parser struct {
	*report
	text string
	pos  int
}

func (p *parser) rest() string { return p.text[p.pos:] }

func (p *parser) done() bool { return p.pos >= len(p.text) }

// take consumes a character if it is next.
func (p *parser) take(c byte) bool {
	if p.done() || p.text[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// until consumes text up to one of some characters.
func (p *parser) until(stop string) string {
	rest := p.rest()
	if i := strings.IndexAny(rest, stop); i >= 0 {
		rest = rest[:i]
	}
	p.pos += len(rest)
	return rest
}

func (p *parser) expression() *Expr {
	if !p.take('$') {
		p.notAnExpression()
		return nil
	}
	name := p.rest()[:rootLength(p.rest())]
	root, ok := rootOf(name)
	if !ok {
		p.unknownRoot(name)
		return nil
	}
	p.pos += len(name)
	return p.body(root)
}

func rootLength(s string) int {
	for i := range len(s) {
		if !isIdentifier(s[i]) {
			return i
		}
	}
	return len(s)
}

func (p *parser) notAnExpression() {
	problem := p.add(CodeSyntax, errorSeverity, 0, len(p.text), "%q is not a runtime expression", clip(p.text))
	name := p.text[:rootLength(p.text)]
	switch _, isRoot := rootOf(name); {
	case isRoot:
		problem.help("write $%s", clip(p.text)).replace("$" + p.text)
	case strings.HasPrefix(p.text, "{$"):
		problem.help("leave out the braces")
	default:
		problem.help("an expression starts with $, as $response.body or $inputs.name")
	}
}

func (p *parser) unknownRoot(name string) {
	length := max(len(name)+1, 1)
	switch {
	case name == "" && strings.HasPrefix(p.rest(), "{{"):
		p.add(CodeSyntax, errorSeverity, 0, len(p.text), "a computed value cannot stand here").
			help("write a single expression, as $inputs.name")
	case name == "" && (p.done() || strings.ContainsRune(".[", rune(p.text[p.pos]))):
		p.add(CodeUnknown, errorSeverity, 0, len(p.text), "%q is a JSONPath, not a runtime expression", clip(p.text)).
			help("write $response.body#/name, or set type: jsonpath and a context")
	default:
		problem := p.add(CodeUnknown, errorSeverity, 0, length, "there is no $%s", name)
		if best := diag.Nearest(name, rootNames[1:]); best != "" {
			problem.help("did you mean $%s?", best).replace("$" + best)
			return
		}
		problem.help("expressions start with one of %s", strings.Join(standardRoots(), " "))
	}
}

func standardRoots() []string {
	var roots []string
	for root := URL; root <= Self; root++ {
		roots = append(roots, root.String())
	}
	return roots
}

// body reads what follows the root.
func (p *parser) body(root Root) *Expr {
	ref := Ref{Root: root}
	switch root {
	case URL, Method, StatusCode, Self:
		return p.scalar(ref)
	case ElapsedTime:
		p.extension()
		return p.scalar(ref)
	case Request, Response, Message:
		return p.exchange(ref)
	case Inputs, Outputs:
		return p.named(ref, root.String())
	case Async, AsyncAggregate:
		p.extension()
		return p.member(ref)
	case Steps:
		return p.step(ref)
	case Workflows:
		return p.workflow(ref)
	case SourceDescriptions:
		return p.sourceDescription(ref)
	case Components:
		return p.component(ref)
	}
	return nil
}

func (p *parser) extension() {
	p.add(CodeExtension, infoSeverity, 0, p.pos, "%s comes from a proposal, not from Arazzo", p.text[:p.pos])
}

func (p *parser) scalar(ref Ref) *Expr {
	if !p.done() {
		p.unexpected("%s has no parts", ref.Root)
		return nil
	}
	return p.one(ref, nil)
}

// one returns an expression with a single reading.
func (p *parser) one(ref Ref, path []Access) *Expr {
	return &Expr{text: p.text, ref: ref, readings: []reading{{name: ref.Name, path: path}}}
}

func (p *parser) unexpected(format string, args ...any) {
	if p.done() {
		p.add(CodeSyntax, errorSeverity, 0, len(p.text), "%q is not finished", clip(p.text)).help(format, args...)
		return
	}
	_, size := utf8.DecodeRuneInString(p.rest())
	p.add(CodeSyntax, errorSeverity, p.pos, size, "unexpected %q", p.rest()[:size]).help(format, args...)
}

// dot consumes the dot before a name.
func (p *parser) dot(format string, args ...any) bool {
	if p.take('.') {
		return true
	}
	p.unexpected(format, args...)
	return false
}

// identifier reads a name without dots: of a step, a workflow or a source.
func (p *parser) identifier(what string) (string, bool) {
	start := p.pos
	name := p.until(".#[")
	if name == "" {
		p.unexpected("here stands the name of a %s", what)
		return "", false
	}
	return name, p.checkName(name, start)
}

// checkName reports characters that Arazzo does not have in names. Letters of
// other scripts are understood; blanks and punctuation end in an error.
func (p *parser) checkName(name string, at int) bool {
	for i, c := range name {
		switch {
		case c < utf8.RuneSelf && (isIdentifier(byte(c)) || c == '.'):
		case c >= utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c)):
			p.add(CodeTolerated, warningSeverity, at, len(name), "%q has characters that Arazzo does not allow in a name", name).
				help("use letters a to z, digits, - and _")
			return true
		default:
			size := utf8.RuneLen(c)
			if c == utf8.RuneError {
				size = 1
			}
			p.add(CodeSyntax, errorSeverity, at+i, size, "unexpected %q in a name", name[i:i+size]).
				help("names have letters, digits, . - and _")
			return false
		}
	}
	return true
}

func isIdentifier(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
