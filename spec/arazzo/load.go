package arazzo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Load judges the structure of a document, makes its model, and follows the
// references in the schemas of its inputs. It returns no model for a text that
// has no value; the findings about the text itself are the ref.Document's.
// Sources are not opened: see OpenSource.
func Load(ctx context.Context, ws *ref.Workspace, doc *ref.Document) (*Document, []diag.Diagnostic) {
	if doc.Root == nil {
		return nil, nil
	}
	model, found := Read(doc.Root, doc.File.URI())
	found = append(Check(doc.Root), found...)
	for _, schema := range model.inputSchemas() {
		followed := ws.Walk(ctx, schema, ref.WalkOptions{Skip: isSchemaData})
		found = append(found, withoutAnchors(doc.Root, followed)...)
	}
	return model, diag.Unique(found)
}

func (d *Document) inputSchemas() []*tree.Node {
	var list []*tree.Node
	for _, input := range d.Components.Inputs {
		list = append(list, input.Schema)
	}
	for _, w := range d.Workflows {
		if w.Inputs != nil {
			list = append(list, w.Inputs)
		}
	}
	return list
}

// withoutAnchors drops what is said about references within the document by the
// names of anchors that are there: schemas have them, and who compiles a schema
// follows them.
func withoutAnchors(root *tree.Node, found []diag.Diagnostic) []diag.Diagnostic {
	var anchors map[string]*tree.Node
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		name, here := strings.CutPrefix(root.At(d.Path).Str(), "#")
		if d.Code != ref.CodeAnchor || !here {
			return false
		}
		if anchors == nil {
			anchors = Anchors(root)
		}
		return anchors[name] != nil
	})
}

// Anchors returns the schemas of a document that have an "$anchor", by its name;
// of several with one name the first.
func Anchors(root *tree.Node) map[string]*tree.Node {
	anchors := map[string]*tree.Node{}
	var look func(n *tree.Node)
	look = func(n *tree.Node) {
		if n.Alias != nil {
			return // its content is met where it is written
		}
		if name := n.Get("$anchor").Str(); name != "" && anchors[name] == nil {
			anchors[name] = n
		}
		for _, item := range n.Items {
			look(item)
		}
		for _, m := range n.Members {
			look(m.Value)
		}
	}
	look(root)
	return anchors
}

// isSchemaData reports whether a node of a schema is data, in which a "$ref" is
// only text.
func isSchemaData(n *tree.Node) bool {
	if n.Key == nil || n.Parent == nil || n.Parent.Name() == "properties" {
		return false
	}
	switch n.Key.Text {
	case "const", "default", "enum", "example", "examples":
		return true
	}
	return false
}

// InputSchema returns the schema of a workflow's inputs with a "$ref" at its
// top followed, or nil where the workflow has none or the reference leads
// nowhere (Load reports that).
func (w *Workflow) InputSchema(ctx context.Context, ws *ref.Workspace) *tree.Node {
	if w.Inputs == nil {
		return nil
	}
	schema, _ := ws.Resolve(ctx, w.Inputs)
	return schema
}

// OpenSource opens the document that a source description names. With "$self"
// a relative URL is relative to that (§ Relative References in URLs); where
// nothing can be opened there it is tried beside the document, because a
// description may be worked on in another place than where it is published.
func OpenSource(ctx context.Context, ws *ref.Workspace, d *Document, s *Source) (*ref.Document, error) {
	doc, err := ws.Open(ctx, s.Location)
	if err == nil {
		return doc, nil
	}
	if local := resolveURI(d.URI, s.URL); local != s.Location {
		if doc, second := ws.Open(ctx, local); second == nil {
			return doc, nil
		}
	}
	return nil, fmt.Errorf("open the source %q: %w", s.Name, err)
}

// Detect returns the language of a document, by the field that says its
// version.
func Detect(root *tree.Node) SourceType {
	switch {
	case root.Has("arazzo"):
		return SourceArazzo
	case root.Has("asyncapi"):
		return SourceAsyncAPI
	case root.Has("openapi"), root.Has("swagger"):
		return SourceOpenAPI
	}
	return SourceUnknown
}
