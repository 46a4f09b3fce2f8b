package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/report"
	"github.com/weft-dev/weft/text/diag"
)

// trace tells a person what a run does, a line for each thing that happens, and
// on a terminal what is under way.
type trace struct {
	mu        sync.Mutex
	out       *screen
	column    int // width of the column of step names
	notes     []machine.Happening
	exchanges report.Exchanges
	live      *live // nil where nothing moves
}

func newTrace(out *screen, p *plan.Plan) *trace {
	t := &trace{out: out}
	for _, workflow := range p.Workflows {
		for _, step := range workflow.Steps {
			t.column = max(t.column, utf8.RuneCountInString(step.ID))
		}
	}
	t.column = min(t.column, 32)
	if out.moves() {
		t.live = newLive(t)
	}
	return t
}

// Observe writes what a person wants to see of a happening.
func (t *trace) Observe(h machine.Happening) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exchanges.Observe(h)
	t.live.clear()
	defer t.live.observe(&h)
	switch {
	case h.Kind == machine.Noted && h.Step == "":
		// Of a run that failed, that it has no outputs is no news.
		t.notes = append(t.notes, h)
	case h.Kind == machine.StepEnded:
		t.happened(&h)
		t.details(&h)
		t.exchanges.Forget(&h)
	default:
		t.happened(&h)
	}
}

func (t *trace) happened(h *machine.Happening) {
	if line, ok := report.LineOf(h); ok {
		t.line(line.Mark, lookOf(line.Tone), h.Step, line.Text+data(line.Payload))
	}
}

// lookOf is how a tone looks on a terminal.
func lookOf(tone report.Tone) string {
	switch tone {
	case report.Traffic:
		return cyan
	case report.Good:
		return green
	case report.Attention:
		return yellow
	case report.Bad:
		return red
	case report.Quiet:
	}
	return dim
}

// details says all about a failure that its line has no room for.
func (t *trace) details(h *machine.Happening) {
	if h.Failure == nil {
		return
	}
	indent := strings.Repeat(" ", t.column+7)
	for _, d := range t.exchanges.Details(h) {
		name := d.Name
		for line := range strings.SplitSeq(d.Text, "\n") {
			fmt.Fprintf(t.out, "%s%s  %s\n", indent, t.out.paint(dim, fmt.Sprintf("%-9s", name)), diag.Safe(line))
			name = ""
		}
	}
}

func (t *trace) line(mark, look, step, text string) {
	name := fit(step, t.column)
	padding := strings.Repeat(" ", max(t.column-diag.Columns(name), 0))
	room := t.out.width - t.column - 7
	fmt.Fprintf(t.out, "  %s  %s%s  %s\n", t.out.paint(look, mark), t.out.paint(bold, name), padding, fit(text, room))
}

// ended writes a run's outputs and how it went.
func (t *trace) ended(result *engine.Result) error {
	t.stop()
	t.outputs(result.Outputs)
	for _, note := range t.notes {
		if result.Succeeded() {
			t.line("!", yellow, note.Step, note.Text)
		}
	}
	took := short(time.Duration(result.DurationMs) * time.Millisecond)
	look := green
	if !result.Succeeded() {
		look = red
	}
	fmt.Fprintf(t.out, "\n%s %s\n", t.out.paint(look, result.Status+" in "+took), t.out.paint(dim, "· "+steps(len(result.Steps))+" · run "+result.Run))
	if failure := result.Error; failure != nil {
		where := ""
		if failure.Step != "" {
			where = failure.Step + ": "
		}
		fmt.Fprintf(t.out, "%s%s\n", diag.Safe(where), diag.Safe(failure.Message))
		if failure.Help != "" {
			fmt.Fprintf(t.out, "%s %s\n", t.out.paint(green, "help:"), diag.Safe(failure.Help))
		}
	}
	return nil
}

func (t *trace) outputs(outputs map[string]any) {
	if len(outputs) == 0 {
		return
	}
	fmt.Fprintf(t.out, "\n%s\n", t.out.paint(bold, "Outputs"))
	names := slices.Sorted(maps.Keys(outputs))
	width := 0
	for _, name := range names {
		width = max(width, utf8.RuneCountInString(name))
	}
	for _, name := range names {
		padding := strings.Repeat(" ", width-utf8.RuneCountInString(name))
		fmt.Fprintf(t.out, "  %s%s  %s\n", diag.Safe(name), padding, diag.Safe(compact(outputs[name])))
	}
}

func steps(count int) string {
	if count == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", count)
}

// data is a payload on the rest of a line.
func data(payload any) string {
	if payload == nil {
		return ""
	}
	return "  " + report.Compact(payload, maxLineData)
}

// maxLineData is more than any line shows of a payload, in bytes.
const maxLineData = 2000

// compact writes a value as JSON on one line.
func compact(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}

// short writes a duration as a person would say it.
func short(d time.Duration) string { return report.Short(d) }
