// Package schema is the idea of a payload schema: something that was written
// in one of several languages, judges a value in plain words, fills in what
// was left out and makes an example of itself. It exists so that whoever
// sends, receives or mocks a message need not know which language that was.
//
// It must not know any schema language itself; those register with a Set as
// Compilers. It must not know where a schema stands in a contract, nor
// anything of wires.
package schema

import (
	"context"
	"errors"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// MaxViolations bounds how many violations one Validate reports. Past this a
// list helps nobody, and a hostile value could make it endless.
const MaxViolations = 50

// Violation is one way in which a value breaks its schema.
type Violation struct {
	// InstancePath is the JSON Pointer (RFC 6901) of the part of the value
	// that is wrong; "" is the whole value.
	InstancePath string
	// Keyword is the word of the schema that was broken, as "type".
	Keyword string
	// Message says it in plain words and begins with the name of the place:
	// "quantity: must be an integer, is a string".
	Message string
	// Schema is the node of the schema that holds the keyword, where known.
	Schema *tree.Node
	// Span is where the keyword stands in its document, where known.
	Span source.Span
}

// Schema judges and makes values. A Schema is safe for concurrent use.
//
// Values are plain data: nil, bool, string, json.Number, []any and
// map[string]any.
type Schema interface {
	// Validate returns how the value breaks the schema, at most MaxViolations
	// of them in the order of the value's places; none means it is valid.
	Validate(value any) []Violation
	// ApplyDefaults returns the value with what was left out filled in from
	// the schema's defaults. It does not change the value it was given.
	ApplyDefaults(value any) any
	// Sample makes a value that Validate accepts. The same seed always makes
	// the same value. It fails where no such value could be found.
	Sample(seed uint64) (any, error)
}

// Compiler turns the node of a schema into a Schema. It is called with formats
// of the family it was registered for.
type Compiler interface {
	Compile(node *tree.Node, format Format) (Schema, error)
}

// Binary is a Schema whose language has bytes of its own, as Avro and Protobuf
// do. Bytes that Encode made are read by Decode as the same value.
type Binary interface {
	Schema
	Encode(value any) ([]byte, error)
	Decode(data []byte) (any, error)
}

// Writer is a Schema that judges values while it writes them, in half the time
// of both.
type Writer interface {
	Schema
	// AppendJSON writes a value that fits, as EncodeJSON does. False is of a
	// value that does not fit, and of one that only Validate and EncodeJSON
	// know to deal with.
	AppendJSON(to []byte, value any) ([]byte, bool)
}

// Checker is a Compiler that also says what is wrong with a schema itself, by
// the specification of its language. A fault is told where it stands, which
// may be in another file than the node.
type Checker interface {
	Check(ctx context.Context, node *tree.Node, format Format) []diag.Diagnostic
}

// Place is a schema and the language it is written in.
type Place struct {
	Node   *tree.Node
	Format Format
}

// ManyChecker is a Checker that judges many schemas of one document at once, so
// that what several of them refer to is judged and told once.
type ManyChecker interface {
	CheckMany(ctx context.Context, places []Place) []diag.Diagnostic
}

// Set compiles the schemas of one set of documents, each in its own language.
type Set struct {
	compilers map[Family]Compiler
	alone     AloneFunc
}

// AloneFunc makes of a schema a text that needs no other; "" for languages
// whose schemas are never kept outside of contracts.
type AloneFunc func(ctx context.Context, node *tree.Node, format Format) (string, error)

// WithAlone gives the Set what Alone needs, and returns it.
func (s *Set) WithAlone(f AloneFunc) *Set {
	s.alone = f
	return s
}

// Alone returns a schema as a text that needs no other, as registries keep it.
func (s *Set) Alone(ctx context.Context, node *tree.Node, format Format) (string, error) {
	if s.alone == nil {
		return "", errors.New("its documents are not at hand to make one text of it")
	}
	return s.alone(ctx, node, format)
}

// NewSet makes a Set that knows the given languages.
func NewSet(compilers map[Family]Compiler) *Set {
	return &Set{compilers: compilers}
}

// Compile compiles a schema written in the language that the format names. A
// language that is known but not registered is an *UnsupportedError.
func (s *Set) Compile(node *tree.Node, format Format) (Schema, error) {
	compiler, ok := s.compilers[format.Family]
	if !ok {
		return nil, &UnsupportedError{Format: format}
	}
	return compiler.Compile(node, format)
}

// Check says what is wrong with a schema, where its language has a Checker.
func (s *Set) Check(ctx context.Context, node *tree.Node, format Format) []diag.Diagnostic {
	if checker, ok := s.compilers[format.Family].(Checker); ok {
		return checker.Check(ctx, node, format)
	}
	return nil
}

// CheckMany says what is wrong with many schemas, each fault once where the
// Checkers of their languages can tell.
func (s *Set) CheckMany(ctx context.Context, places []Place) []diag.Diagnostic {
	var found []diag.Diagnostic
	together := map[Family][]Place{}
	for _, p := range places {
		if _, many := s.compilers[p.Format.Family].(ManyChecker); many {
			together[p.Format.Family] = append(together[p.Format.Family], p)
			continue
		}
		found = append(found, s.Check(ctx, p.Node, p.Format)...)
	}
	for family, list := range together {
		found = append(found, s.compilers[family].(ManyChecker).CheckMany(ctx, list)...)
	}
	return found
}
