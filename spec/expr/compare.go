package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/expr/decimal"
)

// compare applies a comparison to two values that are there.
func compare(op string, left, right any) bool {
	switch op {
	case "==":
		return Equal(left, right)
	case "!=":
		return !Equal(left, right)
	}
	order, ok := order(left, right)
	if !ok {
		return false
	}
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// Equal reports whether two values are equal in a simple condition: strings
// without regard to case, numbers by value, a numeric string and a number by
// value, null only with null.
func Equal(left, right any) bool {
	switch l := left.(type) {
	case nil:
		return right == nil
	case bool:
		r, ok := right.(bool)
		return ok && l == r
	case []any:
		r, ok := right.([]any)
		return ok && equalItems(l, r)
	case map[string]any:
		r, ok := right.(map[string]any)
		return ok && equalMembers(l, r)
	}
	if isComposite(right) {
		return false
	}
	order, ok := order(left, right)
	return ok && order == 0
}

func isComposite(v any) bool {
	switch v.(type) {
	case nil, bool, []any, map[string]any:
		return true
	}
	return false
}

func equalItems(left, right []any) bool {
	if len(left) != len(right) {
		return false
	}
	for i := range left {
		if !Equal(left[i], right[i]) {
			return false
		}
	}
	return true
}

func equalMembers(left, right map[string]any) bool {
	if len(left) != len(right) {
		return false
	}
	for name, l := range left {
		if r, ok := right[name]; !ok || !Equal(l, r) {
			return false
		}
	}
	return true
}

// order compares two strings, or two numbers of which one may be a string.
func order(left, right any) (int, bool) {
	l, leftText := left.(string)
	r, rightText := right.(string)
	if leftText && rightText {
		return foldCompare(l, r), true
	}
	if !leftText {
		var ok bool
		if l, ok = decimal.Text(left); !ok {
			return 0, false
		}
	}
	if !rightText {
		var ok bool
		if r, ok = decimal.Text(right); !ok {
			return 0, false
		}
	}
	if !decimal.Valid(l) || !decimal.Valid(r) {
		return 0, false
	}
	return decimal.Compare(l, r), true
}

// foldCompare orders two strings by their characters, without regard to case
// by Unicode simple folding.
func foldCompare(a, b string) int {
	if strings.EqualFold(a, b) {
		return 0
	}
	for a != "" && b != "" {
		ca, na := utf8.DecodeRuneInString(a)
		cb, nb := utf8.DecodeRuneInString(b)
		if x, y := fold(ca), fold(cb); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}

// fold returns the one character that stands for all that fold together.
func fold(c rune) rune {
	if c < utf8.RuneSelf && (c < 'A' || c > 'z') {
		return c
	}
	least := c
	for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
