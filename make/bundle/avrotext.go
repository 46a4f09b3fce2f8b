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
	c := &avroText{known: known}
	c.walk = avroWalk{defined: map[string]bool{}, again: c.again, named: c.named}
	return c.complete(text, 0)
}

// avroText is one schema while types are put into it.
type avroText struct {
	known map[string]string
	walk  avroWalk
	edits []diag.Edit // to the text that is looked at
}

// complete returns one text with what it names put in.
func (c *avroText) complete(text string, depth int) string {
	root, _ := tree.Parse(source.NewFile("memory:///schema", "schema", []byte(text)), tree.Options{})
	if root == nil || depth > maxDepth {
		return text
	}
	outer := c.edits
	c.edits = nil
	c.walk.visit(root, "", depth)
	whole, err := tree.Apply([]byte(text), c.edits)
	c.edits = outer
	if err != nil {
		return text
	}
	return string(whole)
}

func (c *avroText) again(n *tree.Node, full string) bool {
	c.edits = append(c.edits, diag.Edit{Span: n.Span, Text: `"` + full + `"`})
	return true
}

// named puts the definition of a type in the place of its name, where it has
// none yet.
func (c *avroText) named(n *tree.Node, namespace string, depth int) {
	for _, name := range []string{fullName(n.Text, "", namespace), n.Text} {
		if c.walk.defined[name] {
			return
		}
		if text, ok := c.known[name]; ok {
			c.edits = append(c.edits, diag.Edit{Span: n.Span, Text: c.complete(text, depth+1)})
			return
		}
	}
}
