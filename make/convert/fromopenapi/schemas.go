package fromopenapi

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// A schema of OpenAPI becomes one of AsyncAPI, which is JSON Schema draft-07
// and more, where nothing is lost by that. Others stay what they are, with
// their format beside them; and so do those that refer to such a schema, since
// a reference does not change the language.

// maxDepth is how deep schemas are looked into; documents cannot be deeper.
const maxDepth = 1_000

// The keywords of schemas that hold schemas.
var (
	oneSchema  = []string{"additionalProperties", "items", "not", "if", "then", "else", "contains", "propertyNames", "additionalItems"}
	listSchema = []string{"allOf", "anyOf", "oneOf", "items"}
	mapSchema  = []string{"properties", "patternProperties", "definitions", "$defs"}
)

// Keywords that AsyncAPI's schemas do not have, or not in that meaning.
var foreignKeywords = []string{
	"xml", "prefixItems", "unevaluatedItems", "unevaluatedProperties", "dependentSchemas", "dependentRequired",
	"minContains", "maxContains", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$anchor", "$id", "$schema",
	"$vocabulary", "contentSchema",
}

// languages finds the component schemas that stay OpenAPI's.
func (c *converter) languages() {
	c.foreign = map[*tree.Node]bool{}
	users := map[*tree.Node][]*tree.Node{}
	var queue []*tree.Node
	for _, m := range members(c.source.Get("components").Get("schemas")) {
		look := c.look(m.Value)
		if look.foreign {
			c.foreign[m.Value] = true
			queue = append(queue, m.Value)
		}
		for _, used := range look.uses {
			users[used] = append(users[used], m.Value)
		}
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, user := range users[n] {
			if !c.foreign[user] {
				c.foreign[user] = true
				queue = append(queue, user)
			}
		}
	}
}

// look is what was found in a schema.
type look struct {
	foreign bool
	uses    []*tree.Node // the components it refers to
}

func (c *converter) look(schema *tree.Node) *look {
	l := &look{}
	c.lookInto(l, schema, 0)
	return l
}

func (c *converter) lookInto(l *look, n *tree.Node, depth int) {
	if !n.Is(tree.Mapping) || depth > maxDepth {
		return
	}
	if ref.Of(n) != nil {
		c.lookAtReference(l, n)
	}
	l.foreign = l.foreign || c.saysForeign(n)
	eachSchema(n, func(_ string, sub *tree.Node) { c.lookInto(l, sub, depth+1) })
}

// lookAtReference notes the component that a reference is to, or into.
func (c *converter) lookAtReference(l *look, n *tree.Node) {
	target, _ := c.Workspace.Target(c.Context, n)
	for at := target; at != nil; at = at.Parent {
		if c.isComponent(at, "schemas") {
			l.uses = append(l.uses, at)
			return
		}
	}
	if target == nil || target.Span.File != c.From.File {
		l.foreign = true // a schema elsewhere is not converted
	}
}

// saysForeign reports whether a schema itself has something that AsyncAPI's
// schemas cannot say.
func (c *converter) saysForeign(n *tree.Node) bool {
	if slices.ContainsFunc(foreignKeywords, n.Has) {
		return true
	}
	if n.Get("discriminator").Has("mapping") {
		return true
	}
	// From 3.1 on a "$ref" is one keyword among others.
	return !c.is30() && ref.Of(n) != nil && slices.ContainsFunc(members(n), func(m tree.Member) bool {
		return !slices.Contains([]string{ref.Keyword, "title", "description", "summary", "example", "deprecated"}, m.Key.Text)
	})
}

func (c *converter) is30() bool { return strings.HasPrefix(c.source.Get("openapi").Str(), "3.0") }

// isForeign reports whether a schema stays OpenAPI's.
func (c *converter) isForeign(schema *tree.Node) bool {
	l := c.look(schema)
	return l.foreign || slices.ContainsFunc(l.uses, func(n *tree.Node) bool { return c.foreign[n] })
}

// isComponent reports whether a value is defined in components of the source.
func (c *converter) isComponent(n *tree.Node, kind string) bool {
	return n != nil && n.Parent != nil && n.Parent == c.source.Get("components").Get(kind)
}

// eachSchema visits the schemas directly in a schema.
func eachSchema(n *tree.Node, visit func(keyword string, sub *tree.Node)) {
	for _, m := range members(n) {
		key := m.Key.Text
		switch {
		case m.Value.Is(tree.Mapping) && slices.Contains(mapSchema, key):
			for _, sub := range members(m.Value) {
				visit(key, sub.Value)
			}
		case m.Value.Is(tree.Sequence) && slices.Contains(listSchema, key):
			for _, sub := range m.Value.Items {
				visit(key, sub)
			}
		case slices.Contains(oneSchema, key):
			visit(key, m.Value)
		}
	}
}

// lowered is a schema in the words of AsyncAPI.
func (c *converter) lowered(n *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) || ref.Of(n) != nil {
		return c.Copy(n)
	}
	out := c.Bare(n)
	for _, m := range members(n) {
		c.lowerKeyword(out, n, m)
	}
	return out
}

func (c *converter) lowerKeyword(out, n *tree.Node, m tree.Member) {
	switch key := m.Key.Text; {
	case key == "nullable" && c.is30():
	case key == "type" && c.isNullable(n):
		rewrite.Put(out, m.Key, tree.NewArray(c.Copy(m.Value), tree.NewString("null")))
	case key == "enum" && c.isNullable(n) && !hasNull(m.Value):
		list := c.Copy(m.Value)
		list.Append(&tree.Node{Kind: tree.Null, Text: "null"})
		rewrite.Put(out, m.Key, list)
	case c.is30() && isLimit(key):
		c.limit(out, n, m)
	case key == "example":
		if !n.Has("examples") {
			out.Set("examples", tree.NewArray(c.Repeat(func() *tree.Node { return c.Copy(m.Value) })))
		}
	case key == "discriminator" && m.Value.Is(tree.Mapping):
		c.discriminator(out, m)
	case m.Value.Is(tree.Mapping) && slices.Contains(mapSchema, key):
		subs := c.Bare(m.Value)
		for _, sub := range members(m.Value) {
			rewrite.Put(subs, sub.Key, c.lowered(sub.Value))
		}
		rewrite.Put(out, m.Key, subs)
	case m.Value.Is(tree.Sequence) && slices.Contains(listSchema, key):
		subs := c.Bare(m.Value)
		for _, sub := range m.Value.Items {
			subs.Append(c.lowered(sub))
		}
		rewrite.Put(out, m.Key, subs)
	case slices.Contains(oneSchema, key):
		rewrite.Put(out, m.Key, c.lowered(m.Value))
	default:
		rewrite.Put(out, m.Key, c.Copy(m.Value))
	}
}

// discriminator is the name of the property alone, in AsyncAPI.
func (c *converter) discriminator(out *tree.Node, m tree.Member) {
	name := m.Value.Get("propertyName")
	if name == nil {
		c.Say(CodeLost, diag.Warning, m.Value, "add \"propertyName\"", "the discriminator names no property, so that it is left out")
		return
	}
	out.Set(m.Key.Text, c.Copy(name))
}

// isNullable reports whether a schema of 3.0 accepts null: "nullable" needs a
// type beside it to mean anything (3.0.3, Schema Object).
func (c *converter) isNullable(n *tree.Node) bool {
	return c.is30() && n.Get("nullable").True() && n.Get("type").Is(tree.String)
}

func hasNull(list *tree.Node) bool {
	return slices.ContainsFunc(items(list), func(n *tree.Node) bool { return n.Kind == tree.Null })
}

var limits = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum", "exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum",
	}
}}

func isLimit(key string) bool { return limits.Get()[key] != "" }

// limit makes one number of a limit and whether it is exclusive.
func (c *converter) limit(out, n *tree.Node, m tree.Member) {
	key, other := m.Key.Text, n.Get(limits.Get()[m.Key.Text])
	switch {
	case m.Value.Is(tree.Bool): // told by the number beside it
	case strings.HasPrefix(key, "exclusive") || !other.True():
		rewrite.Put(out, m.Key, c.Copy(m.Value))
	default:
		out.Set(limits.Get()[key], c.Copy(m.Value))
	}
}
