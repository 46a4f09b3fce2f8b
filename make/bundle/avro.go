package bundle

import (
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// avroSchemas mends the Avro schemas of the bundle: a type that came in twice
// is defined the first time and named the second, since Avro allows no more.
func (b *bundler) avroSchemas(n *tree.Node) {
	for _, item := range n.Items {
		b.avroSchemas(item)
	}
	for _, m := range n.Members {
		b.avroSchemas(m.Value)
	}
	if b.full || !isAvro(n.Get("schemaFormat").Str()) {
		return
	}
	for _, field := range []string{"schema", "payload"} {
		if root := n.Get(field); root != nil && ref.Of(root) == nil {
			w := &avroWalk{defined: map[string]bool{}, again: b.nameAgain}
			w.visit(root, "", 0)
		}
	}
}

// nameAgain puts the name of a type in the place of its second definition; but
// what the author of a document wrote twice is the author's to mend.
func (b *bundler) nameAgain(n *tree.Node, full string) bool {
	if n.Parent == nil || b.roots[rootOfFile(b, n)] {
		return false
	}
	again := tree.NewString(full)
	again.Span = n.Span
	replace(n, again)
	return true
}

// rootOfFile is the root of the document that a value was written in.
func rootOfFile(b *bundler, n *tree.Node) *tree.Node {
	if n.Span.File == nil {
		return nil
	}
	if d := b.ws.Document(n.Span.File.URI()); d != nil {
		return d.Root
	}
	return nil
}
