package protobuf

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// specialOf returns how values of a well-known type are judged, whose form in
// JSON is not that of their fields; nil for any other message.
func specialOf(m protoreflect.MessageDescriptor) func(*judge, any, protoreflect.MessageDescriptor) {
	name, ok := strings.CutPrefix(string(m.FullName()), "google.protobuf.")
	if !ok {
		return nil
	}
	switch name {
	case "Timestamp":
		return (*judge).timestamp
	case "Duration":
		return (*judge).duration
	case "FieldMask":
		return (*judge).fieldMask
	case "Any":
		return (*judge).anyMessage
	case "Struct":
		return (*judge).structure
	case "Value":
		return (*judge).freeValue
	case "ListValue":
		return (*judge).freeList
	case "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue", "BytesValue":
		return (*judge).wrapped
	}
	return nil
}

const (
	timestampWord = `a time as "2006-01-02T15:04:05Z"`
	durationWord  = `a duration in seconds as "1.5s"`
)

func (j *judge) timestamp(value any, m protoreflect.MessageDescriptor) {
	if text, ok := value.(string); !ok || !isTimestamp(text) {
		j.add("message", m, "must be "+timestampWord+", is "+describe(value))
	}
}

// isTimestamp reports whether a text is a time of the years 1 to 9999, by
// RFC 3339, with at most nanoseconds.
func isTimestamp(text string) bool {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return false
	}
	if _, fraction, ok := strings.Cut(text, "."); ok && digits(fraction) > 9 {
		return false
	}
	return t.Unix() >= -62135596800 && t.Unix() <= 253402300799
}

func (j *judge) duration(value any, m protoreflect.MessageDescriptor) {
	if text, ok := value.(string); !ok || !isDuration(text) {
		j.add("message", m, "must be "+durationWord+", is "+describe(value))
	}
}

// maxSeconds is the longest duration: 10,000 years.
const maxSeconds = 315_576_000_000

func isDuration(text string) bool {
	text, ok := strings.CutSuffix(text, "s")
	if !ok {
		return false
	}
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	whole, fraction, dot := strings.Cut(text, ".")
	if digits(whole) != len(whole) || digits(fraction) != len(fraction) || len(fraction) > 9 || len(whole) > 12 {
		return false
	}
	if whole == "" && fraction == "" || dot && fraction == "" && whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	if whole == "" {
		return true
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	return err == nil && seconds <= maxSeconds
}

func (j *judge) fieldMask(value any, m protoreflect.MessageDescriptor) {
	text, ok := value.(string)
	if !ok {
		j.add("message", m, "must be paths as \"user.name,id\", is "+describe(value))
		return
	}
	for path := range strings.SplitSeq(text, ",") {
		if text != "" && (strings.Contains(path, "_") || !isPath(path)) {
			j.add("message", m, "must be paths of names in camelCase, separated by commas, is "+quote(text))
			return
		}
	}
}

func isPath(path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		if name == "" || name[0] >= '0' && name[0] <= '9' || strings.TrimFunc(name, func(r rune) bool { return r < 128 && isWord(byte(r)) }) != "" {
			return false
		}
	}
	return true
}

// anyMessage judges a message of any type, which a member names.
func (j *judge) anyMessage(value any, m protoreflect.MessageDescriptor) {
	object, ok := value.(map[string]any)
	if !ok {
		j.add("message", m, `must be an object with "@type", is `+describe(value))
		return
	}
	if len(object) == 0 {
		return
	}
	url, ok := object["@type"].(string)
	if !ok {
		j.at("@type", func() { j.add("message", m, "is required: it names the type of the message") })
		return
	}
	found, err := j.schema.types.FindMessageByURL(url)
	if err != nil {
		j.at("@type", func() {
			j.add("message", m, fmt.Sprintf("names a type that neither the text nor its imports declare: %s", quote(url)))
		})
		return
	}
	inner := found.Descriptor()
	if inner.FullName() == "google.protobuf.Empty" {
		if value, ok := object["value"]; ok {
			j.at("value", func() { j.message(value, inner) })
		}
		j.onlyMembers(object, m, "@type", "value")
		return
	}
	if special := specialOf(inner); special != nil {
		j.at("value", func() { special(j, object["value"], inner) })
		j.onlyMembers(object, m, "@type", "value")
		return
	}
	j.members(object, inner, "@type")
}

func (j *judge) onlyMembers(object map[string]any, m protoreflect.MessageDescriptor, names ...string) {
	for _, key := range sortedKeys(object) {
		if key != names[0] && key != names[1] {
			j.at(key, func() { j.add("field", m, "is not expected beside \"value\"") })
		}
	}
}

func (j *judge) structure(value any, m protoreflect.MessageDescriptor) {
	object, ok := value.(map[string]any)
	if !ok {
		j.add("message", m, "must be an object, is "+describe(value))
		return
	}
	for _, key := range sortedKeys(object) {
		j.at(key, func() { j.freeValue(object[key], m) })
	}
}

func (j *judge) freeList(value any, m protoreflect.MessageDescriptor) {
	list, ok := value.([]any)
	if !ok {
		j.add("message", m, "must be an array, is "+describe(value))
		return
	}
	for i, item := range list {
		j.at(strconv.Itoa(i), func() { j.freeValue(item, m) })
	}
}

// freeValue judges any value of JSON. Numbers are kept as doubles.
func (j *judge) freeValue(value any, m protoreflect.MessageDescriptor) {
	switch v := value.(type) {
	case nil, bool, string:
	case json.Number:
		if numberFault(v.String(), protoreflect.DoubleKind) != "" {
			j.add("message", m, "must be a number that a double can hold, is "+describe(value))
		}
	case []any:
		j.freeList(v, m)
	case map[string]any:
		j.structure(v, m)
	default:
		j.add("message", m, "must be a value of JSON, is "+describe(value))
	}
}

// wrapped judges a scalar that is wrapped to be told from absent.
func (j *judge) wrapped(value any, m protoreflect.MessageDescriptor) {
	f := m.Fields().ByNumber(1)
	if f == nil {
		j.add("message", m, "cannot be judged: "+string(m.FullName())+" is declared in another way")
		return
	}
	if value == nil {
		j.add("message", m, "must be "+kindWord(f)+", is null")
		return
	}
	if problem := scalarFault(value, f); problem != "" {
		j.add(kindName(f), m, problem)
	}
}
