package jsonpath

import (
	"strconv"
	"strings"
)

// String returns the path in one canonical form; parsing it gives the same
// path again.
func (p *Path) String() string {
	var b strings.Builder
	p.query.print(&b)
	return b.String()
}

func (q *query) print(b *strings.Builder) {
	if q.relative {
		b.WriteByte('@')
	} else {
		b.WriteByte('$')
	}
	for _, s := range q.segments {
		s.print(b)
	}
}

func (s segment) print(b *strings.Builder) {
	if s.descendant {
		b.WriteString("..")
	}
	if len(s.selectors) == 1 && s.selectors[0].short() {
		if !s.descendant {
			b.WriteByte('.')
		}
		s.selectors[0].printShort(b)
		return
	}
	b.WriteByte('[')
	for i, sel := range s.selectors {
		if i > 0 {
			b.WriteString(", ")
		}
		sel.print(b)
	}
	b.WriteByte(']')
}

// short reports whether a selector can stand after a dot.
func (s selector) short() bool {
	if s.kind != selectName || s.name == "" {
		return s.kind == selectWildcard
	}
	for i, c := range s.name {
		if !isNameChar(c, 2, i > 0) {
			return false
		}
	}
	return true
}

func (s selector) printShort(b *strings.Builder) {
	if s.kind == selectWildcard {
		b.WriteByte('*')
		return
	}
	b.WriteString(s.name)
}

func (s selector) print(b *strings.Builder) {
	switch s.kind {
	case selectName:
		quote(b, s.name)
	case selectWildcard:
		b.WriteByte('*')
	case selectIndex:
		b.WriteString(strconv.FormatInt(s.index, 10))
	case selectSlice:
		s.slice.print(b)
	case selectFilter:
		b.WriteByte('?')
		s.filter.print(b)
	}
}

func (s slice) print(b *strings.Builder) {
	if s.start != nil {
		b.WriteString(strconv.FormatInt(*s.start, 10))
	}
	b.WriteByte(':')
	if s.end != nil {
		b.WriteString(strconv.FormatInt(*s.end, 10))
	}
	if s.step != 1 {
		b.WriteByte(':')
		b.WriteString(strconv.FormatInt(s.step, 10))
	}
}

func (e *expression) print(b *strings.Builder) {
	switch e.kind {
	case exprOr:
		e.join(b, " || ")
	case exprAnd:
		e.join(b, " && ")
	case exprNot:
		b.WriteByte('!')
		e.args[0].print(b)
	case exprParen:
		b.WriteByte('(')
		e.args[0].print(b)
		b.WriteByte(')')
	case exprCompare:
		e.join(b, " "+e.op+" ")
	case exprLiteral:
		printLiteral(b, e.literal)
	case exprQuery:
		e.query.print(b)
	case exprCall:
		b.WriteString(e.call.name)
		b.WriteByte('(')
		e.join(b, ", ")
		b.WriteByte(')')
	}
}

func (e *expression) join(b *strings.Builder, separator string) {
	for i, arg := range e.args {
		if i > 0 {
			b.WriteString(separator)
		}
		arg.print(b)
	}
}

func printLiteral(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case string:
		quote(b, v)
	default:
		text, _ := v.(interface{ String() string })
		b.WriteString(text.String())
	}
}

// quote writes a name as a normalized path does (RFC 9535 section 2.7).
func quote(b *strings.Builder, name string) {
	b.WriteByte('\'')
	for _, c := range name {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c >= 0x20:
			b.WriteRune(c)
		default:
			b.WriteString(controls(byte(c)))
		}
	}
	b.WriteByte('\'')
}

func controls(c byte) string {
	switch c {
	case '\b':
		return `\b`
	case '\t':
		return `\t`
	case '\n':
		return `\n`
	case '\f':
		return `\f`
	case '\r':
		return `\r`
	}
	return `\u00` + hex2(c)
}
