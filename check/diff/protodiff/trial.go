package protodiff

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema/protobuf"
)

// trial tries what a field may hold, and returns the first message with it that
// the reader cannot live with.
func (c *comparer) trial(writer, reader *protobuf.Schema, f field, path []field) *Break {
	var inJSON *Break
	for _, v := range candidates(f) {
		// Once JSON is known to break, only the binary form is still asked about.
		b := c.exchangeBy(writer, reader, build(writer.Descriptor(), path, map[field]any{f: v}), inJSON == nil)
		if b != nil && b.Level == Binary {
			return b
		}
		if inJSON == nil {
			inJSON = b
		}
	}
	return inJSON
}

// trialOf tries one value of a field.
func (c *comparer) trialOf(writer, reader *protobuf.Schema, f field, path []field, v any) *Break {
	return c.exchange(writer, reader, build(writer.Descriptor(), path, map[field]any{f: v}))
}

// trialTogether tries two fields at once.
func (c *comparer) trialTogether(writer, reader *protobuf.Schema, path []field, first, second field) *Break {
	return c.exchange(writer, reader, build(writer.Descriptor(), path, map[field]any{
		first: candidates(first)[0], second: candidates(second)[0],
	}))
}

// without tries a message that lacks a field which the reader requires.
func (c *comparer) without(writer, reader *protobuf.Schema, path []field) *Break {
	return c.exchange(writer, reader, build(writer.Descriptor(), path, nil))
}

// renumbered tries a field that has another number in the reader's version: the
// reader declares it, and does not see it.
func (c *comparer) renumbered(writer, reader *protobuf.Schema, f, other field, path []field) *Break {
	value := build(writer.Descriptor(), path, map[field]any{f: candidates(f)[0]})
	if b := c.exchange(writer, reader, value); b != nil {
		return b
	}
	data, err := writer.Encode(value)
	if err != nil || c.trials > maxTrials || len(c.changes) >= maxChanges {
		return nil
	}
	return &Break{
		Level: Binary, Effect: Lost, Witness: value, Bytes: data,
		Says: fmt.Sprintf("%s is written as number %d, and looked for as number %d", f.Name(), f.Number(), other.Number()),
	}
}

// exchange writes a message by one version and reads it by the other: in the
// binary form, and then in JSON. Nil says that the reader sees what was
// written.
func (c *comparer) exchange(writer, reader *protobuf.Schema, value any) *Break {
	return c.exchangeBy(writer, reader, value, true)
}

func (c *comparer) exchangeBy(writer, reader *protobuf.Schema, value any, asJSON bool) *Break {
	if c.trials++; c.trials > maxTrials || len(c.changes) >= maxChanges {
		c.unknown = "there are too many differences to try them all"
		return nil
	}
	written, err := writer.Message(value)
	if err != nil {
		return nil // the writer cannot write it: it proves nothing
	}
	data, err := writer.EncodeMessage(written)
	if err != nil {
		return nil
	}
	b := &Break{Level: Binary, Witness: value, Bytes: data}
	read, err := reader.DecodeMessage(data)
	if err != nil {
		b.Effect, b.Says = Refused, err.Error()
		return b
	}
	if effect, says := compare(written, read, ""); effect != "" {
		b.Effect, b.Says = effect, says
		return b
	}
	if !asJSON {
		return nil
	}
	return c.inJSON(reader, written, value)
}

// inJSON reads the JSON mapping of a message by the other version. Members that
// the reader does not declare are passed over.
func (c *comparer) inJSON(reader *protobuf.Schema, written protoreflect.Message, value any) *Break {
	b := &Break{Level: JSON, Witness: value}
	known := project(value, written.Descriptor(), reader.Descriptor())
	read, err := reader.Message(known)
	if err != nil {
		b.Effect, b.Says = Refused, err.Error()
		if invalid, ok := errors.AsType[*protobuf.InvalidError](err); ok {
			b.Says = invalid.Violations[0].Message
			if invalid.Violations[0].Keyword == "field" {
				b.Effect = Lost
			}
		}
		return b
	}
	if effect, says := compare(written, read, ""); effect != "" {
		b.Effect, b.Says = effect, says
		return b
	}
	return nil
}

// project takes out of a value what the reader does not declare, by number and
// by name.
func project(value any, writer, reader message) any {
	object, ok := value.(map[string]any)
	if !ok || isLibrary(writer.FullName()) {
		return value
	}
	out := make(map[string]any, len(object))
	for name, v := range object {
		w := writer.Fields().ByJSONName(name)
		if w == nil {
			out[name] = v
			continue
		}
		r := reader.Fields().ByNumber(w.Number())
		if r == nil && reader.Fields().ByJSONName(name) == nil {
			continue
		}
		if r != nil && target(w) != nil && target(r) != nil {
			v = projectField(v, w, target(w), target(r))
		}
		out[name] = v
	}
	return out
}

func projectField(v any, f field, writer, reader message) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = project(item, writer, reader)
		}
		return list
	case map[string]any:
		if !f.IsMap() {
			return project(v, writer, reader)
		}
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = project(item, writer, reader)
		}
		return out
	}
	return v
}
