package lint

import (
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// Objects are what an AsyncAPI document has of each kind, in use or only in its
// components, each definition once.
type Objects struct {
	Servers    []*asyncapi.Server
	Channels   []*asyncapi.Channel
	Operations []*asyncapi.Operation
	Messages   []*asyncapi.Message
	Parameters []*asyncapi.Parameter
	// Schemas are those of payloads, headers, parameters and components.
	Schemas []*asyncapi.Schema
}

// Objects returns what the document has of each kind.
func (p *Pass) Objects() *Objects {
	return Shared(p, "lint.Objects", func(p *Pass) *Objects { return objectsOf(p.AsyncAPI) })
}

func objectsOf(d *asyncapi.Document) *Objects {
	o := &Objects{}
	c := &objectCollector{out: o, seen: map[*tree.Node]bool{}}
	for _, s := range append(d.Servers[:len(d.Servers):len(d.Servers)], d.Components.Servers...) {
		if c.isNew(s.Node) {
			o.Servers = append(o.Servers, s)
		}
	}
	for _, s := range d.Components.Schemas {
		c.schema(s)
	}
	for _, ch := range append(d.Channels[:len(d.Channels):len(d.Channels)], d.Components.Channels...) {
		c.channel(ch)
	}
	for _, op := range append(d.Operations[:len(d.Operations):len(d.Operations)], d.Components.Operations...) {
		if c.isNew(op.Node) {
			o.Operations = append(o.Operations, op)
		}
		c.messages(op.Messages)
		if op.Reply != nil {
			c.messages(op.Reply.Messages)
		}
	}
	c.messages(d.Components.Messages)
	return o
}

type objectCollector struct {
	out  *Objects
	seen map[*tree.Node]bool
}

func (c *objectCollector) isNew(n *tree.Node) bool {
	if n == nil || c.seen[n] {
		return false
	}
	c.seen[n] = true
	return true
}

func (c *objectCollector) channel(ch *asyncapi.Channel) {
	if c.isNew(ch.Node) {
		c.out.Channels = append(c.out.Channels, ch)
	}
	for _, p := range ch.Parameters {
		if c.isNew(p.Node) {
			c.out.Parameters = append(c.out.Parameters, p)
			c.schema(p.Schema)
		}
	}
	c.messages(ch.Messages)
}

func (c *objectCollector) messages(list []*asyncapi.Message) {
	for _, m := range list {
		if !c.isNew(m.Node) {
			continue
		}
		c.out.Messages = append(c.out.Messages, m)
		c.schema(m.Payload)
		c.schema(m.Headers)
	}
}

func (c *objectCollector) schema(s *asyncapi.Schema) {
	if s != nil && c.isNew(s.Node) {
		c.out.Schemas = append(c.out.Schemas, s)
	}
}

// mostSchemas is how many schemas are looked into for their properties.
const mostSchemas = 200_000

// Properties are the properties of every schema of JSON Schema's family in an
// AsyncAPI document, however deep, each as written once: what a reference leads
// to is read once.
func (p *Pass) Properties() []*tree.Node {
	return Shared(p, "lint.Properties", func(p *Pass) []*tree.Node {
		w := &propertyWalk{p: p, seen: map[*tree.Node]bool{}}
		for _, s := range p.Objects().Schemas {
			if format, err := schema.ParseFormat(s.Format); err == nil && format.Family == schema.JSONSchema {
				w.schema(s.Node)
			}
		}
		return w.out
	})
}

type propertyWalk struct {
	p    *Pass
	seen map[*tree.Node]bool
	out  []*tree.Node
}

func (w *propertyWalk) schema(n *tree.Node) {
	n = w.p.Resolve(n)
	if !n.Is(tree.Mapping) || w.seen[n] || len(w.seen) > mostSchemas {
		return
	}
	w.seen[n] = true
	schema.Inside(n, func(keyword *tree.Member, child *tree.Node) {
		if keyword.Key.Text == "properties" {
			w.out = append(w.out, child)
		}
		w.schema(child)
	})
}
