package jsonschema

import (
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// checker is a compiled schema: what has to be looked at, and nothing else.
// A "$ref" is a pointer to another one, so recursive schemas are circular.
// Once compiled it does not change, and may be used by many at once.
type checker struct {
	node  *tree.Node
	fixed fixed
	// loops says that this schema may come back to itself for the same value,
	// which would not end.
	loops bool

	kinds  kinds // 0: any
	equals *constant
	listed *listing
	format *format

	// ref is what a "$ref" with further keywords beside it leads to.
	ref    *checker
	object *objectRules
	array  *arrayRules
	text   *textRules
	number *numberRules
	forms  *formRules
	// What is left over when all else has been applied.
	restProperties, restItems *checker
}

// fixed is the answer of schemas for which all values are alike.
type fixed uint8

const (
	varies fixed = iota
	always
	never
	circular // a "$ref" that leads to nothing but itself
)

// run judges one value.
type run struct {
	steps int // that are left
	depth int // of the part of the value that is looked at
	quiet int // above 0 nobody asks what is wrong, only whether
	made  int // faults so far
	spent bool
	// fitting asks that what is checked is also seen to be fit to be computed
	// with, all of it; unfit says that it was not. A walk of its own for that
	// would take half as long as all the rest.
	fitting, unfit bool
	// active are the schemas being applied that may come back to themselves.
	active []active
	// patterns remembers the patterns of a schema that is being compiled.
	patterns map[string]pattern
}

type active struct {
	schema *checker
	depth  int
}

// maxFaults bounds how many faults are collected for one value. Past it the
// value is only judged.
const maxFaults = 2000

func (r *run) silent() bool { return r.quiet > 0 || r.made > maxFaults }

// fault makes a fault, if anybody will read it.
func (r *run) fault(f fault) *fault {
	if r.silent() {
		return failed
	}
	r.made++
	made := f
	return &made
}

// check judges a value, or a part of one, and returns nil where it fits. In e
// it notes which members and items were evaluated, if that matters.
func (r *run) check(c *checker, v any, e *evaluated) *fault {
	switch c.fixed {
	case always:
		return r.ensureFit(v, r.fitting)
	case never:
		return r.fault(fault{kind: falseFault, node: c.node})
	case circular:
		return r.fault(fault{kind: cycleFault, node: c.node})
	}
	if r.steps--; r.steps < 0 {
		r.spent = true
		return failed
	}
	if !c.loops {
		return r.applyOnce(c, v, e)
	}
	if r.isActive(c) {
		return r.fault(fault{kind: cycleFault, node: c.node})
	}
	r.active = append(r.active, active{c, r.depth})
	f := r.applyOnce(c, v, e)
	r.active = r.active[:len(r.active)-1]
	return f
}

func (r *run) isActive(c *checker) bool {
	for i := len(r.active) - 1; i >= 0 && r.active[i].depth == r.depth; i-- {
		if r.active[i].schema == c {
			return true
		}
	}
	return false
}

// applyOnce applies the keywords. Of all those that come to the same part of
// the value, only the first that walk through it see whether it is fit.
func (r *run) applyOnce(c *checker, v any, e *evaluated) *fault {
	if !r.fitting {
		return r.apply(c, v, e, false)
	}
	r.fitting = false
	f := r.apply(c, v, e, true)
	r.fitting = true
	return f
}

// ensureFit sees to it that a part which no schema looks into is fit, where
// that was asked.
func (r *run) ensureFit(v any, asked bool) *fault {
	if asked && !fit(v, r.depth) {
		r.unfit = true
		return failed
	}
	return nil
}

// apply applies the keywords. What a value is comes first: where that is
// wrong, nothing else is worth saying.
func (r *run) apply(c *checker, v any, e *evaluated, fitting bool) *fault {
	kind := kindOf(v)
	if kind == 0 {
		return r.fault(fault{kind: invalidFault, node: c.node, got: v})
	}
	if c.kinds != 0 && c.kinds&kind == 0 && (kind != numberKind || c.kinds&integerKind == 0 || !isInteger(v)) {
		return r.fault(fault{kind: typeFault, node: c.node, got: v, kinds: c.kinds})
	}
	if f := r.checkValue(c, v); f != nil {
		return f
	}
	if e == nil && (c.restProperties != nil || c.restItems != nil) {
		e = &evaluated{}
	}
	var f *fault
	if c.ref != nil {
		if f = r.same(c.ref, v, e); f != nil && r.silent() {
			return f
		}
	}
	f = both(f, r.checkKind(c, kind, v, e, fitting))
	if f != nil && r.silent() {
		return f
	}
	if c.forms != nil {
		if f = both(f, r.checkForms(c, c.forms, v, e)); f != nil && r.silent() {
			return f
		}
	}
	if c.restProperties != nil || c.restItems != nil {
		f = both(f, r.checkRest(c, v, e))
	}
	return f
}

// checkKind applies the keywords that speak of one kind of value.
func (r *run) checkKind(c *checker, kind kinds, v any, e *evaluated, fitting bool) *fault {
	switch kind {
	case objectKind:
		if c.object != nil {
			return r.checkObject(c, c.object, v.(map[string]any), e, fitting)
		}
	case arrayKind:
		if c.array != nil {
			return r.checkArray(c, c.array, v.([]any), e, fitting)
		}
	case stringKind:
		if c.text != nil {
			return r.checkText(c, c.text, v.(string))
		}
	case numberKind:
		if c.number != nil {
			return both(r.ensureFit(v, fitting), r.checkNumber(c, c.number, v))
		}
	}
	return r.ensureFit(v, fitting)
}

// checkValue applies what asks for certain values: "const", "enum", "format".
func (r *run) checkValue(c *checker, v any) *fault {
	if c.equals != nil && !c.equals.is(v) {
		return r.fault(fault{kind: constFault, node: c.node, got: v, want: c.equals.value})
	}
	if c.listed != nil && !c.listed.has(v) {
		return r.fault(fault{kind: enumFault, node: c.node, got: v, values: c.listed.all})
	}
	if c.format != nil && !r.hasFormat(c.format, v) {
		return r.fault(fault{kind: formatFault, node: c.node, got: v, text: c.format.name})
	}
	return nil
}

// property judges a member of the value.
func (r *run) property(c *checker, v any, name string) *fault {
	f := r.part(c, v)
	if f != nil {
		return f.under(name)
	}
	return nil
}

// item judges an item of the value.
func (r *run) item(c *checker, v any, index int) *fault {
	f := r.part(c, v)
	if f != nil && f != failed {
		return f.under(strconv.Itoa(index))
	}
	return f
}

// uncheckedPart is a member or an item that no schema speaks of.
func (r *run) uncheckedPart(v any) *fault {
	if !r.fitting {
		return nil
	}
	r.depth++
	f := r.ensureFit(v, true)
	r.depth--
	return f
}

func (r *run) part(c *checker, v any) *fault {
	if c.fixed == always && !r.fitting {
		return nil
	}
	if r.depth >= maxDepth {
		r.unfit = true
		return failed
	}
	r.depth++
	f := r.check(c, v, nil)
	r.depth--
	return f
}

// constant is a value that others are compared with.
type constant struct {
	value  any
	kind   kinds
	number exact
}

func newConstant(v any) constant {
	c := constant{value: v, kind: kindOf(v)}
	if c.kind == numberKind {
		c.number, _ = exactOf(v)
	}
	return c
}

func (c *constant) is(v any) bool {
	if c.kind != numberKind {
		return equal(c.value, v)
	}
	n, ok := exactOf(v)
	return ok && n.compare(c.number) == 0
}

// listing is the values of an "enum".
type listing struct {
	values []constant
	all    []any // the same
	// byHash leads to the values of a long list, so that judging many values by
	// it is not quadratic; nil for a short one.
	byHash map[uint64][]int
	seed   maphash.Seed
}

func newListing(list []any) *listing {
	l := &listing{values: make([]constant, len(list)), all: list}
	for i, value := range list {
		l.values[i] = newConstant(value)
	}
	if len(list) <= fewItems {
		return l
	}
	l.seed, l.byHash = maphash.MakeSeed(), make(map[uint64][]int, len(list))
	for i, value := range list {
		sum := l.hash(value)
		l.byHash[sum] = append(l.byHash[sum], i)
	}
	return l
}

func (l *listing) hash(v any) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	hash(&h, v)
	return h.Sum64()
}

func (l *listing) has(v any) bool {
	if l.byHash != nil {
		return slices.ContainsFunc(l.byHash[l.hash(v)], func(i int) bool { return l.values[i].is(v) })
	}
	for i := range l.values {
		if l.values[i].is(v) {
			return true
		}
	}
	return false
}
