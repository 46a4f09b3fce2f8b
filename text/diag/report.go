package diag

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Rule describes a code for the formats that carry such a table.
type Rule struct {
	Code     Code
	Severity Severity // the usual one
	Optional bool     // only where somebody asks for it
	// Remark says that mild findings of the rule are about a document as a whole
	// and are told to people together with others of the kind.
	Remark  bool
	Summary string // one sentence: what is wrong
	Why     string // why that matters
	URL     string // where more is written
	// Good and Bad are whole documents without and with the fault; both are
	// empty where an example would be too large to show.
	Good, Bad string
	// Options are what a ruleset may say to the rule.
	Options []RuleOption
}

// RuleOption describes something that a ruleset may say to a rule.
type RuleOption struct {
	Name    string
	Default string // as a ruleset would write it
	Doc     string // what it is for, in one sentence
}

// Report is what a writer writes: the findings of one run.
type Report struct {
	Findings []Diagnostic
	// Files are the names of all documents that were looked at, also of those
	// without a finding.
	Files []string
	// Rules describe the codes; those that are not here are only named.
	Rules []Rule
	// FailOn is the mildest severity that counts as a failure; zero is Error.
	FailOn Severity
	// Version is the tool's own.
	Version string
	// Color asks for colours on a terminal.
	Color bool
	// Verbose asks for every finding of its own in the text format; see
	// Rule.Remark.
	Verbose bool
	// Width is how many columns a line of the text format may have; zero is 100.
	Width int
}

const toolName = "weft"

// Format is a form in which findings are written.
type Format string

// The formats.
const (
	FormatText     Format = "text"     // for people
	FormatJSON     Format = "json"     // for scripts
	FormatSARIF    Format = "sarif"    // SARIF 2.1.0
	FormatJUnit    Format = "junit"    // JUnit XML
	FormatGitHub   Format = "github"   // workflow commands of GitHub Actions
	FormatGitLab   Format = "gitlab"   // code quality report of GitLab
	FormatMarkdown Format = "markdown" // a table for a comment on a change
)

// Formats returns all formats, the usual one first.
func Formats() []Format {
	return []Format{FormatText, FormatJSON, FormatSARIF, FormatJUnit, FormatGitHub, FormatGitLab, FormatMarkdown}
}

// Write writes a report in a format, in the order of Sort, each finding once.
func Write(w io.Writer, format Format, r Report) error {
	r.Findings = Unique(slices.Clone(r.Findings))
	if r.FailOn == 0 {
		r.FailOn = Error
	}
	if r.Width <= 0 {
		r.Width = 100
	}
	switch format {
	case FormatText:
		return writeText(w, r)
	case FormatJSON:
		return writeJSON(w, r)
	case FormatSARIF:
		return writeSARIF(w, r)
	case FormatJUnit:
		return writeJUnit(w, r)
	case FormatGitHub:
		return writeGitHub(w, r)
	case FormatGitLab:
		return writeGitLab(w, r)
	case FormatMarkdown:
		return writeMarkdown(w, r)
	}
	return fmt.Errorf("there is no format %q; choose one of %s", format, formatList())
}

func formatList() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// ParseSeverity returns the severity of a name, as users type it.
func ParseSeverity(name string) (Severity, error) {
	for s := Hint; s <= Error; s++ {
		if s.String() == strings.ToLower(name) {
			return s, nil
		}
	}
	return 0, fmt.Errorf("there is no severity %q; choose one of error, warning, info, hint", name)
}

// Count returns how many findings are as severe as that, or worse.
func Count(list []Diagnostic, least Severity) int {
	count := 0
	for i := range list {
		if list[i].Severity >= least {
			count++
		}
	}
	return count
}

// Summary says in a few words how many findings there are: "2 errors, 1
// warning", or "no findings".
func Summary(list []Diagnostic) string {
	var counts [Error + 1]int
	for i := range list {
		if s := list[i].Severity; s <= Error {
			counts[s]++
		}
	}
	var parts []string
	for s := Error; s >= Hint; s-- {
		switch n := counts[s]; {
		case n == 0:
		case n == 1:
			parts = append(parts, "1 "+s.String())
		case s == Info:
			parts = append(parts, fmt.Sprintf("%d infos", n))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}
