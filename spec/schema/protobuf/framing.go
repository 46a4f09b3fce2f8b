package protobuf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func trimSpace(s string) string { return strings.TrimFunc(s, unicode.IsSpace) }

// Indexes says which message of a text a frame holds: the number of the message
// at the top, then that of one declared in it, and so on.
type Indexes []int

// Frame is what Confluent's serializers write around a message: a zero byte,
// the id of the text in the registry (4 bytes, big-endian), and the indexes of
// the message in the text.
type Frame struct {
	ID      uint32
	Indexes Indexes
	// Message is the binary form of the message.
	Message []byte
}

// maxIndexes is how many indexes are read: messages nest 31 deep at most.
const maxIndexes = 32

// Append writes a frame. The commonest indexes, those of the first message, are
// written as one zero byte.
func (f Frame) Append(data []byte) []byte {
	data = append(data, 0)
	data = binary.BigEndian.AppendUint32(data, f.ID)
	if len(f.Indexes) == 1 && f.Indexes[0] == 0 {
		return append(append(data, 0), f.Message...)
	}
	data = protowire.AppendVarint(data, protowire.EncodeZigZag(int64(len(f.Indexes))))
	for _, i := range f.Indexes {
		data = protowire.AppendVarint(data, protowire.EncodeZigZag(int64(i)))
	}
	return append(data, f.Message...)
}

// ParseFrame reads a frame.
func ParseFrame(data []byte) (Frame, error) {
	if len(data) < 6 {
		return Frame{}, errors.New("the bytes are too few for a frame: it has at least 6")
	}
	if data[0] != 0 {
		return Frame{}, fmt.Errorf("the bytes are no frame: the first is %#02x and should be 0", data[0])
	}
	f := Frame{ID: binary.BigEndian.Uint32(data[1:])}
	rest := data[5:]
	count, rest, err := number(rest)
	switch {
	case err != nil:
		return Frame{}, err
	case count == 0:
		f.Indexes, f.Message = Indexes{0}, rest
		return f, nil
	case count < 0 || count > maxIndexes:
		return Frame{}, fmt.Errorf("the frame has %d indexes of messages; there are 1 to %d", count, maxIndexes)
	}
	for range count {
		var i int64
		if i, rest, err = number(rest); err != nil {
			return Frame{}, err
		}
		if i < 0 || i > 1<<20 {
			return Frame{}, fmt.Errorf("%d is no index of a message", i)
		}
		f.Indexes = append(f.Indexes, int(i))
	}
	f.Message = rest
	return f, nil
}

func number(data []byte) (int64, []byte, error) {
	n, size := protowire.ConsumeVarint(data)
	if size < 0 {
		return 0, nil, errors.New("the frame ends within the indexes of the message")
	}
	return protowire.DecodeZigZag(n), data[size:], nil
}

// Indexes returns which message of its text a schema is.
func (s *Schema) Indexes() Indexes {
	var list Indexes
	var d protoreflect.Descriptor = s.message
	for {
		m, ok := d.(protoreflect.MessageDescriptor)
		if !ok {
			return list
		}
		list = append(Indexes{m.Index()}, list...)
		d = m.Parent()
	}
}

// At returns the schema of the message that indexes name.
func (f *File) At(indexes Indexes) (*Schema, error) {
	messages := f.linked.file.Messages()
	var found protoreflect.MessageDescriptor
	for _, i := range indexes {
		if i < 0 || i >= messages.Len() {
			return nil, fmt.Errorf("the text has no message with the indexes %v", []int(indexes))
		}
		found = messages.Get(i)
		messages = found.Messages()
	}
	if found == nil {
		return nil, errors.New("no index of a message is given")
	}
	return f.schema(found, nil), nil
}
