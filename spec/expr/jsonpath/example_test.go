package jsonpath_test

import (
	"fmt"

	"github.com/weft-dev/weft/spec/expr/jsonpath"
)

func ExampleParse() {
	path, err := jsonpath.Parse("$.items[?@.sku == 'b'].price")
	if err != nil {
		fmt.Println(err)
		return
	}
	nodes, err := path.Select(map[string]any{"items": []any{
		map[string]any{"sku": "a", "price": 1},
		map[string]any{"sku": "b", "price": 2},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range nodes {
		fmt.Println(n.Path(), n.Value)
	}
	// Output: $['items'][1]['price'] 2
}
