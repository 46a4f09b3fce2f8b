package xpath_test

import (
	"fmt"

	"github.com/weft-dev/weft/spec/expr/xpath"
)

func ExampleExpr_Eval() {
	document, err := xpath.ParseXML("<order><line price='3'/><line price='4'/></order>")
	if err != nil {
		fmt.Println(err)
		return
	}
	total, err := xpath.Parse("sum(/order/line/@price)")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := total.Eval(document)
	fmt.Println(xpath.Plain(result), err)
	_, err = xpath.Parse("/order/line ! string(@price)")
	fmt.Println(err)
	// Output:
	// 7 <nil>
	// the operator ! is not part of XPath 1.0 at byte 12: write not(…), or a path
}
