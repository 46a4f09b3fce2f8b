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
	pageHead(out, "Contract: "+string(verdict))
	fmt.Fprintf(out, "<h1>Contract: <span class=%q>%s</span></h1>\n<p><code>%s</code> → <code>%s</code></p>\n", verdict, verdict, escape(v.old), escape(v.new))
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

// pageHead writes what is before the content of a page.
func pageHead(out io.Writer, title string) {
	fmt.Fprintf(out, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%s</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
h1 span, h2 span { border-radius: .3em; padding: 0 .4em; color: white; background: #2a7d3c } span.breaking { background: #b3261e } span.unknown, span.unreadable { background: #9a6700 } span.begins { background: #5c6670 }
article { border-left: .25rem solid #8884; padding-left: 1rem; margin: 1.5rem 0 } .error { border-color: #b3261e } .warning { border-color: #9a6700 }
pre { background: #8882; padding: .75rem; overflow-x: auto; border-radius: .3rem } small, .place { opacity: .75 } h3 { margin: 0; font-size: 1rem } p { margin: .3rem 0 }
.timeline { list-style: none; padding: 0 0 0 1.25rem; border-left: .2rem solid #8886 } .timeline > li { position: relative; margin: 0 0 2rem } .timeline h2 { font-size: 1.05rem; margin: 0 }
.timeline > li::before { content: ""; position: absolute; left: -1.85rem; top: .35rem; width: .9rem; height: .9rem; border-radius: 50%%; background: #2a7d3c }
.timeline > li.breaking::before { background: #b3261e } .timeline > li.unknown::before, .timeline > li.unreadable::before { background: #9a6700 } .timeline > li.begins::before { background: #5c6670 }
summary { cursor: pointer; opacity: .8 }
</style>
`, escape(title))
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
