package registrydiff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema/avro"
)

// Parsed is a schema that was read and found to be one.
type Parsed struct {
	schema     Schema
	language   language
	canonical  string
	normalized string
	json       *jsonSchema
	avro       *avro.Schema
	proto      protoreflect.FileDescriptor
}

// language is what differs from one type of schema to the next.
type language interface {
	// parse reads a schema into p.
	parse(p *Parsed) error
	// compare says what the registry has against it that the reader reads what
	// the writer wrote, and where that is not what is true of messages.
	compare(reader, writer *Parsed) ([]Problem, []Note, error)
}

// Parse reads a schema. The error says what is wrong with it.
func Parse(s Schema) (*Parsed, error) {
	p := &Parsed{schema: s}
	switch s.Type {
	case Avro:
		p.language = avroLanguage{}
	case JSON:
		p.language = jsonLanguage{}
	case Protobuf:
		p.language = protobufLanguage{}
	default:
		return nil, fmt.Errorf("schemas of the type %s are not supported", s.Type)
	}
	if err := p.language.parse(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Canonical is the text without what never matters: two schemas with the same
// are the same schema to a registry.
func (p *Parsed) Canonical() string { return p.canonical }

// Normalized is also without what a registry passes over when it is asked to
// normalize, as the order of members.
func (p *Parsed) Normalized() string { return p.normalized }

// maxDepth bounds how deep a schema may be nested. The registry's own limit is
// the stack of a Java thread.
const maxDepth = 200

// decode reads JSON with its numbers as they are written.
func decode(text string) (any, error) {
	if err := shallow(text); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is not JSON: there is more than one value")
	}
	return value, nil
}

// shallow refuses what is nested too deep before anything is built of it.
func shallow(text string) error {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("it is nested more than %d deep", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// compact is JSON without spaces, its members in the order written.
func compact(text string) (string, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return "", fmt.Errorf("it is not JSON: %w", err)
	}
	return b.String(), nil
}

// sorted is JSON with its members in order of their names.
func sorted(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // it was JSON before
	return string(bytes.TrimSpace(b.Bytes()))
}

// Name is the full name of what the schema describes: of the type in Avro, of
// the first message in Protobuf, the title in JSON Schema; "" where there is
// none.
func (p *Parsed) Name() string {
	switch {
	case p.avro != nil:
		return p.avro.Type.Name
	case p.proto != nil && p.proto.Messages().Len() > 0:
		return string(p.proto.Messages().Get(0).FullName())
	case p.json != nil:
		title, _ := p.json.root.root.get("title")
		text, _ := title.value.(string)
		return text
	}
	return ""
}
