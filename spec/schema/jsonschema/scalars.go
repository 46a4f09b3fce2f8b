package jsonschema

import "unicode/utf8"

// textRules are the keywords that ask something of strings.
type textRules struct {
	min, max int // characters; -1: no limit
	pattern  pattern
}

func (r *run) checkText(c *checker, t *textRules, v string) *fault {
	var f *fault
	// A string has at most as many characters as bytes, and at least a
	// quarter as many; mostly that is enough to know.
	if t.max >= 0 && len(v) > t.max || len(v) < 4*t.min {
		length := utf8.RuneCountInString(v)
		if length < t.min {
			f = r.fault(fault{kind: minLengthFault, node: c.node, have: length, least: t.min})
		}
		if t.max >= 0 && length > t.max {
			f = both(f, r.fault(fault{kind: maxLengthFault, node: c.node, have: length, least: t.max}))
		}
	}
	if f != nil && r.silent() {
		return f
	}
	if t.pattern != nil && !t.pattern.MatchString(v) {
		f = both(f, r.fault(fault{kind: patternFault, node: c.node, got: v, text: t.pattern.String()}))
	}
	return f
}

// numberRules are the keywords that ask something of numbers.
type numberRules struct {
	limits    []limit
	multiples *exact
}

// limit is one of the four keywords that bound a number.
type limit struct {
	kind  faultKind
	value exact
}

func (l *limit) allows(n exact) bool {
	order := n.compare(l.value)
	switch l.kind {
	case minimumFault:
		return order >= 0
	case maximumFault:
		return order <= 0
	case exclusiveMinimumFault:
		return order > 0
	}
	return order < 0
}

func (r *run) checkNumber(c *checker, n *numberRules, v any) *fault {
	value, ok := exactOf(v)
	if !ok {
		return r.fault(fault{kind: invalidFault, node: c.node, got: v})
	}
	var f *fault
	for i := range n.limits {
		if l := &n.limits[i]; !l.allows(value) {
			f = both(f, r.fault(fault{kind: l.kind, node: c.node, got: v, limit: l.value}))
		}
	}
	if n.multiples != nil && !value.multipleOf(*n.multiples) {
		f = both(f, r.fault(fault{kind: multipleOfFault, node: c.node, got: v, limit: *n.multiples}))
	}
	return f
}
