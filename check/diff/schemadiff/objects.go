package schemadiff

import (
	"maps"
	"slices"
)

// shape is what is asked of an object.
type shape struct {
	b          *branch
	required   map[string]bool
	absent     map[string]bool
	props      map[string][]goal
	patterns   []literal // opPattern2
	rests      []literal // opRest
	names      []goal    // every name
	some       []literal // there is such a property
	minN, maxN int
	known      []string
	// wild are all the patterns that tell names apart.
	wild []string
}

func (b *branch) object() result {
	s := &shape{b: b, required: map[string]bool{}, absent: map[string]bool{}, props: map[string][]goal{}, maxN: -1}
	for _, l := range b.lits.list {
		s.take(l)
	}
	for name := range s.required {
		if s.absent[name] {
			return failed()
		}
	}
	if s.maxN >= 0 && len(s.required) > s.maxN || s.maxN >= 0 && s.minN > s.maxN {
		return failed()
	}
	s.collect()
	r := s.place(0, map[string][]goal{})
	if r.state == sat && contains(b.excluded(), r.value) {
		return undecided()
	}
	return r
}

func (s *shape) take(l literal) {
	switch l.op {
	case opRequire:
		s.required[l.name] = true
	case opAbsent:
		s.absent[l.name] = true
	case opProp:
		s.props[l.name] = append(s.props[l.name], l.goal)
	case opPattern2:
		s.patterns = append(s.patterns, l)
	case opRest:
		s.rests = append(s.rests, l)
	case opNames:
		s.names = append(s.names, l.goal)
	case opSomePattern, opSomeRest, opSomeName:
		s.some = append(s.some, l)
	case opMinProps:
		s.minN = max(s.minN, l.n)
	case opMaxProps:
		if s.maxN < 0 || l.n < s.maxN {
			s.maxN = l.n
		}
	}
}

// collect gathers the names and patterns that anything speaks of.
func (s *shape) collect() {
	names := map[string]bool{}
	for _, n := range s.b.c.declaredNames(s.b.loc.place) {
		names[n] = true
	}
	for n := range s.required {
		names[n] = true
	}
	for n := range s.absent {
		names[n] = true
	}
	for n := range s.props {
		names[n] = true
	}
	patterns := map[string]bool{}
	for _, l := range slices.Concat(s.rests, s.some, s.patterns) {
		for _, n := range l.names {
			names[n] = true
		}
		for _, p := range l.patterns {
			patterns[p] = true
		}
		if l.op == opPattern2 || l.op == opSomePattern {
			patterns[l.name] = true
		}
	}
	for _, p := range s.b.c.declaredPatterns(s.b.loc.place) {
		patterns[p] = true
	}
	s.known = slices.Sorted(maps.Keys(names))
	s.wild = slices.Sorted(maps.Keys(patterns))
}

// place gives each property that there must be some of a name, in all ways.
func (s *shape) place(i int, chosen map[string][]goal) result {
	if !s.b.c.spend() {
		return undecided()
	}
	if i == len(s.some) {
		return s.finish(chosen)
	}
	l := s.some[i]
	total := failed()
	try := func(name string) bool {
		next := maps.Clone(chosen)
		goals := slices.Clone(next[name])
		if l.op != opSomeName {
			goals = append(goals, l.goal)
		}
		next[name] = goals
		r := s.place(i+1, next)
		total = or(total, r)
		return r.state == sat
	}
	// Names made up for another such property are as good as known ones.
	names := slices.Clone(s.known)
	for name := range chosen {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !s.absent[name] && s.speaksOf(l, name) && try(name) {
			return total
		}
	}
	fresh, all := s.fresh(l, names)
	for _, name := range fresh {
		if try(name) {
			return total
		}
	}
	if !all {
		total = or(total, undecided())
	}
	return total
}

// speaksOf reports whether a literal is about a property by that name.
func (s *shape) speaksOf(l literal, name string) bool {
	c := s.b.c
	switch l.op {
	case opSomePattern, opPattern2:
		return c.matches(l.name, name)
	case opSomeRest, opRest:
		return !slices.Contains(l.names, name) && !slices.ContainsFunc(l.patterns, func(p string) bool { return c.matches(p, name) })
	case opSomeName:
		return c.judge(l.goal, name) != l.goal.neg
	}
	return false
}

// maxWild is how many patterns of names are told apart in all combinations.
const maxWild = 4

// fresh makes up names that a literal is about and that nothing mentions: one
// for each combination of the patterns. All says whether that is all there
// can be.
func (s *shape) fresh(l literal, taken []string) (names []string, all bool) {
	c := s.b.c
	all = len(s.wild) <= maxWild
	wild := s.wild[:min(len(s.wild), maxWild)]
	for set := range 1 << len(wild) {
		e := &extra{only: text}
		for i, p := range wild {
			e.patterns = append(e.patterns, textual{p, set&(1<<i) == 0})
		}
		switch l.op {
		case opSomePattern:
			e.patterns = append(e.patterns, textual{l.name, false})
		case opSomeRest:
			for _, p := range l.patterns {
				e.patterns = append(e.patterns, textual{p, true})
			}
		}
		for _, n := range taken {
			e.not = append(e.not, n)
		}
		goals := slices.Clone(s.names)
		if l.op == opSomeName {
			goals = append(goals, l.goal)
		}
		r := c.solve(&location{goals: goals, extra: e}, s.b.depth+1)
		switch {
		case r.state == unknown || r.state == unsat && r.low != noAssumption:
			all = false
		case r.state == sat:
			name := r.value.(string)
			if _, ok := c.property(s.b.loc.place, name); ok {
				names = append(names, name)
			}
			// Otherwise the writer writes no name of this combination: which
			// names it may write depends on the patterns alone.
		}
	}
	return names, all
}

// finish builds the object from what there must be, and as many more
// properties as it needs.
func (s *shape) finish(chosen map[string][]goal) result {
	out := map[string]any{}
	must := maps.Clone(s.required)
	for name := range chosen {
		must[name] = true
	}
	if s.maxN >= 0 && len(must) > s.maxN {
		return failed()
	}
	low := noAssumption
	for _, name := range slices.Sorted(maps.Keys(must)) {
		r := s.member(name, chosen[name])
		low = min(low, r.low)
		if r.state != sat {
			r.low = low
			return r
		}
		out[name] = r.value
	}
	if r, ok := s.fill(out); !ok {
		r.low = min(r.low, low)
		return r
	}
	return found(out)
}

// member builds the value of one property.
func (s *shape) member(name string, more []goal) result {
	c := s.b.c
	if s.absent[name] {
		return failed()
	}
	for _, g := range s.names {
		if c.judge(g, name) == g.neg {
			return failed()
		}
	}
	below, ok := c.property(s.b.loc.place, name)
	if !ok {
		return failed()
	}
	goals := slices.Clone(more)
	goals = append(goals, s.props[name]...)
	for _, l := range slices.Concat(s.patterns, s.rests) {
		if s.speaksOf(l, name) {
			goals = append(goals, l.goal)
		}
	}
	return c.solve(&location{goals: goals, place: below}, s.b.depth+1)
}

// mostFill is how many properties are made to reach a minimum.
const mostFill = 100

// fill adds properties until there are enough.
func (s *shape) fill(out map[string]any) (result, bool) {
	if len(out) >= s.minN {
		return result{}, true
	}
	if s.minN > mostFill {
		return undecided(), false
	}
	worst := failed()
	for _, name := range s.known {
		if len(out) >= s.minN {
			return result{}, true
		}
		if _, have := out[name]; have || s.absent[name] {
			continue
		}
		r := s.member(name, nil)
		if r.state == sat {
			out[name] = r.value
			continue
		}
		worst = or(worst, r)
	}
	taken := slices.Sorted(maps.Keys(out))
	for _, n := range s.known {
		if _, have := out[n]; !have {
			taken = append(taken, n)
		}
	}
	for len(out) < s.minN {
		names, all := s.fresh(literal{}, taken)
		if !all {
			worst = or(worst, undecided())
		}
		added := false
		for _, name := range names {
			taken = append(taken, name)
			r := s.member(name, nil)
			if r.state == sat && len(out) < s.minN {
				out[name], added = r.value, true
				continue
			}
			worst = or(worst, r)
		}
		if !added {
			if worst.state == sat {
				worst.state = unknown
			}
			return worst, false
		}
	}
	return result{}, true
}
