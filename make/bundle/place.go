package bundle

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// standsAt reports whether the path of a value of the bundled documents leads
// to it in the bundle too: always in the first, and in the others below the
// maps that are merged.
func (b *bundler) standsAt(n *tree.Node) bool {
	if !b.roots[n.Root()] {
		return false
	}
	if len(b.roots) == 1 {
		return true
	}
	for up := n; up != nil; up = up.Parent {
		if b.equal[up] {
			return true
		}
	}
	found := b.root.At(n.Path())
	return found != nil && (found.Span == n.Span || n.Span.File == b.root.Span.File)
}

// adopt takes down where values of other texts are in the bundle from the
// start: a component that is only a reference is the home of what it refers
// to, and a channel of the root is what operations refer to.
func (b *bundler) adopt() {
	for _, j := range append([]*job{}, b.jobs...) {
		section, ok := b.homeOf(j.holder)
		if !ok || pureRef(j.origin) == nil {
			continue
		}
		chain, raw, problem := b.chain(ref.Of(j.origin))
		if problem != nil || raw != nil || len(chain) == 0 {
			continue
		}
		end := chain[len(chain)-1]
		if section != "" {
			b.settle(j, end)
			continue
		}
		for _, n := range chain {
			if b.entries[n] == "" {
				b.entries[n] = j.holder.Path()
			}
		}
	}
}

// homeOf says whether a reference is a component of a section, or else one of
// the channels or servers of the root.
func (b *bundler) homeOf(holder *tree.Node) (section string, ok bool) {
	up := holder.Parent
	switch {
	case up == nil || up.Parent == nil || holder.Key == nil:
		return "", false
	case up.Parent == b.root && (up.Name() == "channels" || up.Name() == "servers"):
		return "", b.language.name == "asyncapi"
	case b.language.home == "" && up.Parent == b.root && up.Name() == b.language.sections["schema"]:
		return up.Name(), true
	}
	return up.Name(), up.Parent.Parent == b.root && up.Parent.Name() == b.language.home && b.language.home != ""
}

// settle puts a value in the place of the component that refers to it.
func (b *bundler) settle(j *job, end *tree.Node) {
	t := target{node: end}
	if b.placed[t] != "" || b.isOwn(end) {
		return
	}
	b.placed[t] = j.holder.Path()
	replace(j.holder, b.copy(end, &expansion{node: end, depth: 1}))
}

// place returns where in the components a value is, and puts it there first
// where it is not there yet.
func (b *bundler) place(k kind, chain []*tree.Node, end *tree.Node, format string) string {
	t := target{end, format}
	if at := b.placed[t]; at != "" {
		return at
	}
	if at := b.placedAround(t); at != "" {
		return at
	}
	section := b.section(k.section)
	content, sharable := fingerprint(end, k.section, format)
	if sharable {
		if at := b.sharedAt(section, k.section, content); at != "" {
			b.placed[t] = at
			return at
		}
	}
	name := b.freeName(section, b.nameOf(chain, end))
	at := section.Path() + "/" + tree.EscapePointer(name)
	holder, inner := section, name
	if format != "" { // its language is said beside it
		wrapper := tree.NewObject()
		wrapper.Set("schemaFormat", tree.NewString(format))
		section.Set(name, wrapper)
		holder, inner = wrapper, "schema"
		at += "/schema"
	}
	b.placed[t] = at
	if sharable {
		b.shared[k.section+content] = at
	}
	b.moved = append(b.moved, Moved{From: placeName(end), To: "#" + at})
	value := b.copy(end, &expansion{node: end, depth: 1})
	holder.Set(inner, value)
	return at
}

// placedAround finds a value inside of another that is in the bundle.
func (b *bundler) placedAround(t target) string {
	for n := t.node.Parent; n != nil; n = n.Parent {
		at := b.placed[target{n, t.format}]
		if at == "" {
			continue
		}
		at += strings.TrimPrefix(t.node.Path(), n.Path())
		if found := b.root.At(at); found != nil && found.Span == t.node.Span {
			return at
		}
	}
	return ""
}

// section returns the map in which components of a kind are, made where it is
// not there.
func (b *bundler) section(name string) *tree.Node {
	home := b.root
	if b.language.home != "" {
		home = child(b.root, b.language.home)
	}
	return child(home, name)
}

func child(n *tree.Node, name string) *tree.Node {
	if have := n.Get(name); have.Is(tree.Mapping) {
		return have
	}
	made := tree.NewObject()
	n.Set(name, made)
	return made
}

// sharedAt finds a component with the same content. Those that the document
// has from the start are looked at once.
func (b *bundler) sharedAt(section *tree.Node, name, content string) string {
	if !b.indexed[name] {
		if b.indexed == nil {
			b.indexed = map[string]bool{}
		}
		b.indexed[name] = true
		for _, m := range section.Members {
			if own, ok := fingerprint(m.Value, name, ""); ok && b.shared[name+own] == "" {
				b.shared[name+own] = m.Value.Path()
			}
		}
	}
	return b.shared[name+content]
}

// fingerprint tells values apart by content. It has an answer only for values
// without references, whose meaning depends on where they stand.
func fingerprint(n *tree.Node, section, format string) (string, bool) {
	if hasReference(n, 0) {
		return "", false
	}
	text, err := tree.Print(sorted(n), tree.JSON)
	if err != nil {
		return "", false
	}
	sum := sha256.Sum256(append([]byte(section+"\x00"+format+"\x00"), text...))
	return string(sum[:]), true
}

// sorted is a value whose objects have their members in the order of the keys.
func sorted(n *tree.Node) *tree.Node {
	made, err := tree.FromValue(n.Value())
	if err != nil {
		return n
	}
	return made
}

func hasReference(n *tree.Node, depth int) bool {
	if depth > maxDepth*5 {
		return true
	}
	for _, m := range n.Members {
		switch m.Key.Text {
		case ref.Keyword, "$dynamicRef", "$recursiveRef", "$id", "$anchor", "$dynamicAnchor":
			return true
		}
		if hasReference(m.Value, depth+1) {
			return true
		}
	}
	for _, item := range n.Items {
		if hasReference(item, depth+1) {
			return true
		}
	}
	return false
}

// placeName is where a value comes from, as it may be shown.
func placeName(n *tree.Node) string {
	name := source.DisplayName(n.Span.File.URI())
	if path := n.Path(); path != "" {
		name += "#" + path
	}
	return diag.Safe(name)
}

// freeName returns a name that is not taken: the name, or with a number behind.
func (b *bundler) freeName(section *tree.Node, name string) string {
	free := name
	for i := 2; section.Has(free); i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	return free
}
