package expr_test

import (
	"encoding/json"
	"fmt"

	"github.com/weft-dev/weft/spec/expr"
)

func ExampleParse() {
	e, problems := expr.Parse("$response.body.items[0].id")
	fmt.Println(e.Ref(), expr.Pointer(e.Path()))
	for _, p := range problems {
		fmt.Println(p)
	}
	_, problems = expr.Parse("$respone.body#/id")
	fmt.Println(problems[0])
	// Output:
	// $response.body /items/0/id
	// warning at 14+12: dots and indexes are not standard here (write #/items/0/id)
	// error at 0+8: there is no $respone (did you mean $response?)
}

func ExampleCompile() {
	value, _ := expr.Compile(map[string]any{
		"productId": "$inputs.productId",
		"note":      "order {$inputs.number} of today",
	})
	result, err := value.Eval(expr.EnvFunc(func(ref expr.Ref) (any, bool) {
		switch ref.Name {
		case "productId":
			return json.Number("7"), true
		case "number":
			return json.Number("12"), true
		}
		return nil, false
	}))
	fmt.Println(expr.Text(result), err)
	// Output: {"note":"order 12 of today","productId":7} <nil>
}

func ExampleCriterion() {
	criterion, _ := expr.NewCriterion(expr.CriterionSource{Condition: "$statusCode == 200 && $message.payload#/status == 'confirmed'"})
	outcome := criterion.Eval(expr.EnvFunc(func(ref expr.Ref) (any, bool) {
		if ref.Root == expr.StatusCode {
			return json.Number("200"), true
		}
		return map[string]any{"status": "REFUSED"}, true
	}))
	fmt.Println(outcome.Passed)
	for _, c := range outcome.Comparisons {
		fmt.Println(c.Passed, c.Text, "with", c.Left.Value, "and", c.Right.Value)
	}
	// Output:
	// false
	// true $statusCode == 200 with 200 and 200
	// false $message.payload#/status == 'confirmed' with REFUSED and confirmed
}
