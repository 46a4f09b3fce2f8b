package golden

import (
	"bytes"
	"fmt"
	"strings"
)

// contextLines is how many equal lines are shown around a difference.
const contextLines = 3

// maxCells bounds the table of the exact comparison, in entries of 4 bytes.
// Beyond it the middle of the two texts is shown as one block.
const maxCells = 16 << 20

// line is one line of a diff: ' ' in both, '-' only wanted, '+' only got.
type line struct {
	mark byte
	text string
	// old and new count the lines before this one in each of the two texts.
	old, new int
}

// diff shows how got differs from want, line by line, with line numbers.
// What cannot be seen (a carriage return, a tab, a missing last line break,
// bytes that are not UTF-8) is spelt out wherever a line differs.
func diff(want, got []byte) string {
	var b strings.Builder
	lines := number(compare(split(want), split(got)))
	for from := 0; from < len(lines); {
		from = nextChange(lines, from)
		if from == len(lines) {
			break
		}
		to := hunkEnd(lines, from)
		start := max(0, from-contextLines)
		end := min(len(lines), to+contextLines)
		fmt.Fprintf(&b, "@@ line %d, got line %d @@\n", lines[start].old+1, lines[start].new+1)
		for _, l := range lines[start:end] {
			b.WriteByte(l.mark)
			b.WriteByte(' ')
			b.WriteString(visible(l))
			b.WriteByte('\n')
		}
		from = end
	}
	return b.String()
}

// split cuts a text after each line break and keeps the breaks, so that two
// texts which differ only in the last one differ in a line.
func split(text []byte) []string {
	parts := bytes.SplitAfter(text, []byte("\n"))
	if last := len(parts) - 1; len(parts[last]) == 0 {
		parts = parts[:last]
	}
	lines := make([]string, len(parts))
	for i, part := range parts {
		lines[i] = string(part)
	}
	return lines
}

// compare aligns two lists of lines by their longest common subsequence.
func compare(want, got []string) []line {
	head := 0
	for head < len(want) && head < len(got) && want[head] == got[head] {
		head++
	}
	tail := 0
	for tail < len(want)-head && tail < len(got)-head && want[len(want)-1-tail] == got[len(got)-1-tail] {
		tail++
	}
	lines := mark(nil, ' ', want[:head])
	lines = middle(lines, want[head:len(want)-tail], got[head:len(got)-tail])
	return mark(lines, ' ', want[len(want)-tail:])
}

func middle(lines []line, want, got []string) []line {
	if len(want)*len(got) > maxCells {
		return mark(mark(lines, '-', want), '+', got)
	}
	common := table(want, got)
	i, j := 0, 0
	for i < len(want) && j < len(got) {
		switch {
		case want[i] == got[j]:
			lines = append(lines, line{mark: ' ', text: want[i]})
			i++
			j++
		case common[i+1][j] >= common[i][j+1]:
			lines = append(lines, line{mark: '-', text: want[i]})
			i++
		default:
			lines = append(lines, line{mark: '+', text: got[j]})
			j++
		}
	}
	return mark(mark(lines, '-', want[i:]), '+', got[j:])
}

// table holds at [i][j] how many lines want[i:] and got[j:] have in common.
func table(want, got []string) [][]int32 {
	rows := make([][]int32, len(want)+1)
	for i := range rows {
		rows[i] = make([]int32, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				rows[i][j] = rows[i+1][j+1] + 1
				continue
			}
			rows[i][j] = max(rows[i+1][j], rows[i][j+1])
		}
	}
	return rows
}

func mark(lines []line, sign byte, texts []string) []line {
	for _, text := range texts {
		lines = append(lines, line{mark: sign, text: text})
	}
	return lines
}

func number(lines []line) []line {
	before, after := 0, 0
	for i := range lines {
		lines[i].old, lines[i].new = before, after
		if lines[i].mark != '+' {
			before++
		}
		if lines[i].mark != '-' {
			after++
		}
	}
	return lines
}

func nextChange(lines []line, from int) int {
	for from < len(lines) && lines[from].mark == ' ' {
		from++
	}
	return from
}

// hunkEnd returns the end of the changes that begin at from and are no further
// apart than the context that would be shown between them.
func hunkEnd(lines []line, from int) int {
	end := from
	for i := from; i < len(lines) && i-end <= 2*contextLines; i++ {
		if lines[i].mark != ' ' {
			end = i + 1
		}
	}
	return end
}

func visible(l line) string {
	text, whole := strings.CutSuffix(l.text, "\n")
	if l.mark != ' ' && !plain(text) {
		text = fmt.Sprintf("%q", text)
	}
	if !whole {
		text += " (no line break at the end)"
	}
	return text
}

// plain reports whether a line looks like what it is when it is printed.
func plain(text string) bool {
	for _, c := range text {
		if c < ' ' || c == 0x7f || c == '\uFFFD' || c == '\uFEFF' {
			return false
		}
	}
	return !strings.HasSuffix(text, " ")
}
