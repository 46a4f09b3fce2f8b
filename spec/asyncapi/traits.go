package asyncapi

import (
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// applyTraits returns an object with its traits merged in, and the traits. In
// 2.x each trait is patched over the object; from 3.0 on the object is patched
// over its traits, so that a trait never changes what the object says.
func (l *loader) applyTraits(n *tree.Node) (merged *tree.Node, traits []*tree.Node) {
	for _, item := range items(n.Get("traits")) {
		if t := l.object(item); t != nil {
			traits = append(traits, t)
		}
	}
	if len(traits) == 0 {
		return n, nil
	}
	if l.doc.Major() == 2 {
		merged = n
		for _, t := range traits {
			merged = l.merge(merged, t, 0)
		}
		return merged, traits
	}
	merged = traits[0]
	for _, t := range traits[1:] {
		merged = l.merge(merged, t, 0)
	}
	return l.as(n, l.merge(merged, n, 0)), traits
}

// as gives a merged object the place of the one it is about.
func (l *loader) as(n, merged *tree.Node) *tree.Node {
	c := *merged
	c.Span, c.Parent, c.Key, c.Index = n.Span, n.Parent, n.Key, n.Index
	return &c
}

// mostMerged is how deep objects are merged; deeper ones replace each other.
const mostMerged = 50

// merge applies a JSON Merge Patch (RFC 7396) to a node. Neither is changed:
// what is merged is new, and holds the members of both, which keep their
// places. References are followed only where there are two objects to merge.
func (l *loader) merge(base, patch *tree.Node, depth int) *tree.Node {
	if base == patch || depth > mostMerged || !patch.Is(tree.Mapping) || !base.Is(tree.Mapping) {
		return patch
	}
	if depth > 0 && (ref.Of(base) != nil || ref.Of(patch) != nil) {
		base, patch = l.resolve(base), l.resolve(patch)
		if base == nil {
			return patch
		}
		if base == patch || !patch.Is(tree.Mapping) || !base.Is(tree.Mapping) {
			return patch
		}
	}
	out := &tree.Node{Kind: tree.Mapping, Span: base.Span, Parent: base.Parent, Key: base.Key, Index: base.Index}
	for _, m := range base.Members {
		p := patch.Get(m.Key.Text)
		switch {
		case p == nil:
			out.Members = append(out.Members, m)
		case p.Kind != tree.Null:
			out.Members = append(out.Members, tree.Member{Key: m.Key, Value: l.merge(m.Value, p, depth+1)})
		}
	}
	for _, m := range patch.Members {
		if !base.Has(m.Key.Text) && m.Value.Kind != tree.Null {
			out.Members = append(out.Members, m)
		}
	}
	return out
}
