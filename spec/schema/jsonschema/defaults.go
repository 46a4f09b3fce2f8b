package jsonschema

import (
	"maps"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// ApplyDefaults implements schema.Schema. Defaults are taken from the schema
// itself, from what it refers to and from every schema of an "allOf"; a
// choice ("oneOf", "anyOf", "if") has none, since it is open which form holds.
func (s *Schema) ApplyDefaults(value any) any {
	s.set.mu.Lock()
	defer s.set.mu.Unlock()
	if value == nil {
		if d := s.set.defaultOf(s.root.node); d != nil {
			value = d.Value()
		}
	}
	f := filler{Set: s.set, left: maxFills}
	return f.fill(s.root.node, value, 0)
}

// Defaults may hold objects whose properties have defaults, and a recursive
// schema can make that endless or exponential: maxFill bounds its depth, in
// levels of value and references together, and maxFills the places visited.
const (
	maxFill  = 200
	maxFills = 20_000
)

type filler struct {
	*Set
	left int
}

func (s *filler) fill(node *tree.Node, value any, depth int) any {
	s.left--
	if node == nil || node.Kind != tree.Mapping || depth > maxFill || s.left < 0 {
		return value
	}
	if ref := node.Get("$ref"); ref.Is(tree.String) {
		if target, err := s.resolve("$ref", ref); err == nil {
			value = s.fill(target, value, depth+1)
		}
	}
	if all := node.Get("allOf"); all.Is(tree.Sequence) {
		for _, part := range all.Items {
			value = s.fill(part, value, depth+1)
		}
	}
	switch v := value.(type) {
	case map[string]any:
		return s.fillObject(node, v, depth)
	case []any:
		return s.fillArray(node, v, depth)
	}
	return value
}

func (s *filler) fillObject(node *tree.Node, value map[string]any, depth int) any {
	properties := node.Get("properties")
	if properties.Len() == 0 || properties.Kind != tree.Mapping {
		return value
	}
	out := maps.Clone(value)
	for _, m := range properties.Members {
		name := m.Key.Text
		if old, ok := out[name]; ok {
			out[name] = s.fill(m.Value, old, depth+1)
			continue
		}
		if d := s.defaultOf(m.Value); d != nil {
			out[name] = s.fill(m.Value, d.Value(), depth+1)
		}
	}
	return out
}

func (s *filler) fillArray(node *tree.Node, value []any, depth int) any {
	items := node.Get("items")
	prefix := node.Get("prefixItems")
	out := slices.Clone(value)
	for i := range out {
		switch {
		case prefix.Is(tree.Sequence) && i < len(prefix.Items):
			out[i] = s.fill(prefix.Items[i], out[i], depth+1)
		case items.Is(tree.Mapping):
			out[i] = s.fill(items, out[i], depth+1)
		case items.Is(tree.Sequence):
			out[i] = s.fill(items.At("/"+strconv.Itoa(i)), out[i], depth+1)
		}
	}
	return out
}

// defaultOf returns the node of a schema's default, following references.
func (s *Set) defaultOf(node *tree.Node) *tree.Node {
	for range maxHops {
		if node == nil || node.Kind != tree.Mapping {
			return nil
		}
		if d := node.Get("default"); d != nil {
			return d
		}
		ref := node.Get("$ref")
		if !ref.Is(tree.String) {
			return nil
		}
		target, err := s.resolve("$ref", ref)
		if err != nil {
			return nil
		}
		node = target
	}
	return nil
}
