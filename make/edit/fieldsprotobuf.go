package edit

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/tree"
)

// protobuf adds the field to the message that a text of Protobuf is about, with
// the next number that is free. A text in a file of its own is not of a form
// that is changed here; it is said what to write there.
func (a *adder) protobuf(n *tree.Node) error {
	if a.done[n] {
		return nil
	}
	a.done[n] = true
	made, err := protobuf.In(a.ws).Schema(a.ctx, n)
	if err != nil {
		return fmt.Errorf("its schema of Protobuf is not sound, so it is not changed: weft validate tells why")
	}
	room, ok := made.Room()
	if !ok {
		return fmt.Errorf("its message %s is not declared in the text of its schema, or has no number left", made.Descriptor().FullName())
	}
	if slices.Contains(room.Names, a.field.Name) {
		a.note("%s has %q already, or keeps the name", made.Descriptor().FullName(), a.field.Name)
		return nil
	}
	line, err := a.protobufField(room)
	if err != nil {
		return err
	}
	text := n
	if !text.Is(tree.String) || text.Text != room.Text {
		return fmt.Errorf("its schema is in a file of Protobuf, which is changed there: add to %s: %s", made.Descriptor().FullName(), line)
	}
	if !a.given(text) {
		return fmt.Errorf("its %s is in %s: name that document too", a.what, text.Span.File.Name())
	}
	inserted := room.Indent + line + "\n"
	if room.Break {
		inserted = line + " "
	}
	a.patch.Replace(text, tree.NewString(room.Text[:room.Offset]+inserted+room.Text[room.Offset:]))
	a.added++
	return nil
}

func (a *adder) protobufField(room protobuf.Room) (string, error) {
	if !isIdentifier(a.field.Name) {
		return "", fmt.Errorf("%q is no name of Protobuf, which has letters, digits and \"_\"", a.field.Name)
	}
	if a.field.Required {
		return "", fmt.Errorf("a field cannot be required of messages in Protobuf: leave out --required, or name other messages with --to")
	}
	said, label := a.field.Schema, ""
	if room.Labelled {
		label = "optional "
	}
	if said.Get("type").Str() == "array" {
		said, label = said.Get("items"), "repeated "
	}
	kind := protobufType(said)
	if kind == "" {
		return "", fmt.Errorf("its schema is Protobuf: say a type of the field that it has, as in --schema '{type: string}' or '{type: int64}'")
	}
	return fmt.Sprintf("%s%s %s = %d;", label, kind, a.field.Name, room.Number), nil
}

// protobufType is the scalar of Protobuf for a schema, or "".
func protobufType(said *tree.Node) string {
	name, format := said.Get("type").Str(), said.Get("format").Str()
	scalars := []string{"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"}
	switch {
	case said.Has("enum"), said.Has("oneOf"), said.Has("anyOf"), said.Has("allOf"):
		return ""
	case name == "string" && (format == "byte" || format == "binary"):
		return "bytes"
	case slices.Contains(scalars, name):
		return name
	case name == "integer" && format == "int32":
		return "int32"
	case name == "integer":
		return "int64"
	case name == "number" && format == "float":
		return "float"
	case name == "number":
		return "double"
	case name == "boolean":
		return "bool"
	}
	return ""
}
