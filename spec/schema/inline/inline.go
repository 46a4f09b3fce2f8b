// Package inline is for schemas that a document holds as a string: a text in
// another language inside of YAML or JSON. It says where in the file the bytes
// of such a text were written, whatever the style of the string, so that a
// fault in line 3 of a block is told at line 47 of the document.
//
// It must not know any schema language.
package inline

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Text is the text in a string of a document.
type Text struct {
	node *tree.Node
	// places has, for each byte of the text and for its end, where it was
	// written, as an offset from the start of the string. It is nil where the
	// string stands nowhere.
	places []int32
}

// Of returns the text that a String node holds. An alias is what it repeats.
func Of(n *tree.Node) *Text {
	for range 100 {
		if n.Alias == nil {
			break
		}
		n = n.Alias
	}
	t := &Text{node: n}
	if raw := n.Span.Text(); len(raw) > 0 {
		t.places = places(raw, n.Text)
	}
	return t
}

// String returns the text.
func (t *Text) String() string { return t.node.Text }

// Node returns the node that holds the text.
func (t *Text) Node() *tree.Node { return t.node }

// Span returns where bytes of the text are written. It is the whole string
// where that is not known.
func (t *Text) Span(start, end int) source.Span {
	span := t.node.Span
	if t.places == nil || start < 0 || end < start || end >= len(t.places) {
		return span
	}
	from := int(t.places[start])
	to := from
	if end > start {
		to = int(t.places[end-1])
		to += t.width(end-1, to)
	}
	span.Start, span.End = min(t.node.Span.Start+from, span.End), min(t.node.Span.Start+to, span.End)
	return span
}

// width is how many bytes of the file stand for one byte of the text.
func (t *Text) width(i, at int) int {
	for next := i + 1; next < len(t.places); next++ {
		if p := int(t.places[next]); p > at {
			raw := t.node.Span.Text()
			size := p - at
			if raw[at] != '\\' && raw[at] != '\'' {
				_, size = utf8.DecodeRune(raw[at:])
			}
			return min(size, p-at)
		}
	}
	return 1
}

// places finds each byte of a string's value in the string as written.
func places(raw []byte, text string) []int32 {
	if raw[0] == '|' {
		if list := literal(raw, text); list != nil {
			return list
		}
	}
	s := scan{raw: raw, unit: plain}
	switch raw[0] {
	case '"':
		s.at, s.unit = 1, doubleQuoted
	case '\'':
		s.at, s.unit = 1, singleQuoted
	case '|', '>':
		s.at = max(0, bytes.IndexByte(raw, '\n'))
	}
	return s.follow(text)
}

// literal follows a literal block, line by line: what a line has more than its
// text is the indentation. It returns nil for what is none.
func literal(raw []byte, text string) []int32 {
	list := make([]int32, 0, len(text)+1)
	at := bytes.IndexByte(raw, '\n') + 1
	if at == 0 {
		return nil
	}
	for line := range strings.SplitAfterSeq(text, "\n") {
		bare := strings.TrimSuffix(line, "\n")
		end := len(raw)
		if n := bytes.IndexByte(raw[at:], '\n'); n >= 0 {
			end = at + n
		}
		written := bytes.TrimSuffix(raw[at:end], []byte("\r"))
		if !bytes.HasSuffix(written, []byte(bare)) {
			return nil
		}
		start := at + len(written) - len(bare)
		for i := range len(line) {
			list = append(list, int32(start+i))
		}
		if len(line) > len(bare) {
			at = min(end+1, len(raw))
		} else {
			at = start + len(bare)
		}
	}
	return append(list, int32(min(at, len(raw))))
}

// scan follows a string that may be folded or escaped: blanks and line breaks
// may differ from the value, all else stands there in its order.
type scan struct {
	raw []byte
	at  int
	// unit returns what is written at an offset, and in how many bytes.
	unit func(raw []byte, at int) (string, int)
}

func (s *scan) follow(text string) []int32 {
	list := make([]int32, 0, len(text)+1)
	for len(list) < len(text) {
		value, size := s.next(text[len(list)])
		if value == "" {
			return nil
		}
		if !strings.HasPrefix(text[len(list):], value) {
			return nil
		}
		for range len(value) {
			list = append(list, int32(s.at))
		}
		s.at += size
	}
	return append(list, int32(min(s.at, len(s.raw))))
}

// next brings the scan to where a byte of the value is written. A blank of the
// value may stand for several, or for a line break.
func (s *scan) next(c byte) (value string, size int) {
	for s.at < len(s.raw) {
		value, size = s.unit(s.raw, s.at)
		switch {
		case value != "" && value[0] == c:
			return value, size
		case isBlank(c):
			return string(c), 0 // folded: it stands for what comes next
		case value != "" && !isBlank(value[0]):
			return "", 0
		}
		s.at += size
	}
	if isBlank(c) {
		return string(c), 0
	}
	return "", 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func plain(raw []byte, at int) (string, int) { return string(raw[at : at+1]), 1 }

func singleQuoted(raw []byte, at int) (string, int) {
	if raw[at] == '\'' && at+1 < len(raw) && raw[at+1] == '\'' {
		return "'", 2
	}
	return string(raw[at : at+1]), 1
}

// doubleQuoted reads one character of a double-quoted string of YAML (1.2.2,
// section 5.7), of which JSON's are a part. An escaped line break is nothing.
func doubleQuoted(raw []byte, at int) (string, int) {
	if raw[at] != '\\' || at+1 >= len(raw) {
		return string(raw[at : at+1]), 1
	}
	switch c := raw[at+1]; c {
	case 'x', 'u', 'U':
		return hex(raw, at, map[byte]int{'x': 2, 'u': 4, 'U': 8}[c])
	case '\n':
		return "", 2
	case '\r':
		return "", 3
	default:
		if value, ok := escapes.Get()[c]; ok {
			return value, 2
		}
		return string(c), 2
	}
}

var escapes = lazy.Of[map[byte]string]{Make: func() map[byte]string {
	return map[byte]string{
		'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
		'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
	}
}}

func hex(raw []byte, at, digits int) (string, int) {
	code, ok := digitsAt(raw, at+2, digits)
	if !ok {
		return "\\", 1
	}
	size := 2 + digits
	if utf16.IsSurrogate(code) && at+size+6 <= len(raw) && raw[at+size] == '\\' && raw[at+size+1] == 'u' {
		if low, ok := digitsAt(raw, at+size+2, 4); ok {
			return string(utf16.DecodeRune(code, low)), size + 6
		}
	}
	return string(code), size
}

func digitsAt(raw []byte, at, digits int) (rune, bool) {
	if at+digits > len(raw) {
		return 0, false
	}
	code, err := strconv.ParseUint(string(raw[at:at+digits]), 16, 32)
	return rune(code), err == nil
}
