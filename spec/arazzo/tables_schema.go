package arazzo

import (
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

const objectSchema = "schema"

// schemaObjects are the keywords of JSON Schema 2020-12 as far as their shape
// goes, for the inputs of workflows. What they mean is for spec/schema.
func schemaObjects() []shape.Object {
	sub := schemaType
	object := shape.Object{
		Name: objectSchema, Title: "JSON Schema", Link: "https://json-schema.org/draft/2020-12",
		Doc: "A JSON Schema, version 2020-12.", Open: true,
		Fields: []shape.Field{
			{Name: "$schema", Type: shape.String(), Doc: "The dialect of the schema."},
			{Name: "$id", Type: shape.String().Pattern(`^[^#]*#?$`, "a URI without a fragment"), Doc: "The schema's own URI."},
			{Name: "$ref", Type: shape.String(), Doc: "A schema that must hold too."},
			{Name: "$dynamicRef", Type: shape.String(), Doc: "A schema that must hold too, found at run time."},
			{Name: "$anchor", Type: shape.String().Pattern(`^[A-Za-z_][-A-Za-z0-9._]*$`, "a name"), Doc: "A name for references."},
			{Name: "$dynamicAnchor", Type: shape.String().Pattern(`^[A-Za-z_][-A-Za-z0-9._]*$`, "a name"), Doc: "A name for dynamic references."},
			{Name: "$vocabulary", Type: shape.Map(shape.Boolean()), Doc: "The vocabularies of a dialect."},
			{Name: "$comment", Type: shape.String(), Doc: "A comment for those who edit the schema."},
		},
	}
	maps := []string{"$defs", "definitions", "properties", "patternProperties", "dependentSchemas"}
	for _, name := range maps {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: shape.Map(sub()), Doc: "Schemas by name."})
	}
	lists := []string{"allOf", "anyOf", "oneOf", "prefixItems"}
	for _, name := range lists {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: shape.List(sub()).MinItems(1), Doc: "A list of schemas."})
	}
	single := []string{
		"if", "then", "else", "not", "items", "contains", "additionalProperties",
		"propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema",
	}
	for _, name := range single {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: sub(), Doc: "A schema."})
	}
	counts := []string{
		"maxLength", "minLength", "maxItems", "minItems", "maxContains", "minContains", "maxProperties", "minProperties",
	}
	for _, name := range counts {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: shape.Integer().Min(0), Doc: "A count."})
	}
	for _, name := range []string{"maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"} {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: shape.Number(), Doc: "A bound."})
	}
	for _, name := range []string{"title", "description", "format", "contentEncoding", "contentMediaType"} {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: shape.String()})
	}
	for _, name := range []string{"deprecated", "readOnly", "writeOnly", "uniqueItems"} {
		object.Fields = append(object.Fields, shape.Field{Name: name, Type: shape.Boolean()})
	}
	object.Fields = append(object.Fields,
		shape.Field{Name: "type", Type: shape.Either(simpleType(), shape.List(simpleType()).MinItems(1).Unique()), Doc: "The kinds of value allowed."},
		shape.Field{Name: "pattern", Type: shape.String().Format("regex"), Doc: "A regular expression that a string must match somewhere."},
		shape.Field{Name: "enum", Type: shape.List(shape.Any()), Doc: "The only values allowed."},
		shape.Field{Name: "examples", Type: shape.List(shape.Any()), Doc: "Sample values."},
		shape.Field{Name: "multipleOf", Type: shape.Number().Above(0), Doc: "What a number must be a multiple of."},
		shape.Field{Name: "required", Type: shape.List(shape.String()).Unique(), Doc: "The properties that must be there."},
		shape.Field{Name: "dependentRequired", Type: shape.Map(shape.List(shape.String()).Unique()), Doc: "Properties that must be there if another is."},
		shape.Field{Name: "dependencies", Type: shape.Map(shape.Either(shape.List(shape.String()).Unique(), sub())), Doc: "The older form of dependentRequired and dependentSchemas."},
	)
	return []shape.Object{object}
}

// schemaType is a schema: an object, or true or false.
func schemaType() *shape.Type {
	return shape.Pick(func(n *tree.Node) int {
		if n.Is(tree.Bool) {
			return 0
		}
		return 1
	}, shape.Boolean(), shape.Is(objectSchema).Called("a schema, true or false"))
}

func simpleType() *shape.Type {
	return shape.String().Enum("array", "boolean", "integer", "null", "number", "object", "string")
}
