package bundle

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// names are the schemas of one text that have names of their own (JSON Schema
// 2020-12 core, section 8.2).
type names struct {
	ids     map[string]*tree.Node   // by "$id", resolved against those around it
	anchors map[string][]*tree.Node // by "$anchor", or "$id: #name"
}

// byName finds what a reference means by the names that schemas of its own text
// gave themselves; nil where it is a path, or leads to another text.
func (b *bundler) byName(value *tree.Node) *tree.Node {
	if !value.Is(tree.String) || value.Parent == nil {
		return nil
	}
	known := b.namesOf(value.Root())
	if known == nil {
		return nil
	}
	around := resourceAround(value.Parent)
	uri, fragment, _ := strings.Cut(value.Text, "#")
	if uri != "" {
		bare, _, _ := strings.Cut(join(baseURI(around), value.Text), "#")
		if around = known.ids[bare]; around == nil {
			return nil
		}
	}
	if decoded, err := url.PathUnescape(fragment); err == nil {
		fragment = decoded
	}
	switch {
	case fragment == "" || fragment[0] == '/':
		return around.At(fragment)
	default:
		return known.anchor(fragment, around)
	}
}

// anchor finds the schema with a plain name, that of the same resource first.
func (x *names) anchor(name string, around *tree.Node) *tree.Node {
	list := x.anchors[name]
	for _, n := range list {
		if resourceAround(n) == around {
			return n
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	return nil
}

func (b *bundler) namesOf(root *tree.Node) *names {
	if known, ok := b.names[root]; ok {
		return known
	}
	known := &names{ids: map[string]*tree.Node{}, anchors: map[string][]*tree.Node{}}
	known.collect(root)
	if len(known.ids)+len(known.anchors) == 0 {
		known = nil
	}
	b.names[root] = known
	return known
}

func (x *names) collect(n *tree.Node) {
	if n.Alias != nil {
		return // its content is met where it is anchored
	}
	for _, item := range n.Items {
		x.collect(item)
	}
	for _, m := range n.Members {
		x.collect(m.Value)
	}
	if n.Kind != tree.Mapping {
		return
	}
	if idOf(n) != "" {
		bare, _, _ := strings.Cut(baseURI(n), "#")
		x.ids[bare] = n
	}
	for _, key := range []string{"$anchor", "$dynamicAnchor"} {
		if name := n.Get(key).Str(); name != "" {
			x.anchors[name] = append(x.anchors[name], n)
		}
	}
	if name, ok := strings.CutPrefix(n.Get("$id").Str(), "#"); ok && name != "" {
		x.anchors[name] = append(x.anchors[name], n)
	}
}

// resourceAround returns the nearest schema, from n outwards, that has an
// "$id"; nil where there is none.
func resourceAround(n *tree.Node) *tree.Node {
	for ; n != nil; n = n.Parent {
		if idOf(n) != "" {
			return n
		}
	}
	return nil
}

// idOf returns a schema's "$id", unless it only names an anchor.
func idOf(n *tree.Node) string {
	id := n.Get("$id").Str()
	if strings.HasPrefix(id, "#") {
		return ""
	}
	return id
}

func baseURI(n *tree.Node) string {
	if n = resourceAround(n); n == nil {
		return ""
	}
	return join(baseURI(n.Parent), idOf(n))
}

func join(base, text string) string {
	from, err := url.Parse(base)
	if err != nil {
		return text
	}
	to, err := url.Parse(text)
	if err != nil {
		return text
	}
	return from.ResolveReference(to).String()
}

// withoutIDs removes the "$id" of schemas in which references were rewritten:
// a reader that knows "$id" would look for the new places inside of them. It
// reports whether there is a rewritten reference in a value.
func (b *bundler) withoutIDs(n *tree.Node) bool {
	found := false
	for _, item := range n.Items {
		found = b.withoutIDs(item) || found
	}
	for _, m := range n.Members {
		found = b.withoutIDs(m.Value) || found
	}
	if value := ref.Of(n); value != nil && b.changed[value] {
		found = true
	}
	if !found || n.Kind != tree.Mapping || idOf(n) == "" || n.Parent == nil {
		return found
	}
	id := n.Get("$id")
	b.info(CodeID, id, fmt.Sprintf("$id %s is left out, since references in this schema lead to other places of the bundle now", show(id.Text)), "")
	n.Remove("$id")
	return found
}

// withoutNames removes the names of a schema that is put in the place of a
// reference: it may be there many times, and a name is that of one.
func (b *bundler) withoutNames(value, end *tree.Node) {
	for _, key := range []string{"$id", "$anchor"} {
		name := end.Get(key)
		if name == nil || !name.Is(tree.String) {
			continue
		}
		value.Remove(key)
		if !b.unnamed[end] {
			b.unnamed[end] = true
			b.info(CodeID, name, fmt.Sprintf("%s %s is left out, since the schema is in the place of references now", key, show(name.Text)), "")
		}
	}
}
