package convert

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/schema/gosource"
	"github.com/weft-dev/weft/spec/schema/gotype"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The keywords that keep in a JSON Schema what only Go has, so that the way back
// finds it.
const (
	goKeyword    = "x-go-name"
	namesKeyword = "x-enum-varnames" // as others write it, too
)

// GoToJSONSchema makes a JSON Schema (draft-07) of the JSON that encoding/json
// writes of a type of Go.
func GoToJSONSchema(f *gosource.File, t *gotype.Type) (*tree.Node, []diag.Diagnostic) {
	w := newFromGo(f)
	return w.document(t), diag.Unique(w.found)
}

// GoToAvro makes an Avro schema of the values of a type of Go. Fields have the
// names of their tags for Avro, where they have some.
func GoToAvro(f *gosource.File, t *gotype.Type, opt Options) (*tree.Node, []diag.Diagnostic) {
	first := newFromGo(f)
	first.keys, first.places = []string{"avro"}, map[*tree.Node]place{}
	root := first.document(t)
	second := newToAvro(opt)
	second.origin, second.opt.Refs = first.places, within{root}
	out := second.schema(root, cmp.Or(t.Name, opt.Name))
	return out, diag.Unique(append(first.found, second.found...))
}

// GoToProtobuf makes a text of Protobuf (proto3) of the values of a type of Go.
func GoToProtobuf(f *gosource.File, t *gotype.Type, opt Options) (string, []diag.Diagnostic) {
	first := newFromGo(f)
	first.places = map[*tree.Node]place{}
	root := first.document(t)
	second := newToProto(opt)
	second.origin, second.told = first.places, true // a struct has only its fields, too
	second.opt.Refs = within{root}
	second.root(root)
	return second.print(), diag.Unique(append(first.found, second.found...))
}

func newFromGo(f *gosource.File) *fromGo {
	return &fromGo{file: f, names: map[*gotype.Type]string{}, taken: newNames(), definitions: tree.NewObject(), left: maxNodes}
}

type fromGo struct {
	report
	file        *gosource.File
	keys        []string // of the tags that name fields before that of encoding/json
	names       map[*gotype.Type]string
	taken       names // of the definitions
	definitions *tree.Node
	places      map[*tree.Node]place
	left, depth int
}

func (w *fromGo) document(t *gotype.Type) *tree.Node {
	root := object("$schema", "http://json-schema.org/draft-07/schema#")
	body := w.schema(t)
	if name := body.Get("$ref").Str(); name != "" {
		key := strings.TrimPrefix(name, "#/definitions/")
		if uses(w.definitions, name) == 0 {
			body = w.definitions.Get(key)
			w.definitions.Remove(key)
		} else {
			body = object("allOf", tree.NewArray(body))
		}
	}
	for _, m := range body.Members {
		root.Set(m.Key.Text, m.Value)
	}
	if w.definitions.Len() > 0 {
		root.Set("definitions", w.definitions)
	}
	return w.from(root, t.At)
}

// uses counts the references to a definition.
func uses(n *tree.Node, name string) int {
	count := 0
	if n.Get("$ref").Str() == name {
		count++
	}
	if n != nil {
		for _, m := range n.Members {
			count += uses(m.Value, name)
		}
		for _, item := range n.Items {
			count += uses(item, name)
		}
	}
	return count
}

// from remembers where a part comes from.
func (w *fromGo) from(n *tree.Node, at gotype.Place) *tree.Node {
	if w.places != nil {
		w.places[n] = place{span: w.file.Span(at)}
	}
	return n
}

func (w *fromGo) tell(code diag.Code, severity diag.Severity, at gotype.Place, message string) {
	if len(w.found) < maxFindings {
		w.found = append(w.found, diag.Diagnostic{Code: code, Severity: severity, Message: message, Span: w.file.Span(at)})
	}
}

// schema describes a type. Structs and types with constants are definitions.
func (w *fromGo) schema(t *gotype.Type) *tree.Node {
	if w.left--; w.left < 0 || w.depth > maxDepth {
		w.tell(CodeLarge, diag.Error, t.At, "the type is within itself without a struct between, or is too large to be converted")
		return tree.NewObject()
	}
	w.depth++
	defer func() { w.depth-- }()
	if t.Name == "" || t.Kind != gotype.Struct && len(t.Values) == 0 {
		return w.from(w.body(t), t.At)
	}
	name, known := w.names[t]
	if !known {
		name = w.taken.free(t.Name, "_")
		w.names[t] = name
		w.definitions.Set(name, tree.NewObject()) // its place in the order
		w.definitions.Set(name, w.from(w.body(t), t.At))
	}
	return object("$ref", "#/definitions/"+name)
}

func (w *fromGo) body(t *gotype.Type) *tree.Node {
	if len(t.Values) > 0 {
		return w.enum(t)
	}
	if c := t.Unclear; c != nil {
		w.tell(CodeLost, diag.Warning, c.At, "the text does not say the value of "+c.Name+", so that any value of its type is allowed where "+t.Name+" is: declare what it names in the same text")
	}
	switch t.Kind {
	case gotype.Bool:
		return object("type", "boolean")
	case gotype.Int, gotype.Uint:
		return goNumber(t)
	case gotype.Float:
		return object("type", "number", "format", map[int]string{32: "float", 64: "double"}[t.Bits])
	case gotype.Struct:
		return w.object(t)
	case gotype.List:
		return w.list(t)
	case gotype.Map:
		return w.mapOf(t)
	case gotype.Pointer:
		return nullable(w.schema(t.Elem))
	case gotype.Any:
		return tree.NewObject()
	case gotype.Unknown:
		w.tell(CodeUnion, diag.Error, t.At, t.Why+": any value stands in its place")
		return tree.NewObject()
	}
	return w.scalar(t)
}

// scalar describes what the libraries of Go write as text or as a number.
func (w *fromGo) scalar(t *gotype.Type) *tree.Node {
	switch t.Kind {
	case gotype.Bytes:
		return object("type", "string", "contentEncoding", "base64", "pattern", base64Pattern)
	case gotype.Time:
		return object("type", "string", "format", "date-time")
	case gotype.UUID:
		return object("type", "string", "format", "uuid")
	case gotype.Duration:
		w.tell(CodeChanged, diag.Info, t.At, "encoding/json writes a time.Duration as nanoseconds")
		return object("type", "integer", "format", "int64", "description", "in nanoseconds")
	case gotype.Number:
		return object("type", "number")
	case gotype.BigInt:
		return object("type", "integer")
	case gotype.Decimal:
		w.tell(CodeChanged, diag.Info, t.At, "a decimal is text in JSON; how many digits it has Go does not say")
		return object("type", "string", "pattern", `^-?[0-9]+(\.[0-9]+)?$`)
	case gotype.Text:
		w.tell(CodeLost, diag.Warning, t.At, cmp.Or(t.Name, "the type")+" writes itself as text (MarshalText), of which Go does not say the form: any string is allowed")
	}
	return object("type", "string")
}

// goNumber describes an integer by its size.
func goNumber(t *gotype.Type) *tree.Node {
	kind := map[gotype.Kind]string{gotype.Int: "int", gotype.Uint: "uint"}[t.Kind] + strconv.Itoa(cmp.Or(t.Bits, 64))
	o := object("type", "integer")
	if kind == "int64" {
		set(o, "format", kind)
		return o
	}
	if t.Bits >= 32 {
		set(o, "format", kind)
	}
	low, high := goLimits(kind)
	o.Set("minimum", number(low))
	o.Set("maximum", number(high))
	return o
}

// nullable lets a schema take null, too.
func nullable(n *tree.Node) *tree.Node {
	if kind := n.Get("type"); kind.Is(tree.String) && !n.Has("enum") {
		n.Set("type", tree.NewArray(text(kind.Text), text("null")))
		return n
	}
	if n.Len() == 0 || n.Get("type").Is(tree.Sequence) || n.Has("anyOf") {
		return n // null is allowed already
	}
	return object("anyOf", tree.NewArray(n, object("type", "null")))
}

func (w *fromGo) enum(t *gotype.Type) *tree.Node {
	list, names := tree.NewArray(), tree.NewArray()
	seen := map[string]bool{}
	o := object("type", "string")
	for _, v := range t.Values {
		if seen[v.Text] {
			continue
		}
		seen[v.Text] = true
		value := text(v.Text)
		if t.Kind != gotype.String {
			value = number(v.Text)
		}
		list.Append(value)
		names.Append(text(v.Name))
	}
	if t.Kind != gotype.String {
		o = goNumber(t)
		o.Remove("minimum")
		o.Remove("maximum")
	}
	w.tell(CodeChanged, diag.Info, t.At, "the constants of "+t.Name+" are taken for all its values")
	o.Set("enum", list)
	o.Set(namesKeyword, names)
	set(o, "title", t.Name)
	set(o, "description", w.valuesDoc(t))
	return o
}

// valuesDoc is the comment of a type, and those of its constants.
func (w *fromGo) valuesDoc(t *gotype.Type) string {
	lines := []string{}
	for _, v := range t.Values {
		if v.Doc != "" {
			lines = append(lines, v.Text+": "+v.Doc)
		}
	}
	return paragraphs(t.Doc, strings.Join(lines, "\n"))
}

func (w *fromGo) list(t *gotype.Type) *tree.Node {
	o := object("type", "array", "items", w.schema(t.Elem))
	if t.Len >= 0 {
		length := number(strconv.Itoa(t.Len))
		o.Set("minItems", length)
		o.Set("maxItems", length.Clone())
	}
	return o
}

func (w *fromGo) mapOf(t *gotype.Type) *tree.Node {
	o := object("type", "object", "additionalProperties", w.schema(t.Elem))
	switch key := t.Key; {
	case key.Kind == gotype.String && len(key.Values) > 0:
		keys := tree.NewArray()
		for _, v := range key.Values {
			keys.Append(text(v.Text))
		}
		o.Set("propertyNames", object("enum", keys))
	case key.Kind == gotype.String, key.Kind == gotype.Text, key.Kind == gotype.UUID, key.Kind == gotype.Time:
	case key.Kind == gotype.Int, key.Kind == gotype.Uint:
		word := map[gotype.Kind]string{gotype.Int: "int", gotype.Uint: "uint"}[key.Kind] + strconv.Itoa(max(key.Bits, 32))
		o.Set("propertyNames", object("pattern", int64Pattern, "format", word))
	default:
		w.tell(CodeLost, diag.Warning, t.Key.At, "keys of this type are not written by encoding/json: any string is allowed")
	}
	return o
}

func (w *fromGo) object(t *gotype.Type) *tree.Node {
	properties, required := tree.NewObject(), tree.NewArray()
	for _, m := range gotype.Members(t, w.keys...) {
		properties.Set(m.Name, w.from(w.member(m), m.At))
		if !m.Optional {
			required.Append(text(m.Name))
		}
	}
	o := object("type", "object", "properties", properties)
	if required.Len() > 0 {
		o.Set("required", required)
	}
	set(o, "title", t.Name)
	set(o, "description", t.Doc)
	return o
}

func (w *fromGo) member(m gotype.Member) *tree.Node {
	is := m.Type
	if is.Kind == gotype.Pointer && m.Optional {
		is = is.Elem // nil is left out, not written as null
	}
	n := w.schema(is)
	if (is.Kind == gotype.List && is.Len < 0 || is.Kind == gotype.Map || is.Kind == gotype.Bytes) && !m.Optional {
		w.tell(CodeChanged, diag.Info, m.At, "encoding/json writes null for "+m.Name+" where it is nil: make it, or let it be left out")
	}
	if m.Quoted {
		n = w.quoted(is.Deref(), n)
	}
	doc, deprecated := w.doc(m)
	if n.Has("$ref") && (doc != "" || deprecated) {
		n = object("allOf", tree.NewArray(n))
	}
	if doc != "" {
		n.Set("description", text(doc))
	}
	if deprecated {
		n.Set("deprecated", boolean(true))
	}
	return n
}

// doc is the comment of a field without its last word on being deprecated.
func (w *fromGo) doc(m gotype.Member) (string, bool) {
	parts := strings.Split(m.Doc, "\n\n")
	rest := slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return strings.HasPrefix(p, "Deprecated:") })
	return strings.Join(rest, "\n\n"), len(rest) < len(parts)
}

// quoted describes a number or a bool that is written in a string.
func (w *fromGo) quoted(t *gotype.Type, n *tree.Node) *tree.Node {
	switch t.Kind {
	case gotype.Bool:
		return object("type", "string", "enum", tree.NewArray(text("true"), text("false")))
	case gotype.Float:
		return object("type", "string", "pattern", `^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	}
	o := object("type", "string", "format", cmp.Or(n.Get("format").Str(), "int64"), "pattern", int64Pattern)
	return o
}
