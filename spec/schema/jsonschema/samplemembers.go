package jsonschema

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// object makes an object: what is required, as much of the rest as chance and
// depth allow, and then as many more as a minimum asks for.
func (m *maker) object(w *wants, depth int) any {
	names := m.propertyNames(w, depth)
	if m.failed || w.never {
		return m.fail()
	}
	out := make(map[string]any, len(names))
	for _, name := range names {
		if schemas, ok := m.schemasFor(w, name); ok {
			out[name] = m.make(schemas, depth+1)
		}
	}
	for try := 0; len(out) < w.minProps && try < 2*w.minProps+10 && !m.failed; try++ {
		name := m.newName(w, len(out)+try)
		if _, taken := out[name]; taken {
			continue
		}
		if schemas, ok := m.schemasFor(w, name); ok {
			out[name] = m.make(schemas, depth+1)
		}
	}
	if m.spoil {
		m.spoilOthers(w, out, depth)
	}
	return out
}

// spoilOthers makes an object break the forms of a "oneOf" that it must not
// fit, through a property of theirs. Forms that require nothing fit every
// object otherwise, and then no object fits exactly one of them.
func (m *maker) spoilOthers(w *wants, out map[string]any, depth int) {
	wrong := []any{nil, json.Number("0"), "", []any{}, map[string]any{}, false}
	for _, other := range w.avoid {
		theirs := newWants()
		m.gather(theirs, other, depth, 1)
		for _, name := range theirs.order {
			if _, taken := out[name]; taken || len(w.props[name]) > 0 || w.closed {
				continue
			}
			out[name] = wrong[m.rng.IntN(len(wrong))]
			break
		}
	}
}

// propertyNames says which properties are made. Properties that ask for others
// bring those, and the schemas they depend on, with them.
func (m *maker) propertyNames(w *wants, depth int) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range w.required {
		add(name)
	}
	for _, name := range w.order {
		room := w.maxProps < 0 || len(names) < w.maxProps
		if room && depth < sampleShallow && m.chance(m.optional) && m.possible(w.props[name]) {
			add(name)
		}
	}
	for i, followed := 0, map[*tree.Node]bool{}; i < len(names); i++ {
		for _, d := range w.dependent {
			if d.Name() != names[i] || followed[d] {
				continue
			}
			followed[d] = true
			for _, name := range items(d) {
				add(name.Str())
			}
			if d.Kind == tree.Sequence {
				continue
			}
			before := len(w.required)
			m.gather(w, d, depth, 1)
			for _, name := range w.required[before:] {
				add(name)
			}
		}
	}
	return names
}

// possible reports whether a property may be there at all; "false" forbids it.
func (m *maker) possible(list []*tree.Node) bool {
	return !slices.ContainsFunc(list, func(n *tree.Node) bool { return n.Is(tree.Bool) && !n.True() })
}

// schemasFor returns the schemas that hold for a property.
func (m *maker) schemasFor(w *wants, name string) ([]*tree.Node, bool) {
	list := slices.Clone(w.props[name])
	for _, p := range w.patternProps {
		if re, err := compilePattern(p.Name()); err == nil && re.MatchString(name) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		if w.closed {
			return nil, false
		}
		list = slices.Clone(w.additional)
	}
	return list, true
}

func (m *maker) newName(w *wants, i int) string {
	switch {
	case len(w.names) > 0:
		if name, ok := m.make(w.names, sampleShallow).(string); ok {
			return name
		}
	case len(w.patternProps) > 0 && (w.closed || m.rng.IntN(2) == 0):
		p := w.patternProps[m.rng.IntN(len(w.patternProps))].Name()
		if name, ok := m.fromPattern(p, 1+i); ok {
			return name
		}
	case w.closed:
		for _, name := range w.order {
			if m.chance(0.5) {
				return name
			}
		}
	}
	return "property" + strconv.Itoa(i+1)
}

// array makes an array of one to three items where nothing asks for another
// number.
func (m *maker) array(w *wants, depth int) any {
	length := m.arrayLength(w, depth)
	out := make([]any, 0, min(length, sampleNodes))
	have := map[string]bool{} // the texts of values, where each must be another
	for i := 0; len(out) < length && !m.failed; i++ {
		if i > 20*length+100 {
			return m.fail()
		}
		value := m.make(m.schemasAt(w, len(out)), depth+1)
		if w.unique {
			text, err := json.Marshal(value)
			if err != nil || have[string(text)] {
				continue
			}
			have[string(text)] = true
		}
		out = append(out, value)
	}
	return out
}

func (m *maker) arrayLength(w *wants, depth int) int {
	length := max(w.minItems, len(w.prefix))
	if len(w.contains) > 0 {
		length = max(length, w.minContains)
	}
	if length == 0 && depth < sampleShallow && m.possible(w.items) {
		length = 1 + m.rng.IntN(2)
	}
	if w.maxItems >= 0 {
		length = min(length, w.maxItems)
	}
	return length
}

func (m *maker) schemasAt(w *wants, i int) []*tree.Node {
	var list []*tree.Node
	if i < len(w.prefix) {
		list = slices.Clone(w.prefix[i])
	} else {
		list = slices.Clone(w.items)
	}
	if len(w.contains) > 0 && i < w.minContains {
		list = append(list, w.contains...)
	}
	return list
}
