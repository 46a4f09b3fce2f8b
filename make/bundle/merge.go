package bundle

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// sameLanguage checks that another document is of the same specification and
// version as the first.
func (b *bundler) sameLanguage(d *ref.Document, l *language) bool {
	if l.name == b.language.name && l.version == b.language.version {
		return true
	}
	at := d.Root.Get(l.name)
	if at == nil {
		at = d.Root
	}
	b.report(finding(CodeVersions, at, fmt.Sprintf("this is %s %s; the first document is %s %s", l.title, l.version, b.language.title, b.language.version),
		"convert one of them, so that both are of one version"))
	return false
}

// merge adds what other documents have to the copy of the first. What the first
// says of itself counts: its info, its id. What two documents both have under a
// name must be the same.
func (b *bundler) merge(documents []*ref.Document) {
	for _, d := range documents[1:] {
		b.mergeRoot(d.Root)
	}
}

func (b *bundler) mergeRoot(other *tree.Node) {
	for _, m := range other.Members {
		name := m.Key.Text
		mine := b.root.Get(name)
		switch {
		case mine == nil:
			set(b.root, m.Key, b.copy(m.Value, nil))
		case slices.Contains(b.language.spread, name) && mine.Is(tree.Mapping) && m.Value.Is(tree.Mapping):
			depth := 1
			if name == "components" {
				depth = 2
			}
			b.mergeMap(mine, m.Value, depth)
		case name == "info" || name == "id" || name == b.language.name:
		case name == "tags" && mine.Is(tree.Sequence) && m.Value.Is(tree.Sequence):
			b.mergeList(mine, m.Value)
		default:
			b.mergeValue(mine, m.Value, name)
		}
	}
}

// mergeMap merges maps, and the maps in them to a depth.
func (b *bundler) mergeMap(mine, other *tree.Node, depth int) {
	for _, m := range other.Members {
		have := mine.Get(m.Key.Text)
		switch {
		case have == nil:
			set(mine, m.Key, b.copy(m.Value, nil))
		case depth > 1 && have.Is(tree.Mapping) && m.Value.Is(tree.Mapping):
			b.mergeMap(have, m.Value, depth-1)
		default:
			b.mergeValue(have, m.Value, m.Key.Text)
		}
	}
}

// mergeList adds the items of a list that the other does not have.
func (b *bundler) mergeList(mine, other *tree.Node) {
	for _, item := range other.Items {
		if !slices.ContainsFunc(mine.Items, func(have *tree.Node) bool { return reflect.DeepEqual(have.Value(), item.Value()) }) {
			mine.Append(b.copy(item, nil))
		}
	}
}

// mergeValue checks that two values of one name are the same: equal, and with
// references that lead to the same places.
func (b *bundler) mergeValue(mine, other *tree.Node, name string) {
	if b.same(mine, other) {
		b.equal[other] = true
		return
	}
	at := other
	if at.Key != nil {
		at = at.Key
	}
	first := mine.Span
	if mine.Key != nil {
		first = mine.Key.Span
	}
	b.findings = append(b.findings, diag.Diagnostic{
		Code: CodeConflict, Severity: diag.Error, Span: at.Span, Path: other.Path(),
		Message: fmt.Sprintf("%q is something else in another document that is merged", name),
		Help:    "rename one of the two, or make them the same",
		Related: []diag.Related{{Message: "this is the other", Span: first}},
	})
}

// pair are two values that are being compared.
type pair struct{ x, y *tree.Node }

// same reports whether two values mean the same: references may be written
// differently, as long as what they lead to is the same.
func (b *bundler) same(x, y *tree.Node) bool {
	return b.sameBut(x, y, map[pair]bool{})
}

// sameBut is same where some pairs are under way: those are taken for the same,
// since a difference would show elsewhere.
func (b *bundler) sameBut(x, y *tree.Node, seen map[pair]bool) bool {
	if x == y || seen[pair{x, y}] {
		return true
	}
	if len(seen) > maxCompared || x.Kind != y.Kind || x.Len() != y.Len() {
		return false
	}
	switch x.Kind {
	case tree.Mapping:
		seen[pair{x, y}] = true
		return b.sameObjects(x, y, seen)
	case tree.Sequence:
		seen[pair{x, y}] = true
		for i := range x.Items {
			if !b.sameBut(x.Items[i], y.Items[i], seen) {
				return false
			}
		}
		return true
	}
	return x.Text == y.Text
}

// maxCompared bounds how much is compared to find two values the same.
const maxCompared = 100_000

func (b *bundler) sameObjects(x, y *tree.Node, seen map[pair]bool) bool {
	for _, m := range x.Members {
		other := y.Get(m.Key.Text)
		switch {
		case other == nil:
			return false
		case m.Key.Text == ref.Keyword && ref.Of(x) != nil && ref.Of(y) != nil:
			if !b.sameTargets(m.Value, other, seen) {
				return false
			}
		case !b.sameBut(m.Value, other, seen):
			return false
		}
	}
	return true
}

// sameTargets reports whether two references lead to the same. Those into the
// documents that are merged do where they are written the same: what they
// lead to is compared too.
func (b *bundler) sameTargets(x, y *tree.Node, seen map[pair]bool) bool {
	if x.Text == y.Text && strings.HasPrefix(x.Text, "#") {
		return true
	}
	tx, px := b.ws.Resolve(b.ctx, x)
	ty, py := b.ws.Resolve(b.ctx, y)
	if px == nil && py == nil {
		return b.sameBut(tx, ty, seen)
	}
	fx, _, px := b.ws.ResolveRaw(b.ctx, x)
	fy, _, py := b.ws.ResolveRaw(b.ctx, y)
	return px == nil && py == nil && bytes.Equal(fx.Data(), fy.Data())
}
