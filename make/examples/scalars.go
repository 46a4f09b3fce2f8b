package examples

import (
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/tree"
)

// text makes a string.
func (m *maker) text(v *view, path, name string) *tree.Node {
	least, most := count(v.numbers["minLength"], 0), count(v.numbers["maxLength"], -1)
	if m.sights != nil && (least > 0 || most >= 0) {
		m.sights.bounds = true
	}
	likely := tree.NewString(likelyText(name, v.format, choose(m.seed, path)))
	if v.format == "" && v.numbers["pattern"] == nil {
		switch {
		case m.style.limit < 0 && (least > 0 || most >= 0):
			return m.firstFit(v, path, tree.NewString(ofLength(likely.Text, least)), likely)
		case m.style.limit > 0 && most >= 0:
			return m.firstFit(v, path, tree.NewString(ofLength(likely.Text, max(least, min(most, maxText)))), likely)
		}
	}
	if m.style.limit == 0 {
		if n := m.authors(v, nil); n != nil {
			return n
		}
	}
	return m.firstFit(v, path, likely, tree.NewString(ofLength(likely.Text, clamp(utf8.RuneCountInString(likely.Text), least, most))))
}

func clamp(n, least, most int) int {
	n = max(n, least)
	if most >= 0 {
		n = min(n, most)
	}
	return n
}

// ofLength cuts a text to a number of characters, or repeats it.
func ofLength(text string, length int) string {
	if length > 100_000 {
		return text
	}
	runes := []rune(text)
	for len(runes) < length {
		runes = append(runes, append([]rune{' '}, []rune(text)...)...)
	}
	out := string(runes[:length])
	// A blank at an end would look like a mistake.
	if strings.HasSuffix(out, " ") {
		out = out[:len(out)-1] + "."
	}
	return out
}

// number makes a number: a likely one within its limits, or one at them.
func (m *maker) number(v *view, path, name string) *tree.Node {
	integer := m.kind(v) == "integer"
	low, high := limit(v, "minimum", "exclusiveMinimum", 1, integer), limit(v, "maximum", "exclusiveMaximum", -1, integer)
	if m.sights != nil && (low != nil || high != nil) {
		m.sights.bounds = true
	}
	var list []*tree.Node
	if m.style.limit < 0 && low != nil {
		list = append(list, rational(low))
	}
	if m.style.limit > 0 && high != nil {
		list = append(list, rational(high))
	}
	if m.style.limit == 0 {
		if n := m.authors(v, nil); n != nil {
			return n
		}
	}
	list = append(list, numberNode(likelyNumber(name, integer, choose(m.seed, path))))
	for _, r := range []*big.Rat{low, high} {
		if r != nil {
			list = append(list, rational(r))
		}
	}
	return m.firstFit(v, path, list...)
}

// limit is the lowest or highest number that is allowed, or nil. An exclusive
// limit is passed by one, or by a hundredth of numbers that are not whole.
func limit(v *view, inclusive, exclusive string, step int64, integer bool) *big.Rat {
	pass := big.NewRat(step, 1)
	if !integer {
		pass = big.NewRat(step, 100)
	}
	var found *big.Rat
	if n := v.numbers[inclusive]; n.Is(tree.Number) {
		if r, ok := new(big.Rat).SetString(n.Text); ok {
			found = r
		}
	}
	n := v.numbers[exclusive]
	switch {
	case n.Is(tree.Number):
		if r, ok := new(big.Rat).SetString(n.Text); ok {
			found = r.Add(r, pass)
		}
	case n.True() && found != nil:
		found = new(big.Rat).Add(found, pass)
	}
	return found
}

// rational writes a number as JSON has it.
func rational(r *big.Rat) *tree.Node {
	if r.IsInt() {
		return numberNode(r.Num().String())
	}
	text := strings.TrimRight(r.FloatString(6), "0")
	return numberNode(strings.TrimSuffix(text, "."))
}
