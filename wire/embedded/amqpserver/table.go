package amqpserver

import (
	"encoding/binary"
	"fmt"
	"math"
)

// table is a field table. Its order is kept, as it may matter to receivers.
type table []field

// field is one entry. The types of values are those of decodeValue.
type field struct {
	name  string
	value any
}

// The types of values that Go has no other word for.
type (
	decimal   struct{ raw [5]byte }
	timestamp uint64 // seconds since 1970
)

// maxDepth bounds tables in tables.
const maxDepth = 16

func (t table) get(name string) (any, bool) {
	for _, f := range t {
		if f.name == name {
			return f.value, true
		}
	}
	return nil, false
}

// set replaces a value, or adds it, in a copy: tables are shared between
// messages.
func (t table) set(name string, value any) table {
	copied := make(table, 0, len(t)+1)
	found := false
	for _, f := range t {
		if f.name == name {
			f.value, found = value, true
		}
		copied = append(copied, f)
	}
	if !found {
		copied = append(copied, field{name, value})
	}
	return copied
}

func (t table) without(name string) table {
	copied := make(table, 0, len(t))
	for _, f := range t {
		if f.name != name {
			copied = append(copied, f)
		}
	}
	return copied
}

func (r *reader) table() table { return r.tableAt(0) }

func (r *reader) tableAt(depth int) table {
	inner := reader{data: r.longString(), err: r.err}
	if depth > maxDepth {
		inner.err = errSyntax
	}
	var t table
	for inner.err == nil && len(inner.data) > 0 {
		name := inner.shortString()
		t = append(t, field{name, inner.value(depth)})
	}
	if inner.err != nil {
		r.err = inner.err
		return nil
	}
	return t
}

func (r *reader) array(depth int) []any {
	inner := reader{data: r.longString(), err: r.err}
	if depth > maxDepth {
		inner.err = errSyntax
	}
	list := []any{}
	for inner.err == nil && len(inner.data) > 0 {
		list = append(list, inner.value(depth))
	}
	if inner.err != nil {
		r.err = inner.err
		return nil
	}
	return list
}

// value reads one value by the letters that RabbitMQ and its clients use.
func (r *reader) value(depth int) any {
	switch kind := r.octet(); kind {
	case 't':
		return r.octet() != 0
	case 'b':
		return int8(r.octet())
	case 'B':
		return r.octet()
	case 's':
		return int16(r.short())
	case 'u':
		return r.short()
	case 'I':
		return int32(r.long())
	case 'i':
		return r.long()
	case 'l':
		return int64(r.longLong())
	case 'f':
		return math.Float32frombits(r.long())
	case 'd':
		return math.Float64frombits(r.longLong())
	case 'D':
		var d decimal
		copy(d.raw[:], r.take(len(d.raw)))
		return d
	case 'S':
		return string(r.longString())
	case 'x':
		return append([]byte{}, r.longString()...)
	case 'A':
		return r.array(depth + 1)
	case 'T':
		return timestamp(r.longLong())
	case 'F':
		return r.tableAt(depth + 1)
	case 'V':
		return nil
	default:
		if r.err == nil {
			r.err = fmt.Errorf("unknown type %q of a table's value", kind)
		}
		return nil
	}
}

func (w *writer) table(t table) {
	w.sized(func() {
		for _, f := range t {
			w.shortString(f.name)
			w.value(f.value)
		}
	})
}

// sized writes what write writes after its length.
func (w *writer) sized(write func()) {
	start := len(w.data)
	w.long(0)
	write()
	binary.BigEndian.PutUint32(w.data[start:], uint32(len(w.data)-start-4))
}

func (w *writer) value(value any) {
	switch v := value.(type) {
	case bool:
		w.octet('t')
		w.flag(v)
	case int8:
		w.octet('b')
		w.octet(byte(v))
	case uint8:
		w.octet('B')
		w.octet(v)
	case int16:
		w.octet('s')
		w.short(uint16(v))
	case uint16:
		w.octet('u')
		w.short(v)
	case int32:
		w.octet('I')
		w.long(uint32(v))
	case uint32:
		w.octet('i')
		w.long(v)
	case int64:
		w.octet('l')
		w.longLong(uint64(v))
	case float32:
		w.octet('f')
		w.long(math.Float32bits(v))
	case float64:
		w.octet('d')
		w.longLong(math.Float64bits(v))
	case decimal:
		w.octet('D')
		w.data = append(w.data, v.raw[:]...)
	case string:
		w.octet('S')
		w.longString([]byte(v))
	case []byte:
		w.octet('x')
		w.longString(v)
	case timestamp:
		w.octet('T')
		w.longLong(uint64(v))
	case []any:
		w.octet('A')
		w.sized(func() {
			for _, item := range v {
				w.value(item)
			}
		})
	case table:
		w.octet('F')
		w.table(v)
	default:
		w.octet('V')
	}
}

// whole returns a whole number of any width.
func whole(value any) (int64, bool) {
	switch v := value.(type) {
	case int8:
		return int64(v), true
	case uint8:
		return int64(v), true
	case int16:
		return int64(v), true
	case uint16:
		return int64(v), true
	case int32:
		return int64(v), true
	case uint32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

// same compares two values as bindings and declarations do: numbers by value,
// strings and bytes as one.
func same(a, b any) bool {
	if x, ok := whole(a); ok {
		y, ok := whole(b)
		return ok && x == y
	}
	return string(encoded(a)) == string(encoded(b))
}

func encoded(value any) []byte {
	if b, ok := value.([]byte); ok {
		value = string(b)
	}
	var w writer
	w.value(value)
	return w.data
}

func encodedTable(t table) []byte {
	var w writer
	w.table(t)
	return w.data
}
