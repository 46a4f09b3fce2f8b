package schemadiff

import (
	"maps"
	"slices"
)

// formula is something still to be met: a goal, a literal or a choice.
type formula any

// choice is met where one of its alternatives is, wholly.
type choice [][]formula

// branch is one way of meeting all that is asked at a location, for one kind of
// value.
type branch struct {
	c     *question
	loc   *location
	depth int
	t     kind

	todo    []formula
	choices []choice
	seen    map[goal]bool
	lits    *literals
	// loose says that something was left out: a value that comes of this must
	// be judged before it is believed.
	loose bool
}

// loosen marks that a keyword could not be taken apart.
type loosen struct{}

func (b *branch) fork() *branch {
	f := *b
	f.todo = nil
	f.choices = slices.Clone(b.choices)
	f.seen = maps.Clone(b.seen)
	f.lits = b.lits.clone()
	return &f
}

// run takes goals apart until only literals and choices are left, then tries
// the choices one after the other.
func (b *branch) run() result {
	for len(b.todo) > 0 {
		if !b.c.spend() {
			return undecided()
		}
		f := b.todo[0]
		b.todo = b.todo[1:]
		switch f := f.(type) {
		case goal:
			if !b.goal(f) {
				return failed()
			}
		case choice:
			if len(f) == 0 {
				return failed()
			}
			b.choices = append(b.choices, f)
		case loosen:
			b.loose = true
		case literal:
			b.lits.list = append(b.lits.list, f)
		}
	}
	return b.choose()
}

// goal takes one goal apart; it is false where the goal cannot be met.
func (b *branch) goal(g goal) bool {
	if b.seen[g] {
		return true
	}
	opposite := g
	opposite.neg = !g.neg
	if g.focus == nil && b.seen[opposite] {
		return false
	}
	b.seen[g] = true
	if !g.neg {
		b.todo = append(b.todo, b.c.fit(g.part, b.t)...)
		return true
	}
	if g.focus != nil {
		b.todo = append(b.todo, b.c.focused(g, b.t)...)
		return true
	}
	b.todo = append(b.todo, alternatives(b.c.miss(g.part, b.t, ""))...)
	return true
}

// alternatives makes a formula of a choice: none where one is met already.
func alternatives(alts [][]formula) []formula {
	for _, alt := range alts {
		if len(alt) == 0 {
			return nil
		}
	}
	if len(alts) == 1 {
		return alts[0]
	}
	return []formula{choice(alts)}
}

func (b *branch) choose() result {
	alts, ok := b.next()
	if !ok {
		return b.leaf()
	}
	total := failed()
	for _, alt := range alts {
		f := b.fork()
		f.todo = slices.Clone(alt)
		r := f.run()
		total = or(total, r)
		if r.state == sat {
			return total
		}
		if !b.c.pay(1 + (len(b.lits.list)+len(b.seen)+len(b.choices))/8) {
			return or(total, undecided())
		}
	}
	return total
}

// next takes out the choice with the fewest alternatives, without those that
// are ruled out; choices that are met already are dropped.
func (b *branch) next() (choice, bool) {
	best := -1
	var left []choice
	for _, ch := range b.choices {
		open, met := b.openOf(ch)
		if met {
			continue
		}
		left = append(left, open)
		if best < 0 || len(open) < len(left[best]) {
			best = len(left) - 1
		}
	}
	b.choices = left
	if best < 0 {
		return nil, false
	}
	ch := left[best]
	b.choices = slices.Delete(slices.Clone(left), best, best+1)
	return ch, true
}

func (b *branch) openOf(ch choice) (open choice, met bool) {
	for _, alt := range ch {
		holds, dead := true, false
		for _, f := range alt {
			g, ok := f.(goal)
			if !ok || !b.seen[g] {
				holds = false
			}
			if ok && g.focus == nil {
				g.neg = !g.neg
				dead = dead || b.seen[g]
			}
		}
		if holds {
			return nil, true
		}
		if !dead {
			open = append(open, alt)
		}
	}
	return open, false
}

// leaf builds a value from literals alone.
func (b *branch) leaf() result {
	if values, ok := b.lits.only(); ok {
		return b.c.pick(b.loc, ofKind(values, b.t))
	}
	r := b.build()
	if r.state == sat && b.loose && !b.c.meets(b.loc, r.value) {
		return undecided()
	}
	return r
}

func ofKind(values []any, t kind) []any {
	var list []any
	for _, v := range values {
		if kindOf(v)&t != 0 {
			list = append(list, v)
		}
	}
	return list
}

func (b *branch) build() result {
	switch b.t {
	case null:
		return b.plain(nil)
	case boolean:
		return or(b.plain(true), b.plain(false))
	case integer, fraction:
		return b.number()
	case text:
		return b.text()
	case array:
		return b.array()
	case object:
		return b.object()
	}
	return failed()
}

func (b *branch) plain(v any) result {
	if contains(b.excluded(), v) {
		return failed()
	}
	return found(v)
}

// excluded are the values that it must not be.
func (b *branch) excluded() []any {
	list := slices.Clone(b.loc.extra.not)
	for _, l := range b.lits.list {
		if l.op == opNotIn {
			list = append(list, l.values...)
		}
	}
	return list
}

// hints are the values that the writer's author gave for this place.
func (b *branch) hints() []any {
	var list []any
	for _, g := range b.loc.goals {
		if !g.neg {
			list = append(list, b.c.words(b.c.deref(g.part)).hints...)
		}
	}
	return ofKind(list, b.t)
}
