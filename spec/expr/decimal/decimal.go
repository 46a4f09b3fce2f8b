// Package decimal compares numbers as JSON writes them, exactly: 10000000000000001
// is not 10000000000000000, and 1e400 is not an error. It exists because float64
// gives wrong answers for identifiers and amounts that a message may carry.
//
// It must not know where the numbers come from.
package decimal

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Text returns the JSON text of a number of plain data: a json.Number or one
// of Go's own kinds. Anything else, and NaN and the infinities, is no number.
func Text(v any) (string, bool) {
	switch n := v.(type) {
	case json.Number:
		return string(n), Valid(string(n))
	case float64:
		return fromFloat(n, 64)
	case float32:
		return fromFloat(float64(n), 32)
	case int:
		return strconv.Itoa(n), true
	case int64:
		return strconv.FormatInt(n, 10), true
	case int32:
		return strconv.FormatInt(int64(n), 10), true
	case uint64:
		return strconv.FormatUint(n, 10), true
	case uint32:
		return strconv.FormatUint(uint64(n), 10), true
	case uint:
		return strconv.FormatUint(uint64(n), 10), true
	}
	return "", false
}

func fromFloat(f float64, bits int) (string, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "", false
	}
	return strconv.FormatFloat(f, 'g', -1, bits), true
}

// Valid reports whether s is a number by the grammar of RFC 8259 section 6,
// and nothing besides.
func Valid(s string) bool { return Scan(s) == len(s) && s != "" }

// Scan returns the length of the longest JSON number at the start of s, or 0.
func Scan(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(s[i:])
	if whole == 0 {
		return 0
	}
	if s[i] == '0' {
		whole = 1
	}
	i += whole
	if i < len(s) && s[i] == '.' {
		if n := digits(s[i+1:]); n > 0 {
			i += 1 + n
		}
	}
	return i + exponent(s[i:])
}

func exponent(s string) int {
	if s == "" || (s[0] != 'e' && s[0] != 'E') {
		return 0
	}
	i := 1
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	n := digits(s[i:])
	if n == 0 {
		return 0
	}
	return i + n
}

func digits(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// Compare returns -1, 0 or +1 as a is less than, equal to or greater than b.
// Both must be Valid.
func Compare(a, b string) int {
	x, y := parse(a), parse(b)
	switch {
	case x.negative && !y.negative:
		return -1
	case !x.negative && y.negative:
		return 1
	case x.negative:
		return magnitude(y, x)
	}
	return magnitude(x, y)
}

// number is 0.DIGITS × 10^exponent without leading or trailing zeros; zero has
// no digits and is never negative.
type number struct {
	negative bool
	whole    string
	fraction string
	exponent int64
}

// maxExponent bounds the exponent, so that sums never overflow. Two numbers
// beyond it differ in nothing that anybody can have meant.
const maxExponent = math.MaxInt64 / 4

func parse(s string) number {
	var n number
	s, n.negative = strings.CutPrefix(s, "-")
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		n.exponent = parseExponent(s[i+1:])
	}
	n.whole, n.fraction, _ = strings.Cut(mantissa, ".")
	return n.normalise()
}

func parseExponent(s string) int64 {
	e, err := strconv.ParseInt(s, 10, 64)
	if err != nil && strings.HasPrefix(s, "-") {
		return -maxExponent
	}
	if err != nil {
		return maxExponent
	}
	return max(-maxExponent, min(e, maxExponent))
}

func (n number) normalise() number {
	n.whole = strings.TrimLeft(n.whole, "0")
	n.exponent += int64(len(n.whole))
	if n.whole == "" {
		trimmed := strings.TrimLeft(n.fraction, "0")
		n.exponent -= int64(len(n.fraction) - len(trimmed))
		n.fraction = trimmed
	}
	n.fraction = strings.TrimRight(n.fraction, "0")
	if n.fraction == "" {
		n.whole = strings.TrimRight(n.whole, "0")
	}
	if n.whole == "" && n.fraction == "" {
		return number{}
	}
	return n
}

func (n number) zero() bool { return n.whole == "" && n.fraction == "" }

func (n number) len() int { return len(n.whole) + len(n.fraction) }

func (n number) digit(i int) byte {
	if i < len(n.whole) {
		return n.whole[i]
	}
	if i -= len(n.whole); i < len(n.fraction) {
		return n.fraction[i]
	}
	return '0'
}

func magnitude(x, y number) int {
	switch {
	case x.zero() && y.zero():
		return 0
	case x.zero():
		return -1
	case y.zero():
		return 1
	case x.exponent < y.exponent:
		return -1
	case x.exponent > y.exponent:
		return 1
	}
	for i := range max(x.len(), y.len()) {
		if a, b := x.digit(i), y.digit(i); a != b {
			if a < b {
				return -1
			}
			return 1
		}
	}
	return 0
}

// Int returns a number's value where it is an integer that fits, such as an
// array index: 2, 2.0 and 20e-1 all are 2.
func Int(s string) (int64, bool) {
	n := parse(s)
	if n.zero() {
		return 0, true
	}
	if n.exponent < int64(n.len()) || n.exponent > 19 {
		return 0, false
	}
	text := n.whole + n.fraction + strings.Repeat("0", int(n.exponent)-n.len())
	if n.negative {
		text = "-" + text
	}
	i, err := strconv.ParseInt(text, 10, 64)
	return i, err == nil
}
