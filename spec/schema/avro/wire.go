package avro

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/weft-dev/weft/internal/lazy"
)

// The headers that bytes in Avro travel with.
const (
	confluentMagic = 0x00
	confluentSize  = 5
	singleSize     = 10
)

var singleMagic = [2]byte{0xC3, 0x01}

// The errors of headers.
var (
	// ErrNoHeader says that bytes do not begin with the header asked for.
	ErrNoHeader = errors.New("the bytes do not begin with the header")
	// ErrOtherSchema says that a fingerprint is that of another schema.
	ErrOtherSchema = errors.New("the bytes were written by another schema")
)

// AppendConfluent adds the header of Confluent's wire format: a zero byte and
// the id that a registry gave the schema, in four bytes.
func AppendConfluent(to []byte, id uint32) []byte {
	return binary.BigEndian.AppendUint32(append(to, confluentMagic), id)
}

// CutConfluent takes the header of Confluent's wire format off.
func CutConfluent(data []byte) (id uint32, rest []byte, err error) {
	if len(data) < confluentSize || data[0] != confluentMagic {
		return 0, nil, fmt.Errorf("%w of a schema registry: a zero byte and four of the schema's id", ErrNoHeader)
	}
	return binary.BigEndian.Uint32(data[1:]), data[confluentSize:], nil
}

// EncodeSingle writes a value in the single-object encoding: two bytes of mark,
// the fingerprint of the schema, the value (specification, "Single-object
// encoding").
func (s *Schema) EncodeSingle(value any) ([]byte, error) {
	to := binary.LittleEndian.AppendUint64(singleMagic[:], s.Fingerprint())
	return s.Append(to, value)
}

// CutSingle takes the header of the single-object encoding off, and returns the
// fingerprint of the schema that wrote the rest.
func CutSingle(data []byte) (fingerprint uint64, rest []byte, err error) {
	if len(data) < singleSize || data[0] != singleMagic[0] || data[1] != singleMagic[1] {
		return 0, nil, fmt.Errorf("%w of the single-object encoding: C3 01 and eight of the schema's fingerprint", ErrNoHeader)
	}
	return binary.LittleEndian.Uint64(data[2:]), data[singleSize:], nil
}

// DecodeSingle reads a value in the single-object encoding that was written by
// the same schema.
func (s *Schema) DecodeSingle(data []byte) (any, error) {
	fingerprint, rest, err := CutSingle(data)
	if err != nil {
		return nil, err
	}
	if own := s.Fingerprint(); fingerprint != own {
		return nil, fmt.Errorf("%w: its fingerprint is %016x, and that of this one %016x", ErrOtherSchema, fingerprint, own)
	}
	return s.Decode(rest)
}

// rabinEmpty is the fingerprint of nothing, and the polynomial of all others
// (specification, "Schema Fingerprints").
const rabinEmpty = 0xc15d213aa4d7a795

var rabinTable = lazy.Of[*[256]uint64]{Make: func() *[256]uint64 {
	var table [256]uint64
	for i := range table {
		fp := uint64(i)
		for range 8 {
			fp = fp>>1 ^ rabinEmpty&-(fp&1)
		}
		table[i] = fp
	}
	return &table
}}

// Rabin returns the CRC-64-AVRO fingerprint of bytes.
func Rabin(data []byte) uint64 {
	table, fp := rabinTable.Get(), uint64(rabinEmpty)
	for _, b := range data {
		fp = fp>>8 ^ table[byte(fp)^b]
	}
	return fp
}

// Fingerprint returns the CRC-64-AVRO fingerprint of the schema's canonical
// form. It is made once.
func (s *Schema) Fingerprint() uint64 { return s.fingerprint() }
