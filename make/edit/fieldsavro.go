package edit

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/text/tree"
)

// avro adds the field to a record of Avro, or to the records of a union: as one
// that may be null where it is not required, and with a default in any case,
// since a reader with the new schema must be able to read what was written with
// the old one.
func (a *adder) avro(n *tree.Node) error {
	n = a.resolve(n)
	switch {
	case n == nil:
		return fmt.Errorf("a reference in its %s leads nowhere", a.what)
	case a.done[n]:
		return nil
	case !a.given(n):
		return fmt.Errorf("its %s is in %s: name that document too", a.what, n.Span.File.Name())
	case n.Is(tree.Sequence):
		return a.avroUnion(n)
	case n.Get("type").Is(tree.Mapping) || n.Get("type").Is(tree.Sequence):
		return a.avro(n.Get("type")) // {"type": {"type": "record", …}} says it twice
	case n.Get("type").Str() != "record" && n.Get("type").Str() != "error", !n.Get("fields").Is(tree.Sequence):
		return fmt.Errorf("its %s is no record of Avro, so it has no fields", a.what)
	}
	a.done[n] = true
	fields := n.Get("fields")
	for _, field := range fields.Items {
		if field.Get("name").Str() == a.field.Name || isListed(field.Get("aliases"), a.field.Name) {
			a.note("%s has %q already", n.Path(), a.field.Name)
			return nil
		}
	}
	made, err := a.avroField()
	if err != nil {
		return err
	}
	a.patch.Append(patch.Written(fields), made)
	a.added++
	return nil
}

func (a *adder) avroUnion(n *tree.Node) error {
	a.done[n] = true
	records := 0
	for _, member := range n.Items {
		if member.Get("type").Str() == "record" {
			records++
			if err := a.avro(member); err != nil {
				return err
			}
		}
	}
	if records == 0 {
		return fmt.Errorf("no union member is a record of Avro, so there are no fields")
	}
	return nil
}

func isListed(list *tree.Node, name string) bool { return list.Is(tree.Sequence) && listed(list, name) }

// avroField is the field as Avro writes it.
func (a *adder) avroField() (*tree.Node, error) {
	if !isIdentifier(a.field.Name) {
		return nil, fmt.Errorf("%q is no name of Avro, which has letters, digits and \"_\"", a.field.Name)
	}
	said := a.field.Schema
	kind, err := avroType(said)
	if err != nil {
		return nil, err
	}
	preset := said.Get("default")
	switch {
	case preset != nil && preset.Kind != tree.Null && !a.field.Required:
		kind = tree.NewArray(kind, tree.NewString("null"))
	case !a.field.Required:
		kind, preset = tree.NewArray(tree.NewString("null"), kind), &tree.Node{Kind: tree.Null, Text: "null"}
	case preset == nil:
		return nil, fmt.Errorf("a required field of Avro needs a default, or nobody with the new schema could read what was written with the old one: give one in --schema, as in '{type: string, default: \"\"}', or leave out --required")
	}
	field := object("name", tree.NewString(a.field.Name))
	if doc := said.Get("description").Str(); doc != "" {
		field.Set("doc", tree.NewString(doc))
	}
	field.Set("type", kind)
	field.Set("default", preset.Clone())
	return field, nil
}

// avroType is a type of Avro for a schema: what Avro itself would write is taken
// as it is, and simple types of JSON Schema are those that hold the same.
func avroType(said *tree.Node) (*tree.Node, error) {
	name, format := said.Get("type").Str(), said.Get("format").Str()
	if slices.Contains([]string{"int", "long", "float", "double", "bytes", "boolean", "record", "fixed", "map"}, name) || said.Has("logicalType") || said.Has("symbols") {
		kind := said.Clone()
		bare := tree.NewObject()
		for i := range kind.Members {
			if key := kind.Members[i].Key.Text; key != "default" && key != "description" {
				bare.Set(key, kind.Members[i].Value)
			}
		}
		if bare.Len() == 1 && bare.Has("type") {
			return bare.Get("type"), nil
		}
		return bare, nil
	}
	logical := func(kind, of string) (*tree.Node, error) {
		n := object("type", tree.NewString(kind))
		n.Set("logicalType", tree.NewString(of))
		return n, nil
	}
	switch {
	case said.Has("enum"), said.Has("oneOf"), said.Has("anyOf"), said.Has("allOf"), said.Has("$ref"):
	case name == "string" && format == "uuid":
		return logical("string", "uuid")
	case name == "string" && format == "date-time":
		return logical("long", "timestamp-millis")
	case name == "string" && format == "date":
		return logical("int", "date")
	case name == "string":
		return tree.NewString("string"), nil
	case name == "integer" && format == "int32":
		return tree.NewString("int"), nil
	case name == "integer":
		return tree.NewString("long"), nil
	case name == "number" && format == "float":
		return tree.NewString("float"), nil
	case name == "number":
		return tree.NewString("double"), nil
	case name == "array" && said.Get("items").Is(tree.Mapping):
		items, err := avroType(said.Get("items"))
		if err != nil {
			return nil, err
		}
		list := object("type", tree.NewString("array"))
		list.Set("items", items)
		return list, nil
	}
	return nil, fmt.Errorf("its schema is Avro: say the type of the field as Avro does, as in --schema '{type: enum, name: Reason, symbols: [A, B]}'")
}

// isIdentifier reports whether a name is one in Avro and in Protobuf.
func isIdentifier(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
