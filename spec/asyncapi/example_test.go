package asyncapi_test

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// A 2.x document is read into the same model as a 3.x one: what others publish,
// the application receives.
func ExampleLoad() {
	text := []byte(`asyncapi: 2.6.0
info: {title: Accounts, version: 1.0.0}
servers:
  main: {url: 'kafka://{region}.example.com:9092', protocol: kafka, variables: {region: {default: eu}}}
channels:
  user/{id}/signedup:
    parameters: {id: {schema: {type: string}}}
    publish: {operationId: onSignedUp, message: {messageId: signedUp, payload: {type: object}}}
`)
	ctx := context.Background()
	ws := ref.New(source.Memory{}, ref.Options{})
	doc, findings := asyncapi.Load(ctx, ws, ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", text)))
	if len(findings) > 0 {
		fmt.Println(findings)
		return
	}
	operation, err := doc.Operation("onSignedUp")
	if err != nil {
		fmt.Println(err)
		return
	}
	url, _ := doc.Servers[0].URL(nil)
	address, _ := operation.Channel.Expand(map[string]string{"id": "7"})
	fmt.Println(operation.Action, operation.Messages[0].Key, "at", address, "on", url)
	// Output:
	// receive signedUp at user/7/signedup on kafka://eu.example.com:9092
}
