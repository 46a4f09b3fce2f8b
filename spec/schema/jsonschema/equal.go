package jsonschema

import (
	"encoding/json"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
)

// equal compares by value, as JSON Schema does: 1 and 1.0 are the same, and
// the order of members does not count (JSON Schema core, section 4.2.2).
func equal(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case string:
		b, ok := b.(string)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && equalObjects(a, b)
	}
	return equalNumbers(a, b)
}

func equalObjects(a, b map[string]any) bool {
	if len(a) != len(b) {
		return false
	}
	for name, x := range a {
		if y, ok := b[name]; !ok || !equal(x, y) {
			return false
		}
	}
	return true
}

func equalNumbers(a, b any) bool {
	if kindOf(a) != numberKind || kindOf(b) != numberKind {
		return false
	}
	if x, ok := a.(json.Number); ok {
		if y, ok := b.(json.Number); ok && x == y {
			return true
		}
	}
	x, ok1 := exactOf(a)
	y, ok2 := exactOf(b)
	return ok1 && ok2 && x.compare(y) == 0
}

// fewItems is up to how many items are compared each with each; more are
// sorted into buckets first, so that a long array is not quadratic.
const fewItems = 20

// twins returns the first two equal items.
func twins(list []any) (first, second int, found bool) {
	if len(list) > fewItems {
		return twinsByHash(list)
	}
	for i := 1; i < len(list); i++ {
		for j := range i {
			if equal(list[i], list[j]) {
				return j, i, true
			}
		}
	}
	return 0, 0, false
}

func twinsByHash(list []any) (first, second int, found bool) {
	var h maphash.Hash
	buckets := make(map[uint64][]int, len(list))
	for i, item := range list {
		h.Reset()
		hash(&h, item)
		sum := h.Sum64()
		for _, j := range buckets[sum] {
			if equal(item, list[j]) {
				return j, i, true
			}
		}
		buckets[sum] = append(buckets[sum], i)
	}
	return 0, 0, false
}

// hash writes equal values alike.
func hash(h *maphash.Hash, v any) {
	_ = h.WriteByte(byte(kindOf(v)))
	switch v := v.(type) {
	case bool:
		if v {
			_ = h.WriteByte(1)
		}
	case string:
		hashText(h, v)
	case []any:
		maphash.WriteComparable(h, len(v))
		for _, item := range v {
			hash(h, item)
		}
	case map[string]any:
		maphash.WriteComparable(h, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			hashText(h, name)
			hash(h, v[name])
		}
	case nil:
	default:
		hashNumber(h, v)
	}
}

func hashNumber(h *maphash.Hash, v any) {
	switch n, ok := exactOf(v); {
	case !ok:
	case n.big == nil && n.exp == 0:
		hashText(h, strconv.FormatInt(n.coef, 10))
	default:
		hashText(h, n.rat().RatString()) // an integer is written as above
	}
}

func hashText(h *maphash.Hash, s string) {
	_, _ = h.WriteString(s)
	_ = h.WriteByte(0xff) // which UTF-8 has not
}
