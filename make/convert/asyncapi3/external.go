package asyncapi3

import (
	"reflect"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// reference keeps a reference, unless it leads to a part of another document
// that is written as 2.x asks for and 3.x does not: that is written out here,
// since nobody else converts it.
func (c *converter) reference(n *tree.Node, kind func(*tree.Node) *tree.Node) *tree.Node {
	target, problem := c.Workspace.Resolve(c.Context, n)
	if problem != nil || !c.isFragment(target) || c.Now(target) != nil || !target.Is(tree.Mapping) {
		return c.Copy(n)
	}
	before := c.State()
	converted := kind(target)
	if reflect.DeepEqual(converted.Value(), target.Value()) {
		c.Undo(before)
		return c.Copy(n)
	}
	rewrite.Comment(converted, n)
	c.Became(n, converted)
	c.inlined(n, target)
	return converted
}

func (c *converter) inlined(n, target *tree.Node) {
	c.Say(CodeInlined, diag.Info, n, "nothing needs to be done; that document itself is not changed",
		"what stands in %s is written out here, since it has to be converted too", source.DisplayName(target.Span.File.URI()))
}

// isFragment reports whether a value stands in another document that is no
// AsyncAPI document of its own.
func (c *converter) isFragment(n *tree.Node) bool {
	return n != nil && n.Span.File != c.From.File && c.documentOf(n) == nil
}

// documentOf is the 2.x document that a value stands in, if it is another.
func (c *converter) documentOf(n *tree.Node) *ref.Document {
	if n.Span.File == nil || n.Span.File == c.From.File {
		return nil
	}
	d := c.Workspace.Document(n.Span.File.URI())
	if d == nil || !isVersion2(d.Root) {
		return nil
	}
	return d
}

func isVersion2(root *tree.Node) bool {
	version := root.Get("asyncapi").Str()
	return len(version) > 1 && version[:2] == "2."
}

// maxDocuments is how many other documents are converted to see where their
// parts go.
const maxDocuments = 50

// elsewhere tells where a value of another 2.x document will be once that is
// converted.
func (c *converter) elsewhere(target *tree.Node) *tree.Node {
	d := c.documentOf(target)
	if d == nil {
		return nil
	}
	other, known := c.whole[d]
	if !known && len(c.whole) < maxDocuments {
		other, _ = build(c.Context, c.Workspace, d, c.opt)
		c.whole[d] = other
		c.Say(CodeElsewhere, diag.Info, c.source.Get("asyncapi"), "convert that document too",
			"references into %s fit what it will be in AsyncAPI 3", source.DisplayName(d.File.URI()))
	}
	if other == nil {
		return nil
	}
	return other.Now(target)
}
