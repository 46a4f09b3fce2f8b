// Package jsonschema judges, completes and makes values by JSON Schema:
// draft-04 to 2020-12, AsyncAPI's superset of draft-07 and OpenAPI 3.0's
// dialect. It exists so that values are judged by schemas where they stand in
// a document, and every violation points at the line of the contract that
// forbids it; and so that it is fast enough to judge every message.
//
// How: the node of a schema is compiled once, by its dialect, into a checker
// that holds only what is to be looked at. A "$ref" becomes a pointer to the
// checker of its target, therefore nothing is expanded, recursion costs
// nothing, and documents of several dialects mix. A value that fits costs no
// memory; what is wrong with another, and where, is put together on the way
// back.
//
// It must not know what a contract is, nor open any document: it resolves
// references through a Resolver that is given to it.
package jsonschema

import (
	"sync"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// Resolver finds what a reference stands for.
type Resolver interface {
	// Resolve returns the node meant by a "$ref" whose value is ref: a String
	// node that stands in the document it is relative to.
	Resolve(ref *tree.Node) (*tree.Node, error)
}

// MaxNodes bounds how many schema nodes one Set takes in, so that hostile
// documents (alias bombs, thousands of overlapping references) end in an
// error and not in swap.
const MaxNodes = 1 << 20

// Set compiles the schemas of one set of documents and remembers them. It is
// safe for concurrent use.
type Set struct {
	refs Resolver

	mu       sync.Mutex
	checkers map[resource]*checker
	compiled map[resource]*Schema
	index    map[*tree.Node]*names
	ways     map[*tree.Node]int
	patterns map[string]pattern
	nodes    int
}

// resource is a schema as it is read in one dialect.
type resource struct {
	node    *tree.Node
	dialect schema.Dialect
}

// New makes an empty Set. With a nil Resolver only references within the
// document that holds the schema are followed.
func New(refs Resolver) *Set {
	return &Set{
		refs:     refs,
		checkers: map[resource]*checker{},
		compiled: map[resource]*Schema{},
		index:    map[*tree.Node]*names{},
		ways:     map[*tree.Node]int{},
		patterns: map[string]pattern{},
	}
}

// Compile implements schema.Compiler.
func (s *Set) Compile(node *tree.Node, format schema.Format) (schema.Schema, error) {
	return s.Schema(node, format.Dialect)
}

// Schema compiles a schema, or returns the one compiled before. The dialect
// holds where neither the schema nor the document around it has a "$schema".
// An error is an *Error where it can be placed.
func (s *Set) Schema(node *tree.Node, dialect schema.Dialect) (*Schema, error) {
	if node == nil {
		return nil, &Error{Message: "there is no schema here"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	dialect, err := dialectOf(node, dialect)
	if err != nil {
		return nil, err
	}
	return s.schema(resource{canonical(node), dialect})
}

func (s *Set) schema(r resource) (*Schema, error) {
	if c, ok := s.compiled[r]; ok {
		return c, c.err
	}
	c := &Schema{set: s, root: r}
	s.compiled[r] = c
	if c.checker, c.err = s.compile(r); c.err == nil {
		c.steps = s.stepsFor(r.node)
	}
	return c, c.err
}

// canonical returns the node that an alias repeats, so that a schema written
// once is compiled once.
func canonical(n *tree.Node) *tree.Node {
	for range 100 {
		if n.Alias == nil {
			return n
		}
		n = n.Alias
	}
	return n
}
