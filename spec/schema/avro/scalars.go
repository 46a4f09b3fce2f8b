package avro

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/diag"
)

// cell is a scalar as bytes are made from it: a number, or bytes.
type cell struct {
	i int64 // int, long; the index of a symbol; 1 for true
	f float64
	b []byte // bytes, string, fixed
}

// scalarFault says why a value is not of a scalar type, or "".
func scalarFault(t *Type, v any) string {
	_, why := t.cell(v)
	return why
}

// cell turns a value in its plain form into what its bytes are made from, or
// says why it is none.
func (t *Type) cell(v any) (cell, string) {
	v = numeral(v)
	switch t.Kind {
	case Null:
		if v != nil {
			return cell{}, "must be null, is " + whatIs(v)
		}
		return cell{}, ""
	case Boolean:
		b, ok := v.(bool)
		if !ok {
			return cell{}, "must be a boolean, is " + whatIs(v)
		}
		if b {
			return cell{i: 1}, ""
		}
		return cell{}, ""
	case Int, Long:
		return t.integer(v)
	case Float, Double:
		return t.float(v)
	case String:
		return t.text(v)
	case Enum:
		return t.symbol(v)
	case Bytes, Fixed:
		return t.octets(v)
	}
	return cell{}, "must be " + article(t.Kind.String()) + ", is " + whatIs(v)
}

// numeral turns the numbers of Go into those of plain data.
func numeral(v any) any {
	switch v := v.(type) {
	case int:
		return json.Number(strconv.Itoa(v))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case float64:
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return v
}

func (t *Type) integer(v any) (cell, string) {
	switch v := v.(type) {
	case json.Number:
		i, why := wholeNumber(string(v))
		if why == "" {
			why = t.outOfRange(i)
		}
		return cell{i: i}, why
	case string:
		if t.isTime() {
			i, err := t.fromTime(v)
			if err != nil {
				return cell{}, err.Error()
			}
			if why := t.outOfRange(i); why != "" {
				return cell{}, why
			}
			return cell{i: i}, ""
		}
	}
	want := "a whole number"
	if t.isTime() {
		want += " or " + t.timeWords()
	}
	return cell{}, "must be " + want + ", is " + whatIs(v)
}

// outOfRange says why a number is out of the range of its type, or "".
func (t *Type) outOfRange(i int64) string {
	if t.Kind == Int && (i < math.MinInt32 || i > math.MaxInt32) {
		return fmt.Sprintf("must be an int, a whole number of 32 bits, is %d", i)
	}
	if rule := logicalRule(t.Logical); rule != nil && rule.unit.day && (i < 0 || i >= 86400*rule.unit.perSecond) {
		return fmt.Sprintf("must be a time of the day, from 0 to %d, is %d", 86400*rule.unit.perSecond-1, i)
	}
	return ""
}

// wholeNumber reads a number that has no fraction, in whatever way JSON writes
// it.
func wholeNumber(s string) (int64, string) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, ""
	}
	n, err := parseNumeral(s)
	if err != nil {
		return 0, "must be a whole number, is " + shorten(s)
	}
	if n.scale > 0 {
		return 0, "must be a whole number, is " + shorten(s)
	}
	if !n.unscaled.IsInt64() {
		return 0, "must be a whole number of 64 bits, is " + shorten(s)
	}
	return n.unscaled.Int64(), ""
}

// The values of a float that JSON has no number for; Java's names.
const (
	notANumber = "NaN"
	infinite   = "Infinity"
)

func (t *Type) float(v any) (cell, string) {
	switch v := v.(type) {
	case json.Number:
		bits := 64
		if t.Kind == Float {
			bits = 32
		}
		f, err := strconv.ParseFloat(string(v), bits)
		if errors.Is(err, strconv.ErrRange) {
			return cell{}, fmt.Sprintf("must be a number that a %s can hold, is %s", t.Kind, shorten(string(v)))
		}
		if err != nil {
			return cell{}, "must be a number, is " + quote(string(v))
		}
		return cell{f: f}, ""
	case string:
		switch v {
		case notANumber:
			return cell{f: math.NaN()}, ""
		case infinite:
			return cell{f: math.Inf(1)}, ""
		case "-" + infinite:
			return cell{f: math.Inf(-1)}, ""
		}
	}
	return cell{}, "must be a number, is " + whatIs(v)
}

func (t *Type) text(v any) (cell, string) {
	s, ok := v.(string)
	switch {
	case !ok:
		return cell{}, "must be a string, is " + whatIs(v)
	case !utf8.ValidString(s):
		return cell{}, "must be text in UTF-8"
	case t.Logical == UUID && !isUUID(s):
		return cell{}, "must be a UUID, is " + quote(s)
	}
	return cell{b: []byte(s)}, ""
}

func (t *Type) symbol(v any) (cell, string) {
	s, ok := v.(string)
	if !ok {
		return cell{}, "must be one of the symbols of " + t.String() + ", is " + whatIs(v)
	}
	i := t.Symbol(s)
	if i < 0 {
		return cell{}, t.noSymbol(s)
	}
	return cell{i: int64(i)}, ""
}

func (t *Type) noSymbol(s string) string {
	const shown = 10
	want := make([]string, 0, shown)
	for _, w := range t.Symbols[:min(shown, len(t.Symbols))] {
		want = append(want, quote(w))
	}
	if more := len(t.Symbols) - len(want); more > 0 {
		want = append(want, fmt.Sprintf("%d others", more))
	}
	why := "must be " + either(want) + ", is " + quote(s)
	if len(t.Symbols) > shown && len(t.Symbols) < 1000 {
		if near := diag.DidYouMean(s, t.Symbols); near != "" {
			why += "; " + near
		}
	}
	return why
}

// octets reads bytes and fixed. The plain form is a string with a code point
// below 256 for each byte; a logical type has a form of its own beside it.
func (t *Type) octets(v any) (cell, string) {
	switch t.Logical {
	case Decimal:
		if n, ok := numeralOf(v); ok {
			return t.decimalCell(n)
		}
	case BigDecimal:
		if n, ok := numeralOf(v); ok {
			return bigDecimalCell(n)
		}
	case UUID:
		if s, ok := v.(string); ok && isUUID(s) {
			return cell{b: uuidBytes(s)}, ""
		}
	case Duration:
		if s, ok := v.(string); ok {
			if b, ok := durationBytes(s); ok {
				return cell{b: b}, ""
			}
		}
	}
	s, ok := v.(string)
	if !ok {
		return cell{}, "must be " + t.octetWords() + ", is " + whatIs(v)
	}
	b, ok := latin(s)
	switch {
	case !ok:
		return cell{}, "must have only characters from \\u0000 to \\u00FF, one for each byte, is " + quote(s)
	case t.Kind == Fixed && len(b) != t.Size:
		return cell{}, fmt.Sprintf("must be %s, is %d", count(t.Size, "byte"), len(b))
	}
	if t.Logical == Decimal {
		if _, err := t.decimalOf(b); err != nil {
			return cell{}, err.Error()
		}
	}
	if t.Logical == BigDecimal {
		if _, err := bigDecimalOf(b); err != nil {
			return cell{}, err.Error()
		}
	}
	return cell{b: b}, ""
}

func (t *Type) octetWords() string {
	const form = "a string with a character for each byte"
	switch t.Logical {
	case Decimal, BigDecimal:
		return "a number"
	case UUID:
		return "a UUID"
	case Duration:
		return "a duration as P1M2DT3.004S"
	}
	return form
}

// latin turns a string with a code point below 256 for each byte into those.
func latin(s string) ([]byte, bool) {
	b := make([]byte, 0, len(s))
	for _, c := range s {
		if c > 0xFF {
			return nil, false
		}
		b = append(b, byte(c))
	}
	return b, utf8.ValidString(s)
}

// unlatin is the inverse of latin.
func unlatin(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// plainBytes turns bytes into the form that values have.
func plainBytes(t *Type, b []byte) (any, error) {
	switch t.Logical {
	case Decimal:
		n, err := t.decimalOf(b)
		if err != nil {
			return nil, err
		}
		return json.Number(n.String()), nil
	case BigDecimal:
		n, err := bigDecimalOf(b)
		if err != nil {
			return nil, err
		}
		return json.Number(n.String()), nil
	case UUID:
		return uuidText(b), nil
	case Duration:
		return durationText(b), nil
	}
	return unlatin(b), nil
}

// plainFloat turns a number into the form that values have: the shortest that
// reads as the same.
func plainFloat(f float64, bits int) any {
	switch {
	case math.IsNaN(f):
		return notANumber
	case math.IsInf(f, 1):
		return infinite
	case math.IsInf(f, -1):
		return "-" + infinite
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return json.Number(strconv.FormatFloat(f, format, -1, bits))
}
