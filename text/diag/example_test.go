package diag_test

import (
	"os"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func ExampleWrite() {
	f := source.NewFile("file:///orders.yaml", "orders.yaml", []byte("adress: /orders\n"))
	err := diag.Write(os.Stdout, diag.FormatText, diag.Report{Findings: []diag.Diagnostic{{
		Code: "asyncapi/unknown-field", Severity: diag.Error, Message: `a channel has no field "adress"`,
		Span: source.Span{File: f, Start: 0, End: 6}, Help: diag.DidYouMean("adress", []string{"address", "title"}),
	}}})
	if err != nil {
		panic(err)
	}
	// Output:
	// orders.yaml:1:1: error: a channel has no field "adress"  [asyncapi/unknown-field]
	//     1 | adress: /orders
	//       | ^^^^^^
	//       = help: did you mean "address"?
}
