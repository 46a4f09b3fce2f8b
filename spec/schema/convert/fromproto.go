package convert

import (
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The keywords that keep in a JSON Schema what only Protobuf has, so that the
// way back finds it.
const (
	protoKeyword   = "x-protobuf-name"
	numberKeyword  = "x-protobuf-number"
	numbersKeyword = "x-protobuf-numbers"
	typeKeyword    = "x-protobuf-type"
)

// The patterns of what Protobuf writes as text.
const (
	int64Pattern  = `^-?[0-9]{1,20}$`
	base64Pattern = `^[A-Za-z0-9+/_-]*={0,2}$`
	secsPattern   = `^-?[0-9]{1,12}(\.[0-9]{1,9})?s$`
)

// ProtobufToJSONSchema makes a JSON Schema (draft-07) of the JSON that writers
// of a Protobuf message produce, with numbers of 64 bits also in digits alone.
// Messages within it stand in "definitions".
func ProtobufToJSONSchema(s *protobuf.Schema, opt Options) (*tree.Node, []diag.Diagnostic) {
	w := newFromProto(s, opt)
	return w.document(s.Descriptor()), diag.Unique(w.found)
}

func newFromProto(s *protobuf.Schema, opt Options) *fromProto {
	return &fromProto{
		opt: opt, file: s.File(), names: map[protoreflect.FullName]string{}, taken: map[string]bool{}, definitions: tree.NewObject(), left: maxNodes,
	}
}

type fromProto struct {
	report
	opt  Options
	file *protobuf.File
	// toAvro asks for what Avro is to be made of: types rather than forms.
	toAvro      bool
	names       map[protoreflect.FullName]string // of the definitions
	taken       map[string]bool
	definitions *tree.Node
	places      map[*tree.Node]place
	left        int
}

func (w *fromProto) document(m protoreflect.MessageDescriptor) *tree.Node {
	root := object("$schema", "http://json-schema.org/draft-07/schema#")
	body := w.message(m)
	if name := body.Get("$ref").Str(); name != "" {
		body = object("allOf", tree.NewArray(body))
		if w.uses(m, m, map[protoreflect.FullName]bool{}) == 0 {
			key := strings.TrimPrefix(name, "#/definitions/")
			body = w.definitions.Get(key)
			w.definitions.Remove(key)
		}
	}
	for _, member := range body.Members {
		root.Set(member.Key.Text, member.Value)
	}
	if at, known := w.places[body]; known {
		w.places[root] = at
	}
	if w.definitions.Len() > 0 {
		root.Set("definitions", w.definitions)
	}
	return root
}

// uses counts the fields that hold a message, in another and all within it.
func (w *fromProto) uses(m, in protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) int {
	if seen[in.FullName()] {
		return 0
	}
	seen[in.FullName()] = true
	count := 0
	for i := range in.Fields().Len() {
		f := in.Fields().Get(i)
		if f.IsMap() {
			f = f.MapValue()
		}
		if inner := f.Message(); inner != nil {
			if inner.FullName() == m.FullName() {
				count++
			}
			count += w.uses(m, inner, seen)
		}
	}
	return count
}

// tell reports something at a declaration.
func (w *fromProto) tell(code diag.Code, severity diag.Severity, d protoreflect.Descriptor, message string) {
	if len(w.found) < maxFindings {
		w.found = append(w.found, diag.Diagnostic{Code: code, Severity: severity, Message: message, Span: w.file.Span(d.FullName())})
	}
}

// from remembers where a part comes from.
func (w *fromProto) from(n *tree.Node, d protoreflect.Descriptor) *tree.Node {
	if w.places != nil {
		w.places[n] = place{span: w.file.Span(d.FullName())}
	}
	return n
}

func (w *fromProto) message(m protoreflect.MessageDescriptor) *tree.Node {
	if n := w.known(m); n != nil {
		return n
	}
	return w.definition(m, func() *tree.Node { return w.body(m) })
}

// definition refers to the definition of a type, which it makes the first time.
func (w *fromProto) definition(d protoreflect.Descriptor, body func() *tree.Node) *tree.Node {
	name, there := w.names[d.FullName()]
	if !there {
		name = string(d.Name())
		if w.taken[name] {
			name = string(d.FullName())
		}
		w.names[d.FullName()], w.taken[name] = name, true
		w.definitions.Set(name, tree.NewObject()) // its place in the order
		w.definitions.Set(name, w.from(body(), d))
	}
	return object("$ref", "#/definitions/"+name)
}

func (w *fromProto) body(m protoreflect.MessageDescriptor) *tree.Node {
	properties, required := tree.NewObject(), tree.NewArray()
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if w.left--; w.left < 0 {
			w.tell(CodeLarge, diag.Error, m, "the message is too large to be converted")
			break
		}
		properties.Set(f.JSONName(), w.from(w.field(f), f))
		if f.Cardinality() == protoreflect.Required {
			required.Append(text(f.JSONName()))
		}
	}
	o := object("type", "object", "properties", properties)
	if required.Len() > 0 {
		o.Set("required", required)
	}
	w.oneofs(m, o)
	if m.ExtensionRanges().Len() > 0 {
		w.tell(CodeLost, diag.Info, m, "extensions are not described: they are not known from the message")
	}
	w.described(o, m, w.file.Comment(m.FullName()))
	return o
}

func (w *fromProto) described(o *tree.Node, d protoreflect.Descriptor, doc string) {
	set(o, "title", string(d.Name()))
	set(o, "description", doc)
	word := protoKeyword
	if w.toAvro {
		word = nameKeyword
	}
	o.Set(word, text(string(d.FullName())))
}

// oneofs says that at most one of some fields is there.
func (w *fromProto) oneofs(m protoreflect.MessageDescriptor, o *tree.Node) {
	all := tree.NewArray()
	for i := range m.Oneofs().Len() {
		one := m.Oneofs().Get(i)
		if one.IsSynthetic() || one.Fields().Len() < 2 {
			continue
		}
		if w.toAvro {
			w.tell(CodeLost, diag.Warning, one, "a record of Avro has all its fields: that only one of \""+string(one.Name())+"\" may be there is lost")
			continue
		}
		choices, none := tree.NewArray(), tree.NewArray()
		for j := range one.Fields().Len() {
			name := one.Fields().Get(j).JSONName()
			choices.Append(object("required", tree.NewArray(text(name))))
			none.Append(object("required", tree.NewArray(text(name))))
		}
		choices.Append(object("not", object("anyOf", none)))
		all.Append(object("oneOf", choices))
	}
	if all.Len() > 0 {
		o.Set("allOf", all)
	}
}

func (w *fromProto) field(f protoreflect.FieldDescriptor) *tree.Node {
	var n *tree.Node
	switch {
	case f.IsMap():
		n = object("type", "object", "additionalProperties", w.single(f.MapValue()))
		if keys := keyNames(f.MapKey().Kind()); keys != nil && !w.toAvro {
			n.Set("propertyNames", keys)
		} else if keys != nil {
			w.tell(CodeChanged, diag.Info, f, "the keys of a map of Avro are strings")
		}
	case f.IsList():
		n = object("type", "array", "items", w.single(f))
	default:
		n = w.single(f)
	}
	doc := w.file.Comment(f.FullName())
	if n.Has("$ref") {
		n = object("allOf", tree.NewArray(n))
	}
	if doc != "" {
		n.Set("description", text(doc))
	}
	w.defaultOf(n, f)
	if !w.toAvro {
		n.Set(numberKeyword, number(strconv.Itoa(int(f.Number()))))
	}
	return n
}

// keyNames describes the keys of a map that are no strings.
func keyNames(kind protoreflect.Kind) *tree.Node {
	word, pattern := "", int64Pattern
	switch kind {
	case protoreflect.StringKind:
		return nil
	case protoreflect.BoolKind:
		word, pattern = "bool", "^(true|false)$"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		word = "int32"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		word = "uint32"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		word = "uint64"
	default:
		word = "int64"
	}
	return object("pattern", pattern, "format", word)
}

func (w *fromProto) single(f protoreflect.FieldDescriptor) *tree.Node {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return w.message(f.Message())
	case protoreflect.EnumKind:
		return w.enum(f.Enum())
	case protoreflect.BoolKind:
		return object("type", "boolean")
	case protoreflect.StringKind:
		return object("type", "string")
	case protoreflect.BytesKind:
		return object("type", "string", "contentEncoding", "base64", "pattern", base64Pattern)
	case protoreflect.FloatKind:
		return w.float("float")
	case protoreflect.DoubleKind:
		return w.float("double")
	}
	n := w.integer(f)
	if word := f.Kind().String(); !w.toAvro && slices.Contains(otherIntegers, word) {
		n.Set(typeKeyword, text(word))
	}
	return n
}

// float describes a number, and the three texts for what is none.
func (w *fromProto) float(format string) *tree.Node {
	n := object("type", "number", "format", format)
	if w.toAvro {
		return n
	}
	return object("anyOf", tree.NewArray(n, object("enum", tree.NewArray(text("NaN"), text("Infinity"), text("-Infinity")))))
}

// isFloat knows what float made.
func isFloat(a, b *tree.Node) bool {
	return a.Get("type").Str() == "number" && b.Get("enum").Len() == 3 && b.Get("enum").Items[0].Str() == "NaN"
}

func (w *fromProto) integer(f protoreflect.FieldDescriptor) *tree.Node {
	format, low, high := "int32", "-2147483648", "2147483647"
	switch f.Kind() {
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		format, low, high = "uint32", "0", "4294967295"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		format, low, high = "uint64", "0", "18446744073709551615"
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		format, low, high = "int64", "-9223372036854775808", "9223372036854775807"
	}
	wide := strings.HasSuffix(format, "64")
	switch {
	case w.toAvro && format == "uint64":
		// A decimal holds what a long of Avro does not.
		w.tell(CodeLost, diag.Warning, f, "Avro has no numbers without a sign: the upper half of uint64 does not fit a long")
		return object("type", "integer", "format", "int64")
	case w.toAvro && wide, w.toAvro && format == "uint32":
		return object("type", "integer", "format", "int64")
	case !wide:
		return object("type", "integer", "format", format, "minimum", number(low), "maximum", number(high))
	}
	return object("type", tree.NewArray(text("string"), text("integer")), "format", format, "pattern", int64Pattern, "minimum", number(low), "maximum", number(high))
}

func (w *fromProto) enum(e protoreflect.EnumDescriptor) *tree.Node {
	if e.FullName() == nullValue {
		return object("type", "null")
	}
	return w.definition(e, func() *tree.Node { return w.symbols(e) })
}

func (w *fromProto) symbols(e protoreflect.EnumDescriptor) *tree.Node {
	symbols, numbers := tree.NewArray(), tree.NewArray()
	for i := range e.Values().Len() {
		symbols.Append(text(string(e.Values().Get(i).Name())))
		numbers.Append(number(strconv.Itoa(int(e.Values().Get(i).Number()))))
	}
	n := object("type", "string", "enum", symbols)
	w.described(n, e, w.file.Comment(e.FullName()))
	if !w.toAvro {
		n.Set(numbersKeyword, numbers)
	}
	return n
}

// defaultOf says what a reader sees where nothing was sent.
func (w *fromProto) defaultOf(n *tree.Node, f protoreflect.FieldDescriptor) {
	switch {
	case f.IsMap():
		n.Set("default", tree.NewObject())
		return
	case f.IsList():
		n.Set("default", tree.NewArray())
		return
	case f.Message() != nil, f.HasPresence() && !f.HasDefault():
		return
	}
	switch v := f.Default(); f.Kind() {
	case protoreflect.BoolKind:
		n.Set("default", boolean(v.Bool()))
	case protoreflect.StringKind:
		n.Set("default", text(v.String()))
	case protoreflect.BytesKind:
		if len(v.Bytes()) == 0 {
			n.Set("default", text(""))
		}
	case protoreflect.EnumKind:
		if d := f.Enum().Values().ByNumber(v.Enum()); d != nil && f.Enum().FullName() != nullValue {
			n.Set("default", text(string(d.Name())))
		}
	default:
		w.numberDefault(n, f, v.String())
	}
}

func (w *fromProto) numberDefault(n *tree.Node, f protoreflect.FieldDescriptor, text string) {
	if _, err := strconv.ParseFloat(text, 64); err != nil || strings.ContainsAny(text, "NInf") {
		w.tell(CodeLost, diag.Warning, f, "the default "+text+" is no number of JSON")
		return
	}
	n.Set("default", number(strings.Replace(text, "e+", "e", 1)))
}

// known describes the well-known types, whose JSON is not that of their fields.
func (w *fromProto) known(m protoreflect.MessageDescriptor) *tree.Node {
	name, ok := strings.CutPrefix(string(m.FullName()), "google.protobuf.")
	if !ok {
		return nil
	}
	switch name {
	case "Timestamp":
		return object("type", "string", "format", "date-time")
	case "Duration":
		return object("type", "string", "pattern", secsPattern)
	case "FieldMask":
		return object("type", "string")
	case "Any":
		return object("type", "object", "properties", object("@type", object("type", "string")))
	case "Struct":
		return object("type", "object")
	case "Value":
		return tree.NewObject()
	case "ListValue":
		return object("type", "array")
	case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue":
		if f := m.Fields().ByNumber(1); f != nil {
			return w.single(f)
		}
	}
	return nil
}
