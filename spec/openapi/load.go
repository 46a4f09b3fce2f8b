package openapi

import (
	"context"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Load judges the structure of a document as far as it is read here, makes its
// model, and follows all its references. It returns no model for a text that
// has no value; the findings about the text itself are the ref.Document's.
func Load(ctx context.Context, ws *ref.Workspace, doc *ref.Document) (*Document, []diag.Diagnostic) {
	if doc.Root == nil {
		return nil, nil
	}
	resolve := func(n *tree.Node) *tree.Node {
		target, _ := ws.Resolve(ctx, n)
		return target
	}
	model, found := Read(doc.Root, doc.File.URI(), resolve)
	found = append(Check(doc.Root, resolve), found...)
	found = append(found, ws.Walk(ctx, doc.Root, ref.WalkOptions{Skip: IsData})...)
	return model, diag.Unique(found)
}

// IsData reports whether a node is data rather than description, so that a
// "$ref" in it is only text.
func IsData(n *tree.Node) bool {
	if n.Key == nil || n.Parent == nil || n.Parent.Name() == "properties" {
		return false
	}
	switch n.Key.Text {
	case "const", "default", "enum", "example", "value", "dataValue":
		return true
	case "mapping": // of a discriminator: names and addresses of schemas
		return n.Parent.Name() == "discriminator"
	}
	return false
}
