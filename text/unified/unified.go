// Package unified shows what is different between two texts, in the form that
// patch and every review tool read: the lines taken away, the lines added, and
// three lines around them.
//
// It must not know where the texts come from or why they differ.
package unified

import (
	"bytes"
	"fmt"
	"strings"
)

// around is how many equal lines are shown before and after a difference.
const around = 3

// maxCells bounds the table of the comparison; of longer differences the whole
// middle is shown as taken away and added.
const maxCells = 16 << 20

type edit struct {
	sign byte // ' ', '-' or '+'
	text string
}

// Diff returns the difference between two texts, or nothing where there is
// none. The names are shown above it.
func Diff(oldName, newName string, before, after []byte) []byte {
	if bytes.Equal(before, after) {
		return nil
	}
	edits := compare(split(before), split(after))
	var out bytes.Buffer
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	for at := 0; at < len(edits); {
		start, end := hunk(edits, at)
		if start == end {
			break
		}
		write(&out, edits, start, end)
		at = end
	}
	return out.Bytes()
}

// split cuts a text into lines that keep their line break.
func split(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func compare(a, b []string) []edit {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	edits := mark(nil, ' ', a[:start])
	edits = middle(edits, a[start:endA], b[start:endB])
	return mark(edits, ' ', a[endA:])
}

func mark(edits []edit, sign byte, lines []string) []edit {
	for _, line := range lines {
		edits = append(edits, edit{sign, line})
	}
	return edits
}

// middle compares by the longest common subsequence of lines.
func middle(edits []edit, a, b []string) []edit {
	if len(a)*len(b) > maxCells {
		return mark(mark(edits, '-', a), '+', b)
	}
	width := len(b) + 1
	cells := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				cells[i*width+j] = cells[(i+1)*width+j+1] + 1
			} else {
				cells[i*width+j] = max(cells[(i+1)*width+j], cells[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			edits = append(edits, edit{' ', a[i]})
			i, j = i+1, j+1
		case cells[(i+1)*width+j] >= cells[i*width+j+1]:
			edits = append(edits, edit{'-', a[i]})
			i++
		default:
			edits = append(edits, edit{'+', b[j]})
			j++
		}
	}
	return mark(mark(edits, '-', a[i:]), '+', b[j:])
}

// hunk returns the range of the next differences, with what is around them.
// Differences that are close together are one hunk.
func hunk(edits []edit, from int) (start, end int) {
	first := from
	for first < len(edits) && edits[first].sign == ' ' {
		first++
	}
	if first == len(edits) {
		return 0, 0
	}
	last := first
	for i := first; i < len(edits) && i <= last+2*around; i++ {
		if edits[i].sign != ' ' {
			last = i
		}
	}
	return max(first-around, from), min(last+1+around, len(edits))
}

func write(out *bytes.Buffer, edits []edit, start, end int) {
	oldLine, newLine := 1, 1
	for _, e := range edits[:start] {
		oldLine, newLine = oldLine+counts(e, '-'), newLine+counts(e, '+')
	}
	oldLen, newLen := 0, 0
	for _, e := range edits[start:end] {
		oldLen, newLen = oldLen+counts(e, '-'), newLen+counts(e, '+')
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", place(oldLine, oldLen), place(newLine, newLen))
	for _, e := range edits[start:end] {
		out.WriteByte(e.sign)
		out.WriteString(e.text)
		if !strings.HasSuffix(e.text, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// counts is how many lines an edit has in the text that shows that sign.
func counts(e edit, sign byte) int {
	if e.sign == ' ' || e.sign == sign {
		return 1
	}
	return 0
}

func place(line, length int) string {
	switch length {
	case 0:
		return fmt.Sprintf("%d,0", line-1)
	case 1:
		return fmt.Sprint(line)
	}
	return fmt.Sprintf("%d,%d", line, length)
}
