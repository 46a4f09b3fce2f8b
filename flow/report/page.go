package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/text/diag"
)

// HTML writes the report as one page that needs nothing else: no scripts, no
// other files, no network. It is read by screen readers as a table and a list.
func (r *Report) HTML(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, pageHead, escape(r.Workflow), escape(r.Status))
	r.head(out)
	r.failure(out)
	r.outputs(out)
	r.timeline(out)
	r.steps(out)
	fmt.Fprint(out, "</main>\n</html>\n")
	return out.Flush()
}

const pageHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>%s: %s</title>
<style>
:root { color-scheme: light dark; --good: #2a7d3c; --bad: #b3261e; --wait: #9a6700; --quiet: #5c6670; --line: #8884; --box: #8881 }
@media (prefers-color-scheme: dark) { :root { --good: #57ab5a; --bad: #e5534b; --wait: #c69026; --quiet: #909dab } body { background: #16191d; color: #e6e8ea } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 } main { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } dl { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; margin: .5rem 0 } dl div { display: flex; gap: .4rem } dt { opacity: .7 } dd { margin: 0 }
.status { border-radius: .3em; padding: .1em .45em; color: #fff; background: var(--quiet); font-size: .9em } .succeeded { background: #2a7d3c } .failed { background: #b3261e }
table { border-collapse: collapse; width: 100%% } th { text-align: left; font-weight: 600 } th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: middle } td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
thead th { font-size: .85rem; opacity: .75 } td.lane { width: 50%%; padding: 0 } .lane div { position: relative; height: 1.5rem; background: linear-gradient(90deg, var(--line) 1px, transparent 1px) 0 0 / 25%% 100%% }
.lane i { position: absolute; top: .3rem; height: .9rem; min-width: 3px; border-radius: 2px; background: var(--good) } .lane i.bad { background: var(--bad) } .lane i.wait { top: .55rem; height: .4rem; background: #fff9; border-radius: 0 } .lane i.delay { background: repeating-linear-gradient(135deg, var(--wait) 0 3px, transparent 3px 6px) }
.scale { display: flex; justify-content: space-between; font-size: .8rem; opacity: .75; font-weight: 400 } .key { font-size: .85rem; opacity: .8 } .key i { display: inline-block; width: 1.4rem; height: .7rem; border-radius: 2px; margin: 0 .3rem 0 .9rem; vertical-align: middle; background: var(--good) } .key i.bad { background: var(--bad) } .key i.wait { background: linear-gradient(var(--good) 30%%, #fff9 30%% 70%%, var(--good) 70%%) } .key i.delay { background: repeating-linear-gradient(135deg, var(--wait) 0 3px, transparent 3px 6px) }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .6rem 0; padding: .4rem .8rem } summary { cursor: pointer } summary b { margin: 0 .3rem } details[open] summary { margin-bottom: .4rem } ol { list-style: none; margin: 0; padding: 0 } li { display: grid; grid-template-columns: 6rem 1.2rem 1fr; gap: .4rem; margin: .15rem 0 } li > time { opacity: .65; font-variant-numeric: tabular-nums; text-align: right } li.bad { color: var(--bad) } li.good > span { color: var(--good) } li.note { color: var(--wait) }
pre { background: var(--box); padding: .5rem .7rem; margin: .2rem 0; overflow-x: auto; border-radius: .3rem; color: CanvasText; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem } .why { border-left: .25rem solid var(--bad); padding-left: 1rem; margin: 1rem 0 } .why p { margin: .2rem 0 } small { opacity: .75 } td, th, dd, .why p { overflow-wrap: anywhere }
.trouble { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .3rem 0; color: CanvasText } .trouble dt { opacity: .7; padding-top: .6rem } .outputs th { width: 1%%; white-space: nowrap }
@media (max-width: 40rem) { td.lane, th.lane { display: none } li { grid-template-columns: 4.5rem 1.2rem 1fr } }
</style>
<main>
`

func (r *Report) head(out io.Writer) {
	fmt.Fprintf(out, "<h1>%s <span class=\"status %s\">%s</span></h1>\n<dl>", escape(r.Workflow), class(r.Status), escape(r.Status))
	for _, pair := range [][2]string{
		{"began", r.Started.UTC().Format("2006-01-02 15:04:05 UTC")},
		{"took", Short(time.Duration(r.DurationMs) * time.Millisecond)},
		{"steps", fmt.Sprint(len(r.Rows))},
		{"run", r.Run},
	} {
		fmt.Fprintf(out, "<div><dt>%s</dt><dd>%s</dd></div>", pair[0], escape(pair[1]))
	}
	fmt.Fprint(out, "</dl>\n")
}

func (r *Report) failure(out io.Writer) {
	if r.Error == nil {
		return
	}
	where := ""
	if r.Error.Step != "" {
		where = "<strong>" + escape(r.Error.Step) + "</strong>: "
	}
	fmt.Fprintf(out, "<div class=\"why\"><p>%s%s</p>", where, escape(r.Error.Message))
	if r.Error.Help != "" {
		fmt.Fprintf(out, "<p>%s</p>", escape(r.Error.Help))
	}
	fmt.Fprint(out, "</div>\n")
}

func (r *Report) outputs(out io.Writer) {
	if len(r.Outputs) == 0 {
		return
	}
	fmt.Fprint(out, "<h2>Outputs</h2>\n<table class=\"outputs\"><tbody>\n")
	for _, name := range slices.Sorted(maps.Keys(r.Outputs)) {
		fmt.Fprintf(out, "<tr><th scope=\"row\">%s</th><td><code>%s</code></td></tr>\n", escape(name), escape(Compact(r.Outputs[name], maxText)))
	}
	fmt.Fprint(out, "</tbody></table>\n")
}

func (r *Report) timeline(out io.Writer) {
	length := r.length()
	fmt.Fprintf(out, "<h2>Timeline</h2>\n<table>\n<thead><tr><th scope=\"col\">step</th><th scope=\"col\">ended</th><th scope=\"col\">attempts</th><th scope=\"col\">took</th>"+
		"<th scope=\"col\" class=\"lane\"><span class=\"scale\"><span>0</span><span>%s</span></span></th></tr></thead>\n<tbody>\n", escape(Short(length)))
	for _, row := range r.Rows {
		fmt.Fprintf(out, "<tr><th scope=\"row\">%s <small>%s</small></th><td><span class=\"status %s\">%s</span></td><td class=\"number\">%d</td><td class=\"number\">%s</td><td class=\"lane\">",
			escape(row.Name()), escape(row.Kind), class(row.Status), escape(row.Status), row.Attempts, Short(row.took()))
		r.lane(out, row, length)
		fmt.Fprint(out, "</td></tr>\n")
	}
	fmt.Fprint(out, "</tbody></table>\n<p class=\"key\" aria-hidden=\"true\"><i></i>at work<i class=\"wait\"></i>waiting for a message or a person<i class=\"delay\"></i>until the next attempt<i class=\"bad\"></i>failed</p>\n")
}

// took is from the beginning to the end of what was told of the step.
func (r *Row) took() time.Duration {
	if len(r.Spans) == 0 {
		return time.Duration(r.DurationMs) * time.Millisecond
	}
	first, last := r.Spans[0].From, r.Spans[0].To
	for _, s := range r.Spans {
		if s.To.After(last) {
			last = s.To
		}
	}
	return last.Sub(first)
}

// length is how long the timeline is: the run, or what was told of later.
func (r *Report) length() time.Duration {
	length := time.Duration(r.DurationMs) * time.Millisecond
	for _, row := range r.Rows {
		for _, s := range row.Spans {
			length = max(length, s.To.Sub(r.Started))
		}
	}
	return max(length, time.Microsecond)
}

func (r *Report) lane(out io.Writer, row *Row, length time.Duration) {
	var words []string
	var bars strings.Builder
	for _, s := range row.Spans {
		from, took := s.From.Sub(r.Started), s.To.Sub(s.From)
		if s.Kind != Wait || took > 0 {
			fmt.Fprintf(&bars, "<i class=\"%s\" style=\"left:%.3f%%;width:%.3f%%\"></i>", s.look(), percent(from, length), percent(took, length))
		}
		words = append(words, fmt.Sprintf("%s from %s for %s", s.words(), r.since(s.From), Short(took)))
	}
	if len(words) == 0 {
		words = append(words, "never begun")
	}
	const most = 20
	if len(words) > most {
		words = append(words[:most], fmt.Sprintf("and %d more", len(words)-most))
	}
	fmt.Fprintf(out, "<div role=\"img\" aria-label=\"%s\" title=\"%s\">%s</div>", escape(strings.Join(words, "; ")), escape(strings.Join(words, "; ")), bars.String())
}

func (s *Span) look() string {
	switch {
	case s.Failed:
		return "bad"
	case s.Kind == Attempt:
		return "work"
	}
	return string(s.Kind)
}

func (s *Span) words() string {
	if s.Failed {
		return "failed " + string(s.Kind)
	}
	return string(s.Kind)
}

func percent(part, whole time.Duration) float64 {
	return min(max(100*float64(part)/float64(whole), 0), 100)
}

func (r *Report) steps(out io.Writer) {
	fmt.Fprint(out, "<h2>What happened</h2>\n")
	for _, row := range r.Rows {
		open := ""
		if row.Status == failed {
			open = " open"
		}
		fmt.Fprintf(out, "<details%s><summary><span class=\"status %s\">%s</span><b>%s</b></summary>\n<ol>\n", open, class(row.Status), escape(row.Status), escape(row.Name()))
		for i := range row.Moments {
			r.moment(out, &row.Moments[i])
		}
		fmt.Fprint(out, "</ol></details>\n")
	}
	if len(r.Notes) > 0 {
		fmt.Fprint(out, "<details><summary><b>the run</b></summary>\n<ol>\n")
		for i := range r.Notes {
			r.moment(out, &r.Notes[i])
		}
		fmt.Fprint(out, "</ol></details>\n")
	}
	if r.Left > 0 {
		fmt.Fprintf(out, "<p>%d more things happened, for which there was no room.</p>\n", r.Left)
	}
}

func (r *Report) moment(out io.Writer, m *Moment) {
	look := [...]string{Quiet: "quiet", Traffic: "traffic", Good: "good", Attention: "note", Bad: "bad"}[m.Tone]
	fmt.Fprintf(out, "<li class=\"%s\"><time>%s</time><span aria-hidden=\"true\">%s</span><div>%s", look, r.since(m.At), escape(m.Mark), escape(m.Text))
	if m.Data != "" {
		fmt.Fprintf(out, "<pre>%s</pre>", eachLine(m.Data, escape))
	}
	if len(m.More) > 0 {
		fmt.Fprint(out, "<dl class=\"trouble\">")
		for _, d := range m.More {
			fmt.Fprintf(out, "<dt>%s</dt><dd><pre>%s</pre></dd>", escape(d.Name), eachLine(d.Text, escape))
		}
		fmt.Fprint(out, "</dl>")
	}
	fmt.Fprint(out, "</div></li>\n")
}

// class is the class of a status: a word of ours, whatever the status is.
func class(status string) string {
	switch status {
	case succeeded, failed, string(machine.RunCancelled):
		return status
	}
	return "other"
}

// escape makes a text harmless in a page.
func escape(s string) string { return html.EscapeString(diag.Safe(s)) }
