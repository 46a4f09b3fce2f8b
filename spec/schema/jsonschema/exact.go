package jsonschema

import (
	"encoding/json"
	"math/big"
	"math/bits"
	"strconv"
)

// exact is a number as it was written: coef × 10^exp, or big where 18 digits
// do not hold it. Nearly all numbers of messages are small, so they cost no
// memory; the others are fractions, exact too.
type exact struct {
	coef int64
	exp  int
	big  *big.Rat
}

// exactDigits is how many digits fit an int64 whatever they are.
const exactDigits = 18

// exactOf reads a number of plain data.
func exactOf(v any) (exact, bool) {
	switch n := v.(type) {
	case json.Number:
		return parseExact(string(n))
	case float64:
		return parseExact(strconv.FormatFloat(n, 'g', -1, 64))
	case float32:
		return parseExact(strconv.FormatFloat(float64(n), 'g', -1, 32))
	case int:
		return exact{coef: int64(n)}, true
	case int8:
		return exact{coef: int64(n)}, true
	case int16:
		return exact{coef: int64(n)}, true
	case int32:
		return exact{coef: int64(n)}, true
	case int64:
		return exact{coef: n}, true
	case uint8:
		return exact{coef: int64(n)}, true
	case uint16:
		return exact{coef: int64(n)}, true
	case uint32:
		return exact{coef: int64(n)}, true
	case uint:
		return parseExact(strconv.FormatUint(uint64(n), 10))
	case uint64:
		return parseExact(strconv.FormatUint(n, 10))
	}
	return exact{}, false
}

// parseExact reads a decimal number. It takes a little more than JSON allows
// ("+1", "007", ".5"), since values also come from headers and flags.
func parseExact(s string) (exact, bool) {
	var n exact
	i, digits, small := 0, 0, true
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	point := -1
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			if point >= 0 {
				n.exp--
			}
			if small = small && n.coef < pow10[exactDigits-1]; small {
				n.coef = 10*n.coef + int64(c-'0')
			}
			continue
		case c == '.' && point < 0:
			point = i
			continue
		}
		break
	}
	if digits == 0 {
		return exact{}, false
	}
	if i < len(s) {
		e, ok := parseExponent(s[i:])
		if !ok {
			return exact{}, false
		}
		n.exp += e
	}
	if !small {
		return bigExact(s)
	}
	if s[0] == '-' {
		n.coef = -n.coef
	}
	return n.normal(), true
}

func parseExponent(s string) (int, bool) {
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	e, err := strconv.Atoi(s[1:])
	return e, err == nil && e <= maxExponent && e >= -maxExponent
}

func bigExact(s string) (exact, bool) {
	if wild(s) {
		return exact{}, false
	}
	r, ok := new(big.Rat).SetString(s)
	return exact{big: r}, ok
}

// normal takes the zeros off the end, so that equal numbers look the same.
func (n exact) normal() exact {
	if n.coef == 0 {
		return exact{}
	}
	for n.coef%10 == 0 && n.exp < 0 {
		n.coef /= 10
		n.exp++
	}
	return n
}

var pow10 = [...]int64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
}

func (n exact) isInteger() bool {
	if n.big != nil {
		return n.big.IsInt()
	}
	return n.exp >= 0
}

// rat returns the number as a fraction.
func (n exact) rat() *big.Rat {
	if n.big != nil {
		return n.big
	}
	r := new(big.Rat).SetInt64(n.coef)
	if n.exp == 0 {
		return r
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n.exp, -n.exp))), nil)
	if n.exp > 0 {
		return r.Mul(r, new(big.Rat).SetInt(scale))
	}
	return r.Quo(r, new(big.Rat).SetInt(scale))
}

// compare returns -1, 0 or +1 as n is less than, equal to or more than o.
func (n exact) compare(o exact) int {
	if n.big == nil && o.big == nil {
		if n.exp == o.exp {
			return compareInts(n.coef, o.coef)
		}
		if s, t := sign(n.coef), sign(o.coef); s != t || s == 0 {
			return compareInts(int64(s), int64(t))
		}
		if hiA, loA, hiB, loB, ok := align(n, o); ok {
			return sign(n.coef) * compareWide(hiA, loA, hiB, loB)
		}
	}
	return n.rat().Cmp(o.rat())
}

// multipleOf reports whether n is a whole number of times o, which is above 0.
func (n exact) multipleOf(o exact) bool {
	if n.big == nil && o.big == nil {
		if hiA, loA, hiB, loB, ok := align(n, o); ok && hiB == 0 && loB != 0 {
			return bits.Rem64(hiA, loA, loB) == 0
		}
	}
	return new(big.Rat).Quo(n.rat(), o.rat()).IsInt()
}

// align writes the sizes of two numbers with one exponent, in 128 bits each.
func align(a, b exact) (hiA, loA, hiB, loB uint64, ok bool) {
	loA, loB = size(a.coef), size(b.coef)
	switch d := a.exp - b.exp; {
	case d >= len(pow10) || -d >= len(pow10):
		return 0, 0, 0, 0, false
	case d > 0:
		hiA, loA = bits.Mul64(loA, uint64(pow10[d]))
	case d < 0:
		hiB, loB = bits.Mul64(loB, uint64(pow10[-d]))
	}
	return hiA, loA, hiB, loB, true
}

func size(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

func sign(n int64) int { return compareInts(n, 0) }

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareWide(hiA, loA, hiB, loB uint64) int {
	switch {
	case hiA < hiB || hiA == hiB && loA < loB:
		return -1
	case hiA == hiB && loA == loB:
		return 0
	}
	return 1
}
