package shape

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func (c *Context) union(n *tree.Node, t *Type) {
	i := t.choose(c, t, n)
	if i < 0 {
		return
	}
	c.value(n, t.alternatives[i])
	if t.then != nil {
		t.then(c, n)
	}
}

// nearestAlternative is the chooser of Either.
func nearestAlternative(c *Context, t *Type, n *tree.Node) int {
	best, score := -1, 0
	for i, a := range t.alternatives {
		if a.ref != refNever && n.Has("$ref") {
			return i
		}
		if !a.accepts(n) {
			continue
		}
		if s := a.nearness(n); best < 0 || s > score {
			best, score = i, s
		}
	}
	if best < 0 && c != nil {
		c.wrongType(n, t)
	}
	return best
}

// nearness says how much an object looks like the type: known fields count for
// it, unknown and missing ones against it.
func (t *Type) nearness(n *tree.Node) int {
	if t.kind == integerType {
		return 1 // rather than number
	}
	if t.kind != objectType || n.Kind != tree.Mapping {
		return 0
	}
	score, o := 0, t.object.open()
	for i := range n.Members {
		at, ok := o.fields[n.Members[i].Key.Text]
		switch {
		case !ok:
			score--
		case o.table.Fields[at].Type.accepts(n.Members[i].Value):
			score += 2
		}
	}
	for _, at := range o.required {
		if !n.Has(o.table.Fields[at].Name) {
			score -= 2
		}
	}
	return score
}

// chooseByValue is the chooser of Switch.
func chooseByValue(field string, cases []Case) chooser {
	return func(c *Context, t *Type, n *tree.Node) int {
		if n.Kind != tree.Mapping {
			if c != nil {
				c.wrongType(n, t)
			}
			return -1
		}
		value := n.Get(field)
		for i := range cases {
			if value == nil && len(cases[i].Values) == 0 || value.Is(tree.String) && slices.Contains(cases[i].Values, value.Text) {
				return i
			}
		}
		if c != nil {
			noCase(c, n, field, value, cases)
		}
		return -1
	}
}

func noCase(c *Context, n *tree.Node, field string, value *tree.Node, cases []Case) {
	var known []string
	for i := range cases {
		known = append(known, cases[i].Values...)
	}
	switch {
	case value == nil:
		c.report(CodeMissingField, n, keySpan(n), fmt.Sprintf("%s needs the field %q, one of %s", subject(n), field, list(quoted(known), "or")))
	case value.Kind != tree.String:
		c.wrongType(value, &Type{kind: stringType, words: "one of " + list(quoted(known), "or")})
	default:
		c.notInEnum(value, known)
	}
}

// duplicates reports items of a list that equal an earlier one.
func (c *Context) duplicates(n *tree.Node) {
	if len(n.Items) < 2 {
		return
	}
	seen := make(map[uint64][]*tree.Node, len(n.Items))
	for i, item := range n.Items {
		budget := maxCompared
		h := hash(item, &budget)
		if budget <= 0 {
			continue
		}
		for _, other := range seen[h] {
			if equal(item, other) {
				d := c.report(CodeDuplicateItem, item, item.Span, fmt.Sprintf("%s has this item twice", subject(n)))
				d.Related = []diag.Related{{Message: "the first is here", Span: other.Span}}
				d.Help = "remove it"
				d.Fixes = withoutItem(n, i)
				break
			}
		}
		seen[h] = append(seen[h], item)
	}
}

// withoutItem removes an item that says nothing new, and what separates it from
// the one before. What has a comment there is left to people.
func withoutItem(n *tree.Node, i int) []diag.Fix {
	if i == 0 || n.Alias != nil {
		return nil
	}
	before, item := n.Items[i-1].Span, n.Items[i].Span
	if before.File != item.File || before.End > item.Start {
		return nil
	}
	between := source.Span{File: item.File, Start: before.End, End: item.Start}
	if bytes.IndexByte(between.Text(), '#') >= 0 || n.Items[i].Anchor != "" {
		return nil
	}
	return []diag.Fix{{
		Title: "remove it", Safe: true,
		Edits: []diag.Edit{{Span: source.Span{File: item.File, Start: before.End, End: item.End}}},
	}}
}

// maxCompared is the number of nodes up to which items are compared. Aliases
// can make an item as large as they like.
const maxCompared = 10_000

func hash(n *tree.Node, budget *int) uint64 {
	*budget--
	if *budget <= 0 {
		return 0
	}
	h := mix(14695981039346656037, string(rune(n.Kind))+n.Text)
	for _, item := range n.Items {
		h = h*31 + hash(item, budget)
	}
	for i := range n.Members { // the order of members does not matter
		h += mix(hash(n.Members[i].Value, budget), n.Members[i].Key.Text)
	}
	return h
}

func mix(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func equal(a, b *tree.Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Items) != len(b.Items) || len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Items {
		if !equal(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Members {
		other := b.Get(a.Members[i].Key.Text)
		if other == nil || !equal(a.Members[i].Value, other) {
			return false
		}
	}
	return true
}
