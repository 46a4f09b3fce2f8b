package decimal_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/weft-dev/weft/spec/expr/decimal"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"0", "-0", 0},
		{"0", "0.000e99", 0},
		{"1", "1.0", 0},
		{"1", "10e-1", 0},
		{"100", "1e2", 0},
		{"0.01", "1E-2", 0},
		{"-1", "1", -1},
		{"-2", "-1", -1},
		{"-0.5", "0", -1},
		{"9", "10", -1},
		{"9.99", "10", -1},
		{"1.25", "1.3", -1},
		{"10000000000000000", "10000000000000001", -1},
		{"123456789012345678901234567890", "123456789012345678901234567891", -1},
		{"1e400", "1e401", -1},
		{"1e-400", "0", 1},
		{"1e99999999999999999999", "1", 1},
		{"1e-99999999999999999999", "1", -1},
	} {
		if got := decimal.Compare(c.a, c.b); got != c.want {
			t.Errorf("Compare(%s, %s) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := decimal.Compare(c.b, c.a); got != -c.want {
			t.Errorf("Compare(%s, %s) = %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0", "-0", "10", "1.5", "1e5", "1E+5", "-1.25e-3"} {
		if !decimal.Valid(s) {
			t.Errorf("Valid(%q) is false", s)
		}
	}
	for _, s := range []string{"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", " 1", "1 ", "NaN", "1_0"} {
		if decimal.Valid(s) {
			t.Errorf("Valid(%q) is true", s)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  string
	}{
		{json.Number("1.50"), "1.50"}, {2.5, "2.5"}, {1e21, "1e+21"}, {7, "7"}, {int64(-7), "-7"}, {uint64(math.MaxUint64), "18446744073709551615"},
	} {
		if got, ok := decimal.Text(c.value); !ok || got != c.want {
			t.Errorf("Text(%v) = %q, %v, want %q", c.value, got, ok, c.want)
		}
	}
	for _, v := range []any{nil, "1", true, math.NaN(), math.Inf(1), json.Number("one")} {
		if got, ok := decimal.Text(v); ok {
			t.Errorf("Text(%v) = %q, want no number", v, got)
		}
	}
}

func TestInt(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{"0": 0, "2": 2, "2.0": 2, "20e-1": 2, "1e3": 1000, "-7": -7, "9223372036854775807": math.MaxInt64} {
		if got, ok := decimal.Int(s); !ok || got != want {
			t.Errorf("Int(%s) = %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"0.5", "1e-1", "9223372036854775808", "1e30"} {
		if got, ok := decimal.Int(s); ok {
			t.Errorf("Int(%s) = %d, want none", s, got)
		}
	}
}

func FuzzCompareAgreesWithRationals(f *testing.F) {
	f.Add("1.5", "15e-1")
	f.Add("-0.001", "1e-3")
	f.Add("1e15", "999999999999999.9")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !decimal.Valid(a) || !decimal.Valid(b) || len(a) > 12 || len(b) > 12 {
			return
		}
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if !okX || !okY {
			return
		}
		if got, want := decimal.Compare(a, b), x.Cmp(y); got != want {
			t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
		}
	})
}
