package plan

import (
	"crypto/sha256"
	"encoding/hex"
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

// Sum is a document of a plan, as it is.
type Sum struct {
	URI string
	// SHA256 is of its bytes, in hexadecimal digits.
	SHA256 string
}

// Sums returns those of Files, in that order. They are reckoned once: every run
// of the plan is kept with them.
func (p *Plan) Sums() []Sum {
	if p.sums == nil { // it is not from Compile
		return sumsOf(p.Files())
	}
	return p.sums()
}

func sumsOf(files []*source.File) []Sum {
	list := make([]Sum, len(files))
	for i, file := range files {
		sum := sha256.Sum256(file.Data())
		list[i] = Sum{URI: file.URI(), SHA256: hex.EncodeToString(sum[:])}
	}
	return list
}
