package protodiff_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff/protodiff"
	"github.com/weft-dev/weft/spec/schema/protobuf"
)

func schemaOf(t *testing.T, text string) *protobuf.Schema {
	t.Helper()
	if !strings.HasPrefix(text, "syntax") && !strings.HasPrefix(text, "edition") {
		text = "syntax = \"proto3\";\n" + text
	}
	file, findings := protobuf.Parse(context.Background(), "order.proto", text, nil)
	if file == nil {
		t.Fatalf("%s\n%v", text, findings)
	}
	s, err := file.Message("M")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lines writes changes as the table does: kind, place, and what breaks whom.
func lines(c *protodiff.Comparison) []string {
	var list []string
	for _, ch := range c.Changes {
		line := string(ch.Kind)
		if ch.At != "" {
			line += " " + ch.At
		}
		for _, b := range []struct {
			name  string
			found *protodiff.Break
		}{{">", ch.Forward}, {"<", ch.Backward}} {
			if b.found != nil {
				line += fmt.Sprintf(" %s%s/%s", b.name, b.found.Level, b.found.Effect)
			}
		}
		list = append(list, line)
	}
	return list
}

const two = "syntax = \"proto2\";\n"

// pairs are two versions of a message and what became of it: ">" is what a new
// writer does to old readers, "<" what an old writer does to new readers.
var pairs = []struct {
	name, old, new string
	want           []string
}{
	{"nothing", "message M { int32 a = 1; }", "message M { int32 a = 1; }", nil},
	{"order and comments", "message M { int32 a = 1; string b = 2; }", "message M {\n // b\n string b = 2; int32 a = 1; }", nil},
	{"field added", "message M { int32 a = 1; }", "message M { int32 a = 1; string b = 2; }", []string{"field-added"}},
	{"field removed", "message M { int32 a = 1; string b = 2; }", "message M { int32 a = 1; }", []string{"field-removed", "field-reserved"}},
	{"field removed, number kept", "message M { int32 a = 1; string b = 2; }", "message M { int32 a = 1; reserved 2; }", []string{"field-removed", "field-reserved"}},
	{"field removed and reserved", "message M { int32 a = 1; string b = 2; }", "message M { int32 a = 1; reserved 2; reserved \"b\"; }", []string{"field-removed"}},
	{"reserved number taken", "message M { int32 a = 1; reserved 2; }", "message M { int32 a = 1; string b = 2; }", []string{"field-added", "field-reserved"}},
	{"reserved name taken", "message M { int32 a = 1; reserved \"b\"; }", "message M { int32 a = 1; string b = 2; }", []string{"field-added", "field-reserved"}},
	{"field renamed", "message M { int32 a = 1; }", "message M { int32 b = 1; }", []string{"field-renamed >json/lost <json/lost"}},
	{"field renamed, same in JSON", "message M { int32 order_id = 1; }", "message M { int32 orderId = 1; }", []string{"field-renamed"}},
	{"name in JSON", "message M { int32 a = 1; }", "message M { int32 a = 1 [json_name = \"x\"]; }", []string{"field-renamed >json/lost"}},
	{"names exchanged", "message M { string a = 1; string b = 2; }", "message M { string b = 1; string a = 2; }", []string{"field-renamed >json/altered <json/altered", "field-renamed >json/altered <json/altered"}},
	{"number changed", "message M { int32 a = 1; }", "message M { int32 a = 2; }", []string{"field-number >binary/lost <binary/lost"}},
	{"number taken by another", "message M { int32 a = 1; }", "message M { string b = 1; }", []string{"field-type >binary/lost <binary/lost", "field-renamed"}},

	{"widened", "message M { int32 a = 1; }", "message M { int64 a = 1; }", []string{"field-type >binary/altered"}},
	{"narrowed", "message M { int64 a = 1; }", "message M { int32 a = 1; }", []string{"field-type <binary/altered"}},
	{"unsigned", "message M { int32 a = 1; }", "message M { uint32 a = 1; }", []string{"field-type >binary/altered <binary/altered"}},
	{"zigzag", "message M { int32 a = 1; }", "message M { sint32 a = 1; }", []string{"field-type >binary/altered <binary/altered"}},
	{"bool", "message M { int32 a = 1; }", "message M { bool a = 1; }", []string{"field-type >json/refused <binary/altered"}},
	{"fixed", "message M { int32 a = 1; }", "message M { fixed32 a = 1; }", []string{"field-type >binary/lost <binary/lost"}},
	{"fixed signed", "message M { fixed32 a = 1; }", "message M { sfixed32 a = 1; }", []string{"field-type >binary/altered <binary/altered"}},
	{"fixed to float", "message M { fixed32 a = 1; }", "message M { float a = 1; }", []string{"field-type >binary/altered <binary/altered"}},
	{"double to float", "message M { double a = 1; }", "message M { float a = 1; }", []string{"field-type >binary/lost <binary/lost"}},
	{"string to bytes", "message M { string a = 1; }", "message M { bytes a = 1; }", []string{"field-type >binary/refused <json/altered"}},
	{"bytes to string", "message M { bytes a = 1; }", "message M { string a = 1; }", []string{"field-type >json/altered <binary/refused"}},
	{"string to number", "message M { string a = 1; }", "message M { int32 a = 1; }", []string{"field-type >binary/lost <binary/lost"}},
	{"wrapped", "import \"google/protobuf/wrappers.proto\"; message M { google.protobuf.Int32Value a = 1; }", "message M { int32 a = 1; }", []string{"field-type >binary/lost <binary/lost"}},
	{"time to string", "import \"google/protobuf/timestamp.proto\"; message M { google.protobuf.Timestamp a = 1; }", "message M { string a = 1; }", []string{"field-type >binary/refused <binary/refused"}},
	{"time to number", "import \"google/protobuf/timestamp.proto\"; message M { google.protobuf.Timestamp a = 1; }", "message M { int64 a = 1; }", []string{"field-type >binary/lost <binary/lost"}},

	{"repeated", "message M { int32 a = 1; }", "message M { repeated int32 a = 1; }", []string{"field-label >binary/lost <json/refused"}},
	{"repeated string", "message M { string a = 1; }", "message M { repeated string a = 1; }", []string{"field-label >binary/lost <json/refused"}},
	{"single", "message M { repeated string a = 1; }", "message M { string a = 1; }", []string{"field-label >json/refused <binary/lost"}},
	{"repeated message", "message M { X a = 1; } message X { int32 b = 1; }", "message M { repeated X a = 1; } message X { int32 b = 1; }", []string{"field-label >binary/lost <json/refused"}},
	{"packed", "message M { repeated int32 a = 1 [packed = false]; }", "message M { repeated int32 a = 1; }", []string{"field-packed"}},
	{"not packed", "message M { repeated int32 a = 1; }", "message M { repeated int32 a = 1 [packed = false]; }", []string{"field-packed"}},
	{"packed numbers of another type", "message M { repeated int32 a = 1; }", "message M { repeated fixed32 a = 1; }", []string{"field-type >binary/altered <binary/refused"}},
	{"presence", "message M { int32 a = 1; }", "message M { optional int32 a = 1; }", []string{"field-presence"}},
	{"no presence", "message M { optional int32 a = 1; }", "message M { int32 a = 1; }", []string{"field-presence"}},
	{"required", two + "message M { optional int32 a = 1; }", two + "message M { required int32 a = 1; }", []string{"field-label <binary/refused"}},
	{"no longer required", two + "message M { required int32 a = 1; }", two + "message M { optional int32 a = 1; }", []string{"field-label >binary/refused"}},
	{"required added", two + "message M { optional int32 a = 1; }", two + "message M { optional int32 a = 1; required int32 b = 2; }", []string{"field-added <binary/refused"}},
	{"required removed", two + "message M { optional int32 a = 1; required int32 b = 2; }", two + "message M { optional int32 a = 1; reserved 2; reserved \"b\"; }", []string{"field-removed >binary/refused"}},
	{"default", two + "message M { optional int32 a = 1; }", two + "message M { optional int32 a = 1 [default = 5]; }", []string{"field-default"}},
	{"proto2 to proto3", two + "message M { optional int32 a = 1; optional X b = 2; } message X {}", "message M { optional int32 a = 1; X b = 2; } message X {}", nil},
	{"proto3 to edition", "message M { int32 a = 1; repeated int32 b = 2; }", "edition = \"2023\"; message M { int32 a = 1 [features.field_presence = IMPLICIT]; repeated int32 b = 2; }", nil},
	{"delimited", "edition = \"2023\"; message M { X a = 1; } message X { int32 b = 1; }", "edition = \"2023\"; message M { X a = 1 [features.message_encoding = DELIMITED]; } message X { int32 b = 1; }", []string{"field-type >binary/lost <binary/lost"}},

	{"into one oneof", "message M { int32 a = 1; string b = 2; }", "message M { oneof o { int32 a = 1; string b = 2; } }", []string{"oneof-changed <binary/lost"}},
	{"out of a oneof", "message M { oneof o { int32 a = 1; string b = 2; } }", "message M { int32 a = 1; string b = 2; }", []string{"oneof-changed >binary/lost"}},
	{"one into a new oneof", "message M { int32 a = 1; }", "message M { oneof o { int32 a = 1; string b = 2; } }", []string{"field-added", "oneof-changed"}},
	{"oneof grows", "message M { oneof o { int32 a = 1; string b = 2; } }", "message M { oneof o { int32 a = 1; string b = 2; int32 c = 3; } }", []string{"field-added"}},
	{"oneof shrinks", "message M { oneof o { int32 a = 1; string b = 2; } }", "message M { reserved 2; reserved \"b\"; oneof o { int32 a = 1; } }", []string{"field-removed"}},
	{"oneof renamed", "message M { oneof o { int32 a = 1; string b = 2; } }", "message M { oneof p { int32 a = 1; string b = 2; } }", []string{"oneof-changed"}},
	{"between oneofs", "message M { oneof o { int32 a = 1; string b = 2; } oneof p { int32 c = 3; } }", "message M { oneof o { int32 a = 1; } oneof p { string b = 2; int32 c = 3; } }", []string{"oneof-changed <binary/lost", "oneof-changed >binary/lost"}},

	{"value added", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { E a = 1; } enum E { A = 0; B = 1; C = 2; }", []string{"enum-value-added >json/refused"}},
	{"value added, closed", two + "message M { optional E a = 1; } enum E { A = 0; B = 1; }", two + "message M { optional E a = 1; } enum E { A = 0; B = 1; C = 2; }", []string{"enum-value-added >binary/lost"}},
	{"value removed", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { E a = 1; } enum E { A = 0; }", []string{"enum-value-removed <json/refused"}},
	{"value removed, closed", two + "message M { repeated E a = 1; } enum E { A = 0; B = 1; }", two + "message M { repeated E a = 1; } enum E { A = 0; }", []string{"enum-value-removed <binary/lost"}},
	{"value renamed", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { E a = 1; } enum E { A = 0; C = 1; }", []string{"enum-value-renamed >json/refused <json/refused"}},
	{"values exchanged", "message M { E a = 1; } enum E { A = 0; B = 1; C = 2; }", "message M { E a = 1; } enum E { A = 0; B = 2; C = 1; }", []string{"enum-value-number >binary/altered <binary/altered", "enum-value-number >binary/altered <binary/altered"}},
	{"value moved to a free number", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { E a = 1; } enum E { A = 0; B = 2; }", []string{"enum-value-number >binary/altered <binary/altered"}},
	{"alias added", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { E a = 1; } enum E { option allow_alias = true; A = 0; B = 1; C = 1; }", []string{"enum-value-added >json/refused"}},
	{"alias removed", "message M { E a = 1; } enum E { option allow_alias = true; A = 0; B = 1; C = 1; }", "message M { E a = 1; } enum E { A = 0; B = 1; }", []string{"enum-value-removed <json/refused"}},
	{"enum to number", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { int32 a = 1; }", []string{"field-type <json/refused"}},
	{"number to enum", "message M { int32 a = 1; }", "message M { E a = 1; } enum E { A = 0; B = 1; }", []string{"field-type >json/refused"}},
	{"enum renamed", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { F a = 1; } enum F { A = 0; B = 1; }", []string{"type-renamed"}},

	{"value of a map", "message M { map<string, int32> a = 1; }", "message M { map<string, string> a = 1; }", []string{"field-type >binary/altered <binary/altered"}},
	{"key of a map", "message M { map<int32, int32> a = 1; }", "message M { map<string, int32> a = 1; }", []string{"field-type >binary/altered <binary/altered"}},
	{"map to list", "message M { map<string, int32> a = 1; }", "message M { repeated X a = 1; } message X { string key = 1; int32 value = 2; }", []string{"field-type >binary/lost <json/refused"}},
	{"message in a map", "message M { map<string, X> a = 1; } message X { int32 b = 1; }", "message M { map<string, X> a = 1; } message X { int64 b = 1; }", []string{"field-type a >binary/altered"}},

	{"message renamed", "message M { X a = 1; } message X { int32 b = 1; }", "message M { Y a = 1; } message Y { int32 b = 1; }", []string{"type-renamed a"}},
	{"message nested", "message M { X a = 1; } message X { int32 b = 1; }", "message M { X a = 1; message X { int32 b = 1; } }", []string{"type-renamed a"}},
	{"message of another form", "message M { X a = 1; } message X { int32 b = 1; }", "message M { X a = 1; } message X { string b = 1; }", []string{"field-type a >binary/lost <binary/lost"}},
	{"message deep", "message M { X a = 1; } message X { Y b = 1; M back = 2; } message Y { int32 c = 1; }", "message M { X a = 1; } message X { Y b = 1; M back = 2; } message Y { int32 d = 1; }", []string{"field-renamed a.b >json/lost <json/lost"}},
	{"message to string", "message M { X a = 1; } message X { int32 b = 1; }", "message M { string a = 1; }", []string{"field-type >binary/refused <binary/altered"}},
	{"package", "package a; message M { X a = 1; } message X { int32 b = 1; }", "package b; message M { X a = 1; } message X { int32 b = 1; }", []string{"file-option"}},
	{"option of generated code", "option go_package = \"a\"; message M {}", "option go_package = \"b\"; message M {}", []string{"file-option"}},
}

func TestWhatChangedAndWhomItBreaks(t *testing.T) {
	t.Parallel()
	for _, p := range pairs {
		c := protodiff.Compare(schemaOf(t, p.old), schemaOf(t, p.new))
		if got := lines(c); !slices.Equal(got, p.want) || c.Unknown != "" {
			t.Errorf("%s: got\n\t%s\nwant\n\t%s %s", p.name, strings.Join(got, "\n\t"), strings.Join(p.want, "\n\t"), c.Unknown)
		}
	}
}

func TestTheReverseOfAChangeBreaksTheOthers(t *testing.T) {
	t.Parallel()
	for _, p := range pairs {
		old, new := schemaOf(t, p.old), schemaOf(t, p.new)
		there, back := protodiff.Compare(old, new), protodiff.Compare(new, old)
		if worst(there.Changes, forward) != worst(back.Changes, backward) || worst(there.Changes, backward) != worst(back.Changes, forward) {
			t.Errorf("%s: there %v, back %v", p.name, lines(there), lines(back))
		}
	}
}

func forward(ch *protodiff.Change) *protodiff.Break  { return ch.Forward }
func backward(ch *protodiff.Change) *protodiff.Break { return ch.Backward }

// worst is the level that some change breaks in a direction.
func worst(changes []protodiff.Change, of func(*protodiff.Change) *protodiff.Break) protodiff.Level {
	var level protodiff.Level
	for i := range changes {
		if b := of(&changes[i]); b != nil && level != protodiff.Binary {
			level = b.Level
		}
	}
	return level
}

func TestEveryProofHolds(t *testing.T) {
	t.Parallel()
	for _, p := range pairs {
		old, new := schemaOf(t, p.old), schemaOf(t, p.new)
		for _, ch := range protodiff.Compare(old, new).Changes {
			proves(t, p.name, new, old, ch.Forward)
			proves(t, p.name, old, new, ch.Backward)
			if ch.What == "" {
				t.Errorf("%s: a change says nothing", p.name)
			}
		}
	}
}

// proves checks a proof by what both versions do with it.
func proves(t *testing.T, name string, writer, reader *protobuf.Schema, b *protodiff.Break) {
	t.Helper()
	if b == nil {
		return
	}
	if b.Says == "" || len(writer.Validate(b.Witness)) > 0 {
		t.Errorf("%s: the writer may not write %v, or nothing is said", name, b.Witness)
	}
	if b.Level == protodiff.JSON {
		if value, err := reader.Message(b.Witness); err == nil && b.Effect == protodiff.Refused {
			t.Errorf("%s: the reader takes %v as %v", name, b.Witness, value)
		}
		return
	}
	data, err := writer.Encode(b.Witness)
	if err != nil || string(data) != string(b.Bytes) {
		t.Errorf("%s: %v is %x, and was told to be %x: %v", name, b.Witness, data, b.Bytes, err)
	}
	if _, err := reader.Decode(data); (err != nil) != (b.Effect == protodiff.Refused) {
		t.Errorf("%s: reading %x gives %v, and was told to be %s", name, data, err, b.Effect)
	}
}

// compatible are the changes of a scalar's type that leave every value whole in
// the binary form, by the encoding of the language.
var compatible = map[string][]string{
	"int32": {"int64"}, "uint32": {"uint64", "int64"}, "sint32": {"sint64"},
	"bool": {"int32", "int64", "uint32", "uint64"}, "string": {"bytes"},
}

func TestScalarsByTheEncoding(t *testing.T) {
	t.Parallel()
	scalars := []string{"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"}
	for _, w := range scalars {
		for _, r := range scalars {
			for _, label := range []string{"", "repeated "} {
				old := schemaOf(t, "message M { "+label+r+" a = 1; }")
				new := schemaOf(t, "message M { "+label+w+" a = 1; }")
				want := w == r || slices.Contains(compatible[w], r)
				got := worst(protodiff.Compare(old, new).Changes, forward) != protodiff.Binary
				if got != want {
					t.Errorf("%s%s written, %s read: compatible %v, want %v", label, w, r, got, want)
				}
			}
		}
	}
}
