package rules

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func discriminator() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/discriminator", Severity: diag.Warning,
		Summary: "a discriminator is a property of its schema, and is required",
		Why:     "Readers tell by it which form a message has. Where it may be missing, they cannot (AsyncAPI, \"Schema Object\": it must be defined at the schema and must be in the required list).",
		Good:    head3 + "components: {schemas: {pet: {type: object, discriminator: kind, required: [kind], properties: {kind: {type: string}}}}}\n",
		Bad:     head3 + "components: {schemas: {pet: {type: object, discriminator: kind, properties: {kind: {type: string}}}}}\n",
		Run:     runDiscriminator,
	}
}

func runDiscriminator(p *lint.Pass) {
	for _, s := range schemasOf(p).parts {
		n := s.node.Get("discriminator")
		if s.format.Dialect != schema.Draft7 || !n.Is(tree.String) {
			continue
		}
		found := describedBy(p, s)
		switch {
		case found.open: // nobody can tell
		case !found.has[n.Text]:
			d := p.Report(n, "the discriminator %q is no property of the schema", n.Text)
			d.Help = "describe it in \"properties\", and require it"
			if near := p.Nearest(n.Text, found.names); near != "" {
				d.Help = fmt.Sprintf("did you mean %q?", near)
				d.Fixes = instead(n.Span, inStyleOf(n, near))
			}
		case !slices.Contains(found.required, n.Text):
			p.Report(n, "the discriminator %q is not required", n.Text).Help = "add it to \"required\""
		}
	}
}
