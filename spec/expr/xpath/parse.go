package xpath

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
)

const (
	maxLength  = 64 << 10 // bytes of an expression
	maxNesting = 100      // of parentheses, predicates and calls
)

// Parse reads an expression and checks its types. The error is a
// [*SyntaxError].
func Parse(text string) (*Expr, error) {
	if len(text) > maxLength {
		return nil, &SyntaxError{Length: len(text), Message: "the expression is longer than 64 KiB"}
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	root := p.expression()
	if p.err == nil && p.peek().kind != tokenEnd {
		p.unexpected("")
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Expr{text: text, root: root}, nil
}

// parser is a recursive descent over the grammar of section 3. The first error
// stops it: from then on only the end is seen.
type parser struct {
	text   string
	tokens []token
	pos    int
	depth  int
	err    *SyntaxError
}

func (p *parser) peek() token {
	if p.err != nil {
		return token{start: len(p.text), end: len(p.text)}
	}
	return p.tokens[p.pos]
}

func (p *parser) is(text string) bool {
	t := p.peek()
	return t.text == text && (t.kind == tokenSymbol || t.kind == tokenOperator)
}

func (p *parser) take(text string) bool {
	if !p.is(text) {
		return false
	}
	p.pos++
	return true
}

// behind returns the end of the last token that was consumed.
func (p *parser) behind() int {
	if p.pos == 0 {
		return 0
	}
	return p.tokens[p.pos-1].end
}

func (p *parser) failAt(start, end int, unsupported bool, help, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Offset: start, Length: max(0, end-start), Message: fmt.Sprintf(format, args...), Help: help, Unsupported: unsupported}
	}
}

func (p *parser) unexpected(help string) {
	t := p.peek()
	if t.kind == tokenEnd {
		p.failAt(max(0, len(p.text)-1), len(p.text), false, help, "the expression ends too early")
		return
	}
	p.failAt(t.start, t.end, false, help, "unexpected %s", p.text[t.start:t.end])
}

func (p *parser) enter() bool {
	if p.depth++; p.depth > maxNesting {
		t := p.peek()
		p.failAt(t.start, t.end, false, "", "the expression nests deeper than %d", maxNesting)
	}
	return p.err == nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) expression() *term {
	defer p.leave()
	if !p.enter() {
		return nil
	}
	return p.or()
}

// binary reads operands joined by some operators, from left to right.
func (p *parser) binary(op operation, operand func() *term, operators ...string) *term {
	left := operand()
	for p.err == nil {
		symbol := p.oneOf(operators)
		if symbol == "" {
			return left
		}
		right := operand()
		if p.err != nil {
			return nil
		}
		left = &term{op: op, symbol: symbol, args: []*term{left, right}, start: left.start, end: right.end}
	}
	return nil
}

func (p *parser) oneOf(operators []string) string {
	for _, symbol := range operators {
		if p.peek().kind == tokenOperator && p.take(symbol) {
			return symbol
		}
	}
	return ""
}

func (p *parser) or() *term       { return p.binary(opOr, p.and, "or") }
func (p *parser) and() *term      { return p.binary(opAnd, p.equality, "and") }
func (p *parser) equality() *term { return p.binary(opCompare, p.relation, "=", "!=") }
func (p *parser) relation() *term { return p.binary(opCompare, p.sum, "<", "<=", ">", ">=") }
func (p *parser) sum() *term      { return p.binary(opArithmetic, p.product, "+", "-") }
func (p *parser) product() *term  { return p.binary(opArithmetic, p.unary, "*", "div", "mod") }

func (p *parser) unary() *term {
	start := p.peek().start
	if !p.take("-") {
		return p.union()
	}
	defer p.leave()
	if !p.enter() {
		return nil
	}
	inner := p.unary()
	if p.err != nil {
		return nil
	}
	return &term{op: opNegate, args: []*term{inner}, start: start, end: inner.end}
}

func (p *parser) union() *term {
	t := p.binary(opUnion, p.pathExpression, "|")
	if p.err == nil && t.op == opUnion {
		for _, arg := range t.args {
			p.mustBeNodes(arg, "|")
		}
	}
	return t
}

func (p *parser) mustBeNodes(t *term, where string) {
	if p.err == nil && t.kind() != nodesType {
		p.failAt(t.start, t.end, false, "", "%s needs nodes, and this is %s", where, t.kind())
	}
}

// String names a type for a message.
func (v valueType) String() string {
	switch v {
	case booleanType:
		return "a boolean"
	case numberType:
		return "a number"
	case stringType:
		return "a string"
	}
	return "a node-set"
}

// pathExpression reads a location path, or a filter expression that a path may
// follow.
func (p *parser) pathExpression() *term {
	if !p.atPrimary() {
		return p.locationPath()
	}
	start := p.peek().start
	t := p.filter()
	if p.err != nil || !p.is("/") && !p.is("//") {
		return t
	}
	p.mustBeNodes(t, "a path")
	path := &path{from: t}
	p.steps(path)
	return &term{op: opPath, path: path, start: start, end: p.behind()}
}

// atPrimary reports whether a primary expression is next and not a step.
func (p *parser) atPrimary() bool {
	t := p.peek()
	switch t.kind {
	case tokenString, tokenNumber:
		return true
	case tokenSymbol:
		return t.text == "(" || t.text == "$"
	case tokenName:
		return p.tokens[p.pos+1].text == "(" && p.tokens[p.pos+1].kind == tokenSymbol && !isNodeType(t.text)
	}
	return false
}

func isNodeType(name string) bool {
	_, ok := nodeTypes.Get()[name]
	return ok
}

var nodeTypes = lazy.Of[map[string]Kind]{Make: func() map[string]Kind {
	return map[string]Kind{"node": 0, "text": Text, "comment": Comment, "processing-instruction": Instruction}
}}

func (p *parser) filter() *term {
	t := p.primary()
	if p.err != nil || !p.is("[") {
		return t
	}
	p.mustBeNodes(t, "a predicate")
	f := &term{op: opFilter, args: []*term{t}, start: t.start}
	f.args = append(f.args, p.predicates()...)
	f.end = p.behind()
	return f
}

func (p *parser) predicates() []*term {
	var list []*term
	for p.take("[") {
		list = append(list, p.expression())
		if p.err == nil && !p.take("]") {
			p.unexpected("the predicate ends with ]")
		}
	}
	return list
}

func (p *parser) primary() *term {
	t := p.peek()
	switch {
	case t.kind == tokenString:
		p.pos++
		return &term{op: opLiteral, literal: t.text, start: t.start, end: t.end}
	case t.kind == tokenNumber:
		p.pos++
		f, _ := strconv.ParseFloat(t.text, 64)
		return &term{op: opLiteral, literal: f, start: t.start, end: t.end}
	case t.text == "$":
		p.failAt(t.start, t.end, true, "put a runtime expression in braces, as {$inputs.name}", "there are no variables")
		return nil
	case t.kind == tokenName:
		return p.call()
	}
	return p.group()
}

func (p *parser) group() *term {
	start := p.peek().start
	p.take("(")
	if p.is(")") {
		p.failAt(start, p.peek().end, true, "", "an empty sequence is not part of XPath 1.0")
		return nil
	}
	inner := p.expression()
	if p.err == nil && p.is(",") {
		p.failAt(p.peek().start, p.peek().end, true, "", "a sequence is not part of XPath 1.0")
	}
	if p.err == nil && !p.take(")") {
		p.unexpected("the parenthesis is not closed")
	}
	if p.err != nil {
		return nil
	}
	group := *inner
	group.start, group.end = start, p.behind()
	if group.op == opPath {
		// (//a)[1] filters the whole result, unlike //a[1].
		return &term{op: opFilter, args: []*term{inner}, start: start, end: p.behind()}
	}
	return &group
}

// call reads a function call.
func (p *parser) call() *term {
	name := p.peek()
	p.pos += 2
	t := &term{op: opCall, start: name.start}
	for p.err == nil && !p.take(")") {
		if len(t.args) > 0 && !p.take(",") {
			p.unexpected("arguments are separated by , and end with )")
			break
		}
		t.args = append(t.args, p.expression())
	}
	t.end = p.behind()
	if p.err != nil {
		return nil
	}
	t.call = p.function(name)
	p.checkArguments(t)
	return t
}

func (p *parser) function(name token) *function {
	if f := lookup(name.text); f != nil {
		return f
	}
	switch {
	case laterFunctions.Get()[strings.TrimPrefix(name.text, "fn:")] || strings.Contains(name.text, ":"):
		p.failAt(name.start, name.end, true, laterFunctionHelp.Get()[strings.TrimPrefix(name.text, "fn:")], "the function %s is not part of XPath 1.0", name.text)
	case name.text == "id":
		p.failAt(name.start, name.end, true, "select by an attribute, as //*[@id = 'x']", "the function id needs a DTD, which is never read")
	default:
		p.failAt(name.start, name.end, false, "", "there is no function %s", name.text)
	}
	return nil
}

func (p *parser) checkArguments(t *term) {
	if p.err != nil {
		return
	}
	f := t.call
	if len(t.args) < f.least || f.most >= 0 && len(t.args) > f.most {
		p.failAt(t.start, t.end, false, "write "+f.usage, "%s does not take %d arguments", f.name, len(t.args))
		return
	}
	if f.nodes {
		for _, arg := range t.args {
			p.mustBeNodes(arg, f.name)
		}
	}
}

// locationPath reads an absolute or relative path.
func (p *parser) locationPath() *term {
	start := p.peek().start
	path := &path{}
	t := &term{op: opPath, path: path, start: start}
	switch {
	case p.is("//"):
		path.absolute = true
		p.steps(path)
	case p.take("/"):
		path.absolute = true
		if p.atStep() {
			p.step(path)
			p.steps(path)
		}
	default:
		p.step(path)
		p.steps(path)
	}
	t.end = p.behind()
	return t
}

// steps reads what follows, each step after a "/" or "//".
func (p *parser) steps(path *path) {
	for p.err == nil {
		switch {
		case p.take("//"):
			path.steps = append(path.steps, step{axis: axisDescendantOrSelf})
		case p.take("/"):
		default:
			return
		}
		p.step(path)
	}
}

func (p *parser) atStep() bool {
	t := p.peek()
	return t.kind == tokenName || t.kind == tokenSymbol && (t.text == "." || t.text == ".." || t.text == "@")
}

func (p *parser) step(path *path) {
	s := step{axis: axisChild}
	switch {
	case p.take("."):
		s.axis = axisSelf
		path.steps = append(path.steps, s)
		return
	case p.take(".."):
		s.axis = axisParent
		path.steps = append(path.steps, s)
		return
	case p.take("@"):
		s.axis = axisAttribute
	case p.peek().kind == tokenName && p.tokens[p.pos+1].text == "::":
		s.axis = p.axis()
	}
	s.test = p.nodeTest()
	s.predicates = p.predicates()
	path.steps = append(path.steps, s)
}

func (p *parser) axis() axis {
	t := p.peek()
	p.pos += 2
	a, ok := axes.Get()[t.text]
	switch {
	case ok:
	case t.text == "namespace":
		p.failAt(t.start, t.end, true, "", "the namespace axis is not supported")
	default:
		p.failAt(t.start, t.end, false, "the axes are "+axisNames(), "there is no axis %s", t.text)
	}
	return a
}

func (p *parser) nodeTest() nodeTest {
	t := p.peek()
	if t.kind != tokenName {
		p.unexpected(stepHelp(t))
		return nodeTest{}
	}
	p.pos++
	test := nodeTest{name: t.text, byName: true, start: t.start, end: t.end}
	if p.is("(") {
		return p.typeTest(t)
	}
	if prefix, name, ok := strings.Cut(t.text, ":"); ok {
		test.prefix, test.name = prefix, name
	}
	return test
}

func stepHelp(t token) string {
	if t.kind == tokenEnd {
		return "a name stands after the /"
	}
	return ""
}

// typeTest reads "node()" and its like.
func (p *parser) typeTest(t token) nodeTest {
	kind, ok := nodeTypes.Get()[t.text]
	if !ok {
		p.failAt(t.start, t.end, true, "", "%s() as a step is not part of XPath 1.0", t.text)
		return nodeTest{}
	}
	p.take("(")
	test := nodeTest{kind: kind, start: t.start, end: t.end}
	if arg := p.peek(); kind == Instruction && arg.kind == tokenString {
		p.pos++
		test.name = arg.text
	}
	if !p.take(")") {
		p.unexpected("write " + t.text + "()")
	}
	return test
}
