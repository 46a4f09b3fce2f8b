package fromopenapi

import (
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// components converts the parts that the description keeps for reference.
func (c *converter) components(n *tree.Node) *tree.Node {
	out := tree.NewObject()
	rewrite.Comment(out, n)
	if schemas := c.componentSchemas(n.Get("schemas")); schemas.Len() > 0 {
		out.Set("schemas", schemas)
	}
	for _, m := range members(n) {
		switch m.Key.Text {
		case "schemas":
		case "securitySchemes":
			schemes := c.Bare(m.Value)
			for _, s := range members(m.Value) {
				rewrite.Put(schemes, s.Key, c.securityScheme(s.Value))
			}
			rewrite.Put(out, m.Key, schemes)
		case "parameters":
			c.componentParameters(out, m.Value)
		case "responses", "requestBodies":
			c.componentMessages(out, m)
		case "headers":
			c.componentHeaders(out, m.Value)
		case "examples", "pathItems", "callbacks", "mediaTypes": // written out where they are used
		case "links":
			c.Say(CodeLost, diag.Warning, m.Value, "describe what follows as a workflow, in an Arazzo document", "AsyncAPI has no links between operations")
		default:
			if strings.HasPrefix(m.Key.Text, "x-") {
				rewrite.Put(out, m.Key, c.Copy(m.Value))
			}
		}
	}
	return out
}

func (c *converter) componentSchemas(n *tree.Node) *tree.Node {
	out := tree.NewObject()
	rewrite.Comment(out, n)
	for _, m := range members(n) {
		if c.foreign[m.Value] {
			inner := c.Copy(m.Value)
			whole := c.multiFormat(inner)
			whole.Comments, inner.Comments = inner.Comments, nil
			c.outer[m.Value] = whole
			rewrite.Put(out, m.Key, whole)
			continue
		}
		schema := c.lowered(m.Value)
		c.outer[m.Value] = schema
		rewrite.Put(out, m.Key, schema)
	}
	return out
}

// componentParameters are those of paths; the others have gone into schemas.
func (c *converter) componentParameters(out, n *tree.Node) {
	parameters := c.Bare(n)
	for _, m := range members(n) {
		if m.Value.Get("in").Str() == "path" {
			rewrite.Put(parameters, m.Key, c.parameterOf(m.Value, true))
		}
	}
	if parameters.Len() > 0 {
		rewrite.Put(out, n.Key, parameters)
	}
}

// unusedParameters tells of parameters in components that no operation has,
// and for which AsyncAPI has no component.
func (c *converter) unusedParameters() {
	for _, m := range members(c.source.Get("components").Get("parameters")) {
		if in := m.Value.Get("in").Str(); ref.Of(m.Value) == nil && in != "path" && !c.used[m.Value] {
			c.Say(CodeLost, diag.Warning, m.Value, "remove it, or use it in an operation", "no operation has this %s parameter, and AsyncAPI has no component for it", in)
		}
	}
}

// componentMessages makes messages of responses and request bodies.
func (c *converter) componentMessages(out *tree.Node, section tree.Member) {
	messages := out.Get("messages")
	if messages == nil {
		messages = tree.NewObject()
	}
	response := section.Key.Text == "responses"
	for _, m := range members(section.Value) {
		if ref.Of(m.Value) != nil || !m.Value.Is(tree.Mapping) || strings.HasPrefix(m.Key.Text, "x-") {
			continue
		}
		content := c.contentOf(m.Value)
		name := freeName(messages, m.Key.Text)
		var n *tree.Node
		if response {
			n = c.response(name, "", c.responseOf(m.Value), atLeastOne(content)[0])
		} else {
			n = c.message(name, "", atLeastOne(content)[0])
			if description := m.Value.Get("description"); description != nil {
				rewrite.Put(n, description.Key, c.Copy(description))
			}
		}
		rewrite.Comment(n, m.Value)
		if len(content) < 2 { // operations make a message for each media type
			c.Became(m.Value, n)
			c.responses[m.Value] = n
		}
		messages.Set(name, n)
		messages.Get(name).Key.Span = m.Key.Span
	}
	if messages.Len() > 0 {
		out.Set("messages", messages)
	}
}

// responseOf reads a response by itself.
func (c *converter) responseOf(n *tree.Node) *openapi.Response {
	op := c.alone("responses", object("default", n))
	return &openapi.Response{Node: n, Description: n.Get("description").Str(), Headers: op.Responses[0].Headers, Content: op.Responses[0].Content}
}

func (c *converter) contentOf(n *tree.Node) []*openapi.MediaType {
	if body := c.alone("requestBody", n).RequestBody; body != nil {
		return body.Content
	}
	return nil
}

// alone reads a part of an operation as if it were all of one.
func (c *converter) alone(field string, n *tree.Node) *openapi.Operation {
	root := object("openapi", c.source.Get("openapi"))
	root.Members = append(root.Members, object("paths", object("/", object("get", object(field, n)))).Members...)
	return c.read(root).Operations[0]
}

// object holds a value of the source under a key, without taking it from where
// it is.
func object(key string, value *tree.Node) *tree.Node {
	return &tree.Node{Kind: tree.Mapping, Span: value.Span, Members: []tree.Member{{Key: tree.NewString(key), Value: value}}}
}

// componentHeaders makes traits of headers, each a schema of one.
func (c *converter) componentHeaders(out, n *tree.Node) {
	traits := tree.NewObject()
	for _, m := range members(n) {
		if ref.Of(m.Value) != nil || !m.Value.Is(tree.Mapping) {
			continue
		}
		properties, required := tree.NewObject(), tree.NewArray()
		properties.Set(m.Key.Text, c.valueSchema(m.Value, m.Value.Get("schema"), nil))
		if m.Value.Get("required").True() {
			required.Append(tree.NewString(m.Key.Text))
		}
		trait := tree.NewObject()
		trait.Set("headers", objectSchema(properties, required))
		c.Became(m.Value, trait)
		traits.Set(freeName(traits, "Header"+m.Key.Text), trait)
	}
	if traits.Len() > 0 {
		out.Set("messageTraits", traits)
	}
}
