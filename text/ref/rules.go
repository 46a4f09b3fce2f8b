package ref

import "github.com/weft-dev/weft/text/diag"

// Rules describes the findings about references, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeValue, Severity: diag.Error, Summary: "a $ref is not a proper reference",
			Why:  "a reference is a string with a URI, a path, or a # and a JSON Pointer; in YAML an unquoted # starts a comment",
			Good: "a: 1\nb:\n  $ref: '#/a'\n", Bad: "a: 1\nb:\n  $ref: #/a\n",
		},
		{
			Code: CodePointer, Severity: diag.Error, Summary: "a reference names a place where nothing is",
			Why:  "what refers to it is incomplete: a tool that reads the description stops there, or leaves it out",
			Good: "messages: {Order: {}}\nb:\n  $ref: '#/messages/Order'\n", Bad: "messages: {Order: {}}\nb:\n  $ref: '#/messages/Ordr'\n",
		},
		{
			Code: CodeAnchor, Severity: diag.Error, Summary: "the fragment of a reference is a name, not a JSON Pointer",
			Why:  "names are known only to some schema languages; a JSON Pointer starts with /",
			Good: "a: 1\nb:\n  $ref: '#/a'\n", Bad: "a: 1\nb:\n  $ref: '#a'\n",
		},
		{
			Code: CodeCycle, Severity: diag.Error, Summary: "references lead in a circle and never to a value",
			Why:  "there is nothing that they could stand for",
			Good: "a:\n  $ref: '#/b'\nb: {x: 1}\n", Bad: "a:\n  $ref: '#/b'\nb:\n  $ref: '#/a'\n",
		},
		{
			Code: CodeTooLong, Severity: diag.Error, Summary: "too many references follow one another before there is a value",
			Why: "nobody writes such a chain, and each step may open a document",
		},
		{
			Code: CodeNotFound, Severity: diag.Error, Summary: "a reference names a document that is not there",
			Why:  "the path may be misspelt, or relative to another document than the one it stands in",
			Good: "a: {x: 1}\nb:\n  $ref: '#/a'\n", Bad: "b:\n  $ref: ./missing.yaml\n",
		},
		{
			Code: CodeNotAllowed, Severity: diag.Error, Summary: "a reference names a document that may not be read",
			Why: "a description may be written by somebody else: its references reach only the files of its project, and only the hosts that were allowed",
		},
		{
			Code: CodeUnavailable, Severity: diag.Error, Summary: "a document that is referred to could not be read now",
			Why: "the disk or the network failed, or it took too long; it may do the next time",
		},
		{
			Code: CodeNotText, Severity: diag.Error, Summary: "a reference names a file that is not text, or too large",
			Why: "only descriptions and schemas in a text format can be referred to",
		},
		{
			Code: CodeNotSupported, Severity: diag.Error, Summary: "a reference has a form of address that is not known",
			Why: "files and, where allowed, http and https can be opened",
		},
		{
			Code: CodeNotData, Severity: diag.Error, Summary: "a reference names a text that is neither YAML nor JSON",
			Why: "at this place a value is needed; a schema of another format can be referred to only where a schema is expected",
		},
		{
			Code: CodeTooMany, Severity: diag.Error, Summary: "more documents or references belong together than are read",
			Why: "the limit protects against descriptions that draw in more and more",
		},
	}
}
