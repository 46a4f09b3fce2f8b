package diagram

import (
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

// AddAPIs draws what applications are asked over HTTP. It comes after AddEvents:
// an OpenAPI document is of the application that has its title, so that what a
// service is asked and what it sends and receives are in one place.
func (g *Graph) AddAPIs(documents ...*openapi.Document) {
	f := &flow{g}
	for _, d := range documents {
		title := either(d.Title, "untitled")
		app := f.application(title, d.Node.Get("info").Get("version").Str())
		asked := f.node(title+"/http", Node{Kind: API, Label: "HTTP"})
		e := f.edge(asked.ID, app.ID, Requests, "")
		for _, o := range d.Operations {
			line := o.Method + " " + o.Path
			asked.Details = append(asked.Details, line)
			e.Operations = append(e.Operations, either(o.ID, line))
		}
	}
}

// application finds the application of a title, or makes it.
func (f *flow) application(title, version string) *Node {
	for _, n := range f.Nodes {
		if n.Kind == Application && strings.EqualFold(n.Label, title) {
			return n
		}
	}
	return f.node(title, Node{Kind: Application, Label: title, Details: lines(version)})
}
