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

// move makes the relative references of a result fit the place it goes to, and
// those that documents converted together go to.
func (draft *Draft) move(d *ref.Document, opt Options) {
	from, place := d.File.URI(), opt.Place
	if place == "" || !strings.HasPrefix(from, "file:") || path.Dir(place) == path.Dir(from) && opt.Together == nil {
		return
	}
	gone := func(uri string) string { return opt.Together[uri] }
	root := draft.Root
	if root == nil {
		root, _ = tree.Parse(sourceOf(d, draft.Text), tree.Options{})
	}
	changes := map[*tree.Node]string{}
	eachReference(root, func(n *tree.Node) {
		if text, changed := rewrite.Moved(n.Text, from, place, gone); changed {
			changes[n] = text
		}
	})
	switch {
	case len(changes) == 0:
	case draft.Root == nil:
		draft.edit(changes)
	case draft.Root == d.Root: // only the format changes, and the nodes are the source's
		draft.Root = draft.Root.Clone()
		for n, text := range changes {
			draft.Root.At(n.Path()).Text = text
		}
	default:
		for n, text := range changes {
			n.Text = text
		}
	}
}

func (draft *Draft) edit(changes map[*tree.Node]string) {
	edits := make([]diag.Edit, 0, len(changes))
	for n, text := range changes {
		edits = append(edits, diag.Edit{Span: n.Span, Text: strconv.Quote(text)})
	}
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
