package schemadiff

import "slices"

// row is what is asked of an array.
type row struct {
	b          *branch
	at         map[int][]goal
	from       []literal
	some       []literal // one copy for each item that there must be
	most       []literal // opMaxHas
	minN, maxN int
	unique     bool
	repeat     bool
	first      int // from here on all items are alike
}

// The bounds of what is tried.
const (
	maxCopies = 6
	maxLength = 600
)

func (b *branch) array() result {
	s := &row{b: b, at: map[int][]goal{}, maxN: -1}
	for _, l := range b.lits.list {
		if !s.take(l) {
			return undecided()
		}
	}
	if s.maxN >= 0 && s.minN > s.maxN {
		return failed()
	}
	if s.minN > maxLength {
		return undecided()
	}
	if s.unique && s.repeat {
		return failed()
	}
	r := s.lengths()
	if r.state == sat && contains(b.excluded(), r.value) {
		return undecided()
	}
	return r
}

func (s *row) take(l literal) bool {
	switch l.op {
	case opAt:
		s.at[l.n] = append(s.at[l.n], l.goal)
		s.first = max(s.first, l.n+1)
	case opFrom:
		s.from = append(s.from, l)
		s.first = max(s.first, l.n)
	case opSomeFrom:
		s.some = append(s.some, l)
		s.first = max(s.first, l.n)
	case opMinHas:
		if l.n > maxCopies {
			return false
		}
		for range l.n {
			s.some = append(s.some, l)
		}
	case opMaxHas:
		if l.n > 0 {
			s.most = append(s.most, l)
			break
		}
		g := l.goal
		g.neg = !g.neg
		s.from = append(s.from, literal{op: opFrom, goal: g})
	case opMinItems:
		s.minN = max(s.minN, l.n)
	case opMaxItems:
		if s.maxN < 0 || l.n < s.maxN {
			s.maxN = l.n
		}
	case opUnique:
		s.unique = true
	case opRepeat:
		s.repeat = true
	}
	return len(s.some) <= maxCopies
}

// lengths tries the lengths that can make a difference: items beyond those that
// something is asked of can be left out.
func (s *row) lengths() result {
	longest := max(s.minN, s.first) + len(s.some)
	if s.repeat {
		longest += 2
	}
	if s.maxN >= 0 {
		longest = min(longest, s.maxN)
	}
	total := failed()
	for n := s.minN; n <= longest; n++ {
		if n > maxLength {
			return or(total, undecided())
		}
		r := s.ofLength(n)
		total = or(total, r)
		if r.state == sat {
			return total
		}
		if !s.b.c.spend() {
			return or(total, undecided())
		}
	}
	return total
}

func (s *row) ofLength(n int) result {
	if !s.repeat {
		return s.place(n, 0, map[int][]goal{}, -1, -1)
	}
	total := failed()
	for j := range n {
		if j > s.first+1 {
			break
		}
		for i := range j {
			r := s.place(n, 0, map[int][]goal{}, i, j)
			total = or(total, r)
			if r.state == sat {
				return total
			}
		}
	}
	return total
}

// place gives each item that there must be some of a position, in all ways that
// make a difference.
func (s *row) place(n, k int, chosen map[int][]goal, i, j int) result {
	if !s.b.c.spend() {
		return undecided()
	}
	if k == len(s.some) {
		return s.build(n, chosen, i, j)
	}
	l := s.some[k]
	total := failed()
	end := min(n, s.first+len(s.some)+2)
	start := 0
	if l.op == opSomeFrom {
		start = l.n
	}
	for at := start; at < end; at++ {
		if slices.Contains(chosen[at], l.goal) {
			continue // copies are different items
		}
		next := map[int][]goal{}
		for p, goals := range chosen {
			next[p] = goals
		}
		next[at] = append(slices.Clone(chosen[at]), l.goal)
		r := s.place(n, k+1, next, i, j)
		total = or(total, r)
		if r.state == sat {
			return total
		}
	}
	return total
}

// build makes the items one after the other. Where i is not negative, the items
// i and j are one value.
func (s *row) build(n int, chosen map[int][]goal, i, j int) result {
	out := make([]any, 0, n)
	low := noAssumption
	for at := range n {
		if j == at {
			out = append(out, out[i])
			continue
		}
		goals, place := s.goalsAt(at, chosen), s.b.c.item(s.b.loc.place, at)
		if i == at {
			goals = append(goals, s.goalsAt(j, chosen)...)
		}
		loc := &location{goals: goals, place: place, extra: &extra{}}
		if s.unique {
			loc.extra.not = slices.Clone(out)
		}
		r := s.b.c.solve(loc, s.b.depth+1)
		low = min(low, r.low)
		if r.state == sat {
			out = append(out, r.value)
			continue
		}
		if r.state == unsat && s.unique && at > 0 && !s.alike(n, chosen) {
			r.state = unknown // other values before it might have left one
		}
		r.low = low
		return r
	}
	return s.counted(out)
}

// alike reports whether the same is asked of all items; then values can be
// taken in any order.
func (s *row) alike(n int, chosen map[int][]goal) bool {
	for at := 1; at < n; at++ {
		if !slices.Equal(s.goalsAt(at, chosen), s.goalsAt(0, chosen)) || !slices.Equal(s.b.c.item(s.b.loc.place, at).parts, s.b.c.item(s.b.loc.place, 0).parts) {
			return false
		}
	}
	return true
}

func (s *row) goalsAt(at int, chosen map[int][]goal) []goal {
	goals := slices.Clone(s.at[at])
	for _, l := range s.from {
		if at >= l.n {
			goals = append(goals, l.goal)
		}
	}
	return append(goals, chosen[at]...)
}

// counted checks that not too many items fit what only some may fit. How to
// choose others is not looked into.
func (s *row) counted(out []any) result {
	for _, l := range s.most {
		have := 0
		for _, v := range out {
			if s.b.c.judge(l.goal, v) != l.goal.neg {
				have++
			}
		}
		if have > l.n {
			return undecided()
		}
	}
	return found(out)
}
