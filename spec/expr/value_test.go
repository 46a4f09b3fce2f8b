package expr_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

var sample = values{
	"$inputs.name":                        "Ada \"the\" first",
	"$inputs.n":                           json.Number("12"),
	"$inputs.yes":                         true,
	"$inputs.nothing":                     nil,
	"$inputs.list":                        []any{json.Number("1"), "a<b"},
	"$inputs.object":                      map[string]any{"k": "v\"w"},
	"$inputs.xml":                         "<a>1</a>",
	"$inputs.orderId":                     "o-1",
	"$inputs.callbackUrl":                 "https://example.com/cb",
	"$inputs.a-b":                         json.Number("5"),
	"$inputs.numeric":                     "7",
	"$x-async-aggregate.responses":        map[string]any{"main": map[string]any{"available": json.Number("5")}, "w-2": map[string]any{"available": json.Number("7")}},
	"$steps.place-order.outputs.order":    map[string]any{"id": json.Number("3"), "lines": []any{"x"}},
	"$steps.place-order.outputs.document": "<o><id>9</id><line>a</line><line>b</line></o>",
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		want     any
		severity diag.Severity
	}{
		{"plain", "plain", 0},
		{"", "", 0},
		{"costs $5.00", "costs $5.00", 0},
		{"$5.00", "$5.00", 0},
		{"$type.name", "$type.name", 0},
		{"$ref", "$ref", 0},
		{"{not an expression} {$} {$5} {}", "{not an expression} {$} {$5} {}", 0},
		{`{"a": {"b": 1}}`, `{"a": {"b": 1}}`, 0},

		{"$message: hello", "$message: hello", diag.Warning},
		{"$url/path", "$url/path", diag.Warning},

		// Exactly one expression keeps its type.
		{"$inputs.n", json.Number("12"), 0},
		{"$inputs.nothing", nil, 0},
		{"$inputs.list", []any{json.Number("1"), "a<b"}, 0},
		{"$inputs.object#/k", "v\"w", 0},

		// Embedded ones become text.
		{"{$inputs.n}", "12", 0},
		{"{$inputs.name}", "Ada \"the\" first", 0},
		{"n={$inputs.n}&y={$inputs.yes}&z={$inputs.nothing}", "n=12&y=true&z=null", 0},
		{"{$inputs.list} and {$inputs.object#/k}", `[1,"a<b"] and v"w`, 0},
		{"{$inputs.object}", `{"k":"v\"w"}`, 0},
		{"https://{$inputs.orderId}/x/{$inputs.n}", "https://o-1/x/12", 0},
		{"{{$inputs.n}}", "{12}", 0},

		// Forms of the drafts.
		{"inv-${{inputs.orderId}}", "inv-o-1", diag.Info},
		{"${{ inputs.n + 1 }}", json.Number("13"), diag.Info},
		{"\n${{ inputs.n }}\n", json.Number("12"), diag.Info},
		{"${{inputs.n}}${{inputs.n}}", "1212", diag.Info},
		{"$inputs.callbackUrl/completed", "https://example.com/cb/completed", diag.Warning},
	} {
		template, problems := expr.ParseTemplate(c.text)
		if template == nil || expr.Worst(problems) != c.severity {
			t.Errorf("%q: problems are %v", c.text, problems)
			continue
		}
		got, err := template.Eval(sample)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%q: %v %s", c.text, err, diff)
		}
		if template.String() != c.text {
			t.Errorf("%q prints as %q", c.text, template)
		}
	}
}

func TestTemplateProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, at, help string }{
		{"$input.name", "$input", "did you mean $inputs?"},
		{"a {$input.name} b", "$input", "did you mean $inputs?"},
		{"$inputs.name is a name", " ", "{$inputs.name}"},
		{"a {$inputs.name b", "{", "{$inputs…}"},
		{"a {$inputs.} b", "$inputs.", "NAME"},
		{"a {$response.bdy} b", "bdy", "$response.body"},
		{"a ${{inputs.n b", "${{", "${{ … }}"},
		{"a ${{ inputs.n + }} b", " inputs.n + ", "missing"},
		{"${{ sum(inputs.n) }}", "sum", "Math.abs"},
		{"${{ Math.maxx(1, 2) }}", "Math.maxx", "did you mean Math.max?"},
		{"${{ Math.abs(1, 2) }}", "Math.abs(1, 2)", ""},
		{"${{ input.n }}", "input", "did you mean $inputs?"},
		{"${{ 'a }}", "'a ", ""},
		{"${{ 1 ? 2 }}", " 1 ? 2 ", ":"},
		{"${{ a; b }}", "a", "start with"},
		{"${{ 1 ; 2 }}", ";", ""},
		{"${{ ((1 }}", " ((1 ", ""},
		{"${{ '\\x' }}", "'\\x'", ""},
	} {
		template, problems := expr.ParseTemplate(c.text)
		if template != nil || len(problems) == 0 {
			t.Errorf("%q: %v with %v", c.text, template, problems)
			continue
		}
		p := problems[0]
		if at := c.text[p.Offset : p.Offset+p.Length]; at != c.at || !strings.Contains(p.Message+p.Help, c.help) {
			t.Errorf("%q: %v points at %q, want %q with %q", c.text, p, at, c.at, c.help)
		}
	}
}

func TestTextIsEscapedWhereItStands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		syntax expr.Syntax
		want   string
	}{
		{`{"a": "{$inputs.name}", "n": {$inputs.n}, "o": {$inputs.object}}`, expr.JSON, `{"a": "Ada \"the\" first", "n": 12, "o": {"k":"v\"w"}}`},
		{`{"o": "{$inputs.object}"}`, expr.JSON, `{"o": "{\"k\":\"v\\\"w\"}"}`},
		{`{"it's \" {$inputs.name}": 1}`, expr.JSON, `{"it's \" Ada \"the\" first": 1}`},
		{`<a b="{$inputs.name}">{$inputs.list}</a>{$inputs.xml}`, expr.XML, `<a b="Ada &quot;the&quot; first">[1,&quot;a&lt;b&quot;]</a><a>1</a>`},
		{`n={$inputs.name}`, expr.Plain, `n=Ada "the" first`},
		{`$[?@.a == '{$inputs.name}' && @.b == "{$inputs.name}"]`, expr.JSONPath, `$[?@.a == 'Ada "the" first' && @.b == "Ada \"the\" first"]`},
		{`//a[b="{$inputs.name}"]`, expr.XPath, `//a[b="Ada ""the"" first"]`},
	} {
		template, problems := expr.ParseTemplate(c.text)
		if template == nil {
			t.Fatal(c.text, problems)
		}
		got, err := template.Text(sample, c.syntax)
		if c.syntax == expr.JSON && strings.Contains(c.text, `it's \"`) {
			c.want = strings.Replace(c.want, `Ada "the"`, `Ada \"the\"`, 1)
		}
		if err != nil || got != c.want {
			t.Errorf("%s\n got %s\nwant %s (%v)", c.text, got, c.want, err)
		}
	}
}

func TestComputedValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"1 + 2 * 3":                              json.Number("7"),
		"(1 + 2) * 3":                            json.Number("9"),
		"10 / 4":                                 json.Number("2.5"),
		"10 % 4":                                 json.Number("2"),
		"7 - -2":                                 json.Number("9"),
		"-inputs.n":                              json.Number("-12"),
		"1 -2":                                   json.Number("-1"),
		"inputs.a-b":                             json.Number("5"),
		"inputs.n - inputs.a-b":                  json.Number("7"),
		"$inputs.n + 1":                          json.Number("13"),
		"inputs.numeric * 2":                     json.Number("14"),
		"'a' + inputs.n":                         "a12",
		"\"a\\n\" + 'b\\'c\"'":                   "a\nb'c\"",
		"inputs.n > 11 ? \"yes\" : 'n'":          "yes",
		"false ? 1 : true ? 2 : 3":               json.Number("2"),
		"inputs.n >= Math.max(1, inputs.a-b, 3)": true,
		"Math.min(3, 1, 2)":                      json.Number("1"),
		"Math.abs(-3.5)":                         json.Number("3.5"),
		"Math.floor(-1.5)":                       json.Number("-2"),
		"Math.ceil(1.2)":                         json.Number("2"),
		"Math.round(2.5)":                        json.Number("3"),
		"Math.round(-2.5)":                       json.Number("-2"),
		"inputs.list[0] + 1":                     json.Number("2"),
		"inputs.object#/k":                       "v\"w",
		"'a' == 'A'":                             false,
		"'a' < 'b' && !(1 > 2) || inputs.gone":   true,
		"inputs.yes && inputs.nothing == null":   true,
		"true || inputs.gone":                    true,
		"x-async-aggregate.responses.main.available + 1":              json.Number("6"),
		"x-async-aggregate.responses.w-2.available > 6 ? 'w2' : null": "w2",
		"9007199254740993 == 9007199254740992":                        false,
		"0 * -1":                                                      json.Number("0"),

		"1 / 0":                    errors.New("division by zero"),
		"1 % 0":                    errors.New("division by zero"),
		"inputs.yes + 1":           errors.New("true is not a number"),
		"inputs.list * 1":          errors.New("is not a number"),
		"1e308 * 10":               errors.New("not a finite number"),
		"1e999 + 1":                errors.New("too large"),
		"inputs.gone + 1":          errors.New("no value for $inputs.gone"),
		"Math.max(1, inputs.gone)": errors.New("no value for $inputs.gone"),
	} {
		template, problems := expr.ParseTemplate("${{ " + text + " }}")
		if template == nil {
			t.Errorf("%s: %v", text, problems)
			continue
		}
		got, err := template.Eval(sample)
		if wanted, isError := want.(error); isError {
			if err == nil || !strings.Contains(err.Error(), wanted.Error()) {
				t.Errorf("%s: %v, error %v, want %v", text, got, err, wanted)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	v, problems := expr.Compile(data(t, `{
		"id": "$inputs.orderId",
		"n": "$inputs.n",
		"text": "no. {$inputs.n}",
		"list": ["$inputs.yes", {"deep": "$steps.place-order.outputs.order#/lines/0"}, 4],
		"picked": {"context": "$steps.place-order.outputs.order", "selector": "$.id", "type": "jsonpath"},
		"pointed": {"context": "$steps.place-order.outputs.order", "selector": "/lines", "type": {"type": "jsonpointer", "version": "rfc6901"}},
		"xml": {"context": "$steps.place-order.outputs.document", "selector": "/o/id", "type": {"type": "xpath", "version": "xpath-30"}},
		"lines": {"context": "$steps.place-order.outputs.document", "selector": "//line", "type": "xpath"},
		"counted": {"context": "$steps.place-order.outputs.document", "selector": "count(//line)", "type": "xpath"},
		"many": {"context": "$steps.place-order.outputs.order", "selector": "$.lines[*]", "type": "jsonpath"},
		"not a selector": {"context": "$inputs.n", "selector": "$.a", "type": "invoice"},
		"literal": {"a": [1, 2.50, null]}
	}`))
	if v == nil {
		t.Fatal(problems)
	}
	got, err := v.Eval(sample)
	if err != nil {
		t.Fatal(err)
	}
	want := data(t, `{
		"id": "o-1", "n": 12, "text": "no. 12", "list": [true, {"deep": "x"}, 4], "picked": 3, "pointed": ["x"],
		"xml": "9", "lines": ["a", "b"], "counted": 2, "many": ["x"],
		"not a selector": {"context": 12, "selector": "$.a", "type": "invoice"}, "literal": {"a": [1, 2.50, null]}
	}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, ref := range v.Refs() {
		names = append(names, ref.String())
	}
	if got := strings.Join(names[1:4], " "); got != "$inputs.orderId $steps.place-order.outputs.document $inputs.yes" || len(names) != 12 {
		t.Errorf("refs are %q", names)
	}
}

func TestValueListsEverythingMissing(t *testing.T) {
	t.Parallel()
	v, _ := expr.Compile(data(t, `{"a": "$inputs.gone", "b": ["$inputs.n", "$inputs.list#/9"], "c/d": {"e": "x {$inputs.gone}"},
		"f": {"context": "$inputs.object", "selector": "$.none", "type": "jsonpath"}}`))
	got, err := v.Eval(sample)
	var missing *expr.MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("error is %v", err)
	}
	var paths []string
	for _, m := range missing.Missing {
		paths = append(paths, m.Path)
	}
	if want := "/a /b/1 /c~1d/e /f"; strings.Join(paths, " ") != want {
		t.Errorf("missing at %q, want %s", paths, want)
	}
	if diff := cmp.Diff(data(t, `{"b": [12, null], "c/d": {}}`), got); diff != "" {
		t.Error(diff)
	}
	whole, _ := expr.Compile("$inputs.gone")
	if got, err := whole.Eval(sample); got != nil || !errors.As(err, &missing) {
		t.Errorf("a missing whole is %v, %v", got, err)
	}
}

func TestValueThatIsAlmostASelector(t *testing.T) {
	t.Parallel()
	v, problems := expr.Compile(data(t, `{"a": [{"context": "$inputs.a", "selector": "$.a", "type": "jsonPath"}]}`))
	if v == nil || len(problems) != 1 || problems[0].Path != "/a/0/type" || problems[0].Help != "did you mean jsonpath?" {
		t.Errorf("problems are %v", problems)
	}
}

func TestValueLimits(t *testing.T) {
	t.Parallel()
	deep := any("$inputs.a")
	for range 600 {
		deep = []any{deep}
	}
	wide := any("x")
	for range 19 {
		wide = []any{wide, wide}
	}
	for _, value := range []any{deep, wide, strings.Repeat("{$inputs.a}", 5000), strings.Repeat("$", 9<<20)} {
		if v, problems := expr.Compile(value); v != nil || len(problems) != 1 || problems[0].Code != expr.CodeLimit {
			t.Errorf("problems are %v, want one of a limit", len(problems))
		}
	}
}

func TestProblemsOfAValueSayWhere(t *testing.T) {
	t.Parallel()
	file := source.NewFile("memory:///x.yaml", "x.yaml", []byte("a:\n  - 'say {$input.x}'\n"))
	text := string(file.Data())
	item := &tree.Node{Kind: tree.String, Text: "say {$input.x}", Span: source.Span{File: file, Start: strings.Index(text, "'"), End: strings.LastIndex(text, "'") + 1}}
	list := &tree.Node{Kind: tree.Sequence, Items: []*tree.Node{item}}
	item.Parent = list
	root := &tree.Node{Kind: tree.Mapping, Members: []tree.Member{{Key: &tree.Node{Kind: tree.String, Text: "a"}, Value: list}}}
	list.Parent, list.Key = root, root.Members[0].Key

	v, problems := expr.CompileNode(root)
	if v != nil || len(problems) != 1 {
		t.Fatal(v, problems)
	}
	d := problems[0].Diagnostic(root)
	if string(d.Span.Text()) != "$input" || d.Path != "/a/0" || len(d.Fixes) != 1 || d.Fixes[0].Edits[0].Text != "$inputs" {
		t.Errorf("%+v with text %q", d, d.Span.Text())
	}
}

func TestValueBind(t *testing.T) {
	t.Parallel()
	v, _ := expr.Compile(data(t, `{"a": "$inputs.object.k", "b": ["{$inputs.object.k}!", "${{ inputs.object.k + 1 }}"],
		"c": {"context": "$inputs.object.k", "selector": "", "type": "jsonpointer"}}`))
	bound, problems := v.Bind(func(ref expr.Ref) bool { return ref.Name == "object" })
	if expr.Worst(problems) != diag.Warning || len(problems) != 4 {
		t.Fatal(problems)
	}
	if problems[1].Path != "/b/0" || problems[1].Offset != 1 {
		t.Errorf("the second problem is %v", problems[1])
	}
	got, err := bound.Eval(sample)
	if diff := cmp.Diff(data(t, `{"a": "v\"w", "b": ["v\"w!", "v\"w1"], "c": "v\"w"}`), got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if bound, problems := v.Bind(func(expr.Ref) bool { return false }); bound != nil || expr.Worst(problems) != diag.Error {
		t.Errorf("bound to nothing: %v", problems)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	document := data(t, `{"a": [1, {"b": 2}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x"}`)
	for _, c := range []struct{ target, kind, want string }{
		{"/s", "", `{"a": [1, {"b": 2}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "NEW"}`},
		{"/t", "jsonpointer", `{"a": [1, {"b": 2}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x", "t": "NEW"}`},
		{"/a/1/b", "", `{"a": [1, {"b": "NEW"}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x"}`},
		{"/a/-", "", `{"a": [1, {"b": 2}, "NEW"], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x"}`},
		{"/{$inputs.key}", "", `{"a": [1, {"b": 2}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "NEW"}`},
		{"", "", `"NEW"`},
		{"$.items[?(@.sku=='y')].n", "jsonpath", `{"a": [1, {"b": 2}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": "NEW"}], "s": "x"}`},
		{"$.items[*].n", "jsonpath", `{"a": [1, {"b": 2}], "items": [{"sku": "x", "n": "NEW"}, {"sku": "y", "n": "NEW"}], "s": "x"}`},
		{"$.a[-1].b", "jsonpath", `{"a": [1, {"b": "NEW"}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x"}`},
		{"$.a[1].new", "jsonpath", `{"a": [1, {"b": 2, "new": "NEW"}], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x"}`},
		{"$.a..*", "jsonpath", `{"a": ["NEW", "NEW"], "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": 2}], "s": "x"}`},
		{"/x/y", "", `error: there is no "x"`},
		{"/a/5", "", `error: the array has only 2 items`},
		{"/a/b", "", `error: "b" is no index`},
		{"/s/b", "", `error: "b" is to be set in a string`},
		{"$.items[?(@.sku=='z')].n", "jsonpath", `error: finds nothing`},
		{"/{$inputs.gone}", "", `error: no value for $inputs.gone`},
	} {
		before := expr.Text(document)
		target, problems := expr.NewTarget(c.target, c.kind, "")
		if target == nil {
			t.Fatal(c.target, problems)
		}
		got, err := target.Replace(values{"$inputs.key": "s"}, document, "NEW")
		if message, isError := strings.CutPrefix(c.want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("%s: %v, want %s", c.target, err, message)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.target, err)
			continue
		}
		if diff := cmp.Diff(data(t, c.want), got); diff != "" {
			t.Errorf("%s: %s", c.target, diff)
		}
		if expr.Text(document) != before {
			t.Fatalf("%s changed the document", c.target)
		}
	}
	for _, c := range []struct{ target, kind, path string }{{"a", "", "/target"}, {"$.a ", "jsonpath", "/target"}, {"/a", "jmespath", "/type"}, {"count(/a)", "xpath", "/target"}, {"/a[", "xpath", "/target"}} {
		if target, problems := expr.NewTarget(c.target, c.kind, ""); target != nil || len(problems) == 0 || problems[0].Path != c.path {
			t.Errorf("%s as %s: %v", c.target, c.kind, problems)
		}
	}
}

func TestReplacementsInXMLKeepAllElse(t *testing.T) {
	t.Parallel()
	const document = `<?xml version="1.0"?>
<o:order xmlns:o='urn:o' id = "1>2" note='say "hi"'><!-- kept --><line n="1"><q/></line ><line n='2'>a&amp;<![CDATA[b]]></line><e  x="y" /></o:order>`
	for _, c := range []struct {
		target string
		value  any
		want   string // "old -> new", or an error
	}{
		{"/o:order/@id", "a<'\"&", `"1>2" -> "a&lt;&apos;&quot;&amp;"`},
		{"/o:order/@note", json.Number("5"), `'say "hi"' -> '5'`},
		{"//line[@n='2']", "x < y", `a&amp;<![CDATA[b]]> -> x &lt; y`},
		{"//line[@n='2']/text()", true, `a&amp;<![CDATA[b]]> -> true`},
		{"//line[@n='{$inputs.n}']", "<a><b/></a>", `<q/> -> <a><b/></a>`},
		{"//line[1]", "</line><line>", `<q/> -> &lt;/line&gt;&lt;line&gt;`},
		{"//line[1]/q | //line[1]", "z", `<q/> -> z`},
		{"//e", "in", `<e  x="y" /> -> <e  x="y">in</e>`},
		{"//line[1]", nil, `<q/> -> `},
		{"//none", "x", "error: finds nothing to replace"},
		{"//comment()", "x", "error: finds another node"},
		{"/", "x", "error: finds another node"},
		{"//e", map[string]any{}, "error: an object cannot be set in XML"},
		{"//e", "<u:x/>", "error: with the new content, the text is not well-formed XML"},
	} {
		target, problems := expr.NewTarget(c.target, "xpath", "")
		if target == nil {
			t.Fatal(c.target, problems)
		}
		got, err := target.Replace(values{"$inputs.n": "1"}, document, c.value)
		if message, isError := strings.CutPrefix(c.want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("%s: %v, want %s", c.target, err, message)
			}
			continue
		}
		before, after, _ := strings.Cut(c.want, " -> ")
		if want := strings.Replace(document, before, after, 1); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.target, err, got, want)
		}
	}
	target, _ := expr.NewTarget("//a", "xpath", "")
	if _, err := target.Replace(values{}, map[string]any{}, "x"); err == nil || !strings.Contains(err.Error(), "an XPath needs XML text") {
		t.Errorf("got %v", err)
	}
}

func TestFormsAreObjectsToReplacements(t *testing.T) {
	t.Parallel()
	form, err := expr.ReadForm("a=1&b=x+y&b=%26")
	if err != nil {
		t.Fatal(err)
	}
	target, _ := expr.NewTarget("/b/1", "", "")
	got, err := target.Replace(values{}, form, "new")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"a": "1", "b": []any{"x y", "new"}}, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"a=%z", "a;b"} {
		if _, err := expr.ReadForm(text); err == nil || !strings.Contains(err.Error(), "the text is no form") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSelectorProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source expr.SelectorSource
		path   string
	}{
		{expr.SelectorSource{Context: "response.body", Selector: "$.a", Type: "jsonpath"}, "/context"},
		{expr.SelectorSource{Context: "$response.body", Selector: "a", Type: "jsonpath"}, "/selector"},
		{expr.SelectorSource{Context: "$response.body", Selector: "a", Type: "jsonpointer"}, "/selector"},
		{expr.SelectorSource{Context: "$response.body", Selector: "$.a", Type: "jmespath"}, "/type"},
		{expr.SelectorSource{Context: "$response.body", Selector: "$.a", Type: ""}, "/type"},
		{expr.SelectorSource{Context: "$response.body", Selector: "$.a", Type: "jsonpath", Version: "xpath-30"}, "/version"},
	} {
		if s, problems := expr.NewSelector(c.source); s != nil || len(problems) != 1 || problems[0].Path != c.path {
			t.Errorf("%v: %v, want one problem at %s", c.source, problems, c.path)
		}
	}
}

// Every expression of the seed documents is understood.
func TestSeeds(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpus.Seeds(t), "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			_, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok || !strings.Contains(value, "$") || strings.HasPrefix(strings.TrimSpace(line), "$ref") || strings.Contains(value, "#/components") {
				continue
			}
			value, _, _ = strings.Cut(value, " #")
			value = strings.TrimSuffix(value, ",")
			if value[0] == '"' {
				value = strings.Trim(value, `"`)
			}
			found++
			if strings.Contains(line, "condition:") || strings.Contains(line, "filter:") {
				if c, problems := expr.ParseCondition(value); c == nil {
					t.Errorf("%s: %s: %v", filepath.Base(file), value, problems)
				}
				continue
			}
			if template, problems := expr.ParseTemplate(value); template == nil || template.IsLiteral() {
				t.Errorf("%s: %s: %v", filepath.Base(file), value, problems)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d expressions were found", found)
	}
}
