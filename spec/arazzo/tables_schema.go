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
	for _, group := range schemaKeywords(sub) {
		for _, k := range group.keywords {
			object.Fields = append(object.Fields, shape.Field{Name: k.name, Type: group.make(), Doc: k.doc})
		}
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

// keyword is a field of a schema.
type keyword struct{ name, doc string }

// keywords are fields of one type.
type keywords struct {
	make     func() *shape.Type
	keywords []keyword
}

func schemaKeywords(sub func() *shape.Type) []keywords {
	return []keywords{{
		make: func() *shape.Type { return shape.Map(sub()) },
		keywords: []keyword{
			{"$defs", "Schemas for reuse by name."},
			{"definitions", "The older name of $defs."},
			{"properties", "The schemas of properties."},
			{"patternProperties", "The schemas of properties whose names match a pattern."},
			{"dependentSchemas", "Schemas that must hold if a property is there."},
		},
	}, {
		make: func() *shape.Type { return shape.List(sub()).MinItems(1) },
		keywords: []keyword{
			{"allOf", "Schemas that must all hold."},
			{"anyOf", "Schemas of which one at least must hold."},
			{"oneOf", "Schemas of which exactly one must hold."},
			{"prefixItems", "The schemas of the first items."},
		},
	}, {
		make: sub,
		keywords: []keyword{
			{"if", "A schema that decides between then and else."},
			{"then", "The schema that must hold where if does."},
			{"else", "The schema that must hold where if does not."},
			{"not", "A schema that must not hold."},
			{"items", "The schema of the items after prefixItems."},
			{"contains", "A schema that some item must meet."},
			{"additionalProperties", "The schema of all other properties."},
			{"propertyNames", "The schema of the names of properties."},
			{"unevaluatedItems", "The schema of items that nothing else looked at."},
			{"unevaluatedProperties", "The schema of properties that nothing else looked at."},
			{"contentSchema", "The schema of what a string holds."},
		},
	}, {
		make: func() *shape.Type { return shape.Integer().Min(0) },
		keywords: []keyword{
			{"maxLength", "The most characters of a string."},
			{"minLength", "The fewest characters of a string."},
			{"maxItems", "The most items of an array."},
			{"minItems", "The fewest items of an array."},
			{"maxContains", "The most items that meet contains."},
			{"minContains", "The fewest items that meet contains."},
			{"maxProperties", "The most properties of an object."},
			{"minProperties", "The fewest properties of an object."},
		},
	}, {
		make: shape.Number,
		keywords: []keyword{
			{"maximum", "The largest number allowed."},
			{"exclusiveMaximum", "A number that must be larger."},
			{"minimum", "The smallest number allowed."},
			{"exclusiveMinimum", "A number that must be smaller."},
		},
	}, {
		make: shape.String,
		keywords: []keyword{
			{"title", "A title for people."},
			{"description", "A description for people."},
			{"format", "What kind of string it is, as date-time."},
			{"contentEncoding", "How binary content is written in a string, as base64."},
			{"contentMediaType", "The media type of what a string holds."},
		},
	}, {
		make: shape.Boolean,
		keywords: []keyword{
			{"deprecated", "Whether it should not be used any more."},
			{"readOnly", "Whether only the owner may set it."},
			{"writeOnly", "Whether it is never given back."},
			{"uniqueItems", "Whether all items must differ."},
		},
	}}
}
