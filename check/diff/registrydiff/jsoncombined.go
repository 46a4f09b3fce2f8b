package registrydiff

import "slices"

// intoCombined compares a plain schema with one that is combined: it must fit
// one of several forms, or the only one.
func (c *comparison) intoCombined(x, y *class, path string) ([]difference, bool) {
	if len(y.parts) == 1 {
		return c.classes(x, y.parts[0], path), true
	}
	if y.rule == "allOf" {
		return nil, false
	}
	for _, part := range y.parts {
		if list := c.classes(x, part, path); c.err == nil && compatible(list) {
			return append(slices.Clone(list), one(sumExtended, path)...), true
		}
	}
	return nil, false
}

// outOfCombined compares a combined schema with a plain one: of several that
// must all hold, one is enough.
func (c *comparison) outOfCombined(x, y *class, path string) ([]difference, bool) {
	if len(x.parts) == 1 {
		return c.classes(x.parts[0], y, path), true
	}
	if x.rule != "allOf" {
		return nil, false
	}
	for _, part := range x.parts {
		if list := c.classes(part, y, path); c.err == nil && compatible(list) {
			return append(slices.Clone(list), one(productNarrowed, path)...), true
		}
	}
	return nil, false
}

// combined compares two combined schemas: how they are combined, of how many,
// and whether the parts can be paired so that each fits its partner.
func (c *comparison) combined(x, y *class, path string) []difference {
	old, new := distinct(x.parts), distinct(y.parts)
	rule := combination(x.rule, y.rule, len(old), len(new))
	if rule != nil && !rule.fine {
		return one(rule, path)
	}
	var list []difference
	if rule != nil {
		list = one(rule, path)
	}
	switch {
	case len(old) < len(new) && y.rule == "allOf":
		list = append(list, one(productExtended, path)...)
	case len(old) < len(new):
		list = append(list, one(sumExtended, path)...)
	case len(old) > len(new) && x.rule == "allOf":
		list = append(list, one(productNarrowed, path)...)
	case len(old) > len(new):
		list = append(list, one(sumNarrowed, path)...)
	}
	return append(list, c.pairing(old, new, path)...)
}

// combination is what a change of the rule means; nil where it did not change.
// The rule of a single part says nothing.
func combination(from, to string, old, new int) *kind {
	switch {
	case from == to:
		return nil
	case to == "anyOf" || from == "allOf":
		return combinedExtended
	case old == 1 && (to == "oneOf" || new == 1):
		return combinedExtended
	}
	return combinedChanged
}

// distinct are the parts without those that say the same.
func distinct(parts []*class) []*class {
	var list []*class
	seen := map[string]bool{}
	for _, part := range parts {
		key := string(part.sort) + part.rule + sorted(part.at.value)
		if part.sort == sortNumber && part.whole {
			key = "integer" + key
		}
		if !seen[key] {
			seen[key] = true
			list = append(list, part)
		}
	}
	return list
}

// pairing finds the largest number of pairs that fit, each part in one pair at
// most.
func (c *comparison) pairing(old, new []*class, path string) []difference {
	p := &pairs{fits: make([][]bool, len(old)), partner: make([]int, len(new))}
	found := make([][][]difference, len(old))
	for i, x := range old {
		if c.err != nil {
			return nil
		}
		p.fits[i], found[i] = make([]bool, len(new)), make([][]difference, len(new))
		for j, y := range new {
			found[i][j] = c.classes(x, y, path)
			p.fits[i][j] = compatible(found[i][j])
		}
	}
	for j := range p.partner {
		p.partner[j] = -1
	}
	count := 0
	for i := range old {
		if p.place(i, make([]bool, len(new))) {
			count++
		}
	}
	if count < min(len(old), len(new)) {
		return one(partsChanged, path)
	}
	var list []difference
	for j, i := range p.partner {
		if i >= 0 {
			list = append(list, found[i][j]...)
		}
	}
	return list
}

// pairs is a matching under way.
type pairs struct {
	fits    [][]bool
	partner []int // of the new, which of the old
}

// place finds a partner for one, moving others where that helps.
func (p *pairs) place(i int, tried []bool) bool {
	for j := range p.partner {
		if !p.fits[i][j] || tried[j] {
			continue
		}
		tried[j] = true
		if p.partner[j] < 0 || p.place(p.partner[j], tried) {
			p.partner[j] = i
			return true
		}
	}
	return false
}
