package tree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func parse(t testing.TB, name, text string) (*tree.Node, []diag.Diagnostic) {
	t.Helper()
	return tree.Parse(source.NewFile("memory:///"+name, name, []byte(text)), tree.Options{})
}

func mustParse(t testing.TB, name, text string) *tree.Node {
	t.Helper()
	root, findings := parse(t, name, text)
	for _, d := range findings {
		t.Errorf("unexpected finding at %q: %s [%s]", d.Span.Text(), d.Message, d.Code)
	}
	if root == nil {
		t.Fatal("no root")
	}
	return root
}

// outline writes every key and value with the text its span covers.
func outline(n *tree.Node) string {
	var b strings.Builder
	var walk func(*tree.Node)
	walk = func(n *tree.Node) {
		path := n.Path()
		if n.Key != nil {
			fmt.Fprintf(&b, "key %s %q\n", path, n.Key.Span.Text())
		}
		fmt.Fprintf(&b, "%s %s %q", n.Kind, path, n.Span.Text())
		if n.Alias != nil {
			b.WriteString(" alias\n")
			return
		}
		b.WriteByte('\n')
		for _, m := range n.Members {
			walk(m.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(n)
	return b.String()
}

func TestSpansCoverExactlyWhatIsWritten(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain scalars", "a: one two \nb:   3  # no\n", `
object  "a: one two \nb:   3"
key /a "a"
string /a "one two"
key /b "b"
number /b "3"
`},
		{"quoted", `"a b": 'it''s'` + "\n" + `'c': "x \" y"`, `
object  "\"a b\": 'it''s'\n'c': \"x \\\" y\""
key /a b "\"a b\""
string /a b "'it''s'"
key /c "'c'"
string /c "\"x \\\" y\""
`},
		{"multi-line plain", "a: one\n  two\n\n  three # c\nb: 1\n", `
object  "a: one\n  two\n\n  three # c\nb: 1"
key /a "a"
string /a "one\n  two\n\n  three"
key /b "b"
number /b "1"
`},
		{"block scalars", "a: |\n  x\n   y\n\n\nb: >-  # c\n  p\n  q\n\nc: |2\n    z\nd: |\ne: 1", `
object  "a: |\n  x\n   y\n\n\nb: >-  # c\n  p\n  q\n\nc: |2\n    z\nd: |\ne: 1"
key /a "a"
string /a "|\n  x\n   y"
key /b "b"
string /b ">-  # c\n  p\n  q"
key /c "c"
string /c "|2\n    z"
key /d "d"
string /d "|"
key /e "e"
number /e "1"
`},
		{"flow", "a: [1, [], {b: c, 'd': }, e: f , g]\nh: { }", `
object  "a: [1, [], {b: c, 'd': }, e: f , g]\nh: { }"
key /a "a"
array /a "[1, [], {b: c, 'd': }, e: f , g]"
number /a/0 "1"
array /a/1 "[]"
object /a/2 "{b: c, 'd': }"
key /a/2/b "b"
string /a/2/b "c"
key /a/2/d "'d'"
null /a/2/d ""
object /a/3 "e: f"
key /a/3/e "e"
string /a/3/e "f"
string /a/4 "g"
key /h "h"
object /h "{ }"
`},
		{"anchors and tags are not part of a value", "a: &x !!str 12\nb: *x\nc: &y\n  d: 1\ne: !!seq\n- 1\nf: &z [1]\n&k g: 1\n", `
object  "a: &x !!str 12\nb: *x\nc: &y\n  d: 1\ne: !!seq\n- 1\nf: &z [1]\n&k g: 1"
key /a "a"
string /a "12"
key /b "b"
string /b "*x" alias
key /c "c"
object /c "d: 1"
key /c/d "d"
number /c/d "1"
key /e "e"
array /e "- 1"
number /e/0 "1"
key /f "f"
array /f "[1]"
number /f/0 "1"
key /g "g"
number /g "1"
`},
		{"nothing written", "a:\nb: # c\nc: !!str\n-d: ~\ne:\n-\n- ", `
object  "a:\nb: # c\nc: !!str\n-d: ~\ne:\n-\n-"
key /a "a"
null /a ""
key /b "b"
null /b ""
key /c "c"
string /c ""
key /-d "-d"
null /-d "~"
key /e "e"
array /e "-\n-"
null /e/0 ""
null /e/1 ""
`},
		{"beyond ASCII, carriage returns and a byte order mark", "\ufeffé: \"ü\" # ö\r\n'日本': [語, 'ß']\r\nx: a\r\n  b\r\n", `
object  "é: \"ü\" # ö\r\n'日本': [語, 'ß']\r\nx: a\r\n  b"
key /é "é"
string /é "\"ü\""
key /日本 "'日本'"
array /日本 "[語, 'ß']"
string /日本/0 "語"
string /日本/1 "'ß'"
key /x "x"
string /x "a\r\n  b"
`},
		{"tabs between tokens", "a:\t1\t# c\nb:\t[\t2\t]\n", `
object  "a:\t1\t# c\nb:\t[\t2\t]"
key /a "a"
number /a "1"
key /b "b"
array /b "[\t2\t]"
number /b/0 "2"
`},
		{"explicit keys", "? a\n: b\n? c\n? d\n# x\n:\n  e\n", `
object  "? a\n: b\n? c\n? d\n# x\n:\n  e"
key /a "a"
string /a "b"
key /c "c"
null /c ""
key /d "d"
string /d "e"
`},
		{"lists", "- a\n- - b\n  - c\n-\n  d: e\n  f: g\n- |\n  h\n- [i,\n   j # ]\n  ]\n", `
array  "- a\n- - b\n  - c\n-\n  d: e\n  f: g\n- |\n  h\n- [i,\n   j # ]\n  ]"
string /0 "a"
array /1 "- b\n  - c"
string /1/0 "b"
string /1/1 "c"
object /2 "d: e\n  f: g"
key /2/d "d"
string /2/d "e"
key /2/f "f"
string /2/f "g"
string /3 "|\n  h"
array /4 "[i,\n   j # ]\n  ]"
string /4/0 "i"
string /4/1 "j"
`},
		{"document markers", "%YAML 1.2\n--- # c\na: 1\n...\n", `
object  "a: 1"
key /a "a"
number /a "1"
`},
		{"a scalar alone", "--- 'x'\n", `
string  "'x'"
`},
		{"JSON", "\ufeff { \"a\" : [1 , true,\"é\\n\"] ,\"b\":{ } , \"c\": null}\n", `
object  "{ \"a\" : [1 , true,\"é\\n\"] ,\"b\":{ } , \"c\": null}"
key /a "\"a\""
array /a "[1 , true,\"é\\n\"]"
number /a/0 "1"
boolean /a/1 "true"
string /a/2 "\"é\\n\""
key /b "\"b\""
object /b "{ }"
key /c "\"c\""
null /c "null"
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := outline(mustParse(t, "x", test.text))
			if want := strings.TrimPrefix(test.want, "\n"); got != want {
				t.Errorf("%s\ngot:\n%swant:\n%s", test.text, got, want)
			}
		})
	}
}
