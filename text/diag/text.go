package diag

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/source"
)

// The colours of a terminal; all are empty where none are wanted.
type palette struct{ bold, dim, reset, mark, help string }

var severityColor = lazy.Of[map[Severity]string]{Make: func() map[Severity]string {
	return map[Severity]string{
		Error: "\x1b[1;31m", Warning: "\x1b[1;33m", Info: "\x1b[1;34m", Hint: "\x1b[1;36m",
	}
}}

func paletteOf(r Report, s Severity) palette {
	if !r.Color {
		return palette{}
	}
	return palette{bold: "\x1b[1m", dim: "\x1b[2m", reset: "\x1b[0m", mark: severityColor.Get()[s], help: "\x1b[32m"}
}

func writeText(w io.Writer, r Report) error {
	out := bufio.NewWriter(w)
	list := folded(r)
	for i := range list {
		writeFinding(out, r, &list[i])
	}
	return out.Flush()
}

// writeFinding writes one finding:
//
//	a.yaml:12:5: error: what is wrong  [code]
//	   12 |   parameters: …
//	      |   ^^^^^^^^^^
//	      = help: what to do
//
// What is no fault but could be better is told in one line: there may be much
// of it, and faults must not drown in it.
func writeFinding(out *bufio.Writer, r Report, d *Diagnostic) {
	p := paletteOf(r, d.Severity)
	if d.Severity < Warning {
		help := ""
		if d.Help != "" {
			help = fmt.Sprintf(" %s(%s)%s", p.help, Safe(d.Help), p.reset)
		}
		fmt.Fprintf(out, "%s%s%s%s: %s%s  %s[%s]%s\n",
			place(d.Span, p), p.mark, d.Severity, p.reset, Safe(d.Message), help, p.dim, Safe(string(d.Code)), p.reset)
		return
	}
	fmt.Fprintf(out, "%s%s%s%s%s: %s%s  %s[%s]%s\n",
		place(d.Span, p), p.mark, d.Severity, p.reset, p.bold, Safe(d.Message), p.reset, p.dim, Safe(string(d.Code)), p.reset)
	writeExcerpt(out, r, d.Span, p)
	for _, related := range d.Related {
		fmt.Fprintf(out, "  %s%snote%s: %s\n", place(related.Span, p), p.bold, p.reset, Safe(related.Message))
		writeExcerpt(out, r, related.Span, p)
	}
	if d.Help != "" {
		fmt.Fprintf(out, "      %s=%s %shelp%s: %s\n", p.dim, p.reset, p.help, p.reset, Safe(d.Help))
	}
}

// place is "file:line:column: ", or as much of it as is known.
func place(span source.Span, p palette) string {
	if !span.IsValid() {
		return ""
	}
	start, _ := span.Range()
	return fmt.Sprintf("%s%s:%d:%d:%s ", p.bold, Safe(span.File.Name()), start.Line, start.Column, p.reset)
}

// writeExcerpt writes the line a span starts on, and marks the span in it.
func writeExcerpt(out *bufio.Writer, r Report, span source.Span, p palette) {
	if !span.IsValid() || len(span.File.Data()) == 0 {
		return
	}
	start, _ := span.Range()
	line := span.File.Line(start.Line)
	from := span.Start - span.File.LineStart(start.Line)
	text, lead, width := excerpt(line, from, from+span.End-span.Start, r.Width-9)
	if strings.TrimSpace(text) == "" {
		return
	}
	fmt.Fprintf(out, "%s%5d |%s %s\n", p.dim, start.Line, p.reset, text)
	fmt.Fprintf(out, "%s      |%s %s%s%s%s\n", p.dim, p.reset, strings.Repeat(" ", lead), p.mark, strings.Repeat("^", width), p.reset)
}

// piece is one character of a line as it is shown.
type piece struct {
	text  string
	cells int
}

// tabWidth is how wide a tab is shown.
const tabWidth = 4

// excerpt returns a line as it is shown, at most width columns wide, and where
// the bytes from..to of it are then: behind lead columns, so many wide. What
// is left out on either side is shown as "…".
func excerpt(line []byte, from, to, width int) (text string, lead, marked int) {
	width = max(width, 20)
	from = max(0, min(from, len(line)))
	to = max(from, min(to, len(line)))
	low, high := around(line, from, width)
	pieces, first, last := shown(line[low:high], from-low, min(to, high)-low)
	start, end := window(pieces, first, width)
	var b strings.Builder
	if start > 0 || low > 0 {
		b.WriteString("…")
		lead++
	}
	for i := start; i < end; i++ {
		b.WriteString(pieces[i].text)
		switch {
		case i < first:
			lead += pieces[i].cells
		case i < last:
			marked += pieces[i].cells
		}
	}
	if end < len(pieces) || high < len(line) {
		b.WriteString("…")
	}
	return strings.TrimRight(b.String(), " "), lead, max(1, marked)
}

// bytesPerColumn is how many bytes of a line are looked at for each column that
// there is room for: enough for any letters with their marks.
const bytesPerColumn = 16

// around is the part of a line that is looked at to show a place in it. A line
// may be a whole document, and have thousands of findings.
func around(line []byte, at, width int) (low, high int) {
	reach := width * bytesPerColumn
	low, high = max(0, at-reach), min(len(line), at+reach)
	for low > 0 && !utf8.RuneStart(line[low]) {
		low--
	}
	for high < len(line) && !utf8.RuneStart(line[high]) {
		high++
	}
	return low, high
}

// shown cuts a line into pieces and returns which of them are from..to.
func shown(line []byte, from, to int) (pieces []piece, first, last int) {
	column := 0
	first, last = -1, -1
	for i := 0; i < len(line); {
		if i >= from && first < 0 {
			first = len(pieces)
		}
		if i >= to && last < 0 {
			last = len(pieces)
		}
		c, size := utf8.DecodeRune(line[i:])
		p := pieceOf(c, size, line[i], column)
		column += p.cells
		pieces = append(pieces, p)
		i += size
	}
	if first < 0 {
		first = len(pieces)
	}
	if last < 0 {
		last = len(pieces)
	}
	return pieces, first, last
}

func pieceOf(c rune, size int, raw byte, column int) piece {
	switch {
	case c == utf8.RuneError && size <= 1:
		return piece{fmt.Sprintf(`\x%02x`, raw), 4}
	case c == '\t':
		n := tabWidth - column%tabWidth
		return piece{strings.Repeat(" ", n), n}
	case isHostile(c):
		text := escaped(c)
		return piece{text, len(text)}
	}
	return piece{string(c), cells(c)}
}

// window chooses which pieces to show: all that fit, with what is marked in
// view and something before it.
func window(pieces []piece, first, width int) (start, end int) {
	total := 0
	for _, p := range pieces {
		total += p.cells
	}
	if total <= width {
		return 0, len(pieces)
	}
	start = first
	for before := 0; start > 0 && before+pieces[start-1].cells <= width/3; start-- {
		before += pieces[start-1].cells
	}
	used := 2 // for what stands for the parts left out
	end = start
	for end < len(pieces) && used+pieces[end].cells <= width {
		used += pieces[end].cells
		end++
	}
	// At the end of a line there is room for more of its start.
	for end == len(pieces) && start > 0 && used+pieces[start-1].cells <= width {
		start--
		used += pieces[start].cells
	}
	return start, end
}
