package schemadiff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// Focus is one demand of a schema on one part of a value: that a property is
// there, that a number is not too large. A value that does not meet it does not
// fit the schema, whatever else it does.
type Focus struct {
	// Path leads from the whole value to the part.
	Path []Step
	// Keyword is the word that demands; "" is the schema as a whole. Those
	// with several spellings have one: "minimum" is also exclusiveMinimum.
	Keyword string
	// Name is the property that "required" asks for.
	Name string
	// Node is the schema that holds the keyword.
	Node *tree.Node

	part part
}

// Step leads from a value to one below it.
type Step struct {
	// Name is the property's, or "" where it is not the name that counts.
	Name string
	// Item is the index of an item; Items means any item from there on.
	Item  int
	Items bool
	// kind tells the forms apart.
	form     op
	names    []string
	patterns []string
}

// String writes the step as people do: ".name", "[2]", "[]", ".*".
func (s Step) String() string {
	switch s.form {
	case opProp:
		return "." + s.Name
	case opAt:
		return "[" + strconv.Itoa(s.Item) + "]"
	case opSomeFrom:
		return "[]"
	}
	if s.form == opSomePattern {
		return "./" + s.Name + "/"
	}
	return ".*"
}

// At is where the demand is, as Edit.At.
func (f *Focus) At() string {
	var b strings.Builder
	for _, s := range f.Path {
		b.WriteString(s.String())
	}
	return b.String()
}

// Comparison is a writer's schema against a reader's, of which more than one
// thing may be asked.
type Comparison struct {
	c   *question
	err error
}

// Compare starts a comparison. What is wrong with the schemas themselves makes
// every answer Unknown.
func Compare(writer, reader Schema) *Comparison {
	c, err := newCase(writer, reader)
	return &Comparison{c, err}
}

// Included is the question of function Included.
func (k *Comparison) Included() Answer {
	if k.err != nil {
		return Answer{Reason: k.err.Error()}
	}
	k.c.allow(maxSteps)
	return k.c.decide(goal{part: k.c.reader, neg: true})
}

// Refused decides whether the writer may write something that does not meet one
// demand of the reader.
func (k *Comparison) Refused(f *Focus) Answer {
	if k.err != nil {
		return Answer{Reason: k.err.Error()}
	}
	k.c.allow(maxSteps / 4)
	// What was learnt about other demands does not hold for this one.
	clear(k.c.aimed)
	return k.c.decide(goal{part: k.c.reader, neg: true, focus: f})
}

// maxDemands bounds how many demands of one schema are looked at.
const maxDemands = 1500

// Demands lists what the reader's schema demands, one thing at a time.
func (k *Comparison) Demands() []*Focus {
	if k.err != nil {
		return nil
	}
	d := demands{c: k.c}
	d.visit(k.c.reader, nil, nil)
	return d.list
}

type demands struct {
	c    *question
	list []*Focus
}

func (d *demands) add(p part, path []Step, keyword, name string) {
	if len(d.list) < maxDemands {
		d.list = append(d.list, &Focus{Path: slices.Clone(path), Keyword: keyword, Name: name, Node: p.node, part: p})
	}
}

func (d *demands) visit(p part, path []Step, above []part) {
	p = d.c.deref(p)
	if slices.Contains(above, p) || len(d.list) >= maxDemands {
		d.add(p, path, "", "")
		return
	}
	above = append(slices.Clone(above), p)
	w := d.c.words(p)
	if w.never {
		d.add(p, path, "", "")
		return
	}
	for _, keyword := range w.demanding() {
		d.add(p, path, keyword, "")
	}
	for _, name := range w.required {
		d.add(p, path, "required", name)
	}
	for _, q := range slices.Concat(w.refs, w.all) {
		d.visit(q, path, above)
	}
	d.below(p, w, path, above)
}

func (d *demands) below(p part, w *words, path []Step, above []part) {
	for _, q := range w.props {
		d.visit(q.part, append(path, Step{form: opProp, Name: q.name}), above)
	}
	for _, q := range w.patterns {
		d.visit(q.part, append(path, Step{form: opSomePattern, Name: q.name}), above)
	}
	if w.additional != nil {
		if isFalse(w.additional.node) {
			d.add(p, path, "additionalProperties", "")
		} else {
			rest := w.rest(opSomeRest, goal{})
			d.visit(*w.additional, append(path, Step{form: opSomeRest, names: rest.names, patterns: rest.patterns}), above)
		}
	}
	for i, q := range w.prefix {
		d.visit(q, append(path, Step{form: opAt, Item: i}), above)
	}
	if w.items != nil {
		d.visit(*w.items, append(path, Step{form: opSomeFrom, Item: len(w.prefix), Items: true}), above)
	}
}

// demanding are the keywords by which the schema demands something of the value
// itself.
func (w *words) demanding() []string {
	var list []string
	for _, k := range []struct {
		name string
		here bool
	}{
		{"type", w.types != every},
		{"enum", w.listed},
		{"minimum", w.min != nil},
		{"maximum", w.max != nil},
		{"multipleOf", w.multiple != nil},
		{"minLength", w.minLen > 0},
		{"maxLength", w.maxLen >= 0},
		{"pattern", w.pattern != nil},
		{"format", w.format != ""},
		{"minItems", w.minItems > 0},
		{"maxItems", w.maxItems >= 0},
		{"uniqueItems", w.unique},
		{"contains", w.contains != nil},
		{"minProperties", w.minProps > 0},
		{"maxProperties", w.maxProps >= 0},
		{"propertyNames", w.names != nil},
		{"dependentRequired", len(w.needs) > 0},
		{"dependentSchemas", len(w.implied) > 0},
		{"anyOf", w.any != nil},
		{"oneOf", w.one != nil},
		{"not", w.not != nil},
		{"if", w.cond != nil},
	} {
		if k.here {
			list = append(list, k.name)
		}
	}
	return append(list, w.opaque...)
}

// focused is what it takes to break a goal's demand: the next step towards it,
// or at its end the demand itself.
func (c *question) focused(g goal, t kind) []formula {
	f := g.focus
	if g.depth == len(f.Path) {
		m := c.miss(f.part, t, f.Keyword)
		if f.Name != "" {
			m = slices.DeleteFunc(m, func(way []formula) bool {
				return len(way) == 1 && way[0].(literal).name != f.Name
			})
		}
		return alternatives(m)
	}
	next := g
	next.depth++
	step := f.Path[g.depth]
	l := literal{op: step.form, name: step.Name, n: step.Item, names: step.names, patterns: step.patterns, goal: next}
	switch step.form {
	case opProp:
		if t == object {
			return []formula{present(step.Name), l}
		}
	case opSomePattern, opSomeRest:
		if t == object {
			return []formula{l}
		}
	case opAt:
		if t == array {
			return []formula{literal{op: opMinItems, n: step.Item + 1}, l}
		}
	case opSomeFrom:
		if t == array {
			return []formula{l}
		}
	}
	return []formula{choice{}}
}

// refuses reports whether a value, which stands where a number of steps have
// been taken, holds something at the end of the path that does not fit there.
func (f *Focus) refuses(v any, depth int) bool {
	if depth == len(f.Path) {
		return !f.part.valid(v)
	}
	step := f.Path[depth]
	switch v := v.(type) {
	case map[string]any:
		if step.form == opProp {
			below, ok := v[step.Name]
			return ok && f.refuses(below, depth+1)
		}
		for name, below := range v {
			if step.form != opAt && step.form != opSomeFrom && !slices.Contains(step.names, name) && f.refuses(below, depth+1) {
				return true
			}
		}
	case []any:
		for i, below := range v {
			if (step.form == opAt && i == step.Item || step.form == opSomeFrom && i >= step.Item) && f.refuses(below, depth+1) {
				return true
			}
		}
	}
	return false
}
