package asyncapi

import (
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

// avro is an Avro schema: a name, a union, or an object by its "type".
func avro() *shape.Type { return shape.Named("Avro schema").Called("an Avro schema") }

// avroType is what avro names; it holds itself.
func avroType() *shape.Type {
	objects := shape.Switch("type",
		shape.When(shape.Is("Avro record"), "record"),
		shape.When(shape.Is("Avro enum"), "enum"),
		shape.When(shape.Is("Avro array"), "array"),
		shape.When(shape.Is("Avro map"), "map"),
		shape.When(shape.Is("Avro fixed"), "fixed"),
		shape.When(shape.Is("Avro primitive"), "null", "boolean", "int", "long", "float", "double", "bytes", "string"),
	)
	return shape.Pick(func(n *tree.Node) int {
		switch n.Kind {
		case tree.String:
			return 0
		case tree.Sequence:
			return 1
		}
		return 2
	}, avroFullName(), shape.List(avro()).MinItems(1), objects).Called("an Avro schema")
}

func avroFullName() *shape.Type {
	return text().Pattern(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$`, "the name of an Avro type")
}

func avroName() *shape.Type {
	return text().Pattern(`^[A-Za-z_]\w*$`, "letters, digits and \"_\", not beginning with a digit")
}

func avroTables() []shape.Object {
	kind := field("type", text(), "The kind of schema.")
	named := func(name, doc string, more ...shape.Field) shape.Object {
		return shape.Object{
			Name: name, Title: name, Doc: doc, Open: true, Link: "https://avro.apache.org/docs/1.9.0/spec.html",
			Fields: append([]shape.Field{
				kind,
				field("name", avroName(), "The name of the type."),
				field("namespace", text().Pattern(`^([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)*$`, "names joined by dots"), "What qualifies the name."),
				field("doc", text(), "What it is."),
				field("aliases", shape.List(avroName()), "Other names of the type."),
			}, more...),
		}
	}
	withName := func(o shape.Object) shape.Object {
		o.Fields[1].Required = true
		return o
	}
	return []shape.Object{
		withName(named("Avro record", "A record.",
			required("fields", shape.List(shape.Is("Avro field")), "Its fields."))),
		withName(named("Avro enum", "One of several symbols.",
			required("symbols", shape.List(avroName()), "The symbols."))),
		named("Avro array", "A list.", required("items", avro(), "A schema of its items.")),
		named("Avro map", "A map with strings as keys.", required("values", avro(), "A schema of its values.")),
		withName(named("Avro fixed", "A fixed number of bytes.",
			required("size", shape.Number(), "The number of bytes."))),
		{
			Name: "Avro primitive", Title: "Avro primitive", Doc: "A primitive type, with attributes.", Open: true,
			Fields: []shape.Field{kind},
		},
		{
			Name: "Avro field", Title: "Avro field", Doc: "A field of a record.", Open: true,
			Fields: []shape.Field{
				required("name", avroName(), "The name of the field."),
				required("type", avro(), "A schema of its value."),
				field("doc", text(), "What it is."),
				field("default", shape.Any(), "The value where there is none."),
				field("order", text().Enum("ascending", "descending", "ignore"), "How the field sorts records."),
				field("aliases", shape.List(avroName()), "Other names of the field."),
			},
		},
	}
}
