package jsonpath

import (
	"strings"

	"github.com/weft-dev/weft/spec/expr/decimal"
)

// compare evaluates a comparison (RFC 9535 section 2.3.5.2.2).
func (r *run) compare(e *expression, current any) bool {
	left, leftThere := r.value(e.args[0], current)
	right, rightThere := r.value(e.args[1], current)
	if !leftThere || !rightThere {
		same := leftThere == rightThere
		switch e.op {
		case "==", "<=", ">=":
			return same
		case "!=":
			return !same
		}
		return false
	}
	switch e.op {
	case "==":
		return r.equal(left, right)
	case "!=":
		return !r.equal(left, right)
	case "<":
		return less(left, right)
	case ">":
		return less(right, left)
	case "<=":
		return less(left, right) || r.equal(left, right)
	}
	return less(right, left) || r.equal(left, right)
}

func less(left, right any) bool {
	left, right = scalar(left), scalar(right)
	l, lText := left.(string)
	r, rText := right.(string)
	if lText || rText {
		return lText && rText && strings.Compare(l, r) < 0
	}
	l, lNumber := decimal.Text(left)
	r, rNumber := decimal.Text(right)
	return lNumber && rNumber && decimal.Compare(l, r) < 0
}

func (r *run) equal(left, right any) bool {
	if !r.spend(1) {
		return false
	}
	if isStructure(left) || isStructure(right) {
		return r.equalStructure(left, right)
	}
	left, right = scalar(left), scalar(right)
	switch l := left.(type) {
	case nil:
		return right == nil
	case bool:
		rb, ok := right.(bool)
		return ok && l == rb
	case string:
		rs, ok := right.(string)
		return ok && l == rs
	}
	l, lNumber := decimal.Text(left)
	n, rNumber := decimal.Text(right)
	return lNumber && rNumber && decimal.Compare(l, n) == 0
}

func (r *run) equalStructure(left, right any) bool {
	leftSize, ok := size(left)
	rightSize, alsoOK := size(right)
	if !ok || !alsoOK || leftSize != rightSize || isArray(left) != isArray(right) {
		return false
	}
	equal := true
	each(Node{Value: left}, func(child Node) bool {
		var other any
		var there bool
		if isArray(left) {
			other, _, there = item(right, int64(child.at.index))
		} else {
			other, there = member(right, child.at.name)
		}
		equal = there && r.equal(child.Value, other)
		return equal && r.err == nil
	})
	return equal
}
