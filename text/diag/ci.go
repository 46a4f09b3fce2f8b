package diag

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// fingerprints returns for each finding a text that stays the same when lines
// move: it is made of what is wrong and where in the description, not of the
// line. Equal findings are numbered.
func fingerprints(list []Diagnostic) []string {
	out := make([]string, len(list))
	seen := map[string]int{}
	for i, d := range list {
		what := strings.Join([]string{string(d.Code), filepath.ToSlash(fileName(d.Span)), d.Path, d.Message}, "\x00")
		seen[what]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", what, seen[what]))
		out[i] = hex.EncodeToString(sum[:16])
	}
	return out
}

// writeGitHub writes workflow commands, which become annotations of the files.
func writeGitHub(w io.Writer, r Report) error {
	out := bufio.NewWriter(w)
	for i := range r.Findings {
		d := &r.Findings[i]
		fmt.Fprintf(out, "::%s ", githubLevel(d.Severity))
		if d.Span.IsValid() {
			start, end := d.Span.Range()
			fmt.Fprintf(out, "file=%s,line=%d,col=%d,endLine=%d,endColumn=%d,",
				githubProperty(filepath.ToSlash(d.Span.File.Name())), start.Line, start.Column, end.Line, end.Column)
		}
		fmt.Fprintf(out, "title=%s::%s\n", githubProperty(string(d.Code)), githubData(sarifText(d)))
	}
	return out.Flush()
}

func githubLevel(s Severity) string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "notice"
}

// githubData escapes what would end a command: its parts are text of
// documents, which must not give commands.
func githubData(s string) string {
	s = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
	return Safe(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(s))
}

type (
	gitlabIssue struct {
		Description string         `json:"description"`
		CheckName   string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitlabLocation `json:"location"`
	}
	gitlabLocation struct {
		Path  string      `json:"path"`
		Lines gitlabLines `json:"lines"`
	}
	gitlabLines struct {
		Begin int `json:"begin"`
		End   int `json:"end"`
	}
)

// writeGitLab writes a code quality report.
func writeGitLab(w io.Writer, r Report) error {
	prints := fingerprints(r.Findings)
	issues := make([]gitlabIssue, len(r.Findings))
	for i := range r.Findings {
		d := &r.Findings[i]
		start, end := d.Span.Range()
		issues[i] = gitlabIssue{
			Description: sarifText(d), CheckName: string(d.Code), Fingerprint: prints[i], Severity: gitlabSeverity(d.Severity),
			Location: gitlabLocation{
				Path:  strings.TrimPrefix(filepath.ToSlash(fileName(d.Span)), "./"),
				Lines: gitlabLines{Begin: max(1, start.Line), End: max(1, end.Line)},
			},
		}
	}
	return encode(w, issues)
}

func gitlabSeverity(s Severity) string {
	switch s {
	case Error:
		return "major"
	case Warning:
		return "minor"
	}
	return "info"
}

// writeJUnit writes one suite a file and one case a finding; a file without
// findings has one case, which passes. Findings milder than FailOn pass too,
// and are told as output.
func writeJUnit(w io.Writer, r Report) error {
	out := bufio.NewWriter(w)
	files, suites := junitSuites(r)
	fmt.Fprintf(out, "%s<testsuites name=%q tests=\"%d\" failures=\"%d\">\n", xml.Header, toolName, junitCases(files, suites), Count(r.Findings, r.FailOn))
	for _, file := range files {
		writeSuite(out, r, file, suites[file])
	}
	fmt.Fprintln(out, "</testsuites>")
	return out.Flush()
}

func junitSuites(r Report) (files []string, suites map[string][]Diagnostic) {
	suites = map[string][]Diagnostic{}
	files = slices.Clone(r.Files)
	for _, d := range r.Findings {
		name := cmp.Or(fileName(d.Span), "(no file)")
		suites[name] = append(suites[name], d)
		files = append(files, name)
	}
	slices.SortFunc(files, cmp.Compare[string])
	return slices.Compact(files), suites
}

func junitCases(files []string, suites map[string][]Diagnostic) int {
	count := 0
	for _, file := range files {
		count += max(1, len(suites[file]))
	}
	return count
}

func writeSuite(out *bufio.Writer, r Report, file string, list []Diagnostic) {
	fmt.Fprintf(out, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\">\n", escapeXML(file), max(1, len(list)), Count(list, r.FailOn))
	if len(list) == 0 {
		fmt.Fprintf(out, "    <testcase name=\"no findings\" classname=\"%s\"/>\n", escapeXML(file))
	}
	for i := range list {
		writeCase(out, r, file, &list[i])
	}
	fmt.Fprintln(out, "  </testsuite>")
}

func writeCase(out *bufio.Writer, r Report, file string, d *Diagnostic) {
	text := place(d.Span, palette{}) + d.Severity.String() + ": " + sarifText(d)
	name := string(d.Code)
	if d.Path != "" {
		name += " at " + d.Path
	}
	fmt.Fprintf(out, "    <testcase name=\"%s\" classname=\"%s\">\n", escapeXML(name), escapeXML(file))
	if d.Severity >= r.FailOn {
		fmt.Fprintf(out, "      <failure type=\"%s\" message=\"%s\">%s</failure>\n", escapeXML(string(d.Code)), escapeXML(d.Message), escapeXML(text))
	} else {
		fmt.Fprintf(out, "      <system-out>%s</system-out>\n", escapeXML(text))
	}
	fmt.Fprintln(out, "    </testcase>")
}

func escapeXML(s string) string {
	var b strings.Builder
	// A strings.Builder does not fail.
	_ = xml.EscapeText(&b, []byte(Safe(s)))
	return b.String()
}
