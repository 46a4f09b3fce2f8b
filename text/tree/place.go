package tree

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// marks turns the lines and columns of the YAML library into offsets. The
// library counts characters, and takes more for a line break than others do.
type marks struct {
	data   []byte
	starts []int32 // a text is far smaller than 2 GB
	// The last answer: the next is usually a little further on the same line.
	line, column, at int
}

func newMarks(data []byte, base int) marks {
	// Some breaks may be more than counted; that costs one growth.
	starts := make([]int32, 1, 2+max(bytes.Count(data, []byte("\n")), bytes.Count(data, []byte("\r"))))
	starts[0] = int32(base)
	for i := base; i < len(data); {
		size := breakSize(data, i)
		if size == 0 {
			i++
			continue
		}
		i += size
		starts = append(starts, int32(i))
	}
	return marks{data: data, starts: starts}
}

// offset returns the byte at which a line and a column stand.
func (m *marks) offset(line, column int) int {
	if line < 1 || line > len(m.starts) {
		return len(m.data)
	}
	at, have := int(m.starts[line-1]), 1
	if line == m.line && column >= m.column {
		at, have = m.at, m.column
	}
	for have < column && at < len(m.data) {
		if m.data[at] < utf8.RuneSelf {
			at++
		} else {
			_, size := utf8.DecodeRune(m.data[at:])
			at += size
		}
		have++
	}
	m.line, m.column, m.at = line, have, at
	return at
}

// breakSize returns how many bytes the line break at an offset has, 0 for none.
func breakSize(data []byte, i int) int {
	switch data[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(data) && data[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xc2:
		if i+1 < len(data) && data[i+1] == 0x85 {
			return 2
		}
	case 0xe2:
		if i+2 < len(data) && data[i+1] == 0x80 && (data[i+2] == 0xa8 || data[i+2] == 0xa9) {
			return 3
		}
	}
	return 0
}

// blankSize returns how many bytes of blank or line break stand at an offset.
func blankSize(data []byte, i int) int {
	if data[i] == ' ' || data[i] == '\t' {
		return 1
	}
	return breakSize(data, i)
}

// skipBlank passes blanks, line breaks and comments.
func skipBlank(data []byte, i int) int {
	for i < len(data) {
		if size := blankSize(data, i); size > 0 {
			i += size
			continue
		}
		if data[i] != '#' || (i > 0 && !blankBefore(data, i)) {
			return i
		}
		i = lineEnd(data, i)
	}
	return i
}

func blankBefore(data []byte, i int) bool {
	switch data[i-1] {
	case ' ', '\t', '\n', '\r', ',', '[', '{', ']', '}', ':', '-', '?':
		return true
	}
	return data[i-1] >= utf8.RuneSelf // the end of a line break or of the byte order mark
}

func lineEnd(data []byte, i int) int {
	for i < len(data) && breakSize(data, i) == 0 {
		i++
	}
	return i
}

// wordEnd returns the end of what is worth underlining from an offset on.
func wordEnd(data []byte, at int) int {
	i := min(at, len(data))
	for i < len(data) && i < at+40 {
		_, size := utf8.DecodeRune(data[i:])
		if i > at && (blankSize(data, i) > 0 || bytes.IndexByte([]byte(",]}:\"'"), data[i]) >= 0) {
			break
		}
		if i == at && breakSize(data, i) > 0 {
			break
		}
		i += size
	}
	return i
}

// start returns where a node's value starts, behind its anchor and tag.
func (r *yamlReader) start(y *yaml.Node) int {
	at := r.marks.offset(y.Line, y.Column)
	if y.Anchor != "" || y.Style&yaml.TaggedStyle != 0 || y.Tag == "!" {
		at = r.skipProperties(at, y, true)
	}
	return at
}

// skipProperties passes an anchor and a tag in either order, as many as the
// node has: the next may belong to the first key of the mapping it is.
func (r *yamlReader) skipProperties(at int, y *yaml.Node, blanks bool) int {
	anchor, tag := y.Anchor != "", explicitTag(y) != ""
	for at < len(r.data) && (anchor || tag) {
		end := r.propertyEnd(at)
		switch {
		case anchor && r.data[at] == '&':
			anchor = false
		case tag && r.data[at] == '!':
			tag = false
			r.tag = r.span(at, end)
		default:
			return at
		}
		at = end
		if blanks || anchor || tag {
			at = skipBlank(r.data, at)
		}
	}
	return at
}

func (r *yamlReader) propertyEnd(at int) int {
	if bytes.HasPrefix(r.data[at:], []byte("!<")) {
		if end := bytes.IndexByte(r.data[at:], '>'); end >= 0 {
			return at + end + 1
		}
	}
	for at++; at < len(r.data); at++ {
		if blankSize(r.data, at) > 0 || bytes.IndexByte([]byte(",[]{}"), r.data[at]) >= 0 {
			break
		}
	}
	return at
}

// flowEnd returns the place behind the bracket that closes a flow collection
// whose last value has been read.
func (r *yamlReader) flowEnd(bracket byte) int {
	for at := r.pos; at < len(r.data); at++ {
		at = skipBlank(r.data, at)
		if at >= len(r.data) {
			break
		}
		switch r.data[at] {
		case bracket:
			return at + 1
		case ',', ':', '?':
		default:
			return at
		}
	}
	return len(r.data)
}

// scalarEnd returns the end of a scalar that starts at an offset.
func (r *yamlReader) scalarEnd(y *yaml.Node, start int) int {
	if start >= len(r.data) {
		return len(r.data)
	}
	switch {
	case y.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuotedEnd(r.data, start)
	case y.Style&yaml.SingleQuotedStyle != 0:
		return singleQuotedEnd(r.data, start)
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockEnd(r.data, start, y.Value)
	}
	end, _ := matchedEnd(r.data, start, y.Value)
	return end
}

func doubleQuotedEnd(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func singleQuotedEnd(data []byte, start int) int {
	for i := start + 1; i < len(data); i++ {
		if data[i] != '\'' {
			continue
		}
		if i+1 < len(data) && data[i+1] == '\'' {
			i++
			continue
		}
		return i + 1
	}
	return len(data)
}

// matchedEnd finds the end of a scalar without escapes: apart from blanks and
// line breaks, which folding changes, the text has the characters of the
// value, in their order. It also returns what of the value is left, which is
// only blanks and line breaks.
func matchedEnd(data []byte, start int, value string) (end int, rest string) {
	at, end := start, start
	matched := 0
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == ' ' || c == '\t' || c == '\n' {
			continue
		}
		for at < len(data) && data[at] != c {
			size := blankSize(data, at)
			if size == 0 {
				return end, "" // not what was expected: what has been matched stands
			}
			at += size
		}
		if at == len(data) {
			return end, ""
		}
		at++
		end, matched = at, i+1
	}
	return end, value[matched:]
}

// blockEnd returns the end of a block scalar: of its last line that is not
// blank, or of its header where there is none.
func blockEnd(data []byte, start int, value string) int {
	header := lineEnd(data, start)
	end, rest := matchedEnd(data, header, value)
	if end == header {
		end = headerEnd(data, start)
		header = lineEnd(data, end)
	}
	// Blanks at the end of a line belong to the value, as do lines of them.
	if cut := bytes.LastIndexAny([]byte(rest), " \t"); cut >= 0 {
		end = blanksEnd(data, max(end, header), bytes.Count([]byte(rest[:cut]), []byte("\n")), end == headerEnd(data, start))
	}
	return end
}

// headerEnd returns the end of "|2-" and the like.
func headerEnd(data []byte, start int) int {
	i := start + 1
	for i < len(data) && bytes.IndexByte([]byte("+-0123456789"), data[i]) >= 0 {
		i++
	}
	return i
}

// blanksEnd passes some lines of blanks.
func blanksEnd(data []byte, at, lines int, fromHeader bool) int {
	if fromHeader {
		lines++
	}
	at = lineEnd(data, at)
	for ; lines > 0 && at < len(data); lines-- {
		at = lineEnd(data, at+breakSize(data, at))
	}
	return at
}
