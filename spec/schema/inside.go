package schema

import "github.com/weft-dev/weft/text/tree"

// Inside calls visit with every schema that stands directly in a schema of JSON
// Schema's family, of whatever dialect, and with the keyword that holds it, and
// its value, in the order written. References are not followed.
func Inside(n *tree.Node, visit func(keyword *tree.Member, child *tree.Node)) {
	if !n.Is(tree.Mapping) {
		return
	}
	for i := range n.Members {
		keyword := &n.Members[i]
		value := keyword.Value
		switch keyword.Key.Text {
		case "items", "additionalItems", "contains", "prefixItems", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
			"additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema":
			if !value.Is(tree.Sequence) {
				visit(keyword, value)
				continue
			}
			for _, item := range value.Items {
				visit(keyword, item)
			}
		case "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies":
			for k := range value.Members {
				visit(keyword, value.Members[k].Value)
			}
		}
	}
}
