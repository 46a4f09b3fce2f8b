package jsonschema

// formRules are the keywords that apply further schemas to the same value.
type formRules struct {
	all   []*checker // "allOf", and every kind of reference
	any   []*checker
	one   []*checker
	not   *checker
	test  *checker // "if"
	then  *checker
	other *checker // "else"
}

func (r *run) checkForms(c *checker, k *formRules, v any, e *evaluated) *fault {
	var f *fault
	if k.not != nil && r.fits(k.not, v, e) {
		f = r.fault(fault{kind: notFault, node: c.node})
	}
	for _, form := range k.all {
		if f != nil && r.silent() {
			return f
		}
		f = both(f, r.same(form, v, e))
	}
	if len(k.any) > 0 {
		f = both(f, r.checkAny(c, k.any, v, e))
	}
	if len(k.one) > 0 {
		f = both(f, r.checkOne(c, k.one, v, e))
	}
	if k.test == nil || f != nil && r.silent() {
		return f
	}
	next := k.other
	if r.fits(k.test, v, e) {
		next = k.then
	}
	if next != nil {
		f = both(f, r.same(next, v, e))
	}
	return f
}

// fits only asks whether a schema holds.
func (r *run) fits(c *checker, v any, e *evaluated) bool {
	r.quiet++
	f := r.same(c, v, e)
	r.quiet--
	return f == nil
}

// checkAny and checkOne first ask only whether: of a value that fits in the
// end, nobody needs to know why it is not of the other forms.
func (r *run) checkAny(c *checker, forms []*checker, v any, e *evaluated) *fault {
	matched := false
	r.quiet++
	for _, form := range forms {
		if r.same(form, v, e) == nil {
			matched = true
			if e == nil {
				break // otherwise, what further forms evaluate counts as well
			}
		}
	}
	r.quiet--
	if matched {
		return nil
	}
	return r.fault(fault{kind: anyOfFault, node: c.node, causes: r.whyNone(forms, v)})
}

func (r *run) checkOne(c *checker, forms []*checker, v any, e *evaluated) *fault {
	matched := 0
	r.quiet++
	for _, form := range forms {
		if r.same(form, v, e) == nil {
			if matched++; matched > 1 {
				break
			}
		}
	}
	r.quiet--
	switch matched {
	case 0:
		return r.fault(fault{kind: oneOfFault, node: c.node, causes: r.whyNone(forms, v)})
	case 1:
		return nil
	}
	return r.fault(fault{kind: bothFault, node: c.node})
}

// whyNone says why a value is of none of the forms.
func (r *run) whyNone(forms []*checker, v any) []*fault {
	var list []*fault
	for _, form := range forms {
		if r.silent() {
			return list
		}
		if f := r.check(form, v, nil); f != nil {
			list = append(list, f)
		}
	}
	return list
}
