package jsonpath

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// Node is a value that was selected, and where it was found. Where the value
// searched was a [*tree.Node], so is Value.
type Node struct {
	Value any
	at    *location
}

// location is a step from a parent; nil is the root.
type location struct {
	parent  *location
	name    string
	index   int
	inArray bool
}

func (n Node) child(value any, name string) Node {
	return Node{value, &location{parent: n.at, name: name}}
}

func (n Node) item(value any, index int) Node {
	return Node{value, &location{parent: n.at, index: index, inArray: true}}
}

// Values returns the values of nodes.
func Values(nodes []Node) []any {
	list := make([]any, len(nodes))
	for i, n := range nodes {
		list[i] = n.Value
	}
	return list
}

func (n Node) locations() []*location {
	var list []*location
	for at := n.at; at != nil; at = at.parent {
		list = append(list, at)
	}
	slices.Reverse(list)
	return list
}

// Path returns the node's normalized path (RFC 9535 section 2.7).
func (n Node) Path() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, at := range n.locations() {
		b.WriteByte('[')
		if at.inArray {
			b.WriteString(strconv.Itoa(at.index))
		} else {
			quote(&b, at.name)
		}
		b.WriteByte(']')
	}
	return b.String()
}

// Pointer returns the node's JSON Pointer (RFC 6901).
func (n Node) Pointer() string {
	var b strings.Builder
	for _, at := range n.locations() {
		b.WriteByte('/')
		if at.inArray {
			b.WriteString(strconv.Itoa(at.index))
		} else {
			b.WriteString(tree.EscapePointer(at.name))
		}
	}
	return b.String()
}

// scalar returns a node's value where it is a scalar of a document, and any
// other value as it is.
func scalar(v any) any {
	if n, ok := v.(*tree.Node); ok && !n.Is(tree.Mapping) && !n.Is(tree.Sequence) {
		return n.Value()
	}
	return v
}

func isArray(v any) bool {
	switch v := v.(type) {
	case []any:
		return true
	case *tree.Node:
		return v.Is(tree.Sequence)
	}
	return false
}

func isStructure(v any) bool {
	switch v := v.(type) {
	case []any, map[string]any:
		return true
	case *tree.Node:
		return v.Is(tree.Sequence) || v.Is(tree.Mapping)
	}
	return false
}

// size returns the number of members or items.
func size(v any) (int, bool) {
	switch v := v.(type) {
	case []any:
		return len(v), true
	case map[string]any:
		return len(v), true
	case *tree.Node:
		if v.Is(tree.Sequence) {
			return len(v.Items), true
		}
		if v.Is(tree.Mapping) {
			return len(v.Members), true
		}
	}
	return 0, false
}

func member(v any, name string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		m, ok := v[name]
		return m, ok
	case *tree.Node:
		if m := v.Get(name); m != nil {
			return m, true
		}
	}
	return nil, false
}

// item returns an array's item; a negative index counts from the end.
func item(v any, index int64) (value any, at int, ok bool) {
	length, _ := size(v)
	if index < 0 {
		index += int64(length)
	}
	if !isArray(v) || index < 0 || index >= int64(length) {
		return nil, 0, false
	}
	if list, ok := v.([]any); ok {
		return list[index], int(index), true
	}
	return v.(*tree.Node).Items[index], int(index), true
}

// each visits the children of a node until visit returns false.
func each(n Node, visit func(Node) bool) {
	switch v := n.Value.(type) {
	case []any:
		for i, child := range v {
			if !visit(n.item(child, i)) {
				return
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !visit(n.child(v[name], name)) {
				return
			}
		}
	case *tree.Node:
		eachOf(n, v, visit)
	}
}

func eachOf(n Node, v *tree.Node, visit func(Node) bool) {
	if v.Is(tree.Sequence) {
		for i, child := range v.Items {
			if !visit(n.item(child, i)) {
				return
			}
		}
		return
	}
	if !v.Is(tree.Mapping) {
		return
	}
	for _, m := range v.Members {
		if !visit(n.child(m.Value, m.Key.Text)) {
			return
		}
	}
}
