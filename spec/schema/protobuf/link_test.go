package protobuf_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// found writes findings as a test does: place, code and words.
func found(list []diag.Diagnostic) []string {
	var out []string
	for _, d := range list {
		start, _ := d.Span.Range()
		name := ""
		if d.Span.File != nil {
			name = strings.TrimPrefix(d.Span.File.Name(), "/")
		}
		out = append(out, fmt.Sprintf("%s:%d:%d %s %s", name, start.Line, start.Column, d.Code, d.Message))
	}
	slices.Sort(out)
	return out
}

func TestAllFaultsAreTold(t *testing.T) {
	t.Parallel()
	const text = `syntax = "proto3";
message A {
  strng a = 1;
  int32 b = 2;
  Missing c = 3;
}
message B {
  reserved 5, 7 to 9;
  reserved "old";
  int32 old = 1;
  int32 x = 8;
  int32 y = 19500;
}
enum E {
  X = 1;
}
`
	got := found(check(text))
	want := []string{
		`order.proto:10:9 protobuf/reserved message B: field old is using a reserved name`,
		`order.proto:11:13 protobuf/reserved message B: field x is using number 8 which is in reserved range 7 to 9`,
		`order.proto:12:13 protobuf/number field number 19500 is in disallowed reserved range 19000-19999`,
		`order.proto:15:7 protobuf/enum enum E: proto3 requires that first value of enum have numeric value zero`,
		`order.proto:3:3 protobuf/unknown-type field A.a: unknown type strng`,
		`order.proto:5:3 protobuf/unknown-type field A.c: unknown type Missing`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatToDoIsSaid(t *testing.T) {
	t.Parallel()
	const head = "syntax = \"proto3\";\n"
	for _, c := range []struct{ text, help string }{
		{head + "message A { google.protobuf.Timestamp t = 1; }", `import it: import "google/protobuf/timestamp.proto";`},
		{head + "message A { strng s = 1; }", `did you mean "string"?`},
		{head + "message Order {} message B { Ordr o = 1; }", `did you mean "Order"?`},
		{head + "import \"google/protobuf/timestam.proto\"; message A {}", `did you mean "google/protobuf/timestamp.proto"?`},
		{head + "import \"./a.proto\"; message A {}", `write "a.proto"`},
		{"edition = \"2024\"; message A {}", `write edition = "2023": it is the latest that is read`},
		{"syntax = \"proto9\"; message A {}", `write syntax = "proto3"`},
		{head + "message A { string a = 1 }", "end the statement with ;"},
	} {
		got := check(c.text)
		if len(got) == 0 || !strings.Contains(got[0].Help, c.help) {
			t.Errorf("%s: got %+v", c.text, got)
		}
	}
}

// in is a workspace of some files, and the findings about the text at "/p/a.yaml".
func in(files source.Memory) *ref.Workspace { return ref.New(files, ref.Options{}) }

func TestImportsAreFoundBesideAndAbove(t *testing.T) {
	t.Parallel()
	const head = "syntax = \"proto3\";\n"
	files := source.Memory{
		"file:///p/acme/order/order.proto":     head + "package acme.order;\nimport \"acme/common/money.proto\";\nimport \"item.proto\";\nimport \"google/type/date.proto\";\nmessage Order { acme.common.Money total = 1; Item item = 2; google.type.Date day = 3; }\n",
		"file:///p/acme/order/item.proto":      head + "package acme.order;\nmessage Item {}\n",
		"file:///p/acme/common/money.proto":    head + "package acme.common;\nimport public \"acme/common/currency.proto\";\nmessage Money { Currency c = 1; }\n",
		"file:///p/acme/common/currency.proto": head + "package acme.common;\nmessage Currency {}\n",
		"file:///p/a.yaml":                     "payload: {$ref: 'acme/order/order.proto#Order'}\nwrong: {$ref: 'acme/order/order.proto#Ordr'}\ninline: |\n  syntax = \"proto3\";\n  import \"acme/common/money.proto\";\n  message M { acme.common.Money m = 1; acme.common.Currency c = 2; }\n",
	}
	ws := in(files)
	root := ws.Load(source.NewFile("file:///p/a.yaml", "a.yaml", []byte(files["file:///p/a.yaml"]))).Root
	set := protobuf.In(ws)
	format := schema.Format{Family: schema.Protobuf}
	for _, field := range []string{"payload", "inline"} {
		if got := set.Check(context.Background(), root.Get(field), format); len(got) > 0 {
			t.Errorf("%s: %v", field, found(got))
		}
	}
	if got := found(set.Check(context.Background(), root.Get("wrong"), format)); len(got) != 1 || got[0] != `a.yaml:2:15 protobuf/root-message the text declares no message "Ordr"` {
		t.Errorf("got %v", got)
	}
	s, err := set.Schema(context.Background(), root.Get("payload"))
	if err != nil || s.Descriptor().FullName() != "acme.order.Order" {
		t.Fatalf("got %v, %v", s, err)
	}
	if at := s.File().Span("acme.common.Currency"); string(at.Text()) != "Currency" || !strings.HasSuffix(at.File.URI(), "currency.proto") {
		t.Errorf("a type of an import was found at %v", at)
	}
}

func TestImportsThatGoWrong(t *testing.T) {
	t.Parallel()
	const head = "syntax = \"proto3\";\n"
	files := source.Memory{
		"file:///p/self.proto":   head + "import \"self.proto\";\nmessage A {}\n",
		"file:///p/a.proto":      head + "import \"b.proto\";\nmessage A {}\n",
		"file:///p/b.proto":      head + "import \"c.proto\";\nmessage B {}\n",
		"file:///p/c.proto":      head + "import \"a.proto\";\nmessage C {}\n",
		"file:///p/broken.proto": head + "import \"bad.proto\";\nmessage A {}\n",
		"file:///p/bad.proto":    head + "message B { int32 x = 0; }\n",
		"file:///p/twice.proto":  head + "import \"one.proto\";\nimport \"one.proto\";\nmessage A { One o = 1; }\n",
		"file:///p/one.proto":    head + "message One {}\n",
		"file:///p/clash.proto":  head + "import \"one.proto\";\nmessage One {}\n",
	}
	for name, want := range map[string]string{
		"self":   "p/self.proto:2:8 protobuf/import-cycle the text imports itself as \"self.proto\"",
		"a":      "p/c.proto:2:8 protobuf/import-cycle texts import one another in a circle: a.proto → b.proto → c.proto → a.proto",
		"broken": "p/bad.proto:2:23 protobuf/number field number 0 must be greater than zero",
		"twice":  "p/twice.proto:3:1 protobuf/duplicate-name \"one.proto\" was already imported",
		"clash":  "p/clash.proto:3:9 protobuf/duplicate-name symbol \"One\" already declared",
	} {
		uri := "file:///p/" + name + ".proto"
		ws := in(files)
		got := found(protobuf.In(ws).CheckFile(context.Background(), ws.Load(source.NewFile(uri, uri[7:], []byte(files[uri]))).File))
		if len(got) == 0 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), want)
		}
	}
}

// guarded is an opener that counts, and keeps to a root.
type guarded struct {
	files  source.Memory
	opened []string
}

func (g *guarded) Open(ctx context.Context, uri string) (*source.File, error) {
	g.opened = append(g.opened, uri)
	if !strings.HasPrefix(uri, "file:///p/") {
		return nil, &source.OpenError{URI: uri, Kind: source.ErrNotAllowed, Reason: "it lies outside of the project"}
	}
	return g.files.Open(ctx, uri)
}

func TestImportsStayWithinTheProject(t *testing.T) {
	t.Parallel()
	const text = "syntax = \"proto3\";\nimport \"etc/passwd\";\nimport \"/etc/passwd\";\nimport \"../../etc/passwd\";\nimport \"http://example.com/x.proto\";\nimport \"..%2f..%2fetc/passwd\";\nmessage A {}\n"
	opener := &guarded{files: source.Memory{"file:///etc/passwd": "syntax = \"proto3\";"}}
	ws := ref.New(opener, ref.Options{})
	got := found(protobuf.In(ws).CheckFile(context.Background(), source.NewFile("file:///p/x/y/a.proto", "a.proto", []byte(text))))
	if len(got) != 5 {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	outside := 0
	for _, uri := range opener.opened {
		if !strings.HasPrefix(uri, "file:///p/") {
			outside++
		}
		if strings.HasPrefix(uri, "http") {
			t.Errorf("%s was opened", uri)
		}
	}
	if outside > 2 { // one step beyond the root for each import that is looked for
		t.Errorf("looked outside of the project: %v", opener.opened)
	}
}

func TestWhichMessageIsThePayload(t *testing.T) {
	t.Parallel()
	const head = "syntax = \"proto3\";\npackage acme;\n"
	for _, c := range []struct{ text, name, want string }{
		{"message A {}", "", "acme.A"},
		{"message A { B b = 1; } message B {}", "", "acme.A"},
		{"message B {} message A { map<string, B> b = 1; }", "", "acme.A"},
		{"message A { A again = 1; } message B { A a = 1; }", "", "acme.B"},
		{"message A {}\n// @RootNode\nmessage B {}", "", "acme.B"},
		{"message A { message C { B b = 1; } } message B {}", "", "acme.A"},
		{"message A {} message B { message C {} }", "B.C", "acme.B.C"},
		{"message A {} message B {}", "acme.B", "acme.B"},
		{"message A {} message B {}", ".acme.B", "acme.B"},
		{"message A {} message B {}", "", "several messages could be the payload: A, B"},
		{"message A { B b = 1; } message B { A a = 1; }", "", "every message is used by another"},
		{"/* @RootNode */ message A {}\n// @RootNode\nmessage B {}", "", "several messages have the tag @RootNode"},
		{"enum E { X = 0; }", "", "the text declares no message"},
		{"message Order {}", "Ordr", `declares no message "Ordr"; did you mean "Order"?`},
	} {
		file, findings := protobuf.Parse(context.Background(), "a.proto", head+c.text, nil)
		if file == nil {
			t.Fatalf("%s: %v", c.text, findings)
		}
		s, err := file.Message(c.name)
		switch {
		case err == nil && string(s.Descriptor().FullName()) != c.want:
			t.Errorf("%s: got %s", c.text, s.Descriptor().FullName())
		case err != nil && !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: got %v", c.text, err)
		}
	}
}

func TestSchemasThatAreNoTexts(t *testing.T) {
	t.Parallel()
	ws := in(source.Memory{"file:///b.yaml": "text: |\n  syntax = \"proto3\";\n  message A {}\n"})
	root := ws.Load(source.NewFile("file:///a.yaml", "a.yaml", []byte("object: {type: object}\nlist: []\nrefers: {$ref: 'b.yaml#/text'}\nlost: {$ref: 'lost.proto'}\nold: \"syntax = 'proto2'; message A {}\"\n"))).Root
	set := protobuf.In(ws)
	for field, want := range map[string]string{
		"object": "a.yaml:1:1 protobuf/no-text a schema of Protocol Buffers is a text, and this is an object",
		"list":   "a.yaml:2:1 protobuf/no-text a schema of Protocol Buffers is a text, and this is an array",
		"refers": "", "lost": "a.yaml:4:14 text/ref-not-found",
		"old": "a.yaml:5:7 protobuf/version the text is written in proto2, and the schemaFormat says version 3",
	} {
		got := strings.Join(found(set.Check(context.Background(), root.Get(field), schema.Format{Version: "3"})), "; ")
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %s", field, got)
		}
	}
}

func TestAllThatIsBundledCanBeImported(t *testing.T) {
	t.Parallel()
	for _, name := range protobuf.BundledNames() {
		text := "syntax = \"proto3\";\nimport \"" + name + "\";\nmessage A {}\n"
		for _, d := range check(text) {
			if d.Code != protobuf.CodeUnusedImport {
				t.Errorf("%s: %s", name, d.Message)
			}
		}
	}
}

func TestHostileTextsAreBounded(t *testing.T) {
	t.Parallel()
	const head = "syntax = \"proto3\";\n"
	var fields, imports, enums, ranges, options strings.Builder
	for i := range 3_000 {
		fmt.Fprintf(&fields, "int32 f%d = %d;\n", i, i+1)
		fmt.Fprintf(&imports, "import \"a%d.proto\";\n", i)
		fmt.Fprintf(&enums, "V%d = %d;\n", i, i)
		fmt.Fprintf(&ranges, "reserved %d;\n", 2*i+1)
		fmt.Fprintf(&options, "option (a%d) = 1;\n", i)
	}
	for name, text := range map[string]string{
		"messages in messages": head + strings.Repeat("message A {", 6_000),
		"the same, closed":     head + strings.Repeat("message A {", 6_000) + strings.Repeat("}", 6_000),
		"brackets":             head + "option (a) = " + strings.Repeat("{", 60_000),
		"lists":                head + "message A { int32 a = 1 [b = " + strings.Repeat("[", 60_000),
		"fields":               head + "message A {\n" + fields.String() + "}",
		"fields of one name":   head + "message A {\n" + strings.Repeat("int32 a = 1;\n", 4_000) + "}",
		"imports":              head + imports.String(),
		"values":               head + "enum E {\n" + enums.String() + "}",
		"ranges":               head + "message A {\n" + ranges.String() + "}",
		"options":              head + options.String(),
		"numbers":              head + "message A { int32 a = " + strings.Repeat("9", 60_000) + "; }",
		"names":                head + "message " + strings.Repeat("a", 60_000) + " {}",
		"packages":             head + "package " + strings.Repeat("a.", 30_000) + "b;",
		"types":                head + "message A { " + strings.Repeat("a.", 30_000) + "b c = 1; }",
		"unknown types":        head + "message A {\n" + strings.Repeat("Abcdefg a = 1;\n", 4_000) + "}",
		"comments":             head + strings.Repeat("/*", 30_000),
		"strings":              head + "import \"" + strings.Repeat("\\\"", 30_000),
		"semicolons":           head + strings.Repeat(";", 60_000),
		"oneofs":               head + "message A {\n" + strings.Repeat("oneof a { int32 b = 1; }\n", 2_500) + "}",
		"bytes":                strings.Repeat("\x00\xff", 30_000),
	} {
		start := cputime.Start(t)
		list := check(text)
		if took := start(); took > 3*time.Second { // a second, on a machine that does nothing else
			t.Errorf("%s: took %v", name, took)
		}
		if len(list) > 250 {
			t.Errorf("%s: %d findings", name, len(list))
		}
		if name != "fields" && name != "values" && name != "ranges" && len(list) == 0 && name != "semicolons" {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, rule := range protobuf.Rules() {
		f.Add(rule.Good)
		f.Add(rule.Bad)
	}
	f.Add(everything)
	f.Fuzz(func(t *testing.T, text string) {
		file, list := protobuf.Parse(context.Background(), "a.proto", text, nil)
		for _, d := range list {
			if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) || d.Message == "" {
				t.Fatalf("%+v in %d bytes", d, len(text))
			}
		}
		if file == nil {
			return
		}
		s, err := file.Message("")
		if err != nil {
			return
		}
		value, err := s.Sample(1)
		if err != nil {
			return
		}
		data, err := s.Encode(value)
		if err != nil {
			t.Fatalf("%v cannot be encoded: %v", value, err)
		}
		if _, err := s.Decode(data); err != nil {
			t.Fatalf("%x cannot be decoded: %v", data, err)
		}
	})
}
