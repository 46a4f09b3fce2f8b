package redis

// holding is what a group's receiver has to settle. Each message passes through
// it, so that a delivery knows its place, and nobody looks for it by its id.
type holding []*delivery

func (h *holding) add(d *delivery) {
	d.place = len(*h)
	*h = append(*h, d)
}

// remove reports whether the delivery was there. The last takes its place.
func (h *holding) remove(d *delivery) bool {
	list := *h
	last := len(list) - 1
	if d.place > last || list[d.place] != d {
		return false
	}
	list[d.place] = list[last]
	list[d.place].place = d.place
	list[last] = nil
	*h = list[:last]
	return true
}

func (h *holding) ids() map[streamID]bool {
	ids := make(map[streamID]bool, len(*h))
	for _, d := range *h {
		ids[d.id] = true
	}
	return ids
}
