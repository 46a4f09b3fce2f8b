// Package jsonschema judges, completes and makes values by JSON Schema:
// draft-04 to 2020-12, AsyncAPI's superset of draft-07 and OpenAPI 3.0's
// dialect. It exists to bring a validator that knows URLs and maps together
// with documents made of nodes, so that every violation points at the line of
// the contract that forbids it.
//
// How: each schema that is reached by name becomes a resource of its own with
// every "$ref" rewritten to the number of another. The validating library asks
// for resources by number, therefore nothing is ever fetched, nothing is
// expanded, recursion costs nothing, and documents of several dialects mix.
//
// It must not know what a contract is, nor open any document: it resolves
// references through a Resolver that is given to it.
package jsonschema

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	lib "github.com/santhosh-tekuri/jsonschema/v6"

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

	mu        sync.Mutex
	compiler  *lib.Compiler
	resources []resource
	numbers   map[resource]int
	compiled  map[resource]*Schema
	index     map[*tree.Node]*names
	ways      map[*tree.Node]int
	nodes     int
}

// resource is a schema that is reached by name: a root, or what a "$ref"
// names.
type resource struct {
	node    *tree.Node
	dialect schema.Dialect
}

// New makes an empty Set. With a nil Resolver only references within the
// document that holds the schema are followed.
func New(refs Resolver) *Set {
	s := &Set{
		refs:     refs,
		numbers:  map[resource]int{},
		compiled: map[resource]*Schema{},
		index:    map[*tree.Node]*names{},
		ways:     map[*tree.Node]int{},
	}
	s.compiler = s.newCompiler(nil)
	return s
}

// newCompiler makes a compiler of this Set's resources; with a meter, one
// whose schemas count their steps by it.
func (s *Set) newCompiler(m *meter) *lib.Compiler {
	c := lib.NewCompiler()
	c.UseLoader(loader{s, m})
	c.UseRegexpEngine(compilePattern)
	c.AssertFormat()
	for _, f := range extraFormats() {
		c.RegisterFormat(f)
	}
	if m != nil {
		c.RegisterFormat(m.format())
	}
	return c
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
	url := resourceURL(s.number(r))
	compiler := s.compiler
	if s.needsMeter(r.node) {
		c.meter = &meter{}
		compiler = s.newCompiler(c.meter)
	}
	c.lib, c.err = compiler.Compile(url)
	if c.err != nil {
		c.err = s.explain(c.err, r.node)
	}
	return c, c.err
}

// number gives a resource its number, a new one the first time.
func (s *Set) number(r resource) int {
	if n, ok := s.numbers[r]; ok {
		return n
	}
	n := len(s.resources)
	s.resources = append(s.resources, r)
	s.numbers[r] = n
	return n
}

const scheme = "weft:///"

func resourceURL(number int) string { return scheme + strconv.Itoa(number) }

// locate splits the library's name of a place into the resource and the path
// below it, and returns the node there.
func (s *Set) locate(url string) *tree.Node {
	rest, ok := strings.CutPrefix(url, scheme)
	if !ok {
		return nil
	}
	number, fragment, _ := strings.Cut(rest, "#")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(s.resources) {
		return nil
	}
	return s.resources[n].node.At(decodeFragment(fragment))
}

// loader hands resources to the library. Whatever else it asks for is refused:
// the library opens nothing.
type loader struct {
	set   *Set
	meter *meter
}

// Load implements the library's URLLoader.
func (l loader) Load(url string) (any, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(url, scheme))
	if err != nil || n < 0 || n >= len(l.set.resources) {
		return nil, fmt.Errorf("%q is not a schema of these documents", url)
	}
	return l.set.project(l.set.resources[n], l.meter != nil)
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
