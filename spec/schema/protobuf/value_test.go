package protobuf_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
)

// everything has a field of every kind.
const everything = `syntax = "proto3";
package acme;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

message All {
  double f_double = 1;
  float f_float = 2;
  int32 f_int32 = 3;
  int64 f_int64 = 4;
  uint32 f_uint32 = 5;
  uint64 f_uint64 = 6;
  sint32 f_sint32 = 7;
  fixed64 f_fixed64 = 8;
  bool f_bool = 9;
  string f_string = 10;
  bytes f_bytes = 11;
  State state = 12;
  Item item = 13;
  repeated int32 numbers = 14;
  repeated Item items = 15;
  map<string, int32> by_name = 16;
  map<int32, Item> by_number = 17;
  map<bool, State> by_bool = 18;
  optional int32 maybe = 19;
  oneof by {
    string card = 20;
    Item cash = 21;
  }
  google.protobuf.Timestamp time = 30;
  google.protobuf.Duration took = 31;
  google.protobuf.Struct free = 32;
  google.protobuf.Value value = 33;
  google.protobuf.ListValue list = 34;
  google.protobuf.Int64Value wrapped = 35;
  google.protobuf.StringValue text = 36;
  google.protobuf.FieldMask mask = 37;
  google.protobuf.Any any = 38;
  google.protobuf.Empty empty = 39;
  google.protobuf.NullValue null = 40;
  repeated google.protobuf.Value values = 41;
}

message Item {
  string sku = 1;
  All inside = 2;
}

enum State {
  STATE_UNSPECIFIED = 0;
  STATE_PAID = 1;
  STATE_OPEN = -2;
}
`

func parse(t testing.TB, text, message string) *protobuf.Schema {
	t.Helper()
	file, findings := protobuf.Parse(context.Background(), "order.proto", text, nil)
	if file == nil {
		t.Fatalf("%s\n%v", text, findings)
	}
	s, err := file.Message(message)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t testing.TB, text string) any {
	t.Helper()
	value, err := schema.DecodeJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func TestValidateSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := parse(t, everything, "All")
	for text, want := range map[string]string{
		`{}`: "", `{"fInt64": "9223372036854775807", "f_int32": 5}`: "", `{"fInt32": 1e2}`: "", `{"fInt32": "1.0"}`: "",
		`{"fDouble": "NaN", "fFloat": "-Infinity"}`: "", `{"item": null, "numbers": null}`: "", `{"value": null, "values": [null, 1, {"a": []}]}`: "",
		`{"state": 7}`: "", `{"state": "STATE_PAID"}`: "", `{"null": null}`: "", `{"fBytes": "_-8", "text": "x"}`: "",
		`{"any": {"@type": "type.googleapis.com/acme.Item", "sku": "x"}}`: "", `{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}`: "",
		`5`:                                    "must be an object, is the number 5",
		`{"fInt32": 2147483648}`:               "fInt32: must be a whole number of 32 bits, is the number 2147483648",
		`{"fInt32": 1.5}`:                      "fInt32: must be a whole number of 32 bits, is the number 1.5",
		`{"fInt32": "one"}`:                    `fInt32: must be a whole number of 32 bits, is the string "one"`,
		`{"fUint64": -1}`:                      "fUint64: must be a whole number of 64 bits that is not negative, is the number -1",
		`{"fFloat": 1e39}`:                     "fFloat: must be a number, is the number 1e39",
		`{"fBool": "true"}`:                    `fBool: must be true or false, is the string "true"`,
		`{"fBytes": "a!"}`:                     `fBytes: must be bytes in base64, is the string "a!"`,
		`{"state": "PAID"}`:                    `state: must be STATE_UNSPECIFIED, STATE_PAID or STATE_OPEN, is "PAID"`,
		`{"state": "STATE_PAYD"}`:              `state: "STATE_PAYD" is no value of State; did you mean "STATE_PAID"?`,
		`{"fString": 5}`:                       "fString: must be a string, is the number 5",
		`{"fStrin": "x"}`:                      `fStrin: is not a field of All; did you mean "fString"?`,
		`{"item": {"skuu": "x"}}`:              `item.skuu: is not a field of Item; did you mean "sku"?`,
		`{"items": [{}, {"sku": 1}]}`:          "items[1].sku: must be a string, is the number 1",
		`{"items": {}}`:                        "items: must be an array, is an object",
		`{"numbers": [1, null]}`:               "numbers[1]: must be a whole number of 32 bits, is null",
		`{"byNumber": {"x": {}}}`:              `byNumber.x: the key must be a whole number of 32 bits, is "x"`,
		`{"byBool": {"yes": "STATE_PAID"}}`:    `byBool.yes: the key must be "true" or "false", is "yes"`,
		`{"card": "x", "cash": {}}`:            `cash: may not stand beside "card": only one of "by" may be there`,
		`{"fInt32": 1, "f_int32": 1}`:          `f_int32: is the same field as "fInt32"`,
		`{"time": "yesterday"}`:                `time: must be a time as "2006-01-02T15:04:05Z", is the string "yesterday"`,
		`{"took": "1m"}`:                       `took: must be a duration in seconds as "1.5s", is the string "1m"`,
		`{"mask": "a_b"}`:                      `mask: must be paths of names in camelCase, separated by commas, is "a_b"`,
		`{"wrapped": "x"}`:                     `wrapped: must be a whole number of 64 bits, is the string "x"`,
		`{"any": {"sku": "x"}}`:                `any.@type: is required: it names the type of the message`,
		`{"any": {"@type": "x/acme.Nothing"}}`: `any.@type: names a type that neither the text nor its imports declare: "x/acme.Nothing"`,
		`{"empty": {"a": 1}}`:                  "empty.a: is not a field of Empty",
	} {
		var got []string
		for _, v := range s.Validate(decode(t, text)) {
			got = append(got, v.Message)
			if v.Keyword == "" || !strings.HasPrefix(v.InstancePath, "/") && v.InstancePath != "" {
				t.Errorf("%s: %+v", text, v)
			}
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s:\n got %s\nwant %s", text, strings.Join(got, "; "), want)
		}
	}
}

// Where our judgement differs from the library's: an enum that is closed, and
// an Any that nests too deep. Neither is made by the test.
func TestValidateAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	s := parse(t, everything, "All")
	parts := []string{
		"null", "true", "false", "0", "1", "-1", "1.5", "1e2", "1e-2", "1.0", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "1e39", "1e400", `""`, `"x"`, `"1"`, `"-0"`, `"01"`, `" 1"`, `"1.0"`, `"1e2"`,
		`"NaN"`, `"Infinity"`, `"nan"`, `"true"`, `"aGk="`, `"aGk"`, `"a"`, `"-_8="`, `"+/8="`, `"a b"`, `"STATE_PAID"`, `"STATE_OPEN"`, `"state_paid"`, `"1s"`, `"-1.5s"`, `"1.s"`, `".5s"`, `"1.0000000001s"`,
		`"315576000001s"`, `"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.123456789+02:00"`, `"2026-01-02T03:04:05.1234567891Z"`, `"2026-01-02"`, `"0000-01-02T03:04:05Z"`, `"9999-12-31T23:59:59Z"`,
		`"2026-01-02t03:04:05z"`, `"a.b,cD"`, `"a_b"`, `"a..b"`, `"a,"`, "[]", "[1]", "[null]", `["x"]`, "[[]]", "{}", `{"sku": "x"}`, `{"a": 1}`, `{"1": {}}`, `{"true": "STATE_PAID"}`, `{"1": null}`,
		`{"@type": "type.googleapis.com/acme.Item", "sku": "x"}`, `{"@type": "acme.Item"}`, `{"@type": "x"}`, `{"@type": 1}`, `{"@type": "x/google.protobuf.Empty", "value": {}}`, `{"value": 1}`, `{"NULL_VALUE": 1}`, `"NULL_VALUE"`,
	}
	fields := s.Descriptor().Fields()
	compared := 0
	try := func(text string) {
		compared++
		ours := s.Validate(decode(t, text))
		theirs := protojson.UnmarshalOptions{Resolver: protobuf.ResolverOf(s)}.Unmarshal([]byte(text), dynamicpb.NewMessage(s.Descriptor()))
		if (len(ours) == 0) != (theirs == nil) {
			t.Errorf("%s: ours %v, theirs %v", text, ours, theirs)
		}
	}
	for i := range fields.Len() {
		for _, part := range parts {
			try(fmt.Sprintf(`{%q: %s}`, fields.Get(i).JSONName(), part))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		a, b := fields.Get(rng.IntN(fields.Len())), fields.Get(rng.IntN(fields.Len()))
		if a != b {
			try(fmt.Sprintf(`{%q: %s, %q: %s}`, a.JSONName(), parts[rng.IntN(len(parts))], b.Name(), parts[rng.IntN(len(parts))]))
		}
	}
	if compared < 3_000 {
		t.Errorf("only %d values were compared", compared)
	}
}

func TestSamplesAreValidAndTheSameAgain(t *testing.T) {
	t.Parallel()
	s := parse(t, everything, "All")
	seen := map[string]bool{}
	for seed := range uint64(50) {
		value, err := s.Sample(seed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Sample(seed)
		if err != nil || !cmp.Equal(value, again) {
			t.Fatalf("seed %d made another value: %v", seed, err)
		}
		text, err := schema.EncodeJSON(value)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(text)] = true
		data, err := s.Encode(value)
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := s.Encode(back)
		if err != nil || string(twice) != string(data) {
			t.Fatalf("%s comes back as %v: %v", text, back, err)
		}
	}
	if len(seen) < 40 {
		t.Errorf("50 seeds made %d values", len(seen))
	}
}

func TestWhatNeverEndsHasNoSample(t *testing.T) {
	t.Parallel()
	s := parse(t, "syntax = \"proto2\"; message A { required A a = 1; }", "A")
	if _, err := s.Sample(1); err == nil || !strings.Contains(err.Error(), "without end") {
		t.Errorf("got %v", err)
	}
}

func TestDefaultsAreWhatAReaderSees(t *testing.T) {
	t.Parallel()
	const text = "syntax = \"proto2\"; message A { optional int32 n = 1 [default = 5]; optional string s = 2; repeated int32 list = 3; optional B b = 4; } message B { optional E e = 1 [default = Y]; } enum E { X = 0; Y = 1; }"
	two := parse(t, text, "A")
	got := two.ApplyDefaults(decode(t, `{"b": {}}`))
	if want := decode(t, `{"n": 5, "list": [], "b": {"e": "Y"}}`); !cmp.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	three := parse(t, "syntax = \"proto3\"; message A { int64 n = 1; optional int32 maybe = 2; bool yes = 3; A inside = 4; oneof o { string x = 5; } repeated A more = 6; map<string, A> by = 7; E e = 8; } enum E { Z = 0; }", "A")
	given := decode(t, `{"more": [{"n": "4"}], "by": {"k": {"yes": true}}}`)
	got = three.ApplyDefaults(given)
	want := decode(t, `{"n": "0", "yes": false, "e": "Z", "more": [{"n": "4", "yes": false, "e": "Z", "more": [], "by": {}}], "by": {"k": {"n": "0", "yes": true, "e": "Z", "more": [], "by": {}}}}`)
	if !cmp.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if len(three.Validate(got)) > 0 || cmp.Equal(given, got) {
		t.Errorf("the completed value is invalid, or the given one was changed")
	}
	a, err := three.Encode(given)
	if err != nil {
		t.Fatal(err)
	}
	b, err := three.Encode(got)
	if err != nil || string(a) != string(b) {
		t.Errorf("completed, it is another message: %x and %x, %v", a, b, err)
	}
}

func TestBytesThatAreNoMessage(t *testing.T) {
	t.Parallel()
	s := parse(t, everything, "All")
	for _, data := range []string{"\x08", "\xff\xff\xff", "\x52\x01\xff", strings.Repeat("\x6a", 100)} {
		if value, err := s.Decode([]byte(data)); err == nil || !strings.Contains(err.Error(), "no acme.All in the binary form") {
			t.Errorf("%x: got %v, %v", data, value, err)
		}
	}
	if _, err := s.Encode(map[string]any{"fInt32": "x"}); err == nil || !strings.HasPrefix(err.Error(), "fInt32: must be") {
		t.Errorf("got %v", err)
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		frame protobuf.Frame
		bytes string
	}{
		{protobuf.Frame{ID: 1, Indexes: protobuf.Indexes{0}, Message: []byte("m")}, "\x00\x00\x00\x00\x01\x00m"},
		{protobuf.Frame{ID: 258, Indexes: protobuf.Indexes{1, 0}, Message: []byte("m")}, "\x00\x00\x00\x01\x02\x04\x02\x00m"},
		{protobuf.Frame{ID: 2, Indexes: protobuf.Indexes{100}, Message: nil}, "\x00\x00\x00\x00\x02\x02\xc8\x01"},
	} {
		if got := c.frame.Append(nil); string(got) != c.bytes {
			t.Errorf("%+v is %x, want %x", c.frame, got, c.bytes)
		}
		if got, err := protobuf.ParseFrame([]byte(c.bytes)); err != nil || got.ID != c.frame.ID || !cmp.Equal(got.Indexes, c.frame.Indexes) || string(got.Message) != string(c.frame.Message) {
			t.Errorf("%x is %+v, %v", c.bytes, got, err)
		}
	}
	for _, bad := range []string{"", "\x01\x00\x00\x00\x01\x00", "\x00\x00\x00\x00\x01\x80", "\x00\x00\x00\x00\x01\x02", "\x00\x00\x00\x00\x01\x01", "\x00\x00\x00\x00\x01\xff\xff\xff\xff\x0f", "\x00\x00\x00\x00\x01\x02\x01"} {
		if f, err := protobuf.ParseFrame([]byte(bad)); err == nil {
			t.Errorf("%x is %+v", bad, f)
		}
	}
	s := parse(t, "syntax = \"proto3\"; message A {} message B { message C {} message D { string x = 1; } }", "B.D")
	if got := s.Indexes(); !cmp.Equal(got, protobuf.Indexes{1, 1}) {
		t.Errorf("got %v", got)
	}
	again, err := s.File().At(s.Indexes())
	if err != nil || again.Descriptor().FullName() != "B.D" {
		t.Errorf("got %v, %v", again, err)
	}
	if _, err := s.File().At(protobuf.Indexes{5}); err == nil {
		t.Error("a message that is not there was found")
	}
}

func TestExtensionsAndRequiredFields(t *testing.T) {
	t.Parallel()
	s := parse(t, "syntax = \"proto2\"; package acme; message A { required string id = 1; extensions 100 to 200; } extend A { optional int32 more = 100; }", "A")
	for text, want := range map[string]string{
		`{"id": "x", "[acme.more]": 5}`: "", `{}`: "id: is required",
		`{"id": "x", "[acme.more]": "y"}`: `[acme.more]: must be a whole number of 32 bits, is the string "y"`,
		`{"id": "x", "[acme.less]": 5}`:   `[acme.less]: is not a field of A`,
	} {
		got := ""
		for _, v := range s.Validate(decode(t, text)) {
			got += v.Message
		}
		if got != want {
			t.Errorf("%s: got %q", text, got)
		}
	}
	data, err := s.Encode(map[string]any{"id": "x", "[acme.more]": json.Number("5")})
	if err != nil {
		t.Fatal(err)
	}
	if value, err := s.Decode(data); err != nil || !cmp.Equal(value, map[string]any{"id": "x", "[acme.more]": json.Number("5")}) {
		t.Errorf("got %v, %v", value, err)
	}
}
