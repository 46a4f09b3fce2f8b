package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
)

// The marks of a drawn workflow.
const (
	markBegin  = "┬"
	markEnd    = "┴"
	markHolds  = "●"
	markBeside = "○"
)

// mostLanes is how many columns are drawn; a wider graph is only listed.
const mostLanes = 24

// drawPlan draws what would run, and says what it needs and what is missing.
func drawPlan(out *screen, p *plan.Plan, document *planDocument) {
	beside := false
	for i, w := range p.Workflows {
		if i > 0 {
			fmt.Fprintln(out)
		}
		beside = drawWorkflow(out, w) || beside
	}
	if beside {
		fmt.Fprintf(out, "\n%s\n", out.paint(dim, markHolds+" holds up what follows   "+markBeside+" waits beside it"))
	}
	if listens := p.Listens(); len(listens) > 0 {
		fmt.Fprintln(out, "\nlistens before anything is called or sent:")
		for _, place := range listens {
			fmt.Fprintf(out, "  %s\n", diag.Safe(place))
		}
	}
	drawSources(out, p, document)
	if len(document.Missing) == 0 {
		fmt.Fprintf(out, "\n%s\n", out.paint(green, "nothing is missing"))
		return
	}
	fmt.Fprintln(out, "\n"+out.paint(red, "missing:"))
	for _, what := range document.Missing {
		for line := range strings.Lines(what) {
			fmt.Fprintf(out, "  %s\n", diag.Safe(strings.TrimSuffix(line, "\n")))
		}
	}
}

func drawSources(out *screen, p *plan.Plan, document *planDocument) {
	if len(document.Sources) > 0 {
		fmt.Fprintln(out, "\nwould use:")
	}
	for i, source := range document.Sources {
		where := diag.Safe(source.URL)
		if where == "" {
			where = out.paint(red, "no server")
		}
		fmt.Fprintf(out, "  %s: %s  %s\n", diag.Safe(source.Name), where, out.paint(dim, p.Uses[i].What()))
	}
}

// drawWorkflow draws one workflow and reports whether a step of it holds
// nothing up.
func drawWorkflow(out *screen, w *plan.Workflow) (beside bool) {
	g := graphOf(w)
	rows := drawLanes(g.marks, g.after)
	width := 0
	for i := range rows {
		width = max(width, diag.Columns(rows[i].node))
	}
	if width > 2*mostLanes {
		for i := range rows {
			rows[i] = laneRow{g.marks[i] + " ", "  "}
		}
	}
	line := func(lanes, text string) {
		fmt.Fprintf(out, "  %s%s\n", lanes, fit(text, max(leastColumns, out.width-width-2)))
	}
	fmt.Fprintf(out, "workflow %s\n", out.paint(bold, diag.Safe(w.Name)))
	line(rows[0].node, g.head(w))
	for _, need := range w.DependsOn {
		line(rows[0].below, "after workflow "+need.Name)
	}
	names := 0
	for _, s := range g.steps {
		names = max(names, min(diag.Columns(s.ID), 32))
	}
	for i, s := range g.steps {
		row := rows[i+1]
		beside = beside || s.Fork
		name := strconv.Itoa(s.Index+1) + " " + pad(fit(s.ID, 32), names)
		fmt.Fprintf(out, "  %s%s  %s\n", row.node, out.paint(bold, name), fit(s.Summary(), max(leastColumns, out.width-width-names-8)))
		notes := slices.DeleteFunc(s.Notes(), func(note string) bool { return note == "does not hold up what follows" })
		for _, part := range s.Parts {
			notes = append(notes, part.Part+": "+part.Summary())
		}
		for _, note := range notes {
			fmt.Fprintf(out, "  %s    %s\n", row.below, out.paint(dim, fit(note, max(leastColumns, out.width-width-6))))
		}
	}
	line(rows[len(rows)-1].node, outputsOf(w))
	return beside
}

func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-diag.Columns(text)))
}

func outputsOf(w *plan.Workflow) string {
	names := make([]string, len(w.Outputs))
	for i := range w.Outputs {
		names[i] = w.Outputs[i].Name
	}
	if len(names) == 0 {
		return "end"
	}
	return "outputs " + strings.Join(names, ", ")
}

// stepGraph is the steps of a workflow, each below what it follows. Node 0 is
// the beginning, the last one the end.
type stepGraph struct {
	steps []*plan.Step
	marks []string
	after [][]int
}

func (g *stepGraph) head(w *plan.Workflow) string {
	if len(w.Required) == 0 {
		return "begin"
	}
	return "inputs " + strings.Join(w.Required, ", ")
}

func graphOf(w *plan.Workflow) *stepGraph {
	g := &stepGraph{marks: []string{markBegin}, after: [][]int{nil}}
	node := map[*plan.Step]int{}
	last := 0 // the step that the next one follows, where they are in order
	for _, s := range topDown(w) {
		var after []int
		if w.Ordered {
			after = append(after, last)
		}
		for _, other := range befores(s) {
			if n, ok := node[other]; ok {
				after = append(after, n)
			}
		}
		if len(after) == 0 {
			after = []int{0}
		}
		mark := markHolds
		if s.Fork {
			mark = markBeside
		}
		g.steps, g.marks, g.after = append(g.steps, s), append(g.marks, mark), append(g.after, after)
		node[s] = len(g.steps)
		if !s.Fork {
			last = len(g.steps)
		}
	}
	followed := map[int]bool{}
	for _, list := range g.after {
		for _, n := range list {
			followed[n] = true
		}
	}
	var ends []int
	for n := range g.marks {
		if !followed[n] {
			ends = append(ends, n)
		}
	}
	g.marks, g.after = append(g.marks, markEnd), append(g.after, ends)
	return g
}

// befores are the steps of the same workflow that a step waits for, with the
// parts of others as those.
func befores(s *plan.Step) []*plan.Step {
	var list []*plan.Step
	for _, d := range s.After {
		if d.Workflow == s.Workflow {
			list = append(list, whole(d.Step()))
		}
	}
	for _, i := range s.Joins {
		list = append(list, whole(s.Workflow.Steps[i]))
	}
	return slices.DeleteFunc(list, func(other *plan.Step) bool { return other == s })
}

func whole(s *plan.Step) *plan.Step {
	if s.Owner != nil {
		return s.Owner
	}
	return s
}

// topDown are the steps as written, but none before what it waits for. Parts
// belong to their step.
func topDown(w *plan.Workflow) []*plan.Step {
	var list []*plan.Step
	placed := map[*plan.Step]bool{}
	var place func(s *plan.Step)
	place = func(s *plan.Step) {
		if placed[s] {
			return
		}
		placed[s] = true
		if !w.Ordered {
			for _, other := range befores(s) {
				place(other)
			}
		}
		list = append(list, s)
	}
	for _, s := range w.Steps {
		place(whole(s))
	}
	return list
}
