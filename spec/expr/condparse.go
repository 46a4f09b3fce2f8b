package expr

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/expr/decimal"
)

// ParseCondition reads a simple condition. The condition is nil where a
// problem is an error.
func ParseCondition(text string) (*Condition, []Problem) {
	p := &conditionParser{text: text, report: &report{}}
	root := p.condition()
	if p.failed() {
		return nil, p.list
	}
	p.neverTrue(root)
	return &Condition{text: text, root: root}, p.list
}

// conditionParser is a recursive descent over the grammar in the package's
// documentation. It stops at the first error.
type conditionParser struct {
	*report
	text  string
	pos   int
	depth int
}

func (p *conditionParser) condition() *term {
	switch {
	case len(p.text) > maxText:
		p.tooLong(len(p.text))
		return nil
	case strings.TrimSpace(p.text) == "":
		p.add(CodeCondition, errorSeverity, 0, len(p.text), "the condition is empty").help("write one, as $statusCode == 200")
		return nil
	}
	root := p.or()
	if root == nil {
		return nil
	}
	if p.skip(); p.pos < len(p.text) {
		p.unexpected()
		return nil
	}
	return root
}

func (p *conditionParser) skip() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *conditionParser) next(token string) bool {
	p.skip()
	return strings.HasPrefix(p.text[p.pos:], token)
}

func (p *conditionParser) or() *term { return p.chain("||", p.and) }

func (p *conditionParser) and() *term { return p.chain("&&", p.comparison) }

func (p *conditionParser) chain(op string, operand func() *term) *term {
	left := operand()
	for left != nil && p.next(op) {
		p.pos += len(op)
		right := operand()
		if right == nil {
			return nil
		}
		left = &term{op: op, left: left, right: right, start: left.start, end: right.end}
	}
	return left
}

func (p *conditionParser) comparison() *term {
	left := p.unary()
	if left == nil {
		return nil
	}
	op := p.operator()
	if op == "" {
		return left
	}
	right := p.unary()
	if right == nil {
		return nil
	}
	t := &term{op: op, left: left, right: right, start: left.start, end: right.end}
	if p.skip(); p.operator() != "" {
		p.add(CodeCondition, errorSeverity, t.start, p.pos-t.start, "comparisons do not chain").
			help("join two comparisons with &&, or put one in parentheses")
		return nil
	}
	return t
}

// operator consumes a comparison operator, if one is next.
func (p *conditionParser) operator() string {
	p.skip()
	rest := p.text[p.pos:]
	for _, op := range []string{"===", "!==", "==", "!=", "<=", ">=", "<", ">"} {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		if len(op) == 3 {
			p.add(CodeCondition, errorSeverity, p.pos, 3, "there is no operator %s", op).
				help("write %s", op[:2]).replace(op[:2])
		}
		p.pos += len(op)
		return op[:min(2, len(op))]
	}
	return ""
}

func (p *conditionParser) unary() *term {
	if p.depth++; p.depth > maxNesting {
		p.add(CodeLimit, errorSeverity, 0, len(p.text), "the condition nests deeper than %d", maxNesting)
		return nil
	}
	defer func() { p.depth-- }()
	p.skip()
	start := p.pos
	if !p.next("!") || p.next("!=") {
		return p.operand()
	}
	p.pos++
	inner := p.unary()
	if inner == nil {
		return nil
	}
	return &term{op: "!", left: inner, start: start, end: inner.end}
}

func (p *conditionParser) operand() *term {
	p.skip()
	if p.pos == len(p.text) {
		p.add(CodeCondition, errorSeverity, max(0, p.pos-1), min(1, p.pos), "the condition ends where a value should stand")
		return nil
	}
	switch c := p.text[p.pos]; {
	case c == '(':
		return p.group()
	case c == '$':
		return p.expression(p.pos, p.expressionEnd(p.pos))
	case c == '{':
		return p.braces()
	case c == '\'', c == '"':
		return p.string(c)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	return p.word()
}

func (p *conditionParser) group() *term {
	start := p.pos
	p.pos++
	inner := p.or()
	if inner == nil {
		return nil
	}
	if !p.next(")") {
		if p.pos < len(p.text) {
			p.unexpected()
		} else {
			p.add(CodeCondition, errorSeverity, start, 1, "the parenthesis is not closed")
		}
		return nil
	}
	p.pos++
	group := *inner
	group.start, group.end = start, p.pos
	return &group
}

// expressionEnd returns where an expression that stands without braces ends.
func (p *conditionParser) expressionEnd(from int) int {
	for i := from; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '[' && strings.HasPrefix(p.text[i:], "['"):
			_, length := quoted(p.text[i+2:])
			i += 1 + length
		case strings.IndexByte(" \t\r\n<>=!&|(),", c) >= 0:
			return i
		}
	}
	return len(p.text)
}

func (p *conditionParser) expression(start, end int) *term {
	text := p.text[start:end]
	p.pos = end
	e, problems := Parse(text)
	p.list = append(p.list, shift(problems, start)...)
	if e == nil {
		return nil
	}
	return &term{expr: e, start: start, end: end}
}

func (p *conditionParser) braces() *term {
	start := p.pos
	length := strings.IndexByte(p.text[start:], '}')
	if length < 0 {
		p.add(CodeCondition, errorSeverity, start, 1, "the brace is not closed")
		return nil
	}
	t := p.expression(start+1, start+length)
	p.pos = start + length + 1
	if t == nil {
		return nil
	}
	t.start, t.end = start, p.pos
	p.add(CodeTolerated, infoSeverity, start, length+1, "a simple condition needs no braces around an expression").
		help("write %s", t.expr.text).replace(t.expr.text)
	return t
}

func (p *conditionParser) string(quote byte) *term {
	start := p.pos
	rest := p.text[start+1:]
	var value string
	var length int
	if quote == '\'' {
		value, length = quoted(rest)
	} else {
		length = strings.IndexByte(rest, '"') + 1
		value = rest[:max(0, length-1)]
	}
	if length == 0 {
		p.add(CodeCondition, errorSeverity, start, len(p.text)-start, "the string is not closed").
			help("strings stand in single quotes; '' is a quote inside one")
		return nil
	}
	p.pos = start + 1 + length
	if quote == '"' {
		fixed := "'" + strings.ReplaceAll(value, "'", "''") + "'"
		p.add(CodeTolerated, warningSeverity, start, p.pos-start, "strings stand in single quotes").
			help("write %s", fixed).replace(fixed)
	}
	return &term{literal: value, start: start, end: p.pos}
}

func (p *conditionParser) number() *term {
	start := p.pos
	length := decimal.Scan(p.text[start:])
	end := start + length
	if length == 0 || end < len(p.text) && (isIdentifier(p.text[end]) || p.text[end] == '.') {
		end = p.expressionEnd(start)
		p.add(CodeCondition, errorSeverity, start, end-start, "%q is no number", clip(p.text[start:end])).
			help("write a number as in JSON, or a string in single quotes")
		return nil
	}
	p.pos = end
	return &term{literal: json.Number(p.text[start:end]), start: start, end: end}
}

// word reads true, false or null, and says what else a bare word may have
// been meant to be.
func (p *conditionParser) word() *term {
	start := p.pos
	end := start + rootLength(p.text[start:])
	word := p.text[start:end]
	p.pos = end
	switch word {
	case "true", "false":
		return &term{literal: word == "true", start: start, end: end}
	case "null":
		return &term{literal: nil, start: start, end: end}
	case "":
		p.pos = start
		p.unexpected()
		return nil
	}
	problem := p.add(CodeCondition, errorSeverity, start, end-start, "%q is no value", word)
	lower := strings.ToLower(word)
	_, isRoot := rootOf(word)
	switch {
	case isRoot:
		problem.help("write $%s", word).replace("$" + word)
	case lower == "true" || lower == "false" || lower == "null":
		problem.help("write %s", lower).replace(lower)
	case lower == "not":
		problem.help("write !").replace("!")
	default:
		problem.help("write '%s' for a string", word).replace("'" + word + "'")
	}
	return nil
}

// unexpected reports what stands where an operator or the end should.
func (p *conditionParser) unexpected() {
	rest := p.text[p.pos:]
	word := rest[:rootLength(rest)]
	for _, mistake := range []struct{ wrong, right string }{{"and", "&&"}, {"or", "||"}, {"eq", "=="}, {"ne", "!="}} {
		if strings.EqualFold(word, mistake.wrong) {
			p.add(CodeCondition, errorSeverity, p.pos, len(word), "there is no operator %s", word).
				help("write %s", mistake.right).replace(mistake.right)
			return
		}
	}
	for _, mistake := range []struct{ wrong, right string }{{"=", "=="}, {"&", "&&"}, {"|", "||"}} {
		if strings.HasPrefix(rest, mistake.wrong) {
			p.add(CodeCondition, errorSeverity, p.pos, 1, "there is no operator %s", mistake.wrong).
				help("write %s", mistake.right).replace(mistake.right)
			return
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	p.add(CodeCondition, errorSeverity, p.pos, size, "unexpected %q", rest[:size]).
		help("a condition compares values, as $statusCode == 200 && $response.body#/ok == true")
}

// neverTrue reports operands that can never be the boolean true although they
// stand where only that counts.
func (p *conditionParser) neverTrue(t *term) {
	switch t.op {
	case "||", "&&":
		p.neverTrue(t.left)
		p.neverTrue(t.right)
	case "!":
		p.neverTrue(t.left)
	case "":
		if _, isBool := t.literal.(bool); t.expr == nil && !isBool {
			p.add(CodeMeaning, warningSeverity, t.start, t.end-t.start, "%s is never true", p.text[t.start:t.end]).
				help("only the boolean true is; write the whole comparison, as $statusCode == 200 || $statusCode == 201")
		}
	default:
		p.suspectNull(t)
	}
}

// suspectNull reports orders against null, which are always false.
func (p *conditionParser) suspectNull(t *term) {
	if t.op == "==" || t.op == "!=" {
		return
	}
	for _, side := range []*term{t.left, t.right} {
		if _, isBool := side.literal.(bool); side.op == "" && side.expr == nil && (side.literal == nil || isBool) {
			p.add(CodeMeaning, warningSeverity, t.start, t.end-t.start, "%s has no order, so this is always false", p.text[side.start:side.end]).
				help("compare with == or !=")
		}
	}
}
