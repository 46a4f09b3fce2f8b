package expr

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/expr/decimal"
	"github.com/weft-dev/weft/text/diag"
)

// computed reads the inside of "${{ … }}", which stands at an offset.
func (r *report) computed(text string, at int) *Computed {
	if len(text) > maxText {
		r.add(CodeLimit, errorSeverity, at, len(text), "the computed value is longer than %d bytes", maxText)
		return nil
	}
	p := &calcParser{report: &report{}, text: text}
	root := p.choice()
	if p.skip(); root != nil && p.pos < len(text) {
		p.unexpected()
	}
	failed := p.failed()
	r.list = append(r.list, shift(p.list, at)...)
	if failed || root == nil {
		return nil
	}
	r.add(CodeExtension, infoSeverity, at, len(text), "a computed value comes from a proposal, not from Arazzo")
	return &Computed{text: text, root: root, at: at}
}

// calcParser is a recursive descent over the grammar at [Computed]. It stops
// at the first error.
type calcParser struct {
	*report
	text  string
	pos   int
	depth int
}

// levels are the binary operators, the loosest first.
var levels = [][]string{
	{"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"},
}

func (p *calcParser) skip() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *calcParser) take(token string) bool {
	p.skip()
	if !strings.HasPrefix(p.text[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

// expect consumes a token that must be next.
func (p *calcParser) expect(token string) bool {
	if p.take(token) {
		return true
	}
	p.unexpected().help("here stands %s", token)
	return false
}

func (p *calcParser) unexpected() *Problem {
	if p.pos >= len(p.text) {
		return p.add(CodeSyntax, errorSeverity, 0, len(p.text), "the computed value is not finished")
	}
	_, size := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.add(CodeSyntax, errorSeverity, p.pos, size, "unexpected %q in a computed value", p.text[p.pos:p.pos+size])
}

// enter bounds the nesting; leave undoes it.
func (p *calcParser) enter() bool {
	if p.depth++; p.depth > maxNesting {
		if p.depth == maxNesting+1 {
			p.add(CodeLimit, errorSeverity, 0, len(p.text), "the computed value nests deeper than %d", maxNesting)
		}
		return false
	}
	return true
}

func (p *calcParser) leave() { p.depth-- }

func (p *calcParser) choice() *calc {
	defer p.leave()
	if !p.enter() {
		return nil
	}
	test := p.binary(0)
	if test == nil || !p.take("?") {
		return test
	}
	yes := p.choice()
	if yes == nil || !p.expect(":") {
		return nil
	}
	no := p.choice()
	if no == nil {
		return nil
	}
	return &calc{op: "?", args: []*calc{test, yes, no}, start: test.start}
}

func (p *calcParser) binary(level int) *calc {
	if level == len(levels) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for left != nil {
		op := p.operator(level)
		if op == "" {
			return left
		}
		right := p.binary(level + 1)
		if right == nil {
			return nil
		}
		left = &calc{op: op, args: []*calc{left, right}, start: left.start}
	}
	return nil
}

func (p *calcParser) operator(level int) string {
	for _, op := range levels[level] {
		if p.take(op) {
			return op
		}
	}
	return ""
}

func (p *calcParser) unary() *calc {
	defer p.leave()
	if !p.enter() {
		return nil
	}
	p.skip()
	start := p.pos
	for _, op := range []string{"!", "-"} {
		if !strings.HasPrefix(p.text[p.pos:], op) || op == "-" && decimal.Scan(p.text[p.pos:]) > 0 {
			continue
		}
		p.pos++
		inner := p.unary()
		if inner == nil {
			return nil
		}
		return &calc{op: op, args: []*calc{inner}, start: start}
	}
	return p.operand()
}

func (p *calcParser) operand() *calc {
	start := p.pos
	if start == len(p.text) {
		p.unexpected().help("a value is missing")
		return nil
	}
	switch c := p.text[start]; {
	case c == '(':
		p.pos++
		inner := p.choice()
		if inner == nil || !p.expect(")") {
			return nil
		}
		return inner
	case c == '"' || c == '\'':
		return p.string(c)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	return p.name()
}

func (p *calcParser) number() *calc {
	start := p.pos
	length := decimal.Scan(p.text[start:])
	if length == 0 {
		p.unexpected()
		return nil
	}
	p.pos += length
	return &calc{literal: json.Number(p.text[start:p.pos]), start: start}
}

func (p *calcParser) string(quote byte) *calc {
	start := p.pos
	for i := start + 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
		case quote:
			p.pos = i + 1
			return p.unquoted(p.text[start+1:i], quote, start)
		}
	}
	p.add(CodeSyntax, errorSeverity, start, len(p.text)-start, "the string is not closed")
	return nil
}

func (p *calcParser) unquoted(inner string, quote byte, start int) *calc {
	if quote == '\'' {
		inner = strings.ReplaceAll(inner, `\'`, `'`)
		inner = strings.ReplaceAll(inner, `"`, `\"`)
	}
	var value string
	if err := json.Unmarshal([]byte(`"`+inner+`"`), &value); err != nil {
		p.add(CodeSyntax, errorSeverity, start, p.pos-start, "the string has an escape that JSON does not have")
		return nil
	}
	return &calc{literal: value, start: start}
}

// name reads true, false, null, a call or an expression.
func (p *calcParser) name() *calc {
	start := p.pos
	end := p.nameEnd(start)
	name := p.text[start:end]
	p.pos = end
	switch name {
	case "":
		p.unexpected()
		return nil
	case "true", "false":
		return &calc{literal: name == "true", start: start}
	case "null":
		return &calc{start: start}
	}
	if p.take("(") {
		return p.call(name, start)
	}
	written := name
	if name[0] != '$' {
		name = "$" + name
	}
	e, problems := Parse(name)
	p.list = append(p.list, p.shiftName(problems, start, len(name)-len(written))...)
	if e == nil {
		return nil
	}
	return &calc{expr: e, start: start}
}

// shiftName moves problems of an expression that may have been given its "$"
// to where it stands.
func (p *calcParser) shiftName(problems []Problem, start, added int) []Problem {
	var kept []Problem
	for _, problem := range problems {
		if problem.Code == CodeExtension || problem.Code == CodeTolerated {
			continue // the computed value as a whole is no standard form
		}
		if problem.Offset < added {
			problem.Offset, problem.Length = added, problem.Length-added
		}
		problem.Offset += start - added
		problem.HasReplace = problem.HasReplace && added == 0
		kept = append(kept, problem)
	}
	return kept
}

// nameEnd returns where a name ends: hyphens belong to it between letters and
// digits, brackets up to their close, and a pointer up to a blank, a
// parenthesis or a comma.
func (p *calcParser) nameEnd(from int) int {
	pointer := false
	for i := from; i < len(p.text); i++ {
		c := p.text[i]
		switch {
		case strings.IndexByte(" \t\r\n(),", c) >= 0:
			return i
		case pointer:
		case c == '#':
			pointer = true
		case c == '[':
			end := strings.IndexByte(p.text[i:], ']')
			if end < 0 {
				return len(p.text)
			}
			i += end
		case c == '-':
			if i == from || i+1 == len(p.text) || !isIdentifier(p.text[i+1]) {
				return i
			}
		case c != '.' && c != '$' && !isIdentifier(c) && c < utf8.RuneSelf:
			return i
		}
	}
	return len(p.text)
}

func (p *calcParser) call(name string, start int) *calc {
	arity, known := functions.Get()[name]
	if !known {
		problem := p.add(CodeUnknown, errorSeverity, start, len(name), "there is no function %s", name)
		names := []string{"Math.abs", "Math.ceil", "Math.floor", "Math.max", "Math.min", "Math.round"}
		problem.help("there are %s", strings.Join(names, ", "))
		if best := diag.Nearest(name, names); best != "" {
			problem.help("did you mean %s?", best).replace(best)
		}
		return nil
	}
	n := &calc{op: "call", name: name, start: start}
	for {
		arg := p.choice()
		if arg == nil {
			return nil
		}
		n.args = append(n.args, arg)
		if !p.take(",") {
			break
		}
	}
	if !p.expect(")") {
		return nil
	}
	if arity > 0 && len(n.args) != arity {
		p.add(CodeSyntax, errorSeverity, start, p.pos-start, "%s takes %d argument, not %d", name, arity, len(n.args))
		return nil
	}
	return n
}
