package asyncapi3

import (
	"reflect"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// messageOf makes a Message Object of one of 2.x.
func (c *converter) messageOf(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	merged := c.withTraits(n)
	for _, m := range members(n) {
		switch m.Key.Text {
		case "messageId": // it is the key in the channel
		case "schemaFormat":
			if !n.Has("payload") {
				c.Say(CodeLost, diag.Warning, m.Value, "add a payload, or nothing if there is none",
					"without a payload the format of its schema has no place in 3.x")
			}
		case "payload":
			rewrite.Put(out, m.Key, c.payload(m.Value, merged.Get("schemaFormat")))
		case "traits":
			rewrite.Put(out, m.Key, c.list(m.Value, c.messageTrait))
		case "examples":
			c.examples(out, m.Value)
		case "bindings":
			rewrite.Put(out, m.Key, c.place(m.Value, c.bindingsOf("message")))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	c.overrule(out, n, merged, messageOnly)
	return out
}

// payload goes into a Multi Format Schema Object where the message names a
// schema language that is not AsyncAPI's own.
func (c *converter) payload(schema, format *tree.Node) *tree.Node {
	if !format.Is(tree.String) || isOwnFormat(format.Text) {
		return c.Copy(schema)
	}
	n := tree.NewObject()
	n.Set("schemaFormat", c.Copy(format))
	inner := c.Copy(schema)
	n.Set("schema", inner)
	n.Comments, inner.Comments = inner.Comments, nil
	return n
}

// isOwnFormat reports whether a schema format is AsyncAPI's Schema Object,
// which has been the same since 2.0.
func isOwnFormat(format string) bool {
	media, _, _ := strings.Cut(format, ";")
	media, _, _ = strings.Cut(strings.TrimSpace(media), "+")
	return media == "application/vnd.aai.asyncapi"
}

func (c *converter) messageTrait(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		switch m.Key.Text {
		case "messageId":
			c.Say(CodeLost, diag.Info, m.Value, "nothing needs to be done",
				"traits of 3.x have no messageId; the messages that have the trait are named by it")
		case "schemaFormat":
			c.Say(CodeLost, diag.Info, m.Value, "nothing needs to be done",
				"traits of 3.x have no schemaFormat; it stands at the payload of each message of this document that has the trait")
		case "examples":
			c.examples(out, m.Value)
		case "bindings":
			rewrite.Put(out, m.Key, c.place(m.Value, c.bindingsOf("message")))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

// examples makes Message Example Objects: 2.0 let any object be an example.
func (c *converter) examples(out, list *tree.Node) {
	if !list.Is(tree.Sequence) {
		rewrite.Put(out, list.Key, c.Copy(list))
		return
	}
	examples := c.Bare(list)
	for _, item := range list.Items {
		examples.Append(c.example(item))
	}
	rewrite.Put(out, list.Key, examples)
}

var exampleFields = []string{"name", "summary", "headers", "payload"}

func (c *converter) example(n *tree.Node) *tree.Node {
	if ref.Of(n) != nil || !n.Is(tree.Mapping) {
		return c.Copy(n)
	}
	if !n.Has("headers") && !n.Has("payload") {
		c.Say(CodeGuessed, diag.Info, n, "see that it is an example of the payload",
			"an example says what is headers and what is payload in 3.x; this one is taken for a payload")
		whole := tree.NewObject()
		whole.Set("payload", c.Copy(n))
		return whole
	}
	out := c.Bare(n)
	for _, m := range members(n) {
		if slices.Contains(exampleFields, m.Key.Text) {
			rewrite.Put(out, m.Key, c.Copy(m.Value))
			continue
		}
		c.Say(CodeLost, diag.Warning, m.Value, "say it in \"summary\"", "examples of 3.x have no field %q; it is lost", m.Key.Text)
	}
	return out
}

// withTraits is a message with its traits as 2.x merges them.
func (c *converter) withTraits(n *tree.Node) *tree.Node {
	if !n.Has("traits") {
		return n
	}
	if merged := c.merged[n]; merged != nil {
		return merged
	}
	return n
}

// Fields that are no part of what traits say.
var (
	operationOnly = []string{"operationId", "message", "traits"}
	messageOnly   = []string{"messageId", "schemaFormat", "payload", "traits"}
)

// overrule keeps what traits of 2.x change: there a trait wins over the
// object that has it, and in 3.x the object wins.
func (c *converter) overrule(out, n, merged *tree.Node, except []string) {
	if merged == n {
		return
	}
	for _, m := range members(n) {
		now := merged.Get(m.Key.Text)
		if slices.Contains(except, m.Key.Text) || now == m.Value || now != nil && same(now, m.Value) {
			continue
		}
		c.Say(CodeTraits, diag.Info, m.Value, "nothing needs to be done",
			"a trait changes %q; traits of 3.x cannot, so what it becomes is written here", m.Key.Text)
		if now == nil {
			out.Remove(m.Key.Text)
			continue
		}
		out.Set(m.Key.Text, c.Repeat(func() *tree.Node { return c.overruled(m.Key.Text, now) }))
	}
}

// overruled is a field as traits leave it.
func (c *converter) overruled(field string, n *tree.Node) *tree.Node {
	if field == "security" {
		holder := tree.NewObject()
		c.security(holder, n)
		if list := holder.Get("security"); list != nil {
			return list
		}
		return tree.NewArray()
	}
	return c.Copy(n)
}

func same(a, b *tree.Node) bool { return reflect.DeepEqual(a.Value(), b.Value()) }
