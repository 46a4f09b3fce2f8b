package bundle

import "github.com/weft-dev/weft/text/diag"

// The codes of what stands in the way of a bundle, and of what is worth
// knowing about one.
const (
	CodeNotBundled diag.Code = "bundle/not-supported"
	CodeCircle     diag.Code = "bundle/circle"
	CodeTooLarge   diag.Code = "bundle/too-large"
	CodeText       diag.Code = "bundle/text"
	CodeID         diag.Code = "bundle/id"
	CodeConflict   diag.Code = "bundle/conflict"
	CodeVersions   diag.Code = "bundle/versions"
	CodeDynamic    diag.Code = "bundle/dynamic"
)

// Rules describes the findings about bundles, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeNotBundled, Severity: diag.Error, Summary: "only AsyncAPI 2 and 3, OpenAPI 3, Arazzo and JSON Schema documents can be bundled",
			Why:  "a bundle needs a place for what is referred to, and each specification has its own",
			Good: "asyncapi: 3.0.0\ninfo: {title: Orders, version: 1.0.0}\n", Bad: "swagger: '2.0'\ninfo: {title: Orders, version: 1.0.0}\npaths: {}\n",
		},
		{
			Code: CodeCircle, Severity: diag.Info, Summary: "references that lead in a circle stay references",
			Why: "a value that holds itself cannot be written out; it becomes a component, and the reference leads there. It is an error where the specification has no components for such a value",
		},
		{
			Code: CodeTooLarge, Severity: diag.Error, Summary: "a bundle has a bounded size",
			Why: "references that are written out can make a small document very large; in the mode ref each value is there once",
		},
		{
			Code: CodeText, Severity: diag.Error, Summary: "a text in another language can be bundled where it is a whole schema",
			Why: "it becomes a string in the place of the reference; a part of it, would not be complete there, and neither would one that imports what cannot be put into one text with it",
		},
		{
			Code: CodeID, Severity: diag.Info, Summary: "a schema whose references were rewritten, or that was written out, has no $id",
			Why: "inside of a schema with an $id, paths such as #/components/… are looked for in that schema and not in the document; and a name is that of one schema, not of copies",
		},
		{
			Code: CodeDynamic, Severity: diag.Error, Summary: "a $dynamicRef means one schema of the bundle",
			Why: "which schema it means is found while a value is judged, by names in the files on the way there; where those become one document, a name may mean another schema, or none",
		},
		{
			Code: CodeConflict, Severity: diag.Error, Summary: "documents that are merged say the same of what they both have",
			Why: "two channels, messages or schemas of one name that differ cannot be one; rename one of them, or make them equal",
		},
		{
			Code: CodeVersions, Severity: diag.Error, Summary: "documents that are merged are of one specification and version",
			Why: "a document has one version, by which all that is in it is read; convert the others first",
		},
	}
}
