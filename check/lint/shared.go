package lint

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Shared returns what several rules need to know of one document. The first
// that asks has it made; name tells it from others.
func Shared[T any](p *Pass, name string, make func(*Pass) T) T {
	if made, ok := p.shared[name].(T); ok {
		return made
	}
	if p.shared == nil {
		p.shared = map[string]any{}
	}
	made := make(p)
	p.shared[name] = made
	return made
}

// Said reports whether something is wrong already with a value, or in it, by its
// structure or its references, before the rules: one fault is told once.
func (p *Pass) Said(n *tree.Node) bool {
	if len(p.before) == 0 {
		return false
	}
	path := n.Path()
	return slices.ContainsFunc(p.before, func(d diag.Diagnostic) bool {
		rest, ok := strings.CutPrefix(d.Path, path)
		return ok && (rest == "" || rest[0] == '/') && d.Span.File == n.Span.File
	})
}

// SaidAt reports whether something is wrong already with the very value at a
// JSON Pointer of a file.
func (p *Pass) SaidAt(file *source.File, path string) bool {
	said := Shared(p, "said", func(p *Pass) map[place]bool {
		m := make(map[place]bool, len(p.before))
		for i := range p.before {
			m[place{p.before[i].Span.File, p.before[i].Path}] = true
		}
		return m
	})
	return said[place{file, path}]
}

// place is where a value stands.
type place struct {
	file *source.File
	path string
}
