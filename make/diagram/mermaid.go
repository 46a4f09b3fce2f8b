package diagram

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/internal/lazy"
)

// Mermaid refuses texts and graphs above these sizes unless it is configured
// otherwise; GitHub's is not.
const (
	MermaidEdges = 500
	MermaidText  = 50_000
)

// shapes are what opens and closes a node of Mermaid.
var shapes = lazy.Of[map[Kind][2]string]{Make: func() map[Kind][2]string {
	return map[Kind][2]string{
		Call: {"[", "]"}, Send: {"[/", "/]"}, Receive: {"([", "])"}, Person: {"{{", "}}"}, Workflow: {"[[", "]]"},
		Respond: {"[", "]"}, End: {"((", "))"}, Unclear: {"[", "]"}, Application: {"[", "]"}, Channel: {"[(", ")]"},
		API: {"[/", "/]"}, Bridge: {"{{", "}}"},
	}
}}

// arrows are how Mermaid draws edges.
var arrows = lazy.Of[map[Link]string]{Make: func() map[Link]string {
	return map[Link]string{
		Next: "-->", Before: "-->", Data: "-.->", Success: "-->", Failure: "-.->", Retry: "-.->", Calls: "==>",
		Sends: "-->", Receives: "-->", Replies: "-.->", Requests: "-->", Carries: "==>",
	}
}}

// Mermaid writes the graph as a flowchart of Mermaid.
func (g *Graph) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart " + g.direction() + "\n")
	ids := g.numbers("n", "g")
	for _, n := range g.Nodes {
		if n.Group == "" {
			mermaidNode(&b, "  ", ids[n.ID], n)
		}
	}
	inside := g.members()
	for _, group := range g.Groups {
		fmt.Fprintf(&b, "  subgraph %s[%s]\n", ids[group.ID], mermaidText(drawn(group.Label, group.Details)))
		for _, n := range inside[group.ID] {
			mermaidNode(&b, "    ", ids[n.ID], n)
		}
		b.WriteString("  end\n")
	}
	for _, e := range g.Edges {
		label := ""
		if text := e.written(); text != "" {
			label = "|" + mermaidText([]string{text}) + "|"
		}
		fmt.Fprintf(&b, "  %s %s%s %s\n", ids[e.From], arrows.Get()[e.Kind], label, ids[e.To])
	}
	return b.String()
}

func mermaidNode(b *strings.Builder, indent, id string, n *Node) {
	shape := shapes.Get()[n.Kind]
	fmt.Fprintf(b, "%s%s%s%s%s\n", indent, id, shape[0], mermaidText(drawn(n.Label, n.Details)), shape[1])
}

// mermaidText quotes lines. Mermaid looks for quotes, entities, directives,
// Markdown and HTML in a quoted text, so all but harmless characters become
// numbers.
func mermaidText(list []string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, line := range list {
		if i > 0 {
			b.WriteString("<br/>")
		}
		for _, r := range line {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ./_-,(){}+=?!…×", r) {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

// numbers gives everything a name that is no word of any language: people name
// their steps "end".
func (g *Graph) numbers(node, group string) map[string]string {
	ids := map[string]string{}
	for i, x := range g.Groups {
		ids[x.ID] = fmt.Sprintf("%s%d", group, i+1)
	}
	for i, x := range g.Nodes {
		ids[x.ID] = fmt.Sprintf("%s%d", node, i+1)
	}
	return ids
}

// members are the nodes of each group.
func (g *Graph) members() map[string][]*Node {
	inside := map[string][]*Node{}
	for _, n := range g.Nodes {
		inside[n.Group] = append(inside[n.Group], n)
	}
	return inside
}

// direction is down for steps, which people read as a list, and to the right
// for who sends to whom.
func (g *Graph) direction() string {
	if len(g.Groups) > 0 {
		return "TB"
	}
	return "LR"
}

// drawable reports whether a character is one that every language here can
// hold: no control characters, none that turns the direction of writing, none
// that XML forbids.
func drawable(r rune) bool {
	return unicode.IsGraphic(r) && r != unicode.ReplacementChar && !unicode.Is(unicode.Cf, r)
}
