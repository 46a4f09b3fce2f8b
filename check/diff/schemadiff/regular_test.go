package schemadiff_test

import (
	"math/rand/v2"
	"testing"

	"github.com/weft-dev/weft/check/diff/schemadiff"
)

// Patterns are compared as automata. Whatever they say must agree with having the
// validator try all short texts, one after the other.
func TestPatternsAgreeWithTryingAllTexts(t *testing.T) {
	t.Parallel()
	all := shortTexts(5)
	count := map[schemadiff.Verdict]int{}
	for seed := range uint64(300) {
		m := maker{rng: rand.New(rand.NewPCG(seed, 11))}
		p, q := m.pattern(3), m.pattern(3)
		w := read(t, "w.json", text(dict{"type": "string", "maxLength": 5, "pattern": p}))
		r := read(t, "r.json", text(dict{"pattern": q}))
		got := schemadiff.Included(w, r)
		count[got.Verdict]++
		witness := ""
		for _, s := range all {
			if schemadiff.Reads(w, s) && !schemadiff.Reads(r, s) {
				witness = "the text " + text(s)
				break
			}
		}
		switch {
		case got.Verdict == schemadiff.Accepted && witness != "":
			t.Errorf("%s in %s: said yes, but there is %s", p, q, witness)
		case got.Verdict == schemadiff.Unknown:
			t.Errorf("%s in %s: unknown: %s", p, q, got.Reason)
		}
	}
	t.Logf("%v", count)
}

// shortTexts are all texts of some letters up to a length.
func shortTexts(length int) []string {
	all, last := []string{""}, []string{""}
	for range length {
		var next []string
		for _, s := range last {
			for _, r := range []string{"a", "b", "-", "\u00a0"} {
				next = append(next, s+r)
			}
		}
		all, last = append(all, next...), next
	}
	return all
}

func (m maker) pattern(depth int) string {
	if depth == 0 || m.chance(6) {
		return m.of("a", "b", "[ab]", "[^a]", ".", `\b`, "^", "$", "-", `\w`, `\s`, `\d`, "(?i:A)").(string)
	}
	p, q := m.pattern(depth-1), m.pattern(depth-1)
	switch m.rng.IntN(6) {
	case 0, 1:
		return p + q
	case 2:
		return "(?:" + p + "|" + q + ")"
	case 3:
		return "(?:" + p + ")*"
	case 4:
		return "^(?:" + p + ")" + m.of("+", "{2}", "?", "{1,2}").(string) + "$"
	}
	return "^" + p + q + "$"
}
