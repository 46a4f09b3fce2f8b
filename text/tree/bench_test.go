package tree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// large is a description with as many channels, messages and schemas.
func large(channels int) string {
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo:\n  title: Large\n  version: 1.0.0\nchannels:\n")
	for i := range channels {
		fmt.Fprintf(&b, `  channel%d:
    address: orders/%d/created
    description: The orders of customer %d, one message for each.
    messages:
      created:
        $ref: '#/components/messages/message%d'
`, i, i, i, i)
	}
	b.WriteString("components:\n  messages:\n")
	for i := range channels {
		fmt.Fprintf(&b, `    message%d:
      name: message%d
      title: "Order created"
      contentType: application/json
      payload:
        $ref: '#/components/schemas/schema%d'
`, i, i, i)
	}
	b.WriteString("  schemas:\n")
	for i := range channels {
		fmt.Fprintf(&b, `    schema%d:
      type: object
      required: [id, amount]
      properties:
        id:
          type: string
          format: uuid
        amount:
          type: number
          minimum: 0
          description: >-
            The amount in the currency of the order,
            taxes included.
        lines:
          type: array
          items: {type: object, properties: {sku: {type: string}, count: {type: integer}}}
`, i)
	}
	return b.String()
}

func BenchmarkParseYAML(b *testing.B) {
	text := []byte(large(2000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		f := source.NewFile("memory:///large.yaml", "large.yaml", text)
		if root, findings := tree.Parse(f, tree.Options{}); root == nil || len(findings) > 0 {
			b.Fatal(findings)
		}
	}
}

func BenchmarkParseJSON(b *testing.B) {
	root, _ := tree.Parse(source.NewFile("memory:///large.yaml", "large.yaml", []byte(large(2000))), tree.Options{})
	text := printed(b, root, tree.JSON)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		f := source.NewFile("memory:///large.json", "large.json", text)
		if root, findings := tree.Parse(f, tree.Options{}); root == nil || len(findings) > 0 {
			b.Fatal(findings)
		}
	}
}

func BenchmarkPrintYAML(b *testing.B) {
	root, _ := tree.Parse(source.NewFile("memory:///large.yaml", "large.yaml", []byte(large(2000))), tree.Options{})
	b.ReportAllocs()
	for b.Loop() {
		printed(b, root, tree.YAML)
	}
}
