package jsonschema

import (
	"math"
	"slices"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// compile compiles a schema and all that it refers to, unless that was done
// before. What it makes is kept only when all of it is right.
func (s *Set) compile(r resource) (*checker, error) {
	c := compilation{set: s, fresh: map[resource]*checker{}}
	root, err := c.target(r)
	if err != nil {
		return nil, err
	}
	markLoops(c.made)
	for r, checker := range c.fresh {
		s.checkers[r] = checker
	}
	return root, nil
}

type compilation struct {
	set   *Set
	fresh map[resource]*checker
	made  []*checker
	// root is the schema that was reached by name, by which the places in
	// messages are told, and depth how many such led to it.
	root  *tree.Node
	depth int
}

// maxLinks bounds how many schemas refer to one another in a row, since each
// is compiled while the one before it waits.
const maxLinks = 50_000

// target compiles a schema that is reached by name.
func (c *compilation) target(r resource) (*checker, error) {
	if c.depth >= maxLinks {
		return nil, &Error{Node: r.node, Message: "the way here is too long: more than 50,000 schemas that refer to one another in a row"}
	}
	before := c.root
	c.root = r.node
	c.depth++
	made, err := c.schema(r.node, r.dialect)
	c.root = before
	c.depth--
	return made, err
}

// schema compiles a schema. One that is only a reference is its target; one
// that repeats an anchored schema is that schema, since aliases of aliases
// written out would be exponential.
func (c *compilation) schema(n *tree.Node, dialect schema.Dialect) (*checker, error) {
	if n.Alias != nil && n.Kind == tree.Mapping {
		return c.target(resource{canonical(n), dialect})
	}
	r := resource{n, dialect}
	if known, ok := c.set.checkers[r]; ok {
		return known, nil
	}
	if known, ok := c.fresh[r]; ok {
		return known, nil
	}
	if err := c.take(n); err != nil {
		return nil, err
	}
	if onlyRef(n, dialect) {
		return c.chain(r)
	}
	made := &checker{node: n}
	c.fresh[r] = made
	c.made = append(c.made, made)
	return made, c.fill(made, n, dialect)
}

// onlyRef reports whether nothing but a "$ref" counts in a schema.
func onlyRef(n *tree.Node, dialect schema.Dialect) bool {
	if !n.Get("$ref").Is(tree.String) {
		return false
	}
	if refStandsAlone(dialect) {
		return true
	}
	return !slices.ContainsFunc(n.Members, func(m tree.Member) bool {
		return m.Key.Text != "$ref" && judges(m.Key.Text, dialect)
	})
}

// chain follows references that lead to references. One that leads back to
// itself can judge nothing.
func (c *compilation) chain(r resource) (*checker, error) {
	passed := map[resource]bool{}
	first := r
	for onlyRef(r.node, r.dialect) {
		if passed[r] {
			return &checker{node: r.node, fixed: circular}, nil
		}
		passed[r] = true
		ref := r.node.Get("$ref")
		if known, ok := dialectByURL(ref.Text); ok {
			return metaschema(draft(known)), nil
		}
		next, err := c.leadsTo("$ref", ref, r.dialect)
		if err != nil {
			return nil, err
		}
		r = next
	}
	made, err := c.target(r)
	if err == nil {
		c.fresh[first] = made
	}
	return made, err
}

// reference compiles what a reference stands for.
func (c *compilation) reference(key string, ref *tree.Node, dialect schema.Dialect) (*checker, error) {
	if ref.Kind != tree.String {
		return nil, &Error{Node: ref, Message: key + " must be a string"}
	}
	if known, ok := dialectByURL(ref.Text); ok {
		return metaschema(draft(known)), nil
	}
	r, err := c.leadsTo(key, ref, dialect)
	if err != nil {
		return nil, err
	}
	return c.target(r)
}

func (c *compilation) leadsTo(key string, ref *tree.Node, dialect schema.Dialect) (resource, error) {
	target, err := c.set.resolve(key, ref)
	if err != nil {
		return resource{}, err
	}
	if target.Root() != ref.Root() || target.Has("$schema") || target.Parent.Has("schemaFormat") {
		dialect, err = dialectOf(target, dialect)
	}
	return resource{target, dialect}, err
}

// take counts nodes against the Set's bound.
func (c *compilation) take(n *tree.Node) error {
	c.set.nodes++
	if c.set.nodes > MaxNodes {
		return &Error{Node: n, Message: "the schemas of these documents are too large together: more than 1,048,576 nodes"}
	}
	return nil
}

// fill compiles the keywords of a schema.
func (c *compilation) fill(made *checker, n *tree.Node, dialect schema.Dialect) error {
	k := &keywords{compilation: c, made: made, node: n, dialect: dialect, version: draft(dialect)}
	if err := k.read(); err != nil {
		return err
	}
	if n.Kind == tree.Bool || len(k.words) == 0 {
		made.fixed = always
		if n.Kind == tree.Bool && !n.True() {
			made.fixed = never
		}
		return nil
	}
	k.flags()
	k.values()
	k.numbers()
	for _, part := range []func() error{k.text, k.objects, k.arrays, k.forms, k.rest} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// keywords are the words of one schema that judge values.
type keywords struct {
	*compilation
	made    *checker
	node    *tree.Node
	dialect schema.Dialect
	version int
	words   map[string]*tree.Node
	// plain are their values, where they are not schemas.
	plain map[string]any
}

// read collects the keywords and holds them against what the dialect's
// metaschema says of them. The schemas below are judged when they are
// compiled themselves.
func (k *keywords) read() error {
	if k.node.Kind != tree.Mapping {
		value, err := k.value(k.node)
		if err != nil {
			return err
		}
		return k.judge(value)
	}
	k.words = make(map[string]*tree.Node, len(k.node.Members))
	k.plain = make(map[string]any, len(k.node.Members))
	for _, m := range k.node.Members {
		word := m.Key.Text
		if k.words[word] != nil || !judges(word, k.dialect) {
			continue // of two equal keys the first counts
		}
		value, err := k.shallow(holdsOf(word), m.Value)
		if err != nil {
			return err
		}
		k.words[word] = m.Value
		if holdsOf(word) != reference {
			k.plain[word] = value
		}
	}
	if k.dialect == schema.OpenAPI30 {
		k.flags()
	}
	return k.judge(k.plain)
}

// shallow returns a keyword's value with an empty schema for every schema.
func (k *keywords) shallow(h holds, n *tree.Node) (any, error) {
	switch {
	case h == reference || h == plain:
	case h == one, h == oneOrMany && n.Kind != tree.Sequence:
		return k.outline(n)
	case n.Kind == tree.Sequence && (h == many || h == oneOrMany):
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			value, err := k.outline(item)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case n.Kind == tree.Mapping && (h == named || h == namedOrNames):
		object := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			value, err := k.outline(m.Value)
			if err != nil {
				return nil, err
			}
			if _, twice := object[m.Key.Text]; !twice {
				object[m.Key.Text] = value
			}
		}
		return object, nil
	}
	return k.value(n)
}

func (k *keywords) outline(n *tree.Node) (any, error) {
	if n.Kind == tree.Mapping {
		return map[string]any{}, nil
	}
	return k.value(n)
}

// value copies plain data, counting it.
func (k *keywords) value(n *tree.Node) (any, error) {
	if err := k.count(n); err != nil {
		return nil, err
	}
	if bad := wildNumber(n); bad != nil {
		return nil, &Error{Node: bad, Message: "the number is out of the range that can be computed with"}
	}
	return n.Value(), nil
}

func (k *keywords) count(n *tree.Node) error {
	if err := k.take(n); err != nil {
		return err
	}
	for _, item := range n.Items {
		if err := k.count(item); err != nil {
			return err
		}
	}
	for _, m := range n.Members {
		if err := k.count(m.Value); err != nil {
			return err
		}
	}
	return nil
}

// judge holds a schema against its metaschema.
func (k *keywords) judge(value any) error {
	r := run{steps: maxSteps, patterns: k.set.patterns}
	f := r.check(metaschema(k.version), value, nil)
	if f == nil {
		return nil
	}
	around := pathBelow(k.root, k.node)
	list := bounded(flatten(f, around, nil))
	if len(list) == 0 {
		return &Error{Node: k.node, Message: "is not a valid JSON Schema"}
	}
	at := k.node
	if inner := at.At(list[0].InstancePath[len(pointer(around)):]); inner != nil {
		at = inner
	}
	return &Error{Node: at, Message: "is not valid: " + list[0].Message}
}

// pathBelow returns the names that lead from one node to another; those that
// are known, where the way goes through an alias.
func pathBelow(root, n *tree.Node) []string {
	var path []string
	for ; n != root && n != nil && n.Parent != nil; n = n.Parent {
		path = append(path, n.Name())
	}
	slices.Reverse(path)
	return path
}

// maxSize bounds limits of sizes. No value is as large, and they can be
// computed with.
const maxSize = math.MaxInt32

// size returns a limit of sizes, or what is meant where there is none.
func (k *keywords) size(word string, otherwise int) int {
	n, ok := exactOf(k.plain[word])
	if !ok || !n.isInteger() {
		return otherwise
	}
	if n.compare(exact{coef: maxSize}) >= 0 {
		return maxSize
	}
	return int(n.rat().Num().Int64())
}

// below compiles a schema that stands inside this one.
func (k *keywords) below(n *tree.Node) (*checker, error) { return k.schema(n, k.dialect) }

func (k *keywords) list(word string) ([]*checker, error) {
	n := k.words[word]
	if !n.Is(tree.Sequence) {
		return nil, nil
	}
	list := make([]*checker, len(n.Items))
	for i, item := range n.Items {
		made, err := k.below(item)
		if err != nil {
			return nil, err
		}
		list[i] = made
	}
	return list, nil
}

func (k *keywords) single(word string) (*checker, error) {
	if n := k.words[word]; n != nil {
		return k.below(n)
	}
	return nil, nil
}

// others compiles what holds for the members or items that nothing else speaks
// of. A plain false is told apart: it forbids them as a whole. A boolean is
// allowed here even in draft-04, which has no boolean schemas.
func (k *keywords) others(word string) (made *checker, closed bool, err error) {
	n := k.words[word]
	if n.Is(tree.Bool) {
		if n.True() {
			return &checker{node: n, fixed: always}, false, nil
		}
		return nil, true, nil
	}
	made, err = k.single(word)
	return made, false, err
}

// namesIn returns the strings of an array.
func namesIn(v any) []string {
	list, _ := v.([]any)
	var names []string
	for _, item := range list {
		if name, ok := item.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// markLoops finds the schemas that may come back to themselves for the same
// value: those from which a way of such steps leads back.
func markLoops(made []*checker) {
	l := loops{made: make(map[*checker]bool, len(made)), numbers: map[*checker]int{}, low: map[*checker]int{}, open: map[*checker]bool{}}
	for _, c := range made {
		l.made[c] = true
	}
	for _, c := range made {
		if l.numbers[c] == 0 {
			l.visit(c)
		}
	}
}

// loops finds strongly connected parts by Tarjan's algorithm.
type loops struct {
	made         map[*checker]bool // those made before lead to none of these
	numbers, low map[*checker]int
	open         map[*checker]bool
	stack        []*checker
}

func (l *loops) visit(c *checker) {
	number := len(l.numbers) + 1
	l.numbers[c], l.low[c], l.open[c] = number, number, true
	l.stack = append(l.stack, c)
	for _, next := range c.applied() {
		if !l.made[next] {
			continue
		}
		if l.numbers[next] == 0 {
			l.visit(next)
			l.low[c] = min(l.low[c], l.low[next])
		} else if l.open[next] {
			l.low[c] = min(l.low[c], l.numbers[next])
			next.loops = true
		}
	}
	if l.low[c] < number {
		return
	}
	for {
		top := l.stack[len(l.stack)-1]
		l.stack = l.stack[:len(l.stack)-1]
		l.open[top] = false
		if top == c {
			return
		}
		top.loops, c.loops = true, true
	}
}

// applied returns the schemas that a schema applies to the same value.
func (c *checker) applied() []*checker {
	var list []*checker
	if f := c.forms; f != nil {
		list = slices.Concat(f.all, f.any, f.one)
		for _, part := range []*checker{f.not, f.test, f.then, f.other} {
			if part != nil {
				list = append(list, part)
			}
		}
	}
	if c.object != nil {
		for i := range c.object.dependents {
			if part := c.object.dependents[i].schema; part != nil {
				list = append(list, part)
			}
		}
	}
	if c.ref != nil {
		list = append(list, c.ref)
	}
	return list
}
