package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func schemaDefault() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema-default", Severity: diag.Error,
		Summary: "the default of a schema fits the schema",
		Why:     "A default is filled in where a value is missing. One that does not fit makes a valid message invalid.",
		Good:    head3 + "components: {schemas: {level: {type: string, enum: [low, high], default: low}}}\n",
		Bad:     head3 + "components: {schemas: {level: {type: string, enum: [low, high], default: middle}}}\n",
		Run: func(p *lint.Pass) {
			f := fittingOf(p)
			for _, s := range schemasOf(p).parts {
				if value := s.node.Get("default"); value != nil {
					f.fits(p, "the default does not fit its schema", value, s.node, s.format)
				}
			}
		},
	}
}

func schemaExample() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema-example", Severity: diag.Error,
		Summary: "the examples of a schema fit the schema",
		Why:     "People write their programs after the examples, and tests and mocks send them.",
		Good:    head3 + "components: {schemas: {age: {type: integer, examples: [31]}}}\n",
		Bad:     head3 + "components: {schemas: {age: {type: integer, examples: [thirty-one]}}}\n",
		Run: func(p *lint.Pass) {
			f := fittingOf(p)
			for _, s := range schemasOf(p).parts {
				if list := s.node.Get("examples"); list.Is(tree.Sequence) {
					for _, value := range list.Items {
						f.fits(p, "the example does not fit its schema", value, s.node, s.format)
					}
				}
				if value := s.node.Get("example"); value != nil && s.format.Dialect == schema.OpenAPI30 {
					f.fits(p, "the example does not fit its schema", value, s.node, s.format)
				}
			}
		},
	}
}

func schemaEnum() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema-enum", Severity: diag.Warning,
		Summary: "the values that a schema lists are values that it allows",
		Why:     "A value that is listed and not allowed, as by its type, can never be sent. Most often it lacks quotes, or has too many.",
		Good:    head3 + "components: {schemas: {version: {type: string, enum: ['1', '2']}}}\n",
		Bad:     head3 + "components: {schemas: {version: {type: string, enum: ['1', 2]}}}\n",
		Run: func(p *lint.Pass) {
			for _, s := range schemasOf(p).parts {
				listed := s.node.Get("enum")
				if listed.Is(tree.Sequence) {
					for _, value := range listed.Items {
						ofType(p, s, value)
					}
				}
				if value := s.node.Get("const"); value != nil && s.format.Dialect != schema.Draft4 && s.format.Dialect != schema.OpenAPI30 {
					ofType(p, s, value)
				}
			}
		},
	}
}

// ofType reports a value that is of none of the types that its schema allows.
func ofType(p *lint.Pass, s *partSchema, value *tree.Node) {
	types := s.node.Get("type")
	if types == nil || value.Kind == tree.Null && s.node.Get("nullable").True() {
		return
	}
	allowed := types.Items
	if types.Is(tree.String) {
		allowed = []*tree.Node{types}
	}
	if len(allowed) == 0 {
		return
	}
	for _, t := range allowed {
		if isOfType(value, t.Str()) {
			return
		}
	}
	d := reportValue(p, value, "this value is listed, but it is %s, and \"type\" does not allow that", withArticle(value.Kind.String()))
	d.Related = []diag.Related{{Message: "this is what is allowed", Span: types.Span}}
	if value.Kind == tree.Null {
		d.Help = "add \"null\" to \"type\", or take it out of the list"
	} else if isScalar(value) && types.Str() == "string" {
		d.Help = "put it in quotes"
		d.Fixes = []diag.Fix{{Title: "put it in quotes", Edits: []diag.Edit{{Span: value.Span, Text: quoted(string(value.Span.Text()))}}}}
	}
}

// isOfType reports whether a value is of a type of JSON Schema; it is of any
// that is not known.
func isOfType(value *tree.Node, name string) bool {
	switch name {
	case "string":
		return value.Kind == tree.String
	case "number", "integer":
		return value.Kind == tree.Number // whether it is whole is a matter of its value
	case "boolean":
		return value.Kind == tree.Bool
	case "null":
		return value.Kind == tree.Null
	case "object":
		return value.Kind == tree.Mapping
	case "array":
		return value.Kind == tree.Sequence
	}
	return true
}

func isScalar(n *tree.Node) bool {
	return n.Is(tree.String) || n.Is(tree.Number) || n.Is(tree.Bool)
}

func withArticle(noun string) string {
	switch noun[0] {
	case 'n':
		return noun // null
	case 'a', 'e', 'i', 'o', 'u':
		return "an " + noun
	}
	return "a " + noun
}

// quoted is a text as a string of both YAML and JSON. It has no quotes and no
// control characters of its own: it was a plain scalar.
func quoted(text string) string { return "\"" + text + "\"" }
