package avrodiff

import "github.com/weft-dev/weft/text/diag"

// Rules explains every kind of difference; the codes are "diff/" and the kind.
// The severity is the worst that a change of that kind can have.
func Rules() []diag.Rule {
	rule := func(kind Kind, worst diag.Severity, summary, why string) diag.Rule {
		return diag.Rule{Code: Code(kind), Severity: worst, Summary: summary, Why: why}
	}
	return []diag.Rule{
		rule(FieldAdded, diag.Error, "an Avro record has one more field", "readers of the new schema need its default for what was written before; readers of the old one pass it over"),
		rule(FieldRemoved, diag.Error, "an Avro record has one field less", "readers of the old schema need its default for what is written now; readers of the new one pass it over"),
		rule(FieldRenamed, diag.Error, "an Avro field has another name", "only a reader that has the other name as an alias finds it"),
		rule(DefaultAdded, diag.Info, "an Avro field has a default", "readers can do without the field, so that writers may leave it out of their schemas"),
		rule(DefaultRemoved, diag.Warning, "an Avro field has no default any more", "readers can no longer do without the field"),
		rule(DefaultChanged, diag.Warning, "the default of an Avro field is another", "readers take another value for what was not written"),
		rule(TypeChanged, diag.Error, "something has another Avro type", "an int is read as a long, a float and a double, a string as bytes, and the other way round none of the numbers"),
		rule(TypeRenamed, diag.Error, "an Avro type has another name", "types are found by their names; a reader with the other name as an alias finds it, and another namespace does not matter"),
		rule(AliasChanged, diag.Warning, "an Avro type or field has other aliases", "readers find under an alias what was written by another name"),
		rule(SymbolAdded, diag.Error, "an Avro enum has one more symbol", "readers of the old schema do not know it, and only an enum with a default can take that instead"),
		rule(SymbolRemoved, diag.Error, "an Avro enum has one symbol less", "readers of the new schema do not know it, and only an enum with a default can take that instead"),
		rule(SymbolMoved, diag.Info, "the symbols of an Avro enum are in another order", "readers that have the writer's schema find them by name; those that read by their own schema alone read another symbol"),
		rule(EnumDefault, diag.Warning, "the default of an Avro enum is another", "readers take it for symbols that they do not know"),
		rule(BranchAdded, diag.Error, "an Avro union has one more branch", "readers of the old schema have no place for its values"),
		rule(BranchRemoved, diag.Error, "an Avro union has one branch less", "readers of the new schema have no place for its values"),
		rule(SizeChanged, diag.Error, "an Avro fixed has another size", "bytes of a fixed are written without their number"),
		rule(LogicalChanged, diag.Error, "something has another logical type in Avro", "decimals of other digits are not read; other numbers are read and mean something else"),
		rule(OrderChanged, diag.Info, "an Avro field sorts in another way", "only what sorts data by the schema is touched"),
		rule(Refused, diag.Error, "an Avro schema changed so that one version does not read the other", "the datum that is shown proves it"),
	}
}

// Code is the code of the findings about a kind of difference.
func Code(kind Kind) diag.Code { return "diff/" + diag.Code(kind) }
