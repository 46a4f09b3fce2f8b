// Package duel lets weft and the library below it do the same work by turns,
// and tells how fast weft is beside it. Turns that follow each other meet the
// same noise of the machine, so that a ratio says something where a time does
// not.
//
// It is for benchmarks of the protocols. It must not know any of them: they
// bring both sides.
package duel

import (
	"slices"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
)

// Side is one of the two. Only Turn is measured.
type Side struct {
	Before func() // may be nil
	Turn   func()
	After  func() // may be nil
}

// Race is Run for sides that need nothing before and after.
func Race(b *testing.B, messages int, weft, library func()) {
	b.Helper()
	Run(b, messages, Side{Turn: weft}, Side{Turn: library})
}

// cost is what one turn took.
type cost struct{ clock, cpu time.Duration }

func (s Side) run() cost {
	if s.Before != nil {
		s.Before()
	}
	begun, used := time.Now(), cputime.Used()
	s.Turn()
	c := cost{time.Since(begun), cputime.Used() - used}
	if s.After != nil {
		s.After()
	}
	return c
}

// Run lets the two take turns, who begins changing each time, and reports:
//
//	ratio      the library's time over weft's, the median of all rounds: 1 is as
//	           fast as the library, 0.5 half as fast
//	cpu-ratio  the same of processor time, of this whole process
//	weft-ns/msg and library-ns/msg, by the median
//
// A turn carries that many messages. The first round fills caches and does not
// count, unless it is the only one.
func Run(b *testing.B, messages int, weft, library Side) {
	b.Helper()
	var ours, theirs []cost
	for round := 0; b.Loop(); round++ {
		var a, c cost
		if round%2 == 0 {
			a, c = weft.run(), library.run()
		} else {
			c = library.run()
			a = weft.run()
		}
		ours, theirs = append(ours, a), append(theirs, c)
	}
	if len(ours) > 1 {
		ours, theirs = ours[1:], theirs[1:]
	}
	clock := func(c cost) time.Duration { return c.clock }
	b.ReportMetric(ratio(ours, theirs, clock), "ratio")
	b.ReportMetric(ratio(ours, theirs, func(c cost) time.Duration { return c.cpu }), "cpu-ratio")
	b.ReportMetric(perMessage(ours, messages), "weft-ns/msg")
	b.ReportMetric(perMessage(theirs, messages), "library-ns/msg")
	b.ReportMetric(0, "ns/op") // a round of both says nothing
}

// ratio is the median of the rounds' ratios; 0 where there is nothing to say.
func ratio(ours, theirs []cost, of func(cost) time.Duration) float64 {
	var ratios []float64
	for i := range ours {
		if own := of(ours[i]); own > 0 {
			ratios = append(ratios, float64(of(theirs[i]))/float64(own))
		}
	}
	return median(ratios)
}

func perMessage(costs []cost, messages int) float64 {
	var times []float64
	for _, c := range costs {
		times = append(times, float64(c.clock.Nanoseconds())/float64(messages))
	}
	return median(times)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
