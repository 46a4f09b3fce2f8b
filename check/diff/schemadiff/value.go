package schemadiff

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// kindOf is the kind of a value; 0 for what JSON does not have.
func kindOf(v any) kind {
	switch v := v.(type) {
	case nil:
		return null
	case bool:
		return boolean
	case string:
		return text
	case json.Number:
		if r := rat(string(v)); r != nil && r.IsInt() {
			return integer
		}
		return fraction
	case []any:
		return array
	case map[string]any:
		return object
	}
	return 0
}

// equal compares as JSON Schema does: 1 is 1.0.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, y := rat(string(a)), rat(string(b))
		return x != nil && y != nil && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equal)
	}
	switch b.(type) {
	case json.Number, []any, map[string]any:
		return false
	}
	return a == b
}

func contains(list []any, v any) bool {
	return slices.ContainsFunc(list, func(w any) bool { return equal(v, w) })
}

// valueSet is values by what they are, so that long lists are not compared each
// with each.
type valueSet map[string]bool

func setOf(list []any) valueSet {
	set := make(valueSet, len(list))
	for _, v := range list {
		if id, ok := identity(v); ok {
			set[id] = true
		}
	}
	return set
}

func (s valueSet) has(v any) bool {
	id, ok := identity(v)
	return ok && s[id]
}

// identity is a text that two values share where they are equal; ok is false for
// one that holds a number too long to be read, which equals nothing.
func identity(v any) (id string, ok bool) {
	switch v := v.(type) {
	case json.Number:
		r := rat(string(v))
		if r == nil {
			return "", false
		}
		return r.RatString(), true
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			if parts[i], ok = identity(item); !ok {
				return "", false
			}
		}
		return "[" + strings.Join(parts, ",") + "]", true
	case map[string]any:
		parts := make([]string, 0, len(v))
		for name, item := range v {
			id, ok := identity(item)
			if !ok {
				return "", false
			}
			parts = append(parts, strconv.Quote(name)+":"+id)
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}", true
	case string:
		return strconv.Quote(v), true
	}
	return show(v), true
}

// show writes a value as a key of a table.
func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(b)
}

// decimal writes a number; only those with a finite decimal form are asked for.
func decimal(r *big.Rat) json.Number {
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	digits, _ := r.FloatPrec()
	return json.Number(strings.TrimRight(r.FloatString(digits), "0"))
}

func leastCommon(a, b *big.Rat) *big.Rat {
	gcd := new(big.Int).GCD(nil, nil, a.Num(), b.Num())
	num := new(big.Int).Div(new(big.Int).Mul(a.Num(), b.Num()), gcd)
	den := new(big.Int).GCD(nil, nil, a.Denom(), b.Denom())
	return new(big.Rat).SetFrac(num, den)
}
