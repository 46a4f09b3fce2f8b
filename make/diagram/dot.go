package diagram

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
)

// dotShapes are the shapes of Graphviz.
var dotShapes = lazy.Of[map[Kind]string]{Make: func() map[Kind]string {
	return map[Kind]string{
		Call: "box", Send: "cds", Receive: "oval", Person: "hexagon", Workflow: "box3d", Respond: "box", End: "circle",
		Unclear: "octagon", Application: "box", Channel: "cylinder", API: "note", Bridge: "cds",
	}
}}

// dotStyles are how Graphviz draws edges.
var dotStyles = lazy.Of[map[Link]string]{Make: func() map[Link]string {
	return map[Link]string{
		Next: "solid", Before: "solid", Data: "dotted", Success: "solid", Failure: "dashed", Retry: "dashed", Calls: "bold",
		Sends: "solid", Receives: "solid", Replies: "dashed", Requests: "solid", Carries: "bold",
	}
}}

// DOT writes the graph in the language of Graphviz.
func (g *Graph) DOT() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph weft {\n  rankdir=%s\n  compound=true\n  node [fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\"]\n", g.direction())
	ids := g.numbers("n", "cluster_")
	inside := g.members()
	for _, n := range inside[""] {
		dotNode(&b, "  ", ids[n.ID], n)
	}
	for _, group := range g.Groups {
		fmt.Fprintf(&b, "  subgraph %s {\n    label=%s\n", ids[group.ID], dotText(drawn(group.Label, group.Details)))
		for _, n := range inside[group.ID] {
			dotNode(&b, "    ", ids[n.ID], n)
		}
		b.WriteString("  }\n")
	}
	for _, e := range g.Edges {
		g.dotEdge(&b, ids, inside, e)
	}
	b.WriteString("}\n")
	return b.String()
}

func dotNode(b *strings.Builder, indent, id string, n *Node) {
	fmt.Fprintf(b, "%s%s [shape=%s label=%s]\n", indent, id, dotShapes.Get()[n.Kind], dotText(drawn(n.Label, n.Details)))
}

// dotEdge draws an edge. In DOT a cluster has no edges: they are those of one
// of its nodes, cut at its border.
func (g *Graph) dotEdge(b *strings.Builder, ids map[string]string, inside map[string][]*Node, e *Edge) {
	from, to := ids[e.From], ids[e.To]
	attributes := "style=" + dotStyles.Get()[e.Kind]
	if members := inside[e.From]; len(members) > 0 {
		attributes += " ltail=" + from
		from = ids[members[0].ID]
	}
	if members := inside[e.To]; len(members) > 0 {
		attributes += " lhead=" + to
		to = ids[members[0].ID]
	}
	if text := e.written(); text != "" {
		attributes += " label=" + dotText([]string{text})
	}
	fmt.Fprintf(b, "  %s -> %s [%s]\n", from, to, attributes)
}

// dotText quotes lines. A backslash begins an escape in a label.
func dotText(list []string) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, 0, len(list))
	for _, line := range list {
		quoted = append(quoted, quote.Replace(line))
	}
	return `"` + strings.Join(quoted, `\n`) + `"`
}
