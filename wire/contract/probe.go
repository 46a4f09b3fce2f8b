package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// The bounds of what is made of one message: how deep it is looked into, how
// many of its places are varied, and how many variants are kept.
const (
	maxDepth    = 6
	maxPlaces   = 120
	maxVariants = 100
	// longText and manyItems are more than contracts usually allow. A limit that
	// is higher is not tried.
	longText  = 20_000
	manyItems = 1_000
)

// unknownField is the member that is added to see what becomes of it.
const unknownField = "weftUnknownField"

// variant is a payload that is a little different from one that fits, with the
// contract's word on it.
type variant struct {
	what    string
	payload any
	broken  []schema.Violation
}

// judgeFunc says how a payload breaks its schema.
type judgeFunc func(any) []schema.Violation

// variants makes payloads at and beyond the limits of a schema, from one that
// fits it. It does not read the schema, so that every language will do: it
// proposes, the schema judges, and what the schema says was broken is where its
// limits are.
func variants(payload any, judge judgeFunc) []variant {
	v := &varying{judge: judge, seen: map[string]bool{}, whole: payload}
	v.walk(payload, nil)
	return v.list
}

type varying struct {
	judge  judgeFunc
	whole  any
	places int
	seen   map[string]bool
	list   []variant
}

// walk varies a value and all that is in it.
func (v *varying) walk(value any, path []string) {
	if v.places++; len(path) > maxDepth || v.places > maxPlaces {
		return
	}
	v.vary(value, path)
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			v.try(path, name+" left out", without(value, name))
			v.walk(value[name], append(path[:len(path):len(path)], name))
		}
	case []any:
		if len(value) > 0 { // its items are alike
			v.walk(value[0], append(path[:len(path):len(path)], "0"))
		}
	}
}

// vary tries other values in the place of one.
func (v *varying) vary(value any, path []string) {
	v.try(path, placeName(path)+" is null", nil)
	switch value := value.(type) {
	case string:
		v.try(path, placeName(path)+" is a number", json.Number("7"))
		v.try(path, placeName(path)+" is empty", "")
		v.try(path, placeName(path)+" is long", strings.Repeat("x", longText))
		v.try(path, placeName(path)+" is another text", "~ weft ~")
	case json.Number:
		v.try(path, placeName(path)+" is text", "seven")
		v.try(path, placeName(path)+" is very small", json.Number("-1000000000000000"))
		v.try(path, placeName(path)+" is very large", json.Number("1000000000000000"))
		v.try(path, placeName(path)+" has a fraction", moved(value, big.NewRat(1, 2)))
	case bool:
		v.try(path, placeName(path)+" is text", "yes")
	case map[string]any:
		v.try(path, placeName(path)+" is text", "text")
		more := maps.Clone(value)
		more[unknownField] = "unknown"
		v.try(path, placeName(path)+" has an unknown field", more)
	case []any:
		v.try(path, placeName(path)+" is text", "text")
		v.try(path, placeName(path)+" is empty", []any{})
		if len(value) > 0 {
			v.try(path, placeName(path)+" has many items", repeated(value[0], manyItems))
		}
	}
}

// try keeps a payload with another value at a place, unless one that says the
// same is kept already.
func (v *varying) try(path []string, what string, value any) {
	payload := put(v.whole, path, value)
	broken := v.judge(payload)
	if len(broken) == 0 {
		v.keep("fits "+what, variant{what, payload, nil})
		return
	}
	first := &broken[0]
	if limit, ok := limitOf(first); ok && first.InstancePath == pointer(path) {
		v.atLimit(path, first.Keyword, limit)
		return
	}
	v.keep(first.InstancePath+" "+first.Keyword, variant{first.Message, payload, broken})
}

func (v *varying) keep(key string, of variant) {
	if v.seen[key] || len(v.list) >= maxVariants {
		return
	}
	v.seen[key] = true
	v.list = append(v.list, of)
}

// atLimit tries what is just within a limit and what is just beyond it.
func (v *varying) atLimit(path []string, keyword string, limit json.Number) {
	place := placeName(path)
	for _, by := range []int64{-1, 0, 1} {
		value, ok := sized(keyword, limit, by, at(v.whole, path))
		if !ok {
			continue
		}
		payload := put(v.whole, path, value)
		broken := v.judge(payload)
		switch {
		case len(broken) == 0:
			v.keep(fmt.Sprintf("within %s %s %d", pointer(path), keyword, by), variant{fmt.Sprintf("%s is at its %s %s%s", place, keyword, limit, beside(by)), payload, nil})
		case broken[0].Keyword == keyword:
			v.keep(broken[0].InstancePath+" "+keyword, variant{broken[0].Message, payload, broken})
		}
	}
}

func beside(by int64) string {
	if by == 0 {
		return ""
	}
	return fmt.Sprintf(" %+d", by)
}

// limitOf is the number that a keyword of limits has in its schema.
func limitOf(v *schema.Violation) (json.Number, bool) {
	switch v.Keyword {
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems":
		if n := v.Schema.Get(v.Keyword); n != nil {
			limit, ok := n.Value().(json.Number)
			return limit, ok
		}
	}
	return "", false
}

// sized is a value that is so much above a limit.
func sized(keyword string, limit json.Number, by int64, old any) (any, bool) {
	if strings.HasSuffix(strings.ToLower(keyword), "imum") {
		return moved(limit, big.NewRat(by, 1)), true
	}
	n, err := limit.Int64()
	if n += by; err != nil || n < 0 || n > longText {
		return nil, false
	}
	switch old := old.(type) {
	case string:
		return strings.Repeat("x", int(n)), true
	case []any:
		if len(old) > 0 && n <= manyItems {
			return repeated(old[0], int(n)), true
		}
	}
	return nil, false
}

// moved is a number and another; numbers beyond reason stay as they are.
func moved(n json.Number, by *big.Rat) json.Number {
	if len(n) > 40 || strings.ContainsAny(string(n), "eE") {
		return n
	}
	sum, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return n
	}
	sum.Add(sum, by)
	if sum.IsInt() {
		return json.Number(sum.Num().String())
	}
	return json.Number(strings.TrimRight(sum.FloatString(20), "0"))
}

func repeated(item any, n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = item
	}
	return list
}

func without(object map[string]any, name string) any {
	rest := maps.Clone(object)
	delete(rest, name)
	return rest
}

// put returns a value in which another stands at a path. What it was given stays
// as it was.
func put(in any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	switch in := in.(type) {
	case map[string]any:
		out := maps.Clone(in)
		out[path[0]] = put(in[path[0]], path[1:], value)
		return out
	case []any:
		out := slices.Clone(in)
		out[0] = put(in[0], path[1:], value)
		return out
	}
	return in
}

// at is the value at a path.
func at(in any, path []string) any {
	for _, name := range path {
		switch of := in.(type) {
		case map[string]any:
			in = of[name]
		case []any:
			in = of[0]
		}
	}
	return in
}

func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteString("/" + tree.EscapePointer(name))
	}
	return b.String()
}

func placeName(path []string) string {
	if len(path) == 0 {
		return "the payload"
	}
	return strings.Join(path, ".")
}
