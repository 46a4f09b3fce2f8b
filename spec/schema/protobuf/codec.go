package protobuf

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weft-dev/weft/spec/schema"
)

// MaxMessage is the largest message that is read or written, in bytes of the
// binary form.
const MaxMessage = 64 << 20

// InvalidError says that a value is no message of the schema.
type InvalidError struct {
	Violations []schema.Violation
}

// Error tells the first violation and how many more there are.
func (e *InvalidError) Error() string {
	text := e.Violations[0].Message
	if more := len(e.Violations) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Encode writes a value in the binary form. Equal values always give the same
// bytes. A value that breaks the schema is an *InvalidError.
func (s *Schema) Encode(value any) ([]byte, error) {
	message, err := s.build(value)
	if err != nil {
		return nil, err
	}
	return s.EncodeMessage(message.ProtoReflect())
}

// EncodeMessage writes a message that Message made.
func (s *Schema) EncodeMessage(message protoreflect.Message) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(message.Interface())
}

// build makes a message of a value.
func (s *Schema) build(value any) (proto.Message, error) {
	if broken := s.Validate(value); len(broken) > 0 {
		return nil, &InvalidError{Violations: broken}
	}
	data, err := schema.EncodeJSON(value)
	if err != nil {
		return nil, fmt.Errorf("the value is not JSON: %w", err)
	}
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("the message has more than %d MB", MaxMessage>>20)
	}
	message := dynamicpb.NewMessage(s.message)
	if err := (protojson.UnmarshalOptions{Resolver: s.types, RecursionLimit: maxValueDepth + 1}).Unmarshal(data, message); err != nil {
		return nil, fmt.Errorf("the value is no %s: %w", s.message.FullName(), errors.Unwrap(err))
	}
	return message, nil
}

// Decode reads the binary form. Fields that the schema does not know are left
// out of the value.
func (s *Schema) Decode(data []byte) (any, error) {
	message, err := s.read(data)
	if err != nil {
		return nil, err
	}
	return s.value(message)
}

// DecodeMessage is Decode that keeps what the schema does not know.
func (s *Schema) DecodeMessage(data []byte) (protoreflect.Message, error) {
	message, err := s.read(data)
	if err != nil {
		return nil, err
	}
	return message.ProtoReflect(), nil
}

func (s *Schema) read(data []byte) (proto.Message, error) {
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("the message has %d MB; at most %d MB are read", len(data)>>20, MaxMessage>>20)
	}
	message := dynamicpb.NewMessage(s.message)
	if err := (proto.UnmarshalOptions{Resolver: s.types, RecursionLimit: maxValueDepth}).Unmarshal(data, message); err != nil {
		return nil, fmt.Errorf("the bytes are no %s in the binary form of Protobuf: %s", s.message.FullName(), reason(err))
	}
	return message, nil
}

// value brings a message into the JSON mapping.
func (s *Schema) value(message proto.Message) (any, error) {
	data, err := protojson.MarshalOptions{Resolver: s.types}.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("the message has no form in JSON: %s", reason(err))
	}
	return schema.DecodeJSON(data)
}

// reason is what the library says, without its name.
func reason(err error) string {
	const name = "proto:"
	text := err.Error()
	if len(text) > len(name) && text[:len(name)] == name {
		// What follows may be a no-break space, so that nobody relies on it.
		return trimSpace(text[len(name):])
	}
	return text
}

// Message makes a message of a value, as Encode would write it.
func (s *Schema) Message(value any) (protoreflect.Message, error) {
	message, err := s.build(value)
	if err != nil {
		return nil, err
	}
	return message.ProtoReflect(), nil
}
