package cli

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// columns are rows of cells as lines, safe for a terminal. Each column is as
// wide as its widest cell; one that is empty in every row is left out.
func columns(rows [][]string) []string {
	widths := widthsOf(rows)
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = columnLine(row, widths)
	}
	return lines
}

func widthsOf(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], diag.Columns(diag.Safe(cell)))
		}
	}
	return widths
}

func columnLine(row []string, widths []int) string {
	var line strings.Builder
	for k, cell := range row {
		if widths[k] > 0 {
			line.WriteString(padTo(diag.Safe(cell), widths[k]) + "  ")
		}
	}
	return strings.TrimRight(line.String(), " ")
}

// grid prints rows below a heading, in columns. On a terminal that is too narrow
// for them the widest columns give way, and their cells go on in lines below:
// nothing is left out. Who reads from a pipe has one line for each row.
func grid(out *screen, heading []string, rows [][]string) {
	rows = append([][]string{heading}, rows...)
	widths := widthsOf(rows)
	if out.terminal {
		narrow(widths, out.width)
	}
	for i, row := range rows {
		for _, line := range folded(row, widths) {
			if i == 0 {
				line = out.paint(dim, line)
			}
			fmt.Fprintln(out, line)
		}
	}
}

// leastColumn is how narrow a column may become.
const leastColumn = 10

// narrow takes from the widest columns what a line has too much.
func narrow(widths []int, room int) {
	for over := lineWidth(widths) - room; over > 0; over-- {
		widest := 0
		for i, w := range widths {
			if w >= widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= leastColumn {
			return
		}
		widths[widest]--
	}
}

func lineWidth(widths []int) int {
	sum := 0
	for _, w := range widths {
		if w > 0 {
			sum += w + 2
		}
	}
	return sum - 2
}

// folded is a row as lines of columns of these widths.
func folded(row []string, widths []int) []string {
	parts, most := make([][]string, len(row)), 0
	for i, cell := range row {
		parts[i] = fold(diag.Safe(cell), widths[i])
		most = max(most, len(parts[i]))
	}
	lines := make([]string, most)
	for n := range lines {
		cells := make([]string, len(row))
		for i, part := range parts {
			if n < len(part) {
				cells[i] = part[n]
			}
		}
		lines[n] = columnLine(cells, widths)
	}
	return lines
}

// fold breaks a text into pieces of so many columns: after a blank where there
// is one, else after what joins names, else anywhere.
func fold(text string, width int) []string {
	var pieces []string
	for width > 0 && diag.Columns(text) > width {
		at := breakOf(text, width)
		pieces = append(pieces, strings.TrimRight(text[:at], " "))
		text = strings.TrimLeft(text[at:], " ")
	}
	if text != "" || len(pieces) == 0 {
		pieces = append(pieces, text)
	}
	return pieces
}

// breakOf is where in a text, which is wider than that, a line of so many
// columns ends.
func breakOf(text string, width int) int {
	used, blank, joint, last := 0, 0, 0, ' '
	for i, c := range text {
		switch {
		case i == 0:
		case c == ' ':
			blank = i
		case strings.ContainsRune("/#,:._-", last):
			joint = i
		}
		if used += diag.Columns(string(c)); used > width && i > 0 {
			return bestBreak(blank, joint, i)
		}
		last = c
	}
	return len(text)
}

// bestBreak leaves no line with less than a third of what fits.
func bestBreak(blank, joint, end int) int {
	switch {
	case blank >= (end+2)/3:
		return blank
	case joint >= (end+2)/3:
		return joint
	}
	return end
}

// padTo fills a text with blanks to a number of columns.
func padTo(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-diag.Columns(text)))
}
