package shape_test

import (
	"fmt"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// A specification of two objects, and a document with two faults.
func Example() {
	tables := shape.Tables{
		Name: "petshop", Title: "Petshop", Root: "shop", Versions: []string{"1.0"},
		Objects: []shape.Object{
			{Name: "shop", Fields: []shape.Field{
				{Name: "pets", Type: shape.Map(shape.Is("pet")), Required: true, Doc: "The pets by name."},
			}},
			{Name: "pet", Fields: []shape.Field{
				{Name: "kind", Type: shape.String().Enum("cat", "dog"), Required: true},
				{Name: "age", Type: shape.Integer().Min(0)},
			}},
		},
	}
	text := []byte("pets:\n  tom: {kind: cta}\n  rex: {kind: dog, aeg: 3}\n")
	root, _ := tree.Parse(source.NewFile("memory:///shop.yaml", "shop.yaml", text), tree.Options{})
	for _, f := range shape.MustCompile(tables, "1.0").Check(root, shape.Options{}) {
		fmt.Printf("%s %s: %s; %s\n", f.Path, f.Code, f.Message, f.Help)
	}
	// Output:
	// /pets/tom/kind petshop/bad-value: "kind" cannot be "cta": it is one of "cat" or "dog"; did you mean "cat"?
	// /pets/rex/aeg petshop/unknown-field: unknown field "aeg" in a pet; did you mean "age"?
}
