package avro

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The bounds of one schema with all that it refers to.
const (
	maxNodes    = 1 << 20 // values that are looked at
	maxDepth    = 500     // schemas in one another, references included
	maxFaults   = 200     // faults that are told
	maxCompared = 200_000 // names compared to suggest others
)

// reader reads one schema, and collects what is wrong with it on the way.
type reader struct {
	ctx     context.Context
	refs    Resolver
	version version
	names   map[string]*Type
	seen    map[place]*Type
	found   []diag.Diagnostic
	// later are names that were used and not defined by then.
	later []unresolved
	// defaults wait until every type is known.
	defaults []pendingDefault
	// broken is the first reference that leads nowhere.
	broken      error
	left, depth int
	compared    int
}

// place is a schema as it is read: the namespace around it counts.
type place struct {
	node  *tree.Node
	space string
}

type unresolved struct {
	name string // as it was meant, with its namespace
	at   *tree.Node
}

func newReader(ctx context.Context, refs Resolver, v string) *reader {
	return &reader{ctx: ctx, refs: refs, version: versionOf(v), names: map[string]*Type{}, seen: map[place]*Type{}, left: maxNodes}
}

// root reads a whole schema.
func (r *reader) root(n *tree.Node) *Type {
	t := r.schema(n, "")
	r.undefined()
	r.checkDefaults()
	r.checkEndless()
	return t
}

// fault reports what is wrong with a value. What it returns is for more to be
// added, before the next fault.
func (r *reader) fault(code diag.Code, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	if len(r.found) >= maxFaults {
		return &diag.Diagnostic{}
	}
	r.found = append(r.found, diag.Diagnostic{
		Code: code, Severity: severityOf(code), Message: fmt.Sprintf(format, args...), Path: n.Path(), Span: head(n),
	})
	return &r.found[len(r.found)-1]
}

// head is the text that stands for a value: itself where it is a scalar, else
// its key or its first byte.
func head(n *tree.Node) source.Span {
	if n.Kind != tree.Mapping && n.Kind != tree.Sequence {
		return n.Span
	}
	if n.Key != nil {
		return n.Key.Span
	}
	s := n.Span
	s.End = min(s.End, s.Start+1)
	return s
}

// schema reads the schema at a node, within a namespace. It never returns nil.
func (r *reader) schema(n *tree.Node, space string) *Type {
	for n != nil && n.Alias != nil {
		n = n.Alias
	}
	if n == nil {
		return &Type{}
	}
	at := place{n, space}
	if known, ok := r.seen[at]; ok {
		return known
	}
	if r.left--; r.left < 0 || r.depth >= maxDepth || r.ctx.Err() != nil {
		r.tooMuch(n)
		return &Type{Node: n}
	}
	r.depth++
	defer func() { r.depth-- }()
	switch n.Kind {
	case tree.String:
		return r.named(n, space)
	case tree.Sequence:
		t := &Type{Kind: Union, Node: n}
		r.seen[at] = t
		r.union(t, space)
		return t
	case tree.Mapping:
		return r.object(n, at)
	}
	r.fault(CodeType, n, "a schema is a name, an object or an array of schemas, and this is %s", whatIs(n.Value()))
	return &Type{Node: n}
}

func (r *reader) tooMuch(n *tree.Node) {
	if slices.ContainsFunc(r.found, func(d diag.Diagnostic) bool { return d.Code == CodeTooLarge }) {
		return
	}
	r.fault(CodeTooLarge, n, "the schema is too large, or nests more than %d schemas in one another", maxDepth)
}

// named reads a schema that is a name.
func (r *reader) named(n *tree.Node, around string) *Type {
	if k := primitive(n.Text); k != 0 {
		return &Type{Kind: k, Node: n}
	}
	full := n.Text
	if !strings.Contains(full, ".") && around != "" {
		full = around + "." + full
	}
	if t, ok := r.names[full]; ok {
		return t
	}
	// A type without namespace has no other name by which it could be meant.
	if t, ok := r.names[n.Text]; ok {
		return t
	}
	r.later = append(r.later, unresolved{name: full, at: n})
	return &Type{Node: n}
}

// undefined tells of names that no schema defines, or only one further on.
func (r *reader) undefined() {
	for _, u := range r.later {
		if t, ok := r.names[u.name]; ok {
			d := r.fault(CodeUnknownType, u.at, "%s is used before it is defined", quote(u.name))
			d.Help = "define a type where it is first used, and refer to it by name after that"
			d.Related = append(d.Related, diag.Related{Message: "it is defined here", Span: head(t.Node)})
			continue
		}
		d := r.fault(CodeUnknownType, u.at, "%s is not a type that Avro or this schema knows", quote(u.at.Text))
		d.Help = r.insteadOf(u)
	}
}

// insteadOf suggests what an unknown name was meant to be.
func (r *reader) insteadOf(u unresolved) string {
	written := u.at.Text
	if slices.Contains(kindNames[Record:Union], written) {
		return fmt.Sprintf("write {\"type\": \"%s\", …} in its place, with all that belongs to it inside", written)
	}
	if slices.Contains(kindNames[:], strings.ToLower(written)) {
		return fmt.Sprintf("write %q: names have upper and lower case", strings.ToLower(written))
	}
	if logical := Logical(written); logicalRule(logical) != nil {
		return fmt.Sprintf("%q is a logical type: write {\"type\": %q, \"logicalType\": %q}", written, logicalRule(logical).bases[0].String(), written)
	}
	if known, ok := otherNames.Get()[strings.ToLower(written)]; ok {
		return fmt.Sprintf("Avro calls it %q", known)
	}
	var candidates []string
	for k := Null; k <= String; k++ {
		candidates = append(candidates, k.String())
	}
	for name := range r.names {
		if short(name) == short(written) {
			return fmt.Sprintf("write the whole name, %q", shorten(name))
		}
		candidates = append(candidates, name, short(name))
	}
	slices.Sort(candidates)
	if r.compared += len(candidates); r.compared <= maxCompared {
		if help := diag.DidYouMean(written, candidates); help != "" {
			return help
		}
	}
	return "define it here where it is first used, or refer to the file that does with $ref"
}

// otherNames are names by which other languages know what Avro has.
var otherNames = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"integer": "int", "number": "double", "bool": "boolean", "text": "string", "str": "string", "object": "record",
		"int32": "int", "int64": "long", "bigint": "long", "float32": "float", "float64": "double", "byte": "bytes", "binary": "bytes",
		"list": "array", "struct": "record", "datetime": "long with the logical type timestamp-millis",
		"timestamp": "long with the logical type timestamp-millis", "none": "null",
	}
}}

// union reads the branches of a union.
func (r *reader) union(t *Type, space string) {
	if len(t.Node.Items) == 0 {
		r.fault(CodeRequired, t.Node, "a union needs at least one schema")
		return
	}
	first := map[string]*tree.Node{}
	for _, item := range t.Node.Items {
		b := r.schema(item, space)
		if b.Kind == Union {
			r.fault(CodeNestedUnion, item, "a union cannot stand in a union").Help = "list the branches of the inner one in the outer"
			continue
		}
		t.Branches = append(t.Branches, b)
		if b.Kind == 0 {
			continue
		}
		name := b.branchName()
		if other, twice := first[name]; twice {
			r.twice(CodeDuplicateBranch, item, other, "the union has %s twice, and readers tell its branches apart by that", name)
			continue
		}
		first[name] = item
	}
}

// twice is a fault about the second of two things that must differ.
func (r *reader) twice(code diag.Code, second, first *tree.Node, format, name string) {
	d := r.fault(code, second, format, quote(name))
	if first != nil && first.Span.IsValid() {
		d.Related = append(d.Related, diag.Related{Message: "it stands here first", Span: head(first)})
	}
}

// object reads a schema that is an object: by its type.
func (r *reader) object(n *tree.Node, at place) *Type {
	if ref := n.Get("$ref"); ref.Is(tree.String) {
		return r.reference(ref, at)
	}
	kind := n.Get("type")
	switch {
	case kind == nil:
		r.noType(n)
		return &Type{Node: n}
	case kind.Kind == tree.Mapping || kind.Kind == tree.Sequence:
		return r.wrapped(n, kind, at)
	case kind.Kind != tree.String:
		r.fault(CodeType, kind, "\"type\" is the name of a type, and this is %s", whatIs(kind.Value()))
		return &Type{Node: n}
	}
	k := kindOfObject(kind.Text)
	if k == 0 {
		t := r.schema(kind, at.space)
		r.ignoredLogical(n, t)
		return t
	}
	t := &Type{Kind: k, Node: n}
	r.seen[at] = t
	r.fill(t, at.space)
	return t
}

func kindOfObject(name string) Kind {
	switch name {
	case "record", "error": // an "error" is a record that a protocol may answer with
		return Record
	case "enum":
		return Enum
	case "array":
		return Array
	case "map":
		return Map
	case "fixed":
		return Fixed
	}
	return primitive(name)
}

func (r *reader) noType(n *tree.Node) {
	d := r.fault(CodeRequired, n, "a schema needs \"type\"")
	for i := range n.Members {
		if key := n.Members[i].Key.Text; diag.Nearest(key, []string{"type"}) != "" {
			d.Help = fmt.Sprintf("is %s meant to be it?", quote(key))
			return
		}
	}
	for _, k := range []struct{ key, kind string }{
		{"fields", "record"},
		{"symbols", "enum"},
		{"items", "array"},
		{"values", "map"},
		{"size", "fixed"},
		{"properties", "record"},
	} {
		if n.Has(k.key) {
			d.Help = fmt.Sprintf("with %q it is probably {\"type\": %q}", k.key, k.kind)
			return
		}
	}
}

// wrapped reads {"type": {"type": …}}, which some libraries take for the inner
// schema.
func (r *reader) wrapped(n, inner *tree.Node, at place) *Type {
	d := r.fault(CodeWrapped, inner, "the type of this schema is a schema itself, which not every reader understands")
	d.Help = "write the inner schema in the place of the outer"
	t := r.schema(inner, at.space)
	r.ignoredLogical(n, t)
	return t
}

func (r *reader) ignoredLogical(n *tree.Node, t *Type) {
	if l := n.Get("logicalType"); l != nil && t.Kind != 0 {
		r.fault(CodeLogical, l, "a logical type beside the name of a type that is defined elsewhere is ignored").
			Help = "move it to where the type is defined"
	}
}

// reference reads what a "$ref" names, as if it were written here.
func (r *reader) reference(ref *tree.Node, at place) *Type {
	target, err := r.follow(ref)
	if err != nil {
		if r.broken == nil {
			r.broken = err
		}
		return &Type{Node: ref}
	}
	return r.schema(target, at.space)
}

// fill reads the attributes of a kind.
func (r *reader) fill(t *Type, around string) {
	r.misspelt(t.Node, attributesOf(t.Kind))
	t.Doc = r.text(t.Node, "doc")
	if t.Kind.Named() {
		around = r.define(t, around)
	}
	switch t.Kind {
	case Record:
		r.fieldsOf(t, around)
	case Enum:
		r.symbolsOf(t)
	case Fixed:
		r.sizeOf(t)
	case Array:
		t.Items = r.part(t, "items", around)
	case Map:
		t.Items = r.part(t, "values", around)
	}
	r.logical(t)
}

// part reads a schema that must be there.
func (r *reader) part(t *Type, key, around string) *Type {
	n := t.Node.Get(key)
	if n == nil {
		r.fault(CodeRequired, t.Node, "%s needs %q", article(t.Kind.String()), key)
		return &Type{Node: t.Node}
	}
	return r.schema(n, around)
}

// text reads an attribute that is a string, where it is there.
func (r *reader) text(n *tree.Node, key string) string {
	v := n.Get(key)
	if v != nil && v.Kind != tree.String {
		r.fault(CodeType, v, "%q must be a string, is %s", key, whatIs(v.Value()))
	}
	return v.Str()
}

// list reads an attribute that is an array.
func (r *reader) list(n *tree.Node, key string) []*tree.Node {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	if v.Kind != tree.Sequence {
		r.fault(CodeType, v, "%q must be an array, is %s", key, whatIs(v.Value()))
		return nil
	}
	return v.Items
}

func (r *reader) fieldsOf(t *Type, around string) {
	if !t.Node.Has("fields") {
		r.fault(CodeRequired, t.Node, "a record needs \"fields\"").Help = "one without any has \"fields\": []"
		return
	}
	t.fields = map[string]int{}
	taken := map[string]*tree.Node{}
	for _, n := range r.list(t.Node, "fields") {
		r.left--
		if n.Kind != tree.Mapping {
			r.fault(CodeType, n, "a field must be an object with \"name\" and \"type\", is %s", whatIs(n.Value()))
			continue
		}
		f := r.field(n, around)
		if f.Name == "" {
			continue
		}
		if other, twice := taken[f.Name]; twice {
			r.twice(CodeDuplicateField, n.Get("name"), other, "the record has a field %s twice", f.Name)
			continue
		}
		taken[f.Name] = n.Get("name")
		t.fields[f.Name] = len(t.Fields)
		t.Fields = append(t.Fields, f)
	}
	r.fieldAliases(t)
}

// field reads one field of a record.
func (r *reader) field(n *tree.Node, around string) *Field {
	r.misspelt(n, fieldAttributes)
	f := &Field{Node: n, Name: r.ownName(n, "a field"), Doc: r.text(n, "doc"), Order: r.order(n)}
	kind := n.Get("type")
	if kind == nil {
		r.fault(CodeRequired, n, "a field needs \"type\"")
		f.Type = &Type{Node: n}
		return f
	}
	f.Type = r.schema(kind, around)
	if l := n.Get("logicalType"); l != nil {
		r.fault(CodeLogical, l, "a logical type beside the type of a field is ignored").
			Help = fmt.Sprintf("write it inside: \"type\": {\"type\": …, \"logicalType\": %s}", quote(l.Text))
	}
	if d := n.Get("default"); d != nil {
		f.HasDefault = true
		r.defaults = append(r.defaults, pendingDefault{field: f, node: d})
	}
	return f
}

func (r *reader) order(n *tree.Node) string {
	o := r.text(n, "order")
	known := []string{"ascending", "descending", "ignore"}
	switch {
	case o == "":
		return known[0]
	case !slices.Contains(known, o):
		r.fault(CodeType, n.Get("order"), "\"order\" must be \"ascending\", \"descending\" or \"ignore\", is %s", quote(o)).
			Help = diag.DidYouMean(o, known)
	}
	return o
}

func (r *reader) symbolsOf(t *Type) {
	if !t.Node.Has("symbols") {
		r.fault(CodeRequired, t.Node, "an enum needs \"symbols\"")
		return
	}
	t.symbols = map[string]int{}
	items := r.list(t.Node, "symbols")
	for _, n := range items {
		r.left--
		switch i, twice := t.symbols[n.Str()]; {
		case n.Kind != tree.String:
			r.fault(CodeType, n, "a symbol must be a string, is %s", whatIs(n.Value()))
		case !isName(n.Text):
			r.badName(n, "a symbol")
		case twice:
			r.twice(CodeDuplicateSymbol, n, items[i], "the enum has the symbol %s twice", n.Text)
		default:
			t.symbols[n.Text] = len(t.Symbols)
			t.Symbols = append(t.Symbols, n.Text)
		}
	}
	if len(items) == 0 && t.Node.Get("symbols").Is(tree.Sequence) {
		r.fault(CodeRequired, t.Node.Get("symbols"), "an enum needs at least one symbol")
	}
	r.enumDefault(t)
}

func (r *reader) enumDefault(t *Type) {
	d := t.Node.Get("default")
	if d == nil {
		return
	}
	if d.Kind != tree.String || t.Symbol(d.Text) < 0 {
		f := r.fault(CodeEnumDefault, d, "the default of an enum must be one of its symbols, and %s is none", show(d.Value()))
		if r.compared += len(t.Symbols); r.compared <= maxCompared {
			f.Help = diag.DidYouMean(d.Str(), t.Symbols)
		}
		return
	}
	t.Default = d.Text
	r.since(d, 1, 9, "the default of an enum")
}

func (r *reader) sizeOf(t *Type) {
	n := t.Node.Get("size")
	if n == nil {
		r.fault(CodeRequired, t.Node, "a fixed needs \"size\", its number of bytes")
		return
	}
	size, err := strconv.Atoi(n.Text)
	if n.Kind != tree.Number || err != nil || size < 0 || size > 1<<31-1 {
		r.fault(CodeSize, n, "the size of a fixed must be a whole number of bytes, is %s", show(n.Value()))
		return
	}
	t.Size = size
}
