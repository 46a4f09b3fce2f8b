package tree_test

import (
	"fmt"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func ExampleParse() {
	f := source.NewFile("file:///orders.yaml", "orders.yaml", []byte("channels:\n  orders:\n    address: /orders # here\n"))
	root, findings := tree.Parse(f, tree.Options{})
	address := root.At("/channels/orders/address")
	start, _ := address.Span.Range()
	fmt.Println(len(findings), address.Str(), address.Path(), start.Line, start.Column, address.Comments.Line)
	// Output: 0 /orders /channels/orders/address 3 14 here
}

func ExamplePrint() {
	root, _ := tree.Parse(source.NewFile("file:///a.json", "a.json", []byte(`{"title": "Orders: all", "tags": []}`)), tree.Options{})
	text, err := tree.Print(root, tree.YAML)
	fmt.Print(string(text), err)
	// Output:
	// title: 'Orders: all'
	// tags: []
	// <nil>
}
