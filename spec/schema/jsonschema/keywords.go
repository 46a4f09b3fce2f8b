package jsonschema

import "github.com/weft-dev/weft/spec/schema"

// holds says where schemas stand below a keyword.
type holds uint8

const (
	nothing      holds = iota // an annotation, or definitions that are read when something refers to them
	plain                     // any value, taken as it is
	one                       // a schema
	many                      // an array of schemas
	named                     // an object whose values are schemas
	oneOrMany                 // a schema, or an array of them ("items" until 2019-09)
	namedOrNames              // an object of schemas or arrays of names ("dependencies")
	reference                 // a "$ref"
)

// holdsOf knows the keywords that judge a value, whatever the dialect.
func holdsOf(keyword string) holds {
	switch keyword {
	case "type", "enum", "const", "format",
		"multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
		"maxLength", "minLength", "pattern",
		"maxItems", "minItems", "uniqueItems", "minContains", "maxContains",
		"maxProperties", "minProperties", "required", "dependentRequired":
		return plain
	case "not", "if", "then", "else", "additionalItems", "contains",
		"additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties":
		return one
	case "allOf", "anyOf", "oneOf", "prefixItems":
		return many
	case "properties", "patternProperties", "dependentSchemas":
		return named
	case "items":
		return oneOrMany
	case "dependencies":
		return namedOrNames
	case "$ref", "$dynamicRef", "$recursiveRef":
		return reference
	}
	return nothing
}

// judges reports whether a keyword judges values in a dialect. Where it does
// not, it is an annotation.
func judges(keyword string, d schema.Dialect) bool {
	if holdsOf(keyword) == nothing || d == schema.OpenAPI30 && !inOpenAPI30(keyword) {
		return false
	}
	version := draft(d)
	switch keyword {
	case "const", "contains", "propertyNames":
		return version >= 6
	case "if", "then", "else":
		return version >= 7
	case "dependentRequired", "dependentSchemas", "minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties":
		return version >= 2019
	case "prefixItems":
		return version >= 2020
	case "additionalItems":
		return version < 2020
	}
	return true
}

// inOpenAPI30 reports whether OpenAPI 3.0 has a keyword of draft-07.
func inOpenAPI30(keyword string) bool {
	switch keyword {
	case "const", "contains", "propertyNames", "if", "then", "else", "patternProperties", "dependencies", "additionalItems":
		return false
	}
	return true
}
