package convert

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// JSONSchemaToAvro makes an Avro schema of the values that a JSON Schema
// describes. A property that may be left out becomes a union with null; a
// choice that no union can make is told as an Error, and a string that holds
// JSON stands in its place.
func JSONSchemaToAvro(root *tree.Node, opt Options) (*tree.Node, []diag.Diagnostic) {
	w := newToAvro(opt)
	return w.schema(root, cmp.Or(opt.Name, "Record")), diag.Unique(w.found)
}

func newToAvro(opt Options) *toAvro {
	return &toAvro{reading: newReading("Avro", opt), taken: newNames(), named: map[*tree.Node]string{}}
}

type toAvro struct {
	reading
	taken names
	// named are the schemas that became named types.
	named map[*tree.Node]string
}

// fallback stands for what Avro cannot describe.
func (w *toAvro) fallback(n *tree.Node, format string, args ...any) *tree.Node {
	w.add(CodeUnion, diag.Error, n, format+"; a string that holds JSON stands in its place", args...)
	return text("string")
}

func (w *toAvro) schema(n *tree.Node, hint string) *tree.Node {
	n = w.target(n)
	if n == nil {
		return text("string")
	}
	if name, ok := w.named[n]; ok {
		return text(name)
	}
	if only := onlyRef(n); only != nil {
		return w.schema(only, hint)
	}
	if !w.enter(n) {
		w.add(CodeLarge, diag.Error, n, "the schema refers to itself without a type that has a name, or is too large to be converted")
		return text("string")
	}
	defer w.leave(n)
	if n.Kind != tree.Mapping {
		return w.fallback(n, "any value is allowed here, and Avro must know its type")
	}
	out := w.object(n, w.merged(n), hint)
	if name := out.Get("name"); name != nil {
		w.named[n] = name.Text
	}
	return out
}

// object converts a schema that is an object; m is it with its "allOf".
func (w *toAvro) object(n, m *tree.Node, hint string) *tree.Node {
	w.constraints(m, saidByType(m))
	for _, key := range []string{"oneOf", "anyOf"} {
		if list := m.Get(key); list.Len() > 0 {
			if m.Has("properties") {
				w.lost(list, "%q beside \"properties\" is not converted", key)
				break
			}
			return w.choice(list, hint)
		}
	}
	if values := m.Get("enum"); values != nil {
		return w.enum(n, m, values, hint)
	}
	if value := m.Get("const"); value != nil {
		return w.enum(n, m, tree.NewArray(value.Clone()), hint)
	}
	kind := m.Get("type")
	if kind.Is(tree.Sequence) {
		return w.types(n, m, kind, hint)
	}
	out := w.byType(n, m, kind.Str(), hint)
	if m.Get("nullable").True() {
		return unionOf([]*tree.Node{text("null"), out})
	}
	return out
}

// types converts a list of types to a union.
func (w *toAvro) types(n, m, kinds *tree.Node, hint string) *tree.Node {
	var list []*tree.Node
	for _, k := range kinds.Items {
		list = append(list, w.byType(n, m, k.Str(), hint))
	}
	return w.union(kinds, list)
}

// choice converts "oneOf" and "anyOf" to a union.
func (w *toAvro) choice(branches *tree.Node, hint string) *tree.Node {
	var list []*tree.Node
	for i, b := range branches.Items {
		name := hint
		if len(branches.Items) > 1 && w.nonNull(branches) > 1 {
			name = fmt.Sprintf("%s%d", hint, i+1)
		}
		if tagged := taggedForm(b); tagged {
			continue // the second form of a branch that the other direction wrote
		}
		list = append(list, w.schema(b, name))
	}
	return w.union(branches, list)
}

func (w *toAvro) nonNull(branches *tree.Node) int {
	n := 0
	for _, b := range branches.Items {
		if b.Get("type").Str() != "null" {
			n++
		}
	}
	return n
}

// taggedForm reports whether a schema describes a value of a union with the
// name of its branch around it.
func taggedForm(b *tree.Node) bool {
	p := b.Get("properties")
	if p.Len() != 1 || b.Get("type").Str() != "object" || !b.Get("additionalProperties").Is(tree.Bool) || b.Get("additionalProperties").True() {
		return false
	}
	name, inner := p.Members[0].Key.Text, p.Members[0].Value
	return inner.Get(nameKeyword).Str() == name || name == "bytes" && inner.Get("pattern").Str() == bytesPattern
}

// union makes a union of converted schemas, null first. Branches that Avro
// cannot tell apart are brought together where that loses nothing but limits.
func (w *toAvro) union(at *tree.Node, list []*tree.Node) *tree.Node {
	var flat []*tree.Node
	for _, n := range list {
		if n.Kind == tree.Sequence {
			flat = append(flat, n.Items...)
			continue
		}
		flat = append(flat, n)
	}
	if len(flat) == 0 {
		return w.fallback(at, "no value fits, and a union of Avro has at least one type")
	}
	groups, order := map[string][]*tree.Node{}, []string{}
	for _, n := range flat {
		key := branchKey(n)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], n)
	}
	var out []*tree.Node
	for _, key := range order {
		out = append(out, w.one(at, key, groups[key]))
	}
	return unionOf(out)
}

// one makes one branch of several that a union has under one name.
func (w *toAvro) one(at *tree.Node, key string, group []*tree.Node) *tree.Node {
	if allEqual(group) {
		return group[0]
	}
	for part, kind := range map[string]string{"items": "array", "values": "map"} {
		if group[0].Get(part) == nil {
			continue
		}
		parts := make([]*tree.Node, len(group))
		for i, n := range group {
			parts[i] = n.Get(part).Clone()
		}
		return object("type", kind, part, w.union(at, parts))
	}
	w.add(CodeUnion, diag.Warning, at, "a union has each type once: %d branches became one %s", len(group), key)
	return text(key)
}

func allEqual(list []*tree.Node) bool {
	first := ""
	for i, n := range list {
		if len(list) == 1 {
			return true
		}
		b, err := tree.Print(n.Clone(), tree.JSON)
		if i == 0 {
			first = string(b)
		}
		if err != nil || string(b) != first {
			return false
		}
	}
	return true
}

// branchKey is what a union tells its branches apart by.
func branchKey(n *tree.Node) string {
	if n.Kind == tree.String {
		return n.Text
	}
	if name := n.Get("name"); name != nil {
		return name.Text
	}
	return n.Get("type").Text
}

// unionOf writes a union, null first; of one branch it is that.
func unionOf(list []*tree.Node) *tree.Node {
	flat := tree.NewArray()
	for _, first := range []bool{true, false} {
		for _, n := range list {
			parts := []*tree.Node{n}
			if n.Kind == tree.Sequence {
				parts = n.Items
			}
			for _, p := range parts {
				if isNull := p.Str() == "null"; isNull == first && !(isNull && flat.Len() > 0) {
					flat.Append(p)
				}
			}
		}
	}
	if flat.Len() == 1 {
		return flat.Items[0]
	}
	return flat
}

func (w *toAvro) byType(n, m *tree.Node, kind, hint string) *tree.Node {
	switch kind {
	case "null", "boolean":
		return text(kind)
	case "string":
		return w.text(m)
	case "integer":
		return w.integer(m)
	case "number":
		return w.number(m)
	case "array":
		return w.array(m, hint)
	case "object":
		return w.record(n, m, hint)
	case "":
		switch {
		case m.Has("properties"):
			return w.record(n, m, hint)
		case m.Has("items"):
			return w.array(m, hint)
		}
		return w.fallback(n, "any value is allowed here, and Avro must know its type")
	}
	return w.fallback(n, "%q is not a type of JSON Schema", kind)
}

func (w *toAvro) array(m *tree.Node, hint string) *tree.Node {
	items := m.Get("items")
	if prefix := m.Get("prefixItems"); prefix != nil || items.Is(tree.Sequence) {
		list := prefix
		if list == nil {
			list = items
		}
		w.lost(list, "an array of Avro has one type for all its items: which stands where is lost")
		return object("type", "array", "items", w.choice(list, hint+"Item"))
	}
	if items == nil {
		at := m.Get("type")
		return object("type", "array", "items", w.fallback(at, "the array has no \"items\", and Avro must know their type"))
	}
	return object("type", "array", "items", w.schema(items, singular(hint)))
}

func singular(name string) string {
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	if stem, ok := strings.CutSuffix(name, "s"); ok && stem != "" && !strings.HasSuffix(stem, "s") {
		return stem
	}
	return name + "Item"
}
