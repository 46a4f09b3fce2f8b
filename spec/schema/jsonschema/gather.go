package jsonschema

import (
	"encoding/json"
	"math/big"
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// wants is what all schemas that hold at one place ask of the value there,
// brought together.
type wants struct {
	never    bool
	types    map[string]bool // nil: any
	listed   bool            // only values are allowed
	values   []*tree.Node    // from const and enum
	examples []*tree.Node
	def      *tree.Node

	min, max     *big.Rat
	aboveMin     bool // the minimum itself is not allowed
	belowMax     bool
	multiples    []*big.Rat
	minLength    int
	maxLength    int // -1: no limit
	patterns     []string
	format       string
	minItems     int
	maxItems     int
	unique       bool
	prefix       [][]*tree.Node
	items        []*tree.Node
	contains     []*tree.Node
	minContains  int
	minProps     int
	maxProps     int
	order        []string // names of properties in the order written
	props        map[string][]*tree.Node
	required     []string
	additional   []*tree.Node
	closed       bool
	patternProps []*tree.Node // the schemas, whose Key is the pattern
	names        []*tree.Node
	dependent    []*tree.Node // their Key is the property that asks for them
	avoid        []*tree.Node // the forms of a "oneOf" that were not taken

	seen map[*tree.Node]bool // what was gathered: once is enough
}

func newWants() *wants {
	return &wants{maxLength: -1, maxItems: -1, maxProps: -1, minContains: 1, props: map[string][]*tree.Node{}, seen: map[*tree.Node]bool{}}
}

// valuesPerSchema is how many values of an enumeration cost what a schema does.
const valuesPerSchema = 16

// gather adds what a schema asks for. Of a choice one form is taken.
func (m *maker) gather(w *wants, n *tree.Node, depth, hops int) {
	if n == nil || hops > maxHops {
		w.never = true
		return
	}
	if n.Kind == tree.Bool {
		w.never = w.never || !n.True()
		return
	}
	if n = canonical(n); w.seen[n] {
		return
	}
	w.seen[n] = true
	*m.work -= 1 + n.Get("enum").Len()/valuesPerSchema
	for _, key := range []string{"$ref", "$dynamicRef", "$recursiveRef"} {
		ref := n.Get(key)
		if !ref.Is(tree.String) {
			continue
		}
		target, err := m.set.resolve(key, ref)
		if err != nil {
			w.never = true
			return
		}
		m.gather(w, target, depth, hops+1)
	}
	w.basics(n)
	w.numbers(n)
	w.sizes(n)
	w.members(n)
	m.applied(w, n, depth, hops)
}

func (w *wants) basics(n *tree.Node) {
	if t := n.Get("type"); t != nil {
		w.allow(t, n.Get("nullable").True())
	}
	if c := n.Get("const"); c != nil {
		w.only([]*tree.Node{c})
	}
	if e := n.Get("enum"); e.Is(tree.Sequence) {
		w.only(e.Items)
	}
	if e := n.Get("examples"); e.Is(tree.Sequence) {
		w.examples = append(w.examples, e.Items...)
	}
	if e := n.Get("example"); e != nil {
		w.examples = append(w.examples, e)
	}
	if d := n.Get("default"); d != nil && w.def == nil {
		w.def = d
	}
}

// allow narrows the kinds of value that are allowed.
func (w *wants) allow(t *tree.Node, nullable bool) {
	list := map[string]bool{}
	if t.Is(tree.String) {
		list[t.Text] = true
	}
	for _, item := range t.Items {
		list[item.Str()] = true
	}
	if nullable {
		list["null"] = true
	}
	if w.types == nil {
		w.types = list
		return
	}
	both := map[string]bool{}
	for t := range list {
		switch {
		case w.types[t]:
			both[t] = true
		case t == "integer" && w.types["number"], t == "number" && w.types["integer"]:
			both["integer"] = true
		}
	}
	w.types = both
}

func (w *wants) only(list []*tree.Node) {
	if !w.listed {
		w.listed, w.values = true, list
		return
	}
	var both []*tree.Node
	for _, a := range w.values {
		for _, b := range list {
			if a.Kind == b.Kind && same(a.Value(), b.Value()) {
				both = append(both, a)
				break
			}
		}
	}
	w.values = both
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

func (w *wants) numbers(n *tree.Node) {
	if r := rat(n.Get("minimum")); r != nil {
		w.raise(r, n.Get("exclusiveMinimum").True())
	}
	if r := rat(n.Get("exclusiveMinimum")); r != nil {
		w.raise(r, true)
	}
	if r := rat(n.Get("maximum")); r != nil {
		w.lower(r, n.Get("exclusiveMaximum").True())
	}
	if r := rat(n.Get("exclusiveMaximum")); r != nil {
		w.lower(r, true)
	}
	if r := rat(n.Get("multipleOf")); r != nil && r.Sign() > 0 {
		w.multiples = append(w.multiples, r)
	}
}

func (w *wants) raise(r *big.Rat, open bool) {
	if w.min == nil || r.Cmp(w.min) > 0 || (r.Cmp(w.min) == 0 && open) {
		w.min, w.aboveMin = r, open
	}
}

func (w *wants) lower(r *big.Rat, open bool) {
	if w.max == nil || r.Cmp(w.max) < 0 || (r.Cmp(w.max) == 0 && open) {
		w.max, w.belowMax = r, open
	}
}

func (w *wants) sizes(n *tree.Node) {
	atLeast(&w.minLength, n.Get("minLength"))
	atMost(&w.maxLength, n.Get("maxLength"))
	atLeast(&w.minItems, n.Get("minItems"))
	atMost(&w.maxItems, n.Get("maxItems"))
	atLeast(&w.minProps, n.Get("minProperties"))
	atMost(&w.maxProps, n.Get("maxProperties"))
	w.unique = w.unique || n.Get("uniqueItems").True()
	if p := n.Get("pattern").Str(); p != "" {
		w.patterns = append(w.patterns, p)
	}
	if f := n.Get("format").Str(); f != "" {
		w.format = f
	}
}

func (w *wants) members(n *tree.Node) {
	if items := n.Get("items"); items.Is(tree.Sequence) {
		w.addPrefix(items.Items)
		w.addItems(n.Get("additionalItems"))
	} else {
		w.addItems(items)
	}
	if prefix := n.Get("prefixItems"); prefix.Is(tree.Sequence) {
		w.addPrefix(prefix.Items)
	}
	if c := n.Get("contains"); c != nil {
		w.contains = append(w.contains, c)
		atLeast(&w.minContains, n.Get("minContains"))
	}
	if p := n.Get("properties"); p.Is(tree.Mapping) {
		for _, member := range p.Members {
			w.addProperty(member.Key.Text, member.Value)
		}
	}
	if r := n.Get("required"); r.Is(tree.Sequence) {
		for _, item := range r.Items {
			w.required = append(w.required, item.Str())
		}
	}
	if p := n.Get("patternProperties"); p.Is(tree.Mapping) {
		for _, member := range p.Members {
			w.patternProps = append(w.patternProps, member.Value)
		}
	}
	if a := n.Get("additionalProperties"); a != nil {
		w.closed = w.closed || (a.Is(tree.Bool) && !a.True())
		w.additional = append(w.additional, a)
	}
	if names := n.Get("propertyNames"); names != nil {
		w.names = append(w.names, names)
	}
	for _, key := range []string{"dependencies", "dependentRequired", "dependentSchemas"} {
		if d := n.Get(key); d.Is(tree.Mapping) {
			for _, member := range d.Members {
				w.dependent = append(w.dependent, member.Value)
			}
		}
	}
}

func (w *wants) addPrefix(list []*tree.Node) {
	for i, item := range list {
		if i == len(w.prefix) {
			w.prefix = append(w.prefix, nil)
		}
		w.prefix[i] = append(w.prefix[i], item)
	}
}

func (w *wants) addItems(n *tree.Node) {
	if n != nil {
		w.items = append(w.items, n)
	}
}

func (w *wants) addProperty(name string, n *tree.Node) {
	if _, ok := w.props[name]; !ok {
		w.order = append(w.order, name)
	}
	w.props[name] = append(w.props[name], n)
}

// applied follows the keywords that bring in further schemas for the same
// place.
func (m *maker) applied(w *wants, n *tree.Node, depth, hops int) {
	if all := n.Get("allOf"); all.Is(tree.Sequence) {
		for _, part := range all.Items {
			m.gather(w, part, depth, hops+1)
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		choice := n.Get(key)
		if !choice.Is(tree.Sequence) || len(choice.Items) == 0 {
			continue
		}
		taken := m.choose(choice.Items, depth)
		m.gather(w, taken, depth, hops+1)
		for _, other := range choice.Items {
			if key == "oneOf" && other != taken {
				w.avoid = append(w.avoid, other)
			}
		}
	}
	if n.Has("if") {
		m.conditional(w, n, depth, hops)
	}
}

// choose takes one form of a choice: any near the top, and deep down the one
// that is finished soonest, so that recursive schemas end.
func (m *maker) choose(list []*tree.Node, depth int) *tree.Node {
	if depth < sampleShallow {
		return list[m.rng.IntN(len(list))]
	}
	best, least := list[0], hopeless
	for _, n := range list {
		if h := m.height(n); h < least {
			best, least = n, h
		}
	}
	return best
}

func (m *maker) conditional(w *wants, n *tree.Node, depth, hops int) {
	if m.rng.IntN(2) == 0 {
		m.gather(w, n.Get("if"), depth, hops+1)
		if then := n.Get("then"); then != nil {
			m.gather(w, then, depth, hops+1)
		}
		return
	}
	if otherwise := n.Get("else"); otherwise != nil {
		m.gather(w, otherwise, depth, hops+1)
	}
}

// hopeless is the height of a value that has no end.
const hopeless = 1 << 20

// height is how many levels the smallest value of a schema has.
func (m *maker) height(n *tree.Node) int {
	if n == nil || n.Kind != tree.Mapping {
		return 0
	}
	if h, ok := m.heights[n]; ok {
		return h
	}
	m.heights[n] = hopeless // if it is met again on the way down
	highest := 0
	if ref := n.Get("$ref"); ref.Is(tree.String) {
		if target, err := m.set.resolve("$ref", ref); err == nil {
			highest = max(highest, m.height(target))
		}
	}
	for _, part := range items(n.Get("allOf")) {
		highest = max(highest, m.height(part))
	}
	for _, item := range items(n.Get("required")) {
		highest = max(highest, 1+m.height(n.Get("properties").Get(item.Str())))
	}
	if r := rat(n.Get("minItems")); r != nil && r.Sign() > 0 {
		highest = max(highest, 1+m.height(n.Get("items")))
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if list := items(n.Get(key)); len(list) > 0 {
			highest = max(highest, m.lowest(list))
		}
	}
	m.heights[n] = min(highest, hopeless)
	return m.heights[n]
}

func (m *maker) lowest(list []*tree.Node) int {
	least := hopeless
	for _, n := range list {
		least = min(least, m.height(n))
	}
	return least
}

// hint says which kind of value the keywords speak of, or "".
func (w *wants) hint() string {
	switch {
	case len(w.order) > 0 || len(w.required) > 0 || w.minProps > 0 || len(w.patternProps) > 0:
		return "object"
	case len(w.items) > 0 || len(w.prefix) > 0 || w.minItems > 0 || len(w.contains) > 0:
		return "array"
	case len(w.patterns) > 0 || w.minLength > 0 || w.maxLength >= 0:
		return "string"
	case len(w.multiples) > 0 || w.min != nil || w.max != nil:
		return "number"
	case w.closed || len(w.additional) > 0:
		return "object"
	}
	return ""
}

func rat(n *tree.Node) *big.Rat {
	if !n.Is(tree.Number) || wild(n.Text) {
		return nil
	}
	r, ok := new(big.Rat).SetString(n.Text)
	if !ok {
		return nil
	}
	return r
}

func atLeast(limit *int, n *tree.Node) {
	if v, ok := whole(n); ok {
		*limit = max(*limit, v)
	}
}

func atMost(limit *int, n *tree.Node) {
	if v, ok := whole(n); ok && (*limit < 0 || v < *limit) {
		*limit = v
	}
}

func whole(n *tree.Node) (int, bool) {
	if !n.Is(tree.Number) {
		return 0, false
	}
	if v, err := strconv.Atoi(n.Text); err == nil {
		return v, true
	}
	r := rat(n)
	if r == nil || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return int(r.Num().Int64()), true
}

func items(n *tree.Node) []*tree.Node {
	if n.Is(tree.Sequence) {
		return n.Items
	}
	return nil
}
