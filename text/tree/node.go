// Package tree reads YAML 1.2 and JSON into one kind of node that keeps where
// everything stands: the span of every key and every value, comments, order,
// and duplicate keys. Everything above it works on nodes and never sees the
// difference between the two formats.
//
// It must not know any specification, and it must not follow a "$ref".
package tree

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// Kind is what a node is, in the terms that JSON and YAML share.
type Kind uint8

// The kinds of node.
const (
	Null Kind = iota + 1
	Bool
	Number
	String
	Sequence
	Mapping
)

// String returns the kind's name as users know it from JSON Schema.
func (k Kind) String() string {
	//exhaustive:enforce
	switch k {
	case Null:
		return "null"
	case Bool:
		return "boolean"
	case Number:
		return "number"
	case String:
		return "string"
	case Sequence:
		return "array"
	case Mapping:
		return "object"
	}
	return "nothing"
}

// Node is one value of a document. All methods work on a nil Node, which
// stands for "not there", so that a chain of Get needs no checks.
type Node struct {
	Kind Kind
	// Span covers the whole value as written, quotes and brackets included.
	Span source.Span
	// Parent is the mapping or sequence that holds this value; nil at the root.
	Parent *Node
	// Key is the node of the key this value stands under, where the parent is
	// a mapping. A key is a String node whose own Key is nil.
	Key *Node
	// Index is the value's place among its parent's members or items.
	Index int

	// Text is the value of a scalar: decoded for a String, normalised to JSON
	// for a Number ("31" for 0x1F), "true", "false" or "null" for the rest.
	Text string
	// Members are the entries of a Mapping in the order written. A key that is
	// written twice is here twice; Get returns the first.
	Members []Member
	// Items are the values of a Sequence.
	Items []*Node

	// Anchor is the name this value was given ("&name"), where it was.
	Anchor string
	// Alias is the anchored node that this value repeats ("*name"). An alias
	// has its own Span, Parent and Key, and shares the content of the node it
	// names; that content's Parent is the anchored node.
	Alias *Node

	// Comments are those that belong to this value, where there are any.
	Comments *Comments

	index map[string]int // members by key, made by the parser for large mappings
}

// Member is one entry of a mapping.
type Member struct {
	Key   *Node
	Value *Node
}

// Comments are the comments around one value, without their leading "#".
type Comments struct {
	Head string // on the lines above it
	Line string // on its own line, after it
	Foot string // on the lines below it
}

// Get returns the value under a key of a mapping, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Mapping {
		return nil
	}
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return n.Members[i].Value
		}
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Key.Text == key {
			return n.Members[i].Value
		}
	}
	return nil
}

// Has reports whether a mapping has a key.
func (n *Node) Has(key string) bool { return n.Get(key) != nil }

// Len returns how many members or items a node has.
func (n *Node) Len() int {
	switch {
	case n == nil:
		return 0
	case n.Kind == Mapping:
		return len(n.Members)
	}
	return len(n.Items)
}

// Is reports whether the node is there and of that kind.
func (n *Node) Is(kind Kind) bool { return n != nil && n.Kind == kind }

// Str returns the value of a String node, or "" for anything else.
func (n *Node) Str() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}

// True reports whether the node is the boolean true.
func (n *Node) True() bool { return n != nil && n.Kind == Bool && n.Text == "true" }

// Underline is the text that stands for a value: the value as it is written
// or, where nothing is, its key, or the dash of the item.
func (n *Node) Underline() source.Span {
	s := n.Span
	switch {
	case s.End > s.Start || s.File == nil:
	case n.Key != nil:
		return n.Key.Span
	default:
		for s.Start > 0 {
			s.Start--
			if c := s.File.Data()[s.Start]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				break
			}
		}
	}
	return s
}

// Root returns the topmost node of the document that holds this one.
func (n *Node) Root() *Node {
	for n != nil && n.Parent != nil {
		n = n.Parent
	}
	return n
}

// Name returns the key a value stands under, or its index in a sequence as a
// decimal, or "" at the root.
func (n *Node) Name() string {
	switch {
	case n == nil || n.Parent == nil:
		return ""
	case n.Key != nil:
		return n.Key.Text
	}
	return strconv.Itoa(n.Index)
}

// Path returns the node's JSON Pointer (RFC 6901) within its document; the
// root's is "".
func (n *Node) Path() string {
	if n == nil || n.Parent == nil {
		return ""
	}
	var names []string
	for m := n; m.Parent != nil; m = m.Parent {
		names = append(names, m.Name())
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(EscapePointer(names[i]))
	}
	return b.String()
}

// At returns the node a JSON Pointer (RFC 6901) names below this one, or nil.
// The pointer is the decoded form: "" or "/a/b", not "#/a/b" and without
// percent encoding.
func (n *Node) At(pointer string) *Node {
	if pointer == "" {
		return n
	}
	if pointer[0] != '/' {
		return nil
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		n = n.child(UnescapePointer(token))
		if n == nil {
			return nil
		}
	}
	return n
}

func (n *Node) child(name string) *Node {
	if n == nil {
		return nil
	}
	if n.Kind != Sequence {
		return n.Get(name)
	}
	// An index has digits only, and no zero before them (RFC 6901 section 4).
	i, err := strconv.Atoi(name)
	if err != nil || i < 0 || i >= len(n.Items) || strconv.Itoa(i) != name {
		return nil
	}
	return n.Items[i]
}

// EscapePointer makes a name safe as one token of a JSON Pointer.
func EscapePointer(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// UnescapePointer is the inverse of EscapePointer.
func UnescapePointer(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}
