package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/text/diag"
)

// historyView shows how a document came to be what it is, the newest first.
type historyView struct {
	file    string
	level   diff.Level
	message string // only changes of this message, where not ""
	steps   []evolution
	// subject is that of a registry, where not "", and versions the steps that
	// it took.
	subject  string
	versions []evolution
	limit    int
	cut      bool // there are older versions that were not looked at
}

// chosen are the steps worth telling: where history begins, where something
// changed that was asked for, and what could not be read. The newest is first.
func (v *historyView) chosen(steps []evolution) []evolution {
	var list []evolution
	for _, step := range steps {
		if step.report != nil {
			step.report = v.only(step.report)
		}
		if step.report == nil || len(step.report.Changes) > 0 {
			list = append(list, step)
		}
	}
	slices.Reverse(list)
	return list
}

// newestFirst are the steps of a subject, all of which its registry took for a
// version of its own.
func newestFirst(steps []evolution) []evolution {
	list := slices.Clone(steps)
	slices.Reverse(list)
	return list
}

// only is a report without the changes of other messages.
func (v *historyView) only(report *diff.Report) *diff.Report {
	if v.message == "" {
		return report
	}
	r := *report
	r.Changes = slices.DeleteFunc(slices.Clone(report.Changes), func(c diff.Change) bool {
		return !strings.HasPrefix(c.Subject, fmt.Sprintf("message %q", v.message))
	})
	return &r
}

func (v *historyView) write(out *screen, format string) error {
	switch format {
	case "json":
		return v.json(out)
	case "markdown":
		return v.markdown(out)
	case "html":
		return v.page(out)
	}
	return v.text(out)
}

// timeline is the steps of one thing, the newest first.
type timeline struct {
	title string
	steps []evolution
}

func (v *historyView) sections() []timeline {
	var list []timeline
	if v.file != "" {
		list = append(list, timeline{v.title(), v.steps})
	}
	if v.subject != "" {
		list = append(list, timeline{"subject " + v.subject, v.versions})
	}
	return list
}

// diff is the view of one step's changes.
func (v *historyView) diff(step *evolution) *diffView {
	return &diffView{report: step.report, level: v.level, old: step.from.name(), new: step.to.name()}
}

func (v *historyView) text(out *screen) error {
	for i, section := range v.sections() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s\n", out.paint(bold, diag.Safe(section.title)))
		for i := range section.steps {
			step := &section.steps[i]
			fmt.Fprintf(out, "\n%s  %s  %s\n", out.paint(yellow, fmt.Sprintf("%-8s", step.to.name())), fmt.Sprintf("%-10s", step.to.Date),
				out.paint(dim, fit(step.to.words(), max(out.width-22, 20))))
			v.textStep(out, step)
		}
		if len(section.steps) == 0 {
			fmt.Fprintln(out, "\n  nothing that was asked for changed")
		}
	}
	if v.cut {
		fmt.Fprintf(out, "\nolder versions were not looked at; --limit says how many are (now %d)\n", v.limit)
	}
	return nil
}

func (v *historyView) textStep(out *screen, step *evolution) {
	const indent = "          "
	switch {
	case step.to.err != nil:
		paragraph(out, indent, painted{yellow, "unreadable:"}, plain(step.to.err.Error()))
		return
	case step.report == nil:
		paragraph(out, indent, plain("begins: "+step.to.contents()))
		return
	}
	verdict := step.report.Verdict(v.level)
	look := map[diff.Verdict]string{diff.Breaking: red, diff.Unknown: yellow, diff.Compatible: green}[verdict]
	fmt.Fprintf(out, "%s%s%s\n", indent, out.paint(look, string(verdict)), diag.Safe(step.versions()))
	for _, g := range v.diff(step).groups() {
		for _, c := range g.list {
			paragraph(out, indent+"  ", painted{g.look, mark(g.look)}, plain(c.Subject+": "+c.What))
		}
	}
}

// mark says without colours how much a change matters.
func mark(look string) string {
	switch look {
	case red:
		return "!"
	case yellow:
		return "?"
	}
	return "+"
}

func (v *historyView) title() string {
	if v.message != "" {
		return fmt.Sprintf("message %q in %s", v.message, v.file)
	}
	return v.file
}

// words is who made a version and why.
func (m *moment) words() string {
	if m.Author == "" {
		return m.Title
	}
	return m.Author + ": " + m.Title
}

// versions is how info.version went along.
func (s *evolution) versions() string {
	switch {
	case s.report.NewVersion == "" && s.report.OldVersion == "":
		return ""
	case s.report.OldVersion == s.report.NewVersion:
		return fmt.Sprintf(" (version %s)", s.report.NewVersion)
	}
	return fmt.Sprintf(" (version %s -> %s)", s.report.OldVersion, s.report.NewVersion)
}

// contents is what a document has, in a line.
func (m *moment) contents() string {
	doc := m.doc.Model
	if m.doc.Schema {
		return "the first version"
	}
	messages := 0
	for _, c := range doc.Channels {
		messages += len(c.Messages)
	}
	return fmt.Sprintf("version %s with %s, %s, %s", doc.Info.Version,
		counted(len(doc.Channels), "channel", "channels"), counted(len(doc.Operations), "operation", "operations"), counted(messages, "message", "messages"))
}

func (v *historyView) markdown(out io.Writer) error {
	for i, section := range v.sections() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "# History of %s\n", plainText(section.title))
		v.markdownSteps(out, section.steps)
	}
	return nil
}

func (v *historyView) markdownSteps(out io.Writer, steps []evolution) {
	for i := range steps {
		step := &steps[i]
		fmt.Fprintf(out, "\n## %s\n\n%s\n\n", plainText(strings.TrimSpace(step.to.name()+" "+step.to.Date)), plainText(step.to.words()))
		switch {
		case step.to.err != nil:
			fmt.Fprintf(out, "Unreadable: %s\n", plainText(step.to.err.Error()))
			continue
		case step.report == nil:
			fmt.Fprintf(out, "Begins: %s.\n", plainText(step.to.contents()))
			continue
		}
		fmt.Fprintf(out, "**%s**%s\n\n", step.report.Verdict(v.level), plainText(step.versions()))
		for _, g := range v.diff(step).groups() {
			for _, c := range g.list {
				fmt.Fprintf(out, "- %s: %s (`%s`)\n", plainText(c.Subject), plainText(c.What), c.Code)
			}
		}
	}
}

type (
	jsonHistory struct {
		File     string          `json:"file,omitempty"`
		Message  string          `json:"message,omitempty"`
		Cut      bool            `json:"cut"`
		Steps    []jsonEvolution `json:"steps"`
		Subject  string          `json:"subject,omitempty"`
		Versions []jsonEvolution `json:"versions,omitempty"`
	}
	jsonEvolution struct {
		Commit  string    `json:"commit,omitempty"`
		Version int       `json:"version,omitempty"`
		Date    string    `json:"date,omitempty"`
		Author  string    `json:"author,omitempty"`
		Title   string    `json:"title"`
		Error   string    `json:"error,omitempty"`
		Begins  bool      `json:"begins,omitempty"`
		Diff    *jsonDiff `json:"diff,omitempty"`
	}
)

func (v *historyView) json(out io.Writer) error {
	return printJSON(out, jsonHistory{
		File: v.file, Message: v.message, Cut: v.cut, Steps: v.data(v.steps), Subject: v.subject, Versions: v.data(v.versions),
	})
}

func (v *historyView) data(steps []evolution) []jsonEvolution {
	list := []jsonEvolution{}
	for i := range steps {
		step := &steps[i]
		e := jsonEvolution{Commit: step.to.Commit, Version: step.to.Version, Date: step.to.Date, Author: step.to.Author, Title: step.to.Title}
		switch {
		case step.to.err != nil:
			e.Error = step.to.err.Error()
		case step.report == nil:
			e.Begins = true
		default:
			d := v.diff(step).data()
			e.Diff = &d
		}
		list = append(list, e)
	}
	return list
}

// page writes the timeline as one HTML page that needs nothing else.
func (v *historyView) page(out io.Writer) error {
	pageHead(out, "History of "+cmp.Or(v.file, v.subject))
	for _, section := range v.sections() {
		fmt.Fprintf(out, "<h1>History of %s</h1>\n<ol class=\"timeline\">\n", escape(section.title))
		v.pageSteps(out, section.steps)
		fmt.Fprint(out, "</ol>\n")
	}
	if v.cut {
		fmt.Fprintf(out, "<p>Older versions were not looked at.</p>\n")
	}
	_, err := io.WriteString(out, "</html>\n")
	return err
}

func (v *historyView) pageSteps(out io.Writer, steps []evolution) {
	for i := range steps {
		step := &steps[i]
		verdict := "begins"
		switch {
		case step.to.err != nil:
			verdict = "unreadable"
		case step.report != nil:
			verdict = string(step.report.Verdict(v.level))
		}
		fmt.Fprintf(out, "<li class=%q><h2><code>%s</code> %s <span class=%q>%s</span></h2>\n<p>%s</p>\n",
			verdict, escape(step.to.name()), escape(step.to.Date), verdict, verdict, escape(step.to.words()))
		v.pageStep(out, step)
		fmt.Fprint(out, "</li>\n")
	}
}

func (v *historyView) pageStep(out io.Writer, step *evolution) {
	switch {
	case step.to.err != nil:
		fmt.Fprintf(out, "<p>%s</p>\n", escape(step.to.err.Error()))
		return
	case step.report == nil:
		fmt.Fprintf(out, "<p>%s</p>\n", escape(upperFirst(step.to.contents())))
		return
	}
	view := v.diff(step)
	fmt.Fprintf(out, "<p>%s.%s</p>\n<details%s><summary>what changed</summary>\n", escape(upperFirst(view.counts())), escape(step.versions()), openIf(len(step.report.Changes) <= 3))
	for _, g := range view.groups() {
		for _, c := range g.list {
			view.pageChange(out, c)
		}
	}
	fmt.Fprint(out, "</details>\n")
}

func openIf(open bool) string {
	if open {
		return " open"
	}
	return ""
}
