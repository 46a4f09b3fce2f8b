package asyncapi3

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// components converts the parts that the document keeps for reference.
func (c *converter) components(n *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) {
		return c.Copy(n)
	}
	kinds := map[string]func(*tree.Node) *tree.Node{
		"servers": c.server, "messages": c.messageOf, "parameters": c.parameter, "securitySchemes": c.securityScheme,
		"operationTraits": c.operationTrait, "messageTraits": c.messageTrait,
		"serverBindings": c.bindingsOf("server"), "channelBindings": c.bindingsOf("channel"),
		"operationBindings": c.bindingsOf("operation"), "messageBindings": c.bindingsOf("message"),
		"schemas": c.Copy, "serverVariables": c.Copy, "correlationIds": c.Copy,
	}
	out := c.Bare(n)
	for _, m := range members(n) {
		kind := kinds[m.Key.Text]
		switch {
		case !m.Value.Is(tree.Mapping):
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		case m.Key.Text == "channels":
			rewrite.Put(out, m.Key, c.componentChannels(m.Value))
			if operations := c.componentOperations(); operations.Len() > 0 {
				out.Set("operations", operations)
			}
		case kind != nil:
			rewrite.Put(out, m.Key, c.section(m.Value, kind))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

// section converts the components of one kind, under keys that 3.x allows.
func (c *converter) section(n *tree.Node, kind func(*tree.Node) *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		if isExtension(m.Key.Text) {
			rewrite.Put(out, m.Key, c.Copy(m.Value))
			continue
		}
		key := c.componentKey(out, m)
		if n.Key.Text == "messages" && m.Value.Has("oneOf") && ref.Of(m.Value) == nil {
			c.choice(out, key, m)
			continue
		}
		c.checkMessageID(n, m)
		out.Set(key, c.place(m.Value, kind))
		out.Get(key).Key.Span = m.Key.Span
	}
	return out
}

// checkMessageID tells of a messageId that is no longer anywhere.
func (c *converter) checkMessageID(section *tree.Node, m tree.Member) {
	id := m.Value.Get("messageId")
	if section.Key.Text != "messages" || id == nil || id.Text == m.Key.Text || c.named[m.Value] {
		return
	}
	c.Say(CodeLost, diag.Warning, id, "rename the component, or use the message in a channel, where it is the key",
		"messages of 3.x have no messageId; %q is lost", id.Text)
}

// componentKey is a name that components may have in 3.x: 2.x was not as
// strict with all of them.
func (c *converter) componentKey(in *tree.Node, m tree.Member) string {
	key := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, m.Key.Text)
	if key == "" {
		key = "-"
	}
	key = freeName(in, key)
	if key != m.Key.Text {
		c.Say(CodeRenamed, diag.Info, m.Value, "nothing needs to be done unless something else uses the name, as a discriminator does",
			"the component is called %q now: in 3.x names have letters, digits, \".\", \"-\" and \"_\"", key)
	}
	return key
}

// choice splits a component that is one of several messages: in 3.x whoever
// uses it names each of them.
func (c *converter) choice(out *tree.Node, name string, m tree.Member) {
	list := m.Value.Get("oneOf")
	written := 0
	for i, item := range items(list) {
		if ref.Of(item) != nil || !item.Is(tree.Mapping) || item.Has("oneOf") {
			continue
		}
		key := freeName(out, name+"-"+strconv.Itoa(i+1))
		if id := item.Get("messageId").Str(); id != "" && !out.Has(id) {
			key = id
		}
		n := c.messageOf(item)
		out.Set(key, n)
		written++
		if written == 1 {
			rewrite.Comment(n, m.Value)
		}
	}
	c.Say(CodeChoice, diag.Info, m.Value, "nothing needs to be done: operations name each of the messages",
		"a message of 3.x is not a choice of others; %s", split(written))
}

func split(written int) string {
	switch written {
	case 0:
		return "the component is left out"
	case 1:
		return "the one that is written in it is a component of its own"
	}
	return "those that are written in it are components of their own"
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

func (c *converter) componentChannels(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	made := map[*tree.Node]*asyncapi.Channel{}
	for _, ch := range c.model.Components.Channels {
		made[ch.Node] = ch
	}
	for _, m := range members(n) {
		if isExtension(m.Key.Text) || ref.Of(m.Value) != nil {
			rewrite.Put(out, m.Key, c.Copy(m.Value))
			continue
		}
		ch := made[m.Value]
		if alias := c.aliases[m.Value]; alias != nil {
			ch = alias
		}
		if ch == nil {
			rewrite.Put(out, m.Key, c.Copy(m.Value))
			continue
		}
		key := c.componentKey(out, m)
		out.Set(key, c.componentChannel(ch, m.Value))
		out.Get(key).Key.Span = m.Key.Span
	}
	return out
}

// componentChannel makes a channel where it is defined. Channels that several
// addresses share were written out there.
func (c *converter) componentChannel(ch *asyncapi.Channel, place *tree.Node) *tree.Node {
	if !ch.HasAddress || c.aliases[place] == ch {
		return c.channel(ch, place)
	}
	known := c.channels[ch]
	bare := *ch
	bare.HasAddress = false
	n := c.channel(&bare, place)
	c.channels[ch] = known
	return n
}

func (c *converter) componentOperations() *tree.Node {
	out := tree.NewObject()
	for _, o := range c.model.Components.Operations {
		c.addOperation(out, o)
	}
	return out
}
