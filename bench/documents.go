package main

import (
	"fmt"
	"strings"
)

// largeDocument writes an AsyncAPI 3.0 document with that many channels, each
// with a message, a schema and an operation of its own, as a company's
// gateway might publish: 2,000 of them are 1.7 MB.
func largeDocument(channels int) string {
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo:\n  title: A large contract\n  version: 1.0.0\n" +
		"defaultContentType: application/json\n" +
		"servers:\n  production:\n    host: kafka.example.com:9092\n    protocol: kafka\n")
	b.WriteString("channels:\n")
	for i := range channels {
		fmt.Fprintf(&b, `  channel%04[1]d:
    address: region.{region}.orders.%04[1]d.events
    description: Everything that happens to the orders of department %04[1]d
    parameters:
      region:
        description: Where the department is
        enum: [north, south]
    messages:
      event:
        $ref: '#/components/messages/Event%04[1]d'
`, i)
	}
	b.WriteString("operations:\n")
	for i := range channels {
		fmt.Fprintf(&b, `  onEvent%04[1]d:
    action: receive
    channel:
      $ref: '#/channels/channel%04[1]d'
    messages:
      - $ref: '#/channels/channel%04[1]d/messages/event'
`, i)
	}
	b.WriteString(components(channels))
	return b.String()
}

// components are the messages of the events, and their schemas.
func components(channels int) string {
	var b strings.Builder
	b.WriteString("components:\n  messages:\n")
	for i := range channels {
		fmt.Fprintf(&b, `    Event%04[1]d:
      title: Event of department %04[1]d
      payload:
        $ref: '#/components/schemas/Event%04[1]d'
`, i)
	}
	b.WriteString(schemas(channels))
	return b.String()
}

// schemas are the schemas of the events, as a part of components.
func schemas(channels int) string {
	var b strings.Builder
	b.WriteString("  schemas:\n")
	for i := range channels {
		fmt.Fprintf(&b, `    Event%04[1]d:
      type: object
      required: [orderId, total]
      properties:
        orderId: {type: string, format: uuid}
        total: {type: number, minimum: 0}
        lines:
          type: array
          items: {$ref: '#/components/schemas/Line'}
`, i)
	}
	b.WriteString(`    Line:
      type: object
      properties:
        productId: {type: integer}
        quantity: {type: integer, minimum: 1}
`)
	return b.String()
}

// olderDocument writes a document of AsyncAPI 2.6 with that many channels, to
// be converted.
func olderDocument(channels int) string {
	var b strings.Builder
	b.WriteString("asyncapi: 2.6.0\ninfo:\n  title: An older contract\n  version: 1.0.0\n" +
		"defaultContentType: application/json\n" +
		"servers:\n  production:\n    url: kafka.example.com:9092\n    protocol: kafka\n")
	b.WriteString("channels:\n")
	for i := range channels {
		fmt.Fprintf(&b, `  region.{region}.orders.%04[1]d.events:
    description: Everything that happens to the orders of department %04[1]d
    parameters:
      region:
        description: Where the department is
        schema: {type: string, enum: [north, south]}
    publish:
      operationId: onEvent%04[1]d
      summary: Take in an event of department %04[1]d
      message:
        $ref: '#/components/messages/Event%04[1]d'
`, i)
	}
	b.WriteString(components(channels))
	return b.String()
}

// scatteredDocument is largeDocument with its schemas in a file beside it,
// which is the second text.
func scatteredDocument(channels int, file string) (document, beside string) {
	whole := largeDocument(channels)
	document, _, _ = strings.Cut(whole, "  schemas:\n")
	document = strings.ReplaceAll(document, "'#/components/schemas/", "'"+file+"#/components/schemas/")
	return document, "components:\n" + schemas(channels)
}

// smallDocument writes a document of about 200 lines, the size that most
// contracts have.
func smallDocument() string { return largeDocument(6) }

// diamondDocument writes a document whose schemas refer twice to the next
// level, level after level: whoever follows each path walks 2^levels of them.
func diamondDocument(levels int) string {
	var b strings.Builder
	b.WriteString(`asyncapi: 3.0.0
info: {title: Diamonds, version: 1.0.0}
channels:
  diamonds:
    address: diamonds
    messages:
      one:
        payload: {$ref: '#/components/schemas/Level0'}
components:
  schemas:
`)
	for i := range levels {
		fmt.Fprintf(&b, `    Level%[1]d:
      type: object
      properties:
        left: {$ref: '#/components/schemas/Level%[2]d'}
        right: {$ref: '#/components/schemas/Level%[2]d'}
`, i, i+1)
	}
	fmt.Fprintf(&b, "    Level%d: {type: string}\n", levels)
	return b.String()
}

// chainContract describes the server that the chains call.
const chainContract = `openapi: 3.1.0
info: {title: A chain of links, version: 1.0.0}
servers:
  - url: http://127.0.0.1:1
paths:
  /links/{id}:
    get:
      operationId: getLink
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
      responses:
        '200':
          description: Where the chain goes on
          content:
            application/json:
              schema:
                type: object
                required: [next]
                properties: {next: {type: integer}}
`

// chainWorkflow writes a workflow of that many HTTP steps, each of which needs
// the answer of the one before.
func chainWorkflow(steps int) string {
	var b strings.Builder
	b.WriteString(`arazzo: 1.0.1
info: {title: Follow the chain, version: 1.0.0}
sourceDescriptions:
  - {name: Links, url: ./chain.openapi.yaml, type: openapi}
workflows:
  - workflowId: Follow
    steps:
`)
	for i := range steps {
		value := "0"
		if i > 0 {
			value = fmt.Sprintf("$steps.Step%d.outputs.next", i-1)
		}
		fmt.Fprintf(&b, `      - stepId: Step%d
        operationId: getLink
        parameters:
          - {name: id, in: path, value: %s}
        successCriteria:
          - condition: $statusCode == 200
        outputs:
          next: $response.body#/next
`, i, value)
	}
	fmt.Fprintf(&b, "    outputs:\n      last: $steps.Step%d.outputs.next\n", steps-1)
	return b.String()
}
