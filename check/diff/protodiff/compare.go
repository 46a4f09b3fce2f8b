package protodiff

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// compare says in what a message that was read differs from that which was
// written, fields by their numbers. What the reader does not declare does not
// count.
func compare(written, read protoreflect.Message, at string) (effect Effect, says string) {
	passed := unknownNumbers(read.GetUnknown())
	written.Range(func(w protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		r := read.Descriptor().Fields().ByNumber(w.Number())
		if r == nil || w.IsExtension() {
			return true
		}
		place := join(at, string(w.Name()))
		if passed[w.Number()] && !read.Has(r) {
			effect, says = Lost, fmt.Sprintf("%s: %s is passed over, since it is written in another form than that of %s", place, show(w, v), typeName(r))
			return false
		}
		if r.HasPresence() && !read.Has(r) {
			effect, says = Lost, fmt.Sprintf("%s: %s is not seen%s", place, show(w, v), instead(read, r))
			return false
		}
		effect, says = compareField(w, v, r, read.Get(r), place)
		return effect == ""
	})
	return effect, says
}

// instead says what of a oneof came after a field, and took its place.
func instead(read protoreflect.Message, f field) string {
	if one := realOneof(f); one != nil {
		if other := read.WhichOneof(one); other != nil {
			return fmt.Sprintf(", since %q came after it and only one of the two is kept", other.Name())
		}
	}
	return ""
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// unknownNumbers are the numbers of what a reader passed over.
func unknownNumbers(data []byte) map[protoreflect.FieldNumber]bool {
	numbers := map[protoreflect.FieldNumber]bool{}
	for len(data) > 0 {
		number, _, size := protowire.ConsumeField(data)
		if size < 0 {
			break
		}
		numbers[number] = true
		data = data[size:]
	}
	return numbers
}

// compareField compares two values of fields, each as the list of its items.
func compareField(w field, v protoreflect.Value, r field, u protoreflect.Value, at string) (Effect, string) {
	written, read := items(w, v), items(r, u)
	if len(read) < len(written) {
		if len(read) == 0 {
			return Lost, fmt.Sprintf("%s: %s is not seen", at, show(w, v))
		}
		return Lost, fmt.Sprintf("%s: of %d values %d is read", at, len(written), len(read))
	}
	if len(read) > len(written) {
		return Altered, fmt.Sprintf("%s: %s is read as %d values", at, show(w, v), len(read))
	}
	for i := range written {
		if effect, says := compareItem(written[i], read[i], at); effect != "" {
			return effect, says
		}
	}
	return "", ""
}

// item is one value of a field: a scalar, a message, or an entry of a map.
type item struct {
	f     field
	v     protoreflect.Value
	key   *protoreflect.MapKey
	entry field // the map, for an entry
}

func items(f field, v protoreflect.Value) []item {
	switch {
	case f.IsMap():
		var list []item
		v.Map().Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
			list = append(list, item{f: f.MapValue(), v: value, key: &key, entry: f})
			return true
		})
		slices.SortFunc(list, func(a, b item) int { return strings.Compare(a.key.String(), b.key.String()) })
		return list
	case f.IsList():
		list := make([]item, v.List().Len())
		for i := range list {
			list[i] = item{f: f, v: v.List().Get(i)}
		}
		return list
	}
	return []item{{f: f, v: v}}
}

func compareItem(w, r item, at string) (Effect, string) {
	if w.key != nil || r.key != nil {
		return compareEntry(w, r, at)
	}
	x, y := w.f.Message(), r.f.Message()
	switch {
	case x != nil && y != nil:
		return compare(w.v.Message(), r.v.Message(), at)
	case x != nil || y != nil:
		return Altered, fmt.Sprintf("%s: %s is read as %s", at, show(w.f, w.v), typeName(r.f))
	}
	if w.f.Enum() != nil && r.f.Enum() != nil {
		return compareEnum(w, r, at)
	}
	if !sameScalar(w.f, w.v, r.f, r.v) {
		return Altered, fmt.Sprintf("%s: %s is read as %s", at, plain(w.f, w.v), plain(r.f, r.v))
	}
	return "", ""
}

// compareEntry compares entries of maps. On the wire an entry is a message with
// the key as number 1 and the value as number 2.
func compareEntry(w, r item, at string) (Effect, string) {
	wk, wv, ok := entryOf(w)
	rk, rv, ok2 := entryOf(r)
	if !ok || !ok2 {
		return Altered, fmt.Sprintf("%s: an entry of a map is read as %s", at, typeName(r.f))
	}
	if effect, says := compareItem(wk, rk, at+" (key)"); effect != "" {
		return effect, says
	}
	return compareItem(wv, rv, at)
}

// entryOf takes an entry apart: that of a map, or a message of its form.
func entryOf(i item) (key, value item, ok bool) {
	if i.key != nil {
		return item{f: i.entry.MapKey(), v: i.key.Value()}, item{f: i.f, v: i.v}, true
	}
	m := i.f.Message()
	if m == nil {
		return item{}, item{}, false
	}
	k, v := m.Fields().ByNumber(1), m.Fields().ByNumber(2)
	if k == nil || v == nil || k.IsList() || v.IsList() || k.IsMap() || v.IsMap() {
		return item{}, item{}, false
	}
	return item{f: k, v: i.v.Message().Get(k)}, item{f: v, v: i.v.Message().Get(v)}, true
}

// compareEnum compares values of enums: by their numbers, and by their names
// where a name means another number to the reader.
func compareEnum(w, r item, at string) (Effect, string) {
	if w.v.Enum() != r.v.Enum() {
		return Altered, fmt.Sprintf("%s: %s is read as %s", at, plain(w.f, w.v), plain(r.f, r.v))
	}
	writer, reader := w.f.Enum().Values(), r.f.Enum().Values()
	if r.f.Enum().IsClosed() && reader.ByNumber(w.v.Enum()) == nil && writer.ByNumber(w.v.Enum()) != nil {
		return Lost, fmt.Sprintf("%s: %s is passed over, since %s is closed and has no value %d", at, plain(w.f, w.v), r.f.Enum().Name(), w.v.Enum())
	}
	name := writer.ByNumber(w.v.Enum())
	if name == nil || hasName(reader, name.Name(), w.v.Enum()) {
		return "", ""
	}
	if other := reader.ByName(name.Name()); other != nil {
		return Altered, fmt.Sprintf("%s: %s is read as %s", at, name.Name(), plain(r.f, r.v))
	}
	return "", ""
}

// hasName reports whether a number has a name, which may be one of several.
func hasName(values protoreflect.EnumValueDescriptors, name protoreflect.Name, number protoreflect.EnumNumber) bool {
	v := values.ByName(name)
	return v != nil && v.Number() == number
}

// sameScalar reports whether two scalars mean the same: numbers by what they
// count, true as 1, texts by their bytes.
func sameScalar(w field, v protoreflect.Value, r field, u protoreflect.Value) bool {
	if text(w) || text(r) {
		return text(w) && text(r) && bytes.Equal(raw(w, v), raw(r, u))
	}
	x, y := floating(w), floating(r)
	if x != y {
		return false
	}
	if x {
		a, b := v.Float(), u.Float()
		return a == b || math.IsNaN(a) && math.IsNaN(b)
	}
	return count(w, v).Cmp(count(r, u)) == 0
}

func text(f field) bool {
	return f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind
}

func raw(f field, v protoreflect.Value) []byte {
	if f.Kind() == protoreflect.BytesKind {
		return v.Bytes()
	}
	return []byte(v.String())
}

func floating(f field) bool {
	return f.Kind() == protoreflect.FloatKind || f.Kind() == protoreflect.DoubleKind
}

// count is the whole number that a value is.
func count(f field, v protoreflect.Value) *big.Int {
	switch f.Kind() {
	case protoreflect.BoolKind:
		if v.Bool() {
			return big.NewInt(1)
		}
		return new(big.Int)
	case protoreflect.EnumKind:
		return big.NewInt(int64(v.Enum()))
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.Fixed32Kind, protoreflect.Fixed64Kind:
		return new(big.Int).SetUint64(v.Uint())
	}
	return big.NewInt(v.Int())
}

// plain shows a scalar.
func plain(f field, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.StringKind:
		return strconv.Quote(clip(v.String()))
	case protoreflect.BytesKind:
		return fmt.Sprintf("the bytes %x", v.Bytes()[:min(len(v.Bytes()), 20)])
	case protoreflect.EnumKind:
		if named := f.Enum().Values().ByNumber(v.Enum()); named != nil {
			return string(named.Name())
		}
		return strconv.Itoa(int(v.Enum()))
	}
	return clip(v.String())
}

func show(f field, v protoreflect.Value) string {
	switch {
	case f.IsMap():
		return "a map"
	case f.IsList():
		return "a list"
	case f.Message() != nil:
		return "a message"
	}
	return plain(f, v)
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
