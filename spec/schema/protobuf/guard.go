package protobuf

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// The bounds of what is read. A schema is written by people; one beyond these
// is a mistake or an attack.
const (
	maxText    = 4 << 20  // bytes of one text
	maxTexts   = 32 << 20 // bytes of all texts of a Set
	maxDepth   = 128      // brackets in one another; the language ends at 32 messages
	maxImports = 1_000    // of one text
	maxName    = 1_000    // bytes of a name with its scope, or of a number
	// maxMissing is after how many imports that lead nowhere no more are
	// looked for: each may mean many questions to the disk or the network.
	maxMissing  = 20
	maxFindings = 200 // about one text
)

// guard refuses texts that would cost more than they are worth.
func (r *reading) guard(u *unit) *diag.Diagnostic {
	r.set.bytes += len(u.data)
	switch {
	case len(u.data) > maxText:
		d := u.finding(CodeTooLarge, diag.Error, 0, 1, fmt.Sprintf("the text has %d MB; at most %d MB are read", len(u.data)>>20, maxText>>20))
		d.Help = "split it into several files that import one another"
		return &d
	case r.set.bytes > maxTexts:
		d := u.finding(CodeTooLarge, diag.Error, 0, min(1, len(u.data)), fmt.Sprintf("the texts that belong together have more than %d MB", maxTexts>>20))
		d.Help = "import fewer of them"
		return &d
	}
	at, long := tooDeep(u.data)
	switch {
	case long:
		d := u.finding(CodeTooLarge, diag.Error, at, at+1, fmt.Sprintf("a name or number has more than %d characters", maxName))
		d.Help = "shorten it"
		return &d
	case at >= 0:
		d := u.finding(CodeTooDeep, diag.Error, at, at+1, fmt.Sprintf("more than %d brackets stand in one another", maxDepth))
		d.Help = "messages may nest 31 deep; declare them side by side"
		return &d
	}
	return nil
}

// tooDeep returns where brackets nest too deep or, with long, where a word is
// too long; -1 where neither is so.
func tooDeep(text string) (at int, long bool) {
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		if !isWord(text[i]) {
			start = i + 1
		} else if i-start >= maxName {
			return start, true
		}
		switch text[i] {
		case '{', '[', '(', '<':
			if depth++; depth > maxDepth {
				return i, false
			}
		case '}', ']', ')', '>':
			depth = max(0, depth-1)
		case '"', '\'':
			i = stringEnd(text, i)
			start = i + 1
		case '/':
			i = commentEnd(text, i)
			start = i + 1
		}
	}
	return -1, false
}

// stringEnd returns the offset of the quote that ends a string, which may not
// go over a line.
func stringEnd(text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[start], '\n':
			return i
		}
	}
	return len(text)
}

// commentEnd returns the offset of the last byte of the comment that starts at
// a slash, or of the slash.
func commentEnd(text string, start int) int {
	rest := text[start:]
	var end, size int
	switch {
	case strings.HasPrefix(rest, "//"):
		end, size = strings.IndexByte(rest, '\n'), 0
	case strings.HasPrefix(rest, "/*"):
		end, size = strings.Index(rest[2:], "*/"), 3
	default:
		return start
	}
	if end < 0 {
		return len(text)
	}
	return start + end + size
}
