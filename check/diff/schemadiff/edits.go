package schemadiff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// Edit is one thing that differs between two versions of a schema, at one part
// of the value that it describes. Annotations, order, and how a schema is split
// into references and "allOf" are no differences.
type Edit struct {
	Kind EditKind
	// At is the part of the value: "", ".lines[].price".
	At string
	// Name is the property, for edits about one; NewName for renamed ones.
	Name, NewName string
	// Keyword is the word that changed, for edits about one.
	Keyword string
	// Required says that the property was, or is, required.
	Required bool
	// From and To are what stood and stands there, in words, or "".
	From, To string
	// Before and After are the places in the two versions; nil for none.
	Before, After *tree.Node
}

// EditKind is a kind of difference.
type EditKind string

// The kinds of difference.
const (
	PropertyAdded     EditKind = "property-added"
	PropertyRemoved   EditKind = "property-removed"
	PropertyRenamed   EditKind = "property-renamed"
	BecameRequired    EditKind = "property-required"
	BecameOptional    EditKind = "property-optional"
	TypeWidened       EditKind = "type-widened"
	TypeNarrowed      EditKind = "type-narrowed"
	TypeChanged       EditKind = "type-changed"
	ValueAdded        EditKind = "enum-value-added"
	ValueRemoved      EditKind = "enum-value-removed"
	EnumAdded         EditKind = "enum-added"
	EnumRemoved       EditKind = "enum-removed"
	LimitChanged      EditKind = "limit-changed"
	PatternChanged    EditKind = "pattern-changed"
	FormatChanged     EditKind = "format-changed"
	AdditionalChanged EditKind = "additional-properties"
	BranchAdded       EditKind = "branch-added"
	BranchRemoved     EditKind = "branch-removed"
	BranchChanged     EditKind = "branch-changed"
	RuleChanged       EditKind = "rule-changed"
	DefaultChanged    EditKind = "default-changed"
)

// maxEdits bounds how many differences of one schema are listed.
const maxEdits = 1000

// Edits lists the differences between an old and a new version of a schema.
func Edits(before, after Schema) ([]Edit, error) {
	c := startCase(before.part(), after.part())
	if !c.same(c.writer, c.reader) {
		if _, err := newCase(before, after); err != nil {
			return nil, err
		}
	}
	e := &editor{c: c, seen: map[pair]bool{}}
	e.compare("", c.writer, c.reader)
	return e.list, nil
}

// Same reports whether two schemas say the same, apart from annotations.
func Same(a, b Schema) bool {
	c := startCase(a.part(), b.part())
	return c.same(c.writer, c.reader)
}

type editor struct {
	c    *question
	list []Edit
	seen map[pair]bool
}

func (e *editor) add(d Edit) {
	if len(e.list) < maxEdits {
		e.list = append(e.list, d)
	}
}

// view is a schema with what it refers to and its "allOf" in one.
type view struct {
	node     *tree.Node
	types    kind
	props    map[string][]part
	required map[string]*tree.Node
	listed   bool
	values   []any
	words    map[string]*tree.Node // the value of a keyword, where one part has it
	parts    []part
	items    []part
	prefix   [][]part
	add      []part
	def      *tree.Node
}

func (e *editor) view(p part) *view {
	v := &view{types: every, props: map[string][]part{}, required: map[string]*tree.Node{}, words: map[string]*tree.Node{}}
	queue, seen := []part{p}, map[part]bool{}
	for len(queue) > 0 && len(seen) < maxParts {
		q := queue[0]
		queue = queue[1:]
		if seen[q] {
			continue
		}
		seen[q] = true
		w := e.c.words(q)
		v.take(q, w, e.c.judging(q))
		queue = append(queue, w.refs...)
		queue = append(queue, w.all...)
	}
	v.node = e.c.deref(p).node
	return v
}

func (v *view) take(p part, w *words, judging map[string]*tree.Node) {
	v.parts = append(v.parts, p)
	v.types &= w.types
	if w.never {
		v.types = 0
	}
	for _, prop := range w.props {
		v.props[prop.name] = append(v.props[prop.name], prop.part)
	}
	for _, item := range itemsOf(p.node.Get("required")) {
		v.required[item.Str()] = item
	}
	if w.listed {
		v.listed, v.values = true, w.values
	}
	for key, n := range judging {
		if _, have := v.words[key]; !have {
			v.words[key] = n
		}
	}
	if w.items != nil {
		v.items = append(v.items, *w.items)
	}
	for i, q := range w.prefix {
		if i >= len(v.prefix) {
			v.prefix = append(v.prefix, nil)
		}
		v.prefix[i] = append(v.prefix[i], q)
	}
	if w.additional != nil {
		v.add = append(v.add, *w.additional)
	}
	if d := p.node.Get("default"); d != nil {
		v.def = d
	}
}

func (e *editor) compare(at string, a, b part) {
	a, b = e.c.deref(a), e.c.deref(b)
	if e.seen[pair{a, b}] {
		return
	}
	e.seen[pair{a, b}] = true
	x, y := e.view(a), e.view(b)
	e.defaults(at, x, y)
	if e.c.same(a, b) {
		e.quiet(at, x, y)
		return
	}
	e.types(at, x, y)
	e.values(at, x, y)
	e.plain(at, x, y)
	e.properties(at, x, y)
	e.additional(at, x, y)
	e.items(at, x, y)
	e.forms(at, x, y)
}

// quiet goes on below schemas that judge the same, for defaults only.
func (e *editor) quiet(at string, x, y *view) {
	for _, name := range slices.Sorted(maps.Keys(x.props)) {
		if q := y.props[name]; q != nil {
			e.compare(at+"."+name, x.props[name][0], q[0])
		}
	}
	if len(x.items) == 1 && len(y.items) == 1 {
		e.compare(at+"[]", x.items[0], y.items[0])
	}
}

func (e *editor) defaults(at string, x, y *view) {
	if from, to := compact(x.def), compact(y.def); from != to {
		e.add(Edit{Kind: DefaultChanged, At: at, Keyword: "default", From: from, To: to, Before: x.def, After: y.def})
	}
}

func compact(n *tree.Node) string {
	if n == nil {
		return ""
	}
	return show(n.Value())
}

func (e *editor) types(at string, x, y *view) {
	if x.types == y.types {
		return
	}
	d := Edit{Kind: TypeChanged, At: at, Keyword: "type", From: x.types.String(), To: y.types.String(), Before: x.place("type"), After: y.place("type")}
	switch {
	case x.types&^y.types == 0:
		d.Kind = TypeWidened
	case y.types&^x.types == 0:
		d.Kind = TypeNarrowed
	}
	e.add(d)
}

// place is where a keyword stands, or else the schema that could have it.
func (v *view) place(keyword string) *tree.Node {
	if n := v.words[keyword]; n != nil {
		return n
	}
	return v.node
}

// String names a set of kinds.
func (k kind) String() string {
	if k == every {
		return "any type"
	}
	var names []string
	for _, n := range []struct {
		kind kind
		name string
	}{{object, "object"}, {array, "array"}, {text, "string"}, {number, "number"}, {integer, "integer"}, {boolean, "boolean"}, {null, "null"}} {
		if k&n.kind == n.kind {
			names = append(names, n.name)
			k &^= n.kind
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " or ")
}

func (e *editor) values(at string, x, y *view) {
	if !x.listed && !y.listed {
		return
	}
	keyword := func(v *view) *tree.Node {
		if v.words["enum"] == nil && v.words["const"] != nil {
			return v.words["const"]
		}
		return v.place("enum")
	}
	d := Edit{At: at, Keyword: "enum", Before: keyword(x), After: keyword(y)}
	switch {
	case !x.listed:
		d.Kind, d.To = EnumAdded, list(y.values)
		e.add(d)
		return
	case !y.listed:
		d.Kind, d.From = EnumRemoved, list(x.values)
		e.add(d)
		return
	}
	if gone := without(x.values, y.values); len(gone) > 0 {
		d.Kind, d.From, d.To = ValueRemoved, list(gone), ""
		e.add(d)
	}
	if more := without(y.values, x.values); len(more) > 0 {
		d.Kind, d.From, d.To = ValueAdded, "", list(more)
		e.add(d)
	}
}

func without(values, others []any) []any {
	var rest []any
	known := setOf(others)
	for _, v := range values {
		if !known.has(v) {
			rest = append(rest, v)
		}
	}
	return rest
}

func list(values []any) string {
	var names []string
	for _, v := range values[:min(len(values), 8)] {
		names = append(names, show(v))
	}
	if len(values) > 8 {
		names = append(names, fmt.Sprintf("%d others", len(values)-8))
	}
	return strings.Join(names, ", ")
}

// limits are the keywords that bound a size or a number, in the order in which
// their changes are told, with the name that demands have.
var limits = []struct{ keyword, demand string }{
	{"minimum", "minimum"},
	{"exclusiveMinimum", "minimum"},
	{"maximum", "maximum"},
	{"exclusiveMaximum", "maximum"},
	{"multipleOf", "multipleOf"},
	{"minLength", "minLength"},
	{"maxLength", "maxLength"},
	{"minItems", "minItems"},
	{"maxItems", "maxItems"},
	{"uniqueItems", "uniqueItems"},
	{"minProperties", "minProperties"},
	{"maxProperties", "maxProperties"},
	{"minContains", "contains"},
	{"maxContains", "contains"},
}

func (e *editor) plain(at string, x, y *view) {
	for _, l := range limits {
		e.word(LimitChanged, at, l.keyword, l.demand, x, y)
	}
	e.word(PatternChanged, at, "pattern", "pattern", x, y)
	e.word(FormatChanged, at, "format", "format", x, y)
}

func (e *editor) word(kind EditKind, at, keyword, demand string, x, y *view) {
	a, b := x.words[keyword], y.words[keyword]
	if a == nil && b == nil || a != nil && b != nil && equal(a.Value(), b.Value()) {
		return
	}
	from, to := "", ""
	if a != nil {
		from = keyword + " " + compact(a)
	}
	if b != nil {
		to = keyword + " " + compact(b)
	}
	e.add(Edit{Kind: kind, At: at, Keyword: demand, From: from, To: to, Before: x.place(keyword), After: y.place(keyword)})
}

func (e *editor) properties(at string, x, y *view) {
	var gone, more []string
	for name := range x.props {
		if y.props[name] == nil {
			gone = append(gone, name)
		}
	}
	for name := range y.props {
		if x.props[name] == nil {
			more = append(more, name)
		}
	}
	slices.Sort(gone)
	slices.Sort(more)
	gone, more = e.renamed(at, x, y, gone, more)
	for _, name := range gone {
		e.add(Edit{Kind: PropertyRemoved, At: at, Name: name, Required: x.required[name] != nil, Before: x.props[name][0].node, After: y.place("properties")})
	}
	for _, name := range more {
		e.add(Edit{Kind: PropertyAdded, At: at, Name: name, Required: y.required[name] != nil, Before: x.place("properties"), After: y.props[name][0].node})
	}
	e.requirements(at, x, y, gone, more)
	for _, name := range slices.Sorted(maps.Keys(x.props)) {
		for i, p := range x.props[name] {
			if q := y.props[name]; len(q) > 0 {
				e.compare(at+"."+name, p, q[min(i, len(q)-1)])
			}
		}
	}
}

// renamed finds properties that went away and came back under another name:
// with the same schema, as much required, and no other candidate.
func (e *editor) renamed(at string, x, y *view, gone, more []string) (left, right []string) {
	fits := func(old, name string) bool {
		return (x.required[old] != nil) == (y.required[name] != nil) && telling(e.c.words(x.props[old][0])) &&
			e.c.same(x.props[old][0], y.props[name][0])
	}
	for _, old := range gone {
		var found []string
		for _, name := range more {
			if fits(old, name) && close(old, name, len(gone) == 1 && len(more) == 1) {
				found = append(found, name)
			}
		}
		if len(found) != 1 {
			left = append(left, old)
			continue
		}
		more = slices.DeleteFunc(slices.Clone(more), func(n string) bool { return n == found[0] })
		e.add(Edit{
			Kind: PropertyRenamed, At: at, Name: old, NewName: found[0], Required: x.required[old] != nil,
			Before: x.props[old][0].node, After: y.props[found[0]][0].node,
		})
	}
	return left, more
}

// telling reports whether a schema says enough to know it again.
func telling(w *words) bool { return !w.plain }

// close reports whether two names may be one that was changed. Where there is
// only one candidate they need less in common.
func close(a, b string, only bool) bool {
	x, y := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(a)), strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(b))
	if x == y || strings.Contains(x, y) || strings.Contains(y, x) {
		return true
	}
	return only && commonPrefix(x, y)+commonSuffix(x, y) >= 3
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

func (e *editor) requirements(at string, x, y *view, gone, more []string) {
	handled := func(name string) bool {
		return slices.Contains(gone, name) || slices.Contains(more, name) ||
			slices.ContainsFunc(e.list, func(d Edit) bool {
				return d.Kind == PropertyRenamed && d.At == at && (d.Name == name || d.NewName == name)
			})
	}
	for _, name := range slices.Sorted(maps.Keys(y.required)) {
		if x.required[name] == nil && !handled(name) {
			e.add(Edit{Kind: BecameRequired, At: at, Name: name, Keyword: "required", Before: x.declaration(name), After: y.required[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.required)) {
		if y.required[name] == nil && !handled(name) {
			e.add(Edit{Kind: BecameOptional, At: at, Name: name, Keyword: "required", Before: x.required[name], After: y.declaration(name)})
		}
	}
}

func (v *view) declaration(name string) *tree.Node {
	if p := v.props[name]; len(p) > 0 {
		return p[0].node
	}
	return v.place("required")
}

func (e *editor) additional(at string, x, y *view) {
	e.keyed(at, "patternProperties", x, y)
	if len(x.add) == 0 && len(y.add) == 0 {
		return
	}
	if len(x.add) == 1 && len(y.add) == 1 {
		a, b := x.add[0], y.add[0]
		if e.c.same(a, b) {
			return
		}
		if a.node.Is(tree.Mapping) && b.node.Is(tree.Mapping) {
			e.compare(at+".*", a, b)
			return
		}
	}
	said := func(v *view) string {
		if len(v.add) == 0 {
			return "nothing said"
		}
		return compact(v.add[0].node)
	}
	e.add(Edit{
		Kind: AdditionalChanged, At: at, Keyword: "additionalProperties", From: said(x), To: said(y),
		Before: x.place("additionalProperties"), After: y.place("additionalProperties"),
	})
}

func (e *editor) keyed(at, keyword string, x, y *view) {
	a, b := x.words[keyword], y.words[keyword]
	if a == nil && b == nil {
		return
	}
	names := map[string]bool{}
	for _, n := range []*tree.Node{a, b} {
		if n != nil {
			for _, m := range n.Members {
				names[m.Key.Text] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		p, q := a.Get(name), b.Get(name)
		if p != nil && q != nil {
			e.compare(at+"./"+name+"/", x.parts[0].below(p), y.parts[0].below(q))
			continue
		}
		e.rule(at, keyword, x, y)
	}
}

func (e *editor) rule(at, keyword string, x, y *view) {
	e.add(Edit{Kind: RuleChanged, At: at, Keyword: keyword, Before: x.place(keyword), After: y.place(keyword)})
}

func (e *editor) items(at string, x, y *view) {
	if len(x.items) == 1 && len(y.items) == 1 {
		e.compare(at+"[]", x.items[0], y.items[0])
	} else if len(x.items)+len(y.items) > 0 {
		e.rule(at, "items", x, y)
	}
	for i := range max(len(x.prefix), len(y.prefix)) {
		if i < len(x.prefix) && i < len(y.prefix) {
			e.compare(fmt.Sprintf("%s[%d]", at, i), x.prefix[i][0], y.prefix[i][0])
			continue
		}
		e.rule(at, cmp.Or(map[bool]string{true: "prefixItems"}[x.words["prefixItems"] != nil || y.words["prefixItems"] != nil], "items"), x, y)
	}
}

func (e *editor) forms(at string, x, y *view) {
	for _, keyword := range []string{"oneOf", "anyOf"} {
		e.branches(at, keyword, x, y)
	}
	for _, keyword := range []string{
		"not", "if", "then", "else", "contains", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies",
		"unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef",
	} {
		if !e.sameWord(keyword, x, y) {
			e.rule(at, keyword, x, y)
		}
	}
}

func (e *editor) sameWord(keyword string, x, y *view) bool {
	a, b := x.words[keyword], y.words[keyword]
	if a == nil || b == nil {
		return a == b
	}
	m := matcher{c: e.c, assumed: map[pair]bool{}}
	return m.keyword(keyword, x.parts[0], y.parts[0], a, b)
}

func (e *editor) branches(at, keyword string, x, y *view) {
	a, b := itemsOf(x.words[keyword]), itemsOf(y.words[keyword])
	if len(a) == 0 && len(b) == 0 {
		return
	}
	d := Edit{At: at, Keyword: keyword, Before: x.place(keyword), After: y.place(keyword)}
	if len(a) == 0 || len(b) == 0 {
		d.Kind = RuleChanged
		e.add(d)
		return
	}
	gone, more := e.unmatched(x, y, a, b)
	if len(gone) == len(more) && len(gone) > 0 {
		for i := range gone {
			d.Kind, d.Before, d.After = BranchChanged, gone[i], more[i]
			e.add(d)
		}
		return
	}
	for _, n := range gone {
		d.Kind, d.Before, d.After = BranchRemoved, n, y.place(keyword)
		e.add(d)
	}
	for _, n := range more {
		d.Kind, d.Before, d.After = BranchAdded, x.place(keyword), n
		e.add(d)
	}
}

func (e *editor) unmatched(x, y *view, a, b []*tree.Node) (gone, more []*tree.Node) {
	more = slices.Clone(b)
	for _, n := range a {
		i := slices.IndexFunc(more, func(m *tree.Node) bool { return e.c.same(x.parts[0].below(n), y.parts[0].below(m)) })
		if i < 0 {
			gone = append(gone, n)
			continue
		}
		more = slices.Delete(more, i, i+1)
	}
	return gone, more
}
