package diagram

// shape is a node or a group with its box.
type shape struct {
	box   *box
	lines []string
	// One of these is set.
	node  *Node
	group *Group
	// inner is the layout of a group, and members what stands in it.
	inner   *layout
	members []*shape
}

// drawnEdge is what a line says.
type drawnEdge struct {
	kind  Link
	label string
}

// arrangement is a graph with everything in its place: groups are laid out one
// by one, and then as boxes among each other.
type arrangement struct {
	outer  *layout
	shapes []*shape
	edges  map[*line]*drawnEdge
	right  bool
	// inside and outside are the shapes that IDs name, as the layouts of groups
	// and the outer one see them.
	inside, outside map[string]*shape
}

func newLayout(right bool) *layout {
	if right {
		return &layout{gap: 18, step: 36}
	}
	return &layout{gap: 24, step: 30}
}

func (g *Graph) arrange() *arrangement {
	a := &arrangement{
		right: g.direction() == "LR", edges: map[*line]*drawnEdge{},
		inside: map[string]*shape{}, outside: map[string]*shape{},
	}
	a.outer = newLayout(a.right)
	loops := g.loops()
	members := g.members()
	within, among := g.split()
	for _, group := range g.Groups {
		a.group(group, members[group.ID], loops, within[group.ID])
	}
	for _, n := range members[""] {
		s := a.node(a.outer, n, loops[n.ID])
		a.outside[n.ID] = s
		a.shapes = append(a.shapes, s)
	}
	a.among(g, among)
	a.outer.do()
	return a
}

// loops are what is said of edges from a node to itself: a line of its box.
func (g *Graph) loops() map[string][]string {
	loops := map[string][]string{}
	for _, e := range g.Edges {
		if e.From == e.To {
			text := e.written()
			if text == "" {
				text = string(e.Kind)
			}
			loops[e.From] = append(loops[e.From], "↻ "+text)
		}
	}
	return loops
}

// split tells the edges inside each group from those between groups.
func (g *Graph) split() (within map[string][]*Edge, among []*Edge) {
	group := map[string]string{}
	for _, n := range g.Nodes {
		group[n.ID] = n.Group
	}
	within = map[string][]*Edge{}
	for _, e := range g.Edges {
		switch from := group[e.From]; {
		case e.From == e.To:
		case from != "" && from == group[e.To]:
			within[from] = append(within[from], e)
		default:
			among = append(among, e)
		}
	}
	return within, among
}

func (a *arrangement) node(y *layout, n *Node, loops []string) *shape {
	s := &shape{node: n, lines: append(drawn(n.Label, n.Details), loops...)}
	w := 0.0
	for i, text := range s.lines {
		each := narrow
		if i == 0 {
			each = wide
		}
		w = max(w, width(short(text), each))
	}
	s.box = a.box(y, max(w+2*padding, 56), float64(len(s.lines))*lineHeight+14)
	return s
}

// box adds a box of a width and a height.
func (a *arrangement) box(y *layout, w, h float64) *box {
	if a.right {
		return y.add(h, w)
	}
	return y.add(w, h)
}

func (a *arrangement) line(y *layout, from, to *box, e *drawnEdge) {
	var label *box
	if e.label != "" {
		e.label = short(e.label)
		label = &box{}
		label.across, label.along = width(e.label, narrow)+8, lineHeight
		if a.right {
			label.across, label.along = label.along, label.across
		}
		y.labels = append(y.labels, label)
	}
	a.edges[y.connect(from, to, label)] = e
}

func (a *arrangement) group(group *Group, members []*Node, loops map[string][]string, edges []*Edge) {
	s := &shape{group: group, lines: drawn(group.Label, group.Details), inner: newLayout(false)}
	for _, n := range members {
		m := a.node(s.inner, n, loops[n.ID])
		a.inside[n.ID], a.outside[n.ID] = m, s
		s.members = append(s.members, m)
	}
	for _, e := range edges {
		a.line(s.inner, a.inside[e.From].box, a.inside[e.To].box, &drawnEdge{e.Kind, e.written()})
	}
	s.inner.do()
	w := s.inner.across
	for _, text := range s.lines {
		w = max(w, width(text, wide))
	}
	s.box = a.box(a.outer, w+2*padding, s.inner.along+s.title()+2*padding)
	a.outside[group.ID] = s
	a.shapes = append(a.shapes, s)
}

// title is how high the lines of a group are.
func (s *shape) title() float64 { return float64(len(s.lines))*lineHeight + padding }

// among draws the edges between groups. A line begins at a group's border, so
// its label says at which step.
func (a *arrangement) among(g *Graph, edges []*Edge) {
	labels := map[string]string{}
	for _, n := range g.Nodes {
		if n.Group != "" {
			labels[n.ID] = n.Label
		}
	}
	for _, e := range edges {
		from, to := a.outside[e.From], a.outside[e.To]
		label := e.written()
		if step := labels[e.From]; step != "" && label != "" {
			label = step + ": " + label
		} else if step != "" {
			label = step
		}
		a.line(a.outer, from.box, to.box, &drawnEdge{e.Kind, label})
	}
}
