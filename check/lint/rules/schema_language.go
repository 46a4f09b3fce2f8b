package rules

import (
	"errors"
	"math/big"

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
		Good:    head3 + "components: {schemas: {user: {schemaFormat: application/schema+json;version=2020-12, schema: {type: string, pattern: '^u-[0-9]+$'}}}}\n",
		Bad:     head3 + "components: {schemas: {user: {schemaFormat: application/schema+json;version=2020-12, schema: {type: string, pattern: '^u-[0-9+$'}}}}\n",
		Run:     runSchemaLanguage,
	}
}

func runSchemaLanguage(p *lint.Pass) {
	for _, s := range schemasOf(p).roots {
		found := p.Schemas.Check(p.Context, s.node, s.format)
		for _, d := range found {
			if !p.SaidAt(d.Span.File, d.Path) {
				p.Add(d)
			}
		}
		if len(found) == 0 && s.format.Family == schema.JSONSchema {
			compiles(p, s)
		}
	}
}

// compiles reports why a schema cannot be compiled, where nobody said so yet.
func compiles(p *lint.Pass, s rootSchema) {
	_, err := p.Schemas.Compile(s.node, s.format)
	wrong, ok := errors.AsType[*jsonschema.Error](err)
	if !ok || wrong.Node == nil || p.Said(wrong.Node) {
		return
	}
	if target := wrong.Node; target.Name() == "$ref" && target.Is(tree.String) && p.Resolve(target.Parent) == nil {
		return // it leads nowhere, which was said of it as a reference
	}
	reportValue(p, wrong.Node, "%s", wrong.Message)
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
