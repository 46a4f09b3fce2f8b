package xpath_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/expr/xpath"
)

const library = `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE library>
<!-- head -->
<library xmlns:x="urn:x" xml:lang="en">
  <book id="b1" x:kind="novel" price="10"><title>Dune</title><author>Frank Herbert</author></book>
  <book id="b2" price="7.5"><title>  The   Trial </title><author>Franz Kafka</author><?note read?></book>
  <x:book id="b3" price="20" xml:lang="de-AT"><title>Émile &amp; <![CDATA[<Co>]]></title></x:book>
  <shelf><book id="b4" price="1"/><empty/></shelf>
</library>`

func evaluate(t testing.TB, text, document string) (any, error) {
	t.Helper()
	x, err := xpath.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	root, err := xpath.ParseXML(document)
	if err != nil {
		t.Fatal(err)
	}
	result, err := x.Eval(root)
	return xpath.Plain(result), err
}

func TestEval(t *testing.T) {
	t.Parallel()
	n := func(s string) any { return json.Number(s) }
	list := func(s ...any) any { return s }
	for text, want := range map[string]any{
		// Paths and abbreviations.
		"/library/book/title":                    list("Dune", "  The   Trial "),
		"/library/book[1]/title":                 "Dune",
		"//book/@id":                             list("b1", "b2", "b4"),
		"//@id":                                  list("b1", "b2", "b3", "b4"),
		"//book[@id='b2']/author":                "Franz Kafka",
		"//title[text()='Dune']/../@id":          "b1",
		"/library/*/@id":                         list("b1", "b2", "b3"),
		"/library/x:book/title":                  "Émile & <Co>",
		"//x:*/@id":                              "b3",
		"//@x:kind":                              "novel",
		"//book[last()]/@id":                     list("b2", "b4"),
		"(//book)[last()]/@id":                   "b4",
		"(//book)[2]/@id":                        "b2",
		"//book[position() > 1]/@id":             "b2",
		"//book[@price > 5][2]/@id":              "b2",
		"//book[title][author]/@id":              list("b1", "b2"),
		"/library/book/title | //shelf/book/@id": list("Dune", "  The   Trial ", "b4"),
		"//nothing":                              nil,
		"/":                                      nil,
		"count(/)":                               n("1"),
		"count(//node())":                        n("24"),
		"count(//comment()) + count(//processing-instruction())":  n("2"),
		"//processing-instruction('note')":                        "read",
		"//processing-instruction('other')":                       nil,
		"count(/comment())":                                       n("1"),
		"self::node()/library/shelf/child::book/attribute::price": "1",

		// Axes.
		"//author[. = 'Franz Kafka']/preceding-sibling::title": "  The   Trial ",
		"//book[@id='b2']/preceding-sibling::*[1]/@id":         "b1",
		"//shelf/preceding-sibling::*[1]/@id":                  "b3",
		"//book[@id='b1']/following-sibling::*[1]/@id":         "b2",
		"//book[@id='b1']/following::book/@id":                 list("b2", "b4"),
		"//book[@id='b4']/preceding::book/@id":                 list("b1", "b2"),
		"name(//book[@id='b4']/ancestor::*[1])":                "shelf",
		"count(//book[@id='b4']/ancestor-or-self::node())":     n("4"),
		"count(/library/descendant::book)":                     n("3"),
		"count(//book[@id='b1']/@id/following::title)":         n("3"),
		"count(//empty/@*) = 0 and count(//book[1]/@*) = 5":    true,
		"//title/parent::book[@id='b1']/@price":                "10",
		"//book[not(following-sibling::book)]/@id":             list("b2", "b4"),
		"name(//shelf/book/descendant-or-self::*)":             "book",

		// Strings.
		"string(//title)":                       "Dune",
		"concat('a', 1, true(), //author)":      "a1trueFrank Herbert",
		"starts-with('abc', 'ab')":              true,
		"contains(//author, 'Her')":             true,
		"substring-before('1999/04/01', '/')":   "1999",
		"substring-after('1999/04/01', '/')":    "04/01",
		"substring-before('a', 'b')":            "",
		"substring('12345', 2, 3)":              "234",
		"substring('12345', 2)":                 "2345",
		"substring('12345', 1.5, 2.6)":          "234",
		"substring('12345', 0, 3)":              "12",
		"substring('12345', 0 div 0, 3)":        "",
		"substring('12345', 1, 0 div 0)":        "",
		"substring('12345', -42, 1 div 0)":      "12345",
		"substring('12345', -1 div 0, 1 div 0)": "",
		"substring('é𝄞x', 2, 1)":                "𝄞",
		"string-length('é𝄞')":                   n("2"),
		"normalize-space(//book[2]/title)":      "The Trial",
		"translate('bar', 'abc', 'AB')":         "BAr",
		"translate('--aaa--', 'abc-', 'ABC')":   "AAA",
		"'it''s'":                               "it's",
		`"a""b"`:                                `a"b`,
		"name(//@x:kind)":                       "x:kind",
		"local-name(//@x:kind)":                 "kind",
		"namespace-uri(//x:book)":               "urn:x",
		"local-name(//nothing)":                 "",
		"string(1.0)":                           "1",
		"string(-0.5)":                          "-0.5",
		"string(100000000000000000000)":         "100000000000000000000",
		"string(1 div 0)":                       "Infinity",
		"string(0 div 0)":                       "NaN",
		"string(-1 div 0)":                      "-Infinity",

		// Numbers.
		"1 + 2 * 3 - 4":        n("3"),
		"7 div 2":              n("3.5"),
		"7 mod 2":              n("1"),
		"-7 mod 2":             n("-1"),
		"- - 2":                n("2"),
		"sum(//book/@price)":   n("18.5"),
		"sum(//title)":         "NaN",
		"number('  -1.5 ')":    n("-1.5"),
		"number('+1')":         "NaN",
		"number('1e3')":        "NaN",
		"number(true())":       n("1"),
		"number('')":           "NaN",
		"floor(-1.5)":          n("-2"),
		"ceiling(1.2)":         n("2"),
		"round(2.5)":           n("3"),
		"round(-2.5)":          n("-2"),
		"round(0 div 0)":       "NaN",
		".5 + 1.":              n("1.5"),
		"count(//book) * 2":    n("6"),
		"//book[1]/@price * 2": n("20"),

		// Booleans and comparisons.
		"true() and not(false())":              true,
		"false() or //book":                    true,
		"boolean('')":                          false,
		"boolean('false')":                     true,
		"boolean(0 div 0)":                     false,
		"1 = '1'":                              true,
		"'a' = 'A'":                            false,
		"'10' < '9'":                           false,
		"1 < 2 = true()":                       true,
		"//book/@price = 7.5":                  true,
		"//book/@price != 7.5":                 true,
		"//book/@price > 10":                   false,
		"10 >= //book/@price":                  true,
		"//book/@id = 'b4'":                    true,
		"//book/title = //x:book/title":        false,
		"//book/@price = /library/book/@price": true,
		"//nothing = ''":                       false,
		"//nothing != ''":                      false,
		"//nothing = false()":                  true,
		"//nothing = //nothing":                false,
		"//book = true()":                      true,
		"0 div 0 = 0 div 0":                    false,
		"2 > 1 > 0":                            true,

		// Names that look like operators.
		"/library/book[lang('en')]/@id": list("b1", "b2"),
		"//x:book[lang('de')]/@id":      "b3",
		"count(//div | //mod | //and)":  n("0"),
		"4 div 2 * 2":                   n("4"),
		"count(//*) > 0":                true,
		"//book[@price * 2 = 20]/@id":   "b1",
	} {
		got, err := evaluate(t, text, library)
		if text == "/" {
			got = nil // its text is the whole document's
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestDefaultNamespaceIsNotNoNamespace(t *testing.T) {
	t.Parallel()
	document := `<Envelope xmlns="urn:soap" xmlns:s="urn:soap"><s:Body>1</s:Body></Envelope>`
	for text, want := range map[string]any{
		"/Envelope":                     nil,
		"/s:Envelope/s:Body":            "1",
		"/*[local-name()='Envelope']/*": "1",
		"namespace-uri(/*)":             "urn:soap",
		"name(/*) = 'Envelope'":         true,
	} {
		if got, err := evaluate(t, text, document); got != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", text, got, err, want)
		}
	}
	if _, err := evaluate(t, "//y:a", document); err == nil || !strings.Contains(err.Error(), `no prefix "y"`) {
		t.Errorf("an undeclared prefix gives %v", err)
	}
}

func TestErrorsPointAtTheFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, at, want string
		unsupported    bool
	}{
		{"", "", "ends too early", false},
		{"/a/", "/", "ends too early", false},
		{"/a[", "[", "ends too early", false},
		{"/a[1", "1", "ends with ]", false},
		{"a b", "b", "no operator b", false},
		{"count()", "count()", "count(nodes)", false},
		{"count('a')", "'a'", "a string", false},
		{"1 | a", "1", "a number", false},
		{"'a'/b", "'a'", "a string", false},
		{"'a'[1]", "'a'", "a string", false},
		{"nope(1)", "nope", "no function", false},
		{"chid::a", "chid", "the axes are", false},
		{"'a", "'a", "not closed", false},
		{"a/;", ";", "unexpected", false},
		{"(a", "a", "too early", false},
		{"a:-", "a:", "name is missing", false},

		{"for $x in //i return $x/@id", "for", "", true},
		{"some $x in a satisfies $x", "some", "", true},
		{"let $x := 1 return $x", "let", "", true},
		{"if (a) then b else c", "if", "", true},
		{"1 to 3", "to", "", true},
		{"1 eq 1", "eq", "write =", true},
		{"//i ! string(@id)", "!", "not", true},
		{"a || b", "||", "concat", true},
		{"a => count()", "=>", "", true},
		{"(1, 2)", ",", "sequence", true},
		{"()", "()", "sequence", true},
		{"a union b", "union", "write |", true},
		{"a intersect b", "intersect", "", true},
		{"a instance of b", "instance", "", true},
		{"a cast as b", "cast", "", true},
		{"map { 'a': 1 }", "{", "", true},
		{"exists(a)", "exists", "boolean", true},
		{"lower-case(a)", "lower-case", "translate", true},
		{"fn:matches(a, 'b')", "fn:matches", "regex", true},
		{"xs:integer(a)", "xs:integer", "", true},
		{"id('x')", "id", "DTD", true},
		{"$x", "$", "braces", true},
		{"(: c :) a", "(:", "comment", true},
		{"a << b", "<<", "", true},
		{"a?b", "?", "", true},
		{"a/element()", "element", "", true},
		{"a/namespace::*", "namespace", "", true},
		{"1e3", "1e", "exponent", true},
	} {
		_, err := xpath.Parse(c.text)
		var syntax *xpath.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: error is %v", c.text, err)
			continue
		}
		at := c.text[syntax.Offset : syntax.Offset+syntax.Length]
		if at != c.at || syntax.Unsupported != c.unsupported || !strings.Contains(syntax.Error(), c.want) {
			t.Errorf("%s: %v points at %q (unsupported %v), want %q and %q", c.text, err, at, syntax.Unsupported, c.at, c.want)
		}
	}
}

func TestXMLThatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "text", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>text", "<a b='1' b='2'/>", "<p:a/>", "<a>&undefined;</a>", "<a b=1/>",
		"<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
		"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
		strings.Repeat("<a>", 2000) + strings.Repeat("</a>", 2000),
	} {
		if _, err := xpath.ParseXML(text); err == nil {
			t.Errorf("%.60q is accepted", text)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	document := "<r>" + strings.Repeat("<a>x</a>", 3000) + "</r>"
	for _, text := range []string{"//*[count(//*[count(//*) > 0]) > 0]", "//a/following::a[following::a]", "//a != //a[. = 'y'] or //a = //a[. = 'z'] | //a[//a = 'q']"} {
		if result, err := evaluate(t, text, document); !errors.Is(err, xpath.ErrLimit) {
			t.Errorf("%s: %.40v and error %v, want ErrLimit", text, result, err)
		}
	}
	for _, text := range []string{strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500), strings.Repeat("-", 500) + "1", strings.Repeat("a[", 500) + "1" + strings.Repeat("]", 500)} {
		if _, err := xpath.Parse(text); err == nil {
			t.Errorf("%.20s…, which nests 500 deep, is accepted", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"/a/b[@c='d']", "count(//x) > 1 and not(y | z)", "-1 + 2 * 3 div 4 mod 5", "(//a)[last()]/ancestor::*", "concat('it''s', \"q\")", "x:*", "processing-instruction('a')"} {
		f.Add(seed)
	}
	root, err := xpath.ParseXML(library)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := xpath.Parse(text)
		if err != nil {
			var syntax *xpath.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Length < 0 || syntax.Offset+syntax.Length > len(text) {
				t.Fatalf("%q: error %#v points outside", text, err)
			}
			return
		}
		if result, err := x.Eval(root); err == nil {
			xpath.Plain(result)
		}
	})
}

func FuzzParseXML(f *testing.F) {
	f.Add(library)
	f.Add("<a b='c'><!-- d --><?e f?>g</a>")
	x, err := xpath.Parse("//node()/@*[. = string(..)] | //*[following::text()]")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root, err := xpath.ParseXML(text)
		if err != nil {
			return
		}
		if _, err := x.Eval(root); err != nil && !errors.Is(err, xpath.ErrLimit) {
			t.Fatal(err)
		}
	})
}
