// Package protodiff says what changed between two versions of a message of
// Protocol Buffers, and proves whom it hits.
//
// How: the two messages are walked side by side, fields by their numbers, as
// the wire has them. Of each difference a message is made that the one version
// may write, written in the binary form by that version and read by the other;
// and the same in JSON. What the reader then sees is compared with what was
// written. A difference is a break where a reader refuses the message, loses
// what it declares itself, or sees another value. What it does not declare it
// passes over, which is no loss.
//
// It must not know what a contract is, nor who writes and who reads: package
// diff says which version is on which side and what a break means to whom.
package protodiff

import (
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/source"
)

// Level is the form of a message that a difference breaks.
type Level string

// The levels. What breaks the binary form most often breaks JSON too.
const (
	// Binary: the bytes mean something else, or are refused.
	Binary Level = "binary"
	// JSON: only the JSON mapping is broken; the bytes are not touched.
	JSON Level = "json"
)

// Effect is what a reader makes of a message that breaks it.
type Effect string

// The effects.
const (
	Refused Effect = "refused" // it cannot be read
	Lost    Effect = "lost"    // the reader does not see a value that it declares
	Altered Effect = "altered" // the reader sees another value
)

// Break is a proof that a reader cannot live with what a writer writes.
type Break struct {
	Level  Level
	Effect Effect
	// Witness is the message, in the JSON mapping of the writer's version.
	Witness any
	// Bytes is its binary form, where Level is Binary.
	Bytes []byte
	// Says is what the reader makes of it: "note: 300 is read as 44".
	Says string
}

// Kind is what a difference is of.
type Kind string

// The kinds of differences.
const (
	FieldAdded     Kind = "field-added"
	FieldRemoved   Kind = "field-removed"
	FieldRenamed   Kind = "field-renamed"
	FieldNumber    Kind = "field-number"   // the same name, another number
	FieldType      Kind = "field-type"     // another type
	FieldLabel     Kind = "field-label"    // single, repeated, map, required
	FieldPresence  Kind = "field-presence" // whether absent can be told from zero
	FieldPacked    Kind = "field-packed"   // how repeated numbers are written
	FieldDefault   Kind = "field-default"  // what absent means
	FieldReserved  Kind = "field-reserved" // a number given up is taken again, or not kept
	OneofChanged   Kind = "oneof-changed"  // a field moved into, out of or between oneofs
	EnumValueAdded Kind = "enum-value-added"
	EnumValueGone  Kind = "enum-value-removed"
	EnumValueNamed Kind = "enum-value-renamed"
	EnumNumber     Kind = "enum-value-number" // the same name, another number
	EnumClosed     Kind = "enum-closed"       // open became closed, or the reverse
	TypeRenamed    Kind = "type-renamed"      // a message or enum has another full name
	FileOption     Kind = "file-option"       // package or options for generated code
)

// Kinds returns all kinds of differences.
func Kinds() []Kind {
	return []Kind{
		FieldAdded, FieldRemoved, FieldRenamed, FieldNumber, FieldType, FieldLabel, FieldPresence, FieldPacked, FieldDefault,
		FieldReserved, OneofChanged, EnumValueAdded, EnumValueGone, EnumValueNamed, EnumNumber, EnumClosed, TypeRenamed, FileOption,
	}
}

// Change is one difference.
type Change struct {
	Kind Kind
	// At is the place in the message: "items.sku"; "" is the message itself.
	At string
	// What says in one sentence, without a full stop, what changed.
	What string
	// Before and After are the places in the texts. One may be nowhere.
	Before, After source.Span
	// Forward is how it breaks readers of the old version by what the new one
	// writes; Backward the reverse. Nil where it does not.
	Forward, Backward *Break
	// Source says that generated code is another, and must be adapted.
	Source bool
	// Warns says what may surprise somebody, where nothing is broken, and Of
	// which messages: those of new writers, of old ones, or both.
	Warns string
	Of    Direction
}

// Direction is which messages are meant, as bits.
type Direction uint8

// The directions.
const (
	NewWrites Direction = 1 << iota // new writers, old readers
	OldWrites                       // old writers, new readers
)

// Comparison is what changed, in the order of the messages.
type Comparison struct {
	Changes []Change
	// Unknown says what could not be compared, or "".
	Unknown string
}

// Compare compares two versions of a message.
func Compare(before, after *protobuf.Schema) *Comparison {
	c := &comparer{old: before, new: after, seen: map[pair]bool{}, left: maxPairs}
	c.file()
	c.message(before.Descriptor(), after.Descriptor(), nil)
	return &Comparison{Changes: c.changes, Unknown: c.unknown}
}

// The bounds of a comparison.
const (
	maxPairs   = 20_000 // fields that are compared
	maxTrials  = 5_000  // messages that are written and read
	maxChanges = 1_000
	maxDepth   = 30 // levels of messages in one another
)
