package convert

import (
	"path"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// move makes the relative references of a result fit the place it goes to.
func (draft *Draft) move(d *ref.Document, place string) {
	from := d.File.URI()
	if place == "" || path.Dir(place) == path.Dir(from) || !strings.HasPrefix(from, "file:") {
		return
	}
	if draft.Root != nil {
		// What is only written in another format shares the source's nodes.
		draft.Root = draft.Root.Clone()
		eachReference(draft.Root, func(n *tree.Node) {
			if text, changed := rewrite.Moved(n.Text, from, place); changed {
				n.Text = text
			}
		})
		return
	}
	root, _ := tree.Parse(sourceOf(d, draft.Text), tree.Options{})
	var edits []diag.Edit
	eachReference(root, func(n *tree.Node) {
		if text, changed := rewrite.Moved(n.Text, from, place); changed {
			edits = append(edits, diag.Edit{Span: n.Span, Text: strconv.Quote(text)})
		}
	})
	if text, err := tree.Apply(draft.Text, edits); err == nil {
		draft.Text = text
	}
}

// eachReference visits the strings that name other documents: every "$ref",
// and the sources of a workflow description.
func eachReference(root *tree.Node, visit func(*tree.Node)) {
	eachNode(root, func(n *tree.Node) {
		if value := ref.Of(n); value.Is(tree.String) && value.Alias == nil {
			visit(value)
		}
	})
	if !root.Has("arazzo") {
		return
	}
	if sources := root.Get("sourceDescriptions"); sources.Is(tree.Sequence) {
		for _, s := range sources.Items {
			if url := s.Get("url"); url.Is(tree.String) && url.Alias == nil {
				visit(url)
			}
		}
	}
}
