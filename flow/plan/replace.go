package plan

import (
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/tree"
)

// replacement compiles one replacement of a payload.
func (c *compiler) replacement(b *Body, spec *arazzo.Replacement) {
	kind, version := "", ""
	switch {
	case spec.Type != nil:
		kind = spec.Type.Language.String()
		if spec.Type.Node.Is(tree.Mapping) {
			version = spec.Type.Version
		}
	case strings.Contains(b.ContentType, "xml"):
		kind = "xpath"
	}
	target, problems := expr.NewTarget(spec.Target.Str(), kind, version)
	c.problems(problems, firstNode(spec.Target, spec.Node))
	value := c.value(spec.Value)
	if target != nil && value != nil {
		b.Replacements = append(b.Replacements, Replacement{Name: spec.Target.Str(), Target: target, Value: value})
	}
}
