package avro

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// number is unscaled * 10^-scale. The scale is never below zero.
type number struct {
	unscaled *big.Int
	scale    int
}

// String writes the number in plain digits, with all of its scale.
func (n number) String() string {
	s := new(big.Int).Abs(n.unscaled).String()
	if n.scale > 0 {
		if len(s) <= n.scale {
			s = strings.Repeat("0", n.scale-len(s)+1) + s
		}
		s = s[:len(s)-n.scale] + "." + s[len(s)-n.scale:]
	}
	if n.unscaled.Sign() < 0 {
		s = "-" + s
	}
	return s
}

var errNumber = errors.New("is not a number that can be computed with")

// parseNumeral reads a number as JSON writes it, without zeros at the end of
// its fraction.
func parseNumeral(s string) (number, error) {
	n, err := readNumeral(s, false)
	if err != nil {
		return number{}, err
	}
	return n.trimmed(), nil
}

// readNumeral reads a number as JSON writes it, with the zeros at the end of its
// fraction if they are to be kept. Its digits and its exponent are bounded.
func readNumeral(s string, keep bool) (number, error) {
	digits, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, point := strings.Cut(digits, ".")
	if len(s) > maxDigits || point && !isDigits(fraction) || !isDigits(strings.TrimPrefix(whole, "-")) {
		return number{}, errNumber
	}
	exp := 0
	if exponent != "" {
		var err error
		if exp, err = strconv.Atoi(exponent); err != nil || exp > maxDigits || exp < -maxDigits {
			return number{}, errNumber
		}
	} else if strings.ContainsAny(s, "eE") {
		return number{}, errNumber
	}
	if !keep {
		fraction = strings.TrimRight(fraction, "0")
	}
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return number{}, errNumber
	}
	n := number{unscaled, len(fraction) - exp}
	if unscaled.Sign() == 0 && !keep {
		n.scale = 0
	}
	if n.scale < 0 {
		n.unscaled.Mul(n.unscaled, pow10(-n.scale))
		n.scale = 0
	}
	return n, nil
}

// trimmed leaves out zeros at the end of the fraction.
func (n number) trimmed() number {
	ten, rest := big.NewInt(10), new(big.Int)
	for n.scale > 0 && n.scale < 400 {
		q, r := new(big.Int).QuoRem(n.unscaled, ten, rest)
		if r.Sign() != 0 {
			break
		}
		n.unscaled, n.scale = q, n.scale-1
	}
	return n
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// numeralOf returns a value that is a number, or text that writes one plainly.
func numeralOf(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), true
	case string:
		whole, fraction, point := strings.Cut(strings.TrimPrefix(v, "-"), ".")
		return v, isDigits(whole) && (!point || isDigits(fraction))
	}
	return "", false
}

// decimalCell makes the bytes of a decimal.
func (t *Type) decimalCell(s string) (cell, string) {
	n, err := parseNumeral(s)
	if err != nil {
		return cell{}, shorten(s) + " " + err.Error()
	}
	if n.scale > t.Scale {
		return cell{}, fmt.Sprintf("must have at most %s after the point, is %s", count(t.Scale, "digit"), shorten(s))
	}
	unscaled := new(big.Int).Mul(n.unscaled, pow10(t.Scale-n.scale))
	if why := t.tooPrecise(unscaled); why != "" {
		return cell{}, why + ", is " + shorten(s)
	}
	b := twos(unscaled)
	if t.Kind == Fixed {
		if b = extend(b, t.Size); b == nil {
			return cell{}, fmt.Sprintf("does not fit into %s", count(t.Size, "byte"))
		}
	}
	return cell{b: b}, ""
}

func (t *Type) tooPrecise(unscaled *big.Int) string {
	// Some bits fewer than the precision has digits are surely not too many.
	if unscaled.BitLen() <= 3*t.Precision {
		return ""
	}
	if digits := len(new(big.Int).Abs(unscaled).String()); digits > t.Precision {
		return fmt.Sprintf("must have at most %s, %d of them after the point", count(t.Precision, "digit"), t.Scale)
	}
	return ""
}

// decimalOf reads the bytes of a decimal.
func (t *Type) decimalOf(b []byte) (number, error) {
	if len(b) > maxDigits {
		return number{}, fmt.Errorf("must be a decimal, and has %d bytes", len(b))
	}
	n := number{untwos(b), t.Scale}
	if why := t.tooPrecise(n.unscaled); why != "" {
		return number{}, errors.New(why)
	}
	return n, nil
}

// bigDecimalCell makes the bytes of a decimal that carries its own scale: the
// unscaled bytes with their length, then the scale (specification 1.12). The
// scale is part of the value, so that zeros at the end stay.
func bigDecimalCell(s string) (cell, string) {
	n, err := readNumeral(s, true)
	if err != nil {
		return cell{}, shorten(s) + " " + err.Error()
	}
	digits := twos(n.unscaled)
	b := appendLong(nil, int64(len(digits)))
	b = append(b, digits...)
	return cell{b: appendLong(b, int64(n.scale))}, ""
}

func bigDecimalOf(b []byte) (number, error) {
	d := decoder{data: b}
	digits, err := d.bytes()
	if err != nil {
		return number{}, errors.New("must be the bytes of a big-decimal")
	}
	scale, err := d.long()
	if err != nil || d.at != len(b) || len(digits) > maxDigits || scale > maxDigits || scale < -maxDigits {
		return number{}, errors.New("must be the bytes of a big-decimal")
	}
	n := number{untwos(digits), int(scale)}
	if n.scale < 0 {
		n.unscaled.Mul(n.unscaled, pow10(-n.scale))
		n.scale = 0
	}
	return n, nil
}

// twos writes a number in two's complement, in as few bytes as possible and at
// least one, the highest first.
func twos(n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	size := new(big.Int).Not(n).BitLen()/8 + 1
	wrapped := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	return wrapped.FillBytes(make([]byte, size))
}

func untwos(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}

// extend makes bytes in two's complement as many as asked for; nil where they
// are more.
func extend(b []byte, size int) []byte {
	if len(b) > size {
		return nil
	}
	out := make([]byte, size)
	copy(out[size-len(b):], b)
	if b[0]&0x80 != 0 {
		for i := range size - len(b) {
			out[i] = 0xFF
		}
	}
	return out
}
