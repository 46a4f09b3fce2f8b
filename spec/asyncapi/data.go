package asyncapi

import (
	"slices"

	"github.com/weft-dev/weft/text/tree"
)

// dataKeys are the keys below which a document holds data, not description: a
// "$ref" there is text.
var dataKeys = []string{"default", "const", "enum", "example", "examples"}

// nameMaps are the keys of maps whose own keys are names that an author chose,
// such as a property called "default".
var nameMaps = []string{
	"properties", "patternProperties", "definitions", "$defs", "dependencies", "schemas", "messages", "parameters",
	"channels", "operations", "servers", "variables", "headers",
}

// IsData reports whether a node is data by its key, an example or a default:
// a "$ref" in it refers to nothing. It is what ref.WalkOptions.Skip is for.
func IsData(n *tree.Node) bool {
	return n.Key != nil && slices.Contains(dataKeys, n.Key.Text) && !slices.Contains(nameMaps, n.Parent.Name())
}
