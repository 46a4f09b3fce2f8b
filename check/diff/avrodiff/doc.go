// Package avrodiff says what differs between two versions of an Avro schema,
// and for which readers each difference is one too many.
//
// Whether a reader of one version can live with what the other writes is
// decided by schema resolution, as readers do it, and not by comparing sets of
// values. A "no" comes with a datum that was really written by the one and
// really not read by the other, by our own code and by another library.
//
// It must not know what a contract is, nor who reads and who writes.
package avrodiff

import (
	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/tree"
)

// Kind is a kind of difference.
type Kind string

// The kinds of difference. A changed "doc", the order of fields and the way in
// which a schema is split into named types are none.
const (
	FieldAdded     Kind = "avro-field-added"
	FieldRemoved   Kind = "avro-field-removed"
	FieldRenamed   Kind = "avro-field-renamed"
	DefaultAdded   Kind = "avro-default-added"
	DefaultRemoved Kind = "avro-default-removed"
	DefaultChanged Kind = "avro-default-changed"
	TypeChanged    Kind = "avro-type-changed"
	TypeRenamed    Kind = "avro-type-renamed"
	AliasChanged   Kind = "avro-alias-changed"
	SymbolAdded    Kind = "avro-symbol-added"
	SymbolRemoved  Kind = "avro-symbol-removed"
	SymbolMoved    Kind = "avro-symbol-moved"
	EnumDefault    Kind = "avro-enum-default"
	BranchAdded    Kind = "avro-branch-added"
	BranchRemoved  Kind = "avro-branch-removed"
	SizeChanged    Kind = "avro-size-changed"
	LogicalChanged Kind = "avro-logical-type"
	OrderChanged   Kind = "avro-sort-order"
	// Refused is what breaks readers without being one of the others.
	Refused Kind = "avro-refused"
)

// Change is one difference.
type Change struct {
	Kind Kind
	// At is the part of the value: "", ".items[].price".
	At string
	// Name is the field, symbol or branch, and NewName what it is called now.
	Name, NewName string
	// From and To are what stood and stands there, in words, or "".
	From, To string
	// Before and After are the places in the two versions.
	Before, After *tree.Node
	// Forward says why readers of the old version cannot read what the new one
	// writes, and Backward the other way. Nil says that the change is no reason.
	Forward, Backward *Break

	old, new *avro.Type
}

// Break is a proof that something is written by one version and not read by
// the other.
type Break struct {
	// Mismatch says why, in words and places.
	Mismatch avro.Mismatch
	// Witness is a datum that one version writes and the other does not read.
	Witness any
	// Refusal is what the reader says of the witness.
	Refusal string
	// Doubt says, where there is no Witness, why there is none; then whether it
	// is a break is not known.
	Doubt string
}

// Comparison is all that differs.
type Comparison struct {
	Changes []Change
	// Forward says whether readers of the old version read all that the new
	// one writes, and Backward the other way.
	Forward, Backward schemadiff.Verdict
	// Reason says why a verdict is Unknown.
	Reason string
}

// Compare compares two versions of a schema.
func Compare(before, after *avro.Schema) *Comparison {
	w := &walker{seen: map[types]bool{}}
	w.compare("", before.Type, after.Type)
	c := &Comparison{Changes: w.list}
	c.Forward = c.judge(before, after, true)
	c.Backward = c.judge(after, before, false)
	return c
}

// judge resolves one version against the other and finds the difference that
// each mismatch comes from.
func (c *Comparison) judge(reader, writer *avro.Schema, forward bool) schemadiff.Verdict {
	r, err := avro.Resolve(reader, writer)
	if err != nil {
		c.Reason = err.Error()
		return schemadiff.Unknown
	}
	if r.Readable() {
		return schemadiff.Accepted
	}
	verdict := schemadiff.Unknown
	p := newProver(r)
	for _, m := range leaves(r.Mismatches) {
		change := c.changeFor(&m, forward)
		slot := &change.Backward
		if forward {
			slot = &change.Forward
		}
		if *slot != nil && (*slot).Doubt == "" {
			continue
		}
		*slot = p.prove(m)
		if (*slot).Doubt == "" {
			verdict = schemadiff.Refused
		} else if c.Reason == "" {
			c.Reason = (*slot).Doubt
		}
	}
	return verdict
}

// leaves are the mismatches that are the cause of others.
func leaves(list []avro.Mismatch) []avro.Mismatch {
	var out []avro.Mismatch
	for _, m := range list {
		if len(m.Causes) > 0 {
			out = append(out, leaves(m.Causes)...)
			continue
		}
		out = append(out, m)
	}
	return out
}

// changeFor is the difference that a mismatch comes from. Where none is known
// it is one of its own.
func (c *Comparison) changeFor(m *avro.Mismatch, forward bool) *Change {
	best, bestScore := -1, 0
	for i := range c.Changes {
		if score := c.Changes[i].blame(m, forward); score > bestScore {
			best, bestScore = i, score
		}
	}
	if best >= 0 {
		return &c.Changes[best]
	}
	made := Change{Kind: Refused, At: m.At, Before: m.WriterNode(), After: m.ReaderNode(), old: m.Writer, new: m.Reader}
	if forward {
		made.Before, made.After, made.old, made.new = m.ReaderNode(), m.WriterNode(), m.Reader, m.Writer
	}
	c.Changes = append(c.Changes, made)
	return &c.Changes[len(c.Changes)-1]
}

// blame says how likely it is that a mismatch comes from a change; 0 is not.
func (c *Change) blame(m *avro.Mismatch, forward bool) int {
	reader, writer := c.new, c.old
	if forward {
		reader, writer = c.old, c.new
	}
	if !holds(reader, m.Reader) || !holds(writer, m.Writer) {
		return 0
	}
	switch m.Kind {
	case avro.MissingDefault, avro.AmbiguousField:
		if c.Name == m.Field.Name || c.NewName == m.Field.Name {
			return 3
		}
		return 0
	case avro.MissingEnumSymbols:
		return oneOf(c.Kind, SymbolAdded, SymbolRemoved, EnumDefault)
	case avro.NameMismatch:
		return oneOf(c.Kind, TypeRenamed, AliasChanged)
	case avro.FixedSizeMismatch:
		return oneOf(c.Kind, SizeChanged)
	case avro.DecimalMismatch:
		return oneOf(c.Kind, LogicalChanged)
	case avro.TypeMismatch, avro.MissingUnionBranch:
	}
	if c.Kind == BranchAdded || c.Kind == BranchRemoved {
		// The branch that is meant is the one that was written.
		if c.Name == m.Writer.Name || c.Name == m.Writer.Kind.String() {
			return 3
		}
		return 0
	}
	return oneOf(c.Kind, TypeChanged, TypeRenamed, AliasChanged)
}

func oneOf(k Kind, list ...Kind) int {
	for i, want := range list {
		if k == want {
			return 2 + len(list) - i
		}
	}
	return 0
}

// holds reports whether a type is another, or a union with that branch.
func holds(t, part *avro.Type) bool {
	if t == part {
		return true
	}
	if t != nil {
		for _, b := range t.Branches {
			if b == part {
				return true
			}
		}
	}
	return false
}
