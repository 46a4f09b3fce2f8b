package ref_test

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func Example() {
	ctx := context.Background()
	workspace := ref.New(source.Memory{
		"memory:///api.yaml":      "message: {$ref: 'messages.yaml#/Order'}\nother: {$ref: 'messages.yaml#/Ordr'}\n",
		"memory:///messages.yaml": "Order: {title: An order}\n",
	}, ref.Options{})
	api, err := workspace.Open(ctx, "memory:///api.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	order, _ := workspace.Resolve(ctx, api.Root.Get("message"))
	fmt.Println(order.Get("title").Str(), "in", order.Span.File.Name())
	_, problem := workspace.Resolve(ctx, api.Root.Get("other"))
	fmt.Println(problem.Message)
	fmt.Println(problem.Help)
	// Output:
	// An order in memory:///messages.yaml
	// "messages.yaml#/Ordr" leads nowhere: the document has no "Ordr"
	// did you mean "messages.yaml#/Order"?
}
