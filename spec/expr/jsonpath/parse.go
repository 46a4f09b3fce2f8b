package jsonpath

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxLength  = 64 << 10 // bytes of a path
	maxNesting = 100      // of parentheses, filters and function calls
	maxInteger = 1<<53 - 1
)

// Parse reads a JSONPath query. The error is a [*SyntaxError].
func Parse(text string) (*Path, error) {
	p := &parser{text: text}
	if len(text) > maxLength {
		return nil, &SyntaxError{Length: len(text), Message: "the path is longer than 64 KiB"}
	}
	q := p.root()
	if p.err != nil {
		return nil, p.err
	}
	return &Path{text: text, query: q, warnings: p.warnings}, nil
}

// parser is a recursive descent over the grammar of RFC 9535 appendix A. The
// first error stops it: from then on every method returns at once.
type parser struct {
	text     string
	pos      int
	depth    int
	err      *SyntaxError
	warnings []Warning
}

func (p *parser) fail(offset, length int, message, help string) {
	if p.err == nil {
		p.err = &SyntaxError{Offset: offset, Length: length, Message: message, Help: help}
	}
	p.pos = len(p.text)
}

func (p *parser) warn(start, end int, message, help string) {
	p.warnings = append(p.warnings, Warning{Offset: start, Length: end - start, Message: message, Help: help})
}

// unexpected reports the next character.
func (p *parser) unexpected(help string) {
	if p.pos >= len(p.text) {
		p.fail(max(0, p.pos-1), min(1, p.pos), "the path ends too early", help)
		return
	}
	_, size := utf8.DecodeRuneInString(p.text[p.pos:])
	p.fail(p.pos, size, "unexpected "+strconv.Quote(p.text[p.pos:p.pos+size]), help)
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos >= len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) take(token string) bool {
	if !strings.HasPrefix(p.text[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

func (p *parser) blanks() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// enter bounds the nesting; every true needs a leave.
func (p *parser) enter() bool {
	if p.depth >= maxNesting {
		p.fail(p.pos, 0, "the path nests too deep", "")
		return false
	}
	p.depth++
	return true
}

func (p *parser) leave() { p.depth-- }

func (p *parser) root() *query {
	if !p.take("$") {
		p.fail(0, min(1, len(p.text)), "a JSONPath starts with $", startHelp(p.text))
		return nil
	}
	q := p.segments(false, 0)
	if p.err == nil && p.pos < len(p.text) {
		p.strayAfterSegment()
	}
	return q
}

func startHelp(text string) string {
	switch {
	case strings.HasPrefix(text, "@"):
		return "@ stands only within a filter"
	case strings.HasPrefix(text, "/"):
		return "this is a JSON Pointer or an XPath; set the type to it"
	case strings.TrimSpace(text) != text && strings.HasPrefix(strings.TrimSpace(text), "$"):
		return "remove the blanks around it"
	case strings.HasPrefix(text, "."), strings.HasPrefix(text, "["):
		return "write $" + clip(text)
	}
	return "write $." + clip(text)
}

func clip(text string) string {
	if len(text) > 40 && utf8.ValidString(text[:40]) {
		return text[:40] + "…"
	}
	return text
}

func (p *parser) strayAfterSegment() {
	if strings.TrimSpace(p.text[p.pos:]) == "" {
		p.fail(p.pos, len(p.text)-p.pos, "a JSONPath does not end in blanks", "remove the blanks after it")
		return
	}
	switch c := p.peek(); {
	case c == '-':
		p.unexpected("quote a name with a hyphen, as ['order-id']")
	case c == '(':
		p.unexpected("functions stand only within a filter, as $[?length(@.name) > 1]")
	case c == '=', c == '<', c == '>', c == '!', strings.IndexByte(" \t", c) >= 0:
		p.unexpected("a comparison stands in a filter, as $[?@.name == 'x']")
	default:
		p.unexpected("")
	}
}

// segments reads what follows "$" or "@". Blanks may stand before a segment,
// so those before something else are left.
func (p *parser) segments(relative bool, start int) *query {
	q := &query{relative: relative, start: start}
	for p.err == nil {
		before := p.pos
		p.blanks()
		if c := p.peek(); c != '.' && c != '[' {
			p.pos = before
			break
		}
		q.segments = append(q.segments, p.segment())
	}
	q.end = p.pos
	return q
}

func (p *parser) segment() segment {
	switch {
	case p.take(".."):
		s := segment{descendant: true}
		if p.peek() == '[' {
			s.selectors = p.bracketed()
			return s
		}
		s.selectors = p.shorthand()
		return s
	case p.take("."):
		return segment{selectors: p.shorthand()}
	}
	return segment{selectors: p.bracketed()}
}

// shorthand reads the name or the * after a dot.
func (p *parser) shorthand() []selector {
	if p.take("*") {
		return []selector{{kind: selectWildcard}}
	}
	start := p.pos
	for p.pos < len(p.text) {
		c, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if !isNameChar(c, size, p.pos > start) {
			break
		}
		p.pos += size
	}
	if p.pos == start {
		p.noName()
		return nil
	}
	return []selector{{kind: selectName, name: p.text[start:p.pos]}}
}

func (p *parser) noName() {
	switch c := p.peek(); {
	case c >= '0' && c <= '9':
		p.unexpected("write an index as [0], and a name that starts with a digit as ['0']")
	case c == '[':
		p.unexpected("remove the dot before [")
	case c == '\'' || c == '"':
		p.unexpected("write a quoted name as ['name']")
	default:
		p.unexpected("a name or * stands after a dot")
	}
}

func isNameChar(c rune, size int, inside bool) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		return true
	case c >= '0' && c <= '9':
		return inside
	}
	return c >= 0x80 && (c != utf8.RuneError || size > 1)
}

// bracketed reads "[" selectors "]".
func (p *parser) bracketed() []selector {
	p.pos++
	var list []selector
	for p.err == nil {
		p.blanks()
		list = append(list, p.selector())
		p.blanks()
		if p.take("]") {
			return list
		}
		if !p.take(",") {
			p.unexpected(p.bracketHelp())
		}
	}
	return nil
}

func (p *parser) bracketHelp() string {
	rest := strings.ToLower(p.text[p.pos:])
	switch {
	case strings.HasPrefix(rest, "and "), strings.HasPrefix(rest, "& "):
		return "write &&"
	case strings.HasPrefix(rest, "or "), strings.HasPrefix(rest, "| "):
		return "write ||"
	}
	return "selectors are separated by , and end with ]"
}

func (p *parser) selector() selector {
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		return selector{kind: selectName, name: p.string()}
	case c == '*':
		p.pos++
		return selector{kind: selectWildcard}
	case c == '?':
		p.pos++
		p.blanks()
		return selector{kind: selectFilter, filter: p.logical()}
	case c == '-' || c == ':' || c >= '0' && c <= '9':
		return p.indexOrSlice()
	case c == '(':
		p.unexpected("RFC 9535 has no scripts; the last item is [-1], a filter is [?…]")
	case c == ']':
		p.unexpected("a selector is missing; all children are [*]")
	default:
		p.unexpected("quote a name, as ['name']")
	}
	return selector{}
}

func (p *parser) indexOrSlice() selector {
	s := selector{kind: selectIndex, slice: slice{step: 1}}
	if p.peek() != ':' {
		s.index = p.integer()
		s.slice.start = &s.index
	}
	before := p.pos
	p.blanks()
	if !p.take(":") {
		p.pos = before
		return s
	}
	s.kind = selectSlice
	p.blanks()
	if p.atInteger() {
		end := p.integer()
		s.slice.end = &end
		p.blanks()
	}
	if p.take(":") {
		p.blanks()
		if p.atInteger() {
			s.slice.step = p.integer()
		}
	}
	return s
}

func (p *parser) atInteger() bool {
	c := p.peek()
	return c == '-' || c >= '0' && c <= '9'
}

// integer reads an int of the grammar within the range of I-JSON.
func (p *parser) integer() int64 {
	start := p.pos
	p.take("-")
	from := p.pos
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.pos++
	}
	digits := p.text[from:p.pos]
	text := p.text[start:p.pos]
	switch {
	case digits == "":
		p.unexpected("an integer is missing")
		return 0
	case digits[0] == '0' && (len(digits) > 1 || from > start):
		p.fail(start, len(text), text+" is not an integer here", "write it without leading zeros and without -0")
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > maxInteger || n < -maxInteger {
		p.fail(start, len(text), "the integer is out of range", "")
		return 0
	}
	return n
}

// number reads a number literal of a filter.
func (p *parser) number() json.Number {
	start := p.pos
	p.take("-")
	from := p.pos
	p.digits()
	whole := p.text[from:p.pos]
	if whole == "" || whole[0] == '0' && len(whole) > 1 {
		p.fail(start, p.pos-start, "this is not a number", "write it as in JSON")
		return ""
	}
	if p.take(".") && p.digits() == 0 {
		p.unexpected("digits follow the point")
		return ""
	}
	if p.take("e") || p.take("E") {
		if !p.take("+") {
			p.take("-")
		}
		if p.digits() == 0 {
			p.unexpected("digits follow the e")
			return ""
		}
	}
	return json.Number(p.text[start:p.pos])
}

func (p *parser) digits() int {
	start := p.pos
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos - start
}
