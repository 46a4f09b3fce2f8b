package avro

import "github.com/weft-dev/weft/text/diag"

// The codes of the faults of a schema.
const (
	CodeType            diag.Code = "avro/type"             // something of the wrong form
	CodeRequired        diag.Code = "avro/required"         // what must be there is not
	CodeUnknownType     diag.Code = "avro/unknown-type"     // a name that nothing defines
	CodeName            diag.Code = "avro/name"             // a name that is none
	CodeNamespace       diag.Code = "avro/namespace"        // a namespace that is none
	CodeDuplicateName   diag.Code = "avro/duplicate-name"   // two types of one name
	CodeDuplicateField  diag.Code = "avro/duplicate-field"  // two fields of one name
	CodeDuplicateSymbol diag.Code = "avro/duplicate-symbol" // two equal symbols
	CodeDuplicateBranch diag.Code = "avro/duplicate-branch" // branches that cannot be told apart
	CodeAlias           diag.Code = "avro/alias"            // an alias that is none, or taken
	CodeNestedUnion     diag.Code = "avro/nested-union"     // a union in a union
	CodeDefault         diag.Code = "avro/default"          // a default that does not fit
	CodeEnumDefault     diag.Code = "avro/enum-default"     // a default that is no symbol
	CodeDecimal         diag.Code = "avro/decimal"          // precision and scale
	CodeSize            diag.Code = "avro/size"             // the size of a fixed
	CodeLogical         diag.Code = "avro/logical-type"     // a logical type that is ignored
	CodeEndless         diag.Code = "avro/endless"          // a record that must hold itself
	CodeWrapped         diag.Code = "avro/wrapped-type"     // {"type": {"type": …}}
	CodeMisspelt        diag.Code = "avro/misspelt"         // nearly an attribute
	CodeVersion         diag.Code = "avro/version"          // newer than the version that is named
	CodeTooLarge        diag.Code = "avro/too-large"        // a limit of ours
)

func severityOf(code diag.Code) diag.Severity {
	switch code {
	case CodeLogical, CodeWrapped, CodeMisspelt, CodeVersion:
		return diag.Warning
	}
	return diag.Error
}

// Rules describes the faults of schemas, for explanations. Good and Bad are
// schemas in files of their own.
func Rules() []diag.Rule {
	list := []diag.Rule{
		{
			Code: CodeAlias, Summary: "an alias is a name that nothing else has",
			Why:  "readers look for what was written under a name by the aliases; one that is no name, or leads to two things, finds nothing",
			Good: record(`{"name": "mail", "type": "string", "aliases": ["email"]}`),
			Bad:  record(`{"name": "mail", "type": "string", "aliases": ["e-mail"]}`),
		},
		{
			Code: CodeDecimal, Summary: "a decimal says how many digits it has",
			Why:  "a decimal is written as a whole number; without precision and scale, or with more digits than its bytes hold, nobody can tell which number was meant",
			Good: record(`{"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}}`),
			Bad:  record(`{"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "scale": 2}}`),
		},
		{
			Code: CodeDefault, Summary: "the default of a field fits its type",
			Why: "readers take the default for what an older writer did not write; one that does not fit makes the schema useless for them. " +
				"Bytes are strings, and of a union the first branch counts (any branch since Avro 1.12)",
			Good: record(`{"name": "quantity", "type": "int", "default": 1}`),
			Bad:  record(`{"name": "quantity", "type": "int", "default": "1"}`),
		},
		{
			Code: CodeDuplicateBranch, Summary: "the branches of a union can be told apart",
			Why:  "a value belongs to a branch by its kind, or by the name of a record, an enum or a fixed; with two of those nobody knows which is meant",
			Good: record(`{"name": "note", "type": ["null", "string"]}`),
			Bad:  record(`{"name": "note", "type": ["string", "null", "string"]}`),
		},
		{
			Code: CodeDuplicateField, Summary: "the fields of a record have names of their own",
			Why:  "a value has one place for each name",
			Good: record(`{"name": "first", "type": "string"}, {"name": "last", "type": "string"}`),
			Bad:  record(`{"name": "name", "type": "string"}, {"name": "name", "type": "string"}`),
		},
		{
			Code: CodeDuplicateName, Summary: "a type is defined once",
			Why:  "types are referred to by their names; after the definition write only the name",
			Good: record(`{"name": "a", "type": {"type": "fixed", "name": "Key", "size": 8}}, {"name": "b", "type": "Key"}`),
			Bad:  record(`{"name": "a", "type": {"type": "fixed", "name": "Key", "size": 8}}, {"name": "b", "type": {"type": "fixed", "name": "Key", "size": 8}}`),
		},
		{
			Code: CodeDuplicateSymbol, Summary: "the symbols of an enum differ",
			Why:  "a symbol is written as its place in the list; with two equal ones there are two ways to write the same",
			Good: `{"type": "enum", "name": "Size", "symbols": ["S", "M", "L"]}`,
			Bad:  `{"type": "enum", "name": "Size", "symbols": ["S", "M", "S"]}`,
		},
		{
			Code: CodeEndless, Summary: "a record that holds itself has a way out",
			Why:  "a value of it would never end, so none can be written",
			Good: `{"type": "record", "name": "Item", "fields": [{"name": "next", "type": ["null", "Item"]}]}`,
			Bad:  `{"type": "record", "name": "Item", "fields": [{"name": "next", "type": "Item"}]}`,
		},
		{
			Code: CodeEnumDefault, Summary: "the default of an enum is one of its symbols",
			Why:  "readers take it for a symbol that they do not know; what is no symbol cannot be taken",
			Good: `{"type": "enum", "name": "Size", "symbols": ["OTHER", "S", "L"], "default": "OTHER"}`,
			Bad:  `{"type": "enum", "name": "Size", "symbols": ["S", "L"], "default": "OTHER"}`,
		},
		{
			Code: CodeLogical, Summary: "a logical type stands where readers look for it, on a type that can carry it",
			Why:  "otherwise it is ignored without a word, and a time is read as a mere number",
			Good: record(`{"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}`),
			Bad:  record(`{"name": "at", "type": "long", "logicalType": "timestamp-millis"}`),
		},
		{
			Code: CodeMisspelt, Summary: "attributes are spelt as Avro knows them",
			Why:  "an attribute that Avro does not know is allowed and means nothing, so that a misspelt one is lost without a word",
			Good: record(`{"name": "note", "type": "string", "default": ""}`),
			Bad:  record(`{"name": "note", "type": "string", "defualt": ""}`),
		},
		{
			Code: CodeName, Summary: "names have letters, digits and \"_\", and do not begin with a digit",
			Why:  "code in many languages is made from schemas, and these are the names that all can have; the names of Avro's own types cannot be taken",
			Good: record(`{"name": "order_id", "type": "string"}`),
			Bad:  record(`{"name": "order-id", "type": "string"}`),
		},
		{
			Code: CodeNamespace, Summary: "a namespace is names with dots between them",
			Why:  "it becomes part of every name inside of it",
			Good: `{"type": "fixed", "name": "Key", "namespace": "com.example", "size": 8}`,
			Bad:  `{"type": "fixed", "name": "Key", "namespace": "com/example", "size": 8}`,
		},
		{
			Code: CodeNestedUnion, Summary: "a union does not stand directly in a union",
			Why:  "a value is written with the number of one branch only; list all branches in one union",
			Good: record(`{"name": "value", "type": ["null", "int", "string"]}`),
			Bad:  record(`{"name": "value", "type": ["null", ["int", "string"]]}`),
		},
		{
			Code: CodeRequired, Summary: "a schema has what its type needs",
			Why:  "a record without fields, an array without items or an enum without symbols says nothing that bytes could be read by",
			Good: `{"type": "array", "items": "string"}`,
			Bad:  `{"type": "array"}`,
		},
		{
			Code: CodeSize, Summary: "the size of a fixed is a number of bytes",
			Why:  "bytes of a fixed are written without their length, so that all must know it",
			Good: `{"type": "fixed", "name": "Key", "size": 16}`,
			Bad:  `{"type": "fixed", "name": "Key", "size": -1}`,
		},
		{
			Code: CodeTooLarge, Summary: "a schema has a size that can be worked with",
			Why: "the limit protects against schemas that are made to cost time and memory",
		},
		{
			Code: CodeType, Summary: "the parts of a schema have the form that Avro asks for",
			Why:  "other readers refuse such a schema, or read something else in it",
			Good: `{"type": "enum", "name": "Size", "symbols": ["S", "L"]}`,
			Bad:  `{"type": "enum", "name": "Size", "symbols": "S, L"}`,
		},
		{
			Code: CodeUnknownType, Summary: "types are Avro's own, or defined before they are used",
			Why:  "a schema stands for itself: a name that it does not define means nothing to its readers",
			Good: record(`{"name": "id", "type": "long"}`),
			Bad:  record(`{"name": "id", "type": "integer"}`),
		},
		{
			Code: CodeVersion, Summary: "a schema uses what the version of Avro that it names has",
			Why: "readers of that version ignore what is newer, so that a time is a mere number to them; name the version in schemaFormat that your readers have",
		},
		{
			Code: CodeWrapped, Summary: "the \"type\" of a schema is a name, not another schema",
			Why:  "many libraries take the inner schema, but the specification has no such form, and others refuse it",
			Good: `{"type": "array", "items": "string"}`,
			Bad:  `{"type": {"type": "array", "items": "string"}}`,
		},
	}
	for i := range list {
		list[i].Severity = severityOf(list[i].Code)
	}
	return list
}

func record(fields string) string {
	return `{"type": "record", "name": "Order", "fields": [` + fields + `]}`
}
