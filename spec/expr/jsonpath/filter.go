package jsonpath

import (
	"slices"
	"strings"
)

// logical reads a logical expression and checks that it is one.
func (p *parser) logical() *expression {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	e := p.or()
	p.mustBeLogical(e)
	return e
}

func (p *parser) or() *expression { return p.chain("||", exprOr, p.and) }

func (p *parser) and() *expression { return p.chain("&&", exprAnd, p.comparison) }

func (p *parser) chain(op string, kind expressionKind, operand func() *expression) *expression {
	first := operand()
	list := []*expression{first}
	for p.err == nil && p.operatorAhead(op) {
		p.blanks()
		list = append(list, operand())
	}
	if len(list) == 1 || p.err != nil {
		return first
	}
	for _, e := range list {
		p.mustBeLogical(e)
	}
	return &expression{kind: kind, args: list, start: first.start, end: p.pos}
}

// operatorAhead consumes blanks and an operator, or nothing.
func (p *parser) operatorAhead(op string) bool {
	before := p.pos
	p.blanks()
	if p.take(op) {
		return true
	}
	p.pos = before
	return false
}

func (p *parser) comparison() *expression {
	left := p.unary()
	if p.err != nil {
		return nil
	}
	op := p.comparisonOperator()
	if op == "" {
		return left
	}
	p.blanks()
	right := p.unary()
	if p.err != nil {
		return nil
	}
	p.mustBeComparable(left)
	p.mustBeComparable(right)
	return &expression{kind: exprCompare, op: op, args: []*expression{left, right}, start: left.start, end: p.pos}
}

func (p *parser) comparisonOperator() string {
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if !p.operatorAhead(op) {
			continue
		}
		if p.peek() == '=' {
			p.unexpected("write " + op)
		}
		return op
	}
	before := p.pos
	p.blanks()
	rest := p.text[p.pos:]
	switch {
	case strings.HasPrefix(rest, "=~"):
		p.fail(p.pos, 2, "there is no operator =~", "write match(@.name, 'pattern') or search(@.name, 'pattern')")
	case strings.HasPrefix(rest, "="):
		p.fail(p.pos, 1, "there is no operator =", "write ==")
	case strings.HasPrefix(rest, "in "):
		p.unexpected("the operators are == != < <= > >= && || and !")
	}
	if p.err == nil {
		p.pos = before
	}
	return ""
}

func (p *parser) unary() *expression {
	start := p.pos
	if p.peek() != '!' {
		return p.primary()
	}
	if !p.enter() {
		return nil
	}
	defer p.leave()
	p.pos++
	p.blanks()
	if p.peek() == '!' {
		p.unexpected("write it without !!")
		return nil
	}
	inner := p.primary()
	p.mustBeLogical(inner)
	return &expression{kind: exprNot, args: []*expression{inner}, start: start, end: p.pos}
}

func (p *parser) primary() *expression {
	start := p.pos
	switch c := p.peek(); {
	case c == '(':
		p.pos++
		p.blanks()
		inner := p.logical()
		p.blanks()
		if p.err == nil && !p.take(")") {
			p.unexpected("the parenthesis is not closed")
		}
		return &expression{kind: exprParen, args: []*expression{inner}, start: start, end: p.pos}
	case c == '$' || c == '@':
		p.pos++
		q := p.segments(c == '@', start)
		return &expression{kind: exprQuery, query: q, start: start, end: p.pos}
	case c == '\'' || c == '"':
		s := p.string()
		return &expression{kind: exprLiteral, literal: s, start: start, end: p.pos}
	case c == '-' || c >= '0' && c <= '9':
		n := p.number()
		return &expression{kind: exprLiteral, literal: n, start: start, end: p.pos}
	}
	return p.word()
}

// word reads true, false, null or a function call.
func (p *parser) word() *expression {
	start := p.pos
	for c := p.peek(); c >= 'a' && c <= 'z' || p.pos > start && (c == '_' || c >= '0' && c <= '9'); c = p.peek() {
		p.pos++
	}
	name := p.text[start:p.pos]
	if name != "" && p.peek() == '(' {
		return p.functionCall(name, start)
	}
	switch name {
	case "true", "false":
		return &expression{kind: exprLiteral, literal: name == "true", start: start, end: p.pos}
	case "null":
		return &expression{kind: exprLiteral, start: start, end: p.pos}
	}
	p.pos = start
	help := "a filter compares, as @.name == 'x'"
	if name != "" {
		help = "write @." + name + " for a member, '" + name + "' for a string"
	}
	p.unexpected(help)
	return nil
}

func (p *parser) functionCall(name string, start int) *expression {
	if !p.enter() {
		return nil
	}
	defer p.leave()
	f := functions.Get()[name]
	if f == nil {
		p.fail(start, len(name), "there is no function "+name, "the functions are count, length, match, search and value")
		return nil
	}
	e := &expression{kind: exprCall, call: f, start: start}
	p.pos++
	p.blanks()
	for p.err == nil && !p.take(")") {
		if len(e.args) > 0 && !p.take(",") {
			p.unexpected("arguments are separated by , and end with )")
			break
		}
		p.blanks()
		e.args = append(e.args, p.or())
		p.blanks()
	}
	e.end = p.pos
	p.checkArguments(e)
	return e
}

func (p *parser) checkArguments(e *expression) {
	if p.err != nil {
		return
	}
	f := e.call
	if len(e.args) != len(f.parameters) {
		p.fail(e.start, e.end-e.start, f.usage+" has other arguments", "write "+f.usage)
		return
	}
	for i, arg := range e.args {
		if !arg.fits(f.parameters[i]) {
			p.fail(arg.start, arg.end-arg.start, "the argument of "+f.name+" is of the wrong kind", "write "+f.usage)
			return
		}
	}
	p.suspect(e)
	if !f.matches || e.args[1].kind != exprLiteral {
		return
	}
	if pattern, isText := e.args[1].literal.(string); isText {
		e.pattern = lazily(pattern, f.name == "match")
	}
}

// suspect warns of calls that are correct and of no use.
func (p *parser) suspect(e *expression) {
	arg := e.args[0]
	if e.call.name == "count" && arg.query != nil && arg.query.singular() {
		path := strings.TrimLeft(p.text[arg.query.start:arg.query.end], "@$")
		p.warn(e.start, e.end, "this counts the one node "+p.text[arg.start:arg.end]+", so it is 0 or 1",
			"write $"+path+"[*] to test for items, or count(@"+path+"[*]) to count them")
	}
	if !e.call.matches || e.args[1].kind != exprLiteral {
		return
	}
	pattern, isText := e.args[1].literal.(string)
	if _, err := translate(pattern, false); err != nil || !isText {
		p.warn(e.args[1].start, e.args[1].end, "the pattern is not a regular expression by RFC 9485, so nothing matches", "")
	}
}

// valueType is a type of RFC 9535 section 2.4.1.
type valueType uint8

const (
	valueOf valueType = iota + 1
	logicalOf
	nodesOf
)

// fits reports whether an expression may be an argument of a type.
func (e *expression) fits(want valueType) bool {
	switch want {
	case valueOf:
		return e.comparable()
	case nodesOf:
		return e.kind == exprQuery || e.kind == exprCall && e.call.result == nodesOf
	}
	return e.logical()
}

func (e *expression) comparable() bool {
	switch e.kind {
	case exprLiteral:
		return true
	case exprQuery:
		return e.query.singular()
	case exprCall:
		return e.call.result == valueOf
	}
	return false
}

func (e *expression) logical() bool {
	switch e.kind {
	case exprLiteral:
		return false
	case exprCall:
		return e.call.result != valueOf
	}
	return true
}

func (p *parser) mustBeLogical(e *expression) {
	switch {
	case p.err != nil || e.logical():
	case e.kind == exprLiteral:
		p.fail(e.start, e.end-e.start, "a literal is no condition", "compare it with something")
	default:
		p.fail(e.start, e.end-e.start, "the result of "+e.call.name+" is no condition", "compare it, as "+e.call.name+"(…) > 0")
	}
}

func (p *parser) mustBeComparable(e *expression) {
	switch {
	case p.err != nil || e.comparable():
	case e.kind == exprQuery:
		p.fail(e.start, e.end-e.start, "this can select more than one value, so it cannot be compared",
			"use only names and indexes, or value(…), or a filter within")
	case e.kind == exprCall:
		p.fail(e.start, e.end-e.start, "the result of "+e.call.name+" is true or false and cannot be compared", "leave out the comparison")
	case slices.Contains([]expressionKind{exprParen, exprNot}, e.kind):
		p.fail(e.start, e.end-e.start, "a condition cannot be compared", "")
	default:
		p.fail(e.start, e.end-e.start, "comparisons do not chain", "join two with &&")
	}
}
