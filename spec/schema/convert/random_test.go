package convert_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/text/diag"
)

// maker makes schemas at random.
type maker struct {
	*rand.Rand
	count int
}

func (m *maker) one(list ...string) string { return list[m.IntN(len(list))] }

func (m *maker) schema(depth int) string {
	m.count++
	scalars := []string{
		`{"type":"string"}`, `{"type":"integer"}`, `{"type":"number"}`, `{"type":"boolean"}`, `{"type":["string","null"]}`,
		`{"type":"string","minLength":2,"maxLength":9}`, `{"type":"integer","minimum":0,"maximum":500}`, `{"type":"integer","format":"int32"}`,
		`{"type":"integer","minimum":3}`, `{"type":"string","format":"date-time"}`, `{"type":"string","format":"uuid"}`, `{"type":"string","format":"date"}`,
		`{"enum":["A","B","C"]}`, `{"enum":["a b","c"]}`, `{"type":"integer","enum":[1,2,3]}`, `{"const":"only"}`, `{"enum":["X",null]}`,
		`{"type":["integer","string"]}`, `{"oneOf":[{"type":"string"},{"type":"null"}]}`, `{"anyOf":[{"type":"boolean"},{"type":"integer"}]}`,
		`{"type":"boolean","default":true}`, `{"type":"integer","default":7}`, `{"type":"string","default":"no"}`, `true`, `{}`, `{"type":"null"}`, `{"type":"object"}`,
	}
	if depth <= 0 {
		return m.one(scalars...)
	}
	switch m.IntN(9) {
	case 0, 1, 2, 3:
		return m.object(depth)
	case 4:
		return `{"type":"array","items":` + m.schema(depth-1) + `}`
	case 5:
		return `{"type":"object","additionalProperties":` + m.schema(depth-1) + `}`
	case 6:
		return `{"allOf":[` + m.object(depth-1) + `,` + m.object(depth-1) + `]}`
	case 7:
		return `{"oneOf":[` + m.object(depth-1) + `,{"type":"null"}]}`
	}
	return m.one(scalars...)
}

func (m *maker) object(depth int) string {
	var properties, required []string
	for range 1 + m.IntN(4) {
		m.count++
		name := fmt.Sprintf(m.one("name%d", "some-name-%d", "Name%d", "some_name_%d", "%dth", "ünï%d"), m.count)
		properties = append(properties, fmt.Sprintf(`%q:%s`, name, m.schema(depth-1)))
		if m.IntN(2) == 0 {
			required = append(required, fmt.Sprintf("%q", name))
		}
	}
	return `{"type":"object","title":"` + m.one("thing", "Other Thing", "") + `","properties":{` + strings.Join(properties, ",") + `},"required":[` + strings.Join(required, ",") + `]}`
}

// TestValuesOfRandomSchemasFitWhatIsMadeOfThem converts schemas and judges
// values of the first by the second. What the first has a limit for that the
// second has not is no matter here: only the other way round.
func TestValuesOfRandomSchemasFitWhatIsMadeOfThem(t *testing.T) {
	t.Parallel()
	m := &maker{Rand: rand.New(rand.NewPCG(1, 37))}
	protos, avros := 0, 0
	for range 300 {
		text := m.object(3)
		from := jsonOf(t, text)
		doc, refs := document(t, text)
		opt := convert.Options{Name: "Root", Refs: refs}
		made, found := convert.JSONSchemaToProtobuf(doc, opt)
		if diag.Worst(found) >= diag.Error {
			t.Fatalf("%s: %v", text, found)
		}
		proto := protoOf(t, made, firstMessage(made))
		node, found := convert.JSONSchemaToAvro(doc, opt)
		toAvro := diag.Worst(found) < diag.Error
		target := avroOf(t, printed(t, node))
		for seed := range uint64(3) {
			v, err := from.Sample(seed)
			if err != nil {
				continue
			}
			if broken := proto.Validate(v); len(broken) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", text, made, printedValue(v), broken[0].Message)
			}
			protos++
			if !toAvro {
				continue
			}
			if broken := target.Validate(renamed(v)); len(broken) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", text, printed(t, node), printedValue(v), broken[0].Message)
			}
			avros++
		}
	}
	if protos < 600 || avros < 60 {
		t.Errorf("%d values were judged by Protobuf and %d by Avro, which is too few to show anything", protos, avros)
	}
}

// renamed gives properties the names that Avro has for them.
func renamed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, part := range v {
			if strings.HasPrefix(key, "some-name-") || strings.HasPrefix(key, "ünï") {
				key = strings.NewReplacer("-", "_", "ü", "_", "ï", "_").Replace(key)
			} else if strings.HasSuffix(key, "th") {
				key = "_" + key
			}
			out[key] = renamed(part)
		}
		return out
	case []any:
		for i := range v {
			v[i] = renamed(v[i])
		}
	}
	return v
}

// TestValuesOfRandomAvroFitWhatIsMadeOfThem is the same from Avro.
func TestValuesOfRandomAvroFitWhatIsMadeOfThem(t *testing.T) {
	t.Parallel()
	m := &maker{Rand: rand.New(rand.NewPCG(2, 37))}
	for range 150 {
		text := m.record(3)
		s := avroOf(t, text)
		node, _ := convert.AvroToJSONSchema(s, convert.Options{})
		made, _ := convert.AvroToProtobuf(s, convert.Options{})
		js, proto := jsonOf(t, printed(t, node)), protoOf(t, made, firstMessage(made))
		for seed := range uint64(3) {
			v, err := s.Sample(seed)
			if err != nil {
				t.Fatal(err)
			}
			data, err := s.Encode(v)
			if err != nil {
				t.Fatal(err)
			}
			if v, err = s.DecodeWith(data, avro.DecodeOptions{Texts: true}); err != nil {
				t.Fatal(err)
			}
			if broken := js.Validate(v); len(broken) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", text, printed(t, node), printedValue(v), broken[0].Message)
			}
			if broken := proto.Validate(v); len(broken) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", text, made, printedValue(v), broken[0].Message)
			}
		}
	}
}

func (m *maker) record(depth int) string {
	m.count++
	name := m.count
	var fields []string
	for i := range 1 + m.IntN(4) {
		fields = append(fields, fmt.Sprintf(`{"name":"%s%d","type":%s}`, m.one("a", "someName", "B_"), i, m.avro(depth-1)))
	}
	return fmt.Sprintf(`{"type":"record","name":"R%d","fields":[%s]}`, name, strings.Join(fields, ","))
}

func (m *maker) avro(depth int) string {
	m.count++
	scalars := []string{
		`"string"`, `"int"`, `"long"`, `"float"`, `"double"`, `"boolean"`, `"null"`, `["null","string"]`, `["null","int","string"]`, `["string","boolean"]`,
		`{"type":"long","logicalType":"timestamp-millis"}`, `{"type":"int","logicalType":"date"}`, `{"type":"string","logicalType":"uuid"}`,
		`{"type":"bytes","logicalType":"decimal","precision":8,"scale":2}`,
		fmt.Sprintf(`{"type":"enum","name":"E%d","symbols":["A","B"]}`, m.count), fmt.Sprintf(`["null",{"type":"enum","name":"E%d","symbols":["A"]}]`, m.count),
	}
	if depth <= 0 {
		return m.one(scalars...)
	}
	switch m.IntN(6) {
	case 0:
		return `{"type":"array","items":` + m.avro(depth-1) + `}`
	case 1:
		return `{"type":"map","values":` + m.avro(depth-1) + `}`
	case 2:
		return m.record(depth)
	case 3:
		return `["null",` + m.record(depth-1) + `]`
	case 4:
		return `[` + m.record(depth-1) + `,` + m.record(depth-1) + `,"string"]`
	}
	return m.one(scalars...)
}

// TestValuesOfRandomProtobufFitWhatIsMadeOfThem is the same from Protobuf.
func TestValuesOfRandomProtobufFitWhatIsMadeOfThem(t *testing.T) {
	t.Parallel()
	m := &maker{Rand: rand.New(rand.NewPCG(3, 37))}
	for range 150 {
		text := m.proto()
		s := protoOf(t, text, "M0")
		node, _ := convert.ProtobufToJSONSchema(s, convert.Options{})
		js := jsonOf(t, printed(t, node))
		toAvro, found := convert.ProtobufToAvro(s, convert.Options{})
		target := avroOf(t, printed(t, toAvro))
		for seed := range uint64(3) {
			v, err := s.Sample(seed)
			if err != nil {
				t.Fatal(err)
			}
			if broken := js.Validate(v); len(broken) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", text, printed(t, node), printedValue(v), broken[0].Message)
			}
			if diag.Worst(found) >= diag.Error {
				continue
			}
			v = target.ApplyDefaults(asAvro(target.Type, v))
			if broken := target.Validate(v); len(broken) > 0 {
				t.Fatalf("%s\n%s\n%s\n%s", text, printed(t, toAvro), printedValue(v), broken[0].Message)
			}
		}
	}
}

func (m *maker) proto() string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\npackage p;\nimport \"google/protobuf/timestamp.proto\";\nimport \"google/protobuf/struct.proto\";\n")
	b.WriteString("message Used { google.protobuf.Timestamp t = 1; E e = 2; repeated google.protobuf.NullValue n = 3; }\nenum E { ZERO = 0; ONE = 1; }\n")
	for i := range 3 {
		fmt.Fprintf(&b, "message M%d {\n", i)
		for j := range 1 + m.IntN(5) {
			kind := m.one("string", "int32", "int64", "uint64", "sint32", "fixed64", "bool", "bytes", "float", "double", "E", "Used", "google.protobuf.Timestamp")
			if i < 2 && m.IntN(4) == 0 {
				kind = fmt.Sprintf("M%d", i+1)
			}
			label := m.one("", "", "optional ", "repeated ")
			switch m.IntN(8) {
			case 0:
				fmt.Fprintf(&b, "  map<%s, %s> %s%d = %d;\n", m.one("string", "int32", "bool", "uint64"), kind, m.one("f", "some_field_"), j, 2*j+1)
			case 1:
				fmt.Fprintf(&b, "  oneof o%d { %s x%d = %d; string y%d = %d; }\n", j, kind, j, 2*j+1, j, 2*j+2)
			default:
				fmt.Fprintf(&b, "  %s%s %s%d = %d;\n", label, kind, m.one("f", "some_field_"), j, 2*j+1)
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}
