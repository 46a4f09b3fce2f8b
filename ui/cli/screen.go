package cli

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/weft-dev/weft/text/diag"
)

// screen is what text is written to: a terminal with colours and a width, or a
// pipe without.
type screen struct {
	io.Writer
	color    bool
	terminal bool
	width    int
}

// The widths of lines: of a pipe, and the least of a terminal that is worth
// cutting lines for.
const (
	pipeWidth    = 120
	leastColumns = 40
)

func newScreen(out io.Writer) *screen {
	s := &screen{Writer: out, width: pipeWidth}
	file, ok := out.(*os.File)
	terminal := ok && term.IsTerminal(int(file.Fd()))
	s.terminal = terminal
	if terminal {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width >= leastColumns {
			s.width = width
		}
	}
	s.color = wantsColor(terminal)
	return s
}

// wantsColor follows what terminals and their users have agreed upon: NO_COLOR
// forbids, CLICOLOR_FORCE demands, TERM=dumb cannot.
func wantsColor(terminal bool) bool {
	switch {
	case os.Getenv("NO_COLOR") != "":
		return false
	case os.Getenv("CLICOLOR_FORCE") != "" && os.Getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return terminal && os.Getenv("TERM") != "dumb"
}

// moves reports whether a line can be written over by another.
func (s *screen) moves() bool { return s.terminal && os.Getenv("TERM") != "dumb" }

// The looks of a word on a terminal.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// paint gives a text a look, where there are colours.
func (s *screen) paint(look, text string) string {
	if !s.color || text == "" || look == "" {
		return text
	}
	return "\x1b[" + look + "m" + text + "\x1b[0m"
}

// fit cuts a text to a number of columns, safely for a terminal.
func fit(text string, columns int) string {
	text = diag.Safe(text)
	if diag.Columns(text) <= columns || columns < 2 {
		return text
	}
	used := 0
	for i, c := range text {
		if used += diag.Columns(string(c)); used > columns-1 {
			return text[:i] + "…"
		}
	}
	return text
}
