package jsonschema

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
)

// AppendJSON implements schema.Writer: it judges a value and writes it in one
// walk, since both look each member up. Where keywords apply several schemas to
// one part of the value, that part is judged first and written afterwards.
func (s *Schema) AppendJSON(to []byte, value any) ([]byte, bool) {
	w := writer{run{steps: s.steps, quiet: 1}}
	return w.write(to, s.checker, value)
}

// writer is a run that writes what it judges. It only says whether.
type writer struct{ run }

func (w *writer) write(to []byte, c *checker, v any) ([]byte, bool) {
	if !c.isPlain() {
		return w.judged(to, c, v)
	}
	if w.steps--; w.steps < 0 {
		return to, false
	}
	kind := kindOf(v)
	if c.kinds != 0 && c.kinds&kind == 0 && (kind != numberKind || c.kinds&integerKind == 0 || !isInteger(v)) {
		return to, false
	}
	if w.checkValue(c, v) != nil {
		return to, false
	}
	switch kind {
	case objectKind:
		return w.object(to, c, v.(map[string]any), v)
	case arrayKind:
		return w.array(to, c, v.([]any), v)
	case stringKind:
		if c.text != nil && w.checkText(c, c.text, v.(string)) != nil {
			return to, false
		}
		return schema.AppendText(to, v.(string)), true
	case numberKind:
		if c.number != nil && w.checkNumber(c, c.number, v) != nil {
			return to, false
		}
	}
	if !fit(v, w.depth) {
		return to, false
	}
	return schema.AppendJSON(to, v)
}

// isPlain reports whether nothing but the keywords of one kind of value apply.
func (c *checker) isPlain() bool {
	return c.fixed == varies && !c.loops && c.ref == nil && c.forms == nil && c.restProperties == nil && c.restItems == nil
}

// judged judges a part of the value as usual, and then writes it.
func (w *writer) judged(to []byte, c *checker, v any) ([]byte, bool) {
	w.fitting = true
	f := w.check(c, v, nil)
	w.fitting = false
	if f != nil || w.unfit || w.spent {
		return to, false
	}
	return schema.AppendJSON(to, v)
}

// part writes a member or an item.
func (w *writer) part(to []byte, c *checker, v any) ([]byte, bool) {
	if w.depth >= maxDepth {
		return to, false
	}
	w.depth++
	to, ok := w.write(to, c, v)
	w.depth--
	return to, ok
}

func (w *writer) object(to []byte, c *checker, v map[string]any, whole any) ([]byte, bool) {
	o := c.object
	if o == nil || v == nil || len(o.patterns) > 0 || o.names != nil || len(o.dependents) > 0 || len(o.sorted) > 2*len(v)+16 {
		return w.judged(to, c, whole)
	}
	if len(v) < o.min || o.max >= 0 && len(v) > o.max {
		return to, false
	}
	begun, found := len(to), 0
	to = append(to, '{')
	for i := range o.sorted {
		p := &o.sorted[i]
		member, there := v[p.name]
		if !there {
			if p.required {
				return to, false
			}
			continue
		}
		if p.schema == nil {
			return w.judged(to[:begun], c, whole)
		}
		if found++; found > 1 {
			to = append(to, ',')
		}
		var ok bool
		if to, ok = w.part(append(schema.AppendText(to, p.name), ':'), p.schema, member); !ok {
			return to, false
		}
	}
	switch {
	case found == len(v):
		return append(to, '}'), true
	case o.closed:
		return to, false
	}
	return w.judged(to[:begun], c, whole) // there are others, to be put between them
}

func (w *writer) array(to []byte, c *checker, v []any, whole any) ([]byte, bool) {
	a := c.array
	if a == nil || v == nil || a.contains != nil || a.closed || len(a.prefix) > 0 || a.rest == nil {
		return w.judged(to, c, whole)
	}
	if len(v) < a.min || a.max >= 0 && len(v) > a.max {
		return to, false
	}
	if a.unique {
		if _, _, found := twins(v); found {
			return to, false
		}
	}
	to = append(to, '[')
	for i, item := range v {
		if i > 0 {
			to = append(to, ',')
		}
		var ok bool
		if to, ok = w.part(to, a.rest, item); !ok {
			return to, false
		}
	}
	return append(to, ']'), true
}

// byName are properties in the order in which they are written.
func byName(list []property) []property {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b property) int { return strings.Compare(a.name, b.name) })
	return sorted
}
