package raml_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/raml"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func asText(text string) *tree.Node {
	node := tree.NewString(text)
	node.Span = source.Span{File: source.NewFile("memory:///a", "a", []byte(text)), Start: 0, End: len(text)}
	return node
}

func check(node *tree.Node) []diag.Diagnostic {
	return raml.In(nil).Check(context.Background(), node, schema.Format{Family: schema.RAML})
}

func TestRulesHoldByTheirExamples(t *testing.T) {
	t.Parallel()
	for _, rule := range raml.Rules() {
		if rule.Good == "" {
			continue
		}
		if found := check(asText(rule.Good)); len(found) > 0 {
			t.Errorf("%s: the good example has %s: %s", rule.Code, found[0].Code, found[0].Message)
		}
		found := check(asText(rule.Bad))
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Code == rule.Code && d.Severity == rule.Severity }) {
			t.Errorf("%s: the bad example has %v", rule.Code, found)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"type: object\nproperties:\n  id: string\n  note?: {type: string, maxLength: 10}\n  tags: string[]\n  either: (string | number)[]\n  /^x-/: any\n", ""},
		{"type: object\nproperties:\n  id: strng\n", `the type "strng" is not declared (did you mean "string"?)`},
		{"type: object\nproperties:\n  id: int\n", `did you mean "integer"?`},
		{"type: object\nproperties:\n  id: Customer\n", ""},
		{"type: object\nproperties: [id]\n", `"properties" should be an object, and is an array`},
		{"type: object\nadditionalProperties: {type: string}\n", `"additionalProperties" should be true or false, and is an object`},
		{"type: object\nminProperties: -1\n", `"minProperties" should be a whole number of 0 or more`},
		{"type: string[\n", `is no type expression`},
		{"type: string\nminLenght: 1\n", `a type of the kind "string" has no facet "minLenght" (did you mean "minLength"?)`},
		{"type: Base\nanyFacet: 1\n", ""},
		{"type: string\n(note): x\n", ""},
		{"type: integer\nformat: int23\n", `did you mean "int32"?`},
		{"type: string\nfacets: {pattern: string}\n", `"pattern" is a facet of RAML`},
		{"type: array\nitems: {type: object, properties: {a: {type: number, minLength: 1}}}\n", `a type of the kind "number" has no facet "minLength"`},
		{"type: '{\"type\": \"object\"}'\n", ""},
		{"5: x\ntype: 7\n", "a type should be the name of one"},
	} {
		found := check(asText(c.text))
		if c.want == "" {
			if len(found) > 0 {
				t.Errorf("%s: found %s: %s", c.text, found[0].Code, found[0].Message)
			}
			continue
		}
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return strings.Contains(d.Message+" ("+d.Help+")", c.want) }) {
			t.Errorf("%s: want %q, found %v", c.text, c.want, found)
		}
	}
}

func TestFaultsAreToldWhereTheyAreWritten(t *testing.T) {
	t.Parallel()
	const document = "payload: |\n  type: object\n  properties:\n    id: strng\nobject:\n  type: integer\n  pattern: x\nother: {$ref: type.raml}\n"
	ws := ref.New(source.Memory{"memory:///type.raml": "#%RAML 1.0 DataType\ntype: string\nminLength: one\n"}, ref.Options{})
	root := ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", []byte(document))).Root
	types := raml.In(ws)
	for field, want := range map[string]string{"payload": "a.yaml:4:9 strng", "object": "a.yaml:7:3 pattern", "other": "/type.raml:3:12 one"} {
		found := types.Check(context.Background(), root.Get(field), schema.Format{Family: schema.RAML})
		if len(found) != 1 {
			t.Fatalf("%s: %v", field, found)
		}
		start, _ := found[0].Span.Range()
		got := found[0].Span.File.Name() + ":" + string(rune('0'+start.Line)) + ":" + strings.TrimLeft(string(rune('0'+start.Column/10))+string(rune('0'+start.Column%10)), "0") + " " + string(found[0].Span.Text())
		if !strings.HasSuffix(got, want) {
			t.Errorf("%s: told at %s, want %s", field, got, want)
		}
	}
}

func TestDataAreNotJudged(t *testing.T) {
	t.Parallel()
	if _, err := raml.In(nil).Compile(asText("type: string"), schema.Format{}); err == nil || !strings.Contains(err.Error(), "JSON Schema") {
		t.Errorf("got %v", err)
	}
}

func TestHostileTypesAreBounded(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"parentheses": "type: " + strings.Repeat("(", 30_000) + "\n",
		"brackets":    "type: a" + strings.Repeat("[]", 30_000) + "\n",
		"facets":      "type: string\n" + strings.Repeat("minLengt: 1\n", 5_000),
		"union":       "type: " + strings.Repeat("a|", 30_000) + "a\n",
	} {
		start := cputime.Start(t)
		check(asText(text))
		if took := start(); took > time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, rule := range raml.Rules() {
		f.Add(rule.Bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range check(asText(text)) {
			if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) || d.Message == "" {
				t.Fatalf("%+v", d)
			}
		}
	})
}
