package jsonschema

// arrayRules are the keywords that ask something of arrays.
type arrayRules struct {
	min, max int // how many items; -1: no limit
	unique   bool
	prefix   []*checker
	rest     *checker // nil: anything
	closed   bool     // "additionalItems: false": no more than the prefix
	contains *contains
}

// contains is what some of the items must be.
type contains struct {
	schema   *checker
	min, max int // -1: no limit; without a "minContains", at least one
	// notes says that the items it finds count as evaluated, as they do since
	// 2020-12.
	notes bool
}

func (r *run) checkArray(c *checker, a *arrayRules, v []any, e *evaluated, fitting bool) *fault {
	var f *fault
	if len(v) < a.min {
		f = r.fault(fault{kind: minItemsFault, node: c.node, have: len(v), least: a.min})
	}
	if a.max >= 0 && len(v) > a.max {
		f = both(f, r.fault(fault{kind: maxItemsFault, node: c.node, have: len(v), least: a.max}))
	}
	if f != nil && r.silent() {
		return f
	}
	if a.unique {
		if first, second, found := twins(v); found {
			f = both(f, r.fault(fault{kind: uniqueItemsFault, node: c.node, first: first, two: second}))
		}
	}
	r.fitting = fitting
	f = both(f, r.checkItems(c, a, v, e))
	r.fitting = false
	if a.contains != nil {
		f = both(f, r.checkContains(c, a.contains, v, e))
	}
	return f
}

func (r *run) checkItems(c *checker, a *arrayRules, v []any, e *evaluated) *fault {
	var f *fault
	prefix := min(len(a.prefix), len(v))
	for i, item := range v[:prefix] {
		if f = both(f, r.item(a.prefix[i], item, i)); f != nil && r.silent() {
			return f
		}
	}
	if a.closed && prefix < len(v) {
		f = both(f, r.fault(fault{kind: additionalItemsFault, node: c.node, have: len(v) - prefix}))
	}
	for i := prefix; i < len(v) && (a.rest != nil || r.fitting); i++ {
		if a.rest != nil {
			f = both(f, r.item(a.rest, v[i], i))
		} else {
			f = both(f, r.uncheckedPart(v[i]))
		}
		if f != nil && r.silent() {
			return f
		}
	}
	if e != nil {
		e.first = max(e.first, len(a.prefix))
		e.allItems = e.allItems || a.closed || a.rest != nil
	}
	return f
}

func (r *run) checkContains(c *checker, k *contains, v []any, e *evaluated) *fault {
	have := 0
	for i, item := range v {
		r.quiet++
		f := r.item(k.schema, item, i)
		r.quiet--
		if f != nil {
			continue
		}
		have++
		if e != nil && k.notes {
			e.item(i)
		}
	}
	var f *fault
	switch {
	case k.min >= 0 && have < k.min:
		f = r.fault(fault{kind: minContainsFault, node: c.node, have: have, least: k.min, causes: r.whyNot(k, v)})
	case k.min < 0 && have == 0:
		f = r.fault(fault{kind: containsFault, node: c.node, causes: r.whyNot(k, v)})
	}
	if k.max >= 0 && have > k.max {
		f = both(f, r.fault(fault{kind: maxContainsFault, node: c.node, have: have, least: k.max}))
	}
	return f
}

// whyNot says what is wrong with the items that are not of the form.
func (r *run) whyNot(k *contains, v []any) []*fault {
	var list []*fault
	for i, item := range v {
		if r.silent() {
			return list
		}
		if f := r.item(k.schema, item, i); f != nil {
			list = append(list, f)
		}
	}
	return list
}
