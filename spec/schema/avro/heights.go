package avro

import (
	"cmp"
	"maps"
	"slices"
)

// endless is the height of a type of which no value ends.
const endless = 1 << 30

// heights are how deep the smallest value of a type is. Where a record can
// only hold itself, that is endless.
type heights map[*Type]int

// heightsOf returns the heights of types and of all that they are made of. Each
// round finds what is one higher than the last, until none is found.
func heightsOf(roots ...*Type) heights {
	h := heights{}
	users, waiting := collect(roots)
	var ready []*Type
	for u, n := range waiting {
		if n == 0 && (u.Kind != Union) {
			ready = append(ready, u)
		}
	}
	for level := 0; len(ready) > 0; level++ {
		var next []*Type
		for _, u := range ready {
			if _, done := h[u]; done {
				continue
			}
			h[u] = level
			for _, user := range users[u] {
				if waiting[user]--; waiting[user] == 0 || user.Kind == Union {
					next = append(next, user)
				}
			}
		}
		ready = next
	}
	for u := range waiting {
		if _, done := h[u]; !done {
			h[u] = endless
		}
	}
	return h
}

// collect returns who uses a type, and for how many others each type waits.
func collect(roots []*Type) (users map[*Type][]*Type, waiting map[*Type]int) {
	users, waiting = map[*Type][]*Type{}, map[*Type]int{}
	queue := slices.Clone(roots)
	for _, t := range roots {
		waiting[t] = 0
	}
	for len(queue) > 0 {
		u := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, part := range u.needs() {
			users[part] = append(users[part], u)
			waiting[u]++
			if _, seen := waiting[part]; !seen {
				waiting[part] = 0
				queue = append(queue, part)
			}
		}
		// What an array or a map holds need not be in a value, but counts too.
		if part := u.Items; part != nil {
			if _, seen := waiting[part]; !seen {
				waiting[part] = 0
				queue = append(queue, part)
			}
		}
	}
	return users, waiting
}

// needs are the types of which a value must hold one of each; of a union, one
// in all.
func (t *Type) needs() []*Type {
	switch t.Kind {
	case Record:
		list := make([]*Type, len(t.Fields))
		for i, f := range t.Fields {
			list[i] = f.Type
		}
		return list
	case Union:
		return t.Branches
	}
	return nil // an array or a map may be empty
}

// sorted are the named types in the order in which they are written.
func (r *reader) sorted() []*Type {
	return slices.SortedFunc(maps.Values(r.names), func(a, b *Type) int {
		return cmp.Or(cmp.Compare(a.Node.Span.Start, b.Node.Span.Start), cmp.Compare(a.Name, b.Name))
	})
}
