package fromopenapi

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// place is a channel that requests go to, while it is made.
type place struct {
	node     *tree.Node
	messages *tree.Node
	key      string
	// sends says that the application makes the requests.
	sends bool
	item  *tree.Node // the Path Item Object
}

// paths makes a channel of each path.
func (c *converter) paths(servers *tree.Node) {
	operations := map[string][]*openapi.Operation{}
	for _, op := range c.read(c.source).Operations {
		operations[op.Path] = append(operations[op.Path], op)
	}
	for _, m := range members(c.source.Get("paths")) {
		if strings.HasPrefix(m.Key.Text, "x-") {
			rewrite.Put(c.channels, m.Key, c.Copy(m.Value))
			continue
		}
		p := c.newPlace(channelName(m.Key.Text), m.Value, c.opt.Client)
		p.node.Set("address", tree.NewString(m.Key.Text))
		c.describe(p, m.Value)
		if list := m.Value.Get("servers"); list != nil {
			refs := tree.NewArray()
			for _, item := range items(list) {
				refs.Append(c.RefTo(c.addServer(servers, item)))
			}
			p.node.Set("servers", refs)
		}
		c.fill(p, operations[m.Key.Text])
	}
}

// read makes the model of a description, or of a part of it in its place.
func (c *converter) read(root *tree.Node) *openapi.Document {
	model, _ := openapi.Read(root, c.From.File.URI(), func(n *tree.Node) *tree.Node {
		target, _ := c.Workspace.Target(c.Context, n)
		if target == n {
			return nil
		}
		return target
	})
	return model
}

// channelName makes a name of a path: "users_{id}" of "/users/{id}".
func channelName(path string) string {
	name := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "_")
	if name == "" {
		return "root"
	}
	return name
}

func (c *converter) newPlace(name string, item *tree.Node, sends bool) *place {
	p := &place{node: c.Bare(item), messages: tree.NewObject(), key: freeName(c.channels, name), sends: sends, item: item}
	p.node.Kind = tree.Mapping
	c.channels.Set(p.key, p.node)
	return p
}

// describe copies what a path says of itself.
func (c *converter) describe(p *place, item *tree.Node) {
	for _, m := range members(item) {
		if key := m.Key.Text; key == "summary" || key == "description" || strings.HasPrefix(key, "x-") {
			rewrite.Put(p.node, m.Key, c.Copy(m.Value))
		}
	}
}

// fill adds the operations on a path to its channel.
func (c *converter) fill(p *place, operations []*openapi.Operation) {
	p.node.Set("messages", p.messages)
	for _, op := range operations {
		c.operation(p, op)
	}
	if p.messages.Len() == 0 {
		p.node.Remove("messages")
	}
}

func (c *converter) operation(p *place, op *openapi.Operation) {
	id := op.ID
	switch {
	case id != "":
	case !p.node.Get("address").Is(tree.String) && !c.operations.Has(p.key): // a webhook or callback has a name
		id = p.key
	default:
		id = strings.ToLower(op.Method) + strings.Map(withoutBraces, p.key)
	}
	if c.operations.Has(id) {
		id = freeName(c.operations, id)
		c.Say(CodeRenamed, diag.Info, op.Node, "choose a better name", "there is another operation of that name; this one is called %q", id)
	}
	out := c.Bare(op.Node)
	c.operations.Set(id, out)
	action := map[bool]string{true: "send", false: "receive"}[p.sends]
	out.Set("action", tree.NewString(action))
	out.Set("channel", c.RefTo(p.node))
	c.describeOperation(out, op)
	out.Set("bindings", c.operationBindings(op))
	c.pathParameters(p, op)
	out.Set("messages", c.refs(c.requests(p, op, id)))
	if replies := c.replies(p, op, id); len(replies) > 0 {
		reply := tree.NewObject()
		reply.Set("channel", c.RefTo(p.node))
		reply.Set("messages", c.refs(replies))
		out.Set("reply", reply)
	}
	c.operationSecurity(out, op)
	c.callbacks(p, op, id)
}

func withoutBraces(r rune) rune {
	if r == '{' || r == '}' {
		return -1
	}
	return r
}

func (c *converter) refs(messages []*tree.Node) *tree.Node {
	list := tree.NewArray()
	for _, m := range messages {
		list.Append(c.RefTo(m))
	}
	return list
}

func (c *converter) describeOperation(out *tree.Node, op *openapi.Operation) {
	for _, m := range members(op.Node) {
		switch key := m.Key.Text; {
		case key == "summary", key == "description", key == "externalDocs", strings.HasPrefix(key, "x-"):
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		case key == "tags":
			tags := c.Bare(m.Value)
			for _, item := range items(m.Value) {
				tag := tree.NewObject()
				tag.Set("name", c.Copy(item))
				tags.Append(tag)
			}
			rewrite.Put(out, m.Key, tags)
		case key == "deprecated" && m.Value.True():
			out.Set("x-deprecated", c.Copy(m.Value))
			c.Say(CodeLost, diag.Warning, m.Value, "mark its messages as deprecated, which AsyncAPI can say",
				"operations of AsyncAPI cannot be deprecated; the field is kept as \"x-deprecated\"")
		case key == "servers":
			c.Say(CodeLost, diag.Warning, m.Value, "give the operation a path of its own", "operations of AsyncAPI have no servers; those of the channel hold")
		}
	}
}

// operationBindings say how a request is made.
func (c *converter) operationBindings(op *openapi.Operation) *tree.Node {
	http := tree.NewObject()
	http.Set("method", tree.NewString(op.Method))
	if query := c.objectOf(op, openapi.InQuery); query != nil {
		http.Set("query", query)
	}
	bindings := tree.NewObject()
	bindings.Set("http", http)
	return bindings
}

// objectOf is a schema of all the parameters of one place, or nil.
func (c *converter) objectOf(op *openapi.Operation, in openapi.Location) *tree.Node {
	properties, required := tree.NewObject(), tree.NewArray()
	for _, p := range op.Parameters {
		switch {
		case p.In == openapi.InQueryString && in == openapi.InQuery, p.In == openapi.InCookie && in == openapi.InHeader:
			c.used[p.Node] = true
			c.Say(CodeLost, diag.Warning, p.Node, "describe it in words", "AsyncAPI has no place for the %s parameter %q", p.In, p.Name)
		case p.In == in && p.Name != "":
			c.used[p.Node] = true
			properties.Set(p.Name, c.valueSchema(p.Node, p.Schema, p.Content))
			if p.Required {
				required.Append(tree.NewString(p.Name))
			}
		}
	}
	return objectSchema(properties, required)
}

func objectSchema(properties, required *tree.Node) *tree.Node {
	if properties.Len() == 0 {
		return nil
	}
	n := tree.NewObject()
	n.Set("type", tree.NewString("object"))
	n.Set("properties", properties)
	if required.Len() > 0 {
		n.Set("required", required)
	}
	return n
}

// valueSchema is the schema of a parameter or header, with its description.
func (c *converter) valueSchema(holder, schema *tree.Node, content []*openapi.MediaType) *tree.Node {
	if schema == nil && len(content) > 0 {
		schema = content[0].Schema
	}
	out := tree.NewObject()
	if schema != nil {
		out = c.Repeat(func() *tree.Node { return c.lowered(schema) })
	}
	if description := holder.Get("description"); description != nil && out.Is(tree.Mapping) && ref.Of(out) == nil && !out.Has("description") {
		out.Set("description", c.Repeat(func() *tree.Node { return c.Copy(description) }))
	}
	return out
}

// pathParameters are the parameters of the address.
func (c *converter) pathParameters(p *place, op *openapi.Operation) {
	for _, parameter := range op.Parameters {
		if parameter.In != openapi.InPath {
			continue
		}
		first := !c.used[parameter.Node]
		c.used[parameter.Node] = true
		if p.node.Get("parameters").Has(parameter.Name) || !strings.Contains(op.Path, "{"+parameter.Name+"}") {
			continue
		}
		if !p.node.Has("parameters") {
			p.node.Set("parameters", tree.NewObject())
		}
		p.node.Get("parameters").Set(parameter.Name, c.pathParameter(parameter, first))
	}
}

// pathParameter takes from the schema what AsyncAPI has fields for.
func (c *converter) pathParameter(p *openapi.Parameter, first bool) *tree.Node {
	if c.isComponent(p.Node, "parameters") {
		return c.Ref(p.Node)
	}
	if !first {
		return c.Repeat(func() *tree.Node { return c.parameterOf(p.Node, false) })
	}
	return c.parameterOf(p.Node, true)
}

func (c *converter) parameterOf(n *tree.Node, tell bool) *tree.Node {
	out := c.Bare(n)
	if description := n.Get("description"); description != nil {
		rewrite.Put(out, description.Key, c.Copy(description))
	}
	schema, _ := c.Workspace.Resolve(c.Context, n.Get("schema"))
	var lost []string
	for _, m := range members(schema) {
		switch key := m.Key.Text; {
		case key == "enum":
			out.Set("enum", texts(m.Value))
		case key == "default" && isScalar(m.Value):
			out.Set("default", tree.NewString(m.Value.Text))
		case key == "example" && isScalar(m.Value):
			out.Set("examples", tree.NewArray(tree.NewString(m.Value.Text)))
		case key == "description":
			if !out.Has("description") {
				out.Set("description", c.Copy(m.Value))
			}
		case key == "type" && m.Value.Str() == "string", strings.HasPrefix(key, "x-"):
		default:
			lost = append(lost, key)
		}
	}
	if example := n.Get("example"); isScalar(example) {
		out.Set("examples", tree.NewArray(tree.NewString(example.Text)))
	}
	if len(lost) > 0 && tell {
		c.Say(CodeParameter, diag.Warning, n.Get("schema"), "list the values under \"enum\", or say in the description what they look like",
			"parameters of AsyncAPI have no schema; what it says by %s is lost", strings.Join(lost[:min(len(lost), 8)], ", "))
	}
	return out
}

func isScalar(n *tree.Node) bool { return n.Is(tree.String) || n.Is(tree.Number) || n.Is(tree.Bool) }

func texts(list *tree.Node) *tree.Node {
	out := tree.NewArray()
	for _, item := range items(list) {
		if isScalar(item) {
			out.Append(tree.NewString(item.Text))
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
