// Package schemadiff decides whether all that one schema lets be written is
// accepted by another, and proves a "no" with a value.
//
// How: it looks for a counterexample, a value that the writer's schema allows
// and the reader's does not, by taking both schemas apart keyword by keyword
// and building such a value from what is left. Where the search ends without
// one, there is none. A value that is found is judged by both validators
// before it is reported; what the search cannot decide is Unknown.
//
// It must not know what a contract is, nor who writes and who reads: package
// diff says which schema is on which side and what a "no" means to whom.
package schemadiff

import (
	"fmt"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Source is the documents that schemas stand in. It is not safe for concurrent
// use.
type Source struct {
	set  *jsonschema.Set
	refs jsonschema.Resolver
	// named remembers which documents hold schemas with an "$id".
	named map[*tree.Node]bool
	known *knowledge
	// left is how many steps may still be taken for all its schemas together.
	left int
}

// The steps that all questions about the documents of a source may take
// together: some, and more for larger documents.
const (
	sourceSteps  = 250_000
	stepsPerByte = 2
)

// In returns the source of the schemas in a workspace.
func In(ws *ref.Workspace) *Source {
	refs := jsonschema.In(ws)
	size := 0
	for _, d := range ws.Documents() {
		size += len(d.File.Data())
	}
	return &Source{
		set: jsonschema.New(refs), refs: refs, named: map[*tree.Node]bool{}, known: newKnowledge(),
		left: sourceSteps + stepsPerByte*size,
	}
}

// Schema is a JSON Schema where it stands. A nil Node says nothing, so it
// allows every value.
type Schema struct {
	In   *Source
	Node *tree.Node
	// Dialect holds where the schema does not name its own.
	Dialect schema.Dialect
}

// Verdict is the answer to a question of inclusion.
type Verdict uint8

// The verdicts.
const (
	// Unknown says that no proof was found, neither way.
	Unknown Verdict = iota
	// Accepted says that the reader accepts all that the writer may write.
	Accepted
	// Refused says that there is a value which the writer may write and the
	// reader does not accept.
	Refused
)

// String returns the verdict in a word.
func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Refused:
		return "refused"
	}
	return "unknown"
}

// Answer is a verdict with its proof.
type Answer struct {
	Verdict Verdict
	// Witness is, where Refused, a value that the writer may write and the
	// reader does not accept. Both have been checked.
	Witness any
	// Violations say why the reader does not accept the witness.
	Violations []schema.Violation
	// Reason says, where Unknown, what could not be decided.
	Reason string
}

// Included decides whether the reader accepts all that the writer may write.
//
// The writer's schema is read as its author means it: a property that is not
// declared is never written, unless the schema says something about additional
// properties. The reader's schema is read as it stands.
func Included(writer, reader Schema) Answer {
	return Compare(writer, reader).Included()
}

// checked compiles a schema, so that whatever is wrong with it is known before
// it is taken apart.
func (s Schema) checked() (part, error) {
	if s.Node == nil {
		return s.part(), nil
	}
	if _, err := s.In.set.Schema(s.Node, s.Dialect); err != nil {
		return part{}, fmt.Errorf("the schema cannot be judged: %w", err)
	}
	return s.part(), nil
}

func (s Schema) part() part {
	if s.Node == nil {
		return part{in: s.In, node: anything(), dialect: schema.Draft7}
	}
	return s.In.partOf(s.Node, s.Dialect)
}

func anything() *tree.Node { return &tree.Node{Kind: tree.Bool, Text: "true"} }
