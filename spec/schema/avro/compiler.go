package avro

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Resolver follows one reference: the node is the value of a "$ref", and what
// it returns is what that names.
type Resolver interface {
	Resolve(value *tree.Node) (*tree.Node, error)
}

// Compiler reads Avro schemas. It implements schema.Compiler and
// schema.Checker.
type Compiler struct {
	refs Resolver
	// References are schemas whose named types may be used by name without
	// being defined, in the order in which they build on one another: what a
	// registry calls the references of a subject.
	References []*tree.Node
}

// New returns a Compiler that follows "$ref" by refs, which may be nil.
func New(refs Resolver) *Compiler { return &Compiler{refs: refs} }

var (
	_ schema.Compiler = (*Compiler)(nil)
	_ schema.Checker  = (*Compiler)(nil)
)

// Compile implements schema.Compiler. A schema with a fault of the severity
// Error is a *FaultError.
func (c *Compiler) Compile(node *tree.Node, format schema.Format) (schema.Schema, error) {
	s, err := c.Schema(node, format.Version)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Schema reads a schema by a version of the specification; "" is any.
func (c *Compiler) Schema(node *tree.Node, version string) (*Schema, error) {
	r := c.read(context.Background(), version)
	root := r.root(node)
	for _, f := range r.found {
		if f.Severity == diag.Error {
			return nil, &FaultError{Fault: f}
		}
	}
	if r.broken != nil {
		return nil, r.broken
	}
	s := &Schema{Type: root, names: r.names}
	s.fingerprint = sync.OnceValue(func() uint64 { return Rabin(s.Canonical()) })
	return s, nil
}

// Check implements schema.Checker. That a "$ref" leads nowhere is told by who
// follows the references of the document, and not here.
func (c *Compiler) Check(ctx context.Context, node *tree.Node, format schema.Format) []diag.Diagnostic {
	r := c.read(ctx, format.Version)
	r.root(node)
	return diag.Unique(r.found)
}

func (c *Compiler) read(ctx context.Context, version string) *reader {
	r := newReader(ctx, c.refs, version)
	for _, n := range c.References {
		r.schema(n, "")
	}
	return r
}

// Parse reads a schema that stands alone, without "$ref".
func Parse(node *tree.Node) (*Schema, error) { return New(nil).Schema(node, "") }

// FaultError says that a schema cannot be used, by the first of its faults.
type FaultError struct {
	Fault diag.Diagnostic
}

// Error implements error.
func (e *FaultError) Error() string {
	if e.Fault.Help != "" {
		return e.Fault.Message + "; " + e.Fault.Help
	}
	return e.Fault.Message
}

// Schema is a schema that can be worked with. It is safe for concurrent use.
type Schema struct {
	// Type is what the schema means.
	Type  *Type
	names map[string]*Type

	// Each message that names its writer's schema is compared by it.
	fingerprint func() uint64
}

var _ schema.Schema = (*Schema)(nil)

// Named returns a type that the schema defines or refers to by its full name,
// or nil.
func (s *Schema) Named(name string) *Type { return s.names[name] }

var errNoReferences = errors.New("references are not followed here")

func (r *reader) follow(ref *tree.Node) (*tree.Node, error) {
	if r.refs == nil {
		return nil, errNoReferences
	}
	target, err := r.refs.Resolve(ref)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", quote(ref.Text), err)
	}
	return target, nil
}
