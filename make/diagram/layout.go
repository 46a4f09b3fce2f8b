package diagram

// A layout puts boxes into layers, so that lines lead from one layer to a later
// one. It is done in five passes, each over the whole: lines that would close a
// circle are turned round; boxes get layers; long lines get a point in each
// layer they cross; layers are ordered so that few lines cross; and boxes are
// put near what they are connected to.
//
// Layers go along one axis and boxes stand across it: which of the two is
// down is for whoever draws.

// box is what is placed: a thing that is drawn, the label of a line, or a point
// that a line passes.
type box struct {
	// across and along are its size, a and l its middle.
	across, along float64
	a, l          float64
	// lo and hi are where its layer begins and ends.
	lo, hi     float64
	layer, pos int
	mean       float64 // of where its neighbours stand, while layers are ordered
	// point says that only a line goes through.
	point     bool
	ins, outs []*box
}

// line leads from one box to another.
type line struct {
	from, to *box
	// label is a box on the way, or nil.
	label *box
	// via are the boxes on the way in the order of the layers, and turned says
	// that this is against the line's own direction.
	via    []*box
	turned bool
	// start and end are where it meets its ends across, in the order of the layers.
	start, end float64
}

// layout is what is laid out, and how large it became.
type layout struct {
	boxes  []*box
	labels []*box
	lines  []*line
	layers [][]*box
	// gap is between boxes of a layer, and step between layers.
	gap, step     float64
	across, along float64
	points        int
}

// maxPoints bounds the points of long lines: thousands of lines from one end to
// the other would be millions. A line that gets none is drawn straight.
const maxPoints = 12_000

func (y *layout) add(across, along float64) *box {
	b := &box{across: across, along: along}
	y.boxes = append(y.boxes, b)
	return b
}

func (y *layout) connect(from, to, label *box) *line {
	n := &line{from: from, to: to, label: label}
	y.lines = append(y.lines, n)
	return n
}

// do places everything.
func (y *layout) do() {
	y.turn()
	y.boxes = append(y.boxes, y.labels...)
	for _, n := range y.lines {
		top, bottom := n.ends()
		if n.label == nil {
			join(top, bottom)
			continue
		}
		join(top, n.label)
		join(n.label, bottom)
	}
	y.rank()
	for _, n := range y.lines {
		y.pass(n)
	}
	y.order()
	y.place()
}

func join(from, to *box) {
	from.outs = append(from.outs, to)
	to.ins = append(to.ins, from)
}

// ends are a line's ends in the order of the layers.
func (n *line) ends() (top, bottom *box) {
	if n.turned {
		return n.to, n.from
	}
	return n.from, n.to
}

// turn turns round the lines that lead back to where the way to them began.
func (y *layout) turn() {
	out := map[*box][]*line{}
	for _, n := range y.lines {
		out[n.from] = append(out[n.from], n)
	}
	const (
		open = 1 + iota
		done
	)
	state := map[*box]int{}
	var visit func(b *box)
	visit = func(b *box) {
		state[b] = open
		for _, n := range out[b] {
			switch state[n.to] {
			case open:
				n.turned = true
			case done:
			default:
				visit(n.to)
			}
		}
		state[b] = done
	}
	for _, b := range y.boxes {
		if state[b] == 0 {
			visit(b)
		}
	}
}

// rank gives each box the layer after the last of those that lead to it, and
// moves what nothing leads to near to what it leads to.
func (y *layout) rank() {
	open := map[*box]int{}
	var ready []*box
	for _, b := range y.boxes {
		if open[b] = len(b.ins); open[b] == 0 {
			ready = append(ready, b)
		}
	}
	for i := 0; i < len(ready); i++ {
		b := ready[i]
		for _, next := range b.outs {
			next.layer = max(next.layer, b.layer+1)
			if open[next]--; open[next] == 0 {
				ready = append(ready, next)
			}
		}
	}
	for _, b := range ready {
		if len(b.ins) > 0 || len(b.outs) == 0 {
			continue
		}
		nearest := b.outs[0].layer
		for _, next := range b.outs {
			nearest = min(nearest, next.layer)
		}
		b.layer = nearest - 1
	}
}

// pass gives a line its points, in place of the direct connection that rank needed.
func (y *layout) pass(n *line) {
	top, bottom := n.ends()
	if n.label == nil {
		n.via = y.between(top, bottom)
		return
	}
	n.via = append(y.between(top, n.label), n.label)
	n.via = append(n.via, y.between(n.label, bottom)...)
}

func (y *layout) between(top, bottom *box) []*box {
	span := bottom.layer - top.layer
	if span < 2 || y.points+span > maxPoints {
		return nil
	}
	y.points += span
	cut(&top.outs, bottom)
	cut(&bottom.ins, top)
	var via []*box
	last := top
	for i := 1; i < span; i++ {
		p := &box{point: true, layer: top.layer + i}
		y.boxes = append(y.boxes, p)
		via = append(via, p)
		join(last, p)
		last = p
	}
	join(last, bottom)
	return via
}

// cut takes one connection away.
func cut(list *[]*box, b *box) {
	for i, each := range *list {
		if each == b {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			return
		}
	}
}
