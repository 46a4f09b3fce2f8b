package bundle

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// dynamic looks at the references of JSON Schema that are resolved while a
// value is judged (2020-12 core, section 8.2.3.2). They stay as they are, which
// is right where what they name is in the bundle and means one schema there.
func (b *bundler) dynamic() {
	d := &dynamics{b: b, known: b.namesOf(b.root), anchors: map[anchor]*tree.Node{}}
	d.visit(b.root)
}

type dynamics struct {
	b       *bundler
	known   *names
	anchors map[anchor]*tree.Node
}

// anchor is a name in the schema with an "$id" around it, nil for the bundle.
type anchor struct {
	around *tree.Node
	name   string
}

func (d *dynamics) visit(n *tree.Node) {
	for _, item := range n.Items {
		d.visit(item)
	}
	for _, m := range n.Members {
		d.visit(m.Value)
	}
	if n.Kind != tree.Mapping || n.Alias != nil {
		return
	}
	if value := n.Get("$dynamicRef"); value.Is(tree.String) {
		d.reference(n, value)
	}
	if value := n.Get("$dynamicAnchor"); value.Is(tree.String) {
		d.anchor(n, value)
	}
}

func (d *dynamics) reference(holder, value *tree.Node) {
	if k, ok := d.b.kindOf(holder); !ok || k.section != d.b.language.sections["schema"] {
		return
	}
	uri, fragment, _ := strings.Cut(value.Text, "#")
	if uri != "" {
		bare, _, _ := strings.Cut(join(baseURI(holder), value.Text), "#")
		if d.known == nil || d.known.ids[bare] == nil {
			d.b.refuse(CodeDynamic, value.Span, fmt.Sprintf("\"$dynamicRef\" %s leads to another file, and what it means depends on the way there", show(value.Text)),
				"use \"$ref\" where the schema is always the same one, or put both schemas into one file")
		}
		return
	}
	there := d.known != nil && len(d.known.anchors[fragment]) > 0
	if from := documentOf(d.b, holder); !there && from != nil && from.anchors[fragment] != nil {
		d.b.refuse(CodeDynamic, value.Span, fmt.Sprintf("\"$dynamicRef\" %s names a schema of its own file that is not in the bundle", show(value.Text)),
			"refer to the whole file, or use \"$ref\"")
	}
}

// documentOf are the names in the text that a value was written in.
func documentOf(b *bundler, n *tree.Node) *names {
	if root := rootOfFile(b, n); root != nil {
		return b.namesOf(root)
	}
	return nil
}

// anchor refuses a name that two schemas of one resource have, of which each
// was in a file of its own.
func (d *dynamics) anchor(n, value *tree.Node) {
	if k, ok := d.b.kindOf(n); !ok || k.section != d.b.language.sections["schema"] {
		return
	}
	at := anchor{resourceAround(n), value.Text}
	other := d.anchors[at]
	switch {
	case other == nil:
		d.anchors[at] = n
	case other.Span.File != n.Span.File || other.Span.Start != n.Span.Start:
		d.b.refuse(CodeDynamic, value.Span, fmt.Sprintf("two schemas have the \"$dynamicAnchor\" %s, and in a bundle they are in one document%s", show(value.Text), whose(other.Span)),
			"give each an \"$id\", or other names")
	}
}

func whose(s source.Span) string {
	if s.File == nil {
		return ""
	}
	return "; the other is in " + show(s.File.Name())
}
