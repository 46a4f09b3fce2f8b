package jsonschema

import "github.com/weft-dev/weft/text/diag"

// Rules describes what Check finds, for explanations. The examples are whole
// documents.
func Rules() []diag.Rule {
	const d7 = "$schema: http://json-schema.org/draft-07/schema#\n"
	const d2020 = "$schema: https://json-schema.org/draft/2020-12/schema\n"
	return []diag.Rule{
		{
			Code: CodeDialect, Severity: diag.Error, Summary: "the dialect of a schema is one that is known",
			Why:  "what keywords mean depends on it",
			Good: d2020, Bad: "$schema: https://json-schema.org/draft/2020-21/schema\n",
		},
		{
			Code: CodeWrongType, Severity: diag.Error, Summary: "keywords have values of the form that their dialect gives them",
			Why:  "validators refuse the schema, or pass over the keyword",
			Good: d7 + "type: object\nrequired: [id]\n", Bad: d7 + "type: object\nproperties: {id: {type: string, required: true}}\n",
		},
		{
			Code: CodeBadValue, Severity: diag.Error, Summary: "values of keywords are among those that mean something",
			Why:  "a type that does not exist, or a length below zero, is never met",
			Good: d7 + "type: integer\n", Bad: d7 + "type: int\n",
		},
		{
			Code: CodeDuplicate, Severity: diag.Error, Summary: "lists of different things have each thing once",
			Why:  "the second adds nothing, and most often something else was meant",
			Good: d7 + "enum: [a, b]\n", Bad: d7 + "enum: [a, a]\n",
		},
		{
			Code: CodePattern, Severity: diag.Error, Summary: "patterns are regular expressions by ECMA 262",
			Why:  "no value can be judged by one that cannot be read",
			Good: d7 + "pattern: '^[a-z]+$'\n", Bad: d7 + "pattern: '^[a-z+$'\n",
		},
		{
			Code: CodeReference, Severity: diag.Error, Summary: "references lead to schemas",
			Why:  "a validator stops at one that leads nowhere",
			Good: d7 + "definitions: {id: {type: string}}\n$ref: '#/definitions/id'\n", Bad: d7 + "definitions: {id: {type: string}}\n$ref: '#/definitions/ids'\n",
		},
		{
			Code: CodeIdle, Severity: diag.Warning, Summary: "nothing stands beside a reference that the dialect does not read there",
			Why:  "until draft-07 all that is beside \"$ref\" is ignored, though its author thinks that it counts",
			Good: d7 + "definitions: {id: {type: string}}\nallOf: [{$ref: '#/definitions/id'}, {minLength: 1}]\n", Bad: d7 + "definitions: {id: {type: string}}\n$ref: '#/definitions/id'\nminLength: 1\n",
		},
		{
			Code: CodeNewer, Severity: diag.Warning, Summary: "keywords are those of the dialect, not of a later one",
			Why:  "a validator of the dialect passes over them, so that more is allowed than meant",
			Good: d2020 + "prefixItems: [{type: string}]\n", Bad: d7 + "prefixItems: [{type: string}]\n",
		},
		{
			Code: CodeOlder, Severity: diag.Warning, Summary: "keywords are those of the dialect, not of an earlier one",
			Why:  "a validator of the dialect passes over them, so that more is allowed than meant",
			Good: d7 + "additionalItems: false\nitems: [{type: string}]\n", Bad: d2020 + "prefixItems: [{type: string}]\nadditionalItems: false\n",
		},
		{
			Code: CodeForeign, Severity: diag.Warning, Summary: "keywords of OpenAPI 3.0 stand only in its schemas",
			Why:  "\"nullable\" means nothing elsewhere: null is refused all the same",
			Good: d7 + "type: [string, 'null']\n", Bad: d7 + "type: string\nnullable: true\n",
		},
		{
			Code: CodeUnknown, Severity: diag.Warning, Summary: "keywords are spelt as the dialect spells them",
			Why:  "one that is misspelt is taken for an annotation, and has no effect",
			Good: d7 + "required: [id]\n", Bad: d7 + "reqiured: [id]\n",
		},
		{
			Code: CodeContra, Severity: diag.Warning, Summary: "a schema does not contradict itself",
			Why:  "no value fits it, so that every message is refused",
			Good: d7 + "minimum: 1\nmaximum: 10\n", Bad: d7 + "minimum: 10\nmaximum: 1\n",
		},
		{
			Code: CodeRequired, Severity: diag.Warning, Summary: "what is required is described",
			Why:  "a required name that no property has is most often misspelt: every message lacks it",
			Good: d7 + "required: [userId]\nproperties: {userId: {type: string}}\n", Bad: d7 + "required: [userID]\nproperties: {userId: {type: string}}\n",
		},
		{
			Code: CodeDefault, Severity: diag.Warning, Summary: "defaults fit the schema that has them",
			Why:  "who fills them in makes messages that are refused",
			Good: d7 + "type: integer\ndefault: 1\n", Bad: d7 + "type: integer\ndefault: one\n",
		},
		{
			Code: CodeExample, Severity: diag.Warning, Summary: "examples fit the schema that has them",
			Why:  "people write what they see, and are refused",
			Good: d7 + "type: integer\nexamples: [1]\n", Bad: d7 + "type: integer\nexamples: [one]\n",
		},
		{
			Code: CodeInvalid, Severity: diag.Error, Summary: "a schema can be used",
			Why: "values cannot be judged by it otherwise; it may be too large, or refer to itself in a way that is not supported",
		},
		{
			Code: CodeTooMany, Severity: diag.Error, Summary: "there are more findings about a schema than are shown",
			Why: "beyond some hundreds the cause is most often one",
		},
	}
}
