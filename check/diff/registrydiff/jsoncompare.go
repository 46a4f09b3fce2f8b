package registrydiff

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// difference is one thing that the registry sees between two schemas.
type difference struct {
	kind *kind
	path string
	note string
}

// The bounds of one comparison. Combined schemas are compared each with each.
const (
	maxComparisons = 50_000
	maxDifferences = 1_000
)

var errTooLarge = errors.New("the schemas are too large to be compared")

// comparison compares two schemas as the registry does: first what sort they
// are of, then keyword by keyword.
type comparison struct {
	old, new *jsonSchema
	done     map[[2]*class][]difference
	active   map[[2]*class]bool
	left     int
	err      error
	// stumbles says where the registry itself would fail.
	stumbles string
}

func compareJSON(old, new *jsonSchema) (*comparison, []difference, error) {
	c := &comparison{old: old, new: new, done: map[[2]*class][]difference{}, active: map[[2]*class]bool{}, left: maxComparisons}
	list := c.places(&old.root.root, &new.root.root, "")
	return c, list, c.err
}

func compatible(list []difference) bool {
	return !slices.ContainsFunc(list, func(d difference) bool { return !d.kind.fine })
}

func one(k *kind, path string) []difference { return []difference{{kind: k, path: shownPath(path)}} }

// places compares schemas where they stand; nil is where there is none.
func (c *comparison) places(a, b *place, path string) []difference {
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		return one(schemaAdded, path)
	case b == nil:
		return one(schemaRemoved, path)
	}
	x, err := c.old.classOf(*a)
	y, err2 := c.new.classOf(*b)
	if err = errors.Join(err, err2); err != nil {
		c.fail(err)
		return nil
	}
	return c.classes(x, y, path)
}

func (c *comparison) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// classes compares two classes. A pair that is being compared further up is
// taken to be compatible: it is decided there.
func (c *comparison) classes(x, y *class, path string) []difference {
	x, y = x.plain(), y.plain()
	pair := [2]*class{x, y}
	if x == nil || y == nil || c.active[pair] || c.err != nil {
		return nil
	}
	if list, ok := c.done[pair]; ok {
		return list
	}
	if c.left--; c.left < 0 {
		c.fail(errTooLarge)
		return nil
	}
	c.active[pair] = true
	list := c.pair(x, y, path)
	delete(c.active, pair)
	if len(list) > maxDifferences {
		list = append(list[:maxDifferences:maxDifferences], mostSevere(list)...)
	}
	c.done[pair] = list
	return list
}

// mostSevere keeps the verdict where the list is cut.
func mostSevere(list []difference) []difference {
	for _, d := range list[maxDifferences:] {
		if !d.kind.fine {
			return []difference{d}
		}
	}
	return nil
}

func (c *comparison) pair(x, y *class, path string) []difference {
	switch {
	case x.sort == sortCombined && y.sort == sortCombined:
		return c.combined(x, y, path)
	case y.sort == sortCombined:
		if list, ok := c.intoCombined(x, y, path); ok {
			return list
		}
	case x.sort == sortCombined:
		if list, ok := c.outOfCombined(x, y, path); ok {
			return list
		}
	}
	if x.sort == sortNever || y.sort == sortEmpty {
		return nil
	}
	if x.sort != y.sort {
		list := one(typeChanged, path)
		list[0].note = fmt.Sprintf("from %s to %s", x.name(), y.name())
		return list
	}
	return c.same(x, y, path)
}

func (c *class) name() string {
	if c.sort == sortCombined {
		return c.rule
	}
	return string(c.sort)
}

// same compares two classes of one sort.
func (c *comparison) same(x, y *class, path string) []difference {
	switch x.sort {
	case sortString:
		return slices.Concat(
			limits(x.at, y.at, "maxLength", maxLength, path), limits(x.at, y.at, "minLength", minLength, path),
			texts(x.at, y.at, "pattern", pattern, path))
	case sortNumber:
		return c.numbers(x, y, path)
	case sortObject:
		return c.objects(x.at, y.at, path)
	case sortArray:
		return c.arrays(x.at, y.at, path)
	case sortEnum:
		a, _ := x.at.list("enum")
		b, _ := y.at.list("enum")
		return enums(a, b, path+"/enum")
	case sortConst:
		a, _ := x.at.get("const")
		b, _ := y.at.get("const")
		return enums([]place{a}, []place{b}, path+"/const")
	case sortNot:
		return c.negated(x, y, path+"/not")
	}
	return nil // the registry compares nothing of "if", null and boolean
}

func (c *comparison) negated(x, y *class, path string) []difference {
	a, _ := x.at.get("not")
	b, _ := y.at.get("not")
	if sorted(a.value) == sorted(b.value) {
		return nil
	}
	turned := &comparison{old: c.new, new: c.old, done: map[[2]*class][]difference{}, active: map[[2]*class]bool{}, left: c.left}
	list := turned.places(&b, &a, path)
	c.left = turned.left
	if turned.err != nil {
		c.fail(turned.err)
	}
	switch {
	case len(list) == 0:
		return nil
	case compatible(list):
		return one(notNarrowed, path)
	}
	return one(notExtended, path)
}

// number reads the value of a keyword.
func number(p place, key string) *big.Rat {
	v, _ := p.get(key)
	n, ok := v.value.(json.Number)
	if !ok || len(n) > 100 {
		return nil
	}
	if _, exponent, found := cutExponent(string(n)); found && len(exponent) > 3 {
		return nil
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil
	}
	return r
}

func cutExponent(text string) (before, after string, found bool) {
	for i, c := range text {
		if c == 'e' || c == 'E' {
			return text[:i], text[i+1:], true
		}
	}
	return text, "", false
}

// limits compares a keyword that is a number.
func limits(x, y place, key string, f family, path string) []difference {
	a, b := number(x, key), number(y, key)
	path += "/" + key
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		return one(f.added, path)
	case b == nil:
		return one(f.removed, path)
	case a.Cmp(b) < 0:
		return one(f.wider, path)
	case a.Cmp(b) > 0:
		return one(f.narrower, path)
	}
	return nil
}

// texts compares a keyword that is a text.
func texts(x, y place, key string, f family, path string) []difference {
	a, hasA := x.get(key)
	b, hasB := y.get(key)
	path += "/" + key
	switch {
	case hasA && hasB && a.value != b.value:
		return one(f.changed, path)
	case !hasA && hasB:
		return one(f.added, path)
	case hasA && !hasB:
		return one(f.removed, path)
	}
	return nil
}

func (c *comparison) numbers(x, y *class, path string) []difference {
	list := slices.Concat(
		limits(x.at, y.at, "maximum", maximum, path), limits(x.at, y.at, "minimum", minimum, path),
		c.exclusiveMaximum(x.at, y.at, path), limits(x.at, y.at, "exclusiveMinimum", exclMinimum, path),
		multiples(x.at, y.at, path))
	switch {
	case x.whole && !y.whole:
		list = append(list, one(typeExtended, path)...)
	case !x.whole && y.whole:
		list = append(list, one(typeNarrowed, path)...)
	}
	return list
}

// exclusiveMaximum is lowered, for the registry, where it is lower than the new
// "maximum": it looks at the wrong keyword, and fails where that is missing.
func (c *comparison) exclusiveMaximum(x, y place, path string) []difference {
	list := limits(x, y, "exclusiveMaximum", exclMaximum, path)
	if len(list) == 0 || list[0].kind != exclMaximum.narrower {
		return list
	}
	top := number(y, "maximum")
	if top == nil {
		c.stumbles = list[0].path
		return list
	}
	if number(x, "exclusiveMaximum").Cmp(top) > 0 {
		return list
	}
	return nil
}

func multiples(x, y place, path string) []difference {
	a, b := number(x, "multipleOf"), number(y, "multipleOf")
	path += "/multipleOf"
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		return one(multipleOf.added, path)
	case b == nil:
		return one(multipleOf.removed, path)
	case a.Cmp(b) == 0 || a.Sign() == 0 || b.Sign() == 0:
		return nil
	case new(big.Rat).Quo(b, a).IsInt():
		return one(multipleOf.narrower, path)
	case new(big.Rat).Quo(a, b).IsInt():
		return one(multipleOf.wider, path)
	}
	return one(multipleOf.changed, path)
}

// enums compares lists of values.
func enums(a, b []place, path string) []difference {
	old, new := valueSet(a), valueSet(b)
	gone, more := missing(old, new), missing(new, old)
	switch {
	case gone && more:
		return one(enumChanged, path)
	case gone:
		return one(enumNarrowed, path)
	case more:
		return one(enumExtended, path)
	}
	return nil
}

func valueSet(list []place) map[string]bool {
	set := map[string]bool{}
	for _, p := range list {
		set[sorted(p.value)] = true
	}
	return set
}

// missing reports whether something of one set is not in another.
func missing(of, in map[string]bool) bool {
	for key := range of {
		if !in[key] {
			return true
		}
	}
	return false
}
