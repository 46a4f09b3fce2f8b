package bundle

import (
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// CompleteAvro returns the text of an Avro schema with the types put in that it
// only names: each where it is first named, as its text is known by its name.
// The rest of the text stays as it is, and so does a text that is no Avro.
func CompleteAvro(text string, known map[string]string) string {
	c := &avroText{known: known, defined: map[string]bool{}}
	return c.complete(text, 0)
}

// avroText is one schema while types are put into it.
type avroText struct {
	known   map[string]string
	defined map[string]bool // by full name
	edits   []diag.Edit     // to the text that is looked at
}

// complete returns one text with what it names put in. Types are met in the
// order in which a reader of Avro meets them.
func (c *avroText) complete(text string, depth int) string {
	root, _ := tree.Parse(source.NewFile("memory:///schema", "schema", []byte(text)), tree.Options{})
	if root == nil || depth > maxDepth {
		return text
	}
	outer := c.edits
	c.edits = nil
	c.visit(root, "", depth)
	whole, err := tree.Apply([]byte(text), c.edits)
	c.edits = outer
	if err != nil {
		return text
	}
	return string(whole)
}

func (c *avroText) visit(n *tree.Node, namespace string, depth int) {
	switch {
	case n == nil || depth > maxDepth:
	case n.Kind == tree.String:
		c.named(n, namespace, depth)
	case n.Kind == tree.Sequence:
		for _, item := range n.Items {
			c.visit(item, namespace, depth+1)
		}
	case n.Kind == tree.Mapping:
		c.complex(n, namespace, depth)
	}
}

func (c *avroText) complex(n *tree.Node, namespace string, depth int) {
	switch n.Get("type").Str() {
	case "record", "error", "enum", "fixed":
		full := fullName(n.Get("name").Str(), n.Get("namespace").Str(), namespace)
		if c.defined[full] {
			c.edits = append(c.edits, diag.Edit{Span: n.Span, Text: `"` + full + `"`})
			return
		}
		c.defined[full] = true
		for _, field := range itemsOf(n.Get("fields")) {
			c.visit(field.Get("type"), spaceOf(full), depth+1)
		}
	case "array":
		c.visit(n.Get("items"), namespace, depth+1)
	case "map":
		c.visit(n.Get("values"), namespace, depth+1)
	default:
		c.visit(n.Get("type"), namespace, depth+1)
	}
}

// named puts the definition of a type in the place of its name, where it has
// none yet.
func (c *avroText) named(n *tree.Node, namespace string, depth int) {
	for _, name := range []string{fullName(n.Text, "", namespace), n.Text} {
		if c.defined[name] {
			return
		}
		if text, ok := c.known[name]; ok {
			c.edits = append(c.edits, diag.Edit{Span: n.Span, Text: c.complete(text, depth+1)})
			return
		}
	}
}
