package layout

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/text/tree"
)

// block is a text in block style: its header and its lines without indentation.
type block struct {
	header string
	lines  []string
}

// blockEnd returns the offset behind a text in block style: behind its last
// line that is not blank, and where it keeps its end ("|+") behind the blank
// lines too.
func blockEnd(data []byte, p *piece) int {
	header := lineEnd(data, p.node.Span.Start, len(data))
	keep := bytes.IndexByte(headerWord(data, p), '+') > 0
	least, end := contentColumn(data, p), header
	for at := header + 1; at < len(data); {
		stop := lineEnd(data, at, len(data))
		text := bytes.TrimRight(data[at:stop], " \t")
		switch {
		case len(bytes.TrimLeft(text, " ")) > 0 && indentation(data[at:stop]) < least:
			return end
		case len(text) > 0 || keep || stop-at > least:
			end = stop
		}
		at = stop + 1
	}
	return end
}

func headerWord(data []byte, p *piece) []byte {
	start := p.node.Span.Start
	end := start
	for end < len(data) && bytes.IndexByte([]byte(" \t\n#"), data[end]) < 0 {
		end++
	}
	return data[start:end]
}

// contentColumn is the column at which the lines of a text in block style
// begin: what its header says, or the indentation of its first line.
func contentColumn(data []byte, p *piece) int {
	if digits := strings.Trim(string(headerWord(data, p)), "|>+-"); digits != "" {
		if n, err := strconv.Atoi(digits); err == nil {
			return max(p.column, 0) + n
		}
	}
	for at := lineEnd(data, p.node.Span.Start, len(data)) + 1; at < len(data); {
		stop := lineEnd(data, at, len(data))
		if len(bytes.TrimSpace(data[at:stop])) > 0 {
			return max(indentation(data[at:stop]), 1)
		}
		at = stop + 1
	}
	return 1
}

func indentation(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }

// blockOf reads a text in block style.
func blockOf(data []byte, p *piece) block {
	header := string(headerWord(data, p))
	b := block{header: header[:1]}
	cut := contentColumn(data, p)
	start := lineEnd(data, p.node.Span.Start, len(data))
	if p.end > start {
		for line := range strings.SplitSeq(string(data[start+1:p.end]), "\n") {
			if len(line) > cut {
				b.lines = append(b.lines, line[cut:])
			} else {
				b.lines = append(b.lines, "")
			}
		}
	}
	for _, line := range b.lines {
		if line != "" {
			if line[0] == ' ' || line[0] == '\t' {
				b.header += "2" // what every text is indented by here
			}
			break
		}
	}
	// The last line of a file that has no line break ends in none.
	if strings.Contains(header, "-") || (!strings.HasSuffix(p.node.Text, "\n") && p.node.Text != "") {
		b.header += "-"
	} else if strings.Contains(header, "+") {
		b.header += "+"
	}
	return b
}

// scalar returns how a value that has nothing inside is written, one line after
// the other; lines but the first are without indentation.
func scalar(n *tree.Node, flow bool) []string {
	raw := string(n.Span.Text())
	if n.Alias != nil || n.Kind == tree.Mapping || n.Kind == tree.Sequence {
		return []string{collapse(n, raw)}
	}
	if raw == "" {
		return []string{""}
	}
	if strings.Contains(raw, "\n") {
		return folded(raw)
	}
	if raw[0] == '"' || raw[0] == '\'' {
		return []string{requote(n, raw, flow)}
	}
	return []string{raw}
}

func collapse(n *tree.Node, raw string) string {
	switch {
	case n.Alias != nil:
		return raw
	case n.Kind == tree.Mapping:
		return "{}"
	}
	return "[]"
}

// folded takes the indentation from the lines of a text that goes over several;
// blanks at their ends count in double quotes only behind a backslash.
func folded(raw string) []string {
	lines := strings.Split(raw, "\n")
	for i := range lines {
		if i > 0 {
			lines[i] = strings.TrimLeft(lines[i], " \t")
		}
		if raw[0] != '"' && i < len(lines)-1 {
			lines[i] = strings.TrimRight(lines[i], " \t")
		}
	}
	return lines
}

// requote writes a string without quotes where that is safe, else in single
// quotes, or in double quotes where it has a single one or an escape.
func requote(n *tree.Node, raw string, flow bool) string {
	if n.Kind != tree.String {
		return raw
	}
	text := n.Text
	if tree.PlainSafe(text) && (!flow || !strings.ContainsAny(text, ",[]{}")) {
		return text
	}
	if raw[0] == '"' && strings.Contains(raw, `\`) && strings.ContainsFunc(text, unseen) {
		return raw
	}
	if strings.Contains(text, "'") {
		if strings.ContainsAny(text, `"\`) {
			if raw[0] == '\'' || !strings.Contains(text, `\`) {
				return "'" + strings.ReplaceAll(text, "'", "''") + "'"
			}
			return raw
		}
		return `"` + text + `"`
	}
	return "'" + text + "'"
}

// unseen reports whether a character should stay an escape.
func unseen(r rune) bool { return !unicode.IsPrint(r) }

// keyText is how a key is written.
func keyText(key *tree.Node) (string, bool) {
	raw := string(key.Span.Text())
	switch {
	case strings.Contains(raw, "\n") || len(raw) > 1000:
		return raw, false
	case raw == "":
		return "''", true
	case raw[0] == '*':
		return raw + " ", true
	case raw[0] == '"' || raw[0] == '\'':
		return requote(key, raw, false), true
	}
	return raw, true
}
