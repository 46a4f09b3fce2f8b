package lint

import (
	"slices"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
)

// shaped explains the faults of structure of a kind that its own rules do not.
func (k *Kind) shaped() []diag.Rule {
	if !k.Shaped {
		return nil
	}
	var list []diag.Rule
	for _, about := range structureWords {
		code := diag.Code(k.Name + "/" + about.code)
		if slices.ContainsFunc(k.Rules, func(r *Rule) bool { return r.Code == code }) {
			continue
		}
		list = append(list, diag.Rule{Code: code, Severity: about.severity, Summary: about.summary, Why: about.why})
	}
	return list
}

// structureWords explain the faults that shape finds in documents of any kind.
var structureWords = []struct {
	code         string
	severity     diag.Severity
	summary, why string
}{
	{shape.CodeUnknownField, diag.Error, "objects have only fields that the specification knows", "A field that nobody reads is most often misspelt, and what it says is lost."},
	{shape.CodeMissingField, diag.Error, "objects have the fields that the specification requires", "Tools rely on what is required, and cannot go on without it."},
	{shape.CodeFieldConflict, diag.Error, "fields that exclude each other do not stand together", "With both, which one counts would depend on the tool."},
	{shape.CodeWrongType, diag.Error, "values have the type that the specification says", "A string where an object belongs cannot be read."},
	{shape.CodeBadValue, diag.Error, "values are among those that the specification allows", "A value that is not known means nothing to anybody."},
	{shape.CodeBadKey, diag.Error, "names have the form that the specification asks for", "Some tools cannot refer to other names."},
	{shape.CodeDuplicateItem, diag.Error, "lists of different things have each thing once", "The second adds nothing, and most often something else was meant."},
	{shape.CodeItemCount, diag.Error, "lists have as many items as the specification asks for", "An empty choice leaves nothing to choose."},
	{shape.CodeRefNotAllowed, diag.Error, "references stand only where the specification allows them", "Tools look for references only there. Elsewhere the object itself must be written."},
	{shape.CodeRefRequired, diag.Error, "where the specification asks for a reference, there is one", "What is written in place could not be shared with others."},
	{shape.CodeRefKind, diag.Error, "references lead to the kind of object that is asked for", "An object of another kind cannot be read as this one."},
	{shape.CodeRefSibling, diag.Warning, "nothing stands beside a reference that is not read", "What stands beside \"$ref\" has no effect, though its author thinks it has."},
	{shape.CodeTooMany, diag.Error, "a document has no more faults of structure than anybody reads", "A document with a thousand faults is most often of another kind, or was made by a tool that has one. The rest is not listed."},
	{shape.CodeBadFormat, diag.Error, "addresses are addresses, and e-mail addresses are e-mail addresses", "People and tools follow them."},
}
