package convert_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
)

// protoOf reads a text of Protobuf, and the message that it is about.
func protoOf(t testing.TB, text, message string) *protobuf.Schema {
	t.Helper()
	file, found := protobuf.Parse(t.Context(), "a.proto", text, nil)
	if file == nil {
		t.Fatalf("%s\n%v", text, found)
	}
	for _, d := range found {
		if d.Severity > diag.Info {
			t.Errorf("%s\n%s", text, d.Message)
		}
	}
	s, err := file.Message(message)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return s
}

// firstMessage is the message that a text begins with.
func firstMessage(text string) string {
	_, rest, _ := strings.Cut(text, "\nmessage ")
	name, _, _ := strings.Cut(rest, " ")
	return name
}

const everyProto = `syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";

// an order
// of somebody
message Order {
  enum Size { SIZE_UNSPECIFIED = 0; SMALL = 1; LARGE = 7; }
  message Line { string sku = 1; uint32 count = 2; double price = 3; }
  string order_id = 1; // the key
  int32 i = 2; int64 l = 3; uint64 u = 4; sint64 s = 5; fixed32 f = 6;
  bool paid = 9; float x = 10; double y = 11; bytes raw = 12;
  Size size = 13; repeated Size sizes = 14;
  repeated Line lines = 15; map<string, Line> by_sku = 16; map<int32, string> by_number = 17;
  optional string note = 18;
  oneof payment { string card = 20; Line voucher = 21; bytes token = 22; }
  google.protobuf.Timestamp at = 30; google.protobuf.Duration lasts = 31;
  google.protobuf.Struct data = 32; google.protobuf.Int64Value wrapped = 34;
  Order parent = 40;
}
`

func TestProtobufFitsItsJSONSchema(t *testing.T) {
	t.Parallel()
	s := protoOf(t, everyProto, "Order")
	n, found := convert.ProtobufToJSONSchema(s, convert.Options{})
	if len(found) > 0 {
		t.Errorf("%v", found)
	}
	js := jsonOf(t, printed(t, n))
	for seed := range uint64(30) {
		v, err := s.Sample(seed)
		if err != nil {
			t.Fatal(err)
		}
		data, err := s.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []any{v, again} {
			if found := js.Validate(v); len(found) > 0 {
				t.Fatalf("%v: %s\n%s", v, found[0].Message, printed(t, n))
			}
		}
	}
	if broken := js.Validate(value(t, `{"card":"1","token":""}`)); len(broken) == 0 {
		t.Error("both of a oneof are taken")
	}
}

// TestProtobufThereAndBackAgain reads with the text that was made of the JSON
// Schema what the first text wrote.
func TestProtobufThereAndBackAgain(t *testing.T) {
	t.Parallel()
	s := protoOf(t, everyProto, "Order")
	n, _ := convert.ProtobufToJSONSchema(s, convert.Options{})
	doc, refs := document(t, printed(t, n))
	text, _ := convert.JSONSchemaToProtobuf(doc, convert.Options{Refs: refs})
	if !strings.Contains(text, "// an order\n// of somebody\nmessage Order {") || !strings.Contains(text, "package shop.v1;") || !strings.Contains(text, "LARGE = 7;") {
		t.Errorf("%s", text)
	}
	back := protoOf(t, text, "Order")
	for seed := range uint64(50) {
		v, err := s.Sample(seed)
		if err != nil {
			t.Fatal(err)
		}
		delete(v.(map[string]any), "lasts") // a string in the second
		delete(v.(map[string]any), "wrapped")
		withoutParents(v)
		data, err := s.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := back.Decode(data); err != nil {
			t.Fatalf("%v\n%s", err, text)
		} else if broken := back.Validate(got); len(broken) > 0 {
			t.Fatal(broken[0].Message)
		} else if want, _ := s.Decode(data); printedValue(want) != printedValue(got) {
			t.Fatalf("%s\n%s\n%s", printedValue(want), printedValue(got), text)
		}
	}
}

func withoutParents(v any) {
	if o, ok := v.(map[string]any); ok {
		delete(o, "parent")
	}
}

func printedValue(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestAvroFitsItsProtobuf(t *testing.T) {
	t.Parallel()
	for name, text := range withSeeds(t) {
		s := avroOf(t, text)
		out, found := convert.AvroToProtobuf(s, convert.Options{})
		for _, d := range found {
			if d.Severity == diag.Error || !d.Span.IsValid() {
				t.Errorf("%s: %s: %s", name, d.Path, d.Message)
			}
		}
		p := protoOf(t, out, firstMessage(out))
		for seed := range uint64(40) {
			v, err := s.Sample(seed)
			if err != nil {
				t.Fatal(err)
			}
			data, err := s.Encode(v)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.DecodeWith(data, avro.DecodeOptions{Texts: true})
			if err != nil {
				t.Fatal(err)
			}
			if broken := p.Validate(inBase64(s.Type, got)); len(broken) > 0 {
				t.Fatalf("%s: %s\n%s\n%v", name, broken[0].Message, out, got)
			}
		}
	}
}

// inBase64 gives bytes the form that Protobuf has for them: the one change of
// form that is told.
func inBase64(t *avro.Type, v any) any {
	switch t.Kind {
	case avro.Bytes, avro.Fixed:
		text, ok := v.(string)
		if !ok || t.Logical != "" {
			return v
		}
		var data []byte
		for _, c := range text {
			data = append(data, byte(c))
		}
		return base64.StdEncoding.EncodeToString(data)
	case avro.Record:
		object, ok := v.(map[string]any)
		for _, f := range t.Fields {
			if part, there := object[f.Name]; ok && there {
				object[f.Name] = inBase64(f.Type, part)
			}
		}
	case avro.Union:
		for _, b := range t.Branches {
			if b.Kind != avro.Null && len(t.Branches) == 2 && v != nil {
				return inBase64(b, v)
			}
		}
	}
	return v
}

func TestProtobufFitsItsAvro(t *testing.T) {
	t.Parallel()
	text := strings.Replace(everyProto, "google.protobuf.Struct data = 32;", "", 1)
	text = strings.Replace(text, "import \"google/protobuf/struct.proto\";\n", "", 1)
	s := protoOf(t, text, "Order")
	n, found := convert.ProtobufToAvro(s, convert.Options{})
	for _, d := range found {
		if d.Severity == diag.Error || !d.Span.IsValid() {
			t.Errorf("%s: %s", d.Path, d.Message)
		}
	}
	a := avroOf(t, printed(t, n))
	if a.Type.Name != "shop.v1.Order" || a.Type.Field("u") == nil {
		t.Errorf("%s", printed(t, n))
	}
	for seed := range uint64(40) {
		v, err := s.Sample(seed)
		if err != nil {
			t.Fatal(err)
		}
		data, err := s.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if v, err = s.Decode(data); err != nil {
			t.Fatal(err)
		}
		v = a.ApplyDefaults(asAvro(a.Type, v))
		if broken := a.Validate(v); len(broken) > 0 {
			t.Fatalf("%s\n%v", broken[0].Message, v)
		}
		if _, err := a.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
}

// asAvro gives numbers of 64 bits and bytes the form that Avro has for them.
func asAvro(t *avro.Type, v any) any {
	text, isText := v.(string)
	switch t.Kind {
	case avro.Long:
		if isText && t.Logical == "" {
			return json.Number(text)
		}
	case avro.Bytes:
		data, err := base64.StdEncoding.DecodeString(text)
		if isText && err == nil {
			var b strings.Builder
			for _, c := range data {
				b.WriteRune(rune(c))
			}
			return b.String()
		}
	case avro.Record:
		object, _ := v.(map[string]any)
		for _, f := range t.Fields {
			if part, there := object[f.Name]; there {
				object[f.Name] = asAvro(f.Type, part)
			}
		}
	case avro.Array:
		list, _ := v.([]any)
		for i := range list {
			list[i] = asAvro(t.Items, list[i])
		}
	case avro.Map:
		object, _ := v.(map[string]any)
		for key := range object {
			object[key] = asAvro(t.Items, object[key])
		}
	case avro.Union:
		for _, b := range t.Branches {
			if b.Kind != avro.Null && v != nil {
				return asAvro(b, v)
			}
		}
	}
	return v
}

func toProto(t testing.TB, text string) (string, []diag.Diagnostic) {
	t.Helper()
	n, refs := document(t, text)
	return convert.JSONSchemaToProtobuf(n, convert.Options{Name: "Root", Refs: refs})
}

func TestJSONSchemaToProtobuf(t *testing.T) {
	t.Parallel()
	field := func(line string) string { return "message Root {\n  " + line + "\n}\n" }
	of := func(schema string) string {
		return `{"type":"object","properties":{"a":` + schema + `},"additionalProperties":false}`
	}
	for _, c := range []struct{ json, want, found string }{
		{of(`{"type":"string"}`), field("optional string a = 1;"), ""},
		{`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`, field("string a = 1;"), "schema-lost /required: Protobuf does not ask for fields"},
		{`{"type":"object","properties":{"a":{"type":"null"}}}`, field("google.protobuf.NullValue a = 1;"), "schema-lost : a message has only its fields"},
		{of(`{"type":"integer"}`), field("optional int64 a = 1;"), ""},
		{of(`{"type":"integer","minimum":0,"maximum":4294967295}`), field("optional uint32 a = 1;"), ""},
		{of(`{"type":["integer","null"],"minimum":1}`), field("optional uint64 a = 1;"), "schema-lost /properties/a/minimum: Protobuf has no word for"},
		{of(`{"type":"boolean","default":false}`), field("bool a = 1;"), ""},
		{of(`{"type":"boolean","default":true}`), field("optional bool a = 1;"), "schema-lost /properties/a/default: proto3 has no defaults"},
		{of(`{"type":"string","format":"date-time"}`), field("google.protobuf.Timestamp a = 1;"), "schema-changed /properties/a/format"},
		{of(`{"type":"string","contentEncoding":"base64"}`), field("optional bytes a = 1;"), ""},
		{of(`{"type":"array","items":{"type":"number"}}`), field("repeated double a = 1;"), ""},
		{of(`{"type":"array","items":{"type":"array","items":{"type":"number"}}}`), field("repeated google.protobuf.ListValue a = 1;"), "schema-union /properties/a/items: the items of a repeated field are no lists"},
		{of(`{"type":"array","items":{"type":["number","null"]}}`), field("repeated google.protobuf.Value a = 1;"), "schema-union /properties/a/items: the items of a repeated field are not null"},
		{of(`{"type":"object","additionalProperties":{"type":"string"}}`), field("map<string, string> a = 1;"), ""},
		{of(`{"type":"object"}`), field("google.protobuf.Struct a = 1;"), ""},
		{of(`{}`), field("google.protobuf.Value a = 1;"), ""},
		{of(`{"oneOf":[{"type":"string"},{"type":"integer"}]}`), field("google.protobuf.Value a = 1;"), "schema-union /properties/a/oneOf: Protobuf chooses between fields"},
		{of(`{"anyOf":[{"type":"string"},{"type":"null"}]}`), field("optional string a = 1;"), ""},
		{of(`{"enum":["A","B"]}`), "  enum AType {\n    ATYPE_UNSPECIFIED = 0;\n    A = 1;\n", ""},
		{of(`{"enum":["X","Y"]}`), "message Root {\n  enum A {\n    A_UNSPECIFIED = 0;\n    X = 1;\n    Y = 2;\n  }\n\n  optional Root.A a = 1;\n}\n", ""},
		{of(`{"enum":["x-y"]}`), field("optional string a = 1;"), "schema-lost /properties/a/enum: the values are no names of an enum"},
		{of(`{"type":"string","minLength":2}`), field("optional string a = 1;"), "schema-lost /properties/a/minLength"},
		{
			`{"type":"object","additionalProperties":false,"properties":{"order-id":{"type":"string"},"orderId":{"type":"string"},"order_id":{"type":"string"}}}`,
			"message Root {\n  optional string order_id = 1 [json_name = \"order-id\"];\n  optional string order_id_2 = 2 [json_name = \"orderId\"];\n  optional string order_id_3 = 3 [json_name = \"order_id\"];\n}\n", "",
		},
		{`{"type":"string"}`, "message Root {\n  string value = 1;\n}\n", "schema-union : a schema of Protobuf is a message"},
		{`{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}`, field("Root next = 1;"), ""},
	} {
		got, found := toProto(t, c.json)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: want\n%s\ngot\n%s", c.json, c.want, got)
		}
		holds(t, c.json, found, c.found)
		protoOf(t, got, firstMessage(got))
	}
}

var _ schema.Schema = (*protobuf.Schema)(nil)
