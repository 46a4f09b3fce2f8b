package asyncapi3

import (
	"strconv"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

func (c *converter) rootOperations() *tree.Node {
	out := tree.NewObject()
	for _, o := range c.model.Operations {
		c.addOperation(out, o)
	}
	return out
}

func (c *converter) addOperation(to *tree.Node, o *asyncapi.Operation) {
	name := c.freeName(to, o.Node, o.ID)
	if !o.HasID && o.Channel.Name != c.channelName(o.Channel) {
		name = freeName(to, c.channelName(o.Channel)+o.ID[len(o.Channel.Name):])
	}
	to.Set(name, c.operation(o))
}

func (c *converter) action(o *asyncapi.Operation) string {
	if (o.Action == asyncapi.Send) != c.opt.Client {
		return string(asyncapi.Send)
	}
	return string(asyncapi.Receive)
}

// operation makes an Operation Object of what stood in a channel. What it
// refers to is filled in when all channels are there.
func (c *converter) operation(o *asyncapi.Operation) *tree.Node {
	out := c.Bare(o.Node)
	out.Set("action", tree.NewString(c.action(o)))
	out.Set("channel", tree.NewObject())
	for _, m := range members(o.Node) {
		switch m.Key.Text {
		case "operationId":
		case "message":
			c.messagesPlace(out, m.Value)
		case "traits":
			rewrite.Put(out, m.Key, c.list(m.Value, c.operationTrait))
		case "security":
			c.security(out, m.Value)
		case "bindings":
			rewrite.Put(out, m.Key, c.place(m.Value, c.bindingsOf("operation")))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	c.overrule(out, o.Node, o.Merged, operationOnly)
	c.open = append(c.open, unlinked{o, out})
	return out
}

// messagesPlace keeps the place of the list of messages, and the comments that
// stood where they were chosen.
func (c *converter) messagesPlace(operation, choice *tree.Node) {
	n := tree.NewArray()
	list := choice.Get("oneOf")
	if list != nil || ref.Of(choice) != nil { // else they are with the message itself
		rewrite.Comment(n, choice)
		rewrite.Comment(n, list)
	}
	for _, item := range items(list) {
		if ref.Of(item) != nil {
			rewrite.Comment(n, item)
		}
	}
	operation.Set("messages", n)
}

// unlinked is an operation whose references are not made yet.
type unlinked struct {
	operation *asyncapi.Operation
	node      *tree.Node
}

// linkOperations makes the references of operations to channels and messages.
func (c *converter) linkOperations() {
	for _, u := range c.open {
		u.node.Set("channel", c.RefTo(c.channelPlace(u.operation.Channel)))
		list := tree.NewArray()
		if placeholder := u.node.Get("messages"); placeholder != nil {
			rewrite.Comment(list, placeholder)
		}
		for _, m := range u.operation.Messages {
			if entry := c.messages[message{u.operation.Channel, m}]; entry != nil {
				list.Append(c.RefTo(entry))
			}
		}
		for _, entry := range c.unread[u.operation.Node] {
			list.Append(c.RefTo(entry))
		}
		switch {
		case len(list.Items) > 0, len(u.operation.Channel.Messages) > 0:
			// Without a list it would be all messages of the channel.
			u.node.Set("messages", list)
		case u.node.Has("messages"):
			u.node.Remove("messages")
		}
	}
}

// channelPlace is where the document has a channel: an operation of the
// document refers to its channels, not to components.
func (c *converter) channelPlace(ch *asyncapi.Channel) *tree.Node {
	if c.aliases[ch.Node] == ch {
		return c.Now(c.source.Get("channels").Get(ch.Name))
	}
	return c.channels[ch]
}

func (c *converter) operationTrait(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		switch m.Key.Text {
		case "operationId":
			c.Say(CodeLost, diag.Info, m.Value, "nothing needs to be done",
				"traits of 3.x have no operationId; the operations that have the trait are named by it")
		case "security":
			c.security(out, m.Value)
		case "bindings":
			rewrite.Put(out, m.Key, c.place(m.Value, c.bindingsOf("operation")))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

// freeName makes a name that a map does not have yet.
func freeName(in *tree.Node, name string) string {
	free := name
	for i := 2; in.Has(free); i++ {
		free = name + "-" + strconv.Itoa(i)
	}
	return free
}
