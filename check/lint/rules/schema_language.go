package rules

import (
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func schemaLanguage() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema", Severity: diag.Error,
		Summary: "schemas are right in their own language",
		Why:     "Messages cannot be judged, made or read by a schema that cannot be read itself.",
		Good:    head3 + "components: {schemas: {user: {type: string, pattern: '^(?!admin)u-[0-9]+$'}}}\n",
		Bad:     head3 + "components: {schemas: {user: {type: string, pattern: '^(?!admin)u-[0-9]+(?<=x$'}}}\n",
		Run:     runSchemaLanguage,
	}
}

func runSchemaLanguage(p *lint.Pass) {
	roots := schemasOf(p).roots
	found := p.Schemas.CheckMany(p.Context, roots)
	for _, d := range found {
		if !p.SaidAt(d.Span.File, d.Path) {
			p.Add(d)
		}
	}
	for _, s := range roots {
		if s.Format.Family == schema.JSONSchema && !isTabled(s.Format) {
			compiles(p, s, found)
		}
	}
	for _, s := range schemasOf(p).parts {
		if isTabled(s.format) && hasHardPattern(s.node) {
			compiles(p, schema.Place{Node: s.node, Format: s.format}, found)
		}
	}
}

// isTabled reports whether the structure of schemas in a language is judged
// with the document around them, so that they need not be compiled for that.
func isTabled(f schema.Format) bool {
	return f.Dialect == schema.Draft7 && (f.MediaType == "" || strings.HasPrefix(f.MediaType, "application/vnd.aai.asyncapi"))
}

// hasHardPattern reports whether a schema has a pattern of which only a
// compiler can tell whether it is right, as one that looks ahead.
func hasHardPattern(n *tree.Node) bool {
	hard := func(pattern string) bool {
		return strings.ContainsRune(pattern, '\\') || strings.Contains(pattern, "(?")
	}
	return hard(n.Get("pattern").Str()) || slices.ContainsFunc(names(n.Get("patternProperties")), hard)
}

// compiles reports why a schema cannot be compiled, where nobody said so yet.
func compiles(p *lint.Pass, s schema.Place, found []diag.Diagnostic) {
	_, err := p.Schemas.Compile(s.Node, s.Format)
	wrong, ok := errors.AsType[*jsonschema.Error](err)
	if !ok || wrong.Node == nil || p.Said(wrong.Node) {
		return
	}
	n := wrong.Node
	if n.Name() == "$ref" && n.Is(tree.String) && p.Resolve(n.Parent) == nil {
		return // it leads nowhere, which was said of it as a reference
	}
	said := func(d diag.Diagnostic) bool {
		inside := d.Span.Start >= n.Span.Start && d.Span.End <= n.Span.End
		return d.Severity == diag.Error && d.Span.File == n.Span.File && (inside || d.Path == n.Path())
	}
	if !slices.ContainsFunc(found, said) {
		reportValue(p, n, "%s", wrong.Message)
	}
}

// isMore compares two numbers as JSON writes them. Those that are too long to
// be computed with are not compared.
func isMore(a, b string) bool {
	const longest = 40
	if len(a) > longest || len(b) > longest {
		return false
	}
	x, _, err := big.ParseFloat(a, 10, 200, big.ToNearestEven)
	if err != nil {
		return false
	}
	y, _, err := big.ParseFloat(b, 10, 200, big.ToNearestEven)
	return err == nil && x.Cmp(y) > 0
}
