package jsonschema_test

import (
	"encoding/json"
	"fmt"
	"testing"

	lib "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The oracle of structure is the meta-schema of each draft. Where we differ, by
// dialect and keyword:
var structureDifferences = map[string]string{
	"draft-06 examples":    "the draft says it is an array, its published meta-schema takes anything",
	"2020-12 dependencies": "it is no keyword of the dialect, which is a warning here; the meta-schema still looks into it",
}

// everyWord is a schema with every keyword of every draft, in a form that the
// draft takes.
const everyWord = `{
  "title": "t", "description": "d", "default": 1, "multipleOf": 2, "maximum": 3, "minimum": 1, "maxLength": 3, "minLength": 1, "pattern": "a",
  "maxItems": 3, "minItems": 1, "uniqueItems": true, "maxProperties": 3, "minProperties": 1, "required": ["a"],
  "properties": {"a": {"type": "string"}}, "patternProperties": {"^a": {"type": "string"}}, "additionalProperties": {"type": "string"},
  "enum": [1, 2], "type": ["string", "null"], "format": "x", "allOf": [{"type": "string"}], "anyOf": [{"type": "string"}], "oneOf": [{"type": "string"}], "not": {"type": "string"},
  "items": {"type": "string"}, "dependencies": {"a": ["b"], "c": {"type": "string"}}, "definitions": {"a": {"type": "string"}}%s}`

var moreWords = map[schema.Dialect]string{
	schema.Draft4: `, "exclusiveMaximum": true, "exclusiveMinimum": true, "additionalItems": true`,
	schema.Draft6: `, "exclusiveMaximum": 3, "exclusiveMinimum": 1, "additionalItems": true, "const": 1, "contains": {"type": "string"}, "propertyNames": {"type": "string"}, "examples": [1]`,
}

func init() {
	moreWords[schema.Draft7] = moreWords[schema.Draft6] + `, "$comment": "c", "readOnly": true, "writeOnly": true, "if": {"type": "string"}, "then": {"type": "string"}, "else": {"type": "string"}, "contentMediaType": "m", "contentEncoding": "e"`
	moreWords[schema.Draft2019] = moreWords[schema.Draft7] + `, "deprecated": true, "$defs": {"a": {"type": "string"}}, "minContains": 1, "maxContains": 2, "unevaluatedItems": {"type": "string"}, "unevaluatedProperties": false, "dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": {"type": "string"}}, "contentSchema": {"type": "string"}`
	moreWords[schema.Draft2020] = moreWords[schema.Draft2019] + `, "prefixItems": [{"type": "string"}]`
}

var strange = []string{
	"null", "true", "false", "0", "-1", "1.5", "2.0", `"x"`, `""`, "[]", `["a"]`, `["a", "a"]`, "[1]", "[true]", `[{"type": "string"}]`, "{}",
	`{"a": 1}`, `{"a": {"type": "string"}}`, `{"a": true}`, `{"a": ["b"]}`, `{"a": ["b", "b"]}`, `{"type": "nothing"}`, `"string"`, `["string", "string"]`,
}

func TestStructureAgreesWithTheMetaschemas(t *testing.T) {
	t.Parallel()
	metaschemas := map[schema.Dialect]string{
		schema.Draft4: "http://json-schema.org/draft-04/schema", schema.Draft6: "http://json-schema.org/draft-06/schema",
		schema.Draft7: "http://json-schema.org/draft-07/schema", schema.Draft2019: "https://json-schema.org/draft/2019-09/schema", schema.Draft2020: "https://json-schema.org/draft/2020-12/schema",
	}
	compared, differ := 0, map[string]bool{}
	for dialect, url := range metaschemas {
		official, err := lib.NewCompiler().Compile(url)
		if err != nil {
			t.Fatal(err)
		}
		var base map[string]json.RawMessage
		if err := json.Unmarshal(fmt.Appendf(nil, everyWord, moreWords[dialect]), &base); err != nil {
			t.Fatal(err)
		}
		for name, value := range base {
			for _, other := range append([]string{string(value)}, strange...) {
				text := fmt.Sprintf("{%q: %s}", name, other)
				value, err := schema.DecodeJSON([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				root, _ := tree.Parse(source.NewFile("memory:///a.json", "a.json", []byte(text)), tree.Options{})
				found := jsonschema.New(nil).CheckWith(root, dialect, jsonschema.CheckOptions{Structure: true})
				ours, theirs := diag.Worst(found) < diag.Error, official.Validate(value) == nil
				compared++
				if _, known := structureDifferences[string(dialect)+" "+name]; known {
					if ours != theirs {
						differ[string(dialect)+" "+name] = true
					}
					continue
				}
				if ours != theirs {
					t.Errorf("%s: %s: ours %v, theirs %v: %v", dialect, text, ours, theirs, found)
				}
			}
		}
	}
	if len(differ) != len(structureDifferences) {
		t.Errorf("only %v differ; take the others out of the list", differ)
	}
	if compared < 3_000 {
		t.Errorf("only %d schemas were compared", compared)
	}
}
