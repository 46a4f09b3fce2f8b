package protobuf

import (
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// Schema is a message of Protobuf as a schema of data. Values are in the JSON
// mapping of Protobuf: int64 as a string or a number, bytes in base64, enums by
// name. It is safe for concurrent use.
type Schema struct {
	file    *File
	message protoreflect.MessageDescriptor
	types   linker.Resolver
	node    *tree.Node
}

var _ schema.Schema = (*Schema)(nil)

func (f *File) schema(message protoreflect.MessageDescriptor, node *tree.Node) *Schema {
	return &Schema{file: f, message: message, types: linker.ResolverFromFile(f.linked.file), node: node}
}

// Descriptor describes the message.
func (s *Schema) Descriptor() protoreflect.MessageDescriptor { return s.message }

// File is the text that declares the message.
func (s *Schema) File() *File { return s.file }

// ApplyDefaults implements schema.Schema. It fills in what a reader of the
// binary form sees where nothing was sent: zeros and empty lists of fields that
// cannot be told to be absent, and the defaults that proto2 and editions state.
// Fields that can be absent stay absent.
func (s *Schema) ApplyDefaults(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	return complete(object, s.message, 0)
}

func complete(object map[string]any, m protoreflect.MessageDescriptor, depth int) map[string]any {
	out := make(map[string]any, len(object))
	for name, value := range object {
		out[name] = value
		if f := fieldOf(m, name); f != nil && depth < maxValueDepth {
			out[name] = completeField(value, f, depth+1)
		}
	}
	fields := m.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if out[f.JSONName()] != nil || out[string(f.Name())] != nil {
			continue
		}
		if value, ok := defaultOf(f); ok {
			delete(out, string(f.Name()))
			out[f.JSONName()] = value
		}
	}
	return out
}

func completeField(value any, f protoreflect.FieldDescriptor, depth int) any {
	inner := messageOf(f)
	if inner == nil || specialOf(inner) != nil {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		if !f.IsMap() {
			return complete(v, inner, depth)
		}
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = item
			if object, ok := item.(map[string]any); ok {
				out[key] = complete(object, inner, depth)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = item
			if object, ok := item.(map[string]any); ok {
				out[i] = complete(object, inner, depth)
			}
		}
		return out
	}
	return value
}

// defaultOf is what a reader sees of a field that was not sent.
func defaultOf(f protoreflect.FieldDescriptor) (any, bool) {
	switch {
	case f.IsMap():
		return map[string]any{}, true
	case f.IsList():
		return []any{}, true
	case f.Message() != nil || f.ContainingOneof() != nil:
		return nil, false
	case f.HasPresence() && !f.HasDefault():
		return nil, false
	}
	return plainScalar(f, f.Default()), true
}

// fieldOf finds the field that a member of an object means: by its name in
// JSON, or by its name in the text.
func fieldOf(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if f := m.Fields().ByJSONName(name); f != nil {
		return f
	}
	return m.Fields().ByTextName(name)
}
