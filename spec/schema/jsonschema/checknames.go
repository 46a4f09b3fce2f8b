package jsonschema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// instead says what to write for a keyword that a dialect does not have.
var instead = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"prefixItems": "write the schemas as a list under \"items\"", "$defs": "write \"definitions\", and change the references to it",
		"dependentRequired": "write \"dependencies\", which takes lists of names", "dependentSchemas": "write \"dependencies\", which takes schemas",
		"const": "write an \"enum\" of the one value", "$anchor": "write \"$id\": \"#name\"", "$id": "write \"id\"",
		"unevaluatedProperties": "write \"additionalProperties\" where all properties are described in one place", "unevaluatedItems": "write \"additionalItems\"",
		"if": "write an \"anyOf\" of both cases", "then": "write an \"anyOf\" of both cases", "else": "write an \"anyOf\" of both cases",
		"$dynamicRef": "write \"$ref\"", "$recursiveRef": "write \"$dynamicRef\"", "additionalItems": "write \"items\", which is about those after \"prefixItems\"",
		"dependencies": "write \"dependentRequired\" or \"dependentSchemas\"", "id": "write \"$id\"", "minContains": "there is no such limit; \"contains\" asks for one",
		"nullable": "write null among the types: type: [string, 'null']", "example": "write a list under \"examples\"",
		"examples": "write the value under \"example\"", "patternProperties": "write \"additionalProperties\"", "definitions": "put the schemas under components/schemas",
	}
}}

// name looks at a keyword that the dialect does not have.
func (c *check) name(n *tree.Node, name string, value *tree.Node, dialect schema.Dialect) {
	if strings.HasPrefix(name, "x-") || slices.Contains(c.opt.Also, name) {
		return
	}
	switch since, until := lifeOf(name); {
	case since == 0:
		c.strange(n, name, value, dialect)
	case dialect == schema.OpenAPI30:
		c.told(CodeNewer, name, value, "OpenAPI 3.0 has no keyword %q: it has no effect", name)
	case since > draft(dialect):
		c.told(CodeNewer, name, value, "%q has no effect in %s: it came with %s", name, dialect, dialectOfDraft(since))
	case name == "id" && !value.Is(tree.String):
	default:
		c.told(CodeOlder, name, value, "%q has no effect in %s: it went with %s", name, dialect, dialectOfDraft(until))
	}
}

func (c *check) told(code diag.Code, name string, value *tree.Node, format string, args ...any) {
	c.key(code, diag.Warning, value, format, args...).Help = instead.Get()[name]
}

// lifeOf returns the first and the last dialect of a keyword; 0 for none and
// for no end.
func lifeOf(name string) (since, until int) {
	for i := range checkWords {
		w := &checkWords[i]
		if w.name != name {
			continue
		}
		if since == 0 {
			since = w.since
		}
		until = w.until
	}
	return since, until
}

func dialectOfDraft(version int) schema.Dialect {
	switch version {
	case 4:
		return schema.Draft4
	case 6:
		return schema.Draft6
	case 2019:
		return schema.Draft2019
	case 2020:
		return schema.Draft2020
	}
	return schema.Draft7
}

// foreignWords are keywords of OpenAPI 3.0 that others take for annotations,
// though their authors think that they have an effect.
var foreignWords = []string{"nullable", "example"}

// strange looks at a keyword that no dialect has: it may be an annotation of
// somebody's own, unless it is nearly one that is known.
func (c *check) strange(n *tree.Node, name string, value *tree.Node, dialect schema.Dialect) {
	if slices.Contains(foreignWords, name) {
		severity := diag.Warning
		if name == "example" {
			severity = diag.Info
		}
		c.key(CodeForeign, severity, value, "%q is a keyword of OpenAPI 3.0, and has no effect in %s", name, dialect).Help = instead.Get()[name]
		return
	}
	near := c.near(name, dialect)
	if near == "" || n.Has(near) {
		return
	}
	d := c.key(CodeUnknown, diag.Warning, value, "the keyword %s is not known", quote(name))
	d.Help = fmt.Sprintf("did you mean %q?", near)
	d.Fixes = []diag.Fix{{Title: fmt.Sprintf("rename it to %q", near), Edits: []diag.Edit{{Span: value.Key.Span, Text: inQuotesOf(value.Key, near)}}}}
}

// inQuotesOf writes a key as another is written.
func inQuotesOf(key *tree.Node, name string) string {
	if raw := key.Span.Text(); len(raw) > 0 && (raw[0] == '"' || raw[0] == '\'') {
		return string(raw[:1]) + name + string(raw[:1])
	}
	return name
}

var allWords = lazy.Of[[]string]{Make: func() []string {
	var names []string
	for i := range checkWords {
		if !slices.Contains(names, checkWords[i].name) {
			names = append(names, checkWords[i].name)
		}
	}
	return names
}}

// mostNamesCompared bounds what a document with very many keys of its own may
// cost.
const mostNamesCompared = 20_000

// near returns the keyword that a name is a slip of: one character more, less,
// exchanged or swapped with its neighbour; two in a long name. Words of other
// meaning lie further off, mostly.
func (c *check) near(name string, dialect schema.Dialect) string {
	if c.compared++; c.compared > mostNamesCompared || len(name) < 3 || len(name) > 40 {
		return ""
	}
	for _, word := range allWords.Get() {
		if _, known := formOf(word, dialect); !known || len(word) < 4 {
			continue
		}
		if strings.EqualFold(strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), "-", ""), word) || slips(name, word) <= 1+len(word)/9 {
			return word
		}
	}
	return ""
}

// slips counts the insertions, deletions, replacements and swaps of neighbours
// between two names.
func slips(a, b string) int {
	if gap := len(a) - len(b); gap > 3 || gap < -3 {
		return 9
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
