package xpath

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrLimit says that an evaluation went beyond what is allowed.
var ErrLimit = errors.New("the XPath needs more than its limits allow")

// maxSteps is how many nodes one evaluation may look at.
const maxSteps = 2_000_000

// Eval evaluates the expression with a node, usually the root, as its context.
// The result is a bool, a float64, a string or a []*Node in document order.
func (x *Expr) Eval(n *Node) (any, error) {
	r := &run{steps: maxSteps}
	for root := n; root != nil; root = root.parent {
		r.root = root
	}
	result := r.eval(x.root, context{node: n, position: 1, size: 1})
	if r.err != nil {
		return nil, fmt.Errorf("%s: %w", x.text, r.err)
	}
	return result, nil
}

// run is one evaluation. An error stops it: what is evaluated from then on is
// not used.
type run struct {
	root  *Node
	steps int
	err   error
}

// context is what an expression is evaluated for (section 1).
type context struct {
	node     *Node
	position int
	size     int
}

func (r *run) spend(n int) bool {
	if r.steps -= n; r.steps < 0 && r.err == nil {
		r.err = ErrLimit
	}
	return r.err == nil
}

// text returns a value as a string, and pays for its length.
func (r *run) text(v any) string {
	s := toString(v)
	r.spend(1 + len(s)/32)
	return s
}

func (r *run) eval(t *term, c context) any {
	if !r.spend(1) {
		return false
	}
	switch t.op {
	case opLiteral:
		return t.literal
	case opOr:
		return Boolean(r.eval(t.args[0], c)) || Boolean(r.eval(t.args[1], c))
	case opAnd:
		return Boolean(r.eval(t.args[0], c)) && Boolean(r.eval(t.args[1], c))
	case opCompare:
		return r.compare(t.symbol, r.eval(t.args[0], c), r.eval(t.args[1], c))
	case opArithmetic:
		return arithmetic(t.symbol, toNumber(r.eval(t.args[0], c)), toNumber(r.eval(t.args[1], c)))
	case opNegate:
		return -toNumber(r.eval(t.args[0], c))
	case opCall:
		return t.call.eval(r, c, t.args)
	}
	return r.nodes(t, c)
}

// nodes evaluates a term that is a node-set.
func (r *run) nodes(t *term, c context) []*Node {
	switch t.op {
	case opUnion:
		return inOrder(slices.Concat(r.nodes(t.args[0], c), r.nodes(t.args[1], c)))
	case opPath:
		return r.path(t.path, c)
	case opFilter:
		nodes := r.nodes(t.args[0], c)
		for _, predicate := range t.args[1:] {
			nodes = r.filter(nodes, predicate)
		}
		return nodes
	}
	nodes, _ := r.eval(t, c).([]*Node)
	return nodes
}

// inOrder sorts nodes in document order and removes repetitions.
func inOrder(nodes []*Node) []*Node {
	slices.SortFunc(nodes, func(a, b *Node) int { return a.order - b.order })
	return slices.Compact(nodes)
}

func (r *run) path(p *path, c context) []*Node {
	nodes := []*Node{c.node}
	switch {
	case p.from != nil:
		nodes = r.nodes(p.from, c)
	case p.absolute:
		nodes = []*Node{r.root}
	}
	for i := range p.steps {
		nodes = r.step(&p.steps[i], nodes)
	}
	return nodes
}

func (r *run) step(s *step, nodes []*Node) []*Node {
	space, ok := r.space(s.test)
	if !ok {
		return nil
	}
	var out []*Node
	for _, n := range nodes {
		var found []*Node
		s.axis.walk(n, func(m *Node) bool {
			if s.test.matches(m, s.axis, space) {
				found = append(found, m)
			}
			return r.spend(1)
		})
		for _, predicate := range s.predicates {
			found = r.filter(found, predicate)
		}
		out = append(out, found...)
	}
	r.spend(len(out))
	return inOrder(out)
}

// space returns the namespace that a test's prefix means in the document.
func (r *run) space(test nodeTest) (string, bool) {
	if test.prefix == "" {
		return "", true
	}
	uri, ok := r.root.prefixes[test.prefix]
	if !ok && r.err == nil {
		r.err = fmt.Errorf("the document declares no prefix %q", test.prefix)
	}
	return uri, ok
}

func (test nodeTest) matches(n *Node, a axis, space string) bool {
	if !test.byName {
		return (test.kind == 0 || test.kind == n.Kind) && (test.name == "" || test.name == n.Name)
	}
	principal := Element
	if a == axisAttribute {
		principal = Attribute
	}
	if n.Kind != principal {
		return false
	}
	if test.name == "*" {
		return test.prefix == "" || n.Space == space
	}
	return n.Name == test.name && n.Space == space
}

// filter keeps the nodes for which a predicate is true; a number is a position
// (section 2.4).
func (r *run) filter(nodes []*Node, predicate *term) []*Node {
	var kept []*Node
	for i, n := range nodes {
		v := r.eval(predicate, context{node: n, position: i + 1, size: len(nodes)})
		yes := Boolean(v)
		if position, isNumber := v.(float64); isNumber {
			yes = position == float64(i+1)
		}
		if yes {
			kept = append(kept, n)
		}
	}
	return kept
}

func arithmetic(symbol string, a, b float64) float64 {
	switch symbol {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "div":
		return a / b
	}
	return math.Mod(a, b)
}

// compare is section 3.4.
func (r *run) compare(symbol string, a, b any) bool {
	left, leftNodes := a.([]*Node)
	right, rightNodes := b.([]*Node)
	switch {
	case leftNodes && rightNodes:
		return r.compareSets(symbol, left, right)
	case leftNodes:
		return r.compareSet(left, b, func(n, v any) bool { return r.compareValues(symbol, n, v) })
	case rightNodes:
		return r.compareSet(right, a, func(n, v any) bool { return r.compareValues(symbol, v, n) })
	}
	return r.compareValues(symbol, a, b)
}

func (r *run) compareSets(symbol string, left, right []*Node) bool {
	texts := make([]any, len(right))
	for i, n := range right {
		texts[i] = r.text([]*Node{n})
	}
	for _, n := range left {
		text := r.text([]*Node{n})
		for _, other := range texts {
			if !r.spend(1) {
				return false
			}
			if r.compareValues(symbol, text, other) {
				return true
			}
		}
	}
	return false
}

// compareSet compares a node-set with another value: with a boolean as a
// boolean, with anything else some node of it.
func (r *run) compareSet(nodes []*Node, v any, test func(n, v any) bool) bool {
	if _, isBool := v.(bool); isBool {
		return test(len(nodes) > 0, v)
	}
	for _, n := range nodes {
		if !r.spend(1) {
			return false
		}
		if test(r.text([]*Node{n}), v) {
			return true
		}
	}
	return false
}

func (r *run) compareValues(symbol string, a, b any) bool {
	switch symbol {
	case "=":
		return equal(a, b)
	case "!=":
		return !equal(a, b)
	}
	x, y := toNumber(a), toNumber(b)
	switch symbol {
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	}
	return x >= y
}

func equal(a, b any) bool {
	if isBool(a) || isBool(b) {
		return Boolean(a) == Boolean(b)
	}
	if isNumber(a) || isNumber(b) {
		return toNumber(a) == toNumber(b)
	}
	return toString(a) == toString(b)
}

func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isNumber(v any) bool { _, ok := v.(float64); return ok }
