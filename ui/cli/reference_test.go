package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/diag"
)

// The page of rules is made of the rules. To make it anew:
//
//	go test ./ui/cli -run ReferenceOfRules -update
func TestTheReferenceOfRulesIsCurrent(t *testing.T) {
	t.Parallel()
	golden.Assert(t, []byte(referenceOfRules()), "../../docs/reference/rules.md")
}

const referenceHead = `# Rules

Every finding of weft has a code, and every code is explained here, and by ` + "`weft explain CODE`" + `.
This page is made from the rules themselves (` + "`go test ./ui/cli -run ReferenceOfRules -update`" + `): do not edit it.

How much a rule counts, its options, and what to ignore is said in a [ruleset](../guide/rulesets.md).
Rules marked *optional* count only where a ruleset asks for them.
`

// families are the first parts of codes, with what they are about, in the order
// of the page. Others follow.
var families = [][2]string{
	{"asyncapi", "AsyncAPI documents"},
	{"practice", "How good a contract is"},
	{"arazzo", "Arazzo documents"},
	{"expression", "Expressions of workflows"},
	{"openapi", "OpenAPI documents, as sources of workflows"},
	{"jsonschema", "JSON Schemas"},
	{"avro", "Avro schemas"},
	{"protobuf", "Texts of Protocol Buffers"},
	{"raml", "RAML data types"},
	{"text", "Texts and references"},
	{"lint", "The linter itself"},
	{"weft", "Rulesets"},
	{"workflow", "Workflows that are run"},
	{"diff", "Changes"},
}

func referenceOfRules() string {
	byFamily := map[string][]diag.Rule{}
	for _, r := range explained() {
		family, _, _ := strings.Cut(string(r.Code), "/")
		byFamily[family] = append(byFamily[family], r)
	}
	order := slices.Clone(families)
	for _, family := range sortedKeys(byFamily) {
		if !slices.ContainsFunc(families, func(f [2]string) bool { return f[0] == family }) {
			order = append(order, [2]string{family, upperFirst(family)})
		}
	}
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, family := range order {
		list := byFamily[family[0]]
		slices.SortFunc(list, func(a, b diag.Rule) int { return cmp.Compare(a.Code, b.Code) })
		fmt.Fprintf(&b, "\n## %s\n\n| code | severity | |\n|---|---|---|\n", family[1])
		for _, r := range list {
			fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.Code, anchor(r.Code), severityWords(&r), cell(r.Summary))
		}
		for _, r := range list {
			writeRule(&b, &r)
		}
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// anchor is what the services that show Markdown make of a heading.
func anchor(code diag.Code) string { return strings.ReplaceAll(string(code), "/", "") }

func severityWords(r *diag.Rule) string {
	if r.Optional {
		return r.Severity.String() + ", optional"
	}
	return r.Severity.String()
}

func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "\n", " ").Replace(text)
}

func writeRule(b *strings.Builder, r *diag.Rule) {
	fmt.Fprintf(b, "\n### %s\n\n%s (%s)\n\n%s\n", r.Code, cell(fullSentence(r.Summary)), severityWords(r), cell(fullSentence(r.Why)))
	if len(r.Options) > 0 {
		fmt.Fprint(b, "\n| option | default | |\n|---|---|---|\n")
		for _, o := range r.Options {
			fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", o.Name, o.Default, cell(o.Doc))
		}
	}
	if r.Bad == "" || r.Good == "" || len(r.Bad) > 3000 {
		return
	}
	fmt.Fprintf(b, "\nNot so:\n\n```\n%s\n```\n\nBut so:\n\n```\n%s\n```\n", strings.Trim(r.Bad, "\n"), strings.Trim(r.Good, "\n"))
}
