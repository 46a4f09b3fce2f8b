package convert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// AvroToGo makes the source of Go types for the values that an Avro schema
// describes. Fields have the tags of encoding/json and of the libraries for
// Avro.
func AvroToGo(s *avro.Schema, opt Options) (string, []diag.Diagnostic) {
	first := newToJSON(opt)
	first.language, first.places = "Go", map[*tree.Node]place{}
	root := first.document(s)
	second := newToGo(opt)
	second.avro, second.told = true, true // a record of Avro has only its fields, too
	second.origin, second.opt.Refs = first.places, within{root}
	second.root(root)
	return second.print(), diag.Unique(append(first.found, second.found...))
}

// ProtobufToGo makes the source of Go types for the JSON of a Protobuf message.
// What reads and writes its bytes is made by protoc-gen-go, not here.
func ProtobufToGo(s *protobuf.Schema, opt Options) (string, []diag.Diagnostic) {
	first := newFromProto(s, opt)
	first.places = map[*tree.Node]place{}
	root := first.document(s.Descriptor())
	second := newToGo(opt)
	second.proto, second.told = true, true // nor has a message more than its fields
	second.origin, second.opt.Refs = first.places, within{root}
	second.root(root)
	return second.print(), diag.Unique(append(first.found, second.found...))
}

// JSONSchemaToGo makes the source of Go types for the values that a JSON Schema
// describes, as encoding/json reads and writes them. Objects become structs,
// lists of values named types with constants; what may be left out or null is
// nil. Where no type says what is meant "any" stands, and that is told.
func JSONSchemaToGo(root *tree.Node, opt Options) (string, []diag.Diagnostic) {
	w := newToGo(opt)
	w.root(root)
	return w.print(), diag.Unique(w.found)
}

func newToGo(opt Options) *toGo {
	return &toGo{
		reading: newReading("Go", opt), taken: newNames(), named: map[*tree.Node]goKind{}, building: map[string]bool{}, imports: map[string]bool{},
	}
}

type toGo struct {
	reading
	// avro says that the source is Avro, whose writers write all fields and whose
	// libraries have tags of their own; proto that it is Protobuf, where what was
	// left out is zero.
	avro, proto bool
	taken       names // of the package
	named       map[*tree.Node]goKind
	types       []*goType
	imports     map[string]bool
	// building are the structs whose fields are not all known: a field that is
	// one of them must be a pointer, or the type would have no end.
	building map[string]bool
	told     bool // that objects may have more properties than a struct
}

// goType is a declaration of the package.
type goType struct {
	name, doc string
	fields    []goField // of a struct
	is        string    // of any other: what it is
	values    []goValue // the constants of an enum
}

type goField struct {
	name, kind, tag, doc string
}

type goValue struct {
	name, doc, literal string
}

// goKind is the type of a field.
type goKind struct {
	name string
	// empty says that it can be nil as it is: a list, a map, any.
	empty bool
	// nullable says that null is a value.
	nullable bool
	// quoted says that JSON has a number of it in a string.
	quoted bool
	doc    string // what is to say of it beside the field
}

// reference is the type where it may be absent or null.
func (k goKind) reference() string {
	if k.empty || strings.HasPrefix(k.name, "*") {
		return k.name
	}
	return "*" + k.name
}

var anyKind = goKind{name: "any", empty: true}

// anything stands for what no type of Go is.
func (w *toGo) anything(n *tree.Node, format string, args ...any) goKind {
	w.add(CodeUnion, diag.Warning, n, format+"; \"any\" stands in its place, which takes more", args...)
	return anyKind
}

func (w *toGo) root(n *tree.Node) {
	name := cmp.Or(exported(w.opt.Name), "Record")
	k := w.schema(n, "", name)
	if len(w.types) > 0 && w.types[0].name == k.name {
		return
	}
	t := w.newType(name, "")
	t.is = k.name
	if k.nullable {
		t.is = k.reference()
	}
	t.doc = w.target(n).Get("description").Str()
	w.types = append([]*goType{t}, w.types[:len(w.types)-1]...)
}

// newType adds a declaration. A name that is taken is told apart by what the
// type is within, then by a number.
func (w *toGo) newType(name, within string) *goType {
	if w.taken.taken[name] && within != "" {
		name = within + name
	}
	t := &goType{name: w.taken.free(name, "")}
	w.types = append(w.types, t)
	return t
}

// schema finds the type for a schema that stands in a struct.
func (w *toGo) schema(n *tree.Node, within, hint string) goKind {
	n = w.target(n)
	if n == nil {
		return anyKind
	}
	if k, ok := w.named[n]; ok {
		return k
	}
	if only := onlyRef(n); only != nil {
		return w.schema(only, within, hint)
	}
	if !w.enter(n) {
		w.add(CodeLarge, diag.Error, n, "the schema refers to itself without an object between, or is too large to be converted")
		return anyKind
	}
	defer w.leave(n)
	switch {
	case n.True(), n.Kind == tree.Mapping && !judges(n):
		return anyKind
	case n.Kind != tree.Mapping:
		return w.anything(n, "no value fits, which Go cannot say")
	}
	return w.object(n, w.merged(n), within, hint)
}

// judges reports whether a schema refuses any value.
func judges(n *tree.Node) bool {
	return slices.ContainsFunc(n.Members, func(m tree.Member) bool {
		switch m.Key.Text {
		case "type", "enum", "const", "properties", "required", "items", "prefixItems", "additionalProperties", "allOf", "anyOf", "oneOf", "format", "contentEncoding":
			return true
		}
		return slices.Contains(constraints, m.Key.Text)
	})
}

func (w *toGo) object(n, m *tree.Node, within, hint string) goKind {
	w.constraints(m, goSays(m))
	for _, key := range []string{"oneOf", "anyOf"} {
		list := m.Get(key)
		switch {
		case list.Len() == 0 || !list.Is(tree.Sequence):
		case m.Has("properties"):
			w.lost(list, "%q beside \"properties\" is not converted", key)
		default:
			return w.choice(n, m, list, within, hint)
		}
	}
	k := w.typed(n, m, within, hint)
	k.nullable = k.nullable || m.Get("nullable").True()
	return k
}

func (w *toGo) typed(n, m *tree.Node, within, hint string) goKind {
	if values := m.Get("enum"); values.Is(tree.Sequence) {
		return w.enum(n, m, values.Items, within, hint)
	}
	if value := m.Get("const"); value != nil {
		return w.enum(n, m, []*tree.Node{value}, within, hint)
	}
	if kinds := m.Get("type"); kinds.Is(tree.Sequence) {
		return w.several(n, m, kinds, within, hint)
	}
	return w.byType(n, m, m.Get("type").Str(), within, hint)
}

// several is about a list of types: one and null, or any.
func (w *toGo) several(n, m, kinds *tree.Node, within, hint string) goKind {
	var names []string
	null := false
	for _, k := range kinds.Items {
		if k.Str() == "null" {
			null = true
		} else if !slices.Contains(names, k.Str()) {
			names = append(names, k.Str())
		}
	}
	if len(names) == 2 && m.Get("pattern").Str() == int64Pattern {
		return goKind{name: goInteger(m), nullable: null, quoted: true} // as the JSON of Protobuf has it
	}
	switch len(names) {
	case 0:
		return anyKind
	case 1:
		k := w.byType(n, m, names[0], within, hint)
		k.nullable = k.nullable || null
		return k
	}
	list := make([]goKind, len(names))
	for i, name := range names {
		list[i] = w.byType(n, m, name, within, hint)
	}
	return w.oneOf(kinds, list, null)
}

// choice is about "oneOf" and "anyOf": one and null, or any.
func (w *toGo) choice(n, m, branches *tree.Node, within, hint string) goKind {
	var others []*tree.Node
	null := m.Get("nullable").True()
	for _, b := range branches.Items {
		if t := w.target(b); t.Get("type").Str() == "null" {
			null = true
		} else {
			others = append(others, b)
		}
	}
	if len(others) == 2 && isFloat(others[0], others[1]) {
		w.add(CodeLost, diag.Info, branches, "encoding/json has no word for NaN and the infinities: it refuses to write them")
		others = others[:1]
	}
	switch len(others) {
	case 0:
		return anyKind
	case 1:
		k := w.schema(others[0], within, hint)
		k.nullable = k.nullable || null
		return k
	}
	if k, all := w.constants(n, m, others, within, hint); all {
		k.nullable = null
		return k
	}
	return w.union(branches, others, null, within, hint)
}

// union is any of several types: their declarations are there, for whoever
// looks at a value and knows which it is.
func (w *toGo) union(at *tree.Node, branches []*tree.Node, null bool, within, hint string) goKind {
	kinds := make([]goKind, len(branches))
	for i, b := range branches {
		kinds[i] = w.schema(b, within, hint)
	}
	return w.oneOf(at, kinds, null)
}

// oneOf is any of several types, or the one that all of them are.
func (w *toGo) oneOf(at *tree.Node, kinds []goKind, null bool) goKind {
	var names []string
	for _, k := range kinds {
		if !slices.Contains(names, k.name) {
			names = append(names, k.name)
		}
	}
	if len(names) == 1 {
		k := kinds[0]
		k.nullable = k.nullable || null
		return k
	}
	k := w.anything(at, "Go has no unions: this is one of %s", clip(strings.Join(names, ", ")))
	k.doc = "One of: " + strings.Join(names, ", ") + "."
	return k
}

// constants makes an enum of a choice of single values, which is how people
// write what each is for.
func (w *toGo) constants(n, m *tree.Node, branches []*tree.Node, within, hint string) (goKind, bool) {
	values := make([]*tree.Node, len(branches))
	for i, b := range branches {
		if values[i] = w.target(b).Get("const"); values[i] == nil {
			return goKind{}, false
		}
	}
	k := w.enum(n, m, values, within, hint)
	if len(w.types) > 0 {
		if t := w.types[len(w.types)-1]; t.name == k.name && len(t.values) == len(branches) {
			for i, b := range branches {
				t.values[i].doc = w.target(b).Get("description").Str()
			}
		}
	}
	return k, true
}

func (w *toGo) byType(n, m *tree.Node, kind, within, hint string) goKind {
	switch kind {
	case "null":
		return anyKind
	case "boolean":
		return goKind{name: "bool"}
	case "string":
		return w.text(m)
	case "integer":
		return w.whole(m)
	case "number":
		return w.decimals(m)
	case "array":
		return w.list(m, within, hint)
	case "object":
		return w.record(n, m, within, hint)
	case "":
		switch {
		case m.Has("properties"):
			return w.record(n, m, within, hint)
		case m.Has("items"):
			return w.list(m, within, hint)
		}
		return anyKind
	}
	return w.anything(n, "%q is not a type of JSON Schema", clip(kind))
}

func (w *toGo) list(m *tree.Node, within, hint string) goKind {
	items := m.Get("items")
	if prefix := m.Get("prefixItems"); prefix != nil || items.Is(tree.Sequence) {
		w.lost(cmp.Or(prefix, items), "a slice of Go has one type for all its items: which stands where is lost")
		return goKind{name: "[]any", empty: true}
	}
	if items == nil {
		return goKind{name: "[]any", empty: true}
	}
	return goKind{name: "[]" + w.inside(items, within, singular(hint)), empty: true}
}

// inside is the type of the parts of a list or a map.
func (w *toGo) inside(n *tree.Node, within, hint string) string {
	k := w.schema(n, within, hint)
	if k.quoted {
		w.imports["encoding/json"] = true
		w.add(CodeChanged, diag.Info, n, "numbers in strings are read as json.Number in a list or a map, and written without quotes")
		return "json.Number"
	}
	if k.nullable {
		return k.reference()
	}
	return k.name
}

func (w *toGo) record(n, m *tree.Node, within, hint string) goKind {
	properties, more := m.Get("properties"), m.Get("additionalProperties")
	if properties.Len() == 0 && !(more.Is(tree.Bool) && !more.True()) && m.Get(nameKeyword) == nil && m.Get(protoKeyword) == nil {
		if more == nil || more.Kind != tree.Mapping {
			return goKind{name: "map[string]any", empty: true}
		}
		return goKind{name: "map[" + goKey(m) + "]" + w.inside(more, within, singular(hint)), empty: true}
	}
	switch {
	case more != nil && (more.Kind == tree.Mapping || more.True()):
		w.lost(more, "a struct has only its fields: further properties are lost when it is read")
	case more == nil && !w.told:
		w.told = true
		w.add(CodeLost, diag.Info, n, "a struct has only its fields: properties that a schema does not name are lost when it is read")
	}
	t := w.newType(w.nameOf(n, m, hint), within)
	t.doc = m.Get("description").Str()
	k := goKind{name: t.name}
	w.named[n] = k
	w.building[t.name] = true
	w.fields(t, m)
	delete(w.building, t.name)
	return k
}

// nameOf finds a name for a type: what the schema says itself, then its title,
// then the key of a definition, then what it is used for.
func (w *toGo) nameOf(n, m *tree.Node, hint string) string {
	for _, word := range []string{goKeyword, protoKeyword, nameKeyword, "title"} {
		if name := exported(short(m.Get(word).Str())); name != "" {
			return name
		}
	}
	if n.Key != nil && isDefinitions(n.Parent) {
		if name := exported(n.Key.Text); name != "" {
			return name
		}
	}
	return cmp.Or(hint, "Record")
}

func (w *toGo) fields(t *goType, m *tree.Node) {
	properties, required := distinct(m.Get("properties")), map[string]bool{}
	for i := range m.Get("required").Len() {
		required[m.Get("required").Items[i].Str()] = true
	}
	scope := newNames()
	for _, p := range properties.Members {
		if !sayable(p.Key.Text) {
			w.add(CodeName, diag.Error, p.Value, "encoding/json knows no property %q: it is no field", clip(p.Key.Text))
			continue
		}
		f := goField{name: scope.free(cmp.Or(exported(p.Key.Text), "Field"), "")}
		w.field(&f, t.name, p, required[p.Key.Text])
		t.fields = append(t.fields, f)
	}
	for name := range required {
		if !properties.Has(name) {
			w.lost(m.Get("required"), "%q is required and not described, so that it is no field", clip(name))
		}
	}
}

func (w *toGo) field(f *goField, owner string, p tree.Member, required bool) {
	k := w.schema(p.Value, owner, cmp.Or(exported(p.Key.Text), "Value"))
	target := w.target(p.Value)
	nullable := k.nullable || p.Value.Get("nullable").True() || target.Get("nullable").True()
	d := cmp.Or(p.Value.Get("default"), target.Get("default"))
	zero := isZero(k, d) && !nullable
	always := required || w.avro && !nullable && !k.empty
	f.kind = k.name
	if nullable || !always && !zero || w.building[k.name] {
		f.kind = k.reference()
	}
	if nullable && !required && !w.avro && k.name != "any" {
		w.add(CodeChanged, diag.Info, p.Value, "nil stands for null and for what was left out; it is written as the latter")
	}
	said := ""
	if d != nil && !zero && d.Kind != tree.Null && d.Kind != tree.Mapping && d.Kind != tree.Sequence {
		said = "Default: " + clip(d.Text) + "."
		severity := diag.Warning
		if w.proto {
			severity = diag.Info // nil is what a reader of Protobuf knows as the default
		}
		w.add(CodeLost, severity, d, "a struct of Go has no defaults: what was left out is nil, or the zero of its type")
	}
	f.doc = paragraphs(p.Value.Get("description").Str(), k.doc, said, deprecatedDoc(p.Value))
	f.tag = w.tags(p.Key.Text, always, k.quoted)
}

// isZero reports whether a default is what Go has where nothing was read.
func isZero(k goKind, d *tree.Node) bool {
	if d == nil {
		return false
	}
	switch k.name {
	case "bool":
		return d.Kind == tree.Bool && !d.True()
	case "string":
		return d.Kind == tree.String && d.Text == ""
	case "[]byte":
		return d.Kind == tree.String && d.Text == ""
	}
	_, high := goLimits(k.name)
	return (high != "9223372036854775807" || k.name == "int64" || strings.HasPrefix(k.name, "float")) && d.Text == "0"
}

func (w *toGo) tags(name string, required, quoted bool) string {
	value := name
	if !required {
		value += ",omitempty"
	}
	if quoted {
		value += ",string"
	}
	if value == "-" {
		value = "-," // alone it would say that the field is not written
	}
	tag := `json:"` + value + `"`
	if w.avro {
		tag += ` avro:"` + name + `"`
	}
	return tag
}

func deprecatedDoc(n *tree.Node) string {
	if n.Get("deprecated").True() {
		return "Deprecated: the schema says so."
	}
	return ""
}

func paragraphs(list ...string) string {
	list = slices.DeleteFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" })
	return strings.Join(list, "\n\n")
}
