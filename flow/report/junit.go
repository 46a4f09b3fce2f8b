package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weft-dev/weft/text/diag"
)

// The statuses of steps, as engine.Step has them.
const (
	succeeded = "succeeded"
	failed    = "failed"
)

// JUnit writes the report for build servers: the run is a suite, each step a
// case. A step that never ran is skipped, which is no success either.
func (r *Report) JUnit(w io.Writer) error {
	out := bufio.NewWriter(w)
	failures, skipped := 0, 0
	for _, row := range r.Rows {
		switch row.Status {
		case succeeded:
		case failed:
			failures++
		default:
			skipped++
		}
	}
	stray := r.strayFailure()
	if stray {
		failures++
	}
	cases := len(r.Rows)
	if stray {
		cases++
	}
	seconds := float64(r.DurationMs) / 1000
	fmt.Fprintf(out, "%s<testsuites name=\"weft run\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" time=\"%.3f\">\n", xml.Header, cases, failures, skipped, seconds)
	fmt.Fprintf(out, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" time=\"%.3f\" timestamp=\"%s\">\n",
		xmlText(r.Workflow), cases, failures, skipped, seconds, r.Started.UTC().Format("2006-01-02T15:04:05"))
	fmt.Fprintf(out, "    <properties>\n      <property name=\"run\" value=\"%s\"/>\n    </properties>\n", xmlText(r.Run))
	for _, row := range r.Rows {
		r.junitCase(out, row)
	}
	if stray {
		fmt.Fprintf(out, "    <testcase name=\"the run\" classname=\"%s\">\n      <failure type=\"%s\" message=\"%s\"/>\n    </testcase>\n",
			xmlText(r.Workflow), xmlText(r.Error.Code), xmlText(r.Error.Message))
	}
	fmt.Fprint(out, "  </testsuite>\n</testsuites>\n")
	return out.Flush()
}

// strayFailure reports whether the run failed though no step of it did.
func (r *Report) strayFailure() bool {
	for _, row := range r.Rows {
		if row.Status == failed {
			return false
		}
	}
	return r.Error != nil
}

func (r *Report) junitCase(out io.Writer, row *Row) {
	fmt.Fprintf(out, "    <testcase name=\"%s\" classname=\"%s\" time=\"%.3f\">\n", xmlText(row.Name()), xmlText(workflowOf(r.Result, &row.Step)), float64(row.DurationMs)/1000)
	switch {
	case row.Status == failed && row.Error != nil:
		fmt.Fprintf(out, "      <failure type=\"%s\" message=\"%s\">%s</failure>\n", xmlText(row.Error.Code), xmlText(row.Error.Message), xmlLines(row.failure()))
	case row.Status == failed:
		fmt.Fprint(out, "      <failure message=\"the step failed\"/>\n")
	case row.Status != succeeded:
		fmt.Fprintf(out, "      <skipped message=\"%s\"/>\n", xmlText(row.Status))
	}
	if len(row.Moments) > 0 {
		fmt.Fprintf(out, "      <system-out>%s</system-out>\n", xmlLines(r.story(row)))
	}
	fmt.Fprint(out, "    </testcase>\n")
}

// failure is all that is known of why a step failed, in lines.
func (r *Row) failure() string {
	var b strings.Builder
	for i := len(r.Moments) - 1; i >= 0; i-- {
		if details := r.Moments[i].More; len(details) > 0 {
			for _, d := range details {
				fmt.Fprintf(&b, "%s: %s\n", d.Name, d.Text)
			}
			break
		}
	}
	return b.String()
}

// story is what happened in a step, a line each.
func (r *Report) story(row *Row) string {
	var b strings.Builder
	for i := range row.Moments {
		m := &row.Moments[i]
		fmt.Fprintf(&b, "%s %s %s", r.since(m.At), m.Mark, m.Text)
		if m.Data != "" {
			b.WriteString(" " + m.Data)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// since is how long after the run's beginning something was.
func (r *Report) since(at time.Time) string {
	d := at.Sub(r.Started)
	if d < 0 {
		d = 0
	}
	return "+" + Short(d)
}

func xmlText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(diag.Safe(text))) // a strings.Builder does not fail
	return b.String()
}

// xmlLines escapes each line of a text and leaves the lines.
func xmlLines(text string) string { return eachLine(text, xmlText) }

// eachLine makes each line of a text harmless and leaves the lines.
func eachLine(text string, safe func(string) string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = safe(line)
	}
	return strings.Join(lines, "\n")
}
