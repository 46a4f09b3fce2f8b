package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/contract"
)

type verdict struct{ class, word string }

// verdicts are the classes and words by which a page shows how checks ended.
var verdicts = lazy.Of[map[contract.Status]verdict]{Make: func() map[contract.Status]verdict {
	return map[contract.Status]verdict{
		contract.Passed: {"compatible", "passed"}, contract.Failed: {"breaking", "failed"}, contract.Unproven: {"unknown", "unproven"},
	}
}}

// testPage writes the reports as one HTML page that needs nothing else.
func testPage(w io.Writer, reports []*contract.Report) error {
	out := bufio.NewWriter(w)
	counts := map[contract.Status]int{}
	whole := contract.Passed
	for _, r := range reports {
		if r.Failed() {
			whole = contract.Failed
		}
		for _, c := range r.Checks {
			counts[c.Status]++
		}
	}
	pageHead(out, "Contract tests: "+verdicts.Get()[whole].word)
	fmt.Fprintf(out, "<h1>Contract tests: <span class=%q>%s</span></h1>\n<p>%s.</p>\n", verdicts.Get()[whole].class, verdicts.Get()[whole].word, testSum(counts))
	for _, r := range reports {
		fmt.Fprintf(out, "<h2>%s</h2>\n<p><code>%s</code>, %s, %s</p>\n", escape(r.Title), escape(r.Contract),
			r.Began.UTC().Format("2006-01-02 15:04:05 UTC"), short(r.Took.Round(time.Millisecond)))
		for _, c := range r.Checks {
			testPageCheck(out, c)
		}
	}
	fmt.Fprint(out, "</html>\n")
	return out.Flush()
}

func testPageCheck(out *bufio.Writer, c *contract.Check) {
	look := map[contract.Status]string{contract.Failed: "error", contract.Unproven: "warning"}[c.Status]
	fmt.Fprintf(out, "<article class=%q>\n<h2><span class=%q>%s</span> %s</h2>\n<p><small>%s</small></p>\n",
		look, verdicts.Get()[c.Status].class, verdicts.Get()[c.Status].word, escape(c.Name), escape(testAside(c)))
	for i := range c.Findings {
		testPageFinding(out, &c.Findings[i])
	}
	if c.More > 0 {
		fmt.Fprintf(out, "<p>And %d more like these.</p>\n", c.More)
	}
	fmt.Fprint(out, "</article>\n")
}

func testPageFinding(out *bufio.Writer, f *contract.Finding) {
	times := ""
	if f.Count > 1 {
		times = fmt.Sprintf(" (%d times)", f.Count)
	}
	look := "warning"
	if f.Severity == diag.Error {
		look = "error"
	}
	fmt.Fprintf(out, "<article class=%q>\n<h3>%s%s <small>%s</small></h3>\n", look, escape(sentence(f.Message)), times, escape(string(f.Code)))
	if f.Help != "" {
		fmt.Fprintf(out, "<p>%s.</p>\n", escape(upperFirst(f.Help)))
	}
	if place := placeOf(f.Span); place != "" {
		fmt.Fprintf(out, "<p class=\"place\">Contract: <code>%s</code></p>\n", escape(place))
	}
	if f.Evidence != nil {
		lines := []string{escape(evidencePlace(f.Evidence))}
		for _, line := range evidenceLines(f.Evidence, pipeWidth) {
			lines = append(lines, escape(line))
		}
		fmt.Fprintf(out, "<pre>%s</pre>\n", strings.Join(lines, "\n"))
	}
	fmt.Fprint(out, "</article>\n")
}
