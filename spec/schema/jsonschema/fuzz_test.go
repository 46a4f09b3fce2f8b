package jsonschema_test

import (
	"testing"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// FuzzSchema: whatever a schema says, it is an error or it judges, completes
// and makes values, and the values it makes fit.
func FuzzSchema(f *testing.F) {
	f.Add(order, `{"quantity":1}`)
	f.Add(`{multipleOf: 0.1, maximum: 1e3}`, `0.3`)
	f.Add(`{$ref: '#/$defs/a', $defs: {a: {anyOf: [{$ref: '#/$defs/a'}, {type: string, pattern: '^(?=a)b'}]}}}`, `"ab"`)
	f.Add(`{$id: 'http://x/y', items: [{$ref: 'y#/items/1'}, {const: 1}]}`, `[1,2]`)
	f.Add(`{oneOf: [{properties: {a: {default: 1}}}, {required: [b]}], if: true, then: {minProperties: 2}}`, `{"a":1}`)
	dialects := []schema.Dialect{schema.Draft4, schema.Draft7, schema.Draft2020, schema.OpenAPI30}
	f.Fuzz(func(t *testing.T, text, instance string) {
		root, _ := tree.Parse(source.NewFile("memory:///s.yaml", "s.yaml", []byte(text)), tree.Options{})
		if root == nil {
			return
		}
		value, err := schema.DecodeJSON([]byte(instance))
		if err != nil {
			return
		}
		for _, dialect := range dialects {
			s, err := jsonschema.New(nil).Schema(root, dialect)
			if err != nil {
				continue
			}
			if list := s.Validate(value); len(list) > schema.MaxViolations {
				t.Errorf("%d violations", len(list))
			}
			s.ApplyDefaults(value)
			s.PropertyTypes()
			made, err := s.Sample(1)
			if err != nil {
				continue
			}
			if list := s.Validate(made); len(list) > 0 {
				t.Errorf("%s: the sample %v breaks it: %v", dialect, made, messages(list))
			}
		}
	})
}
