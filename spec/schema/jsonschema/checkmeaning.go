package jsonschema

import (
	"fmt"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// limits are pairs of keywords for the least and the most of something.
var limits = [][2]string{
	{"minimum", "maximum"},
	{"minLength", "maxLength"},
	{"minItems", "maxItems"},
	{"minProperties", "maxProperties"},
	{"minContains", "maxContains"},
	{"exclusiveMinimum", "maximum"},
	{"minimum", "exclusiveMaximum"},
	{"exclusiveMinimum", "exclusiveMaximum"},
}

// meaning looks for what contradicts itself in one schema.
func (c *check) meaning(r resource) {
	n := r.node
	for _, pair := range limits {
		c.limit(n.Get(pair[0]), n.Get(pair[1]), pair)
	}
	c.requirements(n)
	c.listed(n)
	if n.Has("default") || n.Has("example") || n.Has("examples") {
		c.values(r)
	}
}

func (c *check) limit(least, most *tree.Node, names [2]string) {
	if !least.Is(tree.Number) || !most.Is(tree.Number) {
		return
	}
	a, ok := exactOf(least.Value())
	b, ok2 := exactOf(most.Value())
	if !ok || !ok2 {
		return
	}
	strict := names[0] != "minimum" && names[0][0] == 'e' || names[1][0] == 'e'
	if order := a.compare(b); order < 0 || order == 0 && !strict {
		return
	}
	d := c.value(CodeContra, diag.Warning, least, "no value is both: %q is %s and %q is %s", names[0], shorten(least.Text), names[1], shorten(most.Text))
	d.Related = []diag.Related{{Message: "the other limit is here", Span: most.Span}}
	d.Help = "exchange them, or correct one"
}

// requirements looks for required names that a closed schema does not describe.
func (c *check) requirements(n *tree.Node) {
	list, properties := n.Get("required"), n.Get("properties")
	if !list.Is(tree.Sequence) || !properties.Is(tree.Mapping) {
		return
	}
	closed := n.Get("additionalProperties").Is(tree.Bool) && !n.Get("additionalProperties").True()
	for _, word := range []string{"allOf", "anyOf", "oneOf", "$ref", "patternProperties", "if", "dependentSchemas", "$dynamicRef", "$recursiveRef"} {
		if n.Has(word) {
			return // it may be described there
		}
	}
	names := make([]string, 0, len(properties.Members))
	for _, m := range properties.Members {
		names = append(names, m.Key.Text)
	}
	for _, item := range list.Items {
		if !item.Is(tree.String) || properties.Has(item.Text) {
			continue
		}
		if c.compared += len(names); c.compared > mostNamesCompared {
			return
		}
		near := diag.DidYouMean(item.Text, names)
		if !closed && near == "" {
			continue // described elsewhere, or not at all
		}
		d := c.value(CodeRequired, diag.Warning, item, "%s is required, and no property is called so", quote(item.Text))
		if d.Help = near; near == "" {
			d.Help = "describe it in \"properties\": others are not allowed"
		}
	}
}

// listed looks for values that the schema lists and does not allow.
func (c *check) listed(n *tree.Node) {
	kinds := kindsIn(n.Get("type"))
	if kinds == 0 {
		return
	}
	for _, item := range items(n.Get("enum")) {
		if kinds&kindOf(item.Value()) == 0 {
			d := c.value(CodeContra, diag.Warning, item, "%s is listed, and is not of the type that the schema asks for", shorten(show(item.Value())))
			d.Help = "remove it, or widen \"type\""
		}
	}
	if value := n.Get("const"); value != nil && kinds&kindOf(value.Value()) == 0 {
		c.value(CodeContra, diag.Warning, value, "\"const\" is not of the type that the schema asks for").Help = "no value fits; correct one of the two"
	}
}

// kindsIn returns the kinds that "type" allows; 0 where it says nothing.
func kindsIn(n *tree.Node) kinds {
	var all kinds
	if n.Is(tree.String) {
		all = kindNamed(n.Text)
	}
	for _, item := range items(n) {
		all |= kindNamed(item.Text)
	}
	if all&integerKind != 0 {
		all |= numberKind // values are told apart as numbers only
	}
	return all
}

// maxJudged is how many defaults and examples are judged.
const maxJudged = 2_000

// values judges defaults and examples by the schema that has them.
func (c *check) values(r resource) {
	if c.judged++; c.judged > maxJudged {
		return
	}
	made, err := c.set.schema(r)
	if err != nil {
		return // told of the schema
	}
	judge := func(code diag.Code, what string, n *tree.Node) {
		if n == nil {
			return
		}
		if broken := made.Validate(n.Value()); len(broken) > 0 {
			c.value(code, diag.Warning, n, "%s does not fit the schema: %s", what, broken[0].Message)
		}
	}
	judge(CodeDefault, "the default", r.node.Get("default"))
	if _, known := formOf("example", r.dialect); known {
		judge(CodeExample, "the example", r.node.Get("example"))
	}
	for i, item := range items(r.node.Get("examples")) {
		judge(CodeExample, fmt.Sprintf("example %d", i+1), item)
	}
}
