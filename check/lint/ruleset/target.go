package ruleset

import (
	"maps"
	"slices"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// target finds what a rule looks at by the model: in every version alike, and
// through every reference.
type target func(p *lint.Pass) []subject

var targets = lazy.Of[map[string]target]{Make: func() map[string]target {
	return map[string]target{
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
}}

func targetNames() []string { return slices.Sorted(maps.Keys(targets.Get())) }

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
	var list []subject
	for _, at := range p.Properties() {
		if target := p.Resolve(at); target != nil {
			list = append(list, subject{node: target, name: at.Name(), at: at})
		}
	}
	return list
}
