package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	lib "github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The oracle is another validator, which passes the official test suite. The
// two must agree on every verdict, but for these, where the oracle is wrong or
// has another aim:
//   - ipv4 and time: it takes a sign for a digit ("+1.2.3.4").
//   - int32 and int64 are judged here for every number, not for json.Number
//     alone; values that are no plain data are refused here wherever they stand.
//   - what "additionalItems" without a list of items, and "then" without "if",
//     refer to must be a schema here, though it judges nothing.
//   - numbers beyond 1000 digits or an exponent of 400, and values deeper than
//     1000 levels, are refused here, as are values that need too many steps.
type oracle struct{ schema *lib.Schema }

var drafts = map[schema.Dialect]*lib.Draft{
	schema.Draft4: lib.Draft4, schema.Draft6: lib.Draft6, schema.Draft7: lib.Draft7,
	schema.Draft2019: lib.Draft2019, schema.Draft2020: lib.Draft2020,
}

// newOracle compiles what stands at a pointer of a document.
func newOracle(document any, pointer string, dialect schema.Dialect) (oracle, error) {
	c := lib.NewCompiler()
	c.DefaultDraft(drafts[dialect])
	c.UseLoader(noLoader{})
	c.AssertFormat()
	c.UseRegexpEngine(func(text string) (lib.Regexp, error) {
		if re, err := regexp.Compile(text); err == nil {
			return re, nil
		}
		re, err := regexp2.Compile(text, regexp2.ECMAScript)
		return ecma{re}, err
	})
	c.RegisterFormat(&lib.Format{Name: "int32", Validate: bits(31)})
	c.RegisterFormat(&lib.Format{Name: "int64", Validate: bits(63)})
	if err := c.AddResource("memory:///doc.json", document); err != nil {
		return oracle{}, err
	}
	s, err := c.Compile("memory:///doc.json#" + strings.ReplaceAll(pointer, "%", "%25"))
	return oracle{s}, err
}

func (o oracle) fits(v any) bool { return o.schema.Validate(v) == nil }

type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not here", url) }

type ecma struct{ *regexp2.Regexp }

func (e ecma) MatchString(s string) bool {
	ok, err := e.Regexp.MatchString(s)
	return ok && err == nil
}

func bits(n uint) func(any) error {
	return func(v any) error {
		number, ok := v.(json.Number)
		if !ok {
			return nil
		}
		r, ok := new(big.Rat).SetString(string(number))
		limit := new(big.Int).Lsh(big.NewInt(1), n)
		if !ok || !r.IsInt() || r.Num().Cmp(limit) >= 0 || r.Num().Cmp(new(big.Int).Neg(limit)) < 0 {
			return errors.New("does not fit")
		}
		return nil
	}
}

// TestTheOracleAgreesOnTheCorpus judges samples of every schema of the
// corpus, values of other schemas, and spoiled values.
func TestTheOracleAgreesOnTheCorpus(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	judged, refused := 0, 0
	walkDocuments(t, func(name string, root *tree.Node) {
		set, document := jsonschema.New(nil), root.Value()
		var values []any
		for _, node := range schemasOf(root) {
			s, err1 := set.Schema(node, schema.Draft7)
			o, err2 := newOracle(document, node.Path(), schema.Draft7)
			if err1 != nil || err2 != nil {
				continue // refers to another file, or is written in another language
			}
			for seed := range uint64(2) {
				if v, err := s.Sample(seed); err == nil {
					values = append(values, v, spoil(rng, v), spoil(rng, v), spoil(rng, v))
				}
			}
			values = values[max(0, len(values)-16):]
			for _, v := range values {
				judged++
				got, want := s.Valid(v), o.fits(v)
				if got != want {
					t.Errorf("%s%s: %v: got %t, the oracle says %t", name, node.Path(), v, got, want)
				}
				if !got {
					refused++
				}
			}
		}
	})
	if refused < 1000 || judged-refused < 1000 {
		t.Errorf("%d values were judged and %d refused, which proves little", judged, refused)
	}
}

// spoil changes a value here and there.
func spoil(rng *rand.Rand, v any) any {
	if rng.IntN(5) == 0 {
		others := []any{nil, "x", json.Number("-3"), json.Number("1.5"), json.Number("1e3"), true, []any{}, map[string]any{}, "", "2020-02-30"}
		return others[rng.IntN(len(others))]
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			switch rng.IntN(6) {
			case 0:
			case 1:
				out[name] = spoil(rng, member)
			case 2:
				out[name], out[name+"x"] = member, member
			default:
				out[name] = member
			}
		}
		return out
	case []any:
		out := append([]any{}, v...)
		for i := range out {
			if rng.IntN(3) == 0 {
				out[i] = spoil(rng, out[i])
			}
		}
		if len(out) > 0 && rng.IntN(3) == 0 {
			out = append(out, out[0])
		}
		return out
	case string:
		return v + strings.Repeat("~é", rng.IntN(20))
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return v + "0"
		}
		return v + json.Number([]string{"0", ".5", "e2", "e-2", ".0", "000000000000000000000"}[rng.IntN(6)])
	}
	return v
}

// TestTheOracleAgreesOnAnything judges random values by random schemas that
// make use of every keyword in every combination.
func TestTheOracleAgreesOnAnything(t *testing.T) {
	t.Parallel()
	dialects := []schema.Dialect{schema.Draft4, schema.Draft6, schema.Draft7, schema.Draft2019, schema.Draft2020}
	rapid.Check(t, func(t *rapid.T) {
		dialect := rapid.SampledFrom(dialects).Draw(t, "dialect")
		root := anySchema(t, dialect, 0)
		object, ok := root.(map[string]any)
		if !ok {
			object = map[string]any{"not": map[string]any{}}
		}
		object["definitions"] = map[string]any{"a": anySchema(t, dialect, 1), "b": anySchema(t, dialect, 1)}
		if _, onlyRef := object["$ref"]; !onlyRef {
			// The oracle judges definitions that nothing refers to as well.
			properties, _ := object["properties"].(map[string]any)
			properties = maps.Clone(properties)
			if properties == nil {
				properties = map[string]any{}
			}
			properties["reach"] = map[string]any{"allOf": []any{map[string]any{"$ref": "#/definitions/a"}, map[string]any{"$ref": "#/definitions/b"}}}
			object["properties"] = properties
		}
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var document any
		if err := d.Decode(&document); err != nil {
			t.Fatal(err)
		}
		s, err1 := jsonschema.New(nil).Schema(parseRapid(t, text), dialect)
		o, err2 := newOracle(document, "", dialect)
		if _, onlyRef := object["$ref"]; (err1 == nil) != (err2 == nil) && !(onlyRef && err1 == nil) {
			t.Fatalf("%s as %s: got error %v, the oracle %v", text, dialect, err1, err2)
		}
		if err1 != nil || err2 != nil {
			return
		}
		for range 12 {
			v := anyValue(t, 0)
			if list := s.Validate(v); strings.Contains(strings.Join(messages(list), " "), "too many steps") {
				return
			}
			if got, want := s.Valid(v), o.fits(v); got != want {
				t.Fatalf("%s as %s: %s: got %t, the oracle says %t", text, dialect, rendered(v), got, want)
			}
			if list := s.Validate(v); (len(list) == 0) != s.Valid(v) {
				t.Fatalf("%s: %s: Valid and Validate differ: %v", text, rendered(v), messages(list))
			}
			checkWritten(t, s, v)
		}
	})
}

// TestPatternsMeanWhatRegexpSays holds simple patterns, which have a matcher of
// their own, against the regular expressions of the standard library.
func TestPatternsMeanWhatRegexpSays(t *testing.T) {
	t.Parallel()
	parts := []string{"a", "b", "ab", "é", "[a-c]", "[^a]", `\d`, `\w`, ".", "[é-ü]", "(b)", "(ab)", "-", `\.`, "(?i:a)", "$", "^", "(?s:.)", "[[:^ascii:]]", "(a|b)", `\b`, ""}
	counts := []string{"", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "+?", "{0}"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"^", "^", "^", ""}).Draw(t, "start")
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			text += rapid.SampledFrom(parts).Draw(t, "part") + rapid.SampledFrom(counts).Draw(t, "count")
		}
		text += rapid.SampledFrom([]string{"$", ""}).Draw(t, "end")
		re, err := regexp.Compile(text)
		if err != nil {
			return
		}
		s, err := jsonschema.New(nil).Schema(parseRapid(t, []byte(rendered(map[string]any{"pattern": text}))), schema.Draft7)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for range 20 {
			v := rapid.StringOfN(rapid.SampledFrom([]rune("aabbcAé1-.\n\x80")), 0, 6, -1).Draw(t, "value")
			v += rapid.SampledFrom([]string{"", "", "\xff"}).Draw(t, "broken")
			if got, want := s.Valid(v), re.MatchString(v); got != want {
				t.Fatalf("%s matches %q: got %t, want %t", text, v, got, want)
			}
		}
	})
}

func rendered(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func parseRapid(t *rapid.T, text []byte) *tree.Node {
	root, findings := tree.Parse(source.NewFile("memory:///s.json", "s.json", text), tree.Options{})
	if root == nil {
		t.Fatalf("%s: %v", text, findings)
	}
	return root
}

func anyValue(t *rapid.T, depth int) any {
	kinds := 8
	if depth >= 3 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2, 3:
		return json.Number(rapid.SampledFrom([]string{
			"0", "1", "2", "3", "-1", "1.0", "1.5", "0.1", "0.30", "1e1", "10", "2e-1", "-0", "1e20", "100000000000000000000",
			"3000000000", "0.1000000000000000000001", "123456789012345678.5",
		}).Draw(t, "number"))
	case 4, 5:
		return rapid.SampledFrom(words()).Draw(t, "text")
	case 6:
		return map[string]any{}
	case 7:
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			list = append(list, anyValue(t, depth+1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		object[rapid.SampledFrom([]string{"a", "b", "c", "ab", "x"}).Draw(t, "name")] = anyValue(t, depth+1)
	}
	return object
}

func words() []string {
	return []string{
		"", "a", "ab", "abc", "é", "😀😀", "2026-01-02", "2024-02-29", "2023-02-29", "2026-01-02T03:04:05Z", "2026-01-02T23:59:60Z",
		"2026-01-02T03:04:05.1+01:00", "10:11:12Z", "a@b.c", "a@[1.2.3.4]", `"a b"@c`, "1.2.3.4", "01.2.3.4", "::1", "::g", "http://a/b", "http://[::1]/",
		"/a/~0", "/a/~", "0/a", "P1Y2M", "PT1H", "P1W", "P", "1.2.3", "1.2.3-a.1+b", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "[", "(a)", "{a}/b", "http://x/{a", "YQ==",
	}
}

// anySchema draws from all keywords, of which a dialect may not have some.
func anySchema(t *rapid.T, dialect schema.Dialect, depth int) any {
	if dialect != schema.Draft4 && rapid.IntRange(0, 9).Draw(t, "boolean") == 0 {
		return rapid.Bool().Draw(t, "schema")
	}
	out := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "keywords") {
		if depth < 3 && rapid.Bool().Draw(t, "applies") {
			applicator(t, out, dialect, depth)
		} else {
			assertion(t, out, dialect)
		}
	}
	if ref, ok := out["$ref"]; ok && dialect != schema.Draft2019 && dialect != schema.Draft2020 {
		return map[string]any{"$ref": ref}
	}
	return out
}

func applicator(t *rapid.T, out map[string]any, dialect schema.Dialect, depth int) {
	below := func() any { return anySchema(t, dialect, depth+1) }
	several := func() []any {
		list := []any{below()}
		for range rapid.IntRange(0, 2).Draw(t, "more") {
			list = append(list, below())
		}
		return list
	}
	keyed := func(names ...string) map[string]any {
		object := map[string]any{}
		for range rapid.IntRange(1, 3).Draw(t, "named") {
			object[rapid.SampledFrom(names).Draw(t, "name")] = below()
		}
		return object
	}
	word := rapid.SampledFrom([]string{
		"$ref", "$ref", "allOf", "anyOf", "oneOf", "not", "if", "properties", "properties", "patternProperties", "additionalProperties", "propertyNames",
		"items", "prefixItems", "additionalItems", "contains", "dependencies", "dependentSchemas", "dependentRequired",
		"unevaluatedProperties", "unevaluatedItems", "unevaluatedProperties", "unevaluatedItems",
	}).Draw(t, "word")
	switch word {
	case "$ref":
		out[word] = rapid.SampledFrom([]string{"#/definitions/a", "#/definitions/b", "#"}).Draw(t, "ref")
	case "allOf", "anyOf", "oneOf", "prefixItems":
		out[word] = several()
	case "if":
		out["if"], out["then"], out["else"] = below(), below(), below()
	case "properties":
		out[word] = keyed("a", "b", "c")
	case "patternProperties":
		out[word] = keyed("^a", "b$", "^(?!a)")
	case "dependentSchemas":
		out[word] = keyed("a", "b")
	case "dependencies":
		out[word] = keyed("a", "b")
		out[word].(map[string]any)["c"] = []any{"a"}
	case "dependentRequired":
		out[word] = map[string]any{"a": []any{"b"}}
	case "items":
		if out[word] = below(); dialect != schema.Draft2020 && rapid.Bool().Draw(t, "list") {
			out[word] = several()
		}
	case "contains":
		out[word] = below()
		if rapid.Bool().Draw(t, "bounded") {
			out["minContains"], out["maxContains"] = rapid.IntRange(0, 2).Draw(t, "least"), rapid.IntRange(0, 3).Draw(t, "most")
		}
	default:
		out[word] = below()
	}
}

func assertion(t *rapid.T, out map[string]any, dialect schema.Dialect) {
	number := func() any {
		return json.Number(rapid.SampledFrom([]string{"0", "1", "2", "1.0", "0.1", "1e1", "-1", "1e20"}).Draw(t, "limit"))
	}
	size := func() any { return rapid.IntRange(0, 3).Draw(t, "size") }
	word := rapid.SampledFrom([]string{
		"type", "type", "types", "enum", "const", "format", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "title", "wrong",
	}).Draw(t, "word")
	kinds := []string{"null", "boolean", "integer", "number", "string", "array", "object"}
	switch word {
	case "type":
		out[word] = rapid.SampledFrom(kinds).Draw(t, "type")
	case "types":
		out["type"] = rapid.SliceOfNDistinct(rapid.SampledFrom(kinds), 1, 3, rapid.ID).Draw(t, "types")
	case "enum":
		out[word] = []any{anyValue(t, 2), "a"}
	case "const":
		out[word] = anyValue(t, 2)
	case "format":
		out[word] = rapid.SampledFrom([]string{
			"email", "uuid", "date-time", "date", "time", "uri", "uri-reference", "uri-template", "hostname", "ipv4", "ipv6", "duration",
			"json-pointer", "relative-json-pointer", "regex", "semver", "period", "iri", "int32", "int64", "home-made",
		}).Draw(t, "format")
	case "minimum", "maximum":
		out[word] = number()
	case "exclusiveMinimum", "exclusiveMaximum":
		if out[word] = number(); dialect == schema.Draft4 {
			out[word] = rapid.Bool().Draw(t, "exclusive")
		}
	case "multipleOf":
		out[word] = json.Number(rapid.SampledFrom([]string{"1", "2", "0.1", "1e-3", "3e1", "0"}).Draw(t, "step"))
	case "pattern":
		out[word] = rapid.SampledFrom([]string{"^a", "b$", `^\d+`, "^(?!a)", "^[a-c]{2,3}$", "["}).Draw(t, "pattern")
	case "uniqueItems":
		out[word] = true
	case "required":
		out[word] = []any{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")}
	case "title":
		out[word] = "a title"
	case "wrong":
		wrong := rapid.SampledFrom([]string{"type", "required", "minLength", "items", "allOf", "properties", "enum", "pattern", "additionalProperties"}).Draw(t, "wrong")
		if rapid.IntRange(0, 5).Draw(t, "really") == 0 {
			out[wrong] = anyValue(t, 2)
		}
	default:
		out[word] = size()
	}
}
