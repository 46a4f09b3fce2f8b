package layout

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func formatJSON(f *source.File) ([]byte, error) {
	root, err := parse(f)
	if err != nil {
		return nil, err
	}
	w := &jsonWriter{orders: orders(root)}
	w.value(root, 0)
	w.WriteByte('\n')
	again, err := parse(source.NewFile(f.URI(), f.Name(), w.Bytes()))
	if err != nil {
		return nil, &RefusedError{Reason: errChanged.Error() + ": " + err.Error()}
	}
	if at, ok := same(root, again); !ok {
		return nil, &RefusedError{Reason: errChanged.Error() + ": at " + at}
	}
	return w.Bytes(), nil
}

// jsonWriter writes JSON, strings and numbers as their author wrote them.
type jsonWriter struct {
	bytes.Buffer
	orders map[*tree.Node]ranks
}

func (w *jsonWriter) value(n *tree.Node, depth int) {
	switch {
	case n.Len() == 0 && n.Kind == tree.Mapping:
		w.WriteString("{}")
	case n.Len() == 0 && n.Kind == tree.Sequence:
		w.WriteString("[]")
	case n.Kind == tree.Mapping:
		w.object(n, depth)
	case n.Kind == tree.Sequence:
		w.array(n, depth)
	default:
		w.Write(n.Span.Text())
	}
}

func (w *jsonWriter) object(n *tree.Node, depth int) {
	members := slices.Clone(n.Members)
	if r := w.orders[n]; r != nil {
		slices.SortStableFunc(members, func(a, b tree.Member) int { return r.of(a.Key.Text) - r.of(b.Key.Text) })
	}
	w.WriteByte('{')
	for i, m := range members {
		w.line(i, depth+1)
		w.Write(m.Key.Span.Text())
		w.WriteString(": ")
		w.value(m.Value, depth+1)
	}
	w.line(0, depth)
	w.WriteByte('}')
}

func (w *jsonWriter) array(n *tree.Node, depth int) {
	if w.oneLine(n) {
		return
	}
	w.WriteByte('[')
	for i, item := range n.Items {
		w.line(i, depth+1)
		w.value(item, depth+1)
	}
	w.line(0, depth)
	w.WriteByte(']')
}

// line begins a line, behind a comma where it is not the first.
func (w *jsonWriter) line(i, depth int) {
	if i > 0 {
		w.WriteByte(',')
	}
	w.WriteByte('\n')
	w.WriteString(strings.Repeat("  ", depth))
}

// oneLine writes a list of values that have nothing inside on one line, where
// its author did so and it is short.
func (w *jsonWriter) oneLine(n *tree.Node) bool {
	if bytes.IndexByte(n.Span.Text(), '\n') >= 0 {
		return false
	}
	parts := make([]string, len(n.Items))
	for i, item := range n.Items {
		if item.Len() > 0 {
			return false
		}
		parts[i] = string(item.Span.Text())
	}
	text := "[" + strings.Join(parts, ", ") + "]"
	start := bytes.LastIndexByte(w.Bytes(), '\n') + 1
	if utf8.RuneCount(w.Bytes()[start:])+utf8.RuneCountInString(text) > maxFlow {
		return false
	}
	w.WriteString(text)
	return true
}
