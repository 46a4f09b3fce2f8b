package protodiff

import (
	"encoding/json"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// candidates are values of a field that differ most in how they are written,
// the plainest first.
func candidates(f field) []any {
	var list []any
	switch {
	case f.IsMap():
		for _, v := range scalars(f.MapValue(), 0) {
			list = append(list, map[string]any{keySample(f.MapKey()): v})
		}
		for _, key := range keySamples(f.MapKey())[1:] {
			list = append(list, map[string]any{key: scalars(f.MapValue(), 0)[0]})
		}
	case f.IsList():
		values := scalars(f, 0)
		for _, v := range values {
			list = append(list, []any{v})
		}
		list = append(list, []any{values[0], values[len(values)-1]}, []any{values[0], values[0]})
	default:
		return scalars(f, 0)
	}
	return list
}

// maxValues is how many values of an enum are tried.
const maxValues = 200

// scalars are values of one item of a field.
func scalars(f field, depth int) []any {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return []any{true}
	case protoreflect.EnumKind:
		return names(f.Enum())
	case protoreflect.StringKind:
		return []any{"text", "1", "true", "é"}
	case protoreflect.BytesKind:
		return []any{"dGV4dA==", "/w==", "CAE="}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return []any{least(f.Message(), depth+1)}
	case protoreflect.FloatKind:
		return numbers("1.5", "-1", "16777216")
	case protoreflect.DoubleKind:
		return numbers("1.5", "-1", "0.1", "1e300")
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return numbers("1", "300", "-1", "2147483647", "-2147483648")
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return numbers("1", "300", "4294967295")
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return []any{"1", "300", "4294967296", "18446744073709551615"}
	}
	return []any{"1", "300", "-1", "4294967296", "9223372036854775807", "-9223372036854775808"}
}

func numbers(list ...string) []any {
	out := make([]any, len(list))
	for i, text := range list {
		out[i] = json.Number(text)
	}
	return out
}

func names(e enum) []any {
	if e.FullName() == "google.protobuf.NullValue" {
		return []any{nil}
	}
	var list []any
	for i := range min(e.Values().Len(), maxValues) {
		v := e.Values().Get(i)
		if v.Number() != 0 {
			list = append(list, string(v.Name()))
		}
	}
	return append(list, string(e.Values().Get(0).Name()))
}

func keySample(f field) string { return keySamples(f)[0] }

func keySamples(f field) []string {
	switch f.Kind() {
	case protoreflect.StringKind:
		return []string{"text", "1"}
	case protoreflect.BoolKind:
		return []string{"true"}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return []string{"1", "300", "-1"}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return []string{"1", "300", "-1", "4294967296"}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return []string{"1", "300", "4294967296"}
	}
	return []string{"1", "300", "4294967295"}
}

// least is the smallest value of a message: only what is required.
func least(m message, depth int) any {
	switch m.FullName() {
	case "google.protobuf.Timestamp":
		return "2026-01-02T03:04:05Z"
	case "google.protobuf.Duration":
		return "90s"
	case "google.protobuf.FieldMask":
		return "id"
	case "google.protobuf.Value":
		return "text"
	case "google.protobuf.ListValue":
		return []any{"text"}
	case "google.protobuf.Struct":
		return map[string]any{"text": "text"}
	case "google.protobuf.DoubleValue", "google.protobuf.FloatValue", "google.protobuf.Int64Value", "google.protobuf.UInt64Value",
		"google.protobuf.Int32Value", "google.protobuf.UInt32Value", "google.protobuf.BoolValue", "google.protobuf.StringValue", "google.protobuf.BytesValue":
		return scalars(m.Fields().ByNumber(1), depth)[0]
	}
	object := map[string]any{}
	if depth > maxDepth {
		return object
	}
	required := m.RequiredNumbers()
	for i := range required.Len() {
		f := m.Fields().ByNumber(required.Get(i))
		object[f.JSONName()] = scalars(f, depth)[0]
	}
	return object
}

// build makes a message that holds some fields at the end of a path.
func build(root message, path []field, given map[field]any) any {
	if len(path) == 0 {
		object, ok := least(root, 0).(map[string]any)
		if !ok {
			return nil
		}
		for f, v := range given {
			object[f.JSONName()] = v
		}
		return object
	}
	object, ok := least(root, 0).(map[string]any)
	if !ok {
		return nil
	}
	object[path[0].JSONName()] = value(path[0], build(target(path[0]), path[1:], given))
	return object
}
