package endpoint_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/endpoint"
)

// A Codec makes the bytes of a message by its contract, without a server.
func ExampleCodec() {
	text, err := os.ReadFile("testdata/order.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	ws := ref.New(noFiles{}, ref.Options{})
	doc, _ := asyncapi.Load(context.Background(), ws, ws.Load(source.NewFile("file:///order.yaml", "order.yaml", text)))
	orders := endpoint.NewSource("Orders", doc, languages.In(ws))

	operation, _ := orders.Operation("placeOrder")
	target, _ := endpoint.Resolve(operation, endpoint.Send)
	codec, _ := orders.Codec(target)

	raw, sent, err := codec.Encode(endpoint.Outgoing{
		Payload:     map[string]any{"productId": json.Number("7"), "quantity": json.Number("2")},
		GeneratedID: "request-1",
	})
	fmt.Println(string(raw.Body), sent.CorrelationID, err)

	_, _, err = codec.Encode(endpoint.Outgoing{
		Message: "PlaceOrder", GeneratedID: "request-2",
		Payload: map[string]any{"productId": json.Number("7"), "quantity": json.Number("0")},
	})
	fmt.Println(err)
	// Output:
	// {"productId":7,"quantity":2} request-1 <nil>
	// placeOrder, message PlaceOrder: the payload does not fit the contract: quantity: must be 1 or more, is 0
}
