package expr

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/expr/decimal"
)

// toFloat returns a number or a numeric string as a float64.
func toFloat(value any) (float64, error) {
	text, ok := value.(string)
	if !ok {
		text, ok = decimal.Text(value)
	}
	if !ok || !decimal.Valid(text) {
		return 0, fmt.Errorf("%s is not a number", clip(Text(value)))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is too large to calculate with", clip(text))
	}
	return f, nil
}

var errNotFinite = errors.New("the result is not a finite number")

// fromFloat makes plain data of a result: whole numbers without a fraction.
func fromFloat(f float64, err error) (any, error) {
	switch {
	case err != nil:
		return nil, err
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil, errNotFinite
	case f == math.Trunc(f) && math.Abs(f) < 1e21:
		return number(strconv.FormatFloat(f+0, 'f', 0, 64)), nil
	}
	return number(strconv.FormatFloat(f, 'g', -1, 64)), nil
}

func arithmetic(op string, left, right any) (any, error) {
	l, err := toFloat(left)
	if err != nil {
		return nil, err
	}
	r, err := toFloat(right)
	if err != nil {
		return nil, err
	}
	switch op {
	case "+":
		return fromFloat(l+r, nil)
	case "-":
		return fromFloat(l-r, nil)
	case "*":
		return fromFloat(l*r, nil)
	}
	if r == 0 {
		return nil, errors.New("division by zero")
	}
	if op == "%" {
		return fromFloat(math.Mod(l, r), nil)
	}
	return fromFloat(l/r, nil)
}

// functions are those of a computed value, by name, with how many arguments
// they take; -1 is one or more.
var functions = lazy.Of[map[string]int]{Make: func() map[string]int {
	return map[string]int{
		"Math.max": -1, "Math.min": -1, "Math.abs": 1, "Math.floor": 1, "Math.ceil": 1, "Math.round": 1,
	}
}}

func call(name string, values []any) (any, error) {
	result, err := toFloat(values[0])
	if err != nil {
		return nil, err
	}
	for _, value := range values[1:] {
		f, err := toFloat(value)
		if err != nil {
			return nil, err
		}
		if name == "Math.max" {
			result = max(result, f)
		} else {
			result = min(result, f)
		}
	}
	switch name {
	case "Math.abs":
		result = math.Abs(result)
	case "Math.floor":
		result = math.Floor(result)
	case "Math.ceil":
		result = math.Ceil(result)
	case "Math.round":
		result = math.Floor(result + 0.5)
	}
	return fromFloat(result, nil)
}
