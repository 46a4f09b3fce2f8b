package plan

import (
	"slices"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Files are the files of the documents that the plan is made of: the
// workflow's, those of other workflows, and those of the sources it uses.
func (p *Plan) Files() []*source.File {
	var files []*source.File
	add := func(node *tree.Node) {
		if node == nil || node.Span.File == nil || slices.Contains(files, node.Span.File) {
			return
		}
		files = append(files, node.Span.File)
	}
	add(p.Document.Node)
	for _, w := range p.Workflows {
		add(w.Document.Node)
	}
	for _, u := range p.Uses {
		switch {
		case u.Source.OpenAPI != nil:
			add(u.Source.OpenAPI.Node)
		case u.Source.AsyncAPI != nil:
			add(u.Source.AsyncAPI.Node)
		}
	}
	return files
}
