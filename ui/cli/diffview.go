package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// diffView shows a report of changes.
type diffView struct {
	report   *diff.Report
	level    diff.Level
	old, new string // the names of the two versions
}

func (v *diffView) write(out *screen, format string) error {
	switch format {
	case "json":
		return v.json(out)
	case "markdown":
		return v.markdown(out)
	case "html":
		return v.page(out)
	case "github", "sarif":
		return diag.Write(out, diag.Format(format), v.findings())
	}
	return v.text(out)
}

// group is changes that belong together for people.
type group struct {
	title string
	look  string
	list  []*diff.Change
}

// groups sorts changes by whom they hit, the worst first.
func (v *diffView) groups() []group {
	groups := []group{
		{title: "breaks consumers of what the application sends", look: red},
		{title: "breaks producers of what the application receives", look: red},
		{title: "breaks everybody connected", look: red},
		{title: "breaks those who use names of the document: generated code, workflows, references", look: red},
		{title: "could not be decided", look: yellow},
		{title: "worth a look", look: yellow},
		{title: "names changed; nothing that is exchanged", look: bold},
		{title: "changed, and breaks nobody", look: green},
		{title: "refused by a schema registry", look: red},
	}
	for i := range v.report.Changes {
		c := &v.report.Changes[i]
		g := &groups[v.groupOf(c)]
		g.list = append(g.list, c)
	}
	return groups
}

func (v *diffView) groupOf(c *diff.Change) int {
	switch {
	case v.report.Breaking(c, v.level) && len(c.Breaks) > 1:
		return 2
	case v.report.Breaking(c, v.level):
		return map[diff.Party]int{diff.Receivers: 0, diff.Senders: 1, diff.Referrers: 3, diff.RegistryItself: 8}[c.Breaks[0]]
	case c.Undecided:
		return 4
	case c.Severity == diag.Warning:
		return 5
	case len(c.Breaks) > 0:
		return 6
	}
	return 7
}

func (v *diffView) text(out *screen) error {
	for _, g := range v.groups() {
		if len(g.list) == 0 {
			continue
		}
		fmt.Fprintln(out, out.paint(g.look, upperFirst(g.title)))
		subject := ""
		for _, c := range g.list {
			if c.Subject != subject {
				subject = c.Subject
				fmt.Fprintf(out, "\n  %s\n", out.paint(bold, diag.Safe(subject)))
			}
			v.change(out, c)
		}
		fmt.Fprintln(out)
	}
	v.sum(out)
	return nil
}

func (v *diffView) change(out *screen, c *diff.Change) {
	paragraph(out, "    ", plain(sentence(c.What)), painted{dim, "[" + string(c.Code) + "]"})
	paragraph(out, "      ", plain(c.Why))
	if places := v.places(c); places != "" {
		fmt.Fprintf(out, "      %s\n", out.paint(dim, places))
	}
	v.witness(out, c)
}

// sentence begins a text with a capital, unless it begins with a path.
func sentence(text string) string {
	first, _, _ := strings.Cut(text, " ")
	if strings.ContainsAny(first, ".[") {
		return text
	}
	return upperFirst(text)
}

// places are where the change is in the two versions.
func (v *diffView) places(c *diff.Change) string {
	before, after := placeOf(c.Before), placeOf(c.After)
	switch {
	case before == "" && after == "":
		return ""
	case before == "":
		return "new at " + after
	case after == "":
		return "was at " + before
	}
	return before + " -> " + after
}

func placeOf(s source.Span) string {
	if !s.IsValid() {
		return ""
	}
	start, _ := s.Range()
	return diag.Safe(fmt.Sprintf("%s:%d:%d", s.File.Name(), start.Line, start.Column))
}

// witness shows the message that proves a break.
func (v *diffView) witness(out *screen, c *diff.Change) {
	if c.Witness == nil {
		return
	}
	writer, reader := v.sides(c)
	fmt.Fprintf(out, "      for example %s may be written by %s:\n", partWords(c.Part), diag.Safe(writer))
	for line := range strings.SplitSeq(pretty(c.Witness), "\n") {
		fmt.Fprintf(out, "        %s\n", out.paint(cyan, fit(line, max(out.width-8, 20))))
	}
	paragraph(out, "      ", plain(fmt.Sprintf("%s %s it: %s", reader, verbOf(c), c.Refusal)))
}

// sides says which version writes what the other refuses.
func (v *diffView) sides(c *diff.Change) (writer, reader string) {
	if len(c.Breaks) == 1 && c.Breaks[0] == diff.Receivers {
		return v.new, v.old
	}
	return v.old, v.new
}

func partWords(part string) string {
	switch part {
	case "headers":
		return "these headers"
	case "key":
		return "this key"
	}
	return "this payload"
}

// verbOf is what the other side does with a witness.
func verbOf(c *diff.Change) string {
	if c.Misread {
		return "misreads"
	}
	return "refuses"
}

// maxWitness bounds how many lines of a witness people are shown.
const maxWitness = 40

func pretty(data json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, data, "", "  "); err != nil {
		return string(data)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) > maxWitness {
		lines = append(lines[:maxWitness], fmt.Sprintf("… %d lines more; see --format json", len(lines)-maxWitness))
	}
	return strings.Join(lines, "\n")
}

func (v *diffView) sum(out *screen) {
	verdict := v.report.Verdict(v.level)
	if len(v.report.Changes) == 0 {
		fmt.Fprintf(out, "%s: nothing changed that anybody would notice\n", out.paint(green, "compatible"))
		return
	}
	look := map[diff.Verdict]string{diff.Breaking: red, diff.Unknown: yellow, diff.Compatible: green}[verdict]
	fmt.Fprintf(out, "%s: %s\n", out.paint(look, string(verdict)), v.counts())
	if advice := rollOut(v.report.Order(v.level)); verdict == diff.Breaking && advice != "" {
		paragraph(out, "", plain("roll-out: "+advice))
	}
}

func (v *diffView) counts() string {
	breaks, undecided, warnings, rest := 0, 0, 0, 0
	for i := range v.report.Changes {
		switch c := &v.report.Changes[i]; {
		case v.report.Breaking(c, v.level):
			breaks++
		case c.Undecided:
			undecided++
		case c.Severity == diag.Warning:
			warnings++
		default:
			rest++
		}
	}
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{breaks, "1 change breaks others", "%d changes break others"},
		{undecided, "1 could not be decided", "%d could not be decided"},
		{warnings, "1 is worth a look", "%d are worth a look"},
		{rest, "1 breaks nobody", "%d break nobody"},
	} {
		switch {
		case p.n == 1:
			parts = append(parts, p.one)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf(p.many, p.n))
		}
	}
	return strings.Join(parts, ", ")
}

// rollOut says in which order to bring changes out.
func rollOut(o diff.Order) string {
	switch o {
	case diff.ConsumersFirst:
		return "consumers first; when all of them understand the new contract, the application"
	case diff.ProducersFirst:
		return "producers first; when all of them send by the new contract, the application"
	case diff.EachItsOwn:
		return "the changes ask for different orders; bring each out in its own, as told with it"
	case diff.NewAddress:
		return "no order keeps everybody working; put the new form under a new address or version beside the old, move everybody, then remove the old"
	}
	return ""
}

// painted is a text and its look, which is "" for a plain one.
type painted struct{ look, text string }

func plain(text string) painted { return painted{text: text} }

// paragraph prints texts behind each other in lines of the screen's width, safe
// for a terminal.
func paragraph(out *screen, indent string, texts ...painted) {
	width := max(out.width-len(indent), 20)
	line, used := "", 0
	for _, t := range texts {
		for word := range strings.FieldsSeq(t.text) {
			word = diag.Safe(word)
			columns := diag.Columns(word)
			switch {
			case line == "":
			case used+1+columns > width:
				fmt.Fprintf(out, "%s%s\n", indent, line)
				line, used = "", 0
			default:
				line, used = line+" ", used+1
			}
			line, used = line+out.paint(t.look, word), used+columns
		}
	}
	fmt.Fprintf(out, "%s%s\n", indent, line)
}

type (
	jsonDiff struct {
		Verdict diff.Verdict `json:"verdict"`
		Level   diff.Level   `json:"level"`
		Order   diff.Order   `json:"order"`
		Old     jsonVersion  `json:"old"`
		New     jsonVersion  `json:"new"`
		Changes []jsonChange `json:"changes"`
	}
	jsonVersion struct {
		File    string `json:"file"`
		Version string `json:"version"`
	}
	jsonChange struct {
		Code      diag.Code       `json:"code"`
		Severity  string          `json:"severity"`
		Path      string          `json:"path"`
		Subject   string          `json:"subject"`
		What      string          `json:"what"`
		Why       string          `json:"why"`
		Breaks    []diff.Party    `json:"breaks"`
		Undecided bool            `json:"undecided,omitempty"`
		Level     diff.Level      `json:"level"`
		Order     diff.Order      `json:"order,omitempty"`
		Part      string          `json:"part,omitempty"`
		Witness   json.RawMessage `json:"witness,omitempty"`
		Refusal   string          `json:"refusal,omitempty"`
		Misread   bool            `json:"misread,omitempty"`
		Before    *jsonPlace      `json:"before,omitempty"`
		After     *jsonPlace      `json:"after,omitempty"`
	}
	jsonPlace struct {
		File  string       `json:"file"`
		Start jsonPosition `json:"start"`
		End   jsonPosition `json:"end"`
	}
	jsonPosition struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
)

func (v *diffView) json(out io.Writer) error { return printJSON(out, v.data()) }

// data is the report for programs.
func (v *diffView) data() jsonDiff {
	d := jsonDiff{
		Verdict: v.report.Verdict(v.level), Level: v.level, Order: v.report.Order(v.level), Changes: []jsonChange{},
		Old: jsonVersion{v.old, v.report.OldVersion}, New: jsonVersion{v.new, v.report.NewVersion},
	}
	for i := range v.report.Changes {
		c := &v.report.Changes[i]
		d.Changes = append(d.Changes, jsonChange{
			Code: c.Code, Severity: c.Severity.String(), Path: c.Path, Subject: c.Subject, What: c.What, Why: c.Why,
			Breaks: append([]diff.Party{}, c.Breaks...), Undecided: c.Undecided, Level: c.Level, Order: c.Order,
			Part: c.Part, Witness: c.Witness, Refusal: c.Refusal, Misread: c.Misread, Before: jsonPlaceOf(c.Before), After: jsonPlaceOf(c.After),
		})
	}
	return d
}

func jsonPlaceOf(s source.Span) *jsonPlace {
	if !s.IsValid() {
		return nil
	}
	start, end := s.Range()
	return &jsonPlace{File: s.File.Name(), Start: jsonPosition(start), End: jsonPosition(end)}
}

func (v *diffView) markdown(out io.Writer) error {
	verdict := v.report.Verdict(v.level)
	fmt.Fprintf(out, "## Contract: %s\n\n`%s` → `%s`", verdict, code(v.old), code(v.new))
	if len(v.report.Changes) == 0 {
		_, err := fmt.Fprint(out, ": nothing changed that anybody would notice.\n")
		return err
	}
	fmt.Fprintf(out, ": %s.\n", v.counts())
	if advice := rollOut(v.report.Order(v.level)); verdict == diff.Breaking && advice != "" {
		fmt.Fprintf(out, "\n**Roll-out:** %s.\n", advice)
	}
	for _, g := range v.groups() {
		if len(g.list) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n### %s\n\n", upperFirst(g.title))
		for _, c := range g.list {
			v.markdownChange(out, c)
		}
	}
	return nil
}

func (v *diffView) markdownChange(out io.Writer, c *diff.Change) {
	fmt.Fprintf(out, "- **%s**: %s. %s. (`%s`)\n", plainText(c.Subject), plainText(c.What), plainText(upperFirst(c.Why)), c.Code)
	if places := v.places(c); places != "" {
		fmt.Fprintf(out, "  <br>`%s`\n", code(places))
	}
	if c.Witness == nil {
		return
	}
	writer, reader := v.sides(c)
	fmt.Fprintf(out, "\n  %s may be written by `%s`:\n\n  ```json\n", upperFirst(partWords(c.Part)), code(writer))
	for line := range strings.SplitSeq(pretty(c.Witness), "\n") {
		fmt.Fprintf(out, "  %s\n", strings.ReplaceAll(diag.Safe(line), "```", "'''"))
	}
	fmt.Fprintf(out, "  ```\n\n  `%s` %s it: %s.\n", code(reader), verbOf(c), plainText(c.Refusal))
}

// code makes a text safe between backticks.
func code(s string) string { return strings.ReplaceAll(diag.Safe(s), "`", "'") }

// plainText makes a text stand for itself in Markdown.
func plainText(s string) string {
	return strings.NewReplacer("\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "<", "&lt;", "|", "\\|").Replace(diag.Safe(s))
}

// findings are the changes as findings about the new version, for the formats
// that annotate files. What is gone is told at the top of the document.
func (v *diffView) findings() diag.Report {
	report := diag.Report{Files: []string{v.new}, FailOn: diag.Error, Rules: diff.Rules(), Version: buildVersion().Version}
	for i := range v.report.Changes {
		c := &v.report.Changes[i]
		f := diag.Diagnostic{Code: c.Code, Severity: c.Severity, Path: c.Path, Span: c.After, Help: c.Why}
		f.Message = diag.Safe(c.Subject) + ": " + c.What
		if c.Witness != nil {
			f.Message += fmt.Sprintf(" (proof: %s; %s)", c.Witness, c.Refusal)
		}
		if v.report.Breaking(c, v.level) {
			f.Severity = diag.Error
		}
		if c.Before.IsValid() {
			f.Related = []diag.Related{{Message: "it was here", Span: c.Before}}
		}
		report.Findings = append(report.Findings, f)
	}
	return report
}
