package convert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The types of Protobuf that take any JSON, or any of a kind. They stand for
// what no other can say, so that values keep their form.
const (
	anyValue  = "google.protobuf.Value"
	anyObject = "google.protobuf.Struct"
	anyList   = "google.protobuf.ListValue"
	timestamp = "google.protobuf.Timestamp"
	nullValue = "google.protobuf.NullValue"
)

// JSONSchemaToProtobuf makes a text of Protobuf (proto3) of the values that a
// JSON Schema describes. Values keep their form in JSON: what fits the schema
// fits the message, but for properties that the schema does not name. Where no
// type says what is meant a well-known one that takes more stands in its
// place, and that is told.
func JSONSchemaToProtobuf(root *tree.Node, opt Options) (string, []diag.Diagnostic) {
	w := newToProto(opt)
	w.root(root)
	return w.print(), diag.Unique(w.found)
}

func newToProto(opt Options) *toProto {
	return &toProto{
		reading: newReading("Protobuf", opt), taken: newNames(), named: map[*tree.Node]kind{},
		imports: map[string]bool{}, pkg: opt.Namespace,
	}
}

type toProto struct {
	reading
	pkg     string
	taken   names
	named   map[*tree.Node]kind // the schemas that became types
	types   []*protoType
	imports map[string]bool
	told    bool // that objects may have more properties than a message
}

// protoType is a message at the top of the text.
type protoType struct {
	name, doc string
	fields    []protoField
	enums     []protoEnum
	// scope are the names in the message: those of fields, enums and their
	// values must differ.
	scope names
}

type protoField struct {
	label, kind, name, doc string
	jsonName               string // where it is not what the name gives
	number                 int
}

type protoEnum struct {
	name, doc string
	values    []string
	numbers   []int
}

// kind is the type of a field.
type kind struct {
	name     string
	repeated bool
	nullable bool
	// single is whether it may be repeated or the value of a map.
	single bool
	// message says that it can be told to be absent anyway.
	message bool
	// zero is the value of an enum that is read where nothing was sent.
	zero string
}

func single(name string) kind { return kind{name: name, single: true} }

// wellKnown is a type of Google's, which is imported.
func (w *toProto) wellKnown(name string) kind {
	file := "struct"
	if name == timestamp {
		file = "timestamp"
	}
	w.imports["google/protobuf/"+file+".proto"] = true
	return kind{name: name, single: true, message: true}
}

// instead is a type that takes more than is meant.
func (w *toProto) instead(name string, n *tree.Node, format string, args ...any) kind {
	w.add(CodeUnion, diag.Warning, n, format+"; "+name+" stands in its place, which takes more", args...)
	return w.wellKnown(name)
}

func (w *toProto) root(n *tree.Node) {
	name := cmp.Or(pascal(w.opt.Name), "Record")
	k := w.schema(n, nil, name)
	if len(w.types) > 0 && k.name == w.types[0].name && !k.repeated {
		return
	}
	t := w.newType(name, "")
	w.add(CodeUnion, diag.Error, n, "a schema of Protobuf is a message: the value stands in a field of it")
	t.fields = []protoField{{label: labelOf(k, true), kind: k.name, name: "value", number: 1}}
	w.types = append([]*protoType{t}, slices.DeleteFunc(w.types, func(o *protoType) bool { return o == t })...)
}

// labelOf is what stands before the type of a field.
func labelOf(k kind, required bool) string {
	switch {
	case k.repeated:
		return "repeated "
	case !k.single || required && !k.nullable, k.message:
		return ""
	}
	return "optional "
}

func (w *toProto) newType(hint, doc string) *protoType {
	t := &protoType{name: w.taken.free(cmp.Or(pascal(hint), "Record"), ""), doc: doc, scope: newNames()}
	w.types = append(w.types, t)
	return t
}

// schema finds the type for a schema that stands in a message.
func (w *toProto) schema(n *tree.Node, in *protoType, hint string) kind {
	n = w.target(n)
	if n == nil {
		return w.wellKnown(anyValue)
	}
	if k, ok := w.named[n]; ok {
		return k
	}
	if only := onlyRef(n); only != nil {
		return w.schema(only, in, hint)
	}
	if !w.enter(n) {
		w.add(CodeLarge, diag.Error, n, "the schema refers to itself without an object between, or is too large to be converted")
		return w.wellKnown(anyValue)
	}
	defer w.leave(n)
	switch {
	case n.True():
		return w.wellKnown(anyValue)
	case n.Kind != tree.Mapping:
		return w.instead(anyValue, n, "no value fits, which Protobuf cannot say")
	}
	return w.object(n, w.merged(n), in, hint)
}

func (w *toProto) object(n, m *tree.Node, in *protoType, hint string) kind {
	w.constraints(m, protoSays(m))
	for _, key := range []string{"oneOf", "anyOf"} {
		list := m.Get(key)
		switch {
		case list.Len() == 0:
		case m.Has("properties"):
			w.lost(list, "%q beside \"properties\" is not converted", key)
		default:
			return w.choice(list, in, hint)
		}
	}
	k := w.typed(n, m, in, hint)
	k.nullable = k.nullable || m.Get("nullable").True()
	return k
}

func (w *toProto) typed(n, m *tree.Node, in *protoType, hint string) kind {
	if values := m.Get("enum"); values != nil {
		return w.enum(n, m, values, in, hint)
	}
	if value := m.Get("const"); value != nil {
		return w.enum(n, m, tree.NewArray(value.Clone()), in, hint)
	}
	if kinds := m.Get("type"); kinds.Is(tree.Sequence) {
		return w.several(n, m, kinds, in, hint)
	}
	return w.byType(n, m, m.Get("type").Str(), in, hint)
}

// several is about a list of types: one and null, or any.
func (w *toProto) several(n, m, kinds *tree.Node, in *protoType, hint string) kind {
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
		names = []string{"integer"} // as the other direction writes it
	}
	switch len(names) {
	case 0:
		return w.wellKnown(nullValue)
	case 1:
		k := w.byType(n, m, names[0], in, hint)
		k.nullable = null
		return k
	}
	return w.instead(anyValue, kinds, "Protobuf chooses between fields, not between types")
}

// choice is about "oneOf" and "anyOf": one and null, or any.
func (w *toProto) choice(branches *tree.Node, in *protoType, hint string) kind {
	var others []*tree.Node
	null := false
	for _, b := range branches.Items {
		if t := w.target(b); t.Get("type").Str() == "null" {
			null = true
		} else {
			others = append(others, b)
		}
	}
	if len(others) == 2 && isFloat(others[0], others[1]) {
		others = others[:1] // as the other direction writes it
	}
	switch len(others) {
	case 0:
		return w.wellKnown(nullValue)
	case 1:
		k := w.schema(others[0], in, hint)
		k.nullable = k.nullable || null
		return k
	}
	if name := scalarOfAll(others); name != "" {
		w.add(CodeUnion, diag.Warning, branches, "Protobuf chooses between fields, not between types: %d branches became one %s", len(others), name)
		return kind{name: name, single: true, nullable: null}
	}
	list := make([]string, 0, len(others))
	for i := range others {
		list = append(list, fmt.Sprintf("branch%d", i+1))
	}
	k := w.instead(anyValue, branches, "Protobuf chooses between fields, not between types: a \"oneof\" of %s would change the JSON", clip(strings.Join(list, ", ")))
	k.nullable = null
	return k
}

// scalarOfAll is the one type that several simple schemas all have.
func scalarOfAll(list []*tree.Node) string {
	names := map[string]string{"string": "string", "integer": "int64", "boolean": "bool", "number": "double"}
	name := names[list[0].Get("type").Str()]
	for _, n := range list {
		if names[n.Get("type").Str()] != name {
			return ""
		}
	}
	return name
}

func (w *toProto) byType(n, m *tree.Node, kind string, in *protoType, hint string) kindOf {
	switch kind {
	case "null":
		return w.wellKnown(nullValue)
	case "boolean":
		return single("bool")
	case "string":
		return w.text(m)
	case "integer":
		return single(integerOf(m))
	case "number":
		return w.number(m)
	case "array":
		return w.array(m, in, hint)
	case "object":
		return w.message(n, m, in, hint)
	case "":
		switch {
		case m.Has("properties"), m.Has("additionalProperties"):
			return w.message(n, m, in, hint)
		case m.Has("items"):
			return w.array(m, in, hint)
		}
		return w.wellKnown(anyValue)
	}
	return w.instead(anyValue, m.Get("type"), "%q is not a type of JSON Schema", clip(kind))
}

// kindOf is kind, where a parameter has that name.
type kindOf = kind

func (w *toProto) array(m *tree.Node, in *protoType, hint string) kind {
	items := m.Get("items")
	if list := m.Get("prefixItems"); list != nil || items.Is(tree.Sequence) {
		if list == nil {
			list = items
		}
		k := w.instead(anyValue, list, "a repeated field has one type for all its items")
		k.repeated, k.single = true, false
		return k
	}
	if items == nil {
		w.wellKnown(anyValue)
		return kind{name: anyValue, repeated: true}
	}
	k := w.part(items, in, hint, "the items of a repeated field")
	return kind{name: k.name, repeated: true}
}

// part finds the type of what a list or a map holds, which is no list, no map
// and not null.
func (w *toProto) part(n *tree.Node, in *protoType, hint, what string) kind {
	k := w.schema(n, in, singular(hint))
	switch {
	case k.repeated:
		return w.instead(anyList, n, "%s are no lists", what)
	case !k.single:
		return w.instead(anyObject, n, "%s are no maps", what)
	case k.nullable && k.name != anyValue:
		return w.instead(anyValue, n, "%s are not null", what)
	}
	return k
}

// message converts an object: to a message where it has properties, else to a
// map.
func (w *toProto) message(n, m *tree.Node, in *protoType, hint string) kind {
	properties, more := m.Get("properties"), m.Get("additionalProperties")
	if properties.Len() == 0 && !(more.Is(tree.Bool) && !more.True()) {
		return w.mapOf(m, more, in, hint)
	}
	t := w.newType(w.nameOf(n, m, hint), m.Get("description").Str())
	k := kind{name: t.name, single: true, message: true}
	w.named[n] = k
	switch {
	case more != nil && (more.Kind == tree.Mapping || more.True()):
		w.lost(more, "a message has only its fields: further properties are refused in JSON, and lost in binary")
	case more == nil && !m.Has("unevaluatedProperties") && !w.told:
		w.told = true
		w.add(CodeLost, diag.Info, n, "a message has only its fields: properties that a schema does not name are refused in JSON, and lost in binary")
	}
	w.fields(t, n, m)
	return k
}

func (w *toProto) mapOf(m, more *tree.Node, in *protoType, hint string) kind {
	if more == nil || more.True() {
		return w.wellKnown(anyObject)
	}
	k := w.part(more, in, hint, "the values of a map")
	return kind{name: "map<" + keyType(m) + ", " + k.name + ">"}
}

// nameOf finds a name for a message: what the schema says itself, then its
// title, then the key of a definition, then what it is used for.
func (w *toProto) nameOf(n, m *tree.Node, hint string) string {
	for _, word := range []string{protoKeyword, nameKeyword} {
		full := n.Get(word).Str()
		if full == "" {
			continue
		}
		if at := strings.LastIndexByte(full, '.'); at > 0 && w.pkg == "" && len(w.types) == 0 && isFullName(full) {
			w.pkg = full[:at]
		}
		return short(full)
	}
	if title := pascal(m.Get("title").Str()); title != "" {
		return title
	}
	if n.Key != nil && isDefinitions(n.Parent) {
		if name := pascal(n.Key.Text); name != "" {
			return name
		}
	}
	return hint
}

// fields makes the fields of a message.
func (w *toProto) fields(t *protoType, n, m *tree.Node) {
	properties, required, at := distinct(m.Get("properties")), map[string]bool{}, n.Get("required")
	if at == nil {
		at = n
	}
	for i := range m.Get("required").Len() {
		required[m.Get("required").Items[i].Str()] = true
	}
	if len(required) > 0 {
		w.add(CodeLost, diag.Info, at, "Protobuf does not ask for fields: one that was not sent is read as zero, or as absent")
	}
	t.fields = make([]protoField, properties.Len())
	w.fieldNames(t, properties)
	for i, p := range properties.Members {
		k := w.schema(p.Value, t, cmp.Or(pascal(p.Key.Text), "Value"))
		f := &t.fields[i]
		implicit := w.fieldDefault(k, cmp.Or(p.Value.Get("default"), w.target(p.Value).Get("default")))
		f.kind, f.label = k.name, labelOf(k, required[p.Key.Text] || implicit)
		f.doc = p.Value.Get("description").Str()
	}
	for name := range required {
		if !properties.Has(name) {
			w.lost(at, "%q is required and not described, so that it is no field", clip(name))
		}
	}
}

// distinct leaves out what a faulty text says twice.
func distinct(o *tree.Node) *tree.Node {
	out, seen := tree.NewObject(), map[string]bool{}
	for _, m := range o.Members {
		if !seen[m.Key.Text] {
			out.Members = append(out.Members, m)
		}
		seen[m.Key.Text] = true
	}
	return out
}

// fieldDefault reports whether a default is what Protobuf reads where nothing
// was sent; any other is lost.
func (w *toProto) fieldDefault(k kind, d *tree.Node) bool {
	switch {
	case d == nil:
		return false
	case d.Kind == tree.Null, !k.single && d.Len() == 0 && (d.Kind == tree.Mapping || d.Kind == tree.Sequence):
		return false
	case d.Kind == tree.Bool && k.name == "bool" && !d.True(), d.Is(tree.String) && d.Text == "" && (k.name == "string" || k.name == "bytes"),
		d.Is(tree.String) && d.Text == k.zero && k.zero != "", d.Kind == tree.Number && d.Text == "0" && k.single && !k.message:
		return !k.nullable
	}
	w.lost(d, "proto3 has no defaults: a reader sees the zero of the type, or that the field is absent")
	return false
}

// fieldNames gives each property a name and a number, before the types of any
// are looked at: they share one scope.
func (w *toProto) fieldNames(t *protoType, properties *tree.Node) {
	camel := map[string]bool{}
	for i, p := range properties.Members {
		f := &t.fields[i]
		name := t.scope.freeUnless(snake(p.Key.Text), "_", func(name string) bool { return camel[jsonName(name)] })
		camel[jsonName(name)] = true
		f.name = name
		if jsonName(name) != p.Key.Text {
			f.jsonName = p.Key.Text
			w.unsayable(f, p)
		}
	}
	w.numbers(t, properties)
}

// unsayable takes away a name that Protobuf does not allow in JSON.
func (w *toProto) unsayable(f *protoField, p tree.Member) {
	text := p.Key.Text
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") || strings.ContainsRune(text, 0) || text == "" || len(text) > maxProtoName {
		w.add(CodeName, diag.Error, p.Value, "the property %q becomes the field %q, since Protobuf allows no such name; JSON must be renamed on its way", clip(text), f.name)
		f.jsonName = ""
	}
}

// maxProtoName is the longest name of a property that is kept.
const maxProtoName = 500

// numbers gives the fields the numbers that the schema states, or else those
// of their order.
func (w *toProto) numbers(t *protoType, properties *tree.Node) {
	used := map[int]bool{}
	for i, p := range properties.Members {
		if n := numberOf(p.Value.Get(numberKeyword)); n > 0 && !used[n] {
			used[n], t.fields[i].number = true, n
		}
	}
	next := 1
	for i := range t.fields {
		if t.fields[i].number > 0 {
			continue
		}
		for used[next] || next >= firstOwnNumber && next <= lastOwnNumber {
			next++
		}
		used[next], t.fields[i].number = true, next
	}
}
