package diagram

import (
	"cmp"
	"slices"
)

// sweeps is how often layers are ordered and placed by their neighbours, there
// and back. More changes little.
const sweeps = 8

// order sorts each layer by where the neighbours of its boxes stand.
func (y *layout) order() {
	last := 0
	for _, b := range y.boxes {
		last = max(last, b.layer)
	}
	y.layers = make([][]*box, last+1)
	seen := map[*box]bool{}
	var visit func(b *box)
	visit = func(b *box) {
		if seen[b] {
			return
		}
		seen[b] = true
		b.pos = len(y.layers[b.layer])
		y.layers[b.layer] = append(y.layers[b.layer], b)
		for _, next := range b.outs {
			visit(next)
		}
	}
	for _, b := range y.boxes {
		visit(b)
	}
	for i := range sweeps {
		if i%2 == 0 {
			for _, layer := range y.layers {
				sortBy(layer, func(b *box) []*box { return b.ins })
			}
			continue
		}
		for _, layer := range slices.Backward(y.layers) {
			sortBy(layer, func(b *box) []*box { return b.outs })
		}
	}
}

// sortBy orders a layer by the mean place of neighbours; what has none stays.
func sortBy(layer []*box, neighbours func(*box) []*box) {
	for _, b := range layer {
		b.mean = float64(b.pos)
		if list := neighbours(b); len(list) > 0 {
			sum := 0
			for _, other := range list {
				sum += other.pos
			}
			b.mean = float64(sum) / float64(len(list))
		}
	}
	slices.SortStableFunc(layer, func(a, b *box) int { return cmp.Compare(a.mean, b.mean) })
	for i, b := range layer {
		b.pos = i
	}
}

// place gives boxes their coordinates: each as near to the middle of its
// neighbours as those beside it allow.
func (y *layout) place() {
	for _, layer := range y.layers {
		y.spread(layer, func(*box) []*box { return nil })
	}
	for range sweeps / 2 {
		for _, layer := range y.layers {
			y.spread(layer, func(b *box) []*box { return b.ins })
		}
		for _, layer := range slices.Backward(y.layers) {
			y.spread(layer, func(b *box) []*box { return b.outs })
		}
	}
	for _, layer := range y.layers {
		y.spread(layer, func(b *box) []*box { return slices.Concat(b.ins, b.outs) })
	}
	y.measure()
	y.ports()
}

// run is a row of boxes that stand as close as they may: its wish is the
// weighted mean of theirs.
type run struct {
	wish, weight float64
	count        int
}

// spread places a layer so that the squares of the distances from where boxes
// want to be are least: runs that would overlap become one, at their mean.
func (y *layout) spread(layer []*box, neighbours func(*box) []*box) {
	runs := make([]run, 0, len(layer))
	offset := make([]float64, len(layer))
	for i, b := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + (layer[i-1].across+b.across)/2 + y.gap
		}
		wish, weight := wished(b, neighbours(b))
		runs = append(runs, run{wish: wish - offset[i], weight: weight, count: 1})
		for n := len(runs) - 1; n > 0 && runs[n-1].wish > runs[n].wish; n-- {
			a, b := runs[n-1], runs[n]
			sum := a.weight + b.weight
			runs[n-1] = run{wish: (a.wish*a.weight + b.wish*b.weight) / sum, weight: sum, count: a.count + b.count}
			runs = runs[:n]
		}
	}
	i := 0
	for _, r := range runs {
		for range r.count {
			layer[i].a = r.wish + offset[i]
			i++
		}
	}
}

// wished is where a box wants to be, and how much. The points of a line want it
// most: a straight line is read at once.
func wished(b *box, list []*box) (wish, weight float64) {
	if len(list) == 0 {
		return b.a, 0.1
	}
	for _, other := range list {
		wish += other.a
	}
	wish /= float64(len(list))
	if b.point {
		return wish, 4
	}
	return wish, 1
}

// measure moves everything to begin at nothing, and puts the layers one after
// the other.
func (y *layout) measure() {
	least := 0.0
	for i, b := range y.boxes {
		if left := b.a - b.across/2; i == 0 || left < least {
			least = left
		}
	}
	at := 0.0
	for i, layer := range y.layers {
		if i > 0 {
			at += y.step
		}
		size := 0.0
		for _, b := range layer {
			size = max(size, b.along)
		}
		for _, b := range layer {
			b.a -= least
			b.l, b.lo, b.hi = at+size/2, at, at+size
			y.across = max(y.across, b.a+b.across/2)
		}
		at += size
	}
	y.along = at
}

// ports gives each line a place of its own at the side of a box, in the order
// of where the lines come from: arrows at one point cannot be told apart.
func (y *layout) ports() {
	type port struct {
		towards float64
		at      *float64
	}
	starts, ends := map[*box][]port{}, map[*box][]port{}
	for _, n := range y.lines {
		top, bottom := n.ends()
		first, last := bottom, top
		if len(n.via) > 0 {
			first, last = n.via[0], n.via[len(n.via)-1]
		}
		starts[top] = append(starts[top], port{first.a, &n.start})
		ends[bottom] = append(ends[bottom], port{last.a, &n.end})
	}
	for _, side := range []map[*box][]port{starts, ends} {
		for b, list := range side {
			slices.SortStableFunc(list, func(p, q port) int { return cmp.Compare(p.towards, q.towards) })
			room := min(14, b.across*0.7/float64(len(list)))
			for i, p := range list {
				*p.at = b.a + (float64(i)-float64(len(list)-1)/2)*room
			}
		}
	}
}
