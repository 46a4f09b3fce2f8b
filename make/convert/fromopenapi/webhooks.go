package fromopenapi

import (
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// webhooks are requests that the application makes: their addresses are known
// to whoever has registered.
func (c *converter) webhooks() {
	for _, m := range members(c.source.Get("webhooks")) {
		if strings.HasPrefix(m.Key.Text, "x-") || !m.Value.Is(tree.Mapping) {
			continue
		}
		c.request(channelName(m.Key.Text), m.Value, !c.opt.Client)
	}
}

// callbacks are requests that the application makes because of a request.
func (c *converter) callbacks(p *place, op *openapi.Operation, id string) {
	for _, m := range members(op.Node.Get("callbacks")) {
		callback, _ := c.Workspace.Resolve(c.Context, m.Value)
		if c.depth > 0 && c.nested[callback] {
			c.Say(CodeLost, diag.Warning, m.Value, "describe it where it begins", "a callback of a callback is described once; this one is not repeated")
			continue
		}
		c.nested[callback] = true
		c.depth++
		for _, expression := range members(callback) {
			if strings.HasPrefix(expression.Key.Text, "x-") || !expression.Value.Is(tree.Mapping) {
				continue
			}
			n := c.request(id+"_"+m.Key.Text, expression.Value, !p.sends)
			n.Set("x-callback", tree.NewString(expression.Key.Text))
			c.Say(CodeGuessed, diag.Info, expression.Value, "give it an address, if there is one that does not depend on a request",
				"the address of a callback is known at run time only; the expression is kept as \"x-callback\"")
		}
		c.depth--
	}
}

// request makes a channel without an address of a Path Item Object.
func (c *converter) request(name string, n *tree.Node, sends bool) *tree.Node {
	root := object("openapi", c.source.Get("openapi"))
	for _, field := range []string{"components", "security"} {
		if value := c.source.Get(field); value != nil {
			root.Members = append(root.Members, object(field, value).Members...)
		}
	}
	root.Members = append(root.Members, object("paths", object("/", n)).Members...)
	p := c.newPlace(name, n, sends)
	p.node.Set("address", &tree.Node{Kind: tree.Null, Text: "null"})
	if target, _ := c.Workspace.Resolve(c.Context, n); ref.Of(n) != nil && target.Is(tree.Mapping) {
		c.describe(p, target)
	}
	c.describe(p, n)
	c.fill(p, c.read(root).Operations)
	return p.node
}
