package protobuf_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema/protobuf"
)

func TestATextStandsAloneWithWhatItImports(t *testing.T) {
	t.Parallel()
	imports := map[string]string{
		"common/address.proto": `syntax = "proto3";
package common;
import "common/kind.proto";
import "google/protobuf/timestamp.proto";
// where somebody lives
message Address {
  string city = 1;
  Kind kind = 2;
  google.protobuf.Timestamp since = 3;
  message Line { string text = 1; }
  repeated Line lines = 4;
}
message Order { int32 number = 1; }
`,
		"common/kind.proto": "syntax = \"proto3\";\npackage common;\nenum Kind { HOME = 0; WORK = 1; }\n",
		"far.proto":         "syntax = \"proto3\";\nmessage Far { .common.Address.Line line = 1; }\nimport \"common/address.proto\";\n",
	}
	file, found := protobuf.Parse(t.Context(), "order.proto", `syntax = "proto3";
package shop;
import "common/address.proto";
import "far.proto";
message Order {
  common.Address to = 1;
  map<string, .common.Order> before = 2;
  oneof o { Far far = 3; common.Address.Line line = 4; }
}
`, imports)
	if file == nil {
		t.Fatal(found)
	}
	text, err := file.Alone(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Order {
  Address to = 1;
  map<string, CommonOrder> before = 2;
  oneof o { Far far = 3; Address.Line line = 4; }
}

enum Kind { HOME = 0; WORK = 1; }

// where somebody lives
message Address {
  string city = 1;
  Kind kind = 2;
  google.protobuf.Timestamp since = 3;
  message Line { string text = 1; }
  repeated Address.Line lines = 4;
}

message CommonOrder { int32 number = 1; }

message Far { Address.Line line = 1; }
`
	if text != want {
		t.Errorf("%s", text)
	}
	var names []string
	for _, i := range file.Imports() {
		names = append(names, i.Name+"<"+strings.Join(i.Imports, ","))
	}
	if got := strings.Join(names, " "); got != "common/kind.proto< common/address.proto<common/kind.proto far.proto<common/address.proto" {
		t.Error(got)
	}
}

func TestWhatCannotStandAloneIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, other, want string }{
		"values of one name": {"enum E { A = 0; }", "syntax = \"proto3\"; package b; enum F { A = 0; } message B {}", `both declare "A"`},
		"another syntax":     {"", "syntax = \"proto2\"; package b; message B {}", "written in proto3"},
		"a name is hidden":   {"message Outer { message B { int32 x = 1; } b.B b = 1; B own = 2; }", "syntax = \"proto3\"; package b; message B {}", "would mean another message"},
	} {
		file, found := protobuf.Parse(t.Context(), "a.proto", "syntax = \"proto3\";\npackage a;\nimport \"b.proto\";\nmessage M { b.B b = 1; }\n"+c.text, map[string]string{"b.proto": c.other})
		if file == nil {
			t.Errorf("%s: %v", name, found)
			continue
		}
		if _, err := file.Alone(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestManyImportsBecomeOneTextInTime(t *testing.T) {
	t.Parallel()
	imports := map[string]string{}
	var head, body strings.Builder
	for i := range 60 {
		var text strings.Builder
		fmt.Fprintf(&text, "syntax = \"proto3\";\npackage p%d;\n", i)
		for j := range 20 {
			fmt.Fprintf(&text, "message M%d { string a = 1; M%d b = 2; }\n", j, (j+1)%20)
		}
		name := fmt.Sprintf("p%d.proto", i)
		imports[name] = text.String()
		fmt.Fprintf(&head, "import %q;\n", name)
		fmt.Fprintf(&body, "p%d.M0 f%d = %d;\n", i, i, i+1)
	}
	file, found := protobuf.Parse(t.Context(), "a.proto", "syntax = \"proto3\";\npackage a;\n"+head.String()+"message A {\n"+body.String()+"}\n", imports)
	if file == nil {
		t.Fatal(found)
	}
	start := cputime.Start(t)
	text, err := file.Alone(t.Context())
	if err != nil || strings.Count(text, "message ") != 1201 {
		t.Errorf("%v, %d messages", err, strings.Count(text, "message "))
	}
	if took := start(); took > 5*time.Second { // a tenth of a second on a machine of its own
		t.Errorf("it took %s", took)
	}
}
