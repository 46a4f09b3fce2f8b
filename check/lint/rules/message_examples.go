package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func messageExamples() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/example", Severity: diag.Error,
		Summary: "the examples of a message fit its payload and its headers",
		Why:     "People write their programs after the examples, and tests and mocks send them.",
		Good: head3 + `components:
  messages:
    joined:
      payload: {type: object, required: [id], properties: {id: {type: string}}}
      examples: [{payload: {id: u-1}}]
`,
		Bad: head3 + `components:
  messages:
    joined:
      payload: {type: object, required: [id], properties: {id: {type: string}}}
      examples: [{payload: {id: 1}}]
`,
		Run: func(p *lint.Pass) {
			for _, m := range p.Objects().Messages {
				for i := range m.Examples {
					exampleFits(p, "the payload of the example does not fit its schema", m.Examples[i].Payload, m.Payload)
					exampleFits(p, "the headers of the example do not fit their schema", m.Examples[i].Headers, m.Headers)
				}
			}
		},
	}
}

// exampleFits holds a part of an example against its schema. The part may
// stand elsewhere: though the specification knows no reference in an example,
// most tools follow it.
func exampleFits(p *lint.Pass, what string, value *tree.Node, by *asyncapi.Schema) {
	if value == nil || by == nil {
		return
	}
	if value = p.Resolve(value); value == nil {
		return
	}
	if f, ok := formatOf(p, by.Format); ok {
		fittingOf(p).fits(p, what, value, by.Node, f)
	}
}
