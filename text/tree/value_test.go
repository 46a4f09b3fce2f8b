package tree_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func TestPlainScalarsFollowTheCoreSchema(t *testing.T) {
	t.Parallel()
	number := func(s string) any { return json.Number(s) }
	tests := []struct {
		text string
		want any
	}{
		{"null", nil},
		{"Null", nil},
		{"NULL", nil},
		{"~", nil},
		{"", nil},
		{"nULL", "nULL"},
		{"true", true},
		{"True", true},
		{"TRUE", true},
		{"false", false},
		{"tRue", "tRue"},
		{"yes", "yes"},
		{"no", "no"},
		{"on", "on"},
		{"Off", "Off"},
		{"y", "y"},
		{"0", number("0")},
		{"-0", number("-0")},
		{"+12", number("12")},
		{"007", number("7")},
		{"-007", number("-7")},
		{"0x1F", number("31")},
		{"0xffffffffffffffffffff", number("1208925819614629174706175")},
		{"0o17", number("15")},
		{"0o8", "0o8"},
		{"0x", "0x"},
		{"0xg", "0xg"},
		{"-0x1", "-0x1"},
		{"123456789012345678901234567890", number("123456789012345678901234567890")},
		{"1.5", number("1.5")},
		{".5", number("0.5")},
		{"5.", number("5")},
		{"1.0", number("1.0")},
		{"-.5", number("-0.5")},
		{"1e3", number("1e3")},
		{"1.5E-10", number("1.5E-10")},
		{"1.e+3", number("1e+3")},
		{"0.10000000000000000000001", number("0.10000000000000000000001")},
		{".", "."},
		{"-", nil},
		{"+", "+"},
		{"1e", "1e"},
		{"1.2.3", "1.2.3"},
		{"1_000", "1_000"},
		{"0b1", "0b1"},
		{"12:30", "12:30"},
		{"2024-01-01", "2024-01-01"},
		{"2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"},
		{"<<", "<<"},
		{"=", "="},
		{`"12"`, "12"},
		{"'true'", "true"},
		{"! 12", "12"},
		{"!!str 12", "12"},
		{"!!str", ""},
		{"!!int '12'", number("12")},
		{"!!float 1", number("1")},
		{"!!bool 'true'", true},
		{"!!null ''", nil},
		{"!!timestamp 2024-01-01", "2024-01-01"},
		{"!!map {}", map[string]any{}},
		{"!!seq []", []any{}},
		{"!<tag:yaml.org,2002:str> 1", "1"},
		{"|\n  a\n   b\n\n", "a\n b\n"},
		{"|-\n  a\n", "a"},
		{"|+\n  a\n\n", "a\n\n\n"},
		{">\n  a\n  b\n\n  c\n", "a b\nc\n"},
		{`"\u00e9\x41\U0001F600\t\/"`, "éA😀\t/"},
		{"a # b", "a"},
		{"a#b", "a#b"},
		{"a\n b", "a b"},
	}
	for _, test := range tests {
		if test.text == "-" {
			continue // an item of a list, with nothing in it
		}
		root := mustParse(t, "x.yaml", "k: "+test.text+"\n")
		if diff := cmp.Diff(map[string]any{"k": test.want}, root.Value()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestKeysAreTheirText(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", "200: a\ntrue: b\nnull: c\n1.0: d\n0x1F: e\n'f': g\n\"h\\n\": i\n? |\n  j\n: k\n: l\n&x m: n\no: {*x : p}\n2024-01-01: p\n")
	var keys []string
	for _, m := range root.Members {
		keys = append(keys, m.Key.Text)
	}
	want := []string{"200", "true", "null", "1.0", "0x1F", "f", "h\n", "j\n", "", "m", "o", "2024-01-01"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("the keys (-want +got):\n%s", diff)
	}
	if got := root.At("/o/m").Str(); got != "p" {
		t.Errorf("under a key that is an alias stands %q", got)
	}
}

func TestMergeKeysBringInMembers(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", `
base: &base {type: object, title: base}
more: &more {title: more, extra: 1}
one:
  first: 1
  <<: *base
  title: own
several:
  <<: [*base, *more, {inline: 2}]
nested:
  <<: {<<: *more, type: string}
quoted: {"<<": 1}
`)
	for path, want := range map[string]any{
		"/one":     map[string]any{"first": json.Number("1"), "type": "object", "title": "own"},
		"/several": map[string]any{"type": "object", "title": "base", "extra": json.Number("1"), "inline": json.Number("2")},
		"/nested":  map[string]any{"title": "more", "extra": json.Number("1"), "type": "string"},
		"/quoted":  map[string]any{"<<": json.Number("1")},
	} {
		if diff := cmp.Diff(want, root.At(path).Value()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	merged := root.At("/one/type")
	if merged.Path() != "/one/type" || merged.Index != 1 || merged.Alias != root.At("/base/type") || merged.Span != root.At("/base/type").Span {
		t.Errorf("a merged member is %s, item %d, at %q; want it in its new object, at its old place", merged.Path(), merged.Index, merged.Span.Text())
	}
}

func TestAliasesShareWhatTheyName(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", "a: &a {x: [1, 2]}\nb: *a\nc: {d: *a}\ne: &e text\nf: *e\ng: &h\ni: *h\n")
	b, a := root.Get("b"), root.Get("a")
	if b.Alias != a || b.Path() != "/b" || string(b.Span.Text()) != "*a" || b.Get("x") != a.Get("x") {
		t.Errorf("an alias is %s at %q, of %v", b.Path(), b.Span.Text(), b.Alias.Path())
	}
	if got := root.At("/c/d/x/1"); got != a.At("/x/1") || got.Path() != "/a/x/1" {
		t.Errorf("through an alias: %s", got.Path())
	}
	if a.Anchor != "a" || root.Get("f").Str() != "text" || root.Get("i").Kind != tree.Null {
		t.Errorf("anchor %q, text %q", a.Anchor, root.Get("f").Str())
	}
}

func TestCommentsStayWithTheirValue(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", `# the file

# above a
# and more
a: 1 # beside a
b: # beside b
  # above c
  c: 2
# below

list:
  # above the item
  - x # beside the item
`)
	for path, want := range map[string]tree.Comments{
		"":        {Head: "the file"},
		"/a":      {Head: "above a\nand more", Line: "beside a"},
		"/b/c":    {Head: "above c"},
		"/list/0": {Head: "above the item", Line: "beside the item"},
	} {
		got := root.At(path).Comments
		if got == nil {
			t.Errorf("%q has no comments", path)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", path, diff)
		}
	}
	if b := root.Get("b").Comments; b == nil || b.Line != "beside b" || b.Foot != "below" {
		t.Errorf("the comments of b are %+v", b)
	}
}

func TestJSONIsReadWhateverItsFileIsCalled(t *testing.T) {
	t.Parallel()
	const text = `{"a": "\ud83d\ude00", "b": [1e400, -0.0, 12345678901234567890], "c": {"<<": {"x": 1}}, "d": "2024-01-01"}`
	want := map[string]any{
		"a": "😀", "b": []any{json.Number("1e400"), json.Number("-0.0"), json.Number("12345678901234567890")},
		"c": map[string]any{"<<": map[string]any{"x": json.Number("1")}}, "d": "2024-01-01",
	}
	for _, name := range []string{"x.json", "x.yaml", "x", "x.avsc"} {
		if diff := cmp.Diff(want, mustParse(t, name, text).Value()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := mustParse(t, "x.yaml", "{a: b, c: [d]}").At("/c/0").Str(); got != "d" {
		t.Errorf("YAML in flow style reads %q", got)
	}
	if _, findings := parse(t, "x.json", "{a: b}"); len(findings) != 1 || findings[0].Code != tree.CodeSyntax {
		t.Errorf("a .json file is JSON only: %v", findings)
	}
}

func TestLargeObjectsAreFoundByKey(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 16, 17, 5000} {
		var b strings.Builder
		for i := range n {
			b.WriteString("key" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + json.Number(itoa(i)).String() + ": " + itoa(i) + "\n")
		}
		root := mustParse(t, "x.yaml", b.String())
		for i, m := range root.Members {
			if root.Get(m.Key.Text) != m.Value {
				t.Fatalf("of %d members number %d is not found", n, i)
			}
		}
		if root.Get("none") != nil || root.Len() != n {
			t.Errorf("%d members, want %d", root.Len(), n)
		}
	}
}

func itoa(i int) string { b, _ := json.Marshal(i); return string(b) }

func TestPartOfABrokenDocumentIsReadOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"x.yaml": "a: 1\nb: 2\nc: d: e\n", "x.json": "{\"a\": 1, \"b\": 2, \"c\": d}"} {
		f := source.NewFile("memory:///"+name, name, []byte(text))
		if root, findings := tree.Parse(f, tree.Options{}); root != nil || len(findings) != 1 {
			t.Errorf("%s: a root (%v), %d findings; want none, and one", name, root.Value(), len(findings))
		}
		root, findings := tree.Parse(f, tree.Options{Partial: true})
		if root == nil || root.Get("b").Value() != json.Number("2") || len(findings) != 1 {
			t.Errorf("%s: of the part before the mistake %v is read, with %v", name, root.Value(), findings)
		}
	}
}

func TestTheMethodsOfNoNode(t *testing.T) {
	t.Parallel()
	var n *tree.Node
	if n.Get("a").At("/b").Str() != "" || n.Len() != 0 || n.Has("x") || n.Is(tree.Null) || n.True() || n.Path() != "" || n.Name() != "" || n.Root() != nil || n.Value() != nil {
		t.Error("a node that is not there has something")
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	root := mustParse(t, "x.yaml", "a/b: {m~n: [x, {'': 1}]}\n")
	n := root.At("/a~1b/m~0n/1/")
	if n.Value() != json.Number("1") || n.Path() != "/a~1b/m~0n/1/" {
		t.Errorf("%v at %q", n.Value(), n.Path())
	}
	for _, bad := range []string{"a", "/a", "/a~1b/m~0n/01", "/a~1b/m~0n/-", "/a~1b/m~0n/2", "/a~1b/m~0n/0/x", "/a~1b/m~0n/+1", "/a~1b/m~0n/99999999999999999999"} {
		if got := root.At(bad); got != nil {
			t.Errorf("%s leads to %s", bad, got.Path())
		}
	}
}
