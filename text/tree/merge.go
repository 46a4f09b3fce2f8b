package tree

import (
	"bytes"
	"fmt"
)

// merge is one "<<" of a mapping: where it stood among the members, and what
// it brings in.
type merge struct {
	at    int
	key   *Node
	value *Node
}

// merge puts the members that "<<" brings into a mapping, at the place of the
// "<<". Members of its own win, and of several sources the first.
func (r *yamlReader) merge(n *Node, merges []merge, depth int) {
	have := make(map[string]bool, len(n.Members))
	for i := range n.Members {
		have[n.Members[i].Key.Text] = true
	}
	own := n.Members
	n.Members = make([]Member, 0, len(own)+8)
	for i, m := range merges {
		if i > 0 {
			r.errorAt(CodeMergeKey, m.key.Span, n.Path(), "the merge key << is written twice in this object",
				"write one, with a list: <<: [*a, *b]")
		}
		from := 0
		if i > 0 {
			from = merges[i-1].at
		}
		n.Members = append(n.Members, own[from:m.at]...)
		for _, source := range r.mergeSources(m) {
			r.mergeFrom(n, source, have, depth)
		}
	}
	n.Members = append(n.Members, own[merges[len(merges)-1].at:]...)
	for i := range n.Members {
		n.Members[i].Value.Index = i
	}
	n.reindex()
}

func (r *yamlReader) mergeSources(m merge) []*Node {
	sources := []*Node{m.value}
	if m.value.Kind == Sequence {
		sources = m.value.Items
	}
	for _, s := range sources {
		if s.Alias == nil && bytes.HasPrefix(s.Span.Text(), []byte("*")) {
			return nil // an alias that is refused already
		}
		if s.Kind != Mapping {
			r.errorAt(CodeMergeKey, s.Span, m.value.Path(),
				fmt.Sprintf("the merge key << needs an object or a list of objects, not %s", article(s.Kind)),
				`quote the key ("<<") if it is meant as a name`)
			return nil
		}
	}
	return sources
}

// mergeFrom repeats the members of a mapping in another. What is repeated
// keeps the place where it is written, for that is where it can be mended.
func (r *yamlReader) mergeFrom(n, source *Node, have map[string]bool, depth int) {
	for _, m := range source.Members {
		if have[m.Key.Text] {
			continue
		}
		if !r.fits(depth, m.Key.Span.Start) {
			return
		}
		have[m.Key.Text] = true
		value := r.node(m.Value.Kind, m.Value.Span.Start, m.Value.Span.End)
		value.Parent, value.Key = n, m.Key
		become(value, m.Value)
		n.Members = append(n.Members, Member{Key: m.Key, Value: value})
	}
}

func article(k Kind) string {
	switch k {
	case Null:
		return "null"
	case Sequence, Mapping:
		return "an " + k.String()
	}
	return "a " + k.String()
}
