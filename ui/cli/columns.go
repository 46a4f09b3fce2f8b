package cli

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// columns are rows of cells as lines, safe for a terminal. Each column is as
// wide as its widest cell; one that is empty in every row is left out.
func columns(rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], diag.Columns(diag.Safe(cell)))
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		var line strings.Builder
		for k, cell := range row {
			if widths[k] > 0 {
				line.WriteString(padTo(diag.Safe(cell), widths[k]) + "  ")
			}
		}
		lines[i] = strings.TrimRight(line.String(), " ")
	}
	return lines
}

// grid prints rows below a heading, in columns.
func grid(out *screen, heading []string, rows [][]string) {
	for i, line := range columns(append([][]string{heading}, rows...)) {
		if i == 0 {
			line = out.paint(dim, line)
		}
		fmt.Fprintln(out, line)
	}
}

// padTo fills a text with blanks to a number of columns.
func padTo(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-diag.Columns(text)))
}
