package jsonschema

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// Numbers are compared exactly, as fractions. "1e999999999" is a few bytes
// long and would need gigabytes: such numbers are refused beforehand.
const (
	maxDigits   = 1000
	maxExponent = 400
)

// maxDepth bounds how deep a value may nest, in levels.
const maxDepth = 1000

// wild reports whether a number in JSON form is outside the range that can be
// computed with.
func wild(number string) bool {
	if len(number) > maxDigits {
		return true
	}
	i := 0
	for i < len(number) && number[i]|0x20 != 'e' {
		i++
	}
	if i == len(number) {
		return false
	}
	e, err := strconv.Atoi(number[i+1:])
	return err != nil || e > maxExponent || e < -maxExponent
}

func wildNumber(n *tree.Node) *tree.Node {
	if n.Kind == tree.Number && wild(n.Text) {
		return n
	}
	for _, item := range n.Items {
		if bad := wildNumber(item); bad != nil {
			return bad
		}
	}
	for _, m := range n.Members {
		if bad := wildNumber(m.Value); bad != nil {
			return bad
		}
	}
	return nil
}

// fit reports whether a value can be computed with. It is asked of every
// value, also of the parts that a schema says nothing of; a run asks it of
// those, and of the others on its way.
func fit(value any, depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch v := value.(type) {
	case json.Number:
		return !wild(string(v))
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	case []any:
		for _, item := range v {
			if !fit(item, depth+1) {
				return false
			}
		}
	case map[string]any:
		for _, item := range v {
			if !fit(item, depth+1) {
				return false
			}
		}
	}
	return true
}

// unfit finds the first part of a value that must not be computed with, and
// says why.
func unfit(value any, path []string) ([]string, string) {
	if len(path) > maxDepth {
		return path, "is nested too deeply"
	}
	switch v := value.(type) {
	case json.Number:
		if wild(string(v)) {
			return path, "is a number out of the range that can be computed with"
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return path, "is not a number that JSON has"
		}
	case []any:
		for i, item := range v {
			if p, why := unfit(item, append(path, strconv.Itoa(i))); why != "" {
				return p, why
			}
		}
	case map[string]any:
		for key, item := range v {
			if p, why := unfit(item, append(path, key)); why != "" {
				return p, why
			}
		}
	}
	return nil, ""
}
