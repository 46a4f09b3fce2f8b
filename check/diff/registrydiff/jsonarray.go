package registrydiff

import (
	"math/big"
	"slices"
	"strconv"
)

func (c *comparison) arrays(x, y place, path string) []difference {
	a, b := itemsOf(x), itemsOf(y)
	var list []difference
	if a.tuple != nil || b.tuple != nil {
		list = c.tuples(a, b, path)
	}
	list = append(list, c.places(a.all, b.all, path+"/items")...)
	list = append(list, c.openItems(a, b, path+"/"+b.moreKey)...)
	was, is := flagged(x, "uniqueItems"), flagged(y, "uniqueItems")
	switch {
	case was && !is:
		list = append(list, one(uniqueRemoved, path+"/uniqueItems")...)
	case !was && is:
		list = append(list, one(uniqueAdded, path+"/uniqueItems")...)
	}
	return slices.Concat(list,
		limits(x, y, "maxItems", maxItems, path), limits(x, y, "minItems", minItems, path),
		contained(x, y, "maxContains", maxContains, path), contained(x, y, "minContains", minContains, path))
}

// contained compares how many items must be those that "contains" describes.
// One is meant where nothing is said, so that nothing changes by saying so.
func contained(x, y place, key string, f family, path string) []difference {
	a, b := number(x, key), number(y, key)
	if key == "minContains" && (a == nil && isOne(b) || b == nil && isOne(a)) {
		return nil
	}
	return limits(x, y, key, f, path)
}

func isOne(r *big.Rat) bool { return r != nil && r.Cmp(big.NewRat(1, 1)) == 0 }

func flagged(p place, key string) bool {
	v, _ := p.get(key)
	return v.value == true
}

// items are what an array says of its items: of all of them, or of the first
// ones each and then of more.
type items struct {
	all      *place
	tuple    []place
	tupleKey string
	more     rest
	moreKey  string
}

// itemsOf reads both ways to write it: up to 2019-09 "items" is a list and
// "additionalItems" the rest, later "prefixItems" and "items".
func itemsOf(p place) items {
	if tuple, ok := p.list("prefixItems"); ok {
		return items{tuple: tuple, tupleKey: "prefixItems", more: more(p, "items"), moreKey: "items"}
	}
	i := items{tupleKey: "items", more: more(p, "additionalItems"), moreKey: "additionalItems"}
	if tuple, ok := p.list("items"); ok {
		i.tuple = tuple
		return i
	}
	v, ok := p.get("items")
	if all, isBool := v.value.(bool); isBool && p.doc.newest() {
		i.more = rest{any: all}
	} else if ok {
		i.all = &v
	}
	return i
}

func (c *comparison) openItems(a, b items, path string) []difference {
	x, y := a.more, b.more
	switch {
	case x.schema != nil && y.schema != nil:
		return c.places(x.schema, y.schema, path)
	case !x.any && x.schema == nil && (y.any || y.schema != nil):
		return one(moreItems.added, path)
	case (x.any || x.schema != nil) && !y.any && y.schema == nil:
		return one(moreItems.removed, path)
	case x.any && y.schema != nil:
		return one(moreItems.narrower, path)
	case x.schema != nil && y.any:
		return one(moreItems.wider, path)
	}
	return nil
}

// tuples compares what is said of single places.
func (c *comparison) tuples(a, b items, path string) []difference {
	var list []difference
	for i := range max(len(a.tuple), len(b.tuple)) {
		at := path + "/" + a.tupleKey + "/" + strconv.Itoa(i)
		switch {
		case i < len(a.tuple) && i < len(b.tuple):
			list = append(list, c.places(&a.tuple[i], &b.tuple[i], at)...)
		case i < len(a.tuple):
			list = append(list, c.itemRemoved(a.tuple[i], b.more, at)...)
		default:
			list = append(list, c.itemAdded(a.more, b.tuple[i], at)...)
		}
	}
	return list
}

func (c *comparison) itemRemoved(a place, more rest, at string) []difference {
	switch {
	case more.any:
		return one(itemRemovedFromOpen, at)
	case more.schema != nil:
		list := c.places(&a, more.schema, at)
		if compatible(list) {
			return append(slices.Clone(list), one(itemRemovedCovered, at)...)
		}
		return append(slices.Clone(list), one(itemRemovedNotCovered, at)...)
	case a.value == false:
		return one(itemRemovedFalse, at)
	}
	return one(itemRemovedFromClosed, at)
}

func (c *comparison) itemAdded(more rest, b place, at string) []difference {
	switch {
	case more.any && c.anything(b):
		return one(itemAddedEmpty, at)
	case more.any:
		return one(itemAddedToOpen, at)
	case more.schema != nil:
		list := c.places(more.schema, &b, at)
		if compatible(list) {
			return append(slices.Clone(list), one(itemAddedCovered, at)...)
		}
		return append(slices.Clone(list), one(itemAddedNotCovered, at)...)
	}
	return one(itemAddedToClosed, at)
}
