package schemadiff

import (
	"math/big"
	"slices"
)

// op is what a literal says.
type op uint8

const (
	opIn op = iota + 1
	opNotIn
	opMin
	opMax
	opMultiple
	opNotMultiple
	opMinLen
	opMaxLen
	opPattern
	opFormat
	opRequire
	opAbsent
	opProp        // if the property is there
	opPattern2    // if a name fits the pattern
	opRest        // if a name is none of these
	opNames       // every name
	opSomePattern // there is a name that fits the pattern
	opSomeRest    // there is a name that is none of these
	opSomeName    // there is a name
	opMinProps
	opMaxProps
	opAt   // if the item is there
	opFrom // items from there on
	opSomeFrom
	opMinItems
	opMaxItems
	opUnique
	opRepeat
	opMinHas
	opMaxHas
)

// literal is one elementary demand on a value.
type literal struct {
	op       op
	neg      bool // of opPattern and opFormat
	name     string
	names    []string
	patterns []string
	n        int
	limit    *limit
	rat      *big.Rat
	values   []any
	goal     goal
}

type literals struct{ list []literal }

func newLiterals() *literals { return &literals{} }

func (l *literals) clone() *literals { return &literals{slices.Clone(l.list)} }

func (l *literals) only() ([]any, bool) {
	for _, x := range l.list {
		if x.op == opIn {
			return x.values, true
		}
	}
	return nil, false
}

// maxForms is how many forms of a "oneOf" are told apart.
const maxForms = 14

// fit is what it takes for a value of a kind to fit a schema.
func (c *question) fit(p part, t kind) []formula {
	w := c.words(p)
	if w.never || w.types&t == 0 {
		return []formula{choice{}}
	}
	var list []formula
	for _, q := range w.refs {
		list = append(list, goal{part: q})
	}
	if w.listed {
		list = append(list, literal{op: opIn, values: w.values})
	}
	list = append(list, c.fitForms(w)...)
	if len(w.opaque) > 0 {
		list = append(list, loosen{})
	}
	switch t {
	case integer, fraction:
		list = append(list, fitNumber(w)...)
	case text:
		list = append(list, fitText(w)...)
	case object:
		list = append(list, fitObject(w)...)
	case array:
		list = append(list, fitArray(w)...)
	}
	return list
}

func (c *question) fitForms(w *words) []formula {
	var list []formula
	for _, q := range w.all {
		list = append(list, goal{part: q})
	}
	if w.any != nil {
		var alts [][]formula
		for _, q := range w.any {
			alts = append(alts, []formula{goal{part: q}})
		}
		list = append(list, choice(alts))
	}
	if w.one != nil {
		list = append(list, fitOne(w.one)...)
	}
	if w.not != nil {
		list = append(list, goal{part: *w.not, neg: true})
	}
	if w.cond != nil {
		list = append(list, fitIf(w)...)
	}
	return list
}

func fitOne(forms []part) []formula {
	if len(forms) > maxForms {
		var alts [][]formula
		for _, q := range forms {
			alts = append(alts, []formula{goal{part: q}})
		}
		return []formula{choice(alts), loosen{}}
	}
	var alts [][]formula
	for i := range forms {
		alt := []formula{goal{part: forms[i]}}
		for j := range forms {
			if j != i {
				alt = append(alt, goal{part: forms[j], neg: true})
			}
		}
		alts = append(alts, alt)
	}
	return []formula{choice(alts)}
}

func fitIf(w *words) []formula {
	if w.yes == nil && w.els == nil {
		return nil
	}
	yes, no := []formula{goal{part: *w.cond}}, []formula{goal{part: *w.cond, neg: true}}
	if w.yes != nil {
		yes = append(yes, goal{part: *w.yes})
	}
	if w.els != nil {
		no = append(no, goal{part: *w.els})
	}
	return []formula{choice{yes, no}}
}

func fitNumber(w *words) []formula {
	var list []formula
	if w.min != nil {
		list = append(list, literal{op: opMin, limit: w.min})
	}
	if w.max != nil {
		list = append(list, literal{op: opMax, limit: w.max})
	}
	if w.multiple != nil {
		list = append(list, literal{op: opMultiple, rat: w.multiple})
	}
	return list
}

func fitText(w *words) []formula {
	var list []formula
	if w.minLen >= 0 {
		list = append(list, literal{op: opMinLen, n: w.minLen})
	}
	if w.maxLen >= 0 {
		list = append(list, literal{op: opMaxLen, n: w.maxLen})
	}
	if w.pattern != nil {
		list = append(list, literal{op: opPattern, name: *w.pattern})
	}
	if w.format != "" {
		list = append(list, literal{op: opFormat, name: w.format})
	}
	return list
}

func fitObject(w *words) []formula {
	var list []formula
	for _, name := range w.required {
		list = append(list, literal{op: opRequire, name: name})
	}
	for _, p := range w.props {
		list = append(list, literal{op: opProp, name: p.name, goal: goal{part: p.part}})
	}
	for _, p := range w.patterns {
		list = append(list, literal{op: opPattern2, name: p.name, goal: goal{part: p.part}})
	}
	if w.additional != nil {
		list = append(list, w.rest(opRest, goal{part: *w.additional}))
	}
	if w.names != nil {
		list = append(list, literal{op: opNames, goal: goal{part: *w.names}})
	}
	if w.minProps > 0 {
		list = append(list, literal{op: opMinProps, n: w.minProps})
	}
	if w.maxProps >= 0 {
		list = append(list, literal{op: opMaxProps, n: w.maxProps})
	}
	for _, n := range w.needs {
		with := []formula{}
		for _, name := range n.then {
			with = append(with, literal{op: opRequire, name: name})
		}
		if len(with) > 0 {
			list = append(list, choice{{literal{op: opAbsent, name: n.given}}, with})
		}
	}
	for _, n := range w.implied {
		list = append(list, choice{{literal{op: opAbsent, name: n.name}}, {goal{part: n.part}}})
	}
	return list
}

// rest is a literal about the properties that a schema does not name.
func (w *words) rest(o op, g goal) literal {
	l := literal{op: o, goal: g}
	for _, p := range w.props {
		l.names = append(l.names, p.name)
	}
	for _, p := range w.patterns {
		l.patterns = append(l.patterns, p.name)
	}
	return l
}

func fitArray(w *words) []formula {
	var list []formula
	if w.minItems > 0 {
		list = append(list, literal{op: opMinItems, n: w.minItems})
	}
	if w.maxItems >= 0 {
		list = append(list, literal{op: opMaxItems, n: w.maxItems})
	}
	if w.unique {
		list = append(list, literal{op: opUnique})
	}
	for i, p := range w.prefix {
		list = append(list, literal{op: opAt, n: i, goal: goal{part: p}})
	}
	if w.items != nil {
		list = append(list, literal{op: opFrom, n: len(w.prefix), goal: goal{part: *w.items}})
	}
	if w.contains != nil {
		list = append(list, fitContains(goal{part: *w.contains}, w.minHas, w.maxHas)...)
	}
	return list
}

func fitContains(g goal, least, most int) []formula {
	var list []formula
	if least > 0 {
		list = append(list, literal{op: opMinHas, n: least, goal: g})
	}
	if most >= 0 {
		list = append(list, literal{op: opMaxHas, n: most, goal: g})
	}
	return list
}
