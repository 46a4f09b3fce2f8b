package convert

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// record converts an object: to a record where it has properties, else to a
// map.
func (w *toAvro) record(n, m *tree.Node, hint string) *tree.Node {
	properties, more := m.Get("properties"), m.Get("additionalProperties")
	if properties.Len() == 0 && !(more.Is(tree.Bool) && !more.True()) {
		if more == nil || more.Kind == tree.Bool {
			return object("type", "map", "values", w.fallback(n, "the object may hold anything, and Avro must know the type of its values"))
		}
		return w.documented(object("type", "map", "values", w.schema(more, singular(hint))), m)
	}
	if more != nil && (more.Kind == tree.Mapping || more.True()) {
		w.lost(more, "a record has only its fields: further properties are lost")
	}
	name := w.typeName(n, m, hint)
	w.named[n] = name
	o := w.documented(object("type", "record", "name", name), m)
	fields := tree.NewArray()
	required := map[string]bool{}
	for i := range m.Get("required").Len() {
		required[m.Get("required").Items[i].Str()] = true
	}
	taken := newNames()
	for _, p := range properties.Members {
		fields.Append(w.field(p, required[p.Key.Text], taken))
	}
	for name := range required {
		if !properties.Has(name) {
			w.lost(m.Get("required"), "%q is required and not described, so that it is no field", clip(name))
		}
	}
	o.Set("fields", fields)
	return o
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func (w *toAvro) documented(o, m *tree.Node) *tree.Node {
	set(o, "doc", m.Get("description").Str())
	return o
}

func (w *toAvro) field(p tree.Member, required bool, taken names) *tree.Node {
	name := taken.free(nameLike(p.Key.Text), "_")
	if name != p.Key.Text {
		w.add(CodeName, diag.Warning, p.Value, "the property %q becomes the field %q, since Avro allows no other characters; JSON must be renamed on its way",
			clip(p.Key.Text), name)
	}
	schema := w.schema(p.Value, pascal(p.Key.Text))
	o := object("name", name)
	d := w.target(p.Value).Get("default")
	value, fits := defaultFor(schema, d)
	switch {
	case d != nil && fits:
		if schema.Kind == tree.Sequence {
			schema = firstBranch(schema, value)
		}
		o.Set("type", schema)
		o.Set("default", value)
	case !required:
		if d != nil {
			w.lost(d, "the default cannot be written as Avro has it")
		}
		w.add(CodeChanged, diag.Info, p.Value, "a property that may be left out becomes a field that may be null")
		o.Set("type", unionOf([]*tree.Node{text("null"), schema}))
		o.Set("default", null())
	default:
		o.Set("type", schema)
		if d != nil {
			w.lost(d, "the default cannot be written as Avro has it")
		}
	}
	return w.documented(o, p.Value)
}

// defaultFor is a default of JSON as the default of a field, where the type of
// the field takes it.
func defaultFor(schema, d *tree.Node) (*tree.Node, bool) {
	if d == nil {
		return nil, false
	}
	if schema.Kind == tree.Sequence {
		for _, b := range schema.Items {
			if v, ok := defaultFor(b, d); ok {
				return v, true
			}
		}
		return nil, false
	}
	switch kind := schema.Str(); {
	case kind == "null" && d.Kind == tree.Null, kind == "boolean" && d.Kind == tree.Bool, kind == "string" && d.Kind == tree.String,
		(kind == "double" || kind == "float") && d.Kind == tree.Number:
		return d.Clone(), true
	case (kind == "long" || kind == "int") && d.Kind == tree.Number:
		bits := map[string]int{"int": 32, "long": 64}[kind]
		_, err := strconv.ParseInt(d.Text, 10, bits)
		return d.Clone(), err == nil
	}
	switch schema.Get("type").Str() {
	case "enum":
		ok := slices.ContainsFunc(schema.Get("symbols").Items, func(s *tree.Node) bool { return s.Text == d.Str() })
		return d.Clone(), ok
	case "array":
		return d.Clone(), d.Kind == tree.Sequence && d.Len() == 0
	case "map":
		return d.Clone(), d.Kind == tree.Mapping && d.Len() == 0
	}
	return nil, false
}

// firstBranch puts the branch that a default fits first, as Avro before 1.12
// asks for.
func firstBranch(union, value *tree.Node) *tree.Node {
	out := tree.NewArray()
	var rest []*tree.Node
	for _, b := range union.Items {
		if _, ok := defaultFor(b, value); ok && out.Len() == 0 {
			out.Append(b)
			continue
		}
		rest = append(rest, b)
	}
	for _, b := range rest {
		out.Append(b)
	}
	return out
}

// enum converts a list of values: symbols where all are names.
func (w *toAvro) enum(n, m, values *tree.Node, hint string) *tree.Node {
	symbols, nullable := tree.NewArray(), false
	kinds := map[tree.Kind]bool{}
	names := true
	for _, v := range values.Items {
		if v.Kind == tree.Null {
			nullable = true
			continue
		}
		kinds[v.Kind] = true
		names = names && v.Kind == tree.String && isName(v.Text)
		symbols.Append(v.Clone())
	}
	var out *tree.Node
	switch {
	case len(kinds) == 0:
		return text("null")
	case names:
		name := w.typeName(n, m, hint)
		w.named[n] = name
		if nullable {
			delete(w.named, n) // the name alone would not be null
		}
		out = w.documented(object("type", "enum", "name", name), m)
		out.Set("symbols", symbols)
	case len(kinds) == 1 && kinds[tree.String]:
		w.lost(values, "the values are no symbols of Avro, which have letters, digits and \"_\": any string is allowed")
		out = text("string")
	case len(kinds) == 1 && kinds[tree.Number]:
		w.lost(values, "an enum of Avro has symbols and no numbers: any number is allowed")
		out = w.number(object("type", "number"))
		if m.Get("type").Str() == "integer" {
			out = text("long")
		}
	case len(kinds) == 1 && kinds[tree.Bool]:
		out = text("boolean")
	default:
		return w.fallback(values, "values of several types are no enum of Avro")
	}
	if nullable {
		return unionOf([]*tree.Node{text("null"), out})
	}
	return out
}

func (w *toAvro) integer(m *tree.Node) *tree.Node {
	if l := m.Get("x-avro-logical-type"); l != nil {
		kind := "long"
		if l.Text == "date" || l.Text == "time-millis" {
			kind = "int"
		}
		return object("type", kind, "logicalType", l.Text)
	}
	low, err := strconv.ParseInt(digits(m, "minimum"), 10, 64)
	high, err2 := strconv.ParseInt(digits(m, "maximum"), 10, 64)
	if m.Get("format").Str() == "int32" || err == nil && err2 == nil && low >= math.MinInt32 && high <= math.MaxInt32 {
		return text("int")
	}
	return text("long")
}

func (w *toAvro) number(m *tree.Node) *tree.Node {
	if p, s, ok := decimalOf(m); ok {
		return decimal(p, s)
	}
	if m.Get("format").Str() == "float" {
		return text("float")
	}
	return text("double")
}

// digits are those of a keyword that is a number, or "".
func digits(m *tree.Node, key string) string {
	if n := m.Get(key); n.Is(tree.Number) {
		return n.Text
	}
	return ""
}

func decimal(precision, scale int) *tree.Node {
	return object("type", "bytes", "logicalType", "decimal", "precision", number(strconv.Itoa(precision)), "scale", number(strconv.Itoa(scale)))
}

// decimalOf knows a decimal by its step and its equal limits: 0.01 and 9999.99.
func decimalOf(m *tree.Node) (precision, scale int, ok bool) {
	step, high, low := digits(m, "multipleOf"), digits(m, "maximum"), digits(m, "minimum")
	if step == "" || high == "" || low != "-"+high {
		return 0, 0, false
	}
	if step != "1" {
		zeros, found := strings.CutPrefix(step, "0.")
		if !found || strings.TrimLeft(zeros, "0") != "1" {
			return 0, 0, false
		}
		scale = len(zeros)
	}
	whole, fraction, _ := strings.Cut(high, ".")
	nines := strings.TrimLeft(whole+fraction, "0")
	if len(fraction) != scale || strings.Trim(nines, "9") != "" || nines == "" {
		return 0, 0, false
	}
	return len(nines), scale, len(nines) >= scale
}

var decimalText = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^\^-\?\[0-9\]\{1,(\d{1,4})\}(?:\(\\\.\[0-9\]\{1,(\d{1,4})\}\)\?)?\$$`)
}}

var fixedText = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^\^\[\\u0000-\\u00ff\]\{(\d{1,9})\}\$$`)
}}

// text converts a string by its format, or by one of the patterns that the
// other direction writes.
func (w *toAvro) text(m *tree.Node) *tree.Node {
	logical := m.Get("x-avro-logical-type").Str()
	switch m.Get("format").Str() {
	case "date-time":
		return object("type", "long", "logicalType", cmp.Or(logical, "timestamp-millis"))
	case "date":
		return object("type", "int", "logicalType", "date")
	case "uuid":
		return object("type", "string", "logicalType", "uuid")
	case "":
	default:
		w.add(CodeLost, diag.Info, m.Get("format"), "Avro does not know the format %q", clip(m.Get("format").Text))
	}
	return w.byPattern(m, m.Get("pattern").Str(), logical)
}

func (w *toAvro) byPattern(m *tree.Node, pattern, logical string) *tree.Node {
	if pattern == "" || len(pattern) > 200 {
		return text("string")
	}
	if kind := timePattern(pattern, logical); kind != "" {
		return object("type", kind, "logicalType", logical)
	}
	if logical == "big-decimal" {
		return object("type", "bytes", "logicalType", logical)
	}
	if pattern == bytesPattern {
		return text("bytes")
	}
	if d := decimalText.Get().FindStringSubmatch(pattern); d != nil {
		whole, _ := strconv.Atoi(d[1])
		scale, _ := strconv.Atoi(cmp.Or(d[2], "0"))
		return decimal(whole+scale, scale)
	}
	name := m.Get(nameKeyword).Str()
	if pattern == durationPattern {
		return object("type", "fixed", "name", w.free(cmp.Or(name, "Duration")), "size", number("12"), "logicalType", "duration")
	}
	if d := fixedText.Get().FindStringSubmatch(pattern); d != nil {
		return object("type", "fixed", "name", w.free(cmp.Or(name, "Fixed"+d[1])), "size", number(d[1]))
	}
	return text("string")
}

func timePattern(pattern, logical string) string {
	switch {
	case pattern == clockPattern && logical == "time-millis":
		return "int"
	case pattern == clockPattern && logical == "time-micros", pattern == localPattern && strings.HasPrefix(logical, "local-timestamp-"):
		return "long"
	}
	return ""
}

// saidByType are the limits that the type of the result holds to.
func saidByType(m *tree.Node) []string {
	if _, _, ok := decimalOf(m); ok {
		return []string{"multipleOf", "minimum", "maximum"}
	}
	if digits(m, "minimum") == strconv.Itoa(math.MinInt32) && digits(m, "maximum") == strconv.Itoa(math.MaxInt32) {
		return []string{"minimum", "maximum"}
	}
	pattern, logical := m.Get("pattern").Str(), m.Get("x-avro-logical-type").Str()
	known := pattern == bytesPattern || pattern == durationPattern || logical == "big-decimal" || timePattern(pattern, logical) != "" ||
		len(pattern) < 200 && (decimalText.Get().MatchString(pattern) || fixedText.Get().MatchString(pattern))
	if known {
		return []string{"pattern"}
	}
	return nil
}
