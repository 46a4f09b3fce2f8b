package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// schemas are all the schemas of a document and of what it refers to, each
// once, however many ways lead to it.
type schemas struct {
	// roots are those that are not part of another, in every language.
	roots []schema.Place
	// parts are those of JSON Schema's family, the roots and all in them.
	parts []*partSchema
	// users are the schemas that apply another to the same value by a
	// reference, as those with "allOf".
	users map[*tree.Node][]*partSchema
}

// partSchema is a schema of JSON Schema's family.
type partSchema struct {
	node   *tree.Node
	format schema.Format
	// around is the schema that applies this one to the same value, as by
	// "allOf", or nil.
	around *partSchema
}

// schemasOf returns the schemas of a document.
func schemasOf(p *lint.Pass) *schemas {
	return lint.Shared(p, "schemas", func(p *lint.Pass) *schemas {
		c := &schemaCollector{p: p, out: &schemas{users: map[*tree.Node][]*partSchema{}}, seen: map[*tree.Node]bool{}}
		c.document()
		return c.out
	})
}

// mostUsers is how many users of a schema are remembered.
const mostUsers = 20

type schemaCollector struct {
	p    *lint.Pass
	out  *schemas
	seen map[*tree.Node]bool
}

// document collects the components first: they say themselves in which
// language they are.
func (c *schemaCollector) document() {
	components := c.p.Root.Get("components")
	for _, s := range c.p.AsyncAPI.Components.Schemas {
		c.model(s)
	}
	for _, m := range c.p.Objects().Messages {
		c.model(m.Payload)
		c.model(m.Headers)
		c.bindings(m.Bindings, messageSchemas.Get())
	}
	for _, n := range entries(components.Get("messageTraits")) {
		c.place(c.p.Resolve(n).Get("headers"))
	}
	for _, channel := range allChannels(c.p.AsyncAPI) {
		for _, parameter := range channel.Parameters {
			c.model(parameter.Schema)
		}
		c.bindings(channel.Bindings, channelSchemas.Get())
	}
	for _, n := range entries(components.Get("parameters")) {
		c.place(c.p.Resolve(n).Get("schema"))
	}
	for _, o := range allOperations(c.p.AsyncAPI) {
		c.bindings(o.Bindings, operationSchemas.Get())
	}
}

// Where bindings have schemas: the protocol and the field.
var (
	channelSchemas = lazy.Of[map[string][]string]{Make: func() map[string][]string {
		return map[string][]string{"ws": {"query", "headers"}}
	}}
	operationSchemas = lazy.Of[map[string][]string]{Make: func() map[string][]string {
		return map[string][]string{"kafka": {"groupId", "clientId"}, "http": {"query"}}
	}}
	messageSchemas = lazy.Of[map[string][]string]{Make: func() map[string][]string {
		return map[string][]string{"kafka": {"key"}, "http": {"headers"}, "anypointmq": {"headers"}}
	}}
)

func (c *schemaCollector) bindings(list asyncapi.Bindings, fields map[string][]string) {
	for _, b := range list {
		for _, field := range fields[b.Protocol] {
			c.place(b.Node.Get(field))
		}
	}
}

func (c *schemaCollector) model(s *asyncapi.Schema) {
	if s == nil {
		return
	}
	if f, ok := formatOf(c.p, s.Format); ok {
		c.root(s.Node, f)
	}
}

// formatOf is schema.ParseFormat, once for each text.
func formatOf(p *lint.Pass, text string) (f schema.Format, ok bool) {
	known := lint.Shared(p, "formats", func(*lint.Pass) map[string]*schema.Format { return map[string]*schema.Format{} })
	found, ok := known[text]
	if !ok {
		if f, err := schema.ParseFormat(text); err == nil {
			found = &f
		}
		known[text] = found
	}
	if found == nil {
		return schema.Format{}, false
	}
	return *found, true
}

// place collects the schema that is asked for at a place, in whatever language
// it says it is.
func (c *schemaCollector) place(n *tree.Node) {
	if n = c.p.Resolve(n); n == nil {
		return
	}
	if f, inner, ok := multiFormat(n); ok {
		c.root(c.p.Resolve(inner), f)
		return
	}
	f, _ := schema.ParseFormat("")
	c.root(n, f)
}

// multiFormat takes a Multi Format Schema Object apart. A format that cannot
// be read is that of no language.
func multiFormat(n *tree.Node) (f schema.Format, inner *tree.Node, ok bool) {
	if !n.Get("schemaFormat").Is(tree.String) || !n.Has("schema") {
		return schema.Format{}, nil, false
	}
	f, err := schema.ParseFormat(n.Get("schemaFormat").Text)
	if err != nil {
		f = schema.Format{Family: schema.Other}
	}
	return f, n.Get("schema"), true
}

func (c *schemaCollector) root(n *tree.Node, f schema.Format) {
	if n == nil || c.seen[canonical(n)] {
		return
	}
	c.out.roots = append(c.out.roots, schema.Place{Node: n, Format: f})
	if f.Family == schema.JSONSchema {
		c.part(n, f, nil)
		return
	}
	c.seen[canonical(n)] = true
}

// part collects a schema and those in it, and those it refers to.
func (c *schemaCollector) part(n *tree.Node, f schema.Format, around *partSchema) {
	n = canonical(n)
	if n == nil || n.Kind != tree.Mapping || c.seen[n] {
		return
	}
	c.seen[n] = true
	if ref.Of(n) != nil {
		c.referred(n, f, around)
		if f.Dialect != schema.Draft2019 && f.Dialect != schema.Draft2020 {
			return // what stands beside a reference does not count
		}
	}
	part := &partSchema{n, f, around}
	c.out.parts = append(c.out.parts, part)
	for i := range n.Members {
		c.below(n.Members[i].Key.Text, n.Members[i].Value, part)
	}
}

// referred collects what a schema refers to. That is a root of its own, unless
// it is a part of what is met anyway.
func (c *schemaCollector) referred(n *tree.Node, f schema.Format, around *partSchema) {
	target := canonical(c.p.Target(n))
	if target == nil {
		return
	}
	if users := c.out.users[target]; around != nil && len(users) < mostUsers {
		c.out.users[target] = append(users, around)
	}
	if c.seen[target] {
		return
	}
	if format, inner, ok := multiFormat(target); ok {
		c.root(c.p.Resolve(inner), format)
		return
	}
	c.part(target, f, nil)
}

// below collects the schemas below a keyword.
func (c *schemaCollector) below(keyword string, n *tree.Node, part *partSchema) {
	around, kind := part, holdsOf(keyword)
	if kind == otherValue || kind == otherValues {
		around = nil
	}
	switch kind {
	case noSchema:
		return
	case sameValue, otherValue:
		if n.Kind != tree.Sequence {
			c.part(n, part.format, around)
			return
		}
		fallthrough
	case sameValues, otherValues:
		for _, inner := range values(n) {
			c.part(inner, part.format, around)
		}
	}
}

// holds says where schemas stand below a keyword, and whether they are about
// the same value as the schema around them.
type holds uint8

const (
	noSchema    holds = iota
	sameValue         // a schema
	sameValues        // schemas, in a list or by name
	otherValue        // a schema, or a list of them, about a part of the value
	otherValues       // schemas about parts, or about nothing yet
)

func holdsOf(keyword string) holds {
	switch keyword {
	case "not", "if", "then", "else":
		return sameValue
	case "allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies":
		return sameValues
	case "items", "additionalItems", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties":
		return otherValue
	case "properties", "patternProperties", "prefixItems", "definitions", "$defs":
		return otherValues
	}
	return noSchema
}

// values are the values of a map or of a list.
func values(n *tree.Node) []*tree.Node {
	switch {
	case n.Is(tree.Sequence):
		return n.Items
	case n.Is(tree.Mapping):
		list := make([]*tree.Node, len(n.Members))
		for i := range n.Members {
			list[i] = n.Members[i].Value
		}
		return list
	}
	return nil
}

// entries are the values of a map whose keys are names, without extensions.
func entries(n *tree.Node) []*tree.Node {
	var list []*tree.Node
	if n.Is(tree.Mapping) {
		for i := range n.Members {
			if !strings.HasPrefix(n.Members[i].Key.Text, "x-") {
				list = append(list, n.Members[i].Value)
			}
		}
	}
	return list
}

// canonical is the node that an alias repeats, so that what is written once is
// judged once.
func canonical(n *tree.Node) *tree.Node {
	for range 100 {
		if n == nil || n.Alias == nil {
			return n
		}
		n = n.Alias
	}
	return n
}
