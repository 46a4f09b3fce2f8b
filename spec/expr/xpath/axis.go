package xpath

import (
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
)

// axis is a direction from a node (section 2.2).
type axis uint8

const (
	axisChild axis = iota
	axisDescendant
	axisDescendantOrSelf
	axisParent
	axisAncestor
	axisAncestorOrSelf
	axisFollowing
	axisFollowingSibling
	axisPreceding
	axisPrecedingSibling
	axisAttribute
	axisSelf
)

var axes = lazy.Of[map[string]axis]{Make: func() map[string]axis {
	return map[string]axis{
		"child": axisChild, "descendant": axisDescendant, "descendant-or-self": axisDescendantOrSelf,
		"parent": axisParent, "ancestor": axisAncestor, "ancestor-or-self": axisAncestorOrSelf,
		"following": axisFollowing, "following-sibling": axisFollowingSibling,
		"preceding": axisPreceding, "preceding-sibling": axisPrecedingSibling,
		"attribute": axisAttribute, "self": axisSelf,
	}
}}

func axisNames() string { return strings.Join(slices.Sorted(maps.Keys(axes.Get())), ", ") }

// walk visits the nodes on an axis, nearest first, until visit returns false.
func (a axis) walk(n *Node, visit func(*Node) bool) bool {
	switch a {
	case axisSelf:
		return visit(n)
	case axisChild:
		return all(n.children, visit)
	case axisAttribute:
		return all(n.attributes, visit)
	case axisDescendant:
		return descendants(n, visit)
	case axisDescendantOrSelf:
		return visit(n) && descendants(n, visit)
	case axisParent:
		return n.parent == nil || visit(n.parent)
	case axisAncestor:
		return ancestors(n.parent, visit)
	case axisAncestorOrSelf:
		return ancestors(n, visit)
	case axisFollowingSibling:
		return all(n.after(), visit)
	case axisPrecedingSibling:
		return allBackward(n.before(), visit)
	case axisFollowing:
		return following(n, visit)
	}
	return preceding(n, visit)
}

func all(nodes []*Node, visit func(*Node) bool) bool {
	for _, n := range nodes {
		if !visit(n) {
			return false
		}
	}
	return true
}

func allBackward(nodes []*Node, visit func(*Node) bool) bool {
	for _, n := range slices.Backward(nodes) {
		if !visit(n) {
			return false
		}
	}
	return true
}

func descendants(n *Node, visit func(*Node) bool) bool {
	for _, child := range n.children {
		if !visit(child) || !descendants(child, visit) {
			return false
		}
	}
	return true
}

// descendantsBackward visits descendants in reverse document order.
func descendantsBackward(n *Node, visit func(*Node) bool) bool {
	for _, child := range slices.Backward(n.children) {
		if !descendantsBackward(child, visit) || !visit(child) {
			return false
		}
	}
	return true
}

func ancestors(n *Node, visit func(*Node) bool) bool {
	for ; n != nil; n = n.parent {
		if !visit(n) {
			return false
		}
	}
	return true
}

// after returns the siblings that follow a node; an attribute has none.
func (n *Node) after() []*Node {
	if n.parent == nil || n.Kind == Attribute {
		return nil
	}
	return n.parent.children[n.place()+1:]
}

func (n *Node) before() []*Node {
	if n.parent == nil || n.Kind == Attribute {
		return nil
	}
	return n.parent.children[:n.place()]
}

func (n *Node) place() int {
	i, _ := slices.BinarySearchFunc(n.parent.children, n.order, func(m *Node, order int) int { return m.order - order })
	return i
}

func following(n *Node, visit func(*Node) bool) bool {
	if n.Kind == Attribute {
		// What follows an attribute starts with its element's children.
		n = n.parent
		if !descendants(n, visit) {
			return false
		}
	}
	for ; n != nil; n = n.parent {
		for _, sibling := range n.after() {
			if !visit(sibling) || !descendants(sibling, visit) {
				return false
			}
		}
	}
	return true
}

func preceding(n *Node, visit func(*Node) bool) bool {
	if n.Kind == Attribute {
		n = n.parent
	}
	for ; n != nil; n = n.parent {
		for _, sibling := range slices.Backward(n.before()) {
			if !descendantsBackward(sibling, visit) || !visit(sibling) {
				return false
			}
		}
	}
	return true
}
