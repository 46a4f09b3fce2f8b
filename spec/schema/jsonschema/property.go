package jsonschema

import (
	"slices"

	"github.com/weft-dev/weft/text/tree"
)

// PropertyTypes returns the properties that the schema declares, each with the
// types it may have; none where nothing is said. What stands in a choice is
// among them: it is a possibility.
func (s *Schema) PropertyTypes() map[string][]string {
	s.set.mu.Lock()
	defer s.set.mu.Unlock()
	all := map[string][]string{}
	for _, object := range s.set.alternatives(s.root.node) {
		properties := object.Get("properties")
		if !properties.Is(tree.Mapping) {
			continue
		}
		for _, m := range properties.Members {
			types := all[m.Key.Text]
			for _, n := range s.set.alternatives(m.Value) {
				types = append(types, typesOf(n)...)
			}
			slices.Sort(types)
			all[m.Key.Text] = slices.Compact(types)
		}
	}
	return all
}

// Constant returns the only value the schema allows, where it says so.
func (s *Schema) Constant() (any, bool) {
	s.set.mu.Lock()
	defer s.set.mu.Unlock()
	for _, n := range s.set.alternatives(s.root.node) {
		if c := n.Get("const"); c != nil {
			return c.Value(), true
		}
		if e := n.Get("enum"); e.Is(tree.Sequence) && len(e.Items) == 1 {
			return e.Items[0].Value(), true
		}
	}
	return nil, false
}

// maxAlternatives bounds how many schemas are looked at for one question.
const maxAlternatives = 1000

// alternatives returns a schema and all that hold, or may hold, at the same
// place: what it refers to, and the members of allOf, anyOf and oneOf.
func (s *Set) alternatives(n *tree.Node) []*tree.Node {
	var list []*tree.Node
	seen := map[*tree.Node]bool{}
	queue := []*tree.Node{n}
	for len(queue) > 0 && len(list) < maxAlternatives {
		n := canonical(queue[0])
		queue = queue[1:]
		if seen[n] || n.Kind != tree.Mapping {
			continue
		}
		seen[n] = true
		list = append(list, n)
		if r := n.Get("$ref"); r.Is(tree.String) {
			if target, err := s.resolve("$ref", r); err == nil {
				queue = append(queue, target)
			}
		}
		for _, key := range []string{"allOf", "anyOf", "oneOf"} {
			queue = append(queue, items(n.Get(key))...)
		}
	}
	return list
}

func typesOf(n *tree.Node) []string {
	t := n.Get("type")
	if t.Is(tree.String) {
		return []string{t.Text}
	}
	var list []string
	for _, item := range items(t) {
		list = append(list, item.Str())
	}
	for _, value := range append(items(n.Get("enum")), n.Get("const")) {
		if value != nil && t == nil {
			list = append(list, value.Kind.String())
		}
	}
	return list
}
