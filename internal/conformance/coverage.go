package conformance

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Requirement is something that a specification asks for.
type Requirement struct {
	ID   string `json:"id"`
	Word string `json:"word"`
	// At is the section, and lines of its text.
	At   string `json:"at"`
	Says string `json:"says"`
	// Untested says why there is no fixture.
	Untested string `json:"untested"`
}

// Requirements reads what the kit is to cover.
func (k *Kit) Requirements() ([]Requirement, error) {
	value, err := Plain(filepath.Join(k.Root, "requirements.yaml"))
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var list []Requirement
	return list, strictly(data, &list)
}

// Covering returns the names of the fixtures that cover an id, in order.
func (k *Kit) Covering(id string) []string {
	var names []string
	for _, f := range k.Fixtures {
		if slices.Contains(f.Covers, id) {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Rows are the decisions that weft publishes, as "A1", of the text of its page.
func Rows(page string) []string {
	var rows []string
	for _, line := range strings.Split(page, "\n") {
		cells := strings.SplitN(line, "|", 3)
		if len(cells) < 3 {
			continue
		}
		rows = append(rows, rowsOf(cells[1])...)
	}
	return rows
}

// rowsOf reads "A1", "A17, A18" and "A19 to A21, A25".
func rowsOf(cell string) []string {
	var rows []string
	for part := range strings.SplitSeq(cell, ",") {
		found := regexp.MustCompile(`^\s*A(\d+)(?: to A(\d+))?\s*$`).FindStringSubmatch(part)
		if found == nil {
			continue
		}
		var first, last int
		_, _ = fmt.Sscan(found[1], &first) // digits, by the expression above
		if _, err := fmt.Sscan(found[2], &last); err != nil {
			last = first
		}
		for n := first; n <= last; n++ {
			rows = append(rows, fmt.Sprintf("A%d", n))
		}
	}
	return rows
}

// Table writes the coverage as Markdown.
func (k *Kit) Table(list []Requirement, rows []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d fixtures.\n\n| | where | says | fixtures |\n|---|---|---|---|\n", len(k.Fixtures))
	for _, r := range list {
		names := strings.Join(k.Covering(r.ID), ", ")
		if r.Untested != "" {
			names = "none: " + r.Untested
		}
		fmt.Fprintf(&b, "| `%s` | %s %s | %s | %s |\n", r.ID, r.Word, strings.ReplaceAll(r.At, "|", `\|`), strings.ReplaceAll(r.Says, "|", `\|`), names)
	}
	b.WriteString("\n| row | fixtures |\n|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s |\n", row, strings.Join(k.Covering(row), ", "))
	}
	return b.String()
}
