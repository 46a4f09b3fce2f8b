package amqp1server

import (
	"encoding/binary"
	"errors"
	"math"
)

// The types of values that Go has no other word for (part 1, section 1.6). What
// has none here either is kept as it came.
type (
	symbol    string
	timestamp int64 // milliseconds since 1970
	char      uint32
	uuid      [16]byte
)

// opaque is a value that is only passed on: a decimal, or an array.
type opaque struct{ encoded []byte }

// dict is a map. Its order is kept.
type dict []pair

type pair struct{ key, value any }

// set replaces or adds a value, in a copy.
func (d dict) set(key, value any) dict {
	copied := make(dict, 0, len(d)+1)
	for _, p := range d {
		if p.key != key {
			copied = append(copied, p)
		}
	}
	return append(copied, pair{key, value})
}

// described is a value with a descriptor: performatives, sections, outcomes,
// sources and targets are lists with one.
type described struct {
	descriptor any
	value      any
}

// code is the number of a descriptor, which may also be a name.
func (d described) code() uint64 {
	switch descriptor := d.descriptor.(type) {
	case uint64:
		return descriptor
	case symbol:
		return codesByName.Get()[descriptor]
	}
	return 0
}

// fields are those of a composite type.
func (d described) fields() fields {
	list, _ := d.value.([]any)
	return list
}

// fields are the fields of a composite type; those at the end may be missing.
type fields []any

func (f fields) at(i int) any {
	if i < len(f) {
		return f[i]
	}
	return nil
}

func (f fields) text(i int) string {
	switch v := f.at(i).(type) {
	case string:
		return v
	case symbol:
		return string(v)
	}
	return ""
}

// number is a whole number without sign, of any width.
func (f fields) number(i int) (n uint64, ok bool) {
	switch v := f.at(i).(type) {
	case uint8:
		return uint64(v), true
	case uint16:
		return uint64(v), true
	case uint32:
		return uint64(v), true
	case uint64:
		return v, true
	}
	return 0, false
}

func (f fields) long(i int) uint32 {
	n, _ := f.number(i)
	return uint32(n)
}

func (f fields) flag(i int) bool {
	v, _ := f.at(i).(bool)
	return v
}

func (f fields) composite(i int) (described, bool) {
	v, ok := f.at(i).(described)
	return v, ok
}

// symbols are those of a field that may be one or an array of them.
func (f fields) symbols(i int) []symbol {
	switch v := f.at(i).(type) {
	case symbol:
		return []symbol{v}
	case []symbol:
		return v
	}
	return nil
}

var (
	errShort   = errors.New("a value ends before its length")
	errDepth   = errors.New("values are nested too deep")
	errUnknown = errors.New("a value of an unknown type")
	errCount   = errors.New("a value has more elements than it has room for")
)

// maxDepth bounds values in values.
const maxDepth = 16

// reader takes values apart. After the first mistake it gives nothing; err says
// whether there was one.
type reader struct {
	data []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data = nil
}

func (r *reader) take(n uint64) []byte {
	if r.err != nil || n > uint64(len(r.data)) {
		r.fail(errShort)
		return nil
	}
	head := r.data[:n:n]
	r.data = r.data[n:]
	return head
}

func (r *reader) octet() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// unsigned reads a number of that many bytes.
func (r *reader) unsigned(width uint64) uint64 {
	var n uint64
	for _, b := range r.take(width) {
		n = n<<8 | uint64(b)
	}
	return n
}

func (r *reader) value() any { return r.valueAt(0) }

func (r *reader) valueAt(depth int) any {
	if depth > maxDepth {
		r.fail(errDepth)
		return nil
	}
	before := r.data
	code := r.octet()
	if r.err != nil {
		return nil
	}
	if code == 0 {
		d := described{descriptor: r.valueAt(depth + 1)}
		d.value = r.valueAt(depth + 1)
		return d
	}
	v := r.typed(code, depth)
	if o, ok := v.(opaque); ok {
		o.encoded = before[: len(before)-len(r.data) : len(before)-len(r.data)]
		return o
	}
	return v
}

// typed reads a value after its code.
func (r *reader) typed(code byte, depth int) any {
	switch code >> 4 {
	case 0x4:
		return r.empty(code)
	case 0x5, 0x6, 0x7, 0x8, 0x9:
		return r.fixed(code)
	case 0xa:
		return r.variable(code, r.take(r.unsigned(1)))
	case 0xb:
		return r.variable(code, r.take(r.unsigned(4)))
	case 0xc, 0xd:
		return r.compound(code, depth)
	case 0xe:
		return r.array(1)
	case 0xf:
		return r.array(4)
	}
	r.fail(errUnknown)
	return nil
}

func (r *reader) empty(code byte) any {
	switch code {
	case 0x40:
		return nil
	case 0x41:
		return true
	case 0x42:
		return false
	case 0x43:
		return uint32(0)
	case 0x44:
		return uint64(0)
	case 0x45:
		return []any{}
	}
	r.fail(errUnknown)
	return nil
}

func (r *reader) fixed(code byte) any {
	switch code {
	case 0x50:
		return r.octet()
	case 0x51:
		return int8(r.octet())
	case 0x52:
		return uint32(r.octet())
	case 0x53:
		return uint64(r.octet())
	case 0x54:
		return int32(int8(r.octet()))
	case 0x55:
		return int64(int8(r.octet()))
	case 0x56:
		return r.octet() != 0
	case 0x60:
		return uint16(r.unsigned(2))
	case 0x61:
		return int16(r.unsigned(2))
	case 0x70:
		return uint32(r.unsigned(4))
	case 0x71:
		return int32(r.unsigned(4))
	case 0x72:
		return math.Float32frombits(uint32(r.unsigned(4)))
	case 0x73:
		return char(r.unsigned(4))
	case 0x80:
		return r.unsigned(8)
	case 0x81:
		return int64(r.unsigned(8))
	case 0x82:
		return math.Float64frombits(r.unsigned(8))
	case 0x83:
		return timestamp(r.unsigned(8))
	}
	return r.wide(code)
}

func (r *reader) wide(code byte) any {
	switch code {
	case 0x74:
		r.take(4)
		return opaque{}
	case 0x84:
		r.take(8)
		return opaque{}
	case 0x94:
		r.take(16)
		return opaque{}
	case 0x98:
		var id uuid
		copy(id[:], r.take(16))
		return id
	}
	r.fail(errUnknown)
	return nil
}

func (r *reader) variable(code byte, data []byte) any {
	switch code & 0xf {
	case 0x0:
		return append([]byte{}, data...)
	case 0x1:
		return string(data)
	case 0x3:
		return symbol(data)
	}
	r.fail(errUnknown)
	return nil
}

// compound reads a list or a map.
func (r *reader) compound(code byte, depth int) any {
	width := uint64(1)
	if code >= 0xd0 {
		width = 4
	}
	inner := reader{data: r.take(r.unsigned(width)), err: r.err}
	count := inner.unsigned(width)
	if count > uint64(len(inner.data)) { // each has one byte at least
		inner.fail(errCount)
	}
	var v any
	switch code & 0xf {
	case 0x0:
		list := make([]any, 0, min(count, 64))
		for ; count > 0 && inner.err == nil; count-- {
			list = append(list, inner.valueAt(depth+1))
		}
		v = list
	case 0x1:
		var d dict
		for ; count > 1 && inner.err == nil; count -= 2 {
			key := inner.valueAt(depth + 1)
			d = append(d, pair{key, inner.valueAt(depth + 1)})
		}
		v = d
	default:
		inner.fail(errUnknown)
	}
	if inner.err != nil {
		r.fail(inner.err)
		return nil
	}
	return v
}

// array reads an array of symbols; others are kept as they came.
func (r *reader) array(width uint64) any {
	inner := reader{data: r.take(r.unsigned(width)), err: r.err}
	count := inner.unsigned(width)
	code := inner.octet()
	if inner.err != nil {
		r.fail(inner.err)
		return nil
	}
	if code != 0xa3 && code != 0xb3 {
		return opaque{}
	}
	if count > uint64(len(inner.data)) {
		r.fail(errCount)
		return nil
	}
	list := make([]symbol, 0, min(count, 64))
	for ; count > 0 && inner.err == nil; count-- {
		size := uint64(1)
		if code == 0xb3 {
			size = 4
		}
		list = append(list, symbol(inner.take(inner.unsigned(size))))
	}
	if inner.err != nil {
		r.fail(inner.err)
		return nil
	}
	return list
}

// appendValue writes a value. One of a type that it does not know is nothing.
func appendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case bool:
		if v {
			return append(b, 0x41)
		}
		return append(b, 0x42)
	case string:
		return appendVariable(b, 0xa1, v)
	case symbol:
		return appendVariable(b, 0xa3, string(v))
	case []byte:
		return appendVariable(b, 0xa0, string(v))
	case opaque:
		return append(b, v.encoded...)
	case uuid:
		return append(append(b, 0x98), v[:]...)
	case []any:
		return appendCompound(b, 0xc0, v)
	case []symbol:
		return appendSymbols(b, v)
	case dict:
		list := make([]any, 0, 2*len(v))
		for _, p := range v {
			list = append(list, p.key, p.value)
		}
		return appendCompound(b, 0xc1, list)
	case described:
		return appendValue(appendValue(append(b, 0), v.descriptor), v.value)
	}
	return appendNumber(b, value)
}

func appendNumber(b []byte, value any) []byte {
	switch v := value.(type) {
	case uint8:
		return append(b, 0x50, v)
	case uint16:
		return binary.BigEndian.AppendUint16(append(b, 0x60), v)
	case uint32:
		if v < 256 {
			return append(b, 0x52, byte(v))
		}
		return binary.BigEndian.AppendUint32(append(b, 0x70), v)
	case uint64:
		if v < 256 {
			return append(b, 0x53, byte(v))
		}
		return binary.BigEndian.AppendUint64(append(b, 0x80), v)
	case int8:
		return append(b, 0x51, byte(v))
	case int16:
		return binary.BigEndian.AppendUint16(append(b, 0x61), uint16(v))
	case int32:
		return binary.BigEndian.AppendUint32(append(b, 0x71), uint32(v))
	case int64:
		return binary.BigEndian.AppendUint64(append(b, 0x81), uint64(v))
	case float32:
		return binary.BigEndian.AppendUint32(append(b, 0x72), math.Float32bits(v))
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 0x82), math.Float64bits(v))
	case char:
		return binary.BigEndian.AppendUint32(append(b, 0x73), uint32(v))
	case timestamp:
		return binary.BigEndian.AppendUint64(append(b, 0x83), uint64(v))
	}
	return append(b, 0x40)
}

// appendVariable writes text or bytes by the code of their short form.
func appendVariable(b []byte, code byte, data string) []byte {
	if len(data) < 256 {
		return append(append(b, code, byte(len(data))), data...)
	}
	return append(binary.BigEndian.AppendUint32(append(b, code+0x10), uint32(len(data))), data...)
}

// appendCompound writes a list or a map by the code of its short form.
func appendCompound(b []byte, code byte, list []any) []byte {
	if len(list) == 0 && code == 0xc0 {
		return append(b, 0x45)
	}
	var inner []byte
	for _, v := range list {
		inner = appendValue(inner, v)
	}
	if len(inner) < 255 && len(list) < 256 {
		return append(append(b, code, byte(len(inner)+1), byte(len(list))), inner...)
	}
	b = binary.BigEndian.AppendUint32(append(b, code+0x10), uint32(len(inner)+4))
	return append(binary.BigEndian.AppendUint32(b, uint32(len(list))), inner...)
}

func appendSymbols(b []byte, list []symbol) []byte {
	inner := []byte{0xb3}
	for _, s := range list {
		inner = append(binary.BigEndian.AppendUint32(inner, uint32(len(s))), s...)
	}
	b = binary.BigEndian.AppendUint32(append(b, 0xf0), uint32(len(inner)+4))
	return append(binary.BigEndian.AppendUint32(b, uint32(len(list))), inner...)
}

// composite is a composite type with the fields up to the last that is there.
func composite(code uint64, list ...any) described {
	for len(list) > 0 && list[len(list)-1] == nil {
		list = list[:len(list)-1]
	}
	return described{code, list}
}
