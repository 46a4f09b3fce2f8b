package layout

import "bytes"

// token is something that stands between two values.
type token struct {
	kind tokenKind
	text string
	// breaks is how many line breaks stand before it, since the token before.
	breaks int
	column int
}

type tokenKind uint8

const (
	comment   tokenKind = iota + 1
	property            // &anchor or !tag
	indicator           // - : ? , and brackets
	marker              // --- or ...
	directive           // %YAML
)

// gap reads what stands between two values: a list of tokens, and how many line
// breaks follow the last.
func gap(data []byte, from, to int) (list []token, breaks int) {
	for i := from; i < to; {
		c := data[i]
		switch {
		case c == '\n':
			breaks++
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r':
			i++
			continue
		}
		t := token{breaks: breaks, column: column(data, i)}
		end := 0
		t.kind, end = classify(data, i, to)
		t.text = string(bytes.TrimRight(data[i:end], " \t\r"))
		list = append(list, t)
		i, breaks = end, 0
	}
	return list, breaks
}

func classify(data []byte, i, to int) (tokenKind, int) {
	lineStart := i == 0 || data[i-1] == '\n'
	switch c := data[i]; {
	case c == '#':
		return comment, lineEnd(data, i, to)
	case c == '%' && lineStart:
		return directive, lineEnd(data, i, to)
	case lineStart && (bytes.HasPrefix(data[i:to], []byte("---")) || bytes.HasPrefix(data[i:to], []byte("..."))):
		return marker, i + 3
	case c == '&' || c == '!':
		return property, propertyEnd(data, i, to)
	}
	return indicator, i + 1
}

func propertyEnd(data []byte, i, to int) int {
	if bytes.HasPrefix(data[i:to], []byte("!<")) {
		if end := bytes.IndexByte(data[i:to], '>'); end > 0 {
			return i + end + 1
		}
	}
	for i++; i < to && bytes.IndexByte([]byte(" \t\r\n,[]{}"), data[i]) < 0; i++ {
	}
	return i
}

func lineEnd(data []byte, i, to int) int {
	if end := bytes.IndexByte(data[i:to], '\n'); end >= 0 {
		return i + end
	}
	return to
}

// column is how many bytes stand before an offset on its line.
func column(data []byte, i int) int {
	return i - bytes.LastIndexByte(data[:i], '\n') - 1
}
