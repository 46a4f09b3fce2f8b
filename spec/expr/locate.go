package expr

import (
	"bytes"
	"strings"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Locate returns the place in its file of some bytes of a string's value. The
// result is exact where the string is written without escapes and folding,
// also as a literal block of several lines; otherwise it is the span of the
// whole node.
func Locate(node *tree.Node, offset, length int) (span source.Span, exact bool) {
	if node == nil {
		return source.Span{}, false
	}
	span = node.Span
	if node.Text == "" || offset < 0 || length < 0 || offset+length > len(node.Text) {
		return span, false
	}
	start := bytes.Index(span.Text(), []byte(node.Text))
	if start >= 0 {
		start += offset
	} else if start = locateInBlock(span.Text(), node.Text, offset, length); start < 0 {
		return span, false
	}
	span.Start += start
	span.End = span.Start + length
	return span, true
}

// locateInBlock returns where bytes of one line of a literal block stand in
// the block as written, or -1. The block's header is the line before.
func locateInBlock(written []byte, value string, offset, length int) int {
	if len(written) == 0 || written[0] != '|' || strings.Contains(value[offset:offset+length], "\n") {
		return -1
	}
	line := strings.Count(value[:offset], "\n") + 1
	lineStart := strings.LastIndexByte(value[:offset], '\n') + 1
	text, _, _ := strings.Cut(value[lineStart:], "\n")
	at := 0
	for range line {
		next := bytes.IndexByte(written[at:], '\n')
		if next < 0 {
			return -1
		}
		at += next + 1
	}
	source, _, _ := bytes.Cut(written[at:], []byte("\n"))
	source = bytes.TrimSuffix(source, []byte("\r"))
	if !bytes.HasSuffix(source, []byte(text)) {
		return -1
	}
	return at + len(source) - len(text) + offset - lineStart
}
