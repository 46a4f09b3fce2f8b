package convert

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The patterns of texts that JSON Schema has no format for. The other direction
// knows them again.
const (
	bytesPattern    = `^[\u0000-\u00ff]*$`
	clockPattern    = `^[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$`
	localPattern    = `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$`
	durationPattern = `^P([0-9]+M)?([0-9]+D)?(T[0-9]+(\.[0-9]{1,3})?S)?$`
)

func fixedPattern(size int) string { return fmt.Sprintf(`^[\u0000-\u00ff]{%d}$`, size) }

func decimalPattern(precision, scale int) string {
	whole := fmt.Sprintf(`^-?[0-9]{1,%d}`, max(1, precision-scale))
	if scale > 0 {
		whole += fmt.Sprintf(`(\.[0-9]{1,%d})?`, scale)
	}
	return whole + "$"
}

// nameKeyword keeps the full name of an Avro type in a JSON Schema.
const nameKeyword = "x-avro-name"

// AvroToJSONSchema makes a JSON Schema (draft-07) of the values that an Avro
// schema describes, in their plain form. Types that are used more than once
// stand in "definitions".
func AvroToJSONSchema(s *avro.Schema, opt Options) (*tree.Node, []diag.Diagnostic) {
	w := newToJSON(opt)
	return w.document(s), diag.Unique(w.found)
}

func newToJSON(opt Options) *toJSON {
	return &toJSON{opt: opt, language: "a JSON Schema", uses: map[*avro.Type]int{}, names: map[*avro.Type]string{}, taken: map[string]bool{}}
}

func (w *toJSON) document(s *avro.Schema) *tree.Node {
	w.count(s.Type)
	root := object("$schema", "http://json-schema.org/draft-07/schema#")
	body := w.schema(s.Type)
	if ref := body.Get("$ref"); ref != nil {
		body = object("allOf", tree.NewArray(body))
	}
	for _, m := range body.Members {
		root.Set(m.Key.Text, m.Value)
	}
	if w.definitions != nil {
		root.Set("definitions", w.definitions)
	}
	w.from(root, s.Type.Node)
	return root
}

// from remembers where a part comes from.
func (w *toJSON) from(n, source *tree.Node) *tree.Node {
	if w.places != nil && source != nil && n != nil {
		w.places[n] = place{head(source), source.Path()}
	}
	return n
}

type toJSON struct {
	report
	opt         Options
	language    string               // what is made in the end, for people
	places      map[*tree.Node]place // where its parts come from, where that is asked for
	uses        map[*avro.Type]int
	names       map[*avro.Type]string
	taken       map[string]bool
	definitions *tree.Node
}

// count counts how often named types are used.
func (w *toJSON) count(t *avro.Type) {
	w.uses[t]++
	if w.uses[t] > 1 && t.Kind.Named() {
		return
	}
	for _, f := range t.Fields {
		w.count(f.Type)
	}
	for _, b := range t.Branches {
		w.count(b)
	}
	if t.Items != nil {
		w.count(t.Items)
	}
}

func (w *toJSON) schema(t *avro.Type) *tree.Node {
	if !t.Kind.Named() || w.uses[t] < 2 {
		return w.body(t)
	}
	name, known := w.names[t]
	if !known {
		name = w.definitionName(t)
		w.names[t] = name
		if w.definitions == nil {
			w.definitions = tree.NewObject()
		}
		// The place is taken before the body, which may refer to it.
		w.definitions.Set(name, tree.NewObject())
		w.definitions.Set(name, w.body(t))
	}
	return object("$ref", "#/definitions/"+name)
}

func (w *toJSON) definitionName(t *avro.Type) string {
	name := short(t.Name)
	if w.taken[name] {
		name = t.Name
	}
	w.taken[name] = true
	return name
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func (w *toJSON) body(t *avro.Type) *tree.Node { return w.from(w.byKind(t), t.Node) }

func (w *toJSON) byKind(t *avro.Type) *tree.Node {
	switch t.Kind {
	case avro.Record:
		return w.record(t)
	case avro.Enum:
		return w.enum(t)
	case avro.Array:
		return w.described(t, object("type", "array", "items", w.schema(t.Items)))
	case avro.Map:
		return w.described(t, object("type", "object", "additionalProperties", w.schema(t.Items)))
	case avro.Union:
		return w.union(t)
	case avro.Fixed, avro.Bytes:
		return w.octets(t)
	case avro.Int, avro.Long:
		return w.integer(t)
	case avro.Float:
		return object("type", "number", "format", "float")
	case avro.Double:
		return object("type", "number", "format", "double")
	case avro.String:
		o := object("type", "string")
		if t.Logical == avro.UUID {
			o.Set("format", text("uuid"))
		}
		return w.described(t, o)
	}
	return object("type", t.Kind.String())
}

// described adds what a type says for people, and tells what has no place.
func (w *toJSON) described(t *avro.Type, o *tree.Node) *tree.Node {
	if t.Kind.Named() {
		set(o, "title", short(t.Name))
		o.Set(nameKeyword, text(t.Name))
	}
	set(o, "description", t.Doc)
	if len(t.Aliases) > 0 {
		w.add(CodeLost, diag.Info, t.Node.Get("aliases"), "%s has no aliases: readers of JSON find types and properties by one name only", w.language)
	}
	return o
}

func (w *toJSON) record(t *avro.Type) *tree.Node {
	properties, required := tree.NewObject(), tree.NewArray()
	for _, f := range t.Fields {
		p := w.schema(f.Type)
		if p.Has("$ref") && (f.Doc != "" || f.HasDefault) {
			p = object("allOf", tree.NewArray(p))
		}
		if f.Doc != "" {
			p.Set("description", text(f.Doc))
		}
		if f.HasDefault {
			w.setDefault(p, f)
		} else {
			required.Append(text(f.Name))
		}
		w.fieldLosses(f)
		w.from(p, f.Node.Get("name"))
		w.from(p.Get("default"), f.Node.Get("default"))
		properties.Set(f.Name, p)
	}
	o := object("type", "object", "properties", properties)
	if required.Len() > 0 {
		o.Set("required", required)
	}
	return w.described(t, o)
}

func (w *toJSON) fieldLosses(f *avro.Field) {
	if len(f.Aliases) > 0 {
		w.add(CodeLost, diag.Info, f.Node.Get("aliases"), "%s has no aliases: readers of JSON find types and properties by one name only", w.language)
	}
	if f.Order != "ascending" {
		w.add(CodeLost, diag.Info, f.Node.Get("order"), "%s does not say how values sort", w.language)
	}
}

// setDefault writes a default in the form in which its values are described.
func (w *toJSON) setDefault(p *tree.Node, f *avro.Field) {
	s := avro.Schema{Type: f.Type}
	data, err := s.Encode(f.Default)
	if err != nil {
		w.add(CodeLost, diag.Warning, f.Node.Get("default"), "the default cannot be written: %v", err)
		return
	}
	value, err := s.DecodeWith(data, avro.DecodeOptions{Texts: !w.opt.Numbers})
	if err != nil {
		w.add(CodeLost, diag.Warning, f.Node.Get("default"), "the default cannot be written: %v", err)
		return
	}
	if n, err := tree.FromValue(value); err == nil {
		p.Set("default", n)
	}
}

func (w *toJSON) enum(t *avro.Type) *tree.Node {
	list := tree.NewArray()
	for _, s := range t.Symbols {
		list.Append(text(s))
	}
	if t.Default != "" {
		w.add(CodeLost, diag.Warning, t.Node.Get("default"), "%s does not say what to take for a symbol that is not known", w.language)
	}
	return w.described(t, object("type", "string", "enum", list))
}

func (w *toJSON) integer(t *avro.Type) *tree.Node {
	if !w.opt.Numbers {
		switch t.Logical {
		case avro.Date:
			return object("type", "string", "format", "date")
		case avro.TimeMillis, avro.TimeMicros:
			return object("type", "string", "pattern", clockPattern, "x-avro-logical-type", string(t.Logical))
		case avro.TimestampMillis, avro.TimestampMicros, avro.TimestampNanos:
			o := object("type", "string", "format", "date-time")
			if t.Logical != avro.TimestampMillis {
				o.Set("x-avro-logical-type", text(string(t.Logical)))
			}
			return o
		case avro.LocalTimestampMillis, avro.LocalTimestampMicros, avro.LocalTimestampNanos:
			return object("type", "string", "pattern", localPattern, "x-avro-logical-type", string(t.Logical))
		}
	}
	o := object("type", "integer", "format", "int64")
	if t.Kind == avro.Int {
		o = object("type", "integer", "format", "int32",
			"minimum", number(strconv.Itoa(math.MinInt32)), "maximum", number(strconv.Itoa(math.MaxInt32)))
	}
	set(o, "x-avro-logical-type", string(t.Logical))
	return o
}

func (w *toJSON) octets(t *avro.Type) *tree.Node {
	switch t.Logical {
	case avro.Decimal:
		return w.described(t, w.decimal(t))
	case avro.BigDecimal:
		if w.opt.Numbers {
			return object("type", "number", "x-avro-logical-type", string(t.Logical))
		}
		return object("type", "string", "pattern", `^-?[0-9]+(\.[0-9]+)?$`, "x-avro-logical-type", string(t.Logical))
	case avro.UUID:
		return w.described(t, object("type", "string", "format", "uuid"))
	case avro.Duration:
		return w.described(t, object("type", "string", "pattern", durationPattern))
	}
	if w.places == nil { // a second step has its own form
		w.add(CodeChanged, diag.Info, t.Node, "in JSON, bytes are a string with a character from \\u0000 to \\u00FF for each")
	}
	if t.Kind == avro.Fixed {
		return w.described(t, object("type", "string", "pattern", fixedPattern(t.Size)))
	}
	return object("type", "string", "pattern", bytesPattern)
}

func (w *toJSON) decimal(t *avro.Type) *tree.Node {
	if !w.opt.Numbers {
		return object("type", "string", "pattern", decimalPattern(t.Precision, t.Scale))
	}
	w.add(CodeChanged, diag.Info, t.Node, "readers of JSON that keep numbers in binary do not keep all digits of a decimal")
	most, step := strings.Repeat("9", t.Precision), "1"
	if t.Scale > 0 {
		whole := strings.Repeat("0", max(0, t.Scale+1-len(most))) + most
		most = whole[:len(whole)-t.Scale] + "." + whole[len(whole)-t.Scale:]
		step = "0." + strings.Repeat("0", t.Scale-1) + "1"
	}
	return object("type", "number", "multipleOf", number(step), "minimum", number("-"+most), "maximum", number(most))
}

// union describes a choice. Branches that look alike in JSON are described in
// both their forms: plain, and with the name of the branch.
func (w *toJSON) union(t *avro.Type) *tree.Node {
	list := tree.NewArray()
	plainTypes := true
	seen := map[string]*avro.Type{}
	for _, b := range t.Branches {
		n := w.schema(b)
		form := w.form(b)
		if other, twice := seen[form]; twice {
			w.add(CodeUnion, diag.Warning, b.Node, "in JSON %s looks like %s, the branch before it: a value may need the name of its branch around it, as in {%q: …}",
				b, other, branchName(b))
			list.Append(object("type", "object", "properties", object(branchName(b), n.Clone()),
				"required", tree.NewArray(text(branchName(b))), "additionalProperties", boolean(false)))
			plainTypes = false
		}
		seen[form] = b
		plainTypes = plainTypes && len(n.Members) == 1 && n.Has("type")
		list.Append(n)
	}
	if !plainTypes {
		return object("anyOf", list)
	}
	types := tree.NewArray()
	for _, n := range list.Items {
		types.Append(text(n.Get("type").Text))
	}
	return object("type", types)
}

// form is the type that values of a branch have in JSON, as far as two can be
// taken for one another.
func (w *toJSON) form(t *avro.Type) string {
	switch t.Kind {
	case avro.Int, avro.Long, avro.Float, avro.Double:
		if t.Logical != "" && !w.opt.Numbers {
			return "string"
		}
		return "number"
	case avro.Bytes, avro.Fixed:
		if (t.Logical == avro.Decimal || t.Logical == avro.BigDecimal) && w.opt.Numbers {
			return "number"
		}
		return "string"
	case avro.String, avro.Enum:
		return "string"
	case avro.Record, avro.Map:
		return "object"
	}
	return t.Kind.String()
}

func branchName(t *avro.Type) string {
	if t.Kind.Named() {
		return t.Name
	}
	return t.Kind.String()
}
