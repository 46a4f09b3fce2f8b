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

// requests are the messages of a request: one for each media type of its body,
// or one without a payload.
func (c *converter) requests(p *place, op *openapi.Operation, id string) []*tree.Node {
	name, title := id+"Request", op.Method+" request"
	body := op.RequestBody
	if body != nil && c.objectOf(op, openapi.InHeader) == nil {
		if n := c.component(p, name, body.Node); n != nil {
			return []*tree.Node{n}
		}
	}
	var list []*tree.Node
	var content []*openapi.MediaType
	if body != nil {
		content = body.Content
	}
	for i, media := range atLeastOne(content) {
		n := c.message(mediaName(name, media, i), title, media)
		if headers := c.objectOf(op, openapi.InHeader); headers != nil {
			n.Set("headers", headers)
		}
		if body != nil && body.Description != "" {
			n.Set("description", tree.NewString(body.Description))
		}
		p.messages.Set(freeName(p.messages, mediaName(name, media, i)), n)
		list = append(list, n)
	}
	return list
}

// replies are the messages of the responses.
func (c *converter) replies(p *place, op *openapi.Operation, id string) []*tree.Node {
	var list []*tree.Node
	for _, r := range op.Responses {
		name := id + "Response" + upperFirst(r.Status)
		if n := c.component(p, name, r.Node); n != nil {
			list = append(list, n)
			continue
		}
		for i, media := range atLeastOne(r.Content) {
			n := c.response(mediaName(name, media, i), op.Method+" response "+r.Status, r, media)
			p.messages.Set(freeName(p.messages, mediaName(name, media, i)), n)
			list = append(list, n)
		}
	}
	return list
}

func (c *converter) response(name, title string, r *openapi.Response, media *openapi.MediaType) *tree.Node {
	n := c.message(name, title, media)
	if r.Description != "" {
		n.Set("summary", tree.NewString(r.Description))
	}
	if headers := c.headersOf(r); headers != nil {
		n.Set("headers", headers)
	}
	if status, err := strconv.Atoi(r.Status); err == nil {
		http := tree.NewObject()
		http.Set("statusCode", &tree.Node{Kind: tree.Number, Text: strconv.Itoa(status)})
		http.Set("bindingVersion", tree.NewString("0.3.0"))
		bindings := tree.NewObject()
		bindings.Set("http", http)
		n.Set("bindings", bindings)
	}
	if links := r.Node.Get("links"); links != nil {
		c.Say(CodeLost, diag.Warning, links, "describe what follows as a workflow, in an Arazzo document", "AsyncAPI has no links between operations")
	}
	for _, m := range members(r.Node) {
		if strings.HasPrefix(m.Key.Text, "x-") {
			rewrite.Put(n, m.Key, c.Repeat(func() *tree.Node { return c.Copy(m.Value) }))
		}
	}
	return n
}

func (c *converter) headersOf(r *openapi.Response) *tree.Node {
	properties, required := tree.NewObject(), tree.NewArray()
	for _, h := range r.Headers {
		properties.Set(h.Name, c.valueSchema(h.Node, h.Schema, h.Content))
		if h.Required {
			required.Append(tree.NewString(h.Name))
		}
	}
	return objectSchema(properties, required)
}

// component refers to a message of components, where the request body or the
// response is one.
func (c *converter) component(p *place, name string, n *tree.Node) *tree.Node {
	shared := c.responses[n]
	if shared == nil {
		return nil
	}
	reference := c.RefTo(shared)
	p.messages.Set(freeName(p.messages, name), reference)
	return reference
}

func atLeastOne(content []*openapi.MediaType) []*openapi.MediaType {
	if len(content) == 0 {
		return []*openapi.MediaType{nil}
	}
	return content
}

// mediaName tells the messages of several media types apart.
func mediaName(name string, media *openapi.MediaType, i int) string {
	if i == 0 {
		return name
	}
	return name + "_" + notWord.Get().ReplaceAllString(media.Name, "_")
}

func (c *converter) message(name, title string, media *openapi.MediaType) *tree.Node {
	n := tree.NewObject()
	n.Set("name", tree.NewString(name))
	if title != "" {
		n.Set("title", tree.NewString(title))
	}
	if media == nil {
		return n
	}
	n.Set("contentType", tree.NewString(media.Name))
	rewrite.Comment(n, media.Node)
	if media.Schema != nil {
		n.Set("payload", c.payload(media.Schema))
	}
	c.examples(n, media)
	if encoding := media.Node.Get("encoding"); encoding != nil {
		c.Say(CodeLost, diag.Warning, encoding, "describe it in words", "AsyncAPI does not say how the parts of a body are encoded")
	}
	return n
}

func (c *converter) examples(n *tree.Node, media *openapi.MediaType) {
	list := tree.NewArray()
	for _, e := range media.Examples {
		if e.Value == nil {
			c.Say(CodeLost, diag.Warning, e.Node, "write the example here", "AsyncAPI has no examples that stand elsewhere")
			continue
		}
		example := tree.NewObject()
		if e.Name != "" {
			example.Set("name", tree.NewString(e.Name))
		}
		if e.Summary != "" {
			example.Set("summary", tree.NewString(e.Summary))
		}
		example.Set("payload", c.Repeat(func() *tree.Node { return c.Copy(e.Value) }))
		list.Append(example)
	}
	if list.Len() > 0 {
		n.Set("examples", list)
	}
}

// payload refers to a component, or holds the schema with its format.
func (c *converter) payload(schema *tree.Node) *tree.Node {
	target, _ := c.Workspace.Target(c.Context, schema)
	if ref.Of(schema) != nil && c.outer[target] != nil && schema.Len() == 1 {
		n := c.RefTo(c.outer[target])
		rewrite.Comment(n, schema)
		c.Became(schema, n)
		return n
	}
	if c.isForeign(schema) {
		return c.multiFormat(c.Copy(schema))
	}
	return c.lowered(schema)
}

func (c *converter) multiFormat(schema *tree.Node) *tree.Node {
	n := tree.NewObject()
	n.Set("schemaFormat", tree.NewString("application/vnd.oai.openapi;version="+c.source.Get("openapi").Str()))
	n.Set("schema", schema)
	return n
}

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
