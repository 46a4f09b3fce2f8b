package protobuf

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const (
	sampleDepth  = 24    // levels, at most
	sampleFull   = 4     // levels on which all fields are filled in
	sampleValues = 2_000 // values in one sample; from there on only what is required
)

// Sample implements schema.Schema. Every field is filled in, one of each oneof,
// down to some levels; below only what is required.
func (s *Schema) Sample(seed uint64) (any, error) {
	m := &maker{rng: rand.New(rand.NewPCG(seed, 0x70726f746f)), left: sampleValues}
	value := m.message(s.message, 0)
	if m.endless {
		return nil, fmt.Errorf("no %s can be made: a required field needs another of the same message, without end", s.message.FullName())
	}
	if broken := s.Validate(value); len(broken) > 0 {
		return nil, fmt.Errorf("no %s could be made: %s", s.message.FullName(), broken[0].Message)
	}
	return value, nil
}

type maker struct {
	rng     *rand.Rand
	left    int
	endless bool
}

func (m *maker) message(d protoreflect.MessageDescriptor, depth int) any {
	if special := specialOf(d); special != nil {
		return m.wellKnown(d)
	}
	object := map[string]any{}
	if depth > sampleDepth {
		m.endless = true
		return object
	}
	chosen := map[int]protoreflect.FullName{}
	oneofs := d.Oneofs()
	for i := range oneofs.Len() {
		members := oneofs.Get(i).Fields()
		chosen[i] = members.Get(m.rng.IntN(members.Len())).FullName()
	}
	fields := d.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		m.left--
		required := f.Cardinality() == protoreflect.Required
		if one := f.ContainingOneof(); one != nil && chosen[one.Index()] != f.FullName() {
			continue
		}
		if !required && (m.left <= 0 || f.Message() != nil && depth >= sampleFull) {
			continue
		}
		object[f.JSONName()] = m.field(f, depth)
	}
	return object
}

func (m *maker) field(f protoreflect.FieldDescriptor, depth int) any {
	switch {
	case f.IsMap():
		object := map[string]any{}
		for i := range 1 + m.rng.IntN(2) {
			object[m.key(f.MapKey(), i)] = m.single(f.MapValue(), string(f.Name()), depth)
		}
		return object
	case f.IsList():
		list := make([]any, 1+m.rng.IntN(2))
		for i := range list {
			list[i] = m.single(f, string(f.Name()), depth)
		}
		return list
	}
	return m.single(f, string(f.Name()), depth)
}

func (m *maker) key(f protoreflect.FieldDescriptor, i int) string {
	switch f.Kind() {
	case protoreflect.StringKind:
		return "key-" + strconv.Itoa(i+1)
	case protoreflect.BoolKind:
		return strconv.FormatBool(i == 0)
	}
	return strconv.Itoa(i + 1)
}

func (m *maker) single(f protoreflect.FieldDescriptor, name string, depth int) any {
	m.left--
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return m.message(f.Message(), depth+1)
	case protoreflect.EnumKind:
		return m.enum(f.Enum())
	case protoreflect.BoolKind:
		return m.rng.IntN(2) == 0
	case protoreflect.StringKind:
		return name + "-" + strconv.Itoa(1+m.rng.IntN(999))
	case protoreflect.BytesKind:
		data := []byte{byte(m.rng.IntN(256)), byte(m.rng.IntN(256)), byte(m.rng.IntN(256))}
		return base64.StdEncoding.EncodeToString(data)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return json.Number(strconv.FormatFloat(float64(1+m.rng.IntN(4_000))/4, 'f', -1, 64))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return strconv.Itoa(1 + m.rng.IntN(100_000))
	}
	return json.Number(strconv.Itoa(1 + m.rng.IntN(1_000)))
}

// enum chooses a value; not the zero, which says nothing, where there are others.
func (m *maker) enum(e protoreflect.EnumDescriptor) any {
	if e.FullName() == "google.protobuf.NullValue" {
		return nil
	}
	values := e.Values()
	first := 0
	if values.Len() > 1 && values.Get(0).Number() == 0 {
		first = 1
	}
	return string(values.Get(first + m.rng.IntN(values.Len()-first)).Name())
}

// sampleStart is where the times of samples begin.
func sampleStart() time.Time { return time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC) }

func (m *maker) wellKnown(d protoreflect.MessageDescriptor) any {
	switch d.Name() {
	case "Timestamp":
		return sampleStart().Add(time.Duration(m.rng.IntN(365*24*3600)) * time.Second).Format(time.RFC3339)
	case "Duration":
		return strconv.Itoa(1+m.rng.IntN(3_600)) + "s"
	case "FieldMask":
		return "name,id"
	case "Any":
		return map[string]any{}
	case "Struct":
		return map[string]any{"name": "value-" + strconv.Itoa(1+m.rng.IntN(99))}
	case "Value":
		return "value-" + strconv.Itoa(1+m.rng.IntN(99))
	case "ListValue":
		return []any{"value-" + strconv.Itoa(1+m.rng.IntN(99))}
	}
	return m.single(d.Fields().ByNumber(1), "value", 0)
}
