package jsonpath

import (
	"errors"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
)

// maxPattern is the longest regular expression, in bytes.
const maxPattern = 4 << 10

// matcher is a compiled pattern of match or search; nil matches nothing.
type matcher struct{ re *regexp.Regexp }

func newMatcher(pattern string, whole bool) *matcher {
	text, err := translate(pattern, whole)
	if err != nil {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil
	}
	return &matcher{re}
}

func (m *matcher) match(text string) bool { return m.re.MatchString(text) }

var errPattern = errors.New("not a regular expression by RFC 9485")

// translate turns an I-Regexp (RFC 9485) into RE2. Its rules 5.4 and 5.5 apply:
// a dot is any character but CR and LF, and match is anchored at both ends. The
// escapes \d, \w and \s of XSD, which I-Regexp leaves out, are understood too.
func translate(pattern string, whole bool) (string, error) {
	if len(pattern) > maxPattern || !utf8.ValidString(pattern) {
		return "", errPattern
	}
	t := &translator{in: pattern}
	if whole {
		t.out.WriteString(`\A(?:`)
	}
	if err := t.pattern(); err != nil {
		return "", err
	}
	if whole {
		t.out.WriteString(`)\z`)
	}
	if _, err := regexp.Compile(t.out.String()); err != nil {
		return "", errPattern
	}
	return t.out.String(), nil
}

// translator reads a pattern character by character.
type translator struct {
	in   string
	pos  int
	out  strings.Builder
	open int
}

func (t *translator) pattern() error {
	for t.pos < len(t.in) {
		if err := t.piece(t.next()); err != nil {
			return err
		}
	}
	if t.open != 0 {
		return errPattern
	}
	return nil
}

func (t *translator) next() rune {
	c, size := utf8.DecodeRuneInString(t.in[t.pos:])
	t.pos += size
	return c
}

func (t *translator) peek() rune {
	c, _ := utf8.DecodeRuneInString(t.in[t.pos:])
	return c
}

func (t *translator) piece(c rune) error {
	switch c {
	case '.':
		t.out.WriteString(`[^\n\r]`)
	case '\\':
		return t.escape(false)
	case '[':
		return t.class()
	case '(':
		if t.pos < len(t.in) && t.peek() == '?' {
			return errPattern
		}
		t.open++
		t.out.WriteString("(?:")
		return nil
	case ')':
		if t.open--; t.open < 0 {
			return errPattern
		}
		t.out.WriteByte(')')
	case '|':
		t.out.WriteByte('|')
		return nil
	case '^', '$': // anchors, as in the RFC's own mapping to RE2 (section 5.4)
		t.out.WriteRune(c)
	case '*', '+', '?', '{', '}', ']':
		return errPattern
	default:
		t.out.WriteString(regexp.QuoteMeta(string(c)))
	}
	return t.quantifier()
}

// quantifier reads *, +, ? or {n,m} after an atom. A second one would be lazy
// or possessive, which I-Regexp does not have.
func (t *translator) quantifier() error {
	if t.pos >= len(t.in) {
		return nil
	}
	switch c := t.peek(); c {
	case '*', '+', '?':
		t.pos++
		t.out.WriteRune(c)
	case '{':
		end := strings.IndexByte(t.in[t.pos:], '}')
		if end < 0 || !isQuantity(t.in[t.pos+1:t.pos+end]) {
			return errPattern
		}
		t.out.WriteString(t.in[t.pos : t.pos+end+1])
		t.pos += end + 1
	}
	return nil
}

func isQuantity(s string) bool {
	least, most, _ := strings.Cut(s, ",")
	return least != "" && strings.Trim(least, "0123456789") == "" && strings.Trim(most, "0123456789") == ""
}

// escape reads what follows a backslash.
func (t *translator) escape(inClass bool) error {
	if t.pos >= len(t.in) {
		return errPattern
	}
	c := t.next()
	switch {
	case c == 'n' || c == 'r' || c == 't':
		t.out.WriteByte('\\')
		t.out.WriteRune(c)
	case strings.ContainsRune(`()*+-.?[\]^{|}$`, c):
		t.out.WriteByte('\\')
		t.out.WriteRune(c)
	case c == 'p' || c == 'P':
		if err := t.category(c); err != nil {
			return err
		}
	case multi.Get()[c] != "":
		t.multiEscape(c, inClass)
	default:
		return errPattern
	}
	if inClass {
		return nil
	}
	return t.quantifier()
}

// multi are the escapes of XSD for many characters, as the inside of a class.
var multi = lazy.Of[map[rune]string]{Make: func() map[rune]string {
	return map[rune]string{
		'd': `\p{Nd}`, 's': ` \t\n\r`, 'w': `\p{L}\p{M}\p{N}\p{S}`,
		'D': `\P{Nd}`, 'S': ``, 'W': `\p{P}\p{Z}\p{C}`,
	}
}}

func (t *translator) multiEscape(c rune, inClass bool) {
	if inClass {
		t.out.WriteString(multi.Get()[c])
		return
	}
	t.out.WriteString("[" + multi.Get()[c] + "]")
}

// category reads "{Lu}" after \p or \P.
func (t *translator) category(c rune) error {
	end := strings.IndexByte(t.in[t.pos:], '}')
	if end < 2 || t.in[t.pos] != '{' {
		return errPattern
	}
	name := t.in[t.pos+1 : t.pos+end]
	t.pos += end + 1
	if len(name) > 2 || strings.IndexByte("LMNPZSC", name[0]) < 0 {
		return errPattern
	}
	t.out.WriteByte('\\')
	t.out.WriteRune(c)
	t.out.WriteString("{" + name + "}")
	return nil
}

// class reads a character class after its bracket.
func (t *translator) class() error {
	t.out.WriteByte('[')
	if t.pos < len(t.in) && t.peek() == '^' {
		t.pos++
		t.out.WriteByte('^')
	}
	for first := true; t.pos < len(t.in); first = false {
		c := t.next()
		switch {
		case c == ']' && !first:
			t.out.WriteByte(']')
			return t.quantifier()
		case c == '[' || c == ']':
			return errPattern
		case c == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case c == '-' && (first || t.pos < len(t.in) && t.peek() == ']'):
			t.out.WriteString(`\-`)
		case c == '-':
			t.out.WriteByte('-')
		case c == '^' || c == '&' || c == '~' || c == ':':
			t.out.WriteByte('\\')
			t.out.WriteRune(c)
		default:
			t.out.WriteRune(c)
		}
	}
	return errPattern
}
