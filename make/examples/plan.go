package examples

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// planner decides which examples of a JSON Schema are worth having.
type planner struct {
	maker
	root     *tree.Node
	compiled schema.Schema
	most     int
	list     []Value
	seen     []string
}

func (p *planner) plan() ([]Value, error) {
	seen := &sights{}
	p.sights = seen
	p.add(HappyPath, "", style{})
	p.sights = nil
	if len(p.list) == 0 {
		if err := p.fromSample(); err != nil {
			return nil, err
		}
	}
	if seen.optional {
		p.add("only what is required", "Everything that may be left out is.", style{minimal: true})
	}
	for _, c := range seen.choices {
		for i := 1; i < c.count; i++ {
			p.add(c.name(i), "", style{at: c.path, pick: i})
		}
	}
	if seen.bounds {
		p.add("smallest values", "Lengths, numbers and lists are at their lower limits.", style{limit: -1})
		p.add("largest values", "Lengths, numbers and lists are at their upper limits.", style{limit: +1})
	}
	if seen.lists {
		p.add("empty lists", "Lists hold as few items as they may.", style{noItems: true})
	}
	return p.list, nil
}

// add makes an example and keeps it if it fits the schema and is new.
func (p *planner) add(name, summary string, s style) {
	if len(p.list) >= p.most {
		return
	}
	p.style, p.left = s, maxNodes
	n := p.value([]*tree.Node{p.root}, "", "", 0)
	if n == nil || p.left < 0 || len(p.compiled.Validate(n.Value())) > 0 {
		return
	}
	p.keep(name, summary, n)
}

func (p *planner) keep(name, summary string, n *tree.Node) {
	text := canonical(n)
	if slices.Contains(p.seen, text) || slices.ContainsFunc(p.list, func(v Value) bool { return v.Name == name }) {
		return
	}
	p.seen = append(p.seen, text)
	p.list = append(p.list, Value{Name: name, Summary: summary, Node: n})
}

// fromSample takes what the schema's language finds by search, where going
// through the schema led to nothing that fits.
func (p *planner) fromSample() error {
	v, err := p.compiled.Sample(p.seed)
	if err != nil {
		return err
	}
	n, err := tree.FromValue(v)
	if err != nil {
		return err
	}
	p.keep(HappyPath, "", n)
	return nil
}

// sights are what was met on the way through a schema.
type sights struct {
	optional, bounds, lists bool
	choices                 []choice
}

// choice is a place where a schema has several forms, or several values.
type choice struct {
	path   string
	count  int
	labels []string
}

// name is the name of an example with one of the forms.
func (c *choice) name(i int) string {
	place := strings.ReplaceAll(strings.TrimPrefix(c.path, "/"), "/", ".")
	label := c.labels[i]
	if label == "" {
		label = fmt.Sprintf("form %d", i+1)
	}
	if place == "" {
		return label
	}
	return place + ": " + label
}
