package lint

import "github.com/weft-dev/weft/text/diag"

// CodeKind is the code of the finding for a document of no kind that is known.
const CodeKind diag.Code = "lint/kind"

// ownRules describe the findings of the runner itself.
func (l *Linter) ownRules() []diag.Rule {
	const head = "asyncapi: 3.0.0\ninfo: {title: Users, version: 1.0.0}\n"
	ignoring := func(comment string) string {
		return head + "channels:\n  # " + comment + "\n  users: {address: users/}\n"
	}
	good := ignoring("weft-ignore asyncapi/address-slash -- the gateway wants it so")
	return []diag.Rule{{
		Code: CodeKind, Severity: diag.Error,
		Summary: "a document says what it is",
		Why:     "What a document may hold depends on its kind, which the first field or the name of the file tells.",
		Good:    head, Bad: "title: Users\nversion: 1.0.0\n",
	}, {
		Code: CodeTooMany, Severity: diag.Error,
		Summary: "a document has no more findings of a rule than anybody reads",
		Why:     "A fault that is there a thousand times has one cause. The rest is not listed, and has the severity of the rule.",
	}, {
		Code: CodeIgnore, Severity: diag.Warning,
		Summary: "a comment that ignores findings says which, and stands at something",
		Why:     "Its author believes that it does something, and it does not.",
		Good:    good, Bad: head + "channels:\n  # weft-ignore-channel asyncapi/address-slash -- the gateway wants it so\n  users: {address: users}\n",
	}, {
		Code: CodeIgnoreReason, Severity: diag.Warning,
		Summary: "a comment that ignores findings says why",
		Why:     "Whoever reads it later must know whether the reason still holds.",
		Good:    good, Bad: ignoring("weft-ignore asyncapi/address-slash"),
	}, {
		Code: CodeIgnoreUnknown, Severity: diag.Warning,
		Summary: "a comment that ignores findings names codes that there are",
		Why:     "A code that is misspelt ignores nothing.",
		Good:    good, Bad: head + "channels:\n  # weft-ignore asyncapi/adress-slash -- the gateway wants it so\n  users: {address: users}\n",
	}, {
		Code: CodeIgnoreUnused, Severity: diag.Info,
		Summary: "a comment that ignores findings is needed",
		Why:     "What it ignored was mended. Left there, it would hide the next fault of the kind.",
		Good:    good, Bad: head + "channels:\n  # weft-ignore asyncapi/address-slash -- the gateway wants it so\n  users: {address: users}\n",
	}}
}
