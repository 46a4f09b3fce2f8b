package cli

import (
	"math/big"
	"slices"
	"strings"
)

// lanes draws a graph beside lines of text: a node a line, each below all that
// it follows, and between them what leads from one to the other.
type lanes struct {
	open []lane
}

// lane is a column: something leads down from a node to others further below.
// One with nothing left is free.
type lane struct{ from, left int }

// laneRow is what stands before the text of a node, and before lines below it.
type laneRow struct{ node, below string }

// drawLanes draws nodes, each with its mark and the earlier ones that it follows.
func drawLanes(marks []string, after [][]int) []laneRow {
	after = reduced(after)
	followers := make([]int, len(marks))
	for _, list := range after {
		for _, node := range list {
			followers[node]++
		}
	}
	l := &lanes{}
	rows := make([]laneRow, len(marks))
	for i, mark := range marks {
		rows[i].node = l.node(i, mark, after[i], followers[i])
		rows[i].below = l.below()
	}
	return rows
}

// reduced drops what is so anyway: a node follows what those follow that it
// follows.
func reduced(after [][]int) [][]int {
	before := make([]*big.Int, len(after)) // of each node, as a set
	list := make([][]int, len(after))
	for i, nodes := range after {
		others := new(big.Int)
		for _, n := range nodes {
			others.Or(others, before[n])
		}
		before[i] = new(big.Int).Set(others)
		for _, n := range slices.Compact(slices.Sorted(slices.Values(nodes))) {
			if others.Bit(n) == 0 {
				list[i] = append(list[i], n)
			}
			before[i].SetBit(before[i], n, 1)
		}
	}
	return list
}

// node draws one node and leaves a lane below it where something follows.
func (l *lanes) node(i int, mark string, after []int, followers int) string {
	var joined, ends []int
	for k := range l.open {
		if l.open[k].left > 0 && slices.Contains(after, l.open[k].from) {
			joined = append(joined, k)
			if l.open[k].left == 1 {
				ends = append(ends, k)
			}
		}
	}
	column := l.column(joined, ends)
	text := l.row(mark, column, joined, ends)
	for _, k := range joined {
		l.open[k].left--
	}
	l.open[column] = lane{i, followers}
	for n := len(l.open); n > 0 && l.open[n-1].left == 0; n-- {
		l.open = l.open[:n-1]
	}
	return text
}

// column is where a node stands: below the first lane that ends with it, else in
// a new one to the right.
func (l *lanes) column(joined, ends []int) int {
	if len(ends) > 0 {
		return ends[0]
	}
	first := 0
	if len(joined) > 0 {
		first = joined[0] + 1
	}
	for k := first; k < len(l.open); k++ {
		if l.open[k].left == 0 {
			return k
		}
	}
	l.open = append(l.open, lane{})
	return len(l.open) - 1
}

func (l *lanes) row(mark string, column int, joined, ends []int) string {
	low, high := column, column
	if len(joined) > 0 {
		low, high = min(column, joined[0]), max(column, joined[len(joined)-1])
	}
	var b strings.Builder
	for k := range l.open {
		across := low <= k && k <= high
		switch {
		case k == column:
			b.WriteString(mark)
		case slices.Contains(ends, k):
			b.WriteString(corner(k, low, high))
		case slices.Contains(joined, k):
			b.WriteString(branch(k, low, high))
		case l.open[k].left > 0:
			b.WriteString("│")
		case across:
			b.WriteString("─")
		default:
			b.WriteString(" ")
		}
		if across && k < high {
			b.WriteString("─")
		} else {
			b.WriteString(" ")
		}
	}
	return b.String()
}

// corner is where a lane ends: at the left, at the right or between.
func corner(k, low, high int) string {
	switch k {
	case low:
		return "╰"
	case high:
		return "╯"
	}
	return "┴"
}

// branch is where a lane goes on and something leads away from it.
func branch(k, low, high int) string {
	switch k {
	case low:
		return "├"
	case high:
		return "┤"
	}
	return "┼"
}

func (l *lanes) below() string {
	var b strings.Builder
	for k := range l.open {
		if l.open[k].left > 0 {
			b.WriteString("│ ")
		} else {
			b.WriteString("  ")
		}
	}
	return b.String()
}
