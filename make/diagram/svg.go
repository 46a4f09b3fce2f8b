package diagram

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Sizes of the drawing, in pixels.
const (
	margin     = 16
	padding    = 12
	lineHeight = 16
	wide       = 7.4 // a character of a label
	narrow     = 6.4 // a character of a detail
)

// svgStyle holds light and dark; it is scoped, since the drawing may stand in a
// page of somebody else.
const svgStyle = `.weft{--bg:#fff;--ink:#1b2430;--soft:#566273;--line:#7b8794;--bad:#b42318;--box:#f4f6f8;--edge:#aab4c0;--call:#e8f1fd;--send:#fdf1dc;--wait:#e6f6ec;--flow:#f1ebfb;--odd:#fdeaea;font:13px system-ui,sans-serif;background:var(--bg)}
@media(prefers-color-scheme:dark){.weft{--bg:#12171e;--ink:#e7ecf2;--soft:#a9b4c2;--line:#8592a3;--bad:#ff8a80;--box:#1a212b;--edge:#4a5666;--call:#16304f;--send:#46340f;--wait:#143a25;--flow:#31264d;--odd:#4d2020}}
.weft text{fill:var(--ink);text-anchor:middle}.weft .d{fill:var(--soft);font-size:11.5px}.weft .b{font-weight:600}
.weft rect{stroke:var(--edge);fill:var(--call)}.weft .g>rect{fill:var(--box)}
.weft .send>rect,.weft .application>rect{fill:var(--send)}.weft .receive>rect,.weft .person>rect{fill:var(--wait)}
.weft .workflow>rect,.weft .channel>rect{fill:var(--flow)}.weft .unclear>rect{fill:var(--odd);stroke-dasharray:4 3}
.weft path{fill:none;stroke:var(--line);stroke-width:1.4}.weft .failure,.weft .retry{stroke:var(--bad)}
.weft .failure,.weft .retry,.weft .replies{stroke-dasharray:6 4}.weft .data{stroke-dasharray:2 3}.weft .calls{stroke-width:2.4}
.weft marker path{fill:var(--line);stroke:none}.weft .l{font-size:11.5px}
.weft .k{fill:var(--bg);stroke:none}.weft .g .k{fill:var(--box);stroke:none}`

// picture writes an SVG. Layers go down, or to the right.
type picture struct {
	strings.Builder
	right bool
	// dx and dy are where the layout that is drawn begins.
	dx, dy float64
}

// SVG draws the graph. Nothing in it is a script or comes from elsewhere.
func (g *Graph) SVG() string {
	plan := g.arrange()
	p := &picture{right: plan.right}
	w, h := p.turned(plan.outer.across, plan.outer.along)
	w, h = math.Ceil(w+2*margin), math.Ceil(h+2*margin)
	about := counted(len(g.Nodes), "node") + ", " + counted(len(g.Edges), "edge")
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" class="weft" role="img" aria-label="%s" width="%g" height="%g" viewBox="0 0 %g %g">`+"\n", about, w, h, w, h)
	fmt.Fprintf(p, "<style>%s</style>\n", svgStyle)
	p.WriteString(`<defs><marker id="weft-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>` + "\n")
	p.dx, p.dy = margin, margin
	p.draw(plan.outer, plan.edges)
	for _, s := range plan.shapes {
		if s.group != nil {
			p.frame(plan, s)
		} else {
			p.shape(s)
		}
	}
	p.WriteString("</svg>\n")
	return p.String()
}

// turned is a pair of across and along as a pair of x and y.
func (p *picture) turned(across, along float64) (x, y float64) {
	if p.right {
		return along, across
	}
	return across, along
}

// frame draws a group and all that is in it.
func (p *picture) frame(plan *arrangement, s *shape) {
	x, y := p.corner(s.box)
	w, h := p.turned(s.box.across, s.box.along)
	fmt.Fprintf(p, `<g class="g"><title>%s</title><rect x="%s" y="%s" width="%s" height="%s" rx="8"/>`+"\n", xml(s.group.Label), num(x), num(y), num(w), num(h))
	p.lines(s.lines, x+w/2, y+padding)
	dx, dy := p.dx, p.dy
	p.dx, p.dy = x+(w-s.inner.across)/2, y+padding+s.title()
	p.draw(s.inner, plan.edges)
	for _, member := range s.members {
		p.shape(member)
	}
	p.dx, p.dy = dx, dy
	p.WriteString("</g>\n")
}

func (p *picture) corner(b *box) (x, y float64) {
	x, y = p.turned(b.a, b.l)
	w, h := p.turned(b.across, b.along)
	return p.dx + x - w/2, p.dy + y - h/2
}

func (p *picture) shape(s *shape) {
	x, y := p.corner(s.box)
	w, h := p.turned(s.box.across, s.box.along)
	radius := 4.0
	switch s.node.Kind {
	case Receive, Channel, End:
		radius = min(h/2, 18)
	default:
	}
	fmt.Fprintf(p, `<g class="%s"><title>%s: %s</title><rect x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, s.node.Kind, s.node.Kind, xml(s.node.Label), num(x), num(y), num(w), num(h), num(radius))
	p.lines(s.lines, x+w/2, y+8)
	p.WriteString("</g>\n")
}

func (p *picture) lines(list []string, x, y float64) {
	class := "b"
	for _, text := range list {
		y += lineHeight
		fmt.Fprintf(p, `<text class="%s" x="%s" y="%s">%s</text>`, class, num(x), num(y-4), xml(text))
		class = "d"
	}
}

// draw draws the lines of a layout, and then their labels above them.
func (p *picture) draw(y *layout, edges map[*line]*drawnEdge) {
	for _, n := range y.lines {
		fmt.Fprintf(p, `<path class="%s" marker-end="url(#weft-arrow)" d="%s"/>`+"\n", edges[n].kind, p.path(n))
	}
	for _, n := range y.lines {
		if n.label == nil {
			continue
		}
		x, y := p.turned(n.label.a, n.label.l)
		cx, cy := p.corner(n.label)
		w, h := p.turned(n.label.across, n.label.along)
		fmt.Fprintf(p, `<rect class="k" x="%s" y="%s" width="%s" height="%s"/><text class="l" x="%s" y="%s">%s</text>`+"\n",
			num(cx), num(cy), num(w), num(h), num(p.dx+x), num(p.dy+y+4), xml(edges[n].label))
	}
}

// path is a line that crosses layers straight, so that it meets no box there, and
// curves between them.
func (p *picture) path(n *line) string {
	top, bottom := n.ends()
	type point struct{ a, l float64 }
	points := []point{{n.start, top.l + top.along/2}, {n.start, top.hi}}
	for _, v := range n.via {
		points = append(points, point{v.a, v.lo}, point{v.a, v.hi})
	}
	points = append(points, point{n.end, bottom.lo}, point{n.end, bottom.l - bottom.along/2})
	if n.turned {
		for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
			points[i], points[j] = points[j], points[i]
		}
	}
	at := func(a, l float64) string {
		x, y := p.turned(a, l)
		return num(p.dx+x) + " " + num(p.dy+y)
	}
	var b strings.Builder
	b.WriteString("M" + at(points[0].a, points[0].l))
	for i, to := range points[1:] {
		from := points[i]
		if from == to {
			continue
		}
		if from.a == to.a {
			b.WriteString("L" + at(to.a, to.l))
			continue
		}
		middle := (from.l + to.l) / 2
		b.WriteString("C" + at(from.a, middle) + " " + at(to.a, middle) + " " + at(to.a, to.l))
	}
	return b.String()
}

// num is a number with at most one digit after the point.
func num(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// xml escapes a text that may be a whole label: the titles of boxes are not cut
// as drawn lines are, but bounded.
func xml(s string) string { return html.EscapeString(short(s)) }

// width is about how wide a text is drawn; letters of East Asia are as wide as high.
func width(s string, each float64) float64 {
	w := 0.0
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			w += 13
		} else {
			w += each
		}
	}
	return w
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
