package tree

import "github.com/weft-dev/weft/text/diag"

// Rules describes the findings about a text itself, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeSyntax, Severity: diag.Error, Summary: "the text is neither YAML nor JSON",
			Why:  "what cannot be read cannot be judged; nothing else is reported about the document until this is mended",
			Good: "title: 'Orders: all'\n", Bad: "title: Orders: all\n",
		},
		{
			Code: CodeEmpty, Severity: diag.Error, Summary: "the document is empty",
			Why:  "an empty document is most often the wrong file, or one whose writing failed",
			Good: "title: Orders\n", Bad: "# title: Orders\n",
		},
		{
			Code: CodeEncoding, Severity: diag.Error, Summary: "the document is not written in UTF-8",
			Why:  "YAML and JSON documents are exchanged in UTF-8; other encodings are read differently by different tools",
			Good: "title: Größe\n", Bad: "title: Gr\xf6\xdfe\n",
		},
		{
			Code: CodeTooLarge, Severity: diag.Error, Summary: "the document is larger than what is read",
			Why: "a contract is written by people; one of this size is a mistake or an attack",
		},
		{
			Code: CodeTooDeep, Severity: diag.Error, Summary: "too many collections nest in one another",
			Why: "no description needs such depth, and every tool that reads it would need memory for each level",
		},
		{
			Code: CodeTooManyValues, Severity: diag.Error, Summary: "the document has too many keys and values",
			Why: "reading it would take more memory than a contract is worth",
		},
		{
			Code: CodeAliasExpansion, Severity: diag.Error, Summary: "aliases make the document many times as large as it is written",
			Why: "a few lines of aliases of aliases can stand for billions of values, which is a known attack",
		},
		{
			Code: CodeAliasCycle, Severity: diag.Error, Summary: "an alias stands inside the value it names",
			Why:  "such a value never ends, and JSON cannot hold it",
			Good: "a: &a {x: 1}\nb: *a\n", Bad: "a: &a\n  b: *a\n",
		},
		{
			Code: CodeDuplicateKey, Severity: diag.Error, Summary: "a key is written twice in one object",
			Why:  "some tools read the first, some the last, and one of the two is lost",
			Good: "title: Orders\nversion: 1.0.0\n", Bad: "title: Orders\ntitle: Shipping\n",
		},
		{
			Code: CodeKey, Severity: diag.Error, Summary: "a key is not a string",
			Why:  "JSON, to which every description must translate, knows only strings as keys",
			Good: "'[a, b]': c\n", Bad: "? [a, b]\n: c\n",
		},
		{
			Code: CodeMergeKey, Severity: diag.Error, Summary: "a merge key (<<) brings in what is not an object",
			Why:  "only the members of objects can be brought into an object",
			Good: "base: &base {a: 1}\none:\n  <<: *base\n  b: 2\n", Bad: "base: &base 1\none:\n  <<: *base\n  b: 2\n",
		},
		{
			Code: CodeNumber, Severity: diag.Error, Summary: "a number that JSON cannot hold",
			Why:  "infinity and what is not a number have no form in JSON, and numbers of a thousand digits none that tools agree on",
			Good: "maximum: 1000000\n", Bad: "maximum: .inf\n",
		},
		{
			Code: CodeTag, Severity: diag.Error, Summary: "a tag that has no meaning in a description, or does not fit its value",
			Why:  "tags beyond those of JSON's own types are read differently by different tools, or not at all",
			Good: "created: 2024-01-01\n", Bad: "created: !date 2024-01-01\n",
		},
		{
			Code: CodeDocuments, Severity: diag.Error, Summary: "a file holds more than one document",
			Why:  "only the first is read; what stands in the others is silently lost in most tools",
			Good: "---\ntitle: Orders\n", Bad: "title: Orders\n---\ntitle: Shipping\n",
		},
		{
			Code: CodeManyFindings, Severity: diag.Error, Summary: "there are more findings about the text than are shown",
			Why: "beyond some hundreds the cause is most often one, and reading on does not help to find it",
		},
	}
}
