package asyncapi

import (
	"context"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Check judges the structure of a document, and of all it refers to, by the
// tables of its version. References that lead nowhere are not its business:
// Load, or ref.Workspace.Walk, reports them.
func Check(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
	set := Set(d.Root.Get("asyncapi").Str())
	if set == nil {
		return []diag.Diagnostic{versionFinding(d)}
	}
	return set.Check(d.Root, shape.Options{Resolve: func(n *tree.Node) *tree.Node {
		target, _ := ws.Target(ctx, n)
		return target
	}})
}
