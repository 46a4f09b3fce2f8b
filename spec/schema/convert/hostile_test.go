package convert_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func TestHostileSchemasAreConvertedInTime(t *testing.T) {
	t.Parallel()
	chain := func(n int, format string) string {
		var list []string
		for i := range n {
			next := fmt.Sprintf(`{"$ref":"#/definitions/d%d"}`, i+1)
			list = append(list, fmt.Sprintf(`"d%d":`, i)+strings.ReplaceAll(format, "NEXT", next))
		}
		list = append(list, fmt.Sprintf(`"d%d":{"type":"null"}`, n))
		return `{"$ref":"#/definitions/d0","definitions":{` + strings.Join(list, ",") + `}}`
	}
	many := func(n int, format string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(list, ",")
	}
	for name, text := range map[string]string{
		"doubled arrays":  chain(60, `{"anyOf":[{"type":"array","items":NEXT},{"type":"array","items":NEXT}]}`),
		"doubled maps":    chain(60, `{"type":"object","additionalProperties":{"anyOf":[NEXT,NEXT]}}`),
		"doubled allOf":   chain(60, `{"allOf":[NEXT,NEXT],"properties":{"a":NEXT}}`),
		"long chain":      chain(700, `{"type":"array","items":NEXT}`),
		"references":      chain(700, `NEXT`),
		"many branches":   `{"anyOf":[` + many(2000, `{"type":"array","items":{"type":"object","title":"T%d","properties":{"a":{}}}}`) + `]}`,
		"many properties": `{"type":"object","properties":{` + many(2000, `"a-%d":{"type":"string","pattern":"x"}`) + `}}`,
		"same titles":     `{"type":"object","properties":{` + many(1500, `"a%d":{"title":"T","type":"object","properties":{"x":{}}}`) + `}}`,
		"same names":      `{"type":"object","properties":{` + many(800, `"a-%d":{}`) + "," + many(800, `"a.%d":{}`) + `}}`,
	} {
		n, refs := document(t, text)
		start := cputime.Start(t)
		out, found := convert.JSONSchemaToAvro(n, convert.Options{Refs: refs})
		if took := start(); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if size := len(printed(t, out)); size > 64<<20 {
			t.Errorf("%s became %d bytes, with %d findings", name, size, len(found))
		}
		start = cputime.Start(t)
		made, _ := convert.JSONSchemaToProtobuf(n, convert.Options{Refs: refs})
		if took := start(); took > 5*time.Second || len(made) > 64<<20 {
			t.Errorf("%s took %v to become %d bytes of Protobuf", name, took, len(made))
		}
	}
	var list []string
	for i := range 1000 {
		list = append(list, fmt.Sprintf(`{"name":"f%d","type":["null",{"type":"record","name":"R%d","fields":[{"name":"r","type":["null","Root"]}]},"bytes","string"]}`, i, i))
	}
	root, _ := document(t, `{"type":"record","name":"Root","fields":[`+strings.Join(list, ",")+`]}`)
	s, err := avro.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	start := cputime.Start(t)
	convert.AvroToJSONSchema(s, convert.Options{})
	if took := start(); took > 2*time.Second {
		t.Errorf("the large record took %v", took)
	}
}

func TestHostileProtobufIsConvertedInTime(t *testing.T) {
	t.Parallel()
	repeat := func(format string, size int) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			fmt.Fprintf(&b, strings.ReplaceAll(format, "NEXT", fmt.Sprint(i+1)), i)
		}
		return b.String()
	}
	const size = 63 << 10
	last := func(format string) string { // the last that the others name
		text := repeat(format, size)
		return text + fmt.Sprintf("message M%d {}\n", strings.Count(text, "message M"))
	}
	for name, body := range map[string]string{
		"a chain":         last("message M%d { MNEXT a = 1; MNEXT b = 2; map<string, MNEXT> c = 3; }\n"),
		"many fields":     "message M0 {" + repeat("string f%[1]d_x = 1%[1]d;\n", size) + "}",
		"many oneofs":     "message M0 {" + repeat("oneof o%[1]d { int32 a%[1]d = 1%[1]d; int64 b%[1]d = 2%[1]d; }\n", size/2) + "}",
		"a large oneof":   "message M0 { oneof o {" + repeat("int32 a%[1]d = 1%[1]d;\n", size) + "} }",
		"enums":           "message M0 { E e = 1; repeated E f = 2; } enum E {" + repeat("V%[1]d = %[1]d;\n", size) + "}",
		"nested messages": "message M0 {" + strings.Repeat("message M { M0 a = 1;", 25) + strings.Repeat("}", 26),
	} {
		file, found := protobuf.Parse(t.Context(), "a.proto", "syntax = \"proto3\";\n"+body, nil)
		if file == nil {
			t.Errorf("%s: %s", name, found[0].Message)
			continue
		}
		s, err := file.Message("M0")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		start := cputime.Start(t)
		js, _ := convert.ProtobufToJSONSchema(s, convert.Options{})
		av, _ := convert.ProtobufToAvro(s, convert.Options{})
		if took := start(); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if size := len(printed(t, js)) + len(printed(t, av)); size > 16<<20 {
			t.Errorf("%s became %d bytes", name, size)
		}
	}
}

func FuzzJSONSchemaToProtobuf(f *testing.F) {
	for _, text := range []string{
		`{"type":"object","properties":{"a":{"$ref":"#"},"A":{"enum":["a","option"]},"":{},"[x]":{"default":1}}}`, `{"allOf":[{"$ref":"#"},{}]}`,
		`{"oneOf":[{"type":"array","items":{}},{"type":"array"}]}`, `{"type":"object","additionalProperties":{"type":["array","null"]},"propertyNames":{"format":"int32"}}`,
		`{"type":"object","properties":{"x":{"enum":["E","F"],"x-protobuf-numbers":[0,5]},"y":{"x-protobuf-number":3,"x-protobuf-type":"sint32","type":"integer"}}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///a.json", "a.json", []byte(text)))
		if d.Root == nil {
			return
		}
		out, _ := convert.JSONSchemaToProtobuf(d.Root, convert.Options{Refs: jsonschema.In(ws)})
		file, found := protobuf.Parse(t.Context(), "a.proto", out, nil)
		if file == nil {
			t.Fatalf("%s became\n%s\n%s", text, out, found[0].Message)
		}
		s, err := file.Message(firstMessage(out))
		if err != nil {
			t.Fatal(err)
		}
		convert.ProtobufToJSONSchema(s, convert.Options{})
	})
}

// FuzzProtobuf converts texts to Avro and JSON Schema, which are schemas.
func FuzzProtobuf(f *testing.F) {
	f.Add(everyProto)
	f.Add("syntax = \"proto2\"; message A { required int32 a = 1 [default = 4]; optional group B = 2 { repeated A a = 1; } extensions 100 to 200; }")
	f.Add("edition = \"2023\"; message A { enum E { X = 0; } E e = 1; oneof o { bool b = 2; A a = 3; } float f = 4 [default = inf]; }")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		file, _ := protobuf.Parse(t.Context(), "a.proto", text, nil)
		if file == nil || file.Descriptor().Messages().Len() == 0 {
			return
		}
		s, err := file.Message(string(file.Descriptor().Messages().Get(0).Name()))
		if err != nil {
			t.Fatal(err)
		}
		js, _ := convert.ProtobufToJSONSchema(s, convert.Options{})
		jsonOf(t, printed(t, js))
		n, found := convert.ProtobufToAvro(s, convert.Options{})
		doc, _ := document(t, printed(t, n))
		if _, err := avro.Parse(doc); err != nil && diag.Worst(found) < diag.Warning {
			t.Fatalf("%s became\n%s\n%v", text, printed(t, n), err)
		}
	})
}

func FuzzAvroToProtobuf(f *testing.F) {
	f.Add(everything)
	f.Add(`{"type":"array","items":["null","int",{"type":"map","values":"bytes"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///a.json", "a.json", []byte(text)))
		if d.Root == nil {
			return
		}
		s, err := avro.Parse(d.Root)
		if err != nil {
			return
		}
		out, _ := convert.AvroToProtobuf(s, convert.Options{})
		if file, found := protobuf.Parse(t.Context(), "a.proto", out, nil); file == nil {
			t.Fatalf("%s became\n%s\n%s", text, out, found[0].Message)
		}
	})
}
