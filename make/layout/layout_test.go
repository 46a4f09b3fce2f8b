package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/make/layout"
	"github.com/weft-dev/weft/text/source"
)

func format(t testing.TB, name, text string) string {
	t.Helper()
	out, err := layout.Format(source.NewFile("file:///"+name, name, []byte(text)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// TestLayoutsOfTestdata lays out each file of testdata and compares it with the
// one of the same name in testdata/want.
func TestLayoutsOfTestdata(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			out := format(t, filepath.Base(file), string(data))
			keeps(t, filepath.Base(file), data, []byte(out))
			golden.Assert(t, []byte(out), filepath.Join("testdata", "want", filepath.Base(file)))
		})
	}
}

func TestSmallLayouts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"quotes only where needed", "a: \"x\"\nb: 'yes'\nc: \"it's\"\nd: \"1.0\"\ne: \"tab\\there\"\n'f': 'g # h'\n", "a: x\nb: 'yes'\nc: it's\nd: '1.0'\ne: \"tab\\there\"\nf: 'g # h'\n"},
		{"quotes in a list on one line", "a: ['x, y', \"b\", '[']\n", "a: ['x, y', b, '[']\n"},
		{"a list on one line stays", "a: [1,2 , x]\n", "a: [1, 2, x]\n"},
		{"a list on two lines does not", "a: [1,\n 2]\n", "a:\n  - 1\n  - 2\n"},
		{"objects in braces", "a: {b: 1, c: {d: [e]}}\n", "a:\n  b: 1\n  c:\n    d: [e]\n"},
		{"empty collections", "a: { }\nb: [ ]\nc:\n", "a: {}\nb: []\nc:\n"},
		{"lists below their key", "a:\n- b: 1\n  c: 2\n-   - d\n", "a:\n  - b: 1\n    c: 2\n  - - d\n"},
		{"a blank line stays, two do not", "a: 1\n\n\nb: 2\n", "a: 1\n\nb: 2\n"},
		{"comments", "# top\n\n# of a\na: 1   # beside\n#foot\n\nb: # of b\n    # of c\n    c: 2\n    # end of b\nd: 3\n# end\n", "# top\n\n# of a\na: 1 # beside\n#foot\n\nb: # of b\n  # of c\n  c: 2\n  # end of b\nd: 3\n# end\n"},
		{"comments in braces", "a: { # one\n  b: 1, # two\n  # three\n  c: 2\n  # four\n}\n", "a: # one\n  b: 1 # two\n  # three\n  c: 2\n  # four\n"},
		{"comments of items", "a:\n# one\n- 1 # two\n-  # three\n   b: 1\n- # four\n  # five\n  b: 2\n", "a:\n  # one\n  - 1 # two\n  - # three\n    b: 1\n  - # four\n    # five\n    b: 2\n"},
		{"texts in block style", "a: |2-\n    two\n   one\nb: >+\n     x\n     y\n\n\nc: |\n    z\n", "a: |2-\n    two\n   one\nb: >+\n  x\n  y\n\n\nc: |\n  z\n"},
		{"a text that goes over lines", "a: one\n   two\nb: \"three\n\n        four\"\n", "a: one\n  two\nb: \"three\n\n  four\"\n"},
		{"anchors, aliases, merge keys and tags", "a: &x\n    b: !!str 1\nc:\n    <<: *x\n    d: *x\ne: &y [*x]\n", "a: &x\n  b: !!str 1\nc:\n  <<: *x\n  d: *x\ne: &y [*x]\n"},
		{"the start of a document", "%YAML 1.2\n# before\n--- # mark\na: 1\n...\n", "%YAML 1.2\n# before\n--- # mark\na: 1\n"},
		{"a key behind a question mark", "? a\n: b\n", "a: b\n"},
		{"line breaks of Windows", "a:\r\n    b: 1\r\n", "a:\r\n  b: 1\r\n"},
		{"one value", "just a text\n", "just a text\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := format(t, "x.yaml", c.in)
			if got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			keeps(t, "x.yaml", []byte(c.in), []byte(got))
		})
	}
}

// An alias must stay behind its anchor, so the objects that hold both keep the
// order of their author, and no others do.
func TestAnchorsStayBeforeTheirAliases(t *testing.T) {
	t.Parallel()
	got := format(t, "x.yaml", `asyncapi: 3.0.0
x-common: &common
  version: 1.0.0
  title: Common
info: *common
`)
	want := "asyncapi: 3.0.0\nx-common: &common\n  version: 1.0.0\n  title: Common\ninfo: *common\n"
	if got != want {
		t.Errorf("got:\n%s", got)
	}
	got = format(t, "y.yaml", "channels:\n  b: {messages: {}, address: &a b}\n  c: {messages: {}, address: *a}\ninfo: {version: '1', title: *a}\nasyncapi: 3.0.0\n")
	want = `channels:
  b:
    address: &a b
    messages: {}
  c:
    address: *a
    messages: {}
info:
  title: *a
  version: '1'
asyncapi: 3.0.0
`
	if got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestWhatCannotBeLaidOutIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: [1\n":              "line",
		"a: 1\na: 2\n":         "written twice",
		"a: 1\n---\nb: 2\n":    "a second document",
		"a: !include x.yaml\n": "tag",
	} {
		out, err := layout.Format(source.NewFile("file:///x.yaml", "x.yaml", []byte(text)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, %v", text, out, err)
		}
	}
}

func TestTwoThousandChannelsAreLaidOutAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures time")
	}
	text := large(2000)
	best := time.Hour
	for range 3 {
		start := cputime.Start(t)
		format(t, "x.yaml", text)
		best = min(best, start())
	}
	t.Logf("%d bytes in %v", len(text), best)
	if best > 2*time.Second { // 300 ms on a machine that does nothing else
		t.Errorf("it took %v", best)
	}
}

func large(channels int) string {
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: Large, version: 1.0.0}\nchannels:\n")
	for i := range channels {
		name := "c" + string(rune('a'+i%26)) + strings.Repeat("x", i%7)
		b.WriteString("  " + name + itoa(i) + `:
    description: "some words"
    address: orders/` + itoa(i) + `
    messages:
      placed:
        payload:
          type: object
          required: [id, name]
          properties:
            id: {type: string, format: uuid}
            name: # its name
              type: string
`)
	}
	return b.String()
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + itoa(i%10)
}

func BenchmarkFormat(b *testing.B) {
	text := large(2000)
	for b.Loop() {
		format(b, "x.yaml", text)
	}
}

// FuzzFormat lays out any text: what is laid out says what it said.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{
		"a: {b: [1, 'x'], c: |\n   text\n}\n", "# c\n- &a x\n- *a\n- {<<: *a}\n", "a: >+\n\n  x\n\n\nb:\n# c\n- 1\n", "? a\n: - b\n  # c\n- d\n",
		"asyncapi: 3.0.0\nchannels: {a: {messages: {}, address: b}}\n", "--- !t &a\n{a: b, # c\n d}\n# e\n", "a: \"x\n\n  y\\\n  z\"\nb: 'it''s'\n", "{\"a\":[1,{}]}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := source.NewFile("file:///x.yaml", "x.yaml", []byte(text))
		out, err := layout.Format(file)
		if err != nil || broken(file) {
			return
		}
		keepsValue(t, text, out)
	})
}

// A text that somebody wrote to take long takes no longer than others.
func TestHostileTextsEndInTime(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"deep lists":         strings.Repeat("- ", 250) + "a\n",
		"deep brackets":      strings.Repeat("[", 250) + strings.Repeat("]", 250),
		"many items":         "a: [" + strings.Repeat("1, ", 20_000) + "1]\n",
		"many comments":      strings.Repeat("# c\n\n", 12_000) + "a: 1\n" + strings.Repeat("  # d\n", 1_000),
		"anchors and others": "asyncapi: 3.0.0\nchannels:\n" + strings.Repeat("  ", 1) + "a: {messages: {}, address: &x y}\n" + aliases(1500),
		"long lines":         "a: '" + strings.Repeat("it''s # ", 8_000) + "'\n",
		"block":              "a: |\n" + strings.Repeat("  x\n\n", 10_000),
	} {
		start := cputime.Start(t)
		_, err := layout.Format(source.NewFile("file:///x.yaml", "x.yaml", []byte(text)))
		if took := start(); took > 4*time.Second { // a second on a machine that does nothing else
			t.Errorf("%s: %v (%v)", name, took, err)
		}
	}
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  c" + itoa(i) + ": {messages: {}, address: *x}\n")
	}
	return b.String()
}
