// Package frame reads and writes the frames of Pulsar's binary protocol and the
// few protocol buffers in them: the client library keeps its own to itself. It
// is what the driver says hello with, and all that our server speaks.
//
// It knows numbers of fields and must not know what they mean, but for those
// that a frame itself has.
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// The types of commands; the field of a command has the number of its type.
const (
	Connect             = 2
	Connected           = 3
	Subscribe           = 4
	Producer            = 5
	Send                = 6
	SendReceipt         = 7
	SendError           = 8
	Message             = 9
	Ack                 = 10
	Flow                = 11
	Unsubscribe         = 12
	Success             = 13
	Error               = 14
	CloseProducer       = 15
	CloseConsumer       = 16
	ProducerSuccess     = 17
	Ping                = 18
	Pong                = 19
	Redeliver           = 20
	PartitionedMetadata = 21
	PartitionedAnswer   = 22
	Lookup              = 23
	LookupAnswer        = 24
	ConsumerStats       = 25
	ConsumerStatsAnswer = 26
	Seek                = 28
	LastMessageID       = 29
	LastMessageIDAnswer = 30
	ActiveChange        = 31
	TopicsOf            = 32
	TopicsOfAnswer      = 33
	GetSchema           = 34
	GetSchemaAnswer     = 35
	AuthChallenge       = 36
	AuthResponse        = 37
	AckResponse         = 38
	MakeSchema          = 39
	MakeSchemaAnswer    = 40
)

// The kinds of errors that a server tells.
const (
	UnknownError        = 0
	AuthenticationError = 3
	AuthorizationError  = 4
	ConsumerBusy        = 5
	QuotaExceeded       = 7
	ChecksumError       = 9
	TopicNotFound       = 11
	SubscriptionMissing = 12
	ConsumerNotFound    = 13
	TooManyRequests     = 14
	InvalidTopicName    = 17
	NotAllowed          = 22
)

// MaxSize is the largest frame that is read, in bytes: the largest message and
// what is around it.
const MaxSize = 5<<20 + 64<<10

// errFrame is for what is not the protocol.
var errFrame = errors.New("this is no frame of Pulsar's binary protocol")

// Fields is a protocol buffer taken apart, in the order it was written.
type Fields []Field

// Field is one of its fields: a number, or bytes.
type Field struct {
	Number int
	Value  uint64
	Bytes  []byte
}

// Parse takes a protocol buffer apart. Its bytes are part of data.
func Parse(data []byte) (Fields, error) {
	var fields Fields
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return nil, errFrame
		}
		data = data[n:]
		field := Field{Number: int(number)}
		switch kind {
		case protowire.VarintType:
			field.Value, n = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			field.Bytes, n = protowire.ConsumeBytes(data)
		case protowire.Fixed64Type:
			field.Value, n = protowire.ConsumeFixed64(data)
		case protowire.Fixed32Type:
			var value uint32
			value, n = protowire.ConsumeFixed32(data)
			field.Value = uint64(value)
		default:
			return nil, errFrame
		}
		if n < 0 {
			return nil, errFrame
		}
		data = data[n:]
		fields = append(fields, field)
	}
	return fields, nil
}

// find returns the last field of a number: that is the one that counts.
func (f Fields) find(number int) (Field, bool) {
	for i := len(f) - 1; i >= 0; i-- {
		if f[i].Number == number {
			return f[i], true
		}
	}
	return Field{}, false
}

// Has reports whether there is a field of that number.
func (f Fields) Has(number int) bool {
	_, ok := f.find(number)
	return ok
}

// Uint returns a number, or 0.
func (f Fields) Uint(number int) uint64 {
	field, _ := f.find(number)
	return field.Value
}

// Text returns a text, or "".
func (f Fields) Text(number int) string {
	field, _ := f.find(number)
	return string(field.Bytes)
}

// Bytes returns bytes, or nil.
func (f Fields) Bytes(number int) []byte {
	field, _ := f.find(number)
	return field.Bytes
}

// All returns the messages that a repeated field has.
func (f Fields) All(number int) ([]Fields, error) {
	var all []Fields
	for _, field := range f {
		if field.Number != number {
			continue
		}
		inner, err := Parse(field.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, inner)
	}
	return all, nil
}

// Body is a protocol buffer that is being written.
type Body []byte

// Uint adds a number.
func (b Body) Uint(number int, value uint64) Body {
	b = protowire.AppendTag(b, protowire.Number(number), protowire.VarintType)
	return protowire.AppendVarint(b, value)
}

// Text adds a text.
func (b Body) Text(number int, value string) Body {
	b = protowire.AppendTag(b, protowire.Number(number), protowire.BytesType)
	return protowire.AppendString(b, value)
}

// Bytes adds bytes, or a message within.
func (b Body) Bytes(number int, value []byte) Body {
	b = protowire.AppendTag(b, protowire.Number(number), protowire.BytesType)
	return protowire.AppendBytes(b, value)
}

// Command is one frame. Rest is what follows the command: nil, or a message's
// checksum, metadata and payload.
type Command struct {
	Type   int
	Fields Fields
	Rest   []byte
}

// Append writes a frame.
func Append(out []byte, kind int, body Body, rest []byte) []byte {
	command := Body(nil).Uint(1, uint64(kind)).Bytes(kind, body)
	out = binary.BigEndian.AppendUint32(out, uint32(4+len(command)+len(rest)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(command)))
	out = append(out, command...)
	return append(out, rest...)
}

// Read reads one frame.
func Read(in io.Reader) (*Command, error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	total, size := binary.BigEndian.Uint32(head[:4]), binary.BigEndian.Uint32(head[4:])
	if total > MaxSize || total < 4 || size > total-4 {
		return nil, errFrame
	}
	data, err := readAll(in, int(total-4))
	if err != nil {
		return nil, err
	}
	fields, err := Parse(data[:size])
	if err != nil {
		return nil, err
	}
	kind := int(fields.Uint(1))
	inner, err := Parse(fields.Bytes(kind))
	if err != nil || kind < Connect {
		return nil, errFrame
	}
	return &Command{Type: kind, Fields: inner, Rest: data[size:]}, nil
}

// readAll does not believe a size before the bytes are there.
func readAll(in io.Reader, size int) ([]byte, error) {
	const step = 64 << 10
	data := make([]byte, 0, min(size, step))
	for len(data) < size {
		n := min(size-len(data), max(step, len(data)))
		from := len(data)
		data = append(data, make([]byte, n)...)
		if _, err := io.ReadFull(in, data[from:]); err != nil {
			return nil, fmt.Errorf("in the middle of a frame: %w", err)
		}
	}
	return data, nil
}

// magic says that a checksum follows.
const magic = 0x0e01

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrChecksum is for a message that is not as it was sent.
var ErrChecksum = errors.New("the checksum is wrong")

// Metadata returns the metadata of a message, of what follows its command.
func Metadata(rest []byte) (Fields, error) {
	if len(rest) >= 6 && binary.BigEndian.Uint16(rest) == magic {
		if binary.BigEndian.Uint32(rest[2:]) != crc32.Checksum(rest[6:], castagnoli) {
			return nil, ErrChecksum
		}
		rest = rest[6:]
	}
	if len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-4) {
		return nil, errFrame
	}
	return Parse(rest[4 : 4+binary.BigEndian.Uint32(rest)])
}
