package raml

import "github.com/weft-dev/weft/text/diag"

// Rules describes what Check finds, for explanations. The examples are whole
// types.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeText, Severity: diag.Error, Summary: "a RAML data type that is written as a text is YAML",
			Why:  "no tool reads it otherwise",
			Good: "type: object\nproperties: {id: string}\n", Bad: "type: object\nproperties: {id: string\n",
		},
		{
			Code: CodeFacet, Severity: diag.Error, Summary: "types have the facets of their kind",
			Why:  "RAML processors refuse others: a number has no pattern",
			Good: "type: string\npattern: '^[a-z]+$'\n", Bad: "type: integer\npattern: '^[a-z]+$'\n",
		},
		{
			Code: CodeWrongType, Severity: diag.Error, Summary: "facets have values of their form",
			Why:  "a limit that is no number limits nothing",
			Good: "type: string\nminLength: 1\n", Bad: "type: string\nminLength: one\n",
		},
		{
			Code: CodeType, Severity: diag.Error, Summary: "types that are named are known",
			Why:  "what a property holds cannot be known otherwise. In a type that stands alone only names that are nearly those of built-in types are told, as a warning",
			Good: "types: {Item: {type: object}, Order: {type: object, properties: {items: 'Item[]'}}}\n", Bad: "types: {Item: {type: object}, Order: {type: object, properties: {items: 'Itm[]'}}}\n",
		},
		{
			Code: CodeContra, Severity: diag.Warning, Summary: "the least that a type asks for is not more than the most",
			Why:  "no value is both",
			Good: "type: integer\nminimum: 1\nmaximum: 9\n", Bad: "type: integer\nminimum: 9\nmaximum: 1\n",
		},
		{
			Code: CodeTooMany, Severity: diag.Error, Summary: "there are more findings about a type than are shown",
			Why: "beyond some hundreds the cause is most often one",
		},
	}
}
