package convert_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/gosource"
	"github.com/weft-dev/weft/spec/schema/gotype"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// goType reads a type from a text of Go.
func goType(t testing.TB, text, name string) (*gosource.File, *gotype.Type) {
	t.Helper()
	file, found := gosource.Read(source.NewFile("memory:///a.go", "a.go", []byte(text)))
	if file == nil {
		t.Fatalf("%s: %s", text, found[0].Message)
	}
	is, found := file.Type(name)
	if is == nil {
		t.Fatalf("%s: %s", text, found[0].Message)
	}
	return file, is
}

func TestWhatGoWritesFitsItsSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("goshapes_test.go")
	if err != nil {
		t.Fatal(err)
	}
	file, is := goType(t, string(text), "Shape")
	root, found := convert.GoToJSONSchema(file, is)
	s := jsonOf(t, printed(t, root))
	rank := Second
	when := time.Date(2026, 11, 23, 6, 0, 0, 5, time.UTC)
	for name, v := range map[string]Shape{
		"empty": {Level: LevelLow, Digits: "0", ByName: map[string][]Rank{}, Raw: []byte{}},
		"full": {
			Base: Base{ID: "1", Text: 3, deep: deep{"d"}}, Beside: &Beside{"s"}, Named: Inner{1, 2}, hidden: "h", Skipped: "s", Plain: true,
			Text: "t", Count: -5, Small: -128, Byte: 255, Big: 1 << 63, Ratio: 0.5, Raw: []byte{0, 255}, Fixed: [3]byte{1, 2, 3}, When: when, Until: &when,
			For: time.Hour, Free: json.RawMessage(`[1]`), Digits: "12.50", Any: map[string]any{"a": nil}, Level: LevelHigh, Rank: &rank, Flags: Red | Blue,
			Tags: []string{"a"}, ByID: map[int32]*Inner{-3: nil, 4: {}}, ByName: map[string][]Rank{"a": {First}}, Own: Own{3}, Word: Word{"w"},
			Old: "old", Parent: &Shape{Level: LevelLow, Digits: "1", Raw: []byte{}, ByName: map[string][]Rank{}}, Wide: 4, Nothing: &Inner{},
		},
	} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, violation := range s.Validate(value(t, string(data))) {
			t.Errorf("%s: %s breaks the schema: %s: %s", name, data, violation.InstancePath, violation.Message)
		}
		for key := range value(t, string(data)).(map[string]any) {
			if !root.At("/definitions/Shape/properties").Has(key) {
				t.Errorf("%s: the schema has no %q", name, key)
			}
		}
	}
	golden.Assert(t, []byte(printed(t, root)), "testdata/shape.schema.json")
	holds(t, "Shape", found, "Own writes its own JSON (MarshalJSON) && Word writes itself as text && the constants of Rank are taken for all its values")
}

func TestGoToJSONSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want, found string }{
		{"type T struct { A chan int }", `{"type":"object","properties":{"A":{}},"required":["A"],"title":"T"}`, "schema-union : a channel cannot be written as JSON: any value stands in its place"},
		{"type T struct { A other.Thing }", `{"type":"object","properties":{"A":{}},"required":["A"],"title":"T"}`, "the text imports no package other"},
		{"import \"a.b/other\"\ntype T struct { A other.Thing }", `{"type":"object","properties":{"A":{}},"required":["A"],"title":"T"}`, "other.Thing is declared in another package"},
		{"type T struct { A Missing }", `{"type":"object","properties":{"A":{}},"required":["A"],"title":"T"}`, "Missing is not declared in this text"},
		{"type T struct { A Box[int] }\ntype Box[X any] struct { X X }", `{"type":"object","properties":{"A":{}},"required":["A"],"title":"T"}`, "type parameters"},
		{"import \"time\"\ntype T struct { time.Time; A int }", `{}`, "T embeds Time, whose own JSON"},
		{"import \"time\"\ntype T time.Time", `{}`, "T has not the methods"},
		{"type T T2\ntype T2 T", `{}`, "T2 is declared to be itself"},
		{"type T struct { A int8 `json:\"-,\"`; B int `json:\"-\"` }", `{"type":"object","properties":{"-":{"type":"integer","minimum":-128,"maximum":127}},"required":["-"],"title":"T"}`, ""},
		{"type T []T", ``, "schema-large"},
		{"type T struct { A complex128; B func(); C interface{ M() }; D error; E [N]int }", ``, "a complex number && a function && an interface says && the length of the array"},
		{"type T map[bool]int", `{"type":"object","additionalProperties":{"type":"integer","format":"int64"}}`, "keys of this type"},
		{"type T = U\ntype U struct { A *int `json:\",omitempty\"` }", `{"type":"object","properties":{"A":{"type":"integer","format":"int64"}},"title":"T"}`, ""},
		{"type A struct { X int }\ntype B struct { X int }\ntype T struct { A; B; Y int }", `{"type":"object","properties":{"Y":{"type":"integer","format":"int64"}},"required":["Y"],"title":"T"}`, ""},
		{"type A struct { X int `json:\"X\"` }\ntype B struct { X string }\ntype T struct { A; B }", `{"type":"object","properties":{"X":{"type":"integer","format":"int64"}},"required":["X"],"title":"T"}`, ""},
		{"const p = \"a\"\ntype E string\nconst ( X E = p + \"b\"; Y E = \"y\")\ntype T struct { E E }", `{"type":"object","properties":{"E":{"$ref":"#/definitions/E"}},"required":["E"],"title":"T","definitions":{"E":{"type":"string","enum":["ab","y"],"x-enum-varnames":["X","Y"],"title":"E"}}}`, "the constants of E are taken for all its values"},
		{"type E string\nconst ( Z = Y + \"!\"; Y = X; X E = \"x\"; W = E(string(X) + \"w\"); S = string(X) )\ntype T struct { E E }", `{"type":"object","properties":{"E":{"$ref":"#/definitions/E"}},"required":["E"],"title":"T","definitions":{"E":{"type":"string","enum":["x!","x","xw"],"x-enum-varnames":["Z","Y","W"],"title":"E"}}}`, "the constants of E are taken for all its values"},
		{"type E int\ntype A = E\nconst first = iota + 1\nconst ( X E = first; Y = X + 1; Z A = -Y; N = first << Y; M = X - first )\ntype T struct { E E }", `{"type":"object","properties":{"E":{"$ref":"#/definitions/E"}},"required":["E"],"title":"T","definitions":{"E":{"type":"integer","format":"int64","enum":[1,2,-2,0],"x-enum-varnames":["X","Y","Z","M"],"title":"E"}}}`, "the constants of E are taken for all its values"},
		{"import \"net/http\"\ntype E string\nconst ( X E = \"x\"; Y E = http.MethodGet )\ntype T struct { E E }", `{"type":"object","properties":{"E":{"type":"string"}},"required":["E"],"title":"T"}`, "schema-lost : the text does not say the value of Y, so that any value of its type is allowed where E is"},
		{"type E string\nconst ( X = E(elsewhere) )\ntype T struct { E E }", `{"type":"object","properties":{"E":{"type":"string"}},"required":["E"],"title":"T"}`, "schema-lost : the text does not say the value of X, so that any value of its type is allowed where E is"},
		{"type E string\nconst ( X E = Y; Y E = X )\ntype T struct { E E }", `{"type":"object","properties":{"E":{"type":"string"}},"required":["E"],"title":"T"}`, "schema-lost : the text does not say the value of X, so that any value of its type is allowed where E is"},
		{"type E string\ntype F E\nconst ( X E = \"x\"; Y F = elsewhere )\ntype T struct { E F }", `{"type":"object","properties":{"E":{"type":"string"}},"required":["E"],"title":"T"}`, "the value of Y, so that any value of its type is allowed where F is"},
		{"const size = 2 * 2\ntype T [size]bool", `{"type":"array","items":{"type":"boolean"},"minItems":4,"maxItems":4}`, ""},
		{"import id \"github.com/google/uuid\"\ntype T struct { ID id.UUID `json:\"id,omitempty\"` }", `{"type":"object","properties":{"id":{"type":"string","format":"uuid"}},"required":["id"],"title":"T"}`, ""},
	} {
		file, is := goType(t, "package a\n"+c.text, "T")
		root, found := convert.GoToJSONSchema(file, is)
		got := root.Value().(map[string]any)
		delete(got, "$schema")
		if c.want != "" && !cmp.Equal(value(t, c.want), any(got)) {
			t.Errorf("%s: %s", c.text, cmp.Diff(value(t, c.want), any(got)))
		}
		holds(t, c.text, found, c.found)
	}
}

func TestGoToAvroAndProtobuf(t *testing.T) {
	t.Parallel()
	const text = "package a\nimport \"time\"\n// Order was made.\ntype Order struct {\n\t// ID is the key.\n\tID string `json:\"id\" avro:\"order_id\"`\n\tAt time.Time `json:\"at\"`\n" +
		"\tNote *string `json:\"note,omitempty\"`\n\tLines []Line `json:\"lines\"`\n\tSize Size `json:\"size\"`\n\tOdd chan int `json:\"odd\"`\n}\ntype Line struct { Count uint32 `json:\"count\"` }\n" +
		"type Size string\nconst ( Small Size = \"S\"; Large Size = \"L\" )\n"
	file, is := goType(t, text, "")
	n, found := convert.GoToAvro(file, is, convert.Options{})
	if _, err := avro.Parse(n); err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, []byte(printed(t, n)), "testdata/order-of-go.avsc")
	holds(t, "to Avro", found, "a channel cannot be written as JSON && a string that holds JSON stands in its place")
	for _, d := range found {
		if !d.Span.IsValid() {
			t.Errorf("%s: %s has no place in the source", d.Code, d.Message)
		}
	}
	proto, found := convert.GoToProtobuf(file, is, convert.Options{Name: "Order"})
	if file, bad := protobuf.Parse(t.Context(), "a.proto", proto, nil); file == nil {
		t.Fatalf("%s\n%s", proto, bad[0].Message)
	}
	golden.Assert(t, []byte(proto), "testdata/order-of-go.proto")
	holds(t, "to Protobuf", found, "a channel cannot be written as JSON")
}

// stubs are the packages that generated source imports.
type stubs struct{}

func (stubs) Import(path string) (*types.Package, error) {
	names := map[string]types.Type{"time.Time": types.NewStruct(nil, nil), "encoding/json.Number": types.Typ[types.String]}
	pkg := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	for full, is := range names {
		if name, of := strings.CutPrefix(full, path+"."); of {
			obj := types.NewTypeName(token.NoPos, pkg, name, nil)
			types.NewNamed(obj, is, nil)
			pkg.Scope().Insert(obj)
		}
	}
	if pkg.Scope().Len() == 0 {
		return nil, errors.New("generated source does not import it")
	}
	pkg.MarkComplete()
	return pkg, nil
}

// compiles asks go/types whether a text is right.
func compiles(text string) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", text, 0)
	if err != nil {
		return err
	}
	config := types.Config{Importer: stubs{}}
	_, err = config.Check("a", fset, []*ast.File{file}, nil)
	return err
}

func toGo(t testing.TB, text string) (string, []diag.Diagnostic) {
	t.Helper()
	n, refs := document(t, text)
	out, found := convert.JSONSchemaToGo(n, convert.Options{Name: "root", Refs: refs})
	if err := compiles(out); err != nil {
		t.Fatalf("%s became\n%s\n%v", text, out, err)
	}
	return out, found
}

func TestJSONSchemaToGo(t *testing.T) {
	t.Parallel()
	field := func(kind, tag string) string {
		return "package root\n\ntype Root struct {\n\tA " + kind + " `json:\"" + tag + "\"`\n}\n"
	}
	of := func(s string) string {
		return `{"type":"object","additionalProperties":false,"properties":{"a":` + s + `}}`
	}
	required := func(s string) string {
		return `{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":` + s + `}}`
	}
	for _, c := range []struct{ json, want, found string }{
		{of(`{"type":"string"}`), field("*string", "a,omitempty"), ""},
		{required(`{"type":"string"}`), field("string", "a"), ""},
		{required(`{"type":["string","null"]}`), field("*string", "a"), ""},
		{of(`{"type":["string","null"]}`), field("*string", "a,omitempty"), "nil stands for null and for what was left out"},
		{of(`{"type":"boolean","default":false}`), field("bool", "a,omitempty"), ""},
		{required(`{"type":"integer","format":"int32"}`), field("int32", "a"), ""},
		{required(`{"type":"integer","minimum":0,"maximum":255}`), field("uint8", "a"), ""},
		{required(`{"type":"integer","minimum":1}`), field("int64", "a"), `Go has no word for "minimum"`},
		{required(`{"type":"array","items":{"type":["integer","null"]}}`), field("[]*int64", "a"), ""},
		{of(`{"type":"object","additionalProperties":{"type":"boolean"}}`), field("map[string]bool", "a,omitempty"), ""},
		{of(`{"type":"object","additionalProperties":{"type":"boolean"},"propertyNames":{"format":"int64","pattern":"^-?[0-9]{1,20}$"}}`), field("map[int64]bool", "a,omitempty"), ""},
		{required(`{"type":"string","contentEncoding":"base64"}`), field("[]byte", "a"), ""},
		{required(`{"type":"string","format":"email"}`), field("string", "a"), `Go has no type for the format "email"`},
		{required(`{"oneOf":[{"type":"string"},{"type":"integer"}]}`), "package root\n\ntype Root struct {\n\t// One of: string, int64.\n\tA any `json:\"a\"`\n}\n", "schema-union /properties/a/oneOf: Go has no unions"},
		{required(`{"oneOf":[{"type":"string"},{"type":"null"}]}`), field("*string", "a"), ""},
		{required(`{"type":["string","boolean"]}`), "package root\n\ntype Root struct {\n\t// One of: string, bool.\n\tA any `json:\"a\"`\n}\n", "schema-union /properties/a/type: Go has no unions"},
		{required(`{"items":[{}],"type":"array"}`), field("[]any", "a"), "schema-lost /properties/a/items"},
		{required(`false`), field("any", "a"), "no value fits"},
		{required(`{"enum":[1,"x"]}`), field("any", "a"), "values of several types"},
		{strings.ReplaceAll(of(`{"type":"string"}`), `"a"`, `"-"`), "package root\n\ntype Root struct {\n\tField *string `json:\"-,omitempty\"`\n}\n", ""},
		{required(`{"$ref":"#"}`), field("*Root", "a"), ""},
		{`{"type":"array","items":{"type":"string"}}`, "package root\n\ntype Root []string\n", ""},
		{
			`{"type":"object","additionalProperties":false,"properties":{"":{},"a\"b":{},"id":{},"Id":{},"1st":{},"日":{}}}`,
			"package root\n\ntype Root struct {\n\tID   any `json:\"id,omitempty\"`\n\tID2  any `json:\"Id,omitempty\"`\n\tX1st any `json:\"1st,omitempty\"`\n\tX日   any `json:\"日,omitempty\"`\n}\n",
			`encoding/json knows no property "" && encoding/json knows no property "a\"b"`,
		},
		{`{"type":"object","additionalProperties":false,"description":"a\r\nb\u0000*/\n\nDeprecated: c","properties":{}}`, "package root\n\n// a\n// b*/\n//\n// Deprecated: c\ntype Root struct {\n}\n", ""},
	} {
		got, found := toGo(t, c.json)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.json, diff)
		}
		holds(t, c.json, found, c.found)
	}
}

// madeSchema is what the types in made_test.go are made of.
const madeSchema = `{"$schema":"http://json-schema.org/draft-07/schema#","title":"made order","type":"object","description":"MadeOrder was made.",
"required":["orderId","lines","state","note"],"additionalProperties":false,"properties":{
"orderId":{"type":"string","format":"uuid","description":"is the key"},"state":{"title":"made state","enum":["new","in-progress",null]},
"lines":{"type":"array","items":{"$ref":"#/definitions/made-line"}},"note":{"type":["string","null"]},"raw":{"type":"string","contentEncoding":"base64"},
"size":{"title":"made size","oneOf":[{"const":1,"description":"is small"},{"const":2}]},"paidAt":{"type":"string","format":"date-time"},
"big":{"type":"string","format":"uint64","pattern":"^-?[0-9]{1,20}$"},"parent":{"$ref":"#"},"free":{},"rates":{"type":"object","additionalProperties":{"type":"number"}},
"price":{"type":"number","multipleOf":0.01,"minimum":-999.99,"maximum":999.99}},
"definitions":{"made-line":{"type":"object","additionalProperties":false,"properties":{"skuIds":{"type":"array","items":{"type":"string"}},"gift":{"type":"boolean","default":false}}}}}`

// The types are compiled with this test, and read and write what fits.
func TestMadeTypesReadAndWriteWhatFits(t *testing.T) {
	t.Parallel()
	n, refs := document(t, madeSchema)
	out, _ := convert.JSONSchemaToGo(n, convert.Options{Name: "made", Package: "convert_test", Refs: refs})
	golden.Assert(t, []byte(out), "made_test.go")
	s := jsonOf(t, madeSchema)
	for _, text := range []string{
		`{"orderId":"1b4e28ba-2fa1-11d2-883f-0016d3cca427","lines":[],"state":null,"note":null}`,
		`{"orderId":"1b4e28ba-2fa1-11d2-883f-0016d3cca427","lines":[{"skuIds":["a"]},{"gift":true}],"state":"in-progress","note":"n","raw":"AP8=","size":2,
		"paidAt":"2026-11-23T06:00:00.000000005Z","big":"18446744073709551615","parent":{"orderId":"1b4e28ba-2fa1-11d2-883f-0016d3cca427","lines":[],"state":"new","note":""},
		"free":[1,{}],"rates":{"a":0.5},"price":12.50}`,
	} {
		var order MadeOrder
		if err := json.Unmarshal([]byte(text), &order); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(order)
		if err != nil {
			t.Fatal(err)
		}
		if violations := s.Validate(value(t, string(data))); len(violations) > 0 {
			t.Errorf("%s: %s", data, violations[0].Message)
		}
		if diff := cmp.Diff(value(t, text), value(t, string(data))); diff != "" {
			t.Errorf("%s", diff)
		}
	}
	// Samples of texts are words, which are neither base64 nor numbers.
	judged := jsonOf(t, strings.NewReplacer(`"raw":{"type":"string","contentEncoding":"base64"},`, "", `"big":{"type":"string","format":"uint64","pattern":"^-?[0-9]{1,20}$"},`, "").Replace(madeSchema))
	for seed := range uint64(50) {
		v, err := judged.Sample(seed)
		if err != nil {
			t.Fatal(err)
		}
		text, err := schema.EncodeJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		var order MadeOrder
		if err := json.Unmarshal(text, &order); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is made of an Avro schema and of a message of Protobuf compiles, too,
// and says again what its source did.
func TestAvroAndProtobufToGo(t *testing.T) {
	t.Parallel()
	out, _ := convert.AvroToGo(avroOf(t, everything), convert.Options{Name: "everything"})
	if err := compiles(out); err != nil {
		t.Errorf("%s\n%v", out, err)
	}
	golden.Assert(t, []byte(out), "testdata/everything-of-avro.go.txt")
	file, bad := protobuf.Parse(t.Context(), "a.proto", everyProto, nil)
	if file == nil {
		t.Fatal(bad[0].Message)
	}
	s, err := file.Message(firstMessage(everyProto))
	if err != nil {
		t.Fatal(err)
	}
	out, _ = convert.ProtobufToGo(s, convert.Options{Name: "every"})
	if err := compiles(out); err != nil {
		t.Errorf("%s\n%v", out, err)
	}
	golden.Assert(t, []byte(out), "testdata/every-of-protobuf.go.txt")
}

func TestHostileGoIsReadInTime(t *testing.T) {
	t.Parallel()
	repeat := func(format string, size int) string {
		var b strings.Builder
		for i := 1; b.Len() < size; i++ {
			b.WriteString(strings.NewReplacer("PREV", fmt.Sprint(i-1), "THIS", fmt.Sprint(i)).Replace(format))
		}
		return b.String()
	}
	const size = 63 << 10
	for name, body := range map[string]string{
		"structs within aliases":  "type T0 = struct{}\n" + repeat("type TTHIS = struct{ A, B TPREV }\n", size) + "type T struct { X T1999 }",
		"a chain of embedding":    "type T0 struct{ Y int }\n" + repeat("type TTHIS struct{ TPREV; XTHIS int }\n", size) + "type T struct { T1700 }",
		"the same embedded":       "type T0 struct{ Y int }\n" + repeat("type ATHIS struct { TPREV }\ntype BTHIS struct{ TPREV }\ntype TTHIS struct{ ATHIS; BTHIS }\n", size) + "type T struct { T600 }",
		"constants that double":   "type E string\ntype T struct { E E }\nconst C0 E = \"xxxxxxxxxxxxxxxx\"\n" + repeat("const CTHIS E = CPREV + CPREV\n", size),
		"constants of later ones": "type E int\ntype T struct { E E }\n" + repeat("const CPREV = CTHIS + CTHIS\n", size) + "const D E = C0",
		"constants in a ring":     "type E int\ntype T struct { E E }\n" + repeat("const CTHIS E = CPREV + CPREV\n", size) + "const C0 E = C1000",
		"large shifts":            "type E int\ntype T struct { E E }\n" + repeat("const CTHIS E = 1 << 1000000000\n", size),
		"deep pointers":           "type T " + strings.Repeat("*", size) + "int",
		"deep lists":              "type T " + strings.Repeat("[]", size/2) + "int",
		"deep constants":          "type E int\ntype T struct{ E E }\nconst C E = " + strings.Repeat("(", size/2) + "1" + strings.Repeat(")", size/2),
		"many fields":             "type T struct {" + repeat("FTHIS int\n", size) + "}",
		"a pointer to itself":     "type P *P\ntype T struct { P; A P }",
	} {
		start := cputime.Start(t)
		file, _ := gosource.Read(source.NewFile("memory:///a.go", "a.go", []byte("package a\n"+body)))
		if file == nil {
			t.Errorf("%s is no Go", name)
			continue
		}
		is, found := file.Type("T")
		if is == nil {
			t.Errorf("%s: %s", name, found[0].Message)
			continue
		}
		js, _ := convert.GoToJSONSchema(file, is)
		av, _ := convert.GoToAvro(file, is, convert.Options{})
		pb, _ := convert.GoToProtobuf(file, is, convert.Options{})
		if took := start(); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if size := len(printed(t, js)) + len(printed(t, av)) + len(pb); size > 32<<20 {
			t.Errorf("%s became %d bytes", name, size)
		}
	}
}

// FuzzGo reads any text; what it is read as can be converted.
func FuzzGo(f *testing.F) {
	shapes, err := os.ReadFile("goshapes_test.go")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(shapes))
	f.Add("package a\ntype T struct { *T; A []T `json:\"a,omitempty\" avro:\"b\"`; B map[T]chan T }\ntype E byte\nconst ( X E = iota; Y; Z = E(-'a') )")
	f.Add("package a\ntype (A = B; B []C; C struct{ A `json:\"x\"` })\nfunc (*C) MarshalText() {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		file, _ := gosource.Read(source.NewFile("memory:///a.go", "a.go", []byte(text)))
		if file == nil {
			return
		}
		for _, name := range []string{"", "T", "A", "Shape"} {
			is, _ := file.Type(name)
			if is == nil {
				continue
			}
			js, _ := convert.GoToJSONSchema(file, is)
			jsonOf(t, printed(t, js))
			n, found := convert.GoToAvro(file, is, convert.Options{})
			doc, _ := document(t, printed(t, n))
			if _, err := avro.Parse(doc); err != nil && diag.Worst(found) < diag.Warning {
				t.Fatalf("%s became\n%s\n%v", text, printed(t, n), err)
			}
			proto, _ := convert.GoToProtobuf(file, is, convert.Options{})
			if file, bad := protobuf.Parse(t.Context(), "a.proto", proto, nil); file == nil {
				t.Fatalf("%s became\n%s\n%s", text, proto, bad[0].Message)
			}
		}
	})
}

func FuzzJSONSchemaToGo(f *testing.F) {
	for _, text := range []string{
		madeSchema, `{"type":"object","properties":{"a":{"$ref":"#"},"A":{"enum":["a","A",""]},"":{},"[x]":{"default":1}}}`, `{"allOf":[{"$ref":"#"},{}]}`,
		`{"oneOf":[{"const":"a"},{"const":"b"},{"type":"null"}],"description":"a\nb"}`, `{"type":"array","items":{"type":"object","title":"root","properties":{"x":{"enum":[1,2,-3]}}}}`,
		`{"definitions":{"a":{"enum":["x"]},"b":{"properties":{"a":{"$ref":"#/definitions/a"}}}},"anyOf":[{"$ref":"#/definitions/b"},{"$ref":"#/definitions/a"}]}`,
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
		out, _ := convert.JSONSchemaToGo(d.Root, convert.Options{Name: "a", Refs: jsonschema.In(ws)})
		if err := compiles(out); err != nil {
			t.Fatalf("%s became\n%s\n%v", text, out, err)
		}
	})
}
