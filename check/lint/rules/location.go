package rules

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// certainty says whether a value that fits a schema has a part.
type certainty uint8

const (
	silent  certainty = iota // the schema says nothing about parts
	absent                   // it describes others, and not this one
	unknown                  // it says that there are others, or cannot be read
	present                  // it describes the part
)

// whereabouts are what schemas say about a part of their values.
type whereabouts struct {
	sure certainty
	// closed says that the part cannot be there, not only that nobody
	// describes it.
	closed bool
	// names are those of the parts that are described.
	names []string
	// schemas describe the part itself.
	schemas []*tree.Node
	// index says that the part is an item of an array.
	index bool
	// at is where the name of the part stands in the pointer.
	at int
}

// kind is what the part would be.
func (w whereabouts) kind() string {
	if w.index {
		return "item"
	}
	return "property"
}

// follow looks for the place that a JSON Pointer names in the values of a
// schema. Where there is none, missing is the first part that is not there.
func follow(p *lint.Pass, schema *tree.Node, pointer string) (missing string, found whereabouts) {
	current := []*tree.Node{schema}
	if pointer == "" {
		return "", whereabouts{sure: present}
	}
	at := 0
	for token := range strings.SplitSeq(pointer[1:], "/") {
		at++ // the slash
		name := tree.UnescapePointer(token)
		l := &looking{p: p, name: name, seen: map[*tree.Node]bool{}}
		found = l.among(current)
		if found.sure != present {
			found.index, found.at = l.index, at
			return l.name, found
		}
		at += len(token)
		current = found.schemas
	}
	return "", found
}

// looking is a search for one part of a value in its schemas.
type looking struct {
	p    *lint.Pass
	name string
	seen map[*tree.Node]bool
	// index says that the values are arrays, of which the part is an item.
	index bool
}

// among asks several schemas, of which any may be the one that counts.
func (l *looking) among(schemas []*tree.Node) whereabouts {
	out := whereabouts{sure: absent, closed: true}
	for _, n := range schemas {
		out = either(out, l.in(n))
	}
	return out
}

// either is what is known where one of two schemas counts: a part may be there
// if it may by one of them.
func either(a, b whereabouts) whereabouts {
	out := whereabouts{
		closed: a.closed && b.closed,
		names:  append(a.names, b.names...), schemas: append(a.schemas, b.schemas...),
	}
	switch {
	case a.sure == present || b.sure == present:
		out.sure = present
	case a.sure == absent && b.sure == absent:
		out.sure = absent
	default:
		out.sure = unknown
	}
	return out
}

// all is what is known where both schemas count: what one forbids is not
// there, whatever the other leaves open.
func all(a, b whereabouts) whereabouts {
	out := whereabouts{
		sure: max(a.sure, b.sure), closed: a.closed || b.closed,
		names: append(a.names, b.names...), schemas: append(a.schemas, b.schemas...),
	}
	if out.closed && out.sure != present {
		out.sure = absent
	}
	return out
}

// in asks one schema, with those that it is made of.
func (l *looking) in(n *tree.Node) whereabouts {
	n = canonical(n)
	if n.Is(tree.Bool) && !n.True() {
		return whereabouts{sure: absent, closed: true}
	}
	if l.seen[n] {
		return whereabouts{} // said already
	}
	if !n.Is(tree.Mapping) || len(l.seen) > mostLookedAt {
		return whereabouts{sure: unknown}
	}
	l.seen[n] = true
	if ref.Of(n) != nil {
		target := l.p.Resolve(n)
		if _, inner, ok := multiFormat(target); ok {
			target = l.p.Resolve(inner)
		}
		return l.in(target)
	}
	found := l.own(n)
	for _, part := range values(n.Get("allOf")) {
		found = all(found, l.in(part))
	}
	for _, keyword := range []string{"oneOf", "anyOf"} {
		if list := n.Get(keyword); list.Is(tree.Sequence) && len(list.Items) > 0 {
			found = all(found, l.among(list.Items))
		}
	}
	for _, keyword := range []string{"then", "else"} {
		if part := n.Get(keyword); part != nil {
			if inner := l.in(part); inner.sure == present {
				found = all(found, inner)
			}
		}
	}
	return found
}

// own is what a schema says itself.
func (l *looking) own(n *tree.Node) whereabouts {
	kind := n.Get("type").Str()
	switch kind {
	case "", "object":
	case "array":
		l.index = true
		return l.item(n)
	default:
		return whereabouts{sure: absent, closed: true} // it has no parts
	}
	properties := l.p.Resolve(n.Get("properties"))
	out := whereabouts{names: names(properties)}
	if part := properties.Get(l.name); part != nil {
		out.sure, out.schemas = present, []*tree.Node{part}
		return out
	}
	others := n.Get("additionalProperties")
	switch {
	case n.Has("patternProperties") || n.Has("$dynamicRef"):
		out.sure = unknown
	case others.Is(tree.Bool) && !others.True():
		out.sure, out.closed = absent, true
	case others != nil:
		out.sure = unknown
	case len(out.names) > 0:
		out.sure = absent
	}
	return out
}

func (l *looking) item(n *tree.Node) whereabouts {
	if _, err := strconv.ParseUint(l.name, 10, 31); err != nil {
		return whereabouts{sure: absent, closed: true}
	}
	if items := n.Get("items"); items.Is(tree.Mapping) {
		return whereabouts{sure: present, schemas: []*tree.Node{items}}
	}
	return whereabouts{sure: unknown}
}
