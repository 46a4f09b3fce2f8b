package avrodiff

import (
	"fmt"

	other "github.com/twmb/avro"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/tree"
)

// prover makes data of which it sees that they are not read.
type prover struct {
	r *avro.Resolution
	// writer is how another library reads the writer's schema, and resolved
	// how it reads by both. Both are nil where it does not know the schemas.
	writer, resolved *other.Schema
	// refused is what the other library says of the two schemas together.
	refused error
	// left is how many types witnesses may still be made of.
	left int
}

// maxWork bounds the types that all witnesses of one question are made of
// together: a record of a thousand fields may differ in each.
const maxWork = 50_000

func newProver(r *avro.Resolution) *prover {
	p := &prover{r: r, left: maxWork}
	writer, err := parsed(r.Writer)
	if err != nil {
		return p
	}
	reader, err := parsed(r.Reader)
	if err != nil {
		return p
	}
	p.writer = writer
	p.resolved, p.refused = other.Resolve(writer, reader)
	return p
}

func parsed(s *avro.Schema) (*other.Schema, error) {
	text, err := tree.Print(s.Standalone(), tree.JSON)
	if err != nil {
		return nil, err
	}
	return other.Parse(string(text))
}

// prove makes a witness of a mismatch and checks it: it must be written by the
// writer's schema, and read by nobody who has the reader's.
func (p *prover) prove(m avro.Mismatch) *Break {
	b := &Break{Mismatch: m}
	if p.left -= p.r.Size(); p.left < 0 && p.left+p.r.Size() != maxWork {
		b.Doubt = "there are too many reasons to prove each: " + m.Message
		return b
	}
	witness, err := p.r.Witness(&m)
	if err != nil {
		b.Doubt = fmt.Sprintf("no datum could be made that proves it: %v", err)
		return b
	}
	data, err := p.r.Writer.Encode(witness)
	if err != nil {
		b.Doubt = fmt.Sprintf("no datum could be made that proves it: %v", err)
		return b
	}
	read, err := p.r.Decode(data)
	if err == nil {
		b.Doubt = fmt.Sprintf("a datum that should prove it is read, as %s", show(read))
		return b
	}
	if !lenient(&m) && !p.agreed(data) {
		b.Doubt = "two libraries for Avro do not agree on whether it is read: " + m.Message
		return b
	}
	b.Witness, b.Refusal = witness, err.Error()
	return b
}

// agreed reports whether the other library does not read the bytes either, as
// far as it knows the schemas.
func (p *prover) agreed(data []byte) bool {
	if p.writer == nil || p.refused != nil {
		return true
	}
	var v any
	_, err := p.resolved.Decode(data, &v)
	return err != nil
}

// lenient reports whether the other library is known to read what the
// specification says that nobody does: it takes null for a field that may be
// null and has no default, and an alias without namespace for a name in any.
func lenient(m *avro.Mismatch) bool {
	switch m.Kind {
	case avro.MissingDefault:
		b := m.Field.Type.Branches
		return len(b) > 0 && b[0].Kind == avro.Null
	case avro.NameMismatch:
		return len(m.Reader.Aliases) > 0
	case avro.MissingUnionBranch:
		return m.Writer.Kind.Named()
	}
	return false
}
