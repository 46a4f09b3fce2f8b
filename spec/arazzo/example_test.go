package arazzo_test

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func ExampleLoad() {
	ws := ref.New(source.Memory{"memory:///order.arazzo.yaml": `
arazzo: 1.1.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions: [{name: events, url: ./events.yaml, type: asyncapi}]
workflows:
- workflowId: order
  steps:
  - {stepId: place, operationId: $sourceDescriptions.events.placeOrder, action: send}
  - {stepId: placed, operationId: $sourceDescriptions.events.orderPlaced, action: recieve, timeout: 6000}
`}, ref.Options{})
	file, err := ws.Open(context.Background(), "memory:///order.arazzo.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, findings := arazzo.Load(context.Background(), ws, file)
	for _, step := range doc.Workflow("order").Steps {
		fmt.Println(step.ID, "calls", step.Target.Name, "of", step.Target.Source, "within", step.Timeout)
	}
	for _, f := range findings {
		fmt.Println(f.Severity, f.Path, f.Code, f.Help)
	}
	// Output:
	// place calls placeOrder of events within 0s
	// placed calls orderPlaced of events within 6s
	// error /workflows/0/steps/1/action arazzo/bad-value did you mean "receive"?
}
