package schemadiff

import (
	"math/big"
	"strconv"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// kind is a set of the kinds of value that schemas tell apart.
type kind uint8

const (
	null kind = 1 << iota
	boolean
	integer
	fraction // a number that is not whole
	text
	array
	object

	number = integer | fraction
	every  = null | boolean | number | text | array | object
)

var kinds = lazy.Of[map[string]kind]{Make: func() map[string]kind {
	return map[string]kind{
		"null": null, "boolean": boolean, "integer": integer, "number": number, "string": text, "array": array, "object": object,
	}
}}

// words are what one schema says, brought from its dialect into one form.
type words struct {
	never bool
	types kind
	refs  []part

	all, any, one  []part
	not            *part
	cond, yes, els *part

	listed bool
	values []any // of "enum" or "const"

	min, max       *limit
	multiple       *big.Rat
	minLen, maxLen int // -1: none
	pattern        *string
	format         string

	props              []named
	patterns           []named
	additional         *part
	names              *part
	required           []string
	minProps, maxProps int
	needs              []need // dependentRequired
	implied            []named
	prefix             []part
	items              *part
	minItems, maxItems int
	unique             bool
	contains           *part
	minHas, maxHas     int

	// open says that something is stated about undeclared properties, other
	// than that there are none.
	open bool
	// plain says that nothing is asserted at all.
	plain bool
	// hints are values that the author gave: examples, defaults.
	hints []any
	// opaque are keywords that are not taken apart here.
	opaque []string
	// judging are the members that assert something, once they were asked for.
	judging map[string]*tree.Node
}

type limit struct {
	at      *big.Rat
	outside bool // the limit itself is not allowed
}

type named struct {
	name string
	part part
}

type need struct {
	given string
	then  []string
}

// read brings a schema into words.
func read(p part) *words {
	w := &words{types: every, minLen: -1, maxLen: -1, minProps: -1, maxProps: -1, minItems: -1, maxItems: -1, minHas: -1, maxHas: -1}
	if p.node.Kind == tree.Bool {
		w.never, w.plain = !p.node.True(), p.node.True()
		return w
	}
	r := reader{p, w}
	if ref := p.node.Get("$ref"); ref.Is(tree.String) {
		r.reference(ref)
		if !p.newer(schema.Draft2019) {
			return w
		}
	}
	r.annotations()
	asserted := len(w.refs) + len(w.opaque)
	for i, m := range p.node.Members {
		if p.node.Get(m.Key.Text) != p.node.Members[i].Value {
			continue // written twice: the first counts
		}
		if r.keyword(m.Key.Text, m.Value) {
			asserted++
		}
	}
	r.finish()
	w.plain = asserted == 0
	return w
}

type reader struct {
	p part
	w *words
}

func (r *reader) reference(ref *tree.Node) {
	target, err := r.p.refer(ref)
	if err != nil {
		r.w.opaque = append(r.w.opaque, "$ref")
		return
	}
	r.w.refs = append(r.w.refs, target)
}

func (r *reader) annotations() {
	n := r.p.node
	for _, e := range itemsOf(n.Get("examples")) {
		r.w.hints = append(r.w.hints, e.Value())
	}
	for _, key := range []string{"example", "default"} {
		if v := n.Get(key); v != nil {
			r.w.hints = append(r.w.hints, v.Value())
		}
	}
}

// keyword takes in one keyword and reports whether it asserts anything.
func (r *reader) keyword(key string, v *tree.Node) bool {
	if since, ok := arrived.Get()[key]; ok && !r.p.newer(since) {
		return false
	}
	if r.p.dialect == schema.OpenAPI30 && notInOpenAPI30.Get()[key] {
		return false
	}
	if set, ok := plainWords.Get()[key]; ok {
		set(r, v)
		return true
	}
	if set, ok := schemaWords.Get()[key]; ok {
		set(r, v)
		return true
	}
	if opaqueWords.Get()[key] {
		r.w.opaque = append(r.w.opaque, key)
		return true
	}
	return false
}

// arrived says with which draft a keyword came; before, it means nothing.
var arrived = lazy.Of[map[string]schema.Dialect]{Make: func() map[string]schema.Dialect {
	return map[string]schema.Dialect{
		"const": schema.Draft6, "contains": schema.Draft6, "propertyNames": schema.Draft6,
		"if": schema.Draft7, "then": schema.Draft7, "else": schema.Draft7,
		"dependentRequired": schema.Draft2019, "dependentSchemas": schema.Draft2019,
		"minContains": schema.Draft2019, "maxContains": schema.Draft2019,
		"unevaluatedItems": schema.Draft2019, "unevaluatedProperties": schema.Draft2019,
		"$recursiveRef": schema.Draft2019, "prefixItems": schema.Draft2020, "$dynamicRef": schema.Draft2020,
	}
}}

var notInOpenAPI30 = lazy.Of[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"const": true, "contains": true, "propertyNames": true, "if": true, "then": true, "else": true,
		"patternProperties": true, "dependencies": true, "additionalItems": true,
	}
}}

var opaqueWords = lazy.Of[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"unevaluatedItems": true, "$recursiveRef": true, "$dynamicRef": true,
	}
}}

var plainWords = lazy.Of[map[string]func(*reader, *tree.Node)]{Make: func() map[string]func(*reader, *tree.Node) {
	return map[string]func(*reader, *tree.Node){
		"type":             (*reader).types,
		"enum":             func(r *reader, v *tree.Node) { r.enum(v) },
		"const":            func(r *reader, v *tree.Node) { r.constant(v) },
		"minimum":          func(r *reader, v *tree.Node) { r.w.min = tighterMin(r.w.min, bound(v, false)) },
		"maximum":          func(r *reader, v *tree.Node) { r.w.max = tighterMax(r.w.max, bound(v, false)) },
		"exclusiveMinimum": func(r *reader, v *tree.Node) { r.w.min = tighterMin(r.w.min, bound(v, true)) },
		"exclusiveMaximum": func(r *reader, v *tree.Node) { r.w.max = tighterMax(r.w.max, bound(v, true)) },
		"multipleOf":       func(r *reader, v *tree.Node) { r.w.multiple = rat(v.Text) },
		"minLength":        func(r *reader, v *tree.Node) { r.w.minLen = count(v) },
		"maxLength":        func(r *reader, v *tree.Node) { r.w.maxLen = count(v) },
		"pattern":          func(r *reader, v *tree.Node) { r.w.pattern = &v.Text },
		"format":           func(r *reader, v *tree.Node) { r.w.format = v.Str() },
		"required":         func(r *reader, v *tree.Node) { r.w.required = texts(v) },
		"minProperties":    func(r *reader, v *tree.Node) { r.w.minProps = count(v) },
		"maxProperties":    func(r *reader, v *tree.Node) { r.w.maxProps = count(v) },
		"minItems":         func(r *reader, v *tree.Node) { r.w.minItems = count(v) },
		"maxItems":         func(r *reader, v *tree.Node) { r.w.maxItems = count(v) },
		"uniqueItems":      func(r *reader, v *tree.Node) { r.w.unique = v.True() },
		"minContains":      func(r *reader, v *tree.Node) { r.w.minHas = count(v) },
		"maxContains":      func(r *reader, v *tree.Node) { r.w.maxHas = count(v) },
	}
}}

var schemaWords = lazy.Of[map[string]func(*reader, *tree.Node)]{Make: func() map[string]func(*reader, *tree.Node) {
	return map[string]func(*reader, *tree.Node){
		"allOf":                 func(r *reader, v *tree.Node) { r.w.all = r.list(v) },
		"anyOf":                 func(r *reader, v *tree.Node) { r.w.any = r.list(v) },
		"oneOf":                 func(r *reader, v *tree.Node) { r.w.one = r.list(v) },
		"not":                   func(r *reader, v *tree.Node) { r.w.not = r.one(v) },
		"if":                    func(r *reader, v *tree.Node) { r.w.cond = r.one(v) },
		"then":                  func(r *reader, v *tree.Node) { r.w.yes = r.one(v) },
		"else":                  func(r *reader, v *tree.Node) { r.w.els = r.one(v) },
		"properties":            func(r *reader, v *tree.Node) { r.w.props = r.named(v) },
		"patternProperties":     func(r *reader, v *tree.Node) { r.w.patterns = r.named(v) },
		"additionalProperties":  func(r *reader, v *tree.Node) { r.w.additional = r.one(v); r.w.open = !isFalse(v) },
		"propertyNames":         func(r *reader, v *tree.Node) { r.w.names = r.one(v) },
		"unevaluatedProperties": (*reader).unevaluated,
		"items":                 (*reader).items,
		"prefixItems":           func(r *reader, v *tree.Node) { r.w.prefix = r.list(v) },
		"additionalItems":       func(*reader, *tree.Node) {}, // read with "items"
		"contains":              func(r *reader, v *tree.Node) { r.w.contains = r.one(v) },
		"dependentRequired":     (*reader).dependencies,
		"dependentSchemas":      (*reader).dependencies,
		"dependencies":          (*reader).dependencies,
	}
}}

func isFalse(v *tree.Node) bool { return v.Is(tree.Bool) && !v.True() }

func (r *reader) types(v *tree.Node) {
	set := kinds.Get()[v.Str()]
	for _, item := range v.Items {
		set |= kinds.Get()[item.Str()]
	}
	if r.p.dialect == schema.OpenAPI30 && r.p.node.Get("nullable").True() && v.Is(tree.String) {
		set |= null
	}
	r.w.types = set
}

func (r *reader) enum(v *tree.Node) {
	values := make([]any, 0, len(v.Items))
	for _, item := range v.Items {
		values = append(values, item.Value())
	}
	r.only(values)
}

func (r *reader) constant(v *tree.Node) { r.only([]any{v.Value()}) }

// only takes in one list of the only values; a second one beside it must hold
// as well.
func (r *reader) only(values []any) {
	if !r.w.listed {
		r.w.listed, r.w.values = true, values
		return
	}
	var both []any
	set := setOf(values)
	for _, v := range r.w.values {
		if set.has(v) {
			both = append(both, v)
		}
	}
	r.w.values = both
}

func (r *reader) one(v *tree.Node) *part {
	p := r.p.below(v)
	return &p
}

func (r *reader) list(v *tree.Node) []part {
	var list []part
	for _, item := range v.Items {
		list = append(list, r.p.below(item))
	}
	return list
}

func (r *reader) named(v *tree.Node) []named {
	var list []named
	for _, m := range v.Members {
		if v.Get(m.Key.Text) == m.Value {
			list = append(list, named{m.Key.Text, r.p.below(m.Value)})
		}
	}
	return list
}

func (r *reader) items(v *tree.Node) {
	if v.Kind != tree.Sequence {
		r.w.items = r.one(v)
		return
	}
	if r.p.newer(schema.Draft2020) {
		return
	}
	r.w.prefix = r.list(v)
	if rest := r.p.node.Get("additionalItems"); rest != nil {
		r.w.items = r.one(rest)
	}
}

func (r *reader) unevaluated(v *tree.Node) {
	r.w.open = !isFalse(v)
	r.w.opaque = append(r.w.opaque, "unevaluatedProperties")
}

func (r *reader) dependencies(v *tree.Node) {
	for _, m := range v.Members {
		if m.Value.Is(tree.Sequence) {
			r.w.needs = append(r.w.needs, need{m.Key.Text, texts(m.Value)})
			continue
		}
		r.w.implied = append(r.w.implied, named{m.Key.Text, r.p.below(m.Value)})
	}
}

// finish applies what depends on several keywords.
func (r *reader) finish() {
	w := r.w
	// Until draft-05 the exclusive limits were flags of the others.
	if r.p.node.Get("exclusiveMinimum").True() && w.min != nil {
		w.min.outside = true
	}
	if r.p.node.Get("exclusiveMaximum").True() && w.max != nil {
		w.max.outside = true
	}
	if w.contains == nil {
		w.minHas, w.maxHas = -1, -1
	} else if w.minHas < 0 {
		w.minHas = 1
	}
	switch w.format {
	case "int32", "int64":
		// Formats of numbers are limits in other words, for numbers only.
		bits := 31
		if w.format == "int64" {
			bits = 63
		}
		w.format = ""
		high := new(big.Int).Lsh(big.NewInt(1), uint(bits))
		low := new(big.Int).Neg(high)
		w.min = tighterMin(w.min, &limit{at: new(big.Rat).SetInt(low)})
		w.max = tighterMax(w.max, &limit{at: new(big.Rat).SetInt(high), outside: true})
		whole := big.NewRat(1, 1)
		if w.multiple != nil {
			whole = leastCommon(w.multiple, whole)
		}
		w.multiple = whole
	}
}

func texts(v *tree.Node) []string {
	var list []string
	for _, item := range v.Items {
		if item.Is(tree.String) {
			list = append(list, item.Text)
		}
	}
	return list
}

// count reads a size; one too large to be counted to is as good as the largest.
func count(v *tree.Node) int {
	r := rat(v.Text)
	if r == nil || !r.IsInt() || !r.Num().IsInt64() || r.Num().Int64() > maxCount {
		return maxCount
	}
	return int(r.Num().Int64())
}

const maxCount = 1 << 30

func bound(v *tree.Node, outside bool) *limit {
	if !v.Is(tree.Number) {
		return nil // a flag; see finish
	}
	if r := rat(v.Text); r != nil {
		return &limit{r, outside}
	}
	return nil
}

func rat(s string) *big.Rat {
	if len(s) > 1000 {
		return nil
	}
	if i := indexExponent(s); i >= 0 {
		if e, err := strconv.Atoi(s[i+1:]); err != nil || e > 400 || e < -400 {
			return nil
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

func indexExponent(s string) int {
	for i := range len(s) {
		if s[i] == 'e' || s[i] == 'E' {
			return i
		}
	}
	return -1
}

func tighterMin(a, b *limit) *limit {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	if c := a.at.Cmp(b.at); c > 0 || c == 0 && a.outside {
		return a
	}
	return b
}

func tighterMax(a, b *limit) *limit {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	if c := a.at.Cmp(b.at); c < 0 || c == 0 && a.outside {
		return a
	}
	return b
}

func itemsOf(v *tree.Node) []*tree.Node {
	if !v.Is(tree.Sequence) {
		return nil
	}
	return v.Items
}
