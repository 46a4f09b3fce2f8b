package xpath

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Values are bool, float64, string and []*Node, the last in document order.

// Boolean converts a value to a boolean (section 4.3).
func Boolean(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0 && !math.IsNaN(v)
	case string:
		return v != ""
	case []*Node:
		return len(v) > 0
	}
	return false
}

// Plain returns a value as plain data: a number as a json.Number (or the string
// "NaN", "Infinity" or "-Infinity"), a node-set as the string-value of its only
// node, or the array of the string-values of several; null of none.
func Plain(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return toString(v)
		}
		return json.Number(toString(v))
	case []*Node:
		return plainNodes(v)
	}
	return v
}

func plainNodes(nodes []*Node) any {
	switch len(nodes) {
	case 0:
		return nil
	case 1:
		return nodes[0].Text()
	}
	list := make([]any, len(nodes))
	for i, n := range nodes {
		list[i] = n.Text()
	}
	return list
}

// toString converts a value to a string (section 4.2).
func toString(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return formatNumber(v)
	case string:
		return v
	case []*Node:
		if len(v) > 0 {
			return v[0].Text()
		}
	}
	return ""
}

func formatNumber(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case f == 0:
		return "0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// toNumber converts a value to a number (section 4.4).
func toNumber(v any) float64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	}
	return parseNumber(toString(v))
}

// parseNumber reads blanks, an optional minus and a Number of the grammar.
func parseNumber(s string) float64 {
	s = strings.Trim(s, " \t\r\n")
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || digits == "." || strings.Trim(digits, "0123456789.") != "" || strings.Count(digits, ".") > 1 {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// round is the function of that name: halves go up.
func round(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) >= 1<<52 {
		return f
	}
	return math.Floor(f + 0.5)
}
