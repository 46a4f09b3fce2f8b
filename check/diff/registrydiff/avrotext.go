package registrydiff

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/tree"
)

// avroText writes a schema as Java's library does, since that is the text by
// which a registry knows it again: without spaces, what is known in a set
// order, namespaces only where they change. Normalized, other attributes are in
// order of their names.
func avroText(root *tree.Node, normalized bool) string {
	w := &avroWriter{normalized: normalized}
	w.schema(root, "")
	return w.String()
}

type avroWriter struct {
	strings.Builder
	normalized bool
}

var primitives = lazy.Of[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{"null": true, "boolean": true, "int": true, "long": true, "float": true, "double": true, "bytes": true, "string": true}
}}

// The attributes that have a place in the order of their own.
var avroOrder = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"record": {"doc", "fields"}, "error": {"doc", "fields"}, "enum": {"doc", "symbols", "default"}, "fixed": {"doc", "size"},
		"array": {"items"}, "map": {"values"},
	}
}}

// schema writes a schema that stands in a namespace.
func (w *avroWriter) schema(n *tree.Node, space string) {
	switch n.Kind {
	case tree.Sequence:
		w.WriteByte('[')
		for i, item := range n.Items {
			w.comma(i)
			w.schema(item, space)
		}
		w.WriteByte(']')
	case tree.String:
		w.name(n.Text, space)
	case tree.Mapping:
		w.object(n, space)
	default:
		w.value(n)
	}
}

func (w *avroWriter) comma(i int) {
	if i > 0 {
		w.WriteByte(',')
	}
}

// name writes the use of a type. One of the same namespace goes without it.
func (w *avroWriter) name(name, space string) {
	if !primitives.Get()[name] && space != "" {
		name = strings.TrimPrefix(name, space+".")
	}
	w.text(name)
}

func (w *avroWriter) text(s string) { w.WriteString(sorted(s)) }

// value writes JSON as it was given, without spaces.
func (w *avroWriter) value(n *tree.Node) {
	switch n.Kind {
	case tree.Mapping:
		w.WriteByte('{')
		for i, m := range n.Members {
			w.comma(i)
			w.text(m.Key.Text)
			w.WriteByte(':')
			w.value(m.Value)
		}
		w.WriteByte('}')
	case tree.Sequence:
		w.WriteByte('[')
		for i, item := range n.Items {
			w.comma(i)
			w.value(item)
		}
		w.WriteByte(']')
	case tree.String:
		w.text(n.Text)
	case tree.Number:
		w.WriteString(string(json.Number(n.Text)))
	default:
		w.WriteString(cmp.Or(n.Text, "null"))
	}
}

func (w *avroWriter) object(n *tree.Node, space string) {
	kind := n.Get("type")
	if !kind.Is(tree.String) {
		if len(n.Members) == 1 && kind != nil {
			w.schema(kind, space) // {"type": {...}} is only a wrapping
			return
		}
		w.value(n)
		return
	}
	order, structured := avroOrder.Get()[kind.Text]
	if !structured && len(n.Members) == 1 {
		w.name(kind.Text, space)
		return
	}
	w.WriteString(`{"type":`)
	w.text(kind.Text)
	done := []string{"type"}
	if kind.Text != "array" && kind.Text != "map" && structured {
		space = w.fullName(n, space)
		done = append(done, "name", "namespace")
	}
	for _, key := range order {
		w.attribute(n, key, space)
	}
	w.rest(n, append(done, order...))
	w.WriteByte('}')
}

// fullName writes the name of what is defined and returns its namespace.
func (w *avroWriter) fullName(n *tree.Node, space string) string {
	name, own := n.Get("name").Str(), space
	if given := n.Get("namespace"); given != nil {
		own = given.Str()
	}
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		own, name = name[:dot], name[dot+1:]
	}
	w.WriteString(`,"name":`)
	w.text(name)
	if own != space {
		w.WriteString(`,"namespace":`)
		w.text(own)
	}
	return own
}

func (w *avroWriter) attribute(n *tree.Node, key, space string) {
	v := n.Get(key)
	if v == nil {
		return
	}
	w.WriteByte(',')
	w.text(key)
	w.WriteByte(':')
	switch {
	case key == "items" || key == "values":
		w.schema(v, space)
	case key == "fields" && v.Is(tree.Sequence):
		w.WriteByte('[')
		for i, field := range v.Items {
			w.comma(i)
			w.field(field, space)
		}
		w.WriteByte(']')
	default:
		w.value(v)
	}
}

func (w *avroWriter) field(n *tree.Node, space string) {
	if !n.Is(tree.Mapping) {
		w.value(n)
		return
	}
	w.WriteString(`{"name":`)
	w.text(n.Get("name").Str())
	w.WriteString(`,"type":`)
	if t := n.Get("type"); t != nil {
		w.schema(t, space)
	}
	for _, key := range []string{"doc", "default"} {
		w.attribute(n, key, space)
	}
	if order := n.Get("order"); order != nil && order.Str() != "ascending" {
		w.attribute(n, "order", space)
	}
	w.rest(n, []string{"name", "type", "doc", "default", "order"})
	w.WriteByte('}')
}

// rest writes the other attributes, aliases last.
func (w *avroWriter) rest(n *tree.Node, done []string) {
	var keys []string
	for _, m := range n.Members {
		if key := m.Key.Text; key != "aliases" && !slices.Contains(done, key) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if w.normalized {
		slices.Sort(keys)
	}
	for _, key := range append(keys, "aliases") {
		if n.Has(key) {
			w.WriteByte(',')
			w.text(key)
			w.WriteByte(':')
			w.value(n.Get(key))
		}
	}
}
