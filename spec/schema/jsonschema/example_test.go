package jsonschema_test

import (
	"fmt"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func Example() {
	root, _ := tree.Parse(source.NewFile("memory:///order.yaml", "order.yaml", []byte(`
type: object
required: [quantity]
properties:
  quantity: {type: integer, minimum: 1}
  note: {type: string, default: none}
`)), tree.Options{})
	order, err := jsonschema.New(nil).Schema(root, schema.Draft7)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range order.Validate(map[string]any{"quantity": "two"}) {
		at, _ := v.Span.Range()
		fmt.Printf("%s (%s:%d)\n", v.Message, v.Span.File.Name(), at.Line)
	}
	value, _ := schema.DecodeJSON([]byte(`{"quantity": 2}`))
	fmt.Println(order.ApplyDefaults(value))
	// Output:
	// quantity: must be an integer, is a string (order.yaml:5)
	// map[note:none quantity:2]
}
