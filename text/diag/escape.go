package diag

import (
	"fmt"
	"strings"
	"unicode"
)

// Safe makes a text from a document harmless on a terminal: what would move
// the cursor, change the colours or turn the direction of writing is shown as
// an escape. Line breaks become visible too: one finding is one line.
func Safe(s string) string {
	if !strings.ContainsFunc(s, isHostile) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isHostile(r) {
			b.WriteString(escaped(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isHostile reports whether a character does more on a terminal than show.
func isHostile(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true // invisible, line breaks, and overrides of direction
	case r == 0xfeff, r == unicode.ReplacementChar:
		return r == 0xfeff
	}
	return false
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// Columns returns how many columns of a terminal a text takes, by common
// agreement of terminals: two for what is wide in East Asia, none for marks that
// stand on the letter before.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n += cells(r)
	}
	return n
}

// cells returns how many columns of a terminal a character takes.
func cells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r < 0x1100:
		return 1
	case r <= 0x115f, // Hangul
		r >= 0x2e80 && r <= 0xa4cf, // CJK, kana, Yi
		r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1faff,
		r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
