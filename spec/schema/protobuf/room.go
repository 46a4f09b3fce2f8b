package protobuf

import (
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Room is where a message of a text takes another field.
type Room struct {
	// Text is the whole text, and Offset where the field goes in it, in bytes:
	// the line behind the last declaration of the message.
	Text   string
	Offset int
	// Indent is what the declarations of the message are indented by.
	Indent string
	// Break says that the field needs a line of its own to be begun.
	Break bool
	// Number is the next behind those of all fields that is free.
	Number int
	// Labelled says that the text writes "optional" for a field that may be
	// missing.
	Labelled bool
	// Names are the names that are taken or reserved.
	Names []string
}

// The numbers that Protobuf keeps for itself, and its last.
const (
	firstInternal = 19_000
	lastInternal  = 19_999
	lastNumber    = 1<<29 - 1
)

// Room returns where the message of the schema takes another field; ok is false
// where the text that the schema was made of does not declare the message, or
// has no number left.
func (s *Schema) Room() (room Room, ok bool) {
	message := s.message
	decl, isMessage := s.file.linked.names[string(message.FullName())].decl.(*ast.MessageNode)
	if !isMessage {
		return Room{}, false
	}
	room.Text = s.file.linked.unit.data
	brace, _ := offsets(s.file.linked.ast.NodeInfo(decl.CloseBrace))
	room.Offset, room.Break = lineOf(room.Text, brace)
	room.Indent = "  "
	if len(decl.Decls) > 0 {
		first, _ := offsets(s.file.linked.ast.NodeInfo(decl.Decls[0]))
		if line := room.Text[strings.LastIndexByte(room.Text[:first], '\n')+1 : first]; strings.TrimLeft(line, " \t") == "" {
			room.Indent = line
		}
	}
	room.Number, room.Names = freeNumber(message), namesIn(message)
	room.Labelled = message.ParentFile().Syntax() != protoreflect.Editions
	return room, room.Number <= lastNumber
}

// lineOf is the beginning of the line of a closing brace that stands alone on
// it, else the brace itself.
func lineOf(text string, brace int) (offset int, alone bool) {
	start := strings.LastIndexByte(text[:brace], '\n') + 1
	if strings.TrimLeft(text[start:brace], " \t") == "" {
		return start, false
	}
	return brace, true
}

// freeNumber is the first behind the highest of a field that is not kept for
// something: those between fields may have belonged to fields that are gone.
func freeNumber(m protoreflect.MessageDescriptor) int {
	highest := protoreflect.FieldNumber(0)
	for i := range m.Fields().Len() {
		highest = max(highest, m.Fields().Get(i).Number())
	}
	taken := func(n protoreflect.FieldNumber) bool {
		return m.ReservedRanges().Has(n) || m.ExtensionRanges().Has(n) || n >= firstInternal && n <= lastInternal
	}
	next := highest + 1
	for next <= lastNumber && taken(next) {
		next = beyond(m, next)
	}
	return int(next)
}

// beyond is the first number behind the ranges that hold one.
func beyond(m protoreflect.MessageDescriptor, n protoreflect.FieldNumber) protoreflect.FieldNumber {
	if n >= firstInternal && n <= lastInternal {
		return lastInternal + 1
	}
	for _, ranges := range []protoreflect.FieldRanges{m.ReservedRanges(), m.ExtensionRanges()} {
		for i := range ranges.Len() {
			if r := ranges.Get(i); n >= r[0] && n < r[1] {
				return r[1]
			}
		}
	}
	return n + 1
}

func namesIn(m protoreflect.MessageDescriptor) []string {
	var names []string
	for i := range m.Fields().Len() {
		names = append(names, string(m.Fields().Get(i).Name()), m.Fields().Get(i).JSONName())
	}
	for i := range m.ReservedNames().Len() {
		names = append(names, string(m.ReservedNames().Get(i)))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
