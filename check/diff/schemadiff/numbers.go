package schemadiff

import (
	"encoding/json"
	"math/big"
	"slices"
)

// figures is what is asked of a number.
type figures struct {
	low, high *limit
	step      *big.Rat   // it is a multiple of this, where not nil
	not       []*big.Rat // and of none of these
	excluded  map[json.Number]bool
}

func (b *branch) figures() figures {
	f := figures{excluded: map[json.Number]bool{}}
	for _, v := range b.excluded() {
		if n, ok := v.(json.Number); ok {
			if r := rat(string(n)); r != nil && finite(r) {
				f.excluded[decimal(r)] = true
			}
		}
	}
	one := big.NewRat(1, 1)
	if b.t == integer {
		f.step = one
	} else {
		f.not = append(f.not, one)
	}
	for _, l := range b.lits.list {
		switch l.op {
		case opMin:
			f.low = tighterMin(f.low, l.limit)
		case opMax:
			f.high = tighterMax(f.high, l.limit)
		case opMultiple:
			if f.step == nil {
				f.step = l.rat
			} else {
				f.step = leastCommon(f.step, l.rat)
			}
		case opNotMultiple:
			f.not = append(f.not, l.rat)
		}
	}
	return f
}

func (f *figures) fits(r *big.Rat) bool {
	if f.low != nil {
		if c := r.Cmp(f.low.at); c < 0 || c == 0 && f.low.outside {
			return false
		}
	}
	if f.high != nil {
		if c := r.Cmp(f.high.at); c > 0 || c == 0 && f.high.outside {
			return false
		}
	}
	if f.step != nil && !multiple(r, f.step) {
		return false
	}
	if slices.ContainsFunc(f.not, func(m *big.Rat) bool { return multiple(r, m) }) {
		return false
	}
	return len(f.excluded) == 0 || !f.excluded[decimal(r)]
}

func multiple(r, of *big.Rat) bool { return new(big.Rat).Quo(r, of).IsInt() }

// manyNumbers is how many candidates are tried where there are endlessly many.
const manyNumbers = 4000

func (b *branch) number() result {
	f := b.figures()
	for _, l := range b.lits.list {
		if (l.op == opMin || l.op == opMax) && l.limit == nil || (l.op == opMultiple || l.op == opNotMultiple) && (l.rat == nil || l.rat.Sign() <= 0) {
			return undecided()
		}
	}
	for _, h := range b.hints() {
		if r := rat(string(h.(json.Number))); r != nil && f.fits(r) {
			return found(h)
		}
	}
	if f.low != nil && f.high != nil {
		if c := f.low.at.Cmp(f.high.at); c > 0 || c == 0 && (f.low.outside || f.high.outside) {
			return failed()
		}
	}
	if f.step != nil {
		return f.onLattice()
	}
	return f.between()
}

// onLattice looks among the multiples of the step.
func (f *figures) onLattice() result {
	for _, m := range f.not {
		if multiple(f.step, m) {
			return failed() // every multiple of the step is one of that too
		}
	}
	var first, last *big.Int
	if f.low != nil {
		first = ceil(new(big.Rat).Quo(f.low.at, f.step))
	}
	if f.high != nil {
		last = floor(new(big.Rat).Quo(f.high.at, f.step))
	}
	from, by := new(big.Int), big.NewInt(1)
	switch {
	case first != nil && first.Sign() > 0:
		from = first
	case last != nil && last.Sign() < 0:
		from, by = last, big.NewInt(-1)
	case first == nil && last != nil:
		by = big.NewInt(-1)
	}
	return f.walk(from, by, first, last)
}

// walk tries multiples one after the other from a place between the limits,
// first in one direction and then in the other.
func (f *figures) walk(from, by, first, last *big.Int) result {
	for range 2 {
		k := new(big.Int).Set(from)
		for n := 0; ; n++ {
			if first != nil && k.Cmp(first) < 0 || last != nil && k.Cmp(last) > 0 {
				break
			}
			if n > manyNumbers {
				return undecided()
			}
			if r := new(big.Rat).Mul(new(big.Rat).SetInt(k), f.step); f.fits(r) {
				if v := decimal(r); finite(r) {
					return found(v)
				}
			}
			k.Add(k, by)
		}
		by = new(big.Int).Neg(by)
	}
	return failed()
}

// between looks among all the numbers between two limits: what is excluded are
// single numbers and lattices, so some decimal is left wherever there is room.
func (f *figures) between() result {
	if f.low != nil && f.high != nil && f.low.at.Cmp(f.high.at) == 0 {
		if f.fits(f.low.at) && finite(f.low.at) {
			return found(decimal(f.low.at))
		}
		return failed()
	}
	low, high := new(big.Rat), big.NewRat(1, 1)
	switch {
	case f.low != nil && f.high != nil:
		low, high = f.low.at, f.high.at
	case f.low != nil:
		low, high = f.low.at, new(big.Rat).Add(f.low.at, high)
	case f.high != nil:
		low, high = new(big.Rat).Sub(f.high.at, high), f.high.at
	}
	gap := new(big.Rat).Sub(high, low)
	for _, p := range [][2]int64{{1, 2}, {1, 4}, {3, 10}, {7, 10}, {37, 100}, {61, 100}, {137, 1000}, {7919, 10000}} {
		r := new(big.Rat).Mul(gap, big.NewRat(p[0], p[1]))
		r.Add(r, low)
		for _, digits := range []int{1, 2, 4, 8, 20, 60} {
			rounded, _ := new(big.Rat).SetString(r.FloatString(digits))
			if f.fits(rounded) {
				return found(decimal(rounded))
			}
		}
	}
	return undecided()
}

// finite reports whether a number has an end when it is written as a decimal.
func finite(r *big.Rat) bool {
	_, exact := r.FloatPrec()
	return exact
}

func ceil(r *big.Rat) *big.Int {
	n := floor(new(big.Rat).Neg(r))
	return n.Neg(n)
}

func floor(r *big.Rat) *big.Int { return new(big.Int).Div(r.Num(), r.Denom()) }
