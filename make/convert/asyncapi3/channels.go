package asyncapi3

import (
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// findAliases finds the components that exactly one channel is, and says
// nothing beside. They stay components; the channel's address goes there.
func (c *converter) findAliases() {
	c.aliases = map[*tree.Node]*asyncapi.Channel{}
	users := map[*tree.Node]int{}
	for _, ch := range c.model.Channels {
		users[ch.Node]++
	}
	for _, ch := range c.model.Channels {
		place := c.source.Get("channels").Get(ch.Name)
		if users[ch.Node] == 1 && place != ch.Node && len(place.Members) == 1 && c.isComponent(ch.Node, "channels") {
			c.aliases[ch.Node] = ch
		}
	}
}

// isComponent reports whether a value is defined in components of the source.
func (c *converter) isComponent(n *tree.Node, kind string) bool {
	return n != nil && n.Parent != nil && n.Parent == c.source.Get("components").Get(kind)
}

func (c *converter) rootChannels(n *tree.Node) *tree.Node {
	if !n.Is(tree.Mapping) {
		return c.Copy(n)
	}
	out := c.Bare(n)
	made := map[string]*asyncapi.Channel{}
	for _, ch := range c.model.Channels {
		made[ch.Name] = ch
	}
	for _, m := range members(n) {
		ch := made[m.Key.Text]
		if ch == nil || isExtension(m.Key.Text) {
			rewrite.Put(out, m.Key, c.Copy(m.Value))
			continue
		}
		key := c.freeName(out, m.Value, c.channelName(ch))
		out.Set(key, c.rootChannel(ch, m.Value))
		out.Get(key).Key.Span = m.Key.Span
	}
	return out
}

// channelName is the address, or what the author asked for.
func (c *converter) channelName(ch *asyncapi.Channel) string {
	if name := ch.Merged.Get("x-channelId").Str(); name != "" {
		return name
	}
	return ch.Name
}

// freeName makes a name that a map does not have yet.
func (c *converter) freeName(in, place *tree.Node, name string) string {
	free := freeName(in, name)
	if free != name {
		c.Say(CodeRenamed, diag.Info, place, "choose a better name", "there is another %q already; this one is called %q", name, free)
	}
	return free
}

func (c *converter) rootChannel(ch *asyncapi.Channel, place *tree.Node) *tree.Node {
	if c.aliases[ch.Node] == ch {
		n := c.Ref(ch.Node)
		rewrite.Comment(n, place)
		c.Became(place, n)
		// Its operations and messages are made where it is.
		return n
	}
	if place == ch.Node {
		return c.channel(ch, place)
	}
	if c.isFragment(ch.Node) && c.Now(ch.Node) == nil {
		n := c.channel(ch, ch.Node)
		rewrite.Comment(n, place)
		c.Became(place, n)
		c.inlined(place, ch.Node)
		return n
	}
	n := c.Repeat(func() *tree.Node { return c.channel(ch, ch.Node) })
	rewrite.Comment(n, place)
	c.Became(place, n)
	c.Say(CodeInlined, diag.Info, place, "nothing needs to be done",
		"this channel is written out here, since a channel of 3.x has one address")
	return n
}

// channel makes a channel of a Channel Item; its operations are made later.
func (c *converter) channel(ch *asyncapi.Channel, definition *tree.Node) *tree.Node {
	out := c.Bare(definition)
	c.channels[ch] = out
	if ch.HasAddress {
		out.Set("address", tree.NewString(ch.Name))
	}
	for _, m := range members(ch.Merged) {
		switch m.Key.Text {
		case ref.Keyword:
		case "publish", "subscribe":
			if out.Has("messages") {
				continue
			}
			if messages := c.channelMessages(ch); messages.Len() > 0 {
				out.Set("messages", messages)
			}
		case "servers":
			rewrite.Put(out, m.Key, c.channelServers(m.Value))
		case "parameters":
			rewrite.Put(out, m.Key, c.each(m.Value, c.parameter))
		case "bindings":
			rewrite.Put(out, m.Key, c.place(m.Value, c.bindingsOf("channel")))
		case "deprecated":
			c.Say(CodeLost, diag.Warning, m.Value, "mark its messages as deprecated, which 3.x can say",
				"channels of 3.x cannot be deprecated; the field is kept as \"x-deprecated\"")
			out.Set("x-deprecated", c.Copy(m.Value))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	return out
}

func (c *converter) channelServers(list *tree.Node) *tree.Node {
	if !list.Is(tree.Sequence) {
		return c.Copy(list)
	}
	out := c.Bare(list)
	for _, item := range list.Items {
		server := c.source.Get("servers").Get(item.Str())
		n := tree.NewObject()
		if server != nil {
			n = c.Ref(server)
		} else {
			n.Set(ref.Keyword, tree.NewString("#/servers/"+rewrite.Fragment(tree.EscapePointer(item.Str()))))
			c.Say(CodeReference, diag.Warning, item, "describe the server, or correct the name",
				"there is no server %q; the reference leads nowhere", item.Str())
		}
		rewrite.Comment(n, item)
		out.Append(n)
	}
	return out
}

// channelMessages are the messages of the operations of a channel, by keys.
func (c *converter) channelMessages(ch *asyncapi.Channel) *tree.Node {
	out := tree.NewObject()
	for _, m := range ch.Messages {
		n := c.channelMessage(ch, m)
		out.Set(m.Key, n)
		c.messages[message{ch, m}] = n
		if m.Key == m.Merged.Get("messageId").Str() {
			c.named[m.Node] = true
		}
	}
	for _, word := range []string{"publish", "subscribe"} {
		c.unreadMessages(out, ch.Merged.Get(word))
	}
	return out
}

// unreadMessages keeps the messages of an operation that are references which
// could not be followed, and so are not in the model.
func (c *converter) unreadMessages(out, operation *tree.Node) {
	var list []*tree.Node
	for _, place := range choices(operation.Get("message"), 0) {
		if _, problem := c.Workspace.Resolve(c.Context, place); problem == nil {
			continue
		}
		n := c.Copy(place)
		out.Set(freeName(out, lastWord(ref.Of(place).Str())), n)
		list = append(list, n)
	}
	if operation != nil {
		c.unread[operation] = list
	}
}

// maxChoices is how deep a "oneOf" is looked into for what could not be read.
const maxChoices = 20

func choices(n *tree.Node, depth int) []*tree.Node {
	if n.Get("oneOf") == nil || ref.Of(n) != nil || depth > maxChoices {
		if ref.Of(n) == nil {
			return nil
		}
		return []*tree.Node{n}
	}
	var list []*tree.Node
	for _, item := range items(n.Get("oneOf")) {
		list = append(list, choices(item, depth+1)...)
	}
	return list
}

// lastWord is the last part of a reference, without what a name cannot have.
func lastWord(reference string) string {
	word := reference[strings.LastIndexAny(reference, "/#")+1:]
	word, _, _ = strings.Cut(word, ".")
	if word == "" {
		return "message"
	}
	return word
}

// channelMessage is a message where its channel defines it, or else a
// reference to it.
func (c *converter) channelMessage(ch *asyncapi.Channel, m *asyncapi.Message) *tree.Node {
	if !m.Node.Is(tree.Mapping) {
		return tree.NewObject()
	}
	if c.isFragment(m.Node) && c.Now(m.Node) == nil && !within(m.Node, ch.Node) {
		return c.foreignMessage(m)
	}
	if within(m.Node, ch.Node) {
		return c.messageOf(m.Node)
	}
	return c.Ref(m.Node)
}

// foreignMessage is one of a document that nobody else converts.
func (c *converter) foreignMessage(m *asyncapi.Message) *tree.Node {
	before := c.State()
	converted := c.messageOf(m.Node)
	if same(converted, m.Node) {
		c.Undo(before)
		return c.Ref(m.Node)
	}
	c.inlined(m.Node, m.Node)
	return converted
}

// within reports whether a value stands inside another.
func within(n, outer *tree.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// parameter takes from the schema what 3.x has fields for.
func (c *converter) parameter(n *tree.Node) *tree.Node {
	out := c.Bare(n)
	for _, m := range members(n) {
		if m.Key.Text == "schema" {
			c.parameterSchema(out, n, m.Value)
			continue
		}
		rewrite.Put(out, m.Key, c.Copy(m.Value))
	}
	return out
}

func (c *converter) parameterSchema(out, parameter, place *tree.Node) {
	rewrite.Comment(out, place)
	schema, _ := c.Workspace.Resolve(c.Context, place)
	if !schema.Is(tree.Mapping) {
		return
	}
	var lost []string
	for _, m := range members(schema) {
		switch key := m.Key.Text; {
		case key == "enum" || key == "examples":
			out.Set(key, c.texts(m.Value))
		case key == "const" && isScalar(m.Value):
			if !schema.Has("enum") {
				out.Set("enum", tree.NewArray(c.text(m.Value)))
			}
		case key == "default" && isScalar(m.Value):
			out.Set(key, c.text(m.Value))
		case key == "description":
			if !parameter.Has(key) {
				out.Set(key, c.Copy(m.Value))
			}
		case key == "type" && m.Value.Str() == "string": // every parameter is one
		case isExtension(key) && !parameter.Has(key):
			out.Set(key, c.Copy(m.Value))
		default:
			lost = append(lost, key)
		}
	}
	if len(lost) > 0 {
		c.Say(CodeParameter, diag.Warning, place, "list the values under \"enum\", or say in the description what they look like",
			"parameters of 3.x have no schema; what it says by %s is lost", words(lost))
	}
}

// texts are the values of a list as the strings that 3.x asks for.
func (c *converter) texts(list *tree.Node) *tree.Node {
	if !list.Is(tree.Sequence) {
		return c.Copy(list)
	}
	out := tree.NewArray()
	rewrite.Comment(out, list)
	for _, item := range list.Items {
		out.Append(c.text(item))
	}
	return out
}

func (c *converter) text(n *tree.Node) *tree.Node {
	out := c.Copy(n)
	if isScalar(n) && n.Kind != tree.String {
		out.Kind = tree.String
		c.Say(CodeGuessed, diag.Info, n, "nothing needs to be done", "values of parameters are strings in 3.x; %s is now %q", n.Text, n.Text)
	}
	return out
}

func isScalar(n *tree.Node) bool {
	return n.Is(tree.String) || n.Is(tree.Number) || n.Is(tree.Bool)
}

// words lists names for a message, the first of them.
func words(names []string) string {
	const most = 8
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}
