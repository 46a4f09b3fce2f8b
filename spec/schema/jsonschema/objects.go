package jsonschema

import "github.com/weft-dev/weft/text/tree"

// objectRules are the keywords that ask something of objects.
type objectRules struct {
	min, max   int // how many properties; -1: no limit
	properties []property
	sorted     []property // the same, by name
	// declared finds a property by its name, and required are the names that
	// must be there; both repeat what properties holds, for objects with many
	// properties or few.
	declared   map[string]*checker
	required   []string
	patterns   []patternRule
	additional *checker // nil: anything
	closed     bool     // "additionalProperties: false"
	names      *checker
	namesAt    *tree.Node // where that is written
	dependents []dependent
}

// property is what is said of one name.
type property struct {
	name     string
	schema   *checker // nil where the name is only required
	required bool
}

type patternRule struct {
	pattern pattern
	schema  *checker
}

// dependent is what must hold where a property is given.
type dependent struct {
	name   string
	kind   faultKind // of missing names
	names  []string
	schema *checker
}

func (r *run) checkObject(c *checker, o *objectRules, v map[string]any, e *evaluated, fitting bool) *fault {
	var f *fault
	if len(v) < o.min {
		f = r.fault(fault{kind: minPropertiesFault, node: c.node, have: len(v), least: o.min})
	}
	if o.max >= 0 && len(v) > o.max {
		f = both(f, r.fault(fault{kind: maxPropertiesFault, node: c.node, have: len(v), least: o.max}))
	}
	if f != nil && r.silent() {
		return f
	}
	if f = both(f, r.checkMembers(c, o, v, e, fitting)); f != nil && r.silent() {
		return f
	}
	for i := range o.dependents {
		f = both(f, r.checkDependent(c, &o.dependents[i], v, e))
	}
	if o.names != nil {
		f = both(f, r.checkNames(o, v))
	}
	return f
}

// checkMembers judges the members. It walks whichever is shorter, the list of
// properties that the schema declares or the object itself.
func (r *run) checkMembers(c *checker, o *objectRules, v map[string]any, e *evaluated, fitting bool) *fault {
	if len(o.properties) > 4*len(v)+16 {
		f := both(r.ensureFit(v, fitting), r.checkRequired(c, o.required, v))
		if f != nil && r.silent() {
			return f
		}
		return both(f, r.checkEach(c, o, v, e, true))
	}
	var f *fault
	if fitting && len(o.patterns) > 0 {
		// Then a member may be looked at more than once.
		if f, fitting = r.ensureFit(v, true), false; f != nil {
			return f
		}
	}
	r.fitting = fitting
	f = r.walkProperties(c, o, v, e)
	r.fitting = false
	return f
}

func (r *run) walkProperties(c *checker, o *objectRules, v map[string]any, e *evaluated) *fault {
	var f *fault
	found, missing := 0, false
	for i := range o.properties {
		p := &o.properties[i]
		member, ok := v[p.name]
		if !ok {
			missing = missing || p.required
			continue
		}
		if p.schema == nil {
			continue
		}
		found++
		f = both(f, r.property(p.schema, member, p.name))
		if f != nil && r.silent() {
			return f
		}
		if e != nil {
			e.property(p.name)
		}
	}
	if missing {
		f = both(f, r.checkRequired(c, o.required, v))
	}
	if e != nil && (o.closed || o.additional != nil) {
		e.allProperties = true
	}
	others := found < len(v) && (r.fitting || o.closed || o.additional != nil && o.additional.fixed != always)
	if others || len(o.patterns) > 0 {
		f = both(f, r.checkEach(c, o, v, e, false))
	}
	return f
}

func (r *run) checkRequired(c *checker, names []string, v map[string]any) *fault {
	if missing := missingOf(names, v); len(missing) > 0 {
		return r.fault(fault{kind: requiredFault, node: c.node, names: missing})
	}
	return nil
}

func missingOf(names []string, v map[string]any) []string {
	var missing []string
	for _, name := range names {
		if _, ok := v[name]; !ok {
			missing = append(missing, name)
		}
	}
	return missing
}

// checkEach walks the object: for the properties that a pattern or nothing
// declares, and for all where the schema's own were not walked.
func (r *run) checkEach(c *checker, o *objectRules, v map[string]any, e *evaluated, all bool) *fault {
	var f *fault
	var unknown []string
	for name, member := range v {
		schema, known := o.declared[name]
		if known && all {
			f = both(f, r.property(schema, member, name))
		}
		for i := range o.patterns {
			if o.patterns[i].pattern.MatchString(name) {
				known = true
				f = both(f, r.property(o.patterns[i].schema, member, name))
			}
		}
		switch {
		case known:
			if e != nil {
				e.property(name)
			}
		case o.closed:
			unknown = append(unknown, name)
		case o.additional != nil:
			f = both(f, r.property(o.additional, member, name))
		default:
			f = both(f, r.uncheckedPart(member))
		}
		if r.silent() && (f != nil || len(unknown) > 0) {
			return failed
		}
	}
	if e != nil && (o.closed || o.additional != nil) {
		e.allProperties = true
	}
	if len(unknown) > 0 {
		f = both(f, r.fault(fault{kind: additionalPropertiesFault, node: c.node, names: unknown}))
	}
	return f
}

func (r *run) checkDependent(c *checker, d *dependent, v map[string]any, e *evaluated) *fault {
	if _, ok := v[d.name]; !ok {
		return nil
	}
	if d.schema != nil {
		return r.same(d.schema, v, e)
	}
	if missing := missingOf(d.names, v); len(missing) > 0 {
		return r.fault(fault{kind: d.kind, node: c.node, text: d.name, names: missing})
	}
	return nil
}

func (r *run) checkNames(o *objectRules, v map[string]any) *fault {
	var f *fault
	for name := range v {
		r.depth++
		cause := r.check(o.names, name, nil)
		r.depth--
		if cause != nil {
			f = both(f, r.fault(fault{kind: propertyNamesFault, node: o.namesAt, text: name, causes: []*fault{cause}}))
		}
		if f != nil && r.silent() {
			return f
		}
	}
	return f
}
