package inline_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/schema/inline"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func textOf(t *testing.T, document string) *inline.Text {
	t.Helper()
	root, findings := tree.Parse(source.NewFile("memory:///a.yaml", "a.yaml", []byte(document)), tree.Options{})
	if len(findings) > 0 {
		t.Fatalf("%q: %v", document, findings)
	}
	return inline.Of(root.Get("t"))
}

func TestEveryWordIsFoundWhereItIsWritten(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"literal":         "t: |\n  one\n    two {three}\n\n  four\n",
		"literal kept":    "t: |+\n  one\n  two three\n  four\n\n",
		"literal CRLF":    "t: |\r\n  one\r\n  two three\r\n  four\r\n",
		"literal indent":  "t: |2\n    one two\n   three\n  four\n",
		"literal at end":  "t: |-\n  one two\n  three four",
		"folded":          "t: >\n  one two\n  three\n\n  four\n",
		"plain":           "t: one two\n  three\n  four\n",
		"single quoted":   "t: 'one ''two'' three\n\n  four'\n",
		"double quoted":   `t: "one\ntwo \"three\" \u00e9 four"` + "\n",
		"double folded":   "t: \"one two\n   three \\\n   four\"\n",
		"JSON":            `{"x": "é", "t": "one\n  two\t\ud83d\ude00 three\\ four"}`,
		"double unicode":  "t: \"é one two three Größe four\"\n",
		"characters":      "t: |\n  é one\n  Größe two three\n  four\n",
		"comment behind":  "t: one two three four # one\n",
		"anchored string": "t: &a |\n  one two\n  three four\n",
	} {
		text := textOf(t, document)
		for _, word := range []string{"one", "two", "three", "four"} {
			at := strings.Index(text.String(), word)
			if at < 0 {
				t.Fatalf("%s: the value %q has no %q", name, text.String(), word)
			}
			if got := string(text.Span(at, at+len(word)).Text()); got != word {
				t.Errorf("%s: %q was found at %q", name, word, got)
			}
		}
	}
}

func TestAnAliasIsWhatItRepeats(t *testing.T) {
	t.Parallel()
	text := textOf(t, "a: &x |\n  one\n  two\nt: *x\n")
	start, _ := text.Span(4, 7).Range()
	if start.Line != 3 || start.Column != 3 {
		t.Errorf("found at %v", start)
	}
}

func TestAPlaceIsAlwaysInsideTheString(t *testing.T) {
	t.Parallel()
	text := textOf(t, "t: |\n  one\n  two\n")
	for start := -1; start < 12; start++ {
		for end := -1; end < 12; end++ {
			s := text.Span(start, end)
			if s.Start < text.Node().Span.Start || s.End > text.Node().Span.End || s.End < s.Start {
				t.Errorf("%d to %d: %d to %d", start, end, s.Start, s.End)
			}
		}
	}
	made := inline.Of(tree.NewString("one"))
	if made.Span(0, 3).IsValid() {
		t.Error("a string that stands nowhere was found")
	}
}

func FuzzSpan(f *testing.F) {
	f.Add("t: |\n  one\n  two\n")
	f.Add(`{"t": "a\u00e9\nb"}`)
	f.Add("t: >-\n  one\n\n\n  two\n")
	f.Fuzz(func(t *testing.T, document string) {
		root, _ := tree.Parse(source.NewFile("memory:///a.yaml", "a.yaml", []byte(document)), tree.Options{})
		n := root.Get("t")
		if !n.Is(tree.String) {
			return
		}
		text := inline.Of(n)
		for i := range len(text.String()) {
			s := text.Span(i, i+1)
			if s.Start < 0 || s.End > len(document) || s.End < s.Start {
				t.Fatalf("byte %d: %d to %d of %d", i, s.Start, s.End, len(document))
			}
		}
	})
}
