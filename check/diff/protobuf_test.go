package diff_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// proto is a payload that is a text of Protobuf.
func proto(text string) part {
	return payload("{schemaFormat: 'application/vnd.google.protobuf;version=3', schema: " + strconv.Quote("syntax = \"proto3\";\n"+text) + "}")
}

// protoRow is a change of a text of Protobuf.
type protoRow struct {
	row             string
	old, new        string
	sends, receives outcome
	binary          diff.Verdict // the verdict at the binary level, where it sends
}

// TestEveryRowOfProtobuf holds what the table says of Protobuf, and the rows on
// fields and values as they are for it, each in both directions.
func TestEveryRowOfProtobuf(t *testing.T) {
	t.Parallel()
	for _, c := range []protoRow{
		{"nothing", "message M { string a = 1; }", "message M { string a = 1; }", outcome{verdict: diff.Compatible}, outcome{verdict: diff.Compatible}, diff.Compatible},
		{"add field", "message M { string a = 1; }", "message M { string a = 1; string b = 2; }", safe("proto-field-added"), safe("proto-field-added"), diff.Compatible},
		{"remove field", "message M { string a = 1; string b = 2; }", "message M { string a = 1; reserved 2; reserved \"b\"; }", warn("proto-field-removed"), safe("proto-field-removed"), diff.Compatible},
		{"rename field", "message M { string a = 1; }", "message M { string b = 1; }", apart(consumers("proto-field-renamed", `{"b":"text"}`)), apart(producers("proto-field-renamed", `{"a":"text"}`)), diff.Compatible},
		{"change number", "message M { string a = 1; }", "message M { string a = 2; }", apart(consumers("proto-field-number", `{"a":"text"}`)), apart(producers("proto-field-number", `{"a":"text"}`)), diff.Breaking},
		{"widen type", "message M { int32 a = 1; }", "message M { int64 a = 1; }", consumers("proto-field-type", `{"a":"4294967296"}`), safe("proto-field-type"), diff.Breaking},
		{"narrow type", "message M { int64 a = 1; }", "message M { int32 a = 1; }", safe("proto-field-type"), producers("proto-field-type", `{"a":"4294967296"}`), diff.Compatible},
		{"change type", "message M { int32 a = 1; }", "message M { string a = 1; }", apart(consumers("proto-field-type", "")), apart(producers("proto-field-type", "")), diff.Breaking},
		{"make repeated", "message M { string a = 1; }", "message M { repeated string a = 1; }", apart(consumers("proto-field-label", "")), apart(producers("proto-field-label", "")), diff.Breaking},
		{"add value", "message M { E a = 1; } enum E { A = 0; }", "message M { E a = 1; } enum E { A = 0; B = 1; }", consumers("proto-enum-value-added", `{"a":"B"}`), safe("proto-enum-value-added"), diff.Compatible},
		{"remove value", "message M { E a = 1; } enum E { A = 0; B = 1; }", "message M { E a = 1; } enum E { A = 0; }", safe("proto-enum-value-removed"), producers("proto-enum-value-removed", `{"a":"B"}`), diff.Compatible},
		{"join in a oneof", "message M { string a = 1; string b = 2; }", "message M { oneof o { string a = 1; string b = 2; } }", safe("proto-oneof-changed"), producers("proto-oneof-changed", `{"a":"text","b":"text"}`), diff.Compatible},
		{"add branch", "message M { oneof o { string a = 1; } }", "message M { oneof o { string a = 1; string b = 2; } }", warn("proto-field-added"), safe("proto-field-added"), diff.Compatible},
		{"package", "package a; message M { string a = 1; }", "package b; message M { string a = 1; }", warn("proto-file-option"), warn("proto-file-option"), diff.Compatible},
	} {
		for _, action := range []string{"send", "receive"} {
			want := c.sends
			if action == "receive" {
				want = c.receives
			}
			t.Run(c.row+", "+action, func(t *testing.T) {
				t.Parallel()
				r := compare(t, contract(action, proto(c.old)), contract(action, proto(c.new)), diff.Options{})
				r.Changes = withoutVersion(r.Changes)
				judgeProto(t, r, want)
				if action == "send" && r.Verdict(diff.Binary) != c.binary {
					t.Errorf("at the binary level it is %s, want %s\n%s", r.Verdict(diff.Binary), c.binary, told(r))
				}
			})
		}
	}
}

func withoutVersion(changes []diff.Change) []diff.Change {
	var list []diff.Change
	for _, c := range changes {
		if c.Code != "diff/version-bump" {
			list = append(list, c)
		}
	}
	return list
}

func judgeProto(t *testing.T, r *diff.Report, want outcome) {
	t.Helper()
	if got := r.Verdict(diff.JSON); got != want.verdict {
		t.Errorf("got %s, want %s\n%s", got, want.verdict, told(r))
	}
	if want.code == "" {
		if len(r.Changes) > 0 {
			t.Errorf("want no change\n%s", told(r))
		}
		return
	}
	for _, c := range r.Changes {
		if string(c.Code) != "diff/"+want.code {
			continue
		}
		if c.Level == diff.Source {
			c.Breaks = nil
		}
		if c.Severity != want.severity || len(c.Breaks) != len(want.breaks) || len(c.Breaks) > 0 && c.Breaks[0] != want.breaks[0] || c.Order != want.order {
			t.Errorf("got %s %v %s\n%s", c.Severity, c.Breaks, c.Order, told(r))
		}
		if want.witness != "" && string(c.Witness) != want.witness {
			t.Errorf("got the witness %s, want %s", c.Witness, want.witness)
		}
		if len(c.Breaks) > 0 && (c.Witness == nil || c.Refusal == "") || !c.Before.IsValid() && !c.After.IsValid() {
			t.Errorf("the change proves too little\n%s", told(r))
		}
		return
	}
	t.Errorf("there is no change %s\n%s", want.code, told(r))
}

func TestATextIsComparedThroughItsImports(t *testing.T) {
	t.Parallel()
	const order = "syntax = \"proto3\";\nimport \"money.proto\";\nmessage Order { Money total = 1; }\nmessage Other {}\n"
	document := contract("send", payload("{schemaFormat: application/vnd.google.protobuf, schema: {$ref: './order.proto#Order'}}"))
	in := func(money string) diff.Document {
		files := source.Memory{"file:///a.yaml": document, "file:///order.proto": order, "file:///money.proto": "syntax = \"proto3\";\n" + money}
		d, err := diff.Load(context.Background(), ref.New(files, ref.Options{}), source.NewFile("file:///a.yaml", "a.yaml", []byte(document)))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	r := diff.Compare(in("message Money { int64 units = 1; }"), in("message Money { string units = 1; }"), diff.Options{})
	if r.Verdict(diff.Binary) != diff.Breaking || !strings.HasSuffix(r.Changes[0].Before.File.Name(), "money.proto") {
		t.Errorf("%s", told(r))
	}
	if same := diff.Compare(in("message Money {}"), in("message Money {}"), diff.Options{}); len(same.Changes) > 0 {
		t.Errorf("nothing changed, but\n%s", told(same))
	}
}

func TestATextThatCannotBeReadIsUndecided(t *testing.T) {
	t.Parallel()
	r := compare(t, contract("send", proto("message M { string a = 1; }")), contract("send", proto("message M { strng a = 1; }")), diff.Options{})
	if r.Verdict(diff.JSON) != diff.Unknown || !strings.Contains(told(r), "unknown type strng") {
		t.Errorf("%s", told(r))
	}
}

func TestProtobufProofsHold(t *testing.T) {
	t.Parallel()
	before, after := load(t, "old.yaml", contract("send", proto("message M { int32 a = 1; }"))), load(t, "new.yaml", contract("send", proto("message M { sint32 a = 1; }")))
	r := diff.Compare(before, after, diff.Options{})
	c := r.Changes[0]
	if c.Severity != diag.Error || !c.Misread {
		t.Fatalf("%s", told(r))
	}
	read := func(d diff.Document) *protobuf.Schema {
		s, err := protobuf.In(d.Workspace).Schema(context.Background(), d.Model.Channels[0].Messages[0].Payload.Node)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	data, err := read(after).Encode(map[string]any{"a": json.Number("1")})
	if err != nil {
		t.Fatal(err)
	}
	value, err := read(before).Decode(data)
	if err != nil || value.(map[string]any)["a"] != json.Number("2") || !strings.Contains(c.Refusal, "1 is read as 2") {
		t.Errorf("got %v, %v, and was told %s", value, err, c.Refusal)
	}
}
