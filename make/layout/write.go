package layout

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/tree"
)

// maxFlow is how many columns a list may need to stay on one line, as its
// author wrote it.
const maxFlow = 100

// writer writes pieces in block style, two blanks a level.
type writer struct {
	bytes.Buffer
	data []byte
}

func (d *document) write() []byte {
	w := &writer{data: d.data}
	w.Grow(len(d.data) + len(d.data)/8)
	for _, text := range d.head {
		w.comment(text, 0)
	}
	root := d.root
	if len(root.props) > 0 || len(root.beside) > 0 {
		if len(d.head) == 0 || !strings.HasPrefix(d.head[len(d.head)-1], "---") {
			w.WriteString("---\n")
		}
		w.Truncate(w.Len() - 1)
		w.properties(root)
		w.beside(root)
		w.WriteByte('\n')
	}
	for _, text := range root.above {
		w.comment(text, 0)
	}
	w.kids(root, 0)
	for _, text := range root.foot {
		w.comment(text, 0)
	}
	return append(bytes.TrimRight(w.Bytes(), "\n"), w.lastBreaks(root)...)
}

// lastBreaks are the line breaks that end the text: one, or as many as a text
// that keeps its own has.
func (w *writer) lastBreaks(root *piece) string {
	last := root
	for len(last.kids) > 0 && len(last.below) == 0 {
		last = last.kids[len(last.kids)-1]
	}
	if len(last.kids) == 0 && last.node.Kind == tree.String && last.node.Alias == nil && strings.HasSuffix(last.node.Text, "\n\n") {
		text := w.Bytes()
		return string(text[len(bytes.TrimRight(text, "\n")):])
	}
	return "\n"
}

func (w *writer) comment(text string, indent int) {
	if text != "" {
		w.indent(indent)
		w.WriteString(text)
	}
	w.WriteByte('\n')
}

func (w *writer) indent(n int) {
	for range n {
		w.WriteByte(' ')
	}
}

// kids writes the values of a collection, each on lines of its own, and the
// comments at its end.
func (w *writer) kids(p *piece, indent int) {
	for i, kid := range p.kids {
		if i > 0 && (kid.blank || len(p.kids[i-1].foot) > 0) {
			w.WriteByte('\n')
		}
		above := kid.above
		if len(kid.beside) > 1 {
			above = append(slices.Clip(above), kid.beside[1:]...)
		}
		for _, text := range above {
			w.comment(text, indent)
		}
		w.indent(indent)
		w.kid(p, kid, indent)
	}
	for _, text := range p.below {
		w.comment(text, indent)
	}
}

func (w *writer) kid(p, kid *piece, indent int) {
	if p.node.Kind == tree.Mapping {
		for _, prop := range kid.keyProps {
			w.WriteString(prop + " ")
		}
		key, _ := keyText(kid.key)
		w.WriteString(key)
		w.WriteByte(':')
	} else {
		w.WriteByte('-')
	}
	w.value(kid, indent, p.node.Kind == tree.Sequence)
	for _, text := range kid.foot {
		w.comment(text, indent)
	}
}

func (w *writer) value(p *piece, indent int, item bool) {
	w.properties(p)
	switch {
	case len(p.kids) == 0:
		w.leaf(p, indent)
	case w.oneLine(p):
		w.beside(p)
		w.WriteByte('\n')
	case item && len(p.props) == 0 && len(p.beside) == 0 && len(p.kids[0].above) == 0 && len(p.kids[0].beside) < 2:
		w.WriteByte(' ')
		w.compact(p, indent+2)
	default:
		w.beside(p)
		w.WriteByte('\n')
		w.kids(p, indent+2)
	}
}

// compact writes a collection whose first value stands on the line of a dash.
func (w *writer) compact(p *piece, indent int) {
	mark := w.Len()
	w.kids(p, indent)
	text := w.Bytes()
	copy(text[mark:], text[mark+indent:])
	w.Truncate(len(text) - indent)
}

func (w *writer) properties(p *piece) {
	for _, prop := range p.props {
		w.WriteString(" " + prop)
	}
}

func (w *writer) beside(p *piece) {
	if len(p.beside) > 0 {
		w.WriteString(" " + p.beside[0])
	}
}

func (w *writer) leaf(p *piece, indent int) {
	n := p.node
	if c := n.Span.Text(); n.Alias == nil && n.Kind != tree.Mapping && n.Kind != tree.Sequence && len(c) > 0 && (c[0] == '|' || c[0] == '>') {
		b := blockOf(w.data, p)
		w.WriteString(" " + b.header)
		w.beside(p)
		w.WriteByte('\n')
		for _, text := range b.lines {
			w.comment(text, indent+2)
		}
		return
	}
	lines := scalar(n, false)
	if lines[0] != "" {
		w.WriteString(" " + lines[0])
	}
	for _, text := range lines[1:] {
		w.WriteByte('\n')
		if text != "" {
			w.indent(indent + 2)
			w.WriteString(text)
		}
	}
	w.beside(p)
	w.WriteByte('\n')
}

// oneLine writes a list of values that have nothing inside on one line, where
// its author did so and it is short.
func (w *writer) oneLine(p *piece) bool {
	if !p.flow || p.node.Kind != tree.Sequence || len(p.below) > 0 || bytes.IndexByte(p.node.Span.Text(), '\n') >= 0 {
		return false
	}
	parts := make([]string, len(p.kids))
	for i, kid := range p.kids {
		if len(kid.kids) > 0 || len(kid.above)+len(kid.beside) > 0 {
			return false
		}
		text := strings.Join(append(slices.Clip(kid.props), scalar(kid.node, true)...), " ")
		if kid.node.Alias == nil && strings.HasSuffix(text, ":") {
			return false
		}
		parts[i] = text
	}
	text := " [" + strings.Join(parts, ", ") + "]"
	start := bytes.LastIndexByte(w.Bytes(), '\n') + 1
	if utf8.RuneCount(w.Bytes()[start:])+utf8.RuneCountInString(text) > maxFlow {
		return false
	}
	w.WriteString(text)
	return true
}

// sameComments reports whether two texts have the same comments.
func (d *document) sameComments(other *document) bool {
	a, b := slices.Clone(d.comments), slices.Clone(other.comments)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
