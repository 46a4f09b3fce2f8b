package cli

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/contract"
)

// writeTests writes what contract tests found.
func writeTests(out io.Writer, format string, reports []*contract.Report) error {
	switch format {
	case "json":
		return testJSON(out, reports)
	case "junit":
		return testJUnit(out, reports)
	case "html":
		return testPage(out, reports)
	}
	testText(newScreen(out), reports)
	return nil
}

type statusMark struct{ mark, look string }

// marks are how checks are marked that ended so.
var marks = lazy.Of[map[contract.Status]statusMark]{Make: func() map[contract.Status]statusMark {
	return map[contract.Status]statusMark{
		contract.Passed: {"✓", green}, contract.Failed: {"✗", red}, contract.Unproven: {"–", yellow},
	}
}}

func testText(out *screen, reports []*contract.Report) {
	counts := map[contract.Status]int{}
	for _, r := range reports {
		fmt.Fprintf(out, "%s  %s\n", out.paint(bold, diag.Safe(r.Contract)), out.paint(dim, diag.Safe(r.Title)))
		for _, c := range r.Checks {
			counts[c.Status]++
			testCheck(out, c)
		}
	}
	fmt.Fprintf(out, "\n%s\n", testSum(counts))
}

func testSum(counts map[contract.Status]int) string {
	return fmt.Sprintf("%d passed, %d failed, %d unproven", counts[contract.Passed], counts[contract.Failed], counts[contract.Unproven])
}

func testCheck(out *screen, c *contract.Check) {
	m := marks.Get()[c.Status]
	fmt.Fprintf(out, "  %s %s  %s\n", out.paint(m.look, m.mark), diag.Safe(c.Name), out.paint(dim, testAside(c)))
	for i := range c.Findings {
		testFinding(out, &c.Findings[i])
	}
	if c.More > 0 {
		fmt.Fprintf(out, "    %s\n", out.paint(dim, fmt.Sprintf("and %d more like these", c.More)))
	}
}

// testAside is what there is to say beside a check's name.
func testAside(c *contract.Check) string {
	aside := plural(c.Messages, "message")
	if c.Mode == contract.Paired {
		aside = ""
	}
	if c.Note != "" {
		aside = strings.TrimPrefix(aside+"; "+diag.Safe(c.Note), "; ")
	}
	return aside
}

func testFinding(out *screen, f *contract.Finding) {
	look := red
	if f.Severity != diag.Error {
		look = yellow
	}
	times := ""
	if f.Count > 1 {
		times = fmt.Sprintf(" (%d times)", f.Count)
	}
	testWords(out, "    ", painted{look, f.Severity.String() + ":"}, plain(f.Message+times), painted{dim, "[" + string(f.Code) + "]"})
	if f.Help != "" {
		testWords(out, "      ", plain(f.Help))
	}
	if place := placeOf(f.Span); place != "" {
		testWords(out, "      ", painted{dim, "the contract: " + place})
	}
	if e := f.Evidence; e != nil {
		testWords(out, "      ", painted{dim, evidencePlace(e)})
		for _, line := range evidenceLines(e, out.width-6) {
			fmt.Fprintf(out, "      %s\n", out.paint(dim, diag.Safe(line)))
		}
	}
}

// testWords prints words on one line, and on a terminal on as many as they need:
// who reads from a pipe looks for them on one.
func testWords(out *screen, indent string, words ...painted) {
	if out.terminal {
		paragraph(out, indent, words...)
		return
	}
	line := make([]string, len(words))
	for i, w := range words {
		line[i] = out.paint(w.look, diag.Safe(w.text))
	}
	fmt.Fprintf(out, "%s%s\n", indent, strings.Join(line, " "))
}

// evidencePlace says where a message was.
func evidencePlace(e *contract.Evidence) string {
	var where []string
	add := func(name, value string) {
		if value != "" {
			where = append(where, name+" "+value)
		}
	}
	add("at", e.Address)
	add("position", cmp.Or(e.Position, e.ID))
	if !e.Timestamp.IsZero() {
		add("sent", e.Timestamp.UTC().Format(time.RFC3339))
	}
	if e.HasKey {
		add("key", fmt.Sprintf("%q", e.Key))
	}
	return "the message: " + strings.Join(where, ", ")
}

// evidenceLines are a message as it was on the wire, for people who have so many
// columns.
func evidenceLines(e *contract.Evidence, width int) []string {
	var lines []string
	for _, h := range e.Headers {
		lines = append(lines, "  "+h)
	}
	if e.Size == 0 {
		return append(lines, "  it has no body")
	}
	for _, line := range hexLines(e.Hex, width-2) {
		lines = append(lines, "  "+line)
	}
	return append(lines, fmt.Sprintf("  of %s", plural(e.Size, "byte")))
}

// hexLines are the lines of a dump for so many columns: as they are, else with
// shorter offsets, else with half of the bytes in a line.
func hexLines(dump string, width int) []string {
	lines := strings.Split(strings.TrimSuffix(dump, "\n"), "\n")
	widest := 0
	for _, line := range lines {
		widest = max(widest, len(line))
	}
	const far = "0000"
	if widest > width && strings.HasPrefix(lines[len(lines)-1], far) {
		widest -= len(far)
		for i := range lines {
			lines[i] = lines[i][len(far):]
		}
	}
	if widest <= width {
		return lines
	}
	var halves []string
	for _, line := range lines {
		halves = append(halves, halved(line)...)
	}
	return halves
}

// halved breaks a line of a dump in two: OFFSET, sixteen bytes, their text.
func halved(line string) []string {
	const bytesOfHalf, half = 8, 3*8 - 1
	offset, rest, ok := strings.Cut(line, "  ")
	at, err := strconv.ParseUint(offset, 16, 64)
	if !ok || err != nil || len(rest) < 2*half+3 {
		return []string{line}
	}
	first, second, text := rest[:half], rest[half+1:2*half+1], rest[2*half+3:]
	lines := []string{offset + "  " + first + "  " + text[:min(len(text), bytesOfHalf)]}
	if len(text) > bytesOfHalf {
		lines = append(lines, fmt.Sprintf("%0*x  %s  %s", len(offset), at+bytesOfHalf, second, text[bytesOfHalf:]))
	}
	return lines
}

// testFindingJSON is a finding for programs.
type testFindingJSON struct {
	Code     diag.Code          `json:"code"`
	Severity string             `json:"severity"`
	Message  string             `json:"message"`
	Help     string             `json:"help,omitempty"`
	File     string             `json:"file,omitempty"`
	Path     string             `json:"path,omitempty"`
	Line     int                `json:"line,omitempty"`
	Column   int                `json:"column,omitempty"`
	Count    int                `json:"count"`
	Evidence *contract.Evidence `json:"evidence,omitempty"`
}

type testCheckJSON struct {
	*contract.Check
	Findings []testFindingJSON `json:"findings"`
}

type testReportJSON struct {
	*contract.Report
	Status contract.Status `json:"status"`
	TookMS int64           `json:"durationMs"`
	Took   *struct{}       `json:"took,omitempty"`
	Checks []testCheckJSON `json:"checks"`
}

func testJSON(out io.Writer, reports []*contract.Report) error {
	list := []testReportJSON{}
	for _, r := range reports {
		of := testReportJSON{Report: r, Status: contract.Passed, TookMS: r.Took.Milliseconds(), Checks: []testCheckJSON{}}
		if r.Failed() {
			of.Status = contract.Failed
		}
		for _, c := range r.Checks {
			check := testCheckJSON{Check: c, Findings: []testFindingJSON{}}
			for i := range c.Findings {
				check.Findings = append(check.Findings, findingJSON(&c.Findings[i]))
			}
			of.Checks = append(of.Checks, check)
		}
		list = append(list, of)
	}
	return printJSON(out, list)
}

func findingJSON(f *contract.Finding) testFindingJSON {
	of := testFindingJSON{
		Code: f.Code, Severity: f.Severity.String(), Message: f.Message, Help: f.Help, Path: f.Path, Count: f.Count, Evidence: f.Evidence,
	}
	if f.Span.IsValid() {
		start, _ := f.Span.Range()
		of.File, of.Line, of.Column = f.Span.File.Name(), start.Line, start.Column
	}
	return of
}

// testJUnit writes one suite a document and one case a check. A check that had
// nothing to judge is skipped, which is no pass either.
func testJUnit(out io.Writer, reports []*contract.Report) error {
	all := map[contract.Status]int{}
	var suites strings.Builder
	for _, r := range reports {
		counts := map[contract.Status]int{}
		var cases strings.Builder
		for _, c := range r.Checks {
			counts[c.Status]++
			all[c.Status]++
			junitCase(&cases, r, c)
		}
		fmt.Fprintf(&suites, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" time=\"%.3f\" timestamp=\"%s\">\n%s  </testsuite>\n",
			xmlText(r.Contract), len(r.Checks), counts[contract.Failed], counts[contract.Unproven], r.Took.Seconds(), r.Began.UTC().Format("2006-01-02T15:04:05"), cases.String())
	}
	_, err := fmt.Fprintf(out, "%s<testsuites name=\"weft test\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n%s</testsuites>\n",
		xml.Header, all[contract.Passed]+all[contract.Failed]+all[contract.Unproven], all[contract.Failed], all[contract.Unproven], suites.String())
	return err
}

func junitCase(out *strings.Builder, r *contract.Report, c *contract.Check) {
	fmt.Fprintf(out, "    <testcase name=\"%s\" classname=\"%s.%s\">\n", xmlText(c.Name), xmlText(r.Contract), c.Mode)
	var told strings.Builder
	screen := &screen{Writer: &told, width: pipeWidth}
	for i := range c.Findings {
		testFinding(screen, &c.Findings[i])
	}
	switch c.Status {
	case contract.Failed:
		first := firstError(c)
		fmt.Fprintf(out, "      <failure type=\"%s\" message=\"%s\">%s</failure>\n", first.Code, xmlText(first.Message), xmlText(told.String()))
	case contract.Unproven:
		fmt.Fprintf(out, "      <skipped message=\"%s\"/>\n", xmlText(c.Note))
	case contract.Passed:
		if told.Len() > 0 {
			fmt.Fprintf(out, "      <system-out>%s</system-out>\n", xmlText(told.String()))
		}
	}
	fmt.Fprint(out, "    </testcase>\n")
}

// firstError is the finding by which a check failed.
func firstError(c *contract.Check) *contract.Finding {
	for i := range c.Findings {
		if c.Findings[i].Severity == diag.Error {
			return &c.Findings[i]
		}
	}
	return &contract.Finding{}
}

func xmlText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder does not fail
	return b.String()
}
