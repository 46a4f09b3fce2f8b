package diag

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// mostMarkdown is how many bytes of a table are written: the services that show
// comments take 65,536 characters.
const mostMarkdown = 60_000

// writeMarkdown writes a table for a comment on a change, the worst first.
func writeMarkdown(w io.Writer, r Report) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "### %s: %s\n", toolName, Summary(r.Findings))
	if len(r.Files) > 1 {
		fmt.Fprintf(out, "\nin %d documents\n", len(r.Files))
	}
	if len(r.Findings) > 0 {
		writeTable(out, r.Findings)
	}
	return out.Flush()
}

func writeTable(out *bufio.Writer, findings []Diagnostic) {
	list := slices.Clone(findings)
	slices.SortStableFunc(list, func(a, b Diagnostic) int { return cmp.Compare(b.Severity, a.Severity) })
	fmt.Fprint(out, "\n| | where | what | code |\n|---|---|---|---|\n")
	written := 0
	for i := range list {
		row := markdownRow(&list[i])
		if written += len(row); written > mostMarkdown {
			fmt.Fprintf(out, "\nand %d more\n", len(list)-i)
			return
		}
		fmt.Fprint(out, row)
	}
}

func markdownRow(d *Diagnostic) string {
	where := ""
	if d.Span.IsValid() {
		start, _ := d.Span.Range()
		where = fmt.Sprintf("%s:%d:%d", filepath.ToSlash(d.Span.File.Name()), start.Line, start.Column)
	}
	what := markdownText(d.Message)
	if d.Help != "" {
		what += "<br>" + markdownText(d.Help)
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", d.Severity, markdownText(where), what, markdownText(string(d.Code)))
}

// mostCell is how many characters of a text a cell has.
const mostCell = 1000

// markdownText shows a text as it is: nothing in it becomes a link, a picture,
// another cell, or a message to somebody whose name it holds.
func markdownText(s string) string {
	if runes := []rune(s); len(runes) > mostCell {
		s = string(runes[:mostCell]) + "…"
	}
	var b strings.Builder
	s = Safe(s)
	for i, c := range s {
		switch {
		case c == ':' && (i+1 == len(s) || s[i+1] == ' '):
			b.WriteRune(c) // neither an address nor the name of a picture, as ":100:" is
		case strings.ContainsRune("\\`*_{}[]()#~!^$", c):
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '|' || c == '@' || c == '<' || c == '>' || c == '&' || c == ':':
			fmt.Fprintf(&b, "&#%d;", c) // a backslash does not stop these everywhere
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
