package schemadiff

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

type pair struct{ a, b part }

// same reports whether two schemas say the same in the same words, apart from
// annotations and from where references lead to find them.
func (c *question) same(a, b part) bool {
	if a == b {
		return true
	}
	if known, ok := c.sames[pair{a, b}]; ok {
		return known
	}
	m := matcher{c: c, assumed: map[pair]bool{}}
	result := m.part(a, b)
	if result {
		for p := range m.assumed {
			c.sames[p] = true // all of them were needed and held
		}
	}
	if result || c.steps > 0 {
		c.sames[pair{a, b}] = result
	}
	return result
}

// matcher compares by coinduction: schemas that lead back to themselves are the
// same where no difference is found on the way.
type matcher struct {
	c       *question
	assumed map[pair]bool
}

func (m *matcher) part(a, b part) bool {
	a, b = m.c.deref(a), m.c.deref(b)
	if a == b {
		return true
	}
	if m.assumed[pair{a, b}] {
		return true
	}
	if known, ok := m.c.sames[pair{a, b}]; ok {
		return known
	}
	if !m.c.spend() {
		return false
	}
	m.assumed[pair{a, b}] = true
	if m.differ(a, b) {
		// Whatever was assumed can only have hidden more differences.
		if m.c.steps > 0 {
			m.c.sames[pair{a, b}] = false
		}
		return false
	}
	return true
}

// differ looks for a difference in the words of two schemas and below.
func (m *matcher) differ(a, b part) bool {
	if a.node.Kind != b.node.Kind || !alike(a.dialect, b.dialect) {
		return true
	}
	if a.node.Kind != tree.Mapping {
		return !equal(a.node.Value(), b.node.Value())
	}
	x, y := m.c.judging(a), m.c.judging(b)
	if len(x) != len(y) {
		return true
	}
	for key, v := range x {
		if y[key] == nil || !m.keyword(key, a, b, v, y[key]) {
			return true
		}
	}
	return false
}

// alike reports whether the same words mean the same in two dialects. Words
// that only one of them knows make the schemas differ in their keywords.
func alike(a, b schema.Dialect) bool {
	if a == b {
		return true
	}
	newer := map[schema.Dialect]bool{schema.Draft6: true, schema.Draft7: true}
	return newer[a] && newer[b]
}

// judging remembers what judging found.
func (c *question) judging(p part) map[string]*tree.Node {
	w := c.words(p)
	if w.judging == nil {
		w.judging = judging(p)
	}
	return w.judging
}

// judging are the members of a schema that assert something.
func judging(p part) map[string]*tree.Node {
	found := map[string]*tree.Node{}
	for _, m := range p.node.Members {
		key := m.Key.Text
		_, plain := plainWords.Get()[key]
		_, schemas := schemaWords.Get()[key]
		if !plain && !schemas && !opaqueWords.Get()[key] && key != "$ref" && key != "nullable" {
			continue
		}
		if since, ok := arrived.Get()[key]; ok && !p.newer(since) {
			continue
		}
		if _, twice := found[key]; !twice {
			found[key] = m.Value
		}
	}
	return found
}

func (m *matcher) keyword(key string, a, b part, v, w *tree.Node) bool {
	switch key {
	case "$recursiveRef", "$dynamicRef":
		return sameWritten(v, w)
	case "$ref":
		x, err := a.refer(v)
		y, err2 := b.refer(w)
		if err != nil || err2 != nil {
			nowhere := errors.Is(err, errLeadsNowhere) && errors.Is(err2, errLeadsNowhere) && v.Text == w.Text
			return nowhere || err != nil && err2 != nil && sameWritten(v, w)
		}
		return m.part(x, y)
	case "required":
		return slices.Equal(sorted(texts(v)), sorted(texts(w)))
	case "properties", "patternProperties", "dependentSchemas", "dependencies", "dependentRequired":
		return m.members(a, b, v, w)
	}
	if _, schemas := schemaWords.Get()[key]; !schemas && !opaqueWords.Get()[key] {
		return equal(v.Value(), w.Value())
	}
	if v.Kind == tree.Sequence || w.Kind == tree.Sequence {
		return v.Kind == w.Kind && m.list(a, b, v.Items, w.Items)
	}
	return m.part(a.below(v), b.below(w))
}

// sameWritten reports whether two references that cannot be followed here mean
// the same all the same: they are written alike, lead no further than their
// document, and the documents are one.
func sameWritten(v, w *tree.Node) bool {
	if v.Kind != w.Kind || v.Text != w.Text || v.Kind == tree.String && !strings.HasPrefix(v.Text, "#") {
		return false
	}
	x, y := v.Span.File, w.Span.File
	return v == w || x != nil && y != nil && bytes.Equal(x.Data(), y.Data())
}

func (m *matcher) list(a, b part, v, w []*tree.Node) bool {
	if len(v) != len(w) {
		return false
	}
	// In their order only: a difference anywhere then ends the whole comparison,
	// so that no assumption outlives what refutes it.
	for i := range v {
		if !m.part(a.below(v[i]), b.below(w[i])) {
			return false
		}
	}
	return true
}

func (m *matcher) members(a, b part, v, w *tree.Node) bool {
	if v.Kind != tree.Mapping || w.Kind != tree.Mapping {
		return v.Kind == w.Kind && equal(v.Value(), w.Value())
	}
	if v.Len() != w.Len() {
		return false
	}
	for _, member := range v.Members {
		other := w.Get(member.Key.Text)
		if other == nil {
			return false
		}
		if member.Value.Kind == tree.Sequence {
			if !slices.Equal(sorted(texts(member.Value)), sorted(texts(other))) {
				return false
			}
			continue
		}
		if !m.part(a.below(member.Value), b.below(other)) {
			return false
		}
	}
	return true
}

func sorted(list []string) []string {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// deref follows a reference that stands alone.
func (c *question) deref(p part) part {
	for range 100 {
		w := c.words(p)
		if len(w.refs) != 1 || len(w.opaque) > 0 {
			return p
		}
		if p.newer(schema.Draft2019) && len(c.judging(p)) > 1 {
			return p
		}
		p = w.refs[0]
	}
	return p
}
