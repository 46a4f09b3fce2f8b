package jsonschema_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// judged returns the findings about a document that is a schema.
func judged(t testing.TB, text string) []diag.Diagnostic {
	t.Helper()
	files := source.Memory{"memory:///other.yaml": "type: strng\n"}
	ws := ref.New(files, ref.Options{})
	d := ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", []byte(text)))
	if d.Root == nil {
		t.Fatalf("%s\n%v", text, d.Findings)
	}
	return jsonschema.New(jsonschema.In(ws)).CheckDocument(d.Root)
}

func TestRulesHoldByTheirExamples(t *testing.T) {
	t.Parallel()
	for _, rule := range jsonschema.Rules() {
		if rule.Summary == "" || rule.Why == "" {
			t.Errorf("%s says too little", rule.Code)
		}
		if rule.Good == "" {
			continue
		}
		if found := judged(t, rule.Good); len(found) > 0 {
			t.Errorf("%s: the good example has %s: %s", rule.Code, found[0].Code, found[0].Message)
		}
		found := judged(t, rule.Bad)
		at := slices.IndexFunc(found, func(d diag.Diagnostic) bool { return d.Code == rule.Code })
		if at < 0 || found[at].Severity != rule.Severity || !found[at].Span.IsValid() {
			t.Errorf("%s: the bad example has %v", rule.Code, found)
		}
	}
}

const draft = "$schema: http://json-schema.org/draft-0"

func TestSchemasAreCheckedByTheirDialect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{draft + "4/schema#\nexclusiveMinimum: 3\n", `"exclusiveMinimum" should be true or false, and is the number 3 (here it says of "minimum" whether the limit itself is excluded`},
		{draft + "7/schema#\nexclusiveMinimum: true\nminimum: 3\n", `"exclusiveMinimum" should be a number, and is true (draft-04 and OpenAPI 3.0 write it beside "minimum"`},
		{draft + "4/schema#\nrequired: []\n", `"required" may not be empty`},
		{draft + "6/schema#\nrequired: []\n", ""},
		{draft + "4/schema#\nproperties: {a: true}\n", `"a" should be a schema, and is true`},
		{draft + "4/schema#\nadditionalProperties: false\n", ""},
		{draft + "4/schema#\nif: {type: string}\n", `"if" has no effect in draft-04: it came with draft-07`},
		{draft + "7/schema#\n$defs: {a: {type: string}}\n", `"$defs" has no effect in draft-07: it came with 2019-09 (write "definitions"`},
		{draft + "7/schema#\nitems: [{type: string}]\n", ""},
		{"$schema: https://json-schema.org/draft/2020-12/schema\nitems: [{type: string}]\n", `"items" should be a schema, and is an array (since 2020-12 the schemas of single items stand in "prefixItems")`},
		{"$schema: https://json-schema.org/draft/2020-12/schema\ndependencies: {a: [b]}\n", `"dependencies" has no effect in 2020-12: it went with 2019-09`},
		{draft + "7/schema#\nminLength: -1\n", `"minLength" should be a whole number of 0 or more, and is -1`},
		{draft + "7/schema#\nminLength: '1'\n", `"minLength" should be a whole number of 0 or more, and is the string "1" (write it without quotes: 1)`},
		{draft + "7/schema#\nminLength: 2.0\n", ""},
		{draft + "7/schema#\nmultipleOf: 0\n", `"multipleOf" should be more than 0, and is 0`},
		{draft + "7/schema#\ntype: null\n", `"type" should be the name of a type, and is empty (put it in quotes: "null")`},
		{draft + "7/schema#\ntype: [string, string]\n", `"string" stands twice in "type"`},
		{draft + "7/schema#\ntype: strnig\n", `"strnig" is no type`},
		{draft + "7/schema#\npatternProperties: {'[a': {}}\n", `"[a" is not a regular expression`},
		{draft + "7/schema#\nallOf: []\n", `"allOf" may not be empty`},
		{draft + "7/schema#\nallOf: {type: string}\n", `"allOf" should be a list of schemas, and is an object`},
		{draft + "7/schema#\nproperties: {a: {properties: {b: {type: string, minLenght: 1}}}}\n", `the keyword "minLenght" is not known (did you mean "minLength"?)`},
		{draft + "7/schema#\nunit: kg\ntags: [a]\nname: x\nowner: y\nlabel: z\nrange: 5\n", ""},
		{draft + "7/schema#\nx-typo: 1\nadditional_properties: false\n", `the keyword "additional_properties" is not known (did you mean "additionalProperties"?)`},
		{draft + "7/schema#\n$ref: other.yaml\n", `"strng" is no type`},
		{draft + "7/schema#\n$ref: missing.yaml\n", `cannot open`},
		{draft + "7/schema#\nproperties: {a: {$schema: 'http://json-schema.org/draft-04/schema#', const: 1}}\n", `"const" has no effect in draft-04`},
		{draft + "7/schema#\nminLength: 5\nmaxLength: 1\n", "no value is both"},
		{draft + "7/schema#\nexclusiveMinimum: 5\nmaximum: 5\n", "no value is both"},
		{draft + "7/schema#\nminimum: 5\nmaximum: 5\n", ""},
		{draft + "7/schema#\ntype: string\nenum: [a, 1]\n", "1 is listed, and is not of the type"},
		{draft + "7/schema#\ntype: integer\nenum: [1, 2]\n", ""},
		{draft + "7/schema#\nproperties: {a: {type: string, default: 1}}\n", "the default does not fit the schema: must be a string"},
		{draft + "7/schema#\nadditionalProperties: false\nproperties: {a: {}}\nrequired: [zebra]\n", `"zebra" is required, and no property is called so (describe it`},
		{draft + "7/schema#\nproperties: {default: {type: string}, enum: {type: string}, typ: {type: string}}\n", ""},
	} {
		found := judged(t, c.text)
		if c.want == "" {
			if len(found) > 0 {
				t.Errorf("%s: found %s: %s", c.text, found[0].Code, found[0].Message)
			}
			continue
		}
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool {
			return strings.Contains(d.Message+" ("+d.Help+")", c.want)
		}) {
			t.Errorf("%s: want %q, found %v", c.text, c.want, found)
		}
	}
}

func TestWhatIsLookedAtDependsOnTheFormat(t *testing.T) {
	t.Parallel()
	const text = "type: strng\nminLenght: 1\nminimum: 3\nmaximum: 1\nnullable: true\ndeprecated: true\n"
	for _, c := range []struct {
		format string
		want   []string
	}{
		{"", []string{"jsonschema/openapi-keyword", "jsonschema/unknown-keyword"}},
		{"application/vnd.aai.asyncapi;version=3.0.0", []string{"jsonschema/openapi-keyword", "jsonschema/unknown-keyword"}},
		{"application/schema+json;version=draft-07", []string{"jsonschema/bad-value", "jsonschema/newer-keyword", "jsonschema/openapi-keyword", "jsonschema/unknown-keyword"}},
		{"application/vnd.oai.openapi;version=3.0.0", []string{"jsonschema/bad-value", "jsonschema/unknown-keyword"}},
	} {
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", []byte(text)))
		format, err := schema.ParseFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range jsonschema.New(jsonschema.In(ws)).Check(context.Background(), d.Root, format) {
			got = append(got, string(f.Code))
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v, want %v", c.format, got, c.want)
		}
	}
}

func TestCheckingIsBounded(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"own keywords": draft + "7/schema#\n" + strings.Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab: 1\n", 1) + manyKeys(6_000),
		"deep":         "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"not\": " + strings.Repeat(`{"not":`, 90) + "1" + strings.Repeat("}", 90) + "}",
		"required":     draft + "7/schema#\nadditionalProperties: false\nproperties: {a: {}}\nrequired: [" + strings.Repeat("b1, c2, d3, ", 4_000) + "e]\n",
		"defaults":     draft + "7/schema#\nproperties:\n" + manyDefaults(1_500),
		"recursion":    draft + "7/schema#\nproperties: {a: {$ref: '#'}}\nallOf: [{$ref: '#/properties/a'}]\n",
	} {
		start := cputime.Start(t)
		found := judged(t, text)
		if took := start(); took > 2*time.Second {
			t.Errorf("%s: took %v for %d bytes", name, took, len(text))
		}
		if len(found) > 502 {
			t.Errorf("%s: %d findings", name, len(found))
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("k" + strings.Repeat("a", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + ": 1\n")
	}
	return b.String()
}

func manyDefaults(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  p" + strings.Repeat("a", 1+i%5) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + ": {type: string, default: 1}\n")
	}
	return b.String()
}

func FuzzCheck(f *testing.F) {
	for _, rule := range jsonschema.Rules() {
		f.Add(rule.Bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", []byte(text)))
		if d.Root == nil {
			return
		}
		for _, found := range jsonschema.New(jsonschema.In(ws)).CheckDocument(d.Root) {
			if s := found.Span; s.Start < 0 || s.End < s.Start || s.End > len(text) || found.Message == "" {
				t.Fatalf("%+v", found)
			}
		}
	})
}
