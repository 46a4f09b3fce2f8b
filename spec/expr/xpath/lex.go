package xpath

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenSymbol
	tokenName // a QName, "prefix:*" or "*" as a name
	tokenString
	tokenNumber
	tokenOperator // and, or, div, mod and the symbols between operands
)

type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// lexer splits an expression into tokens by section 3.7: what a name or a star
// is depends on what stands before it.
type lexer struct {
	text   string
	pos    int
	tokens []token
	err    *SyntaxError
}

var symbols = []string{
	"::", "..", "//", "!=", "<=", ">=", "(", ")", "[", "]", ".", "@", ",", "/", "|", "+", "-", "=", "<", ">", "*", "$",
}

func lex(text string) ([]token, *SyntaxError) {
	l := &lexer{text: text}
	for l.err == nil {
		for l.pos < len(text) && strings.IndexByte(" \t\r\n", text[l.pos]) >= 0 {
			l.pos++
		}
		if l.pos == len(text) {
			break
		}
		l.next()
	}
	if l.err != nil {
		return nil, l.err
	}
	return append(l.tokens, token{start: len(text), end: len(text)}), nil
}

func (l *lexer) emit(kind tokenKind, text string, end int) {
	l.tokens = append(l.tokens, token{kind, text, l.pos, end})
	l.pos = end
}

func (l *lexer) fail(length int, unsupported bool, message, help string) {
	l.err = &SyntaxError{Offset: l.pos, Length: min(length, len(l.text)-l.pos), Message: message, Help: help, Unsupported: unsupported}
}

// afterOperand reports whether the next token can only be an operator.
func (l *lexer) afterOperand() bool {
	if len(l.tokens) == 0 {
		return false
	}
	last := l.tokens[len(l.tokens)-1]
	switch last.kind {
	case tokenOperator:
		return false
	case tokenSymbol:
		return strings.Contains(") ] . ..", last.text)
	}
	return true
}

func (l *lexer) next() {
	rest := l.text[l.pos:]
	if l.later(rest) {
		return
	}
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		l.string(c)
		return
	case c >= '0' && c <= '9', c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		l.number(rest)
		return
	}
	if n := nameLength(rest); n > 0 {
		l.name(rest, n)
		return
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			l.symbol(s)
			return
		}
	}
	_, size := utf8.DecodeRuneInString(rest)
	l.fail(size, false, "unexpected "+rest[:size], "")
}

// later recognises the symbols of later XPaths.
func (l *lexer) later(rest string) bool {
	for _, s := range []struct{ symbol, what string }{
		{"(:", "a comment"},
		{"||", "the operator ||"},
		{"=>", "the operator =>"},
		{"<<", "the operator <<"},
		{">>", "the operator >>"},
		{":=", "an assignment"},
		{"{", "a map, an array or a function body"},
		{"?", "a lookup"},
		{"#", "a function reference"},
	} {
		if strings.HasPrefix(rest, s.symbol) {
			l.fail(len(s.symbol), true, s.what+" is not part of XPath 1.0", laterHelp(s.symbol))
			return true
		}
	}
	if rest[0] == '!' && !strings.HasPrefix(rest, "!=") {
		l.fail(1, true, "the operator ! is not part of XPath 1.0", "write not(…), or a path")
		return true
	}
	return false
}

func laterHelp(symbol string) string {
	if symbol == "||" {
		return "write concat(a, b), or or"
	}
	return ""
}

func (l *lexer) string(quote byte) {
	for i := l.pos + 1; i < len(l.text); i++ {
		if l.text[i] != quote {
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == quote {
			i++
			continue
		}
		q := string(quote)
		l.emit(tokenString, strings.ReplaceAll(l.text[l.pos+1:i], q+q, q), i+1)
		return
	}
	l.fail(len(l.text), false, "the string is not closed", "")
}

func (l *lexer) number(rest string) {
	n := 0
	for seenPoint := false; n < len(rest); n++ {
		if rest[n] == '.' && !seenPoint {
			seenPoint = true
			continue
		}
		if rest[n] < '0' || rest[n] > '9' {
			break
		}
	}
	if n < len(rest) && (rest[n] == 'e' || rest[n] == 'E') {
		l.fail(n+1, true, "a number with an exponent is not part of XPath 1.0", "write it out")
		return
	}
	l.emit(tokenNumber, rest[:n], l.pos+n)
}

func (l *lexer) symbol(s string) {
	kind := tokenSymbol
	if s == "*" && !l.afterOperand() {
		kind = tokenName
	} else if strings.Contains("// != <= >= / | + - = < > *", s) && s != "." {
		kind = tokenOperator
	}
	l.emit(kind, s, l.pos+len(s))
}

// name reads an operator's name, a QName or "prefix:*".
func (l *lexer) name(rest string, n int) {
	name := rest[:n]
	if l.afterOperand() {
		l.operatorName(name)
		return
	}
	if starts, later := laterKeywords.Get()[name]; later && strings.HasPrefix(strings.TrimLeft(rest[n:], " \t\r\n"), starts) {
		l.fail(n, true, name+" is not part of XPath 1.0", "")
		return
	}
	if n+1 < len(rest) && rest[n] == ':' && rest[n+1] != ':' {
		if rest[n+1] == '*' {
			l.emit(tokenName, rest[:n+2], l.pos+n+2)
			return
		}
		m := nameLength(rest[n+1:])
		if m == 0 {
			l.fail(n+1, false, "a name is missing after "+name+":", "")
			return
		}
		n += 1 + m
	}
	l.emit(tokenName, rest[:n], l.pos+n)
}

// laterKeywords are the words that start an expression of later XPaths, with
// what follows them.
var laterKeywords = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{"for": "$", "let": "$", "some": "$", "every": "$", "if": "("}
}}

// laterOperators are the operators with names that later XPaths have.
var laterOperators = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "union": "|", "idiv": "floor(a div b)",
		"intersect": "", "except": "", "is": "", "to": "", "instance": "", "cast": "", "castable": "", "treat": "",
		"return": "", "in": "", "satisfies": "", "then": "", "else": "",
	}
}}

func (l *lexer) operatorName(name string) {
	switch name {
	case "and", "or", "div", "mod":
		l.emit(tokenOperator, name, l.pos+len(name))
		return
	}
	instead, later := laterOperators.Get()[name]
	help := "the operators are or and = != < <= > >= + - * div mod |"
	if instead != "" {
		help = "write " + instead
	}
	if later {
		l.fail(len(name), true, "the operator "+name+" is not part of XPath 1.0", help)
		return
	}
	l.fail(len(name), false, "there is no operator "+name, help)
}

// nameLength returns the length of the NCName at the start of a text.
func nameLength(s string) int {
	for i, c := range s {
		if c == '_' || unicode.IsLetter(c) {
			continue
		}
		if i > 0 && (c == '-' || c == '.' || unicode.IsDigit(c) || unicode.IsMark(c) || c == '·') {
			continue
		}
		return i
	}
	return len(s)
}
