package patch

import (
	"bytes"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// flowEdits are those of a collection in brackets, in YAML or JSON.
func (p *Patch) flowEdits(c *change) []diag.Edit {
	n := c.node
	if len(c.removed) == n.Len() {
		if len(c.added) > 0 {
			return []diag.Edit{p.filled(c)}
		}
		return []diag.Edit{edit(n, n.Span.Start+1, n.Span.End-1, "")}
	}
	edits := p.flowRemovals(c)
	for _, a := range c.added {
		edits = append(edits, p.flowInsertion(c, a))
	}
	return edits
}

// flowRemovals take away runs of entries, each with the comma that parts it
// from the next or, for the last run, from the one before.
func (p *Patch) flowRemovals(c *change) []diag.Edit {
	n := c.node
	var edits []diag.Edit
	for i := 0; i < n.Len(); i++ {
		if !c.removed[i] {
			continue
		}
		last := i
		for last+1 < n.Len() && c.removed[last+1] {
			last++
		}
		start, _ := entry(n, i)
		_, end := entry(n, last)
		if last+1 < n.Len() {
			end, _ = entry(n, last+1)
		} else {
			_, start = entry(n, i-1)
		}
		edits = append(edits, edit(n, start, end, ""))
		i = last
	}
	return edits
}

func (p *Patch) flowInsertion(c *change, a addition) diag.Edit {
	n := c.node
	behind := a.behind
	for behind >= 0 && c.removed[behind] {
		behind--
	}
	text, between := p.flowEntry(n, a), p.separator(n)
	if behind < 0 {
		first := 0
		for c.removed[first] {
			first++
		}
		at, _ := entry(n, first)
		return edit(n, at, at, text+","+between)
	}
	_, at := entry(n, behind)
	return edit(n, at, at, ","+between+text)
}

// separator is what stands between two entries of a collection, behind the
// comma: a blank, or a new line as far in as the first.
func (p *Patch) separator(n *tree.Node) string {
	data := n.Span.File.Data()
	start, _ := entry(n, 0)
	before := data[n.Span.Start+1 : start]
	if cut := bytes.LastIndexByte(before, '\n'); cut >= 0 {
		return "\n" + string(before[cut+1:])
	}
	head := data[:min(len(data), 4<<10)]
	if isJSON(n) && !bytes.Contains(head, []byte(`": `)) && !bytes.Contains(head, []byte(`, "`)) {
		return ""
	}
	return " "
}

// flowEntry is an entry as it stands in brackets.
func (p *Patch) flowEntry(n *tree.Node, a addition) string {
	value := p.flowValue(n, a.value)
	if n.Kind == tree.Sequence {
		return value
	}
	if isJSON(n) {
		return strconv.Quote(a.key) + p.colon(n) + value
	}
	return flowString(a.key) + ": " + value
}

func (p *Patch) colon(n *tree.Node) string {
	if p.separator(n) == "" {
		return ":"
	}
	return ": "
}

// flowValue is a value in brackets: over several lines where what holds it is
// JSON over several lines, else on one.
func (p *Patch) flowValue(n, value *tree.Node) string {
	if !isJSON(n) {
		return flowText(value)
	}
	margin, many := strings.CutPrefix(p.separatorOf(n), "\n")
	if !many {
		return p.compact(n, value, p.separatorOf(n) == " ")
	}
	return p.jsonLines(n, value, margin)
}

func (p *Patch) separatorOf(n *tree.Node) string {
	if n.Len() == 0 {
		return " "
	}
	return p.separator(n)
}

// jsonLines is a value of JSON over several lines, behind a margin.
func (p *Patch) jsonLines(n, value *tree.Node, margin string) string {
	out, err := tree.Print(value, tree.JSON)
	if err != nil {
		p.fail(n, "%v", err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	step := jsonUnit(n)
	for i := range lines {
		bare := strings.TrimLeft(lines[i], " ")
		if i > 0 {
			lines[i] = margin + strings.Repeat(step, (len(lines[i])-len(bare))/2) + bare
		}
	}
	return strings.Join(lines, "\n")
}

// jsonUnit is the indentation of one level of a JSON text.
func jsonUnit(n *tree.Node) string {
	root := n.Root()
	if root.Len() == 0 {
		return "  "
	}
	start, _ := entry(root, 0)
	before := root.Span.File.Data()[root.Span.Start+1 : start]
	if cut := bytes.LastIndexByte(before, '\n'); cut >= 0 && cut+1 < len(before) {
		return string(before[cut+1:])
	}
	return "  "
}

// compact is a value of JSON on one line.
func (p *Patch) compact(n, value *tree.Node, blanks bool) string {
	if blanks {
		return jsonText(value)
	}
	out, err := schema.EncodeJSON(value.Value())
	if err != nil {
		p.fail(n, "%v", err)
	}
	return string(out)
}

// jsonText is a value of JSON on one line, its members in their order.
func jsonText(n *tree.Node) string {
	switch n.Kind {
	case tree.Mapping:
		var parts []string
		for _, m := range n.Members {
			parts = append(parts, quoted(m.Key.Text)+": "+jsonText(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case tree.Sequence:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, jsonText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case tree.String:
		return quoted(n.Text)
	}
	return n.Text
}

func quoted(text string) string {
	out, err := schema.EncodeJSON(text)
	if err != nil {
		return strconv.Quote(text)
	}
	return string(out)
}

// flowText is a value of YAML on one line.
func flowText(n *tree.Node) string {
	switch n.Kind {
	case tree.Mapping:
		parts := make([]string, 0, n.Len())
		for _, m := range n.Members {
			parts = append(parts, flowString(m.Key.Text)+": "+flowText(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case tree.Sequence:
		parts := make([]string, 0, n.Len())
		for _, item := range n.Items {
			parts = append(parts, flowText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case tree.String:
		return flowString(n.Text)
	}
	return n.Text
}

func flowString(text string) string {
	switch {
	case tree.PlainSafe(text) && !strings.ContainsAny(text, ",[]{}"):
		return text
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return quoted(text)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// isJSON reports whether the text that a value stands in is JSON.
func isJSON(n *tree.Node) bool {
	return slices.Contains([]string{".json", ".avsc"}, strings.ToLower(path.Ext(n.Span.File.Name()))) || isBareJSON(n)
}

// isBareJSON reports whether a text of no telling name opens like JSON.
func isBareJSON(n *tree.Node) bool {
	root := n.Root()
	ext := strings.ToLower(path.Ext(n.Span.File.Name()))
	text := root.Span.Text()
	if ext == ".yaml" || ext == ".yml" || len(text) == 0 {
		return false
	}
	return text[0] == '{' || text[0] == '['
}
