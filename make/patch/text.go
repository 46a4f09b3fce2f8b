package patch

import (
	"bytes"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// text is the edit that replaces a value or a key.
func (p *Patch) text(t text) diag.Edit {
	if t.value == nil {
		return p.renamed(t.node, t.key)
	}
	n := t.node
	switch {
	case isJSON(n) && n.Parent != nil && !strings.Contains(p.separatorOf(n.Parent), "\n"):
		return edit(n, n.Span.Start, n.Span.End, p.compact(n, t.value, p.separatorOf(n.Parent) == " "))
	case isJSON(n):
		return edit(n, n.Span.Start, n.Span.End, p.jsonLines(n, t.value, margin(n)))
	case n.Parent != nil && insideFlow(n), isShort(n, t.value):
		return edit(n, n.Span.Start, n.Span.End, flowText(t.value))
	case t.value.Len() > 0:
		return p.blockValue(n, t.value)
	}
	return p.scalar(n, t.value)
}

// isShort reports whether a value that stood in braces, and the one in its
// place, have room on a line.
func isShort(n, value *tree.Node) bool {
	return n.Len() > 0 && isFlow(n) && bytes.IndexByte(n.Span.Text(), '\n') < 0 && len(flowText(value)) <= 80
}

// margin is the indentation of the line on which a value starts.
func margin(n *tree.Node) string {
	data := n.Span.File.Data()
	line := data[startOfLine(data, n.Span.Start):n.Span.Start]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// insideFlow reports whether a value stands inside of brackets.
func insideFlow(n *tree.Node) bool {
	for up := n.Parent; up != nil; up = up.Parent {
		if isFlow(up) {
			return true
		}
	}
	return false
}

func (p *Patch) renamed(n *tree.Node, key string) diag.Edit {
	raw := n.Key.Span.Text()
	text := key
	switch {
	case isJSON(n):
		text = quoted(key)
	case len(raw) > 0 && raw[0] == '"':
		text = quoted(key)
	case insideFlow(n):
		text = flowString(key)
	case len(raw) > 0 && raw[0] == '\'' || !tree.PlainSafe(key):
		text = "'" + strings.ReplaceAll(key, "'", "''") + "'"
	}
	return diag.Edit{Span: n.Key.Span, Text: text}
}

// scalar replaces a value by one that has nothing inside; a string keeps the
// quotes that it had.
func (p *Patch) scalar(n, value *tree.Node) diag.Edit {
	out, err := tree.Print(value, tree.YAML)
	if err != nil {
		p.fail(n, "%v", err)
	}
	text := strings.TrimSuffix(string(out), "\n")
	raw := n.Span.Text()
	if value.Kind == tree.String && len(raw) > 0 && !strings.Contains(text, "\n") {
		switch raw[0] {
		case '"':
			text = quoted(value.Text)
		case '\'':
			text = "'" + strings.ReplaceAll(value.Text, "'", "''") + "'"
		}
	}
	if value.Kind == tree.String && strings.HasPrefix(text, "|") {
		return p.inPlace(n, p.literal(n, text))
	}
	return p.inPlace(n, indented(text, p.entryColumn(n)+2)[max(0, p.entryColumn(n)+2):])
}

// literal is a text of several lines, as the printer writes it at the margin, at
// the place of a value: indented as the value was, where that had lines too.
func (p *Patch) literal(n *tree.Node, text string) string {
	head, body, _ := strings.Cut(text, "\n")
	margin := strings.Repeat(" ", max(0, p.entryColumn(n)+2))
	if raw := string(n.Span.Text()); strings.HasPrefix(raw, "|") && !strings.ContainsAny(head, "123456789") {
		_, first, _ := strings.Cut(raw, "\n")
		if was := first[:len(first)-len(strings.TrimLeft(first, " "))]; len(was) >= len(margin)-1 && was != "" {
			margin = was
		}
	}
	var out strings.Builder
	out.WriteString(head)
	for line := range strings.SplitSeq(body, "\n") {
		out.WriteByte('\n')
		if line = strings.TrimPrefix(line, "  "); line != "" {
			out.WriteString(margin + line)
		}
	}
	return out.String()
}

// inPlace writes the text of a value where it stands, or behind its key where
// it has no place yet or starts on a line of its own.
func (p *Patch) inPlace(n *tree.Node, text string) diag.Edit {
	data := n.Span.File.Data()
	start := n.Span.Start
	if n.Key != nil {
		between := data[n.Key.Span.End:max(start, n.Key.Span.End)]
		if strings.TrimSpace(string(between)) == ":" || strings.TrimSpace(string(between)) == "" && n.Span.Start == n.Span.End {
			if n.Span.Start == n.Span.End {
				_, start = entry(n.Parent, n.Index)
				return edit(n, start, start, " "+text)
			}
			return edit(n, n.Key.Span.End, n.Span.End, ": "+text)
		}
	} else if n.Span.Start == n.Span.End {
		text = " " + text
	}
	return edit(n, start, n.Span.End, text)
}

// entryColumn is the column of the key, or of the dash, of a value.
func (p *Patch) entryColumn(n *tree.Node) int {
	if n.Parent == nil {
		return -2
	}
	data := n.Span.File.Data()
	if n.Key != nil {
		return n.Key.Span.Start - startOfLine(data, n.Key.Span.Start)
	}
	dash := dashBefore(data, n.Span.Start)
	return dash - startOfLine(data, dash)
}

// blockValue replaces a value by an object or array in block style, on the
// lines below its key.
func (p *Patch) blockValue(n, value *tree.Node) diag.Edit {
	// What is said around the value stays.
	inner := bare(value)
	inner.Comments = nil
	out, err := tree.Print(inner, tree.YAML)
	if err != nil {
		p.fail(n, "%v", err)
	}
	text := widened(strings.TrimSuffix(string(out), "\n"), unit(n))
	column := p.entryColumn(n)
	if n.Parent == nil {
		return edit(n, n.Span.Start, n.Span.End, text)
	}
	data := n.Span.File.Data()
	if n.Key == nil {
		// Behind a dash the first line stands beside it.
		body := indented(text, column+2)[column+2:]
		if n.Span.Start == n.Span.End {
			body = " " + body
		}
		return edit(n, n.Span.Start, n.Span.End, body)
	}
	body := "\n" + indented(text, column+unit(n))
	start := n.Key.Span.End
	between := string(data[start:max(start, n.Span.Start)])
	switch {
	case n.Span.Start == n.Span.End:
		_, at := entry(n.Parent, n.Index)
		return edit(n, at, at, body)
	case strings.TrimSpace(between) == ":":
		return edit(n, start, n.Span.End, ":"+body)
	case strings.Contains(between, "#"):
		// A comment stands behind the key: the value begins below it.
		at := startOfLine(data, n.Span.Start)
		if len(bytes.TrimSpace(data[at:n.Span.Start])) == 0 {
			return edit(n, at, n.Span.End, body[1:])
		}
	}
	return edit(n, n.Span.Start, n.Span.End, body)
}
