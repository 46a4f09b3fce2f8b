package schemadiff

import "math"

// miss is the ways in which a value of a kind can fail to fit a schema; by one
// keyword only where one is named. A way that takes nothing is met already.
func (c *question) miss(p part, t kind, keyword string) [][]formula {
	w := c.words(p)
	if w.never {
		return [][]formula{{}}
	}
	m := &ways{keyword: keyword}
	if w.types&t == 0 && m.wants("type") {
		return [][]formula{{}}
	}
	if w.types&t == 0 {
		return nil // it is another keyword's turn, and this one comes first
	}
	for _, q := range w.refs {
		m.add("$ref", goal{part: q, neg: true})
	}
	if w.listed {
		m.add("enum", literal{op: opNotIn, values: w.values})
	}
	switch t {
	case integer, fraction:
		m.number(w)
	case text:
		m.text(w)
	case object:
		m.object(w)
	case array:
		m.array(w)
	}
	m.forms(w)
	for _, word := range w.opaque {
		m.add(word, loosen{})
	}
	return m.list
}

type ways struct {
	keyword string
	list    [][]formula
}

func (m *ways) wants(keyword string) bool { return m.keyword == "" || m.keyword == keyword }

func (m *ways) add(keyword string, way ...formula) {
	if m.wants(keyword) {
		m.list = append(m.list, way)
	}
}

func (m *ways) forms(w *words) {
	for _, q := range w.all {
		m.add("allOf", goal{part: q, neg: true})
	}
	if w.any != nil {
		m.add("anyOf", none(w.any)...)
	}
	if w.one != nil {
		m.one(w.one)
	}
	if w.not != nil {
		m.add("not", goal{part: *w.not})
	}
	if w.cond != nil && w.yes != nil {
		m.add("if", goal{part: *w.cond}, goal{part: *w.yes, neg: true})
	}
	if w.cond != nil && w.els != nil {
		m.add("if", goal{part: *w.cond, neg: true}, goal{part: *w.els, neg: true})
	}
}

func none(forms []part) []formula {
	var list []formula
	for _, q := range forms {
		list = append(list, goal{part: q, neg: true})
	}
	return list
}

func (m *ways) one(forms []part) {
	m.add("oneOf", none(forms)...)
	if len(forms) > maxForms {
		m.add("oneOf", loosen{})
		return
	}
	for i := range forms {
		for j := i + 1; j < len(forms); j++ {
			m.add("oneOf", goal{part: forms[i]}, goal{part: forms[j]})
		}
	}
}

func (m *ways) number(w *words) {
	if w.min != nil {
		m.add("minimum", literal{op: opMax, limit: &limit{w.min.at, !w.min.outside}})
	}
	if w.max != nil {
		m.add("maximum", literal{op: opMin, limit: &limit{w.max.at, !w.max.outside}})
	}
	if w.multiple != nil {
		m.add("multipleOf", literal{op: opNotMultiple, rat: w.multiple})
	}
}

func (m *ways) text(w *words) {
	if w.minLen > 0 {
		m.add("minLength", literal{op: opMaxLen, n: w.minLen - 1})
	}
	if w.maxLen >= 0 {
		m.add("maxLength", literal{op: opMinLen, n: w.maxLen + 1})
	}
	if w.pattern != nil {
		m.add("pattern", literal{op: opPattern, name: *w.pattern, neg: true})
	}
	if w.format != "" {
		m.add("format", literal{op: opFormat, name: w.format, neg: true})
	}
}

func (m *ways) object(w *words) {
	for _, name := range w.required {
		m.add("required", literal{op: opAbsent, name: name})
	}
	for _, p := range w.props {
		m.add("properties", present(p.name), literal{op: opProp, name: p.name, goal: goal{part: p.part, neg: true}})
	}
	for _, p := range w.patterns {
		m.add("patternProperties", literal{op: opSomePattern, name: p.name, goal: goal{part: p.part, neg: true}})
	}
	if w.additional != nil {
		m.add("additionalProperties", w.rest(opSomeRest, goal{part: *w.additional, neg: true}))
	}
	if w.names != nil {
		m.add("propertyNames", literal{op: opSomeName, goal: goal{part: *w.names, neg: true}})
	}
	if w.minProps > 0 {
		m.add("minProperties", literal{op: opMaxProps, n: w.minProps - 1})
	}
	if w.maxProps >= 0 {
		m.add("maxProperties", literal{op: opMinProps, n: w.maxProps + 1})
	}
	for _, n := range w.needs {
		for _, name := range n.then {
			m.add("dependentRequired", present(n.given), literal{op: opAbsent, name: name})
		}
	}
	for _, n := range w.implied {
		m.add("dependentSchemas", present(n.name), goal{part: n.part, neg: true})
	}
}

func present(name string) literal { return literal{op: opRequire, name: name} }

func (m *ways) array(w *words) {
	if w.minItems > 0 {
		m.add("minItems", literal{op: opMaxItems, n: w.minItems - 1})
	}
	if w.maxItems >= 0 && w.maxItems < math.MaxInt32 {
		m.add("maxItems", literal{op: opMinItems, n: w.maxItems + 1})
	}
	if w.unique {
		m.add("uniqueItems", literal{op: opRepeat})
	}
	for i, p := range w.prefix {
		m.add("prefixItems", literal{op: opMinItems, n: i + 1}, literal{op: opAt, n: i, goal: goal{part: p, neg: true}})
	}
	if w.items != nil {
		m.add("items", literal{op: opSomeFrom, n: len(w.prefix), goal: goal{part: *w.items, neg: true}})
	}
	if w.contains != nil {
		g := goal{part: *w.contains}
		if w.minHas > 0 {
			m.add("contains", literal{op: opMaxHas, n: w.minHas - 1, goal: g})
		}
		if w.maxHas >= 0 {
			m.add("contains", literal{op: opMinHas, n: w.maxHas + 1, goal: g})
		}
	}
}
