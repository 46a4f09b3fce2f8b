package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string literal, the quote of which is next.
func (p *parser) string() string {
	start := p.pos
	quote := p.text[p.pos]
	p.pos++
	var b strings.Builder
	for p.err == nil && p.pos < len(p.text) {
		c, size := utf8.DecodeRuneInString(p.text[p.pos:])
		switch {
		case c == rune(quote):
			p.pos++
			return b.String()
		case c == '\\':
			p.pos++
			b.WriteRune(p.escape(quote))
		case c < 0x20:
			p.fail(p.pos, 1, "a control character stands in a string", "write it as \\u00"+hex2(byte(c)))
		case c == utf8.RuneError && size == 1:
			p.fail(p.pos, 1, "the path is not valid UTF-8", "")
		default:
			b.WriteString(p.text[p.pos : p.pos+size])
			p.pos += size
		}
	}
	p.fail(start, len(p.text)-start, "the string is not closed", "")
	return ""
}

func hex2(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// escape reads what follows a backslash.
func (p *parser) escape(quote byte) rune {
	c := p.peek()
	p.pos = min(p.pos+1, len(p.text))
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '/', '\\', quote:
		return rune(c)
	case 'u':
		return p.unicode()
	}
	p.fail(p.pos-2, 2, "there is no such escape", `the escapes are \b \f \n \r \t \/ \\ \uXXXX and the quote`)
	return 0
}

func (p *parser) unicode() rune {
	start := p.pos - 2
	c := p.hex4()
	if !utf16.IsSurrogate(c) {
		return c
	}
	if p.take(`\u`) {
		if both := utf16.DecodeRune(c, p.hex4()); both != utf8.RuneError {
			return both
		}
	}
	p.fail(start, 6, "a surrogate stands alone", "write both halves of the pair")
	return 0
}

func (p *parser) hex4() rune {
	if p.pos+4 > len(p.text) {
		p.fail(p.pos, len(p.text)-p.pos, "four hexadecimal digits follow \\u", "")
		return 0
	}
	digits := p.text[p.pos : p.pos+4]
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || strings.ContainsAny(digits, "+-_") {
		p.fail(p.pos, 4, "four hexadecimal digits follow \\u", "")
		return 0
	}
	p.pos += 4
	return rune(n)
}
