package schema

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonReader reads JSON straight into plain data, which is what every message
// goes through: the standard library scans the bytes twice and takes memory for
// each string. It understands what is right; whatever it does not understand is
// left to the standard library to explain.
type jsonReader struct {
	text string
	at   int
	// keeps says that strings may lie in text: that of a short message is kept
	// as a whole by each of its parts, that of a long one is not.
	keeps bool
}

const (
	// keptWhole is how long a text may be of which parts keep the whole, in bytes.
	keptWhole = 4 << 10
	// maxReadDepth is how deep it goes; the standard library goes deeper.
	maxReadDepth = 1000
)

// readJSON reads one value of valid UTF-8 and reports whether it could.
func readJSON(data []byte) (any, bool) {
	r := jsonReader{text: string(data), keeps: len(data) <= keptWhole}
	value, ok := r.value(0)
	r.space()
	return value, ok && r.at == len(r.text)
}

func (r *jsonReader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// skip passes over space and then one character, if it is there.
func (r *jsonReader) skip(c byte) bool {
	r.space()
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *jsonReader) value(depth int) (any, bool) {
	r.space()
	if r.at >= len(r.text) || depth > maxReadDepth {
		return nil, false
	}
	switch c := r.text[r.at]; c {
	case '{':
		r.at++
		return r.object(depth)
	case '[':
		r.at++
		return r.array(depth)
	case '"':
		return r.string()
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	}
	return r.number()
}

func (r *jsonReader) word(word string) bool {
	found := strings.HasPrefix(r.text[r.at:], word)
	r.at += len(word)
	return found && r.at <= len(r.text)
}

func (r *jsonReader) object(depth int) (any, bool) {
	object := map[string]any{}
	if r.skip('}') {
		return object, true
	}
	for {
		r.space()
		name, ok := r.string()
		if !ok || !r.skip(':') {
			return nil, false
		}
		value, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		object[name] = value
		if r.skip('}') {
			return object, true
		}
		if !r.skip(',') {
			return nil, false
		}
	}
}

func (r *jsonReader) array(depth int) (any, bool) {
	array := []any{}
	if r.skip(']') {
		return array, true
	}
	for {
		value, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		array = append(array, value)
		if r.skip(']') {
			return array, true
		}
		if !r.skip(',') {
			return nil, false
		}
	}
}

// string reads a string from its first quote.
func (r *jsonReader) string() (string, bool) {
	if r.at >= len(r.text) || r.text[r.at] != '"' {
		return "", false
	}
	first := r.at + 1
	for i := first; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			r.at = i + 1
			return r.own(r.text[first:i]), true
		case c == '\\':
			return r.escaped(first, i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

func (r *jsonReader) own(part string) string {
	if r.keeps {
		return part
	}
	return strings.Clone(part)
}

// escaped reads the rest of a string that has an escape.
func (r *jsonReader) escaped(first, i int) (string, bool) {
	var b strings.Builder
	b.Grow(i - first + 16)
	b.WriteString(r.text[first:i])
	for i < len(r.text) {
		c := r.text[i]
		switch {
		case c == '"':
			r.at = i + 1
			return b.String(), true
		case c < ' ':
			return "", false
		case c != '\\':
			b.WriteByte(c)
			i++
			continue
		}
		char, width := escapeAt(r.text[i:])
		if width == 0 {
			return "", false
		}
		b.WriteRune(char)
		i += width
	}
	return "", false
}

// escapeAt returns the character of an escape and how long that is, or 0. A
// half of a surrogate pair is the replacement character (as the standard
// library reads it).
func escapeAt(text string) (char rune, width int) {
	if len(text) < 2 {
		return 0, 0
	}
	if at := strings.IndexByte(`"\/bfnrt`, text[1]); at >= 0 {
		return rune("\"\\/\b\f\n\r\t"[at]), 2
	}
	char = hexAt(text)
	if char < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(char) {
		return char, 6
	}
	if pair := utf16.DecodeRune(char, hexAt(text[6:])); pair != utf8.RuneError {
		return pair, 12
	}
	return utf8.RuneError, 6
}

// hexAt reads \uXXXX, or returns less than 0.
func hexAt(text string) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	var n rune
	for i := 2; i < 6; i++ {
		digit := strings.IndexByte("0123456789abcdef", text[i]|0x20)
		if digit < 0 || text[i] < '0' {
			return -1
		}
		n = n<<4 | rune(digit)
	}
	return n
}

func (r *jsonReader) number() (any, bool) {
	first := r.at
	if length := numberLength(r.text[first:]); length > 0 {
		r.at += length
		return json.Number(r.own(r.text[first:r.at])), true
	}
	return nil, false
}

// numberLength is how long the number is that a text begins with, or 0 (RFC
// 8259 section 6).
func numberLength(text string) int {
	i := 0
	if i < len(text) && text[i] == '-' {
		i++
	}
	whole := digitsAt(text[i:])
	if whole == 0 || whole > 1 && text[i] == '0' {
		return 0
	}
	i += whole
	if i < len(text) && text[i] == '.' {
		fraction := digitsAt(text[i+1:])
		if fraction == 0 {
			return 0
		}
		i += 1 + fraction
	}
	if i >= len(text) || text[i]|0x20 != 'e' {
		return i
	}
	i++
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		i++
	}
	exponent := digitsAt(text[i:])
	if exponent == 0 {
		return 0
	}
	return i + exponent
}

func digitsAt(text string) int {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i
}
