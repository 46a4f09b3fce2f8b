package schemadiff

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// goal is something that a value must do: fit a schema, or not fit it. With a
// focus it must not fit in one particular way.
type goal struct {
	part  part
	neg   bool
	focus *Focus
	depth int // how many steps of the focus have been taken
}

// location is one place of the value to be built: what it must do, and what the
// writer may put there.
type location struct {
	goals []goal
	place place
	extra *extra
}

// extra is what must hold of a value at a location beyond the schemas. The
// patterns are for names of properties.
type extra struct {
	only     kind
	not      []any
	patterns []textual
}

type textual struct {
	pattern string
	neg     bool
}

// state is what became of a search.
type state uint8

const (
	unsat state = iota // there is no such value
	unknown
	sat // here it is
)

type result struct {
	state state
	value any
	// low is the depth of the outermost location that the answer assumed to
	// have no value because it was being looked for; noAssumption for none.
	low int
}

const noAssumption = math.MaxInt

func failed() result { return result{state: unsat, low: noAssumption} }

func undecided() result { return result{state: unknown, low: noAssumption} }

func found(v any) result { return result{state: sat, value: v, low: noAssumption} }

// or is what is known when either of two searches may give the value.
func or(a, b result) result {
	if b.state > a.state {
		b.low = min(a.low, b.low)
		return b
	}
	a.low = min(a.low, b.low)
	return a
}

// solve looks for a value at a location.
//
// A location that is met again inside itself is given up there: a smallest
// value never holds one for the same place, since that would be smaller.
func (c *question) solve(loc *location, depth int) result {
	loc.tidy(c)
	if !c.pay(1+len(loc.goals)+len(loc.extra.not)) || depth > maxDepth {
		return undecided()
	}
	key := loc.key(c)
	memo := c.memo(loc)
	if r, ok := memo[key]; ok {
		return r
	}
	if at, busy := c.stack[key]; busy {
		return result{state: unsat, low: at}
	}
	c.stack[key] = depth
	r := c.attempt(loc, depth)
	delete(c.stack, key)
	if r.low >= depth {
		r.low = noAssumption
	}
	if (r.low == noAssumption || r.state == sat) && r.state != unknown && c.steps > 0 {
		r.low = noAssumption
		memo[key] = r
	}
	return r
}

const maxDepth = 120

// maxSolved bounds how many locations are remembered for all questions.
const maxSolved = 1 << 16

// memo is where to remember what became of a location: for all questions,
// unless it is about the one demand that this question is about.
func (c *question) memo(loc *location) map[string]result {
	if slices.ContainsFunc(loc.goals, func(g goal) bool { return g.focus != nil }) {
		return c.aimed
	}
	if len(c.solved) >= maxSolved {
		clear(c.solved)
	}
	return c.solved
}

func (loc *location) tidy(c *question) {
	if loc.extra == nil {
		loc.extra = &extra{}
	}
	for i, g := range loc.goals {
		if g.focus == nil { // which schema it is counts, not where it was referred to
			loc.goals[i].part = c.deref(g.part)
		}
	}
	compare := func(a, b goal) int {
		if d := c.number(a.part) - c.number(b.part); d != 0 {
			return d
		}
		if a.neg != b.neg {
			if a.neg {
				return 1
			}
			return -1
		}
		return a.depth - b.depth
	}
	slices.SortStableFunc(loc.goals, compare)
	loc.goals = slices.Compact(loc.goals)
}

func (loc *location) key(c *question) string {
	var b strings.Builder
	for _, g := range loc.goals {
		if g.neg {
			b.WriteByte('-')
		}
		b.WriteString(strconv.Itoa(c.number(g.part)))
		if g.focus != nil {
			b.WriteString("f" + strconv.Itoa(g.depth))
		}
		b.WriteByte(',')
	}
	b.WriteByte('|')
	for _, p := range loc.place.parts {
		b.WriteString(strconv.Itoa(c.number(p)))
		b.WriteByte(',')
	}
	e := loc.extra
	b.WriteString("|" + strconv.Itoa(int(e.only)))
	for _, v := range e.not {
		b.WriteString("!" + show(v))
	}
	for _, p := range e.patterns {
		b.WriteString(strconv.FormatBool(p.neg) + strconv.Quote(p.pattern))
	}
	return b.String()
}

func (c *question) attempt(loc *location, depth int) result {
	if c.contradicts(loc.goals) {
		return failed()
	}
	if values, ok := c.onlyValues(loc.goals); ok {
		return c.pick(loc, values)
	}
	total := failed()
	for _, t := range c.order(loc) {
		b := &branch{c: c, loc: loc, depth: depth, t: t, seen: map[goal]bool{}, lits: newLiterals()}
		for _, g := range loc.goals {
			b.todo = append(b.todo, g)
		}
		r := b.run()
		total = or(total, r)
		if r.state == sat {
			return total
		}
	}
	return total
}

// contradicts reports whether a schema must be fitted and one that is the same
// must not.
func (c *question) contradicts(goals []goal) bool {
	for _, g := range goals {
		if g.neg {
			continue
		}
		for _, h := range goals {
			if h.neg && h.depth == 0 && c.same(g.part, h.part) {
				return true
			}
		}
	}
	return false
}

// onlyValues returns the values of an "enum" or "const" that must be fitted.
func (c *question) onlyValues(goals []goal) ([]any, bool) {
	for _, g := range goals {
		if g.neg {
			continue
		}
		if w := c.words(c.deref(g.part)); w.listed {
			return w.values, true
		}
	}
	return nil, false
}

// pick takes the first of some values that does all that is asked at a
// location. That is exact: the schemas judge, not the search.
func (c *question) pick(loc *location, values []any) result {
	for _, v := range values {
		if c.meets(loc, v) {
			return found(v)
		}
	}
	return failed()
}

// meets reports whether a value does all that is asked at a location.
func (c *question) meets(loc *location, v any) bool {
	e := loc.extra
	if e.only != 0 && kindOf(v)&e.only == 0 || contains(e.not, v) {
		return false
	}
	if len(e.patterns) > 0 {
		s, ok := v.(string)
		if !ok || !c.fitsPatterns(e.patterns, s) {
			return false
		}
	}
	for _, g := range loc.goals {
		if g.neg == c.judge(g, v) {
			return false
		}
	}
	return c.writes(loc.place, v)
}

// judge reports whether a value fits a goal's schema; with a focus, whether it
// fits at the place that the focus is on.
func (c *question) judge(g goal, v any) bool {
	if g.focus == nil {
		return g.part.valid(v)
	}
	return !g.focus.refuses(v, g.depth)
}

// order is the kinds of value in the order in which they are tried: first those
// that the schemas name.
func (c *question) order(loc *location) []kind {
	allowed := every
	var wanted kind
	for _, g := range loc.goals {
		w := c.words(c.deref(g.part))
		switch {
		case !g.neg && w.never:
			return nil
		case !g.neg:
			allowed &= w.types
		}
		if w.types != every && wanted == 0 {
			wanted = w.types
		}
		wanted |= w.speaksOf()
	}
	if loc.extra.only != 0 {
		allowed &= loc.extra.only
	}
	var first, last []kind
	for _, t := range []kind{object, text, integer, fraction, boolean, array, null} {
		switch {
		case allowed&t == 0:
		case wanted&t != 0:
			first = append(first, t)
		default:
			last = append(last, t)
		}
	}
	if len(first) == 0 && len(last) > 1 && last[0] == object {
		last = append(last[1:], object) // where anything goes, a plain value reads better
	}
	return append(first, last...)
}

// speaksOf is the kinds of value that a schema's keywords are about.
func (w *words) speaksOf() kind {
	var k kind
	if len(w.props)+len(w.patterns)+len(w.required) > 0 || w.additional != nil {
		k |= object
	}
	if w.items != nil || len(w.prefix) > 0 || w.contains != nil {
		k |= array
	}
	if w.min != nil || w.max != nil || w.multiple != nil {
		k |= number
	}
	if w.pattern != nil || w.minLen >= 0 || w.maxLen >= 0 || w.format != "" {
		k |= text
	}
	return k
}
