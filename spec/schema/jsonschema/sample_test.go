package jsonschema_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func TestSampleFits(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"order":                 order,
		"nothing said":          `{}`,
		"true":                  `true`,
		"each format":           `{required: [a,b,c,d,e,f,g,h,i,j], properties: {a: {type: string, format: email}, b: {type: string, format: uuid}, c: {type: string, format: date-time}, d: {type: string, format: uri}, e: {type: string, format: ipv4}, f: {type: string, format: ipv6}, g: {type: string, format: hostname}, h: {type: string, format: date}, i: {type: string, format: time}, j: {type: string, format: duration}}}`,
		"narrow numbers":        `{required: [a,b,c,d], properties: {a: {type: integer, exclusiveMinimum: 4, exclusiveMaximum: 6}, b: {type: number, minimum: 0.1, maximum: 0.11}, c: {type: integer, multipleOf: 7, minimum: 50, maximum: 60}, d: {type: number, multipleOf: 0.25, exclusiveMaximum: -3}}}`,
		"all of":                `{allOf: [{type: object, required: [a], properties: {a: {minimum: 3}}}, {required: [b], properties: {a: {type: integer, maximum: 4}, b: {enum: [x, y]}}}]}`,
		"one of":                `{oneOf: [{required: [a], properties: {a: {const: 1}}}, {required: [b], properties: {b: {const: 2}}}], additionalProperties: false, properties: {a: {}, b: {}}}`,
		"patterns":              `{required: [a,b,c], properties: {a: {type: string, pattern: '^ORD-[0-9]{4}-[A-F]+$'}, b: {type: string, pattern: '^(?!x)[a-z]{3}$'}, c: {type: string, pattern: foo, minLength: 30}}}`,
		"lengths":               `{type: string, minLength: 200, maxLength: 210}`,
		"recursive":             `{$ref: '#/definitions/t', definitions: {t: {type: object, required: [name], properties: {name: {type: string}, kids: {type: array, items: {$ref: '#/definitions/t'}}}}}}`,
		"recursive by choice":   `{$ref: '#/definitions/e', definitions: {e: {oneOf: [{type: object, required: [l, r], properties: {l: {$ref: '#/definitions/e'}, r: {$ref: '#/definitions/e'}}}, {type: integer}]}}}`,
		"map":                   `{type: object, minProperties: 3, additionalProperties: {type: integer}, propertyNames: {pattern: '^[a-z]{5}$'}}`,
		"pattern properties":    `{type: object, minProperties: 2, patternProperties: {'^x-[a-z]{4}$': {type: integer}}, additionalProperties: false}`,
		"tuple":                 `{type: array, items: [{type: string}, {type: integer}], additionalItems: false}`,
		"contains and unique":   `{type: array, contains: {const: 5}, items: {type: integer, minimum: 0, maximum: 9}, uniqueItems: true, minItems: 6}`,
		"condition":             `{type: object, required: [k], properties: {k: {enum: [a, b]}}, if: {properties: {k: {const: a}}}, then: {required: [x]}, else: {required: [y], properties: {y: {type: integer}}}}`,
		"dependencies":          `{type: object, required: [a], dependencies: {a: [b], b: {required: [c], properties: {c: {type: boolean}}}}}`,
		"an example that lies":  `{type: integer, examples: [not a number], minimum: 5}`,
		"not":                   `{type: integer, minimum: 0, maximum: 9, not: {multipleOf: 2}}`,
		"null":                  `{type: "null"}`,
		"forbidden property":    `{type: object, properties: {a: false, b: {type: string}}}`,
		"int32 beyond minimum":  `{type: integer, format: int32, minimum: 2147483000}`,
		"a choice beside types": `{type: object, properties: {v: {anyOf: [{type: string}, {type: number}]}}, required: [v]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := compile(t, schema.Draft7, text)
			for seed := range uint64(20) {
				v, err := s.Sample(seed)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if list := s.Validate(v); len(list) > 0 {
					t.Fatalf("seed %d: %v breaks its schema: %v", seed, v, messages(list))
				}
			}
		})
	}
}

func TestSamplePrefersWhatTheAuthorWrote(t *testing.T) {
	t.Parallel()
	s := compile(t, schema.Draft7, `
type: object
required: [id, colour]
properties:
  id: {type: integer, examples: [4711]}
  colour: {const: green}
  note: {type: string, default: none}
`)
	got, err := s.Sample(0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value(t, `{"id":4711,"colour":"green"}`), got, cmp.FilterPath(func(p cmp.Path) bool {
		return p.String() == `["note"]`
	}, cmp.Ignore()), ignoreKey("note")); diff != "" {
		t.Error(diff)
	}
	whole := compile(t, schema.Draft7, `{type: object, examples: [{a: 1}, {a: 2}]}`)
	for seed, want := range []string{`{"a":1}`, `{"a":2}`, `{"a":1}`} {
		if got, err := whole.Sample(uint64(seed)); err != nil || !cmp.Equal(value(t, want), got) {
			t.Errorf("seed %d: got %v, %v, want %s", seed, got, err, want)
		}
	}
}

func ignoreKey(key string) cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool {
		index, ok := p.Last().(cmp.MapIndex)
		return ok && index.Key().String() == key
	}, cmp.Ignore())
}

func TestSampleIsReproducible(t *testing.T) {
	t.Parallel()
	a, b := compile(t, schema.Draft7, order), compile(t, schema.Draft7, order)
	differ := false
	var first any
	for seed := range uint64(10) {
		x, err1 := a.Sample(seed)
		y, err2 := b.Sample(seed)
		if err1 != nil || err2 != nil || !cmp.Equal(x, y) {
			t.Fatalf("seed %d: %v (%v) and %v (%v)", seed, x, err1, y, err2)
		}
		if seed == 0 {
			first = x
		}
		differ = differ || !cmp.Equal(first, x)
	}
	if !differ {
		t.Error("every seed makes the same value")
	}
}

func TestSampleSaysWhenThereIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`false`, `{type: integer, minimum: 3, maximum: 2}`, `{enum: []}`, `{allOf: [{type: string}, {type: integer}]}`,
		`{definitions: {a: {type: object, required: [a], properties: {a: {$ref: '#/definitions/a'}}}}, allOf: [{$ref: '#/definitions/a'}]}`,
	} {
		s, err := jsonschema.New(nil).Schema(parse(t, "s.yaml", text), schema.Draft7)
		if err != nil {
			continue // "enum: []" is no valid schema
		}
		if v, err := s.Sample(1); err == nil || !strings.Contains(err.Error(), "give the schema an example") {
			t.Errorf("%s: got %v, %v", text, v, err)
		}
	}
}

// randomSchema draws schemas that have at least one value.
func randomSchema(t *rapid.T, depth int) map[string]any {
	kinds := []string{"string", "integer", "number", "boolean", "enum", "format", "pattern"}
	if depth < 3 {
		kinds = append(kinds, "object", "object", "array", "anyOf", "allOf")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "string":
		least := rapid.IntRange(0, 30).Draw(t, "minLength")
		return map[string]any{"type": "string", "minLength": least, "maxLength": least + rapid.IntRange(0, 10).Draw(t, "more")}
	case "integer":
		least := rapid.IntRange(-1000, 1000).Draw(t, "minimum")
		step := rapid.IntRange(1, 9).Draw(t, "step")
		return map[string]any{"type": "integer", "minimum": least, "maximum": least + 2*step, "multipleOf": step}
	case "number":
		least := rapid.IntRange(-1000, 1000).Draw(t, "minimum")
		return map[string]any{"type": "number", "exclusiveMinimum": least, "maximum": json.Number(fmt.Sprintf("%d.001", max(least, 0)+1))}
	case "boolean":
		return map[string]any{"type": rapid.SampledFrom([]any{"boolean", []any{"boolean", "null"}}).Draw(t, "type")}
	case "enum":
		return map[string]any{"enum": []any{"a", 1, nil, true}}
	case "format":
		return map[string]any{"type": "string", "format": rapid.SampledFrom([]string{"email", "uuid", "date-time", "date", "time", "uri", "uri-reference", "uri-template", "hostname", "ipv4", "ipv6", "duration", "json-pointer", "relative-json-pointer", "regex", "byte", "semver", "period", "home-made"}).Draw(t, "format")}
	case "pattern":
		return map[string]any{"type": "string", "pattern": rapid.SampledFrom([]string{`^[A-Z]{3}\d*$`, `a|b+`, `^(ab?){2,5}.$`, `\S+@\S+`, `^[^x]{4}$`, `\p{L}+`, `^$`}).Draw(t, "pattern")}
	case "array":
		least := rapid.IntRange(0, 3).Draw(t, "minItems")
		return map[string]any{"type": "array", "items": randomSchema(t, depth+1), "minItems": least, "maxItems": least + 2}
	case "anyOf":
		return map[string]any{"anyOf": []any{randomSchema(t, depth+1), randomSchema(t, depth+1)}}
	case "allOf":
		return map[string]any{"allOf": []any{randomObject(t, depth+1, "p"), randomObject(t, depth+1, "q")}}
	}
	return randomObject(t, depth, "r")
}

func randomObject(t *rapid.T, depth int, prefix string) map[string]any {
	properties, required := map[string]any{}, []any{}
	for i := range rapid.IntRange(0, 4).Draw(t, "properties") {
		name := fmt.Sprintf("%s%d", prefix, i)
		properties[name] = randomSchema(t, depth+1)
		if rapid.Bool().Draw(t, "required") {
			required = append(required, name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "required": required}
	if prefix == "r" && rapid.Bool().Draw(t, "closed") {
		out["additionalProperties"] = false
	}
	return out
}

func TestEverySampleOfRandomSchemasFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(randomSchema(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		root, findings := tree.Parse(source.NewFile("memory:///s.json", "s.json", text), tree.Options{})
		if root == nil {
			t.Fatalf("%s: %v", text, findings)
		}
		s, err := jsonschema.New(nil).Schema(root, schema.Draft7)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		v, err := s.Sample(rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if list := s.Validate(v); len(list) > 0 {
			t.Fatalf("%s: %v breaks it: %v", text, v, messages(list))
		}
	})
}

// TestEverySampleOfTheCorpusFits samples every payload and every named schema
// of the corpus's AsyncAPI documents.
func TestEverySampleOfTheCorpusFits(t *testing.T) {
	t.Parallel()
	count := 0
	walkDocuments(t, func(name string, root *tree.Node) {
		set := jsonschema.New(nil)
		for _, node := range schemasOf(root) {
			s, err := set.Schema(node, schema.Draft7)
			if err != nil {
				continue // refers to another file, or is written in another language
			}
			count++
			for seed := range uint64(3) {
				v, err := s.Sample(seed)
				if err != nil {
					t.Errorf("%s%s: %v", name, node.Path(), err)
					break
				}
				if list := s.Validate(v); len(list) > 0 {
					t.Errorf("%s%s: %v", name, node.Path(), messages(list))
				}
			}
		}
	})
	if count < 100 {
		t.Errorf("only %d schemas of the corpus were sampled", count)
	}
	t.Logf("%d schemas", count)
}

func walkDocuments(t *testing.T, visit func(name string, root *tree.Node)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(corpus.Dir(t), "asyncapi"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yml") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		root, _ := tree.Parse(source.NewFile("file://"+path, filepath.Base(path), data), tree.Options{})
		if root != nil {
			visit(filepath.Base(path), root)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func schemasOf(root *tree.Node) []*tree.Node {
	var list []*tree.Node
	if named := root.At("/components/schemas"); named != nil {
		for _, m := range named.Members {
			list = append(list, m.Value)
		}
	}
	var walk func(n *tree.Node)
	walk = func(n *tree.Node) {
		for _, m := range n.Members {
			if m.Key.Text == "payload" && m.Value.Is(tree.Mapping) && !m.Value.Has("schemaFormat") {
				list = append(list, m.Value)
				continue
			}
			walk(m.Value)
		}
	}
	walk(root)
	return list
}
