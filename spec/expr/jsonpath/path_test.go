package jsonpath_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/expr/jsonpath"
	"github.com/weft-dev/weft/text/tree"
)

func TestErrorsPointAtTheFaultAndSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, at, help string
	}{
		{"a.b", "a", "write $.a.b"},
		{"/a/b", "/", "JSON Pointer"},
		{"$.order-id", "-", "['order-id']"},
		{"$.a ", " ", "remove the blanks"},
		{"$.0", "0", "[0]"},
		{"$[a]", "a", "['name']"},
		{"$[(@.length-1)]", "(", "[-1]"},
		{"$.a.length()", "(", "within a filter"},
		{"$.a == 1", " ", "$[?@.name == 'x']"},
		{"$[?@.a = 1]", "=", "write =="},
		{"$[?@.a =~ 'x']", "=~", "match("},
		{"$[?@.a == 1 and @.b]", "a", "&&"},
		{"$[?name == 1]", "n", "@.name"},
		{"$[?@.* == 1]", "@.*", "value("},
		{"$[?length(@.a)]", "length(@.a)", "length(…) > 0"},
		{"$[?sizeof(@.a)]", "sizeof", "count, length"},
		{"$[?length(@.a, 1) > 1]", "length(@.a, 1)", "length(value)"},
		{"$[007]", "007", "leading zeros"},
		{"$['\\x']", "\\x", "escapes"},
		{"$['a", "'a", ""},
		{"$[", "[", "quote a name"},
	} {
		_, err := jsonpath.Parse(c.path)
		var syntax *jsonpath.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: error is %v, want a SyntaxError", c.path, err)
			continue
		}
		if at := c.path[syntax.Offset : syntax.Offset+syntax.Length]; at != c.at || !strings.Contains(syntax.Help, c.help) {
			t.Errorf("%s: points at %q with help %q (%s); want %q and %q", c.path, at, syntax.Help, syntax.Message, c.at, c.help)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"$[?count(@.pets) > 0]":       "write $.pets[*]",
		"$[?match(@.a, '(?=x)')]":     "",
		"$[?search(@.a, '[')]":        "",
		"$.a[?search(@, 'a{2,}')]":    "none",
		"$[?count(@.pets[*]) > 0]":    "none",
		"$.pets[?length(@.name) > 0]": "none",
	} {
		p, err := jsonpath.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		switch w := p.Warnings(); {
		case want == "none" && len(w) > 0:
			t.Errorf("%s: unwanted warning %v", path, w)
		case want != "none" && (len(w) != 1 || !strings.HasPrefix(w[0].Help, want)):
			t.Errorf("%s: warnings are %v, want one that says %q", path, w, want)
		}
	}
}

func TestSingular(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"$": true, "$.a[0]['b'][-1]": true, "$.*": false, "$..a": false, "$[0,1]": false, "$[0:1]": false, "$[?@.a]": false,
	} {
		p, err := jsonpath.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if p.Singular() != want {
			t.Errorf("%s: Singular is %v", path, !want)
		}
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	p, err := jsonpath.Parse("$..[?@ == 1]")
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := p.Select(decode(t, []byte(`{"a/b": [{"~": 1}], "c": 1}`)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range nodes {
		got = append(got, n.Pointer())
	}
	if want := []string{"/c", "/a~1b/0/~0"}; !slices.Equal(got, want) {
		t.Errorf("pointers are %q, want %q", got, want)
	}
}

// A document's nodes are searched in the order written, and found as nodes.
func TestNodesOfADocument(t *testing.T) {
	t.Parallel()
	root := mapping("b", mapping("n", &tree.Node{Kind: tree.Number, Text: "2"}), "a", mapping("n", &tree.Node{Kind: tree.Number, Text: "1"}))
	p, err := jsonpath.Parse("$[?@.n >= 1].n")
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := p.Select(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range nodes {
		got = append(got, n.Path()+" "+n.Value.(*tree.Node).Text)
	}
	if want := []string{"$['b']['n'] 2", "$['a']['n'] 1"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func mapping(pairs ...any) *tree.Node {
	n := &tree.Node{Kind: tree.Mapping}
	for i := 0; i < len(pairs); i += 2 {
		key := &tree.Node{Kind: tree.String, Text: pairs[i].(string)}
		value := pairs[i+1].(*tree.Node)
		value.Parent, value.Key, value.Index = n, key, i/2
		n.Members = append(n.Members, tree.Member{Key: key, Value: value})
	}
	return n
}

func TestLimits(t *testing.T) {
	t.Parallel()
	wide := make([]any, 100)
	for i := range wide {
		wide[i] = slices.Repeat([]any{nil}, 100)
	}
	deep := any(nil)
	for range 5000 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		path   string
		root   any
		limits jsonpath.Limits
	}{
		{"$..*..*..*", []any{wide, wide}, jsonpath.Limits{Steps: 10_000}},
		{"$.*.*", wide, jsonpath.Limits{Results: 1000}},
		{"$..*", deep, jsonpath.Limits{}},
		{"$[?$..[?$..[?$..*]]]", wide, jsonpath.Limits{}},
		{"$" + strings.Repeat("[*,*]", 40), []any{[]any{[]any{[]any{1}}}}, jsonpath.Limits{Results: 10}},
	} {
		p, err := jsonpath.Parse(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if nodes, err := p.SelectWithin(c.root, c.limits); !errors.Is(err, jsonpath.ErrLimit) {
			t.Errorf("%s: %d nodes and error %v, want ErrLimit", c.path, len(nodes), err)
		}
	}
	if _, err := jsonpath.Parse("$[?" + strings.Repeat("(", 200) + "@.a" + strings.Repeat(")", 200) + "]"); err == nil {
		t.Error("a path that nests 200 deep is accepted")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"$", "$.a[0]['b']", "$..[?@.a == 1 && !(@.b)]", "$[?match(@.a, '[a-z]{2,3}')]", "$[1:2:-1, *]", "$['\\u00e9\\uD834\\uDD1E']"} {
		f.Add(seed)
	}
	document := decode(f, []byte(`{"a": [1, {"b": "xx"}, [2.5, null]], "b": {"a": true}}`))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := jsonpath.Parse(text)
		if err != nil {
			var syntax *jsonpath.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Length < 0 || syntax.Offset+syntax.Length > len(text) {
				t.Fatalf("%q: error %#v points outside", text, err)
			}
			return
		}
		again, err := jsonpath.Parse(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q prints as %q, which reads as %v, %v", text, p, again, err)
		}
		first, errFirst := p.SelectWithin(document, jsonpath.Limits{Steps: 10_000})
		second, errSecond := again.SelectWithin(document, jsonpath.Limits{Steps: 10_000})
		if len(first) != len(second) || (errFirst == nil) != (errSecond == nil) {
			t.Fatalf("%q and %q select different nodes", text, p)
		}
	})
}

func BenchmarkSelect(b *testing.B) {
	document := decode(b, []byte(`{"items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}, {"sku": "c", "n": 3}]}`))
	p, err := jsonpath.Parse("$.items[?@.sku == 'b'].n")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if nodes, err := p.Select(document); err != nil || len(nodes) != 1 {
			b.Fatal(nodes, err)
		}
	}
}
