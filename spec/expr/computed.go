package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Computed is what stands in "${{ … }}": an expression of the proposals for
// asynchronous workflows, with arithmetic, comparisons and a choice. It never
// changes. Arazzo does not have it; it is reported as an extension.
//
//	computed   = or [ "?" computed ":" computed ]
//	or         = and *( "||" and )
//	and        = equality *( "&&" equality )
//	equality   = order *( ( "==" / "!=" ) order )
//	order      = sum *( ( "<" / "<=" / ">" / ">=" ) sum )
//	sum        = product *( ( "+" / "-" ) product )
//	product    = unary *( ( "*" / "/" / "%" ) unary )
//	unary      = ( "!" / "-" ) unary / operand
//	operand    = "(" computed ")" / call / expression / literal
//	call       = "Math." ( "max" / "min" / "abs" / "floor" / "ceil" / "round" )
//	             "(" computed *( "," computed ) ")"
//
// An expression may leave out its "$". A hyphen between letters or digits
// belongs to a name; a minus has a blank before or after it. Strings stand in
// single or double quotes with the escapes of JSON. Comparisons mean what they
// mean in a condition, but strings compare exactly. "+" joins when one side is
// a string. Arithmetic needs numbers or numeric strings, is done in binary
// floating point (integers exactly up to 2^53), and a result that is not
// finite is an error.
type Computed struct {
	text string
	root *calc
	at   int
}

// calc is a node of a computed value.
type calc struct {
	op      string // an operator, "call", "?" or "" for an operand
	name    string // the function of a call
	args    []*calc
	expr    *Expr
	literal any
	start   int
}

// String returns the computed value as written, without its braces.
func (c *Computed) String() string { return c.text }

// Refs returns what its expressions refer to, in order.
func (c *Computed) Refs() []Ref {
	var refs []Ref
	c.root.each(func(n *calc) {
		if n.expr != nil {
			refs = append(refs, n.expr.ref)
		}
	})
	return refs
}

func (n *calc) each(visit func(*calc)) {
	visit(n)
	for _, arg := range n.args {
		arg.each(visit)
	}
}

// Bind decides how to read names with dots, as [Expr.Bind] does.
func (c *Computed) Bind(declared func(Ref) bool) (*Computed, []Problem) {
	var problems []Problem
	root := c.root.bind(declared, &problems)
	if Worst(problems) == errorSeverity {
		return nil, problems
	}
	return &Computed{text: c.text, root: root, at: c.at}, problems
}

func (n *calc) bind(declared func(Ref) bool, problems *[]Problem) *calc {
	bound := *n
	bound.args = make([]*calc, len(n.args))
	for i, arg := range n.args {
		bound.args[i] = arg.bind(declared, problems)
	}
	if n.expr != nil {
		var found []Problem
		bound.expr, found = n.expr.Bind(declared)
		*problems = append(*problems, shift(found, n.start)...)
	}
	return &bound
}

// Eval returns the value. The error is a [*MissingError] where an expression
// that is needed is missing.
func (c *Computed) Eval(env Env) (any, error) {
	value, err := c.root.eval(env)
	var missing *MissingError
	if err != nil && !errors.As(err, &missing) {
		return nil, fmt.Errorf("${{ %s }}: %w", clip(strings.TrimSpace(c.text)), err)
	}
	return value, err
}

func (n *calc) eval(env Env) (any, error) {
	switch n.op {
	case "":
		return n.operand(env)
	case "?":
		return n.choose(env)
	case "||", "&&":
		return n.logic(env)
	}
	values := make([]any, len(n.args))
	for i, arg := range n.args {
		var err error
		if values[i], err = arg.eval(env); err != nil {
			return nil, err
		}
	}
	if n.op == "call" {
		return call(n.name, values)
	}
	if len(values) == 1 {
		return prefix(n.op, values[0])
	}
	return infix(n.op, values[0], values[1])
}

func (n *calc) operand(env Env) (any, error) {
	if n.expr == nil {
		return n.literal, nil
	}
	return part{expr: n.expr}.eval(env)
}

func (n *calc) choose(env Env) (any, error) {
	test, err := n.args[0].eval(env)
	if err != nil {
		return nil, err
	}
	if test == true {
		return n.args[1].eval(env)
	}
	return n.args[2].eval(env)
}

func (n *calc) logic(env Env) (any, error) {
	left, err := n.args[0].eval(env)
	if err != nil {
		return nil, err
	}
	if (left == true) == (n.op == "||") {
		return left == true, nil
	}
	right, err := n.args[1].eval(env)
	return right == true, err
}

func prefix(op string, value any) (any, error) {
	if op == "!" {
		return value != true, nil
	}
	number, err := toFloat(value)
	return fromFloat(-number, err)
}

func infix(op string, left, right any) (any, error) {
	switch op {
	case "==", "!=":
		return exactlyEqual(left, right) == (op == "=="), nil
	case "<", "<=", ">", ">=":
		return compareExactly(op, left, right), nil
	case "+":
		if isText(left) || isText(right) {
			return joined(left, right)
		}
	}
	return arithmetic(op, left, right)
}

func isText(v any) bool { _, ok := v.(string); return ok }

func joined(left, right any) (any, error) {
	text := Text(left) + Text(right)
	if len(text) > maxText {
		return nil, fmt.Errorf("the text grows beyond %d bytes", maxText)
	}
	return text, nil
}

func exactlyEqual(left, right any) bool {
	if l, ok := left.(string); ok && isText(right) {
		return l == right
	}
	return Equal(left, right)
}

func compareExactly(op string, left, right any) bool {
	l, leftText := left.(string)
	r, rightText := right.(string)
	if !leftText || !rightText {
		return compare(op, left, right)
	}
	switch op {
	case "<":
		return l < r
	case "<=":
		return l <= r
	case ">":
		return l > r
	}
	return l >= r
}

// number makes plain data of a number.
func number(text string) any { return json.Number(text) }
