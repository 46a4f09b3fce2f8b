package avro

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Validate implements schema.Schema. A value is in the form in which people
// write an example of a message:
//
//   - a record is an object with its fields; one with a default may be left out
//   - an int or a long is a whole number, a float or a double a number or one
//     of "NaN", "Infinity" and "-Infinity"
//   - bytes and fixed are a string with a code point below 256 for each byte
//   - a value of a union is that of its first branch that it fits, or an object
//     that names the branch, as in Avro's own JSON encoding: {"string": "x"}
//   - a decimal is a number or plain digits in a string; a date, a time and a
//     timestamp are a whole number, or text as ISO 8601 has it; a UUID is its
//     text; a duration is P1M2DT3.004S; each may also be given as the bytes or
//     the number that its base is written as
func (s *Schema) Validate(value any) []schema.Violation {
	v := validator{judge: judge{left: maxSteps}}
	v.value(s.Type, value, nil)
	if v.judge.left < 0 && len(v.list) == 0 {
		v.add(s.Type, nil, "type", "cannot be judged: finding the branches of its unions takes too many steps")
	}
	slices.SortStableFunc(v.list, func(a, b schema.Violation) int { return strings.Compare(a.InstancePath, b.InstancePath) })
	return v.list
}

type validator struct {
	judge judge
	list  []schema.Violation
}

func (v *validator) add(t *Type, path []string, keyword, message string) {
	if len(v.list) >= schema.MaxViolations {
		return
	}
	one := schema.Violation{InstancePath: pointer(path), Keyword: keyword, Message: message, Schema: t.Node}
	if name := dotted(path); name != "" {
		one.Message = name + ": " + message
	}
	if t.Node != nil {
		one.Span = t.Node.Span
		if word := t.Node.Get(keyword); word != nil {
			one.Span = word.Span
		}
	}
	v.list = append(v.list, one)
}

func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteByte('/')
		b.WriteString(tree.EscapePointer(token))
	}
	return b.String()
}

// dotted is a path as people write it: "items[2].price".
func dotted(path []string) string {
	var b strings.Builder
	for i, token := range path {
		switch _, err := strconv.Atoi(token); {
		case err == nil:
			b.WriteString("[" + token + "]")
		case i > 0:
			b.WriteString("." + shorten(token))
		default:
			b.WriteString(shorten(token))
		}
	}
	return b.String()
}

func (v *validator) value(t *Type, value any, path []string) {
	if v.judge.left--; v.judge.left < 0 || len(v.list) >= schema.MaxViolations {
		return
	}
	if len(path) > maxDepth {
		v.add(t, path, "type", "is nested too deeply")
		return
	}
	switch t.Kind {
	case Record:
		v.record(t, value, path)
	case Array:
		list, ok := value.([]any)
		if !ok {
			v.add(t, path, "type", "must be an array, is "+whatIs(value))
			return
		}
		for i, item := range list {
			v.value(t.Items, item, append(path, strconv.Itoa(i)))
		}
	case Map:
		object, ok := value.(map[string]any)
		if !ok {
			v.add(t, path, "type", "must be an object, is "+whatIs(value))
			return
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			v.value(t.Items, object[key], append(path, key))
		}
	case Union:
		v.union(t, value, path)
	default:
		if why := scalarFault(t, value); why != "" {
			v.add(t, path, t.keyword(), why)
		}
	}
}

// keyword is the attribute that a scalar's value most likely breaks.
func (t *Type) keyword() string {
	switch {
	case t.Kind == Enum:
		return "symbols"
	case t.Logical != "":
		return "logicalType"
	case t.Kind == Fixed:
		return "size"
	}
	return "type"
}

func (v *validator) record(t *Type, value any, path []string) {
	object, ok := value.(map[string]any)
	if !ok {
		v.add(t, path, "type", "must be an object, is "+whatIs(value))
		return
	}
	for _, f := range t.Fields {
		item, there := object[f.Name]
		switch {
		case there:
			v.value(f.Type, item, append(path, f.Name))
		case !f.HasDefault:
			v.add(&Type{Node: f.Node}, append(slices.Clone(path), f.Name), "fields", "is required: the field has no default")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if t.Field(name) == nil {
			v.add(t, append(slices.Clone(path), name), "fields", notAField(t, name))
		}
	}
}

func notAField(t *Type, name string) string {
	message := "is not a field of " + t.String()
	if len(t.Fields) > 200 {
		return message
	}
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	if help := diag.DidYouMean(name, names); help != "" {
		message += "; " + help
	}
	return message
}

func (v *validator) union(t *Type, value any, path []string) {
	if _, _, ok := v.judge.pick(t, value, len(path)); ok || v.judge.left < 0 {
		return
	}
	if i, inner := tagOf(t, value); i >= 0 {
		v.value(t.Branches[i], inner, append(path, firstKey(value.(map[string]any))))
		return
	}
	var alike []*Type
	for _, b := range t.Branches {
		if b.looksLike(value) {
			alike = append(alike, b)
		}
	}
	if len(alike) == 1 {
		v.value(alike[0], value, path)
		return
	}
	names := make([]string, 0, len(t.Branches))
	for _, b := range t.Branches[:min(len(t.Branches), 10)] {
		names = append(names, article(b.String()))
	}
	v.add(t, path, "type", "must be "+either(names)+", is "+whatIs(value))
}

func firstKey(object map[string]any) string {
	for name := range object {
		return name
	}
	return ""
}

// looksLike reports whether a value has the form of JSON that values of a type
// have.
func (t *Type) looksLike(value any) bool {
	switch value := numeral(value).(type) {
	case map[string]any:
		return t.Kind == Map || t.Kind == Record
	case []any:
		return t.Kind == Array
	case string:
		return t.Kind == String || t.Kind == Bytes || t.Kind == Fixed || t.Kind == Enum || t.isTime()
	case bool:
		return t.Kind == Boolean
	case nil:
		return t.Kind == Null
	default:
		_, number := value.(interface{ Int64() (int64, error) })
		return number && (t.Kind >= Int && t.Kind <= Double || t.Logical == Decimal || t.Logical == BigDecimal)
	}
}
