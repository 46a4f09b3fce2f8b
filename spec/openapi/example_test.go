package openapi_test

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func ExampleLoad() {
	ws := ref.New(source.Memory{"memory:///orders.yaml": `
openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
servers: [{url: 'https://{region}.example.com/v1', variables: {region: {default: eu}}}]
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '404': {description: there is none}
        '200':
          description: the order
          content: {application/json: {example: {id: 1}}}
`}, ref.Options{})
	file, err := ws.Open(context.Background(), "memory:///orders.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, findings := openapi.Load(context.Background(), ws, file)
	op := doc.ByID("getOrder")
	base, _ := op.Servers[0].Expand(map[string]string{"region": "us"}, doc.URI)
	response, status := op.Success()
	fmt.Println(op.Method, base+op.Path)
	fmt.Println(status, openapi.JSONOrFirst(response.Content).Example("").Value.Value())
	fmt.Println(len(findings), "findings")
	// Output:
	// GET https://us.example.com/v1/orders/{id}
	// 200 map[id:1]
	// 0 findings
}
