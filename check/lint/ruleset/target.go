package ruleset

import (
	"maps"
	"slices"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// target finds what a rule looks at by the model: in every version alike, and
// through every reference.
type target func(p *lint.Pass) []subject

var targets = map[string]target{
	"document":   func(p *lint.Pass) []subject { return of(p.Root, nil) },
	"info":       func(p *lint.Pass) []subject { return of(p.AsyncAPI.Info.Node, nil) },
	"servers":    servers,
	"channels":   channels,
	"operations": operations,
	"messages":   messages,
	"parameters": parameters,
	"payloads":   payloads,
	"headers":    headers,
	"schemas":    schemas,
	"properties": properties,
}

func targetNames() []string { return slices.Sorted(maps.Keys(targets)) }

// of is a subject, where there is a node.
func of(n, merged *tree.Node) []subject {
	if n == nil {
		return nil
	}
	return []subject{{node: n, name: n.Name(), at: n, merged: merged}}
}

func servers(p *lint.Pass) []subject {
	var list []subject
	for _, s := range p.Objects().Servers {
		list = append(list, of(s.Node, nil)...)
	}
	return list
}

func channels(p *lint.Pass) []subject {
	var list []subject
	for _, c := range p.Objects().Channels {
		list = append(list, of(c.Node, nil)...)
	}
	return list
}

func operations(p *lint.Pass) []subject {
	var list []subject
	for _, o := range p.Objects().Operations {
		list = append(list, of(o.Node, o.Merged)...)
	}
	return list
}

func messages(p *lint.Pass) []subject {
	var list []subject
	for _, m := range p.Objects().Messages {
		list = append(list, of(m.Node, m.Merged)...)
	}
	return list
}

func parameters(p *lint.Pass) []subject {
	var list []subject
	for _, x := range p.Objects().Parameters {
		list = append(list, of(x.Node, nil)...)
	}
	return list
}

func payloads(p *lint.Pass) []subject {
	return parts(p, func(m *asyncapi.Message) *asyncapi.Schema { return m.Payload })
}

func headers(p *lint.Pass) []subject {
	return parts(p, func(m *asyncapi.Message) *asyncapi.Schema { return m.Headers })
}

func parts(p *lint.Pass, part func(*asyncapi.Message) *asyncapi.Schema) []subject {
	var list []subject
	seen := map[*tree.Node]bool{}
	for _, m := range p.Objects().Messages {
		if s := part(m); s != nil && s.Node != nil && !seen[s.Node] {
			seen[s.Node] = true
			list = append(list, of(s.Node, nil)...)
		}
	}
	return list
}

func schemas(p *lint.Pass) []subject {
	var list []subject
	for _, s := range p.Objects().Schemas {
		list = append(list, of(s.Node, nil)...)
	}
	return list
}

// properties are those of every schema of JSON Schema's family, however deep.
func properties(p *lint.Pass) []subject {
	w := &propertyWalk{p: p, seen: map[*tree.Node]bool{}}
	for _, s := range p.Objects().Schemas {
		w.schema(s.Node)
	}
	return w.out
}

type propertyWalk struct {
	p    *lint.Pass
	seen map[*tree.Node]bool
	out  []subject
}

// mostSchemas is how many schemas are looked into.
const mostSchemas = 200_000

func (w *propertyWalk) schema(n *tree.Node) {
	n = w.p.Resolve(n)
	if !n.Is(tree.Mapping) || w.seen[n] || len(w.seen) > mostSchemas {
		return
	}
	w.seen[n] = true
	for i := range n.Members {
		key, value := n.Members[i].Key.Text, n.Members[i].Value
		switch key {
		case "properties", "patternProperties":
			w.named(value, key == "properties")
		case "items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems", "additionalItems":
			w.schema(value)
			w.listed(value)
		case "allOf", "anyOf", "oneOf", "prefixItems":
			w.listed(value)
		case "definitions", "$defs", "dependentSchemas":
			w.named(value, false)
		}
	}
}

func (w *propertyWalk) named(n *tree.Node, count bool) {
	if !n.Is(tree.Mapping) {
		return
	}
	for i := range n.Members {
		at := n.Members[i].Value
		if target := w.p.Resolve(at); count && target != nil {
			w.out = append(w.out, subject{node: target, name: at.Name(), at: at})
		}
		w.schema(at)
	}
}

func (w *propertyWalk) listed(n *tree.Node) {
	for _, item := range items(n) {
		w.schema(item)
	}
}
