package protobuf

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// maxValueDepth bounds how deep values may nest. Decoders of the binary form
// refuse far less, most of them from 100 on.
const maxValueDepth = 1_000

// maxSuggested is among how many names that is looked for which was meant.
const maxSuggested = 100

// Validate implements schema.Schema: whether a value is a message in the JSON
// mapping of Protobuf.
func (s *Schema) Validate(value any) []schema.Violation {
	j := &judge{schema: s}
	j.message(value, s.message)
	return j.found
}

// judge is one judgement of a value.
type judge struct {
	schema *Schema
	path   []string
	found  []schema.Violation
}

// at judges a part of the value.
func (j *judge) at(name string, judge func()) {
	if len(j.found) >= schema.MaxViolations {
		return
	}
	j.path = append(j.path, name)
	if len(j.path) > maxValueDepth {
		j.add("message", nil, fmt.Sprintf("nests more than %d deep", maxValueDepth))
	} else {
		judge()
	}
	j.path = j.path[:len(j.path)-1]
}

// add adds a violation at the place that is judged now. The descriptor is what
// is broken, where it is known.
func (j *judge) add(keyword string, broken protoreflect.Descriptor, message string) {
	if len(j.found) >= schema.MaxViolations {
		return
	}
	v := schema.Violation{InstancePath: pointer(j.path), Keyword: keyword, Message: message, Schema: j.schema.node}
	if name := readable(j.path); name != "" {
		v.Message = name + ": " + message
	}
	if broken != nil {
		v.Span = j.schema.file.Span(broken.FullName())
	}
	j.found = append(j.found, v)
}

func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteByte('/')
		b.WriteString(tree.EscapePointer(name))
	}
	return b.String()
}

// readable is the path as people write it: "items[0].sku".
func readable(path []string) string {
	var b strings.Builder
	for _, name := range path {
		if _, err := strconv.Atoi(name); err == nil {
			b.WriteString("[" + name + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	return b.String()
}

// message judges a value that should be a message.
func (j *judge) message(value any, m protoreflect.MessageDescriptor) {
	if special := specialOf(m); special != nil {
		special(j, value, m)
		return
	}
	object, ok := value.(map[string]any)
	if !ok {
		j.add("message", m, "must be an object, is "+describe(value))
		return
	}
	j.members(object, m, "")
}

// members judges the members of an object by the fields of a message. One
// member may be passed over: that which names the type.
func (j *judge) members(object map[string]any, m protoreflect.MessageDescriptor, except string) {
	given := map[protoreflect.FullName]string{}
	chosen := map[protoreflect.FullName]string{}
	for _, name := range sortedKeys(object) {
		if name == except && except != "" {
			continue
		}
		f := j.field(m, name)
		if f == nil {
			j.unknown(m, name, object)
			continue
		}
		value := object[name]
		if value == nil && !takesNull(f) {
			continue // null says that the field is not there
		}
		if other, twice := given[f.FullName()]; twice {
			j.at(name, func() { j.add("field", f, fmt.Sprintf("is the same field as %q", other)) })
			continue
		}
		given[f.FullName()] = name
		if one := f.ContainingOneof(); one != nil && !one.IsSynthetic() {
			if other, twice := chosen[one.FullName()]; twice {
				j.at(name, func() {
					j.add("oneof", one, fmt.Sprintf("may not stand beside %q: only one of %q may be there", other, one.Name()))
				})
				continue
			}
			chosen[one.FullName()] = name
		}
		j.at(name, func() { j.fieldValue(value, f) })
	}
	required := m.RequiredNumbers()
	for i := range required.Len() {
		if f := m.Fields().ByNumber(required.Get(i)); given[f.FullName()] == "" {
			j.at(f.JSONName(), func() { j.add("required", f, "is required") })
		}
	}
}

// takesNull reports whether null is a value of what a field holds, and not its
// absence. For a list of such the library takes null as a value too, so that
// there it is none.
func takesNull(f protoreflect.FieldDescriptor) bool {
	if f.IsMap() {
		return false
	}
	return f.Message() != nil && f.Message().FullName() == "google.protobuf.Value" ||
		f.Enum() != nil && f.Enum().FullName() == "google.protobuf.NullValue"
}

// field finds what a member means; extensions are named in brackets.
func (j *judge) field(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	full, ok := strings.CutPrefix(name, "[")
	if !ok {
		return fieldOf(m, name)
	}
	found, err := j.schema.types.FindExtensionByName(protoreflect.FullName(strings.TrimSuffix(full, "]")))
	if err != nil || !strings.HasSuffix(full, "]") {
		return nil
	}
	if d := found.TypeDescriptor(); d.ContainingMessage().FullName() == m.FullName() {
		return d
	}
	return nil
}

func (j *judge) unknown(m protoreflect.MessageDescriptor, name string, object map[string]any) {
	var names []string
	fields := m.Fields()
	for i := range min(fields.Len(), maxSuggested) {
		if f := fields.Get(i); object[f.JSONName()] == nil && object[string(f.Name())] == nil {
			names = append(names, f.JSONName())
		}
	}
	message := "is not a field of " + string(m.Name())
	if hint := diag.DidYouMean(name, names); hint != "" {
		message += "; " + hint
	}
	j.at(name, func() { j.add("field", m, message) })
}

// fieldValue judges what is given for a field.
func (j *judge) fieldValue(value any, f protoreflect.FieldDescriptor) {
	switch {
	case f.IsMap():
		j.entries(value, f)
	case f.IsList():
		list, ok := value.([]any)
		if !ok {
			j.add("repeated", f, "must be an array, is "+describe(value))
			return
		}
		for i, item := range list {
			j.at(strconv.Itoa(i), func() { j.single(item, f, f) })
		}
	default:
		j.single(value, f, f)
	}
}

func (j *judge) entries(value any, f protoreflect.FieldDescriptor) {
	object, ok := value.(map[string]any)
	if !ok {
		j.add("map", f, "must be an object, is "+describe(value))
		return
	}
	for _, key := range sortedKeys(object) {
		j.at(key, func() {
			if problem := keyFault(key, f.MapKey()); problem != "" {
				j.add("map", f, problem)
				return
			}
			j.single(object[key], f.MapValue(), f)
		})
	}
}

// keyFault says why a string is no key of a map.
func keyFault(key string, f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.StringKind:
		return ""
	case protoreflect.BoolKind:
		if key != "true" && key != "false" {
			return fmt.Sprintf("the key must be \"true\" or \"false\", is %s", quote(key))
		}
		return ""
	}
	if problem := numberFault(key, f.Kind()); problem != "" {
		return fmt.Sprintf("the key must be %s, is %s", problem, quote(key))
	}
	return ""
}

// single judges one value: not a list, not a map. Shown is what is told to be
// broken.
func (j *judge) single(value any, f, shown protoreflect.FieldDescriptor) {
	if value == nil && !takesNull(f) {
		j.add(kindName(f), shown, "must be "+kindWord(f)+", is null")
		return
	}
	if f.Message() != nil {
		j.message(value, f.Message())
		return
	}
	if problem := scalarFault(value, f); problem != "" {
		j.add(kindName(f), shown, problem)
	}
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// describe names a value in a sentence.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return "the string " + quote(v)
	case json.Number:
		return "the number " + clip(v.String())
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a %T, which is no value of JSON", value)
}

func quote(s string) string {
	runes := []rune(s)
	if len(runes) > 60 {
		return strconv.Quote(string(runes[:60]) + "…")
	}
	return strconv.Quote(s)
}
