package practice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// across judges documents together and gives what they share, a line each.
func across(t testing.TB, texts ...string) []string {
	t.Helper()
	linter := rules.Linter()
	shared := source.Memory{"memory:///common.yaml": "Address: {type: object, properties: {street: {type: string}, city: {type: string}}}\n"}
	var results []lint.Result
	for i, text := range texts {
		name := fmt.Sprintf("%c.yaml", 'a'+i%26)
		ws := ref.New(shared, ref.Options{})
		results = append(results, linter.Lint(t.Context(), ws, source.NewFile(fmt.Sprintf("memory:///%d/../%d-%s", i, i, name), name, []byte(text))))
	}
	var out []string
	for _, d := range lint.Across(results) {
		start, _ := d.Span.Range()
		out = append(out, fmt.Sprintf("%s:%d %s %s", d.Span.File.Name(), start.Line, d.Severity, d.Message))
	}
	return out
}

func schemas(list ...string) string {
	return "asyncapi: 3.1.0\ninfo: {title: t, version: 1.0.0}\ncomponents:\n  schemas:\n    " + strings.Join(list, "\n    ") + "\n"
}

func TestEqualSchemasOfTwoDocumentsAreTold(t *testing.T) {
	t.Parallel()
	const (
		address = "Address: {type: object, required: [a, b], properties: {a: {type: string}, b: {type: integer}}}"
		order   = "Order: {type: object, properties: {id: {type: string}, to: {$ref: '#/components/schemas/Address'}}}"
	)
	said := "Anschrift: {description: d, required: [b, a], properties: {b: {title: t, type: integer}, a: {type: string, x-y: 1}}, type: object}"
	for name, c := range map[string]struct {
		texts []string
		want  string
	}{
		"one document alone":           {[]string{schemas(address)}, ""},
		"twice in one document":        {[]string{schemas(address, strings.Replace(address, "Address", "Other", 1))}, ""},
		"in other words and order":     {[]string{schemas(address), schemas(said)}, `b.yaml:5 hint the schema "Anschrift" is written in another document, too: "Address" (a.yaml:5)`},
		"with what they hold, once":    {[]string{schemas(address, order), schemas(address, order)}, `b.yaml:5 hint 2 schemas are written in other documents, too: "Address" (a.yaml:5), "Order" (a.yaml:6)`},
		"what is inside is not told":   {[]string{schemas("A: {properties: {x: {properties: {p: {}, q: {}}}, y: {}}}"), schemas("A: {properties: {x: {properties: {p: {}, q: {}}}, y: {}}}")}, `b.yaml:5 hint the schema "A" is written in another document, too: "A" (a.yaml:5)`},
		"only a part":                  {[]string{schemas("A: {properties: {x: {properties: {p: {}, q: {}}}, y: {}}}"), schemas("A: {properties: {x: {properties: {p: {}, q: {}}}, z: {}}}")}, `b.yaml:5 hint the schema "x" is written in another document, too: "x" (a.yaml:5)`},
		"another type":                 {[]string{schemas(address), schemas(strings.Replace(address, "integer", "number", 1))}, ""},
		"less is asked for":            {[]string{schemas(address), schemas(strings.Replace(address, "[a, b]", "[a]", 1))}, ""},
		"a property named description": {[]string{schemas("A: {properties: {description: {type: string}, b: {}}}"), schemas("A: {properties: {description: {type: integer}, b: {}}}")}, ""},
		"items, one or several":        {[]string{schemas("A: {properties: {l: {items: {type: string}}, b: {}}}"), schemas("A: {properties: {l: {items: [{type: string}]}, b: {}}}")}, ""},
		"too small":                    {[]string{schemas("A: {properties: {a: {}}}"), schemas("A: {properties: {a: {}}}")}, ""},
		"both refer to it":             {[]string{schemas("A: {$ref: './common.yaml#/Address'}"), schemas("A: {$ref: './common.yaml#/Address'}")}, ""},
		"cycles":                       {[]string{schemas("A: {properties: {n: {$ref: '#/components/schemas/A'}, b: {}}}"), schemas("A: {properties: {b: {}, n: {$ref: '#/components/schemas/A'}}}")}, `b.yaml:5 hint the schema "A" is written in another document, too: "A" (a.yaml:5)`},
		"a comment leaves it be":       {[]string{schemas(address), schemas("# weft-ignore practice/equal-schemas -- it will differ soon", address)}, ""},
		"a payload":                    {[]string{schemas(address), "asyncapi: 2.6.0\ninfo: {title: t, version: 1.0.0}\nchannels:\n  c: {publish: {message: {name: M, payload: {type: object, required: [a, b], properties: {a: {type: string}, b: {type: integer}}}}}}\n"}, `b.yaml:4 hint the schema "M" is written in another document, too: "Address" (a.yaml:5)`},
	} {
		if got := strings.Join(across(t, c.texts...), "\n"); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// A comment that leaves a twin be has a use, so nobody is told to remove it.
func TestACommentAboutTwinsIsUsed(t *testing.T) {
	t.Parallel()
	text := schemas("# weft-ignore practice/equal-schemas -- it will differ soon", "Address: {properties: {a: {}, b: {}}}")
	ws := ref.New(source.Memory{}, ref.Options{})
	for _, d := range rules.Linter().Lint(t.Context(), ws, source.NewFile("memory:///a.yaml", "a.yaml", []byte(text))).Findings {
		if strings.HasPrefix(string(d.Code), "lint/") {
			t.Errorf("%s: %s", d.Code, d.Message)
		}
	}
}

// What many documents share is told to some of them, with the number of the
// others, and costs no more than to read each once.
func TestManyTwinsAreFewFindingsAndCheap(t *testing.T) {
	t.Parallel()
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprintf("S%d: {type: object, properties: {a%d: {type: string}, b: {type: object, properties: {c: {}, d: {}}}}}", i, i))
	}
	texts := make([]string, 40)
	for i := range texts {
		texts[i] = schemas(list...)
	}
	linter := rules.Linter()
	var results []lint.Result
	for i, text := range texts {
		name := fmt.Sprintf("%d.yaml", i)
		results = append(results, linter.Lint(t.Context(), ref.New(source.Memory{}, ref.Options{}), source.NewFile("memory:///"+name, name, []byte(text))))
	}
	start := cputime.Start(t)
	found := lint.Across(results)
	if took := start(); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if len(found) != 21 || !strings.HasSuffix(found[20].Message, "; so it is in 18 documents more") {
		t.Errorf("%d findings, the last: %s", len(found), found[len(found)-1].Message)
	}
}
