package cli

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/text/diag"
)

// page writes the report as one HTML page that needs nothing else.
func (v *diffView) page(out io.Writer) error {
	verdict := v.report.Verdict(v.level)
	fmt.Fprintf(out, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Contract: %[1]s</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
h1 span { border-radius: .3em; padding: 0 .4em; color: white; background: #2a7d3c } h1 .breaking { background: #b3261e } h1 .unknown { background: #9a6700 }
article { border-left: .25rem solid #8884; padding-left: 1rem; margin: 1.5rem 0 } .error { border-color: #b3261e } .warning { border-color: #9a6700 }
pre { background: #8882; padding: .75rem; overflow-x: auto; border-radius: .3rem } small, .place { opacity: .75 } h3 { margin: 0; font-size: 1rem } p { margin: .3rem 0 }
</style>
<h1>Contract: <span class="%[1]s">%[1]s</span></h1>
<p><code>%[2]s</code> → <code>%[3]s</code></p>
`, verdict, escape(v.old), escape(v.new))
	if len(v.report.Changes) == 0 {
		_, err := io.WriteString(out, "<p>Nothing changed that anybody would notice.</p>\n</html>\n")
		return err
	}
	fmt.Fprintf(out, "<p>%s.</p>\n", escape(upperFirst(v.counts())))
	if advice := rollOut(v.report.Order(v.level)); verdict == diff.Breaking && advice != "" {
		fmt.Fprintf(out, "<p><strong>Roll-out:</strong> %s.</p>\n", escape(advice))
	}
	for _, g := range v.groups() {
		if len(g.list) == 0 {
			continue
		}
		fmt.Fprintf(out, "<h2>%s</h2>\n", escape(upperFirst(g.title)))
		for _, c := range g.list {
			v.pageChange(out, c)
		}
	}
	_, err := io.WriteString(out, "</html>\n")
	return err
}

func (v *diffView) pageChange(out io.Writer, c *diff.Change) {
	look := c.Severity.String()
	if v.report.Breaking(c, v.level) {
		look = "error"
	}
	fmt.Fprintf(out, "<article class=%q>\n<h3>%s</h3>\n<p>%s <small>%s</small></p>\n<p>%s.</p>\n",
		look, escape(c.Subject), escape(sentence(c.What)), escape(string(c.Code)), escape(upperFirst(c.Why)))
	if places := v.places(c); places != "" {
		fmt.Fprintf(out, "<p class=\"place\"><code>%s</code></p>\n", escape(places))
	}
	if c.Witness != nil {
		writer, reader := v.sides(c)
		var lines []string
		for line := range strings.SplitSeq(pretty(c.Witness), "\n") {
			lines = append(lines, escape(line))
		}
		fmt.Fprintf(out, "<p>%s may be written by <code>%s</code>:</p>\n<pre>%s</pre>\n<p><code>%s</code> refuses it: %s.</p>\n",
			escape(upperFirst(partWords(c.Part))), escape(writer), strings.Join(lines, "\n"), escape(reader), escape(c.Refusal))
	}
	fmt.Fprint(out, "</article>\n")
}

// escape makes a text of a document harmless in a page.
func escape(s string) string { return html.EscapeString(diag.Safe(s)) }
