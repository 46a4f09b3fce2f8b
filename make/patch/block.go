package patch

import (
	"bytes"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// container returns the edits of one object or array.
func (p *Patch) container(c *change) []diag.Edit {
	n := c.node
	if n.Kind == tree.Mapping {
		for i := range n.Members {
			if c.removed[i] && !own(n, i) {
				p.fail(n.Members[i].Value, "%q comes from a merge key: remove it where it is written", n.Members[i].Key.Text)
			}
		}
	}
	if n.Len() == 0 {
		return []diag.Edit{p.filled(c)}
	}
	if isFlow(n) {
		return p.flowEdits(c)
	}
	return p.blockEdits(c)
}

// filled replaces an empty collection by one with what is added.
func (p *Patch) filled(c *change) diag.Edit {
	made := tree.NewObject()
	if c.node.Kind == tree.Sequence {
		made = tree.NewArray()
	}
	for _, a := range c.added {
		if a.key == "" && c.node.Kind == tree.Sequence {
			made.Append(a.value)
		} else {
			made.Set(a.key, a.value)
		}
	}
	return p.text(text{node: c.node, value: made})
}

// blockEdits are those of a collection in block style.
func (p *Patch) blockEdits(c *change) []diag.Edit {
	n := c.node
	if len(c.removed) == n.Len() {
		if len(c.added) == 0 {
			return []diag.Edit{p.emptied(n)}
		}
		return []diag.Edit{p.filled(&change{node: n, added: c.added})}
	}
	var edits []diag.Edit
	for i := 0; i < n.Len(); i++ {
		if !c.removed[i] {
			continue
		}
		last := i
		for last+1 < n.Len() && c.removed[last+1] {
			last++
		}
		edits = append(edits, p.removal(c, i, last))
		i = last
	}
	for _, a := range c.added {
		edits = append(edits, p.insertion(c, a))
	}
	return edits
}

// emptied writes an object or array that has lost all as "{}" or "[]", behind
// its key.
func (p *Patch) emptied(n *tree.Node) diag.Edit {
	span := n.Span
	text := "{}"
	if n.Kind == tree.Sequence {
		text = "[]"
	}
	if n.Key != nil {
		data := span.File.Data()
		if between := data[n.Key.Span.End:span.Start]; bytes.IndexByte(between, '#') < 0 && strings.TrimSpace(string(between)) == ":" {
			span.Start, text = n.Key.Span.End, ": "+text
		}
	}
	return diag.Edit{Span: span, Text: text}
}

// removal takes away the lines of some entries and the comments directly above
// the first. An entry that shares its line with a dash leaves its place to the
// next.
func (p *Patch) removal(c *change, i, last int) diag.Edit {
	n := c.node
	data := n.Span.File.Data()
	start, end := p.startOf(n, i), 0
	_, end = entry(n, last)
	end = endOfLine(data, end)
	lineStart := startOfLine(data, start)
	if len(bytes.TrimSpace(data[lineStart:start])) > 0 && last+1 < n.Len() {
		return edit(n, start, p.startOf(n, last+1), "")
	}
	start = commentsAbove(data, lineStart, start-lineStart)
	if start > 0 {
		// The line break before it goes, not the one behind: there, something
		// may be added to what holds this.
		return edit(n, endOfLine(data, startOfLine(data, start-1)), end, "")
	}
	if next := bytes.IndexByte(data[end:], '\n'); next >= 0 {
		end += next + 1
	}
	return edit(n, start, end, "")
}

// startOf is where an entry starts: its key, or its dash.
func (p *Patch) startOf(n *tree.Node, i int) int {
	start, _ := entry(n, i)
	if n.Kind == tree.Sequence {
		start = dashBefore(n.Span.File.Data(), start)
	}
	return start
}

func edit(n *tree.Node, start, end int, text string) diag.Edit {
	return diag.Edit{Span: source.Span{File: n.Span.File, Start: start, End: end}, Text: text}
}

// dashBefore is where the dash of an item stands whose value starts at an
// offset.
func dashBefore(data []byte, start int) int {
	for i := start - 1; i >= 0; i-- {
		if data[i] == '-' && (i+1 == len(data) || bytes.IndexByte([]byte(" \t\n\r"), data[i+1]) >= 0) {
			if before := data[startOfLine(data, i):i]; len(bytes.Trim(before, " \t-")) == 0 {
				return i
			}
		}
	}
	return start
}

// commentsAbove returns where the comment lines begin that stand directly above
// a line, at the same column.
func commentsAbove(data []byte, lineStart, column int) int {
	for lineStart > 0 {
		above := startOfLine(data, lineStart-1)
		line := data[above : lineStart-1]
		text := bytes.TrimLeft(line, " ")
		if len(text) == 0 || text[0] != '#' || len(line)-len(text) != column {
			break
		}
		lineStart = above
	}
	return lineStart
}

// insertion adds an entry on lines of its own.
func (p *Patch) insertion(c *change, a addition) diag.Edit {
	n := c.node
	data := n.Span.File.Data()
	stays := func(i int) bool { return !c.removed[i] && (n.Kind != tree.Mapping || own(n, i)) }
	behind := a.behind
	for behind >= 0 && !stays(behind) {
		behind--
	}
	if behind < 0 {
		return p.insertFirst(c, a, stays)
	}
	column := p.column(n)
	_, end := entry(n, behind)
	at := endOfLine(data, end)
	lines := "\n" + indented(p.lines(n, a), column)
	if at == len(data) && !bytes.HasSuffix(data, []byte("\n")) {
		return edit(n, at, at, lines+"\n")
	}
	return edit(n, at, at, lines)
}

// insertFirst adds an entry before the first of a collection that stays.
func (p *Patch) insertFirst(c *change, a addition, stays func(int) bool) diag.Edit {
	n := c.node
	first := 0
	for first < n.Len() && !stays(first) {
		first++
	}
	if first == n.Len() {
		p.fail(n, "all that this object has comes from a merge key: write one field of its own first")
		return edit(n, 0, 0, "")
	}
	column := p.column(n)
	text := indented(p.lines(n, a), column)[column:] + "\n" + strings.Repeat(" ", column)
	start := p.startOf(n, first)
	return edit(n, start, start, text)
}

// column is where the entries of a collection in block style begin.
func (p *Patch) column(n *tree.Node) int {
	data := n.Span.File.Data()
	for i := range n.Len() {
		if n.Kind == tree.Mapping && !own(n, i) {
			continue
		}
		start := p.startOf(n, i)
		return start - startOfLine(data, start)
	}
	return 0
}

// lines is an entry in block style, without indentation.
func (p *Patch) lines(n *tree.Node, a addition) string {
	holder := tree.NewObject()
	if n.Kind == tree.Sequence {
		holder = tree.NewArray(bare(a.value))
	} else {
		holder.Set(a.key, bare(a.value))
	}
	out, err := tree.Print(holder, tree.YAML)
	if err != nil {
		p.fail(n, "%v", err)
	}
	return widened(strings.TrimSuffix(string(out), "\n"), unit(n))
}

// bare is a copy of a value, so that it may stand elsewhere.
func bare(n *tree.Node) *tree.Node { return n.Clone() }

func indented(text string, column int) string {
	margin := strings.Repeat(" ", column)
	lines := strings.Split(text, "\n")
	for i := range lines {
		if lines[i] != "" {
			lines[i] = margin + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// widened gives lines that are indented by two blanks a level the indentation
// that the document has; texts of several lines stay as they are.
func widened(text string, unit int) string {
	if unit == 2 || strings.Contains(text, "|\n") || strings.Contains(text, "|-\n") || strings.Contains(text, "- ") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		bareLine := strings.TrimLeft(line, " ")
		lines[i] = strings.Repeat(" ", (len(line)-len(bareLine))/2*unit) + bareLine
	}
	return strings.Join(lines, "\n")
}

// unit is how many blanks a level of a document has: those before the first
// indented line.
func unit(n *tree.Node) int {
	for _, m := range n.Root().Members {
		v := m.Value
		if v.Alias == nil && v.Kind == tree.Mapping && v.Len() > 0 && !isFlow(v) && own(v, 0) {
			data := v.Span.File.Data()
			start := v.Members[0].Key.Span.Start
			if column := start - startOfLine(data, start); column > 0 {
				return column
			}
		}
	}
	return 2
}

func startOfLine(data []byte, at int) int { return bytes.LastIndexByte(data[:at], '\n') + 1 }

// endOfLine is where the line of an offset ends, before its line break.
func endOfLine(data []byte, at int) int {
	end := bytes.IndexByte(data[at:], '\n')
	if end < 0 {
		return len(data)
	}
	end += at
	if end > at && data[end-1] == '\r' {
		end--
	}
	return end
}
