package jsonpath

import (
	"errors"
	"fmt"

	"github.com/weft-dev/weft/text/tree"
)

// Limits bound one evaluation. Zero means the default.
type Limits struct {
	// Steps is how many values may be looked at. Default 2,000,000.
	Steps int
	// Depth is how deep "…" may go into the value. Default 1,000.
	Depth int
	// Results is how many nodes a list may have at any time. Default 1,000,000.
	Results int
}

func (l Limits) withDefaults() Limits {
	if l.Steps == 0 {
		l.Steps = 2_000_000
	}
	if l.Depth == 0 {
		l.Depth = 1_000
	}
	if l.Results == 0 {
		l.Results = 1_000_000
	}
	return l
}

// ErrLimit says that an evaluation went beyond its limits.
var ErrLimit = errors.New("the JSONPath needs more than its limits allow")

// Select returns the nodes that the path selects from a value, in order,
// within the default limits.
func (p *Path) Select(root any) ([]Node, error) { return p.SelectWithin(root, Limits{}) }

// SelectWithin returns the nodes that the path selects, within limits.
func (p *Path) SelectWithin(root any, limits Limits) ([]Node, error) {
	return p.selectFrom(&run{root: root, limits: limits.withDefaults()}, root)
}

// SelectThrough is SelectWithin for a document with references: whatever the
// path looks into is first handed to follow, which returns what the node stands
// for. The nodes selected are as written. What many references lead to is
// looked into once by "..".
func (p *Path) SelectThrough(root *tree.Node, follow func(*tree.Node) *tree.Node, limits Limits) ([]Node, error) {
	return p.selectFrom(&run{root: root, limits: limits.withDefaults(), follow: follow}, root)
}

func (p *Path) selectFrom(r *run, root any) ([]Node, error) {
	r.steps = r.limits.Steps
	nodes := r.query(p.query, root)
	if r.err != nil {
		return nil, fmt.Errorf("%s: %w", clip(p.text), r.err)
	}
	return nodes, nil
}

// run is one evaluation. An error stops it: from then on nothing is selected.
type run struct {
	root     any
	limits   Limits
	steps    int
	err      error
	matchers map[matcherKey]*matcher
	follow   func(*tree.Node) *tree.Node // may be nil
	inside   map[any]bool                // what a "…" has looked into, where follow is set
}

// open returns what a value stands for, before it is looked into.
func (r *run) open(v any) any {
	n, ok := v.(*tree.Node)
	if !ok || r.follow == nil {
		return v
	}
	if target := r.follow(n); target != nil {
		return target
	}
	return v
}

// spend uses up steps; false when there are none left.
func (r *run) spend(n int) bool {
	if r.steps -= n; r.steps < 0 && r.err == nil {
		r.err = ErrLimit
	}
	return r.err == nil
}

func (r *run) query(q *query, current any) []Node {
	start := r.root
	if q.relative {
		start = current
	}
	nodes := []Node{{Value: start}}
	for i := range q.segments {
		nodes = r.segment(&q.segments[i], nodes)
	}
	if r.err != nil {
		return nil
	}
	return nodes
}

func (r *run) segment(s *segment, nodes []Node) []Node {
	var out []Node
	for _, n := range nodes {
		if s.descendant {
			if r.follow != nil {
				r.inside = map[any]bool{}
			}
			out = r.descend(s, n, out, 0)
		} else {
			out = r.children(s, n, out)
		}
	}
	return out
}

// descend selects from a node and then from all its descendants, each before
// its own children (RFC 9535 section 2.5.2.2).
func (r *run) descend(s *segment, n Node, out []Node, depth int) []Node {
	if depth > r.limits.Depth && r.err == nil {
		r.err = ErrLimit
	}
	if !r.spend(1) {
		return nil
	}
	if r.follow != nil {
		n.Value = r.open(n.Value)
		if r.inside[n.Value] {
			return out
		}
		r.inside[n.Value] = true
	}
	out = r.children(s, n, out)
	each(n, func(child Node) bool {
		if isStructure(child.Value) {
			out = r.descend(s, child, out, depth+1)
		}
		return r.err == nil
	})
	return out
}

func (r *run) children(s *segment, n Node, out []Node) []Node {
	for i := range s.selectors {
		out = r.selector(&s.selectors[i], n, out)
	}
	return out
}

func (r *run) selector(s *selector, n Node, out []Node) []Node {
	if !r.spend(1) {
		return nil
	}
	n.Value = r.open(n.Value)
	switch s.kind {
	case selectName:
		if v, ok := member(n.Value, s.name); ok {
			out = r.add(out, n.child(v, s.name))
		}
	case selectIndex:
		if v, i, ok := item(n.Value, s.index); ok {
			out = r.add(out, n.item(v, i))
		}
	case selectWildcard:
		each(n, func(child Node) bool {
			out = r.add(out, child)
			return r.spend(1)
		})
	case selectSlice:
		out = r.slice(s.slice, n, out)
	case selectFilter:
		each(n, func(child Node) bool {
			if r.test(s.filter, child.Value) {
				out = r.add(out, child)
			}
			return r.spend(1)
		})
	}
	return out
}

func (r *run) add(out []Node, n Node) []Node {
	if len(out) >= r.limits.Results && r.err == nil {
		r.err = ErrLimit
	}
	return append(out, n)
}

// slice follows the pseudocode of RFC 9535 section 2.3.4.2.2.
func (r *run) slice(s slice, n Node, out []Node) []Node {
	if !isArray(n.Value) || s.step == 0 {
		return out
	}
	size, _ := size(n.Value)
	length := int64(size)
	lower, upper := s.bounds(length)
	if s.step > 0 {
		for i := lower; i < upper && r.spend(1); i += s.step {
			v, at, _ := item(n.Value, i)
			out = r.add(out, n.item(v, at))
		}
		return out
	}
	for i := upper; i > lower && r.spend(1); i += s.step {
		v, at, _ := item(n.Value, i)
		out = r.add(out, n.item(v, at))
	}
	return out
}

func (s slice) bounds(length int64) (lower, upper int64) {
	start, end := int64(0), length
	if s.step < 0 {
		start, end = length-1, -length-1
	}
	if s.start != nil {
		start = *s.start
	}
	if s.end != nil {
		end = *s.end
	}
	if start < 0 && (s.start != nil) {
		start += length
	}
	if end < 0 && s.end != nil || s.step < 0 && s.end == nil {
		end += length
	}
	if s.step > 0 {
		return min(max(start, 0), length), min(max(end, 0), length)
	}
	return min(max(end, -1), length-1), min(max(start, -1), length-1)
}

// test evaluates a logical expression for the current node.
func (r *run) test(e *expression, current any) bool {
	if !r.spend(1) {
		return false
	}
	switch e.kind {
	case exprOr:
		for _, arg := range e.args {
			if r.test(arg, current) {
				return true
			}
		}
		return false
	case exprAnd:
		for _, arg := range e.args {
			if !r.test(arg, current) {
				return false
			}
		}
		return true
	case exprNot:
		return !r.test(e.args[0], current)
	case exprParen:
		return r.test(e.args[0], current)
	case exprCompare:
		return r.compare(e, current)
	case exprQuery:
		return len(r.query(e.query, current)) > 0
	}
	return r.callMatch(e, current)
}

// value evaluates an expression of a value; false stands for Nothing.
func (r *run) value(e *expression, current any) (any, bool) {
	switch e.kind {
	case exprLiteral:
		return e.literal, true
	case exprQuery:
		return r.singular(e.query, current)
	}
	return r.callValue(e, current)
}

// singular evaluates a singular query without making nodes.
func (r *run) singular(q *query, current any) (any, bool) {
	v := r.root
	if q.relative {
		v = current
	}
	for i := range q.segments {
		s := &q.segments[i].selectors[0]
		var ok bool
		v = r.open(v)
		if s.kind == selectName {
			v, ok = member(v, s.name)
		} else {
			v, _, ok = item(v, s.index)
		}
		if !ok || !r.spend(1) {
			return nil, false
		}
	}
	return v, true
}
